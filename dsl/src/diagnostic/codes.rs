//! The table of all codes: their severity, a one-line title, and a page that explains them.

use super::Severity;

/// What is said about a code on request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CodePage {
    /// The code, such as `R0202`.
    pub code: &'static str,
    /// One line.
    pub title: &'static str,
    /// A few sentences with an example.
    pub explanation: &'static str,
}

macro_rules! codes {
    ($($variant:ident $name:literal $severity:ident $title:literal $explanation:literal)*) => {
        /// The kinds of diagnostics. A code keeps its number for ever.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Code {
            $(#[doc = $title] $variant,)*
        }

        impl Code {
            /// Every code, by number.
            pub const ALL: &'static [Code] = &[$(Code::$variant),*];

            /// Its number, such as `R0202`.
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// How serious its diagnostics are.
            pub fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)* }
            }

            /// Its page.
            pub fn page(self) -> CodePage {
                match self { $(Code::$variant => CodePage { code: $name, title: $title, explanation: $explanation },)* }
            }
        }
    };
}

codes! {
    NotUtf8 "R0001" Error "Fichier qui n'est pas en UTF-8"
        "Les fichiers de scénario s'enregistrent en UTF-8, avec ou sans marque d'ordre. Votre éditeur propose l'encodage dans « Enregistrer sous »."
    ControlCharacter "R0002" Error "Caractère de contrôle"
        "Le fichier contient un caractère invisible qui n'a pas sa place dans un texte. C'est le signe d'un fichier abîmé, ou d'un document (Word, PDF) renommé."
    TooLarge "R0003" Error "Fichier trop gros"
        "Un fichier de scénario fait 1 Mio au plus. Répartissez les scénarios en plusieurs fichiers du dossier `scenarios/`."
    TooDeep "R0004" Error "Trop de parenthèses imbriquées"
        "Une condition accepte 32 niveaux de parenthèses. Au-delà, personne ne la relit : répartissez-la en plusieurs règles."
    UnclosedQuote "R0005" Error "Guillemet non fermé"
        "Un texte commence et finit par un guillemet, sur une même ligne : `\"Constituer le dossier\"` ou `« Constituer le dossier »`."
    UnclosedParenthesis "R0006" Error "Parenthèse non fermée ou de trop"
        "Chaque parenthèse ouverte se ferme dans la même règle, et inversement."
    Braces "R0007" Error "Accolades"
        "Le langage n'a pas d'accolades : une règle va jusqu'à la règle suivante. `si retard >= 15j alors email ferme` suffit."
    UnexpectedCharacter "R0008" Error "Caractère inattendu"
        "Ce signe n'a pas de sens dans un scénario. Les opérateurs sont `=`, `≠`, `<`, `<=`, `>`, `>=`, `+`, `-`, `*`, `/`."
    ForeignWord "R0009" Error "Mot ou signe d'un autre langage"
        "Le langage s'écrit en français : `et`, `ou`, `non`, `si`, `alors`, `sinon`, et `=` pour l'égalité, `≠` (ou `<>`) pour la différence."
    EmptyFile "R0010" Warning "Fichier vide"
        "Le fichier ne contient aucune règle. Une seule ligne suffit : `si retard >= 15j alors email ferme`."
    TooLong "R0011" Error "Expression trop longue"
        "Un calcul accepte 32 termes, et une règle 2 000 mots. Répartissez ce qu'elle dit en plusieurs règles."
    TooMany "R0012" Error "Trop d'erreurs"
        "Seules les cent premières erreurs d'un fichier sont montrées. Corrigez-les, puis vérifiez de nouveau."
    TooMuch "R0013" Error "Projet trop grand"
        "Un projet a 200 scénarios, 500 champs et 500 segments par règle au plus, et un scénario 500 étapes. Au-delà, personne ne le relit, et le comparer à lui-même prendrait trop de temps."
    UnexpectedWord "R0101" Error "Mot inattendu"
        "Ce mot ne peut pas se trouver à cet endroit. Une règle s'écrit `si condition alors actions`, ou `à J+15 : actions` ; les actions se suivent avec `puis`, ou partent ensemble avec `et`."
    MissingWord "R0102" Error "Il manque un mot"
        "Une règle sépare sa condition de ses actions par `alors` ou par `:` ; une règle datée (`à J+15 :`) et une réaction (`quand soldée :`) finissent leur tête par `:`."
    Unfinished "R0103" Error "Phrase inachevée"
        "La règle s'arrête là où il fallait encore quelque chose : une action après `alors`, `puis` ou `et`, une valeur après un signe de comparaison."
    ReservedName "R0104" Error "Mot du langage pris pour un nom"
        "Les mots du langage (`fin`, `si`, `email` …) ne peuvent pas nommer un scénario, une étape ou un segment, quels que soient les accents et les majuscules."
    BadName "R0105" Error "Nom mal écrit"
        "Un nom est fait de lettres, de chiffres et de `_`, sans blanc, sans tiret et sans guillemets : `mise_en_demeure`."
    ElseAlone "R0106" Error "`sinon` sans `si`"
        "`sinon` suit immédiatement la règle `si … alors …` dont il prend le contraire."
    DuplicateSetting "R0107" Error "Réglage répété"
        "Chaque réglage (`priorité`, `calendrier`, `envois`, `au plus`, `minimum` …) se donne une fois par scénario."
    ElseNever "R0108" Error "`sinon` qui ne s'applique jamais"
        "`sinon` garde le délai de la règle précédente et prend le contraire du reste. Si la condition n'est qu'un délai, il ne reste rien à nier. Écrivez une seconde règle avec son propre délai."
    BadConstant "R0109" Error "Constante sans valeur fixe"
        "Une constante donne un nom à une valeur écrite une fois : `constante délai_de_grâce : 5j`. Un calcul ou un fait n'en est pas une."
    BadTest "R0110" Error "Ligne de test mal écrite"
        "Un test donne ses factures (`facture F1 de 1 200 € échue le 03/03/2026`), puis ce qui se passe jour par jour (`le 18/03/2026 : email ferme`), puis la fin (`ensuite rien`, `état final soldée`)."
    EndOutsideStage "R0111" Error "`fin` hors d'une étape"
        "`fin` dit qu'une étape est la dernière. Le plan, lui, finit quand la facture est soldée ou quand une règle va à une étape."
    UnknownFact "R0201" Error "Fait inconnu"
        "Une condition lit les faits de la facture et du client (`retard`, `reste_dû`, `segment`, `client.encours` …), dont la liste est dans docs/langage.md."
    UnknownSegment "R0202" Error "Segment inconnu"
        "Les segments sont ceux que le projet déclare dans `relance.toml`, et `aucun` pour un client qui n'en a pas."
    UnknownRegime "R0203" Error "Régime inconnu"
        "Le régime d'une facture est `b2b`, `b2c` ou `public`."
    UnknownTemplate "R0204" Error "Modèle inconnu"
        "Un modèle est un fichier du dossier `modeles/`, rangé par canal : `email ferme` lit `modeles/email/ferme`."
    UnknownRole "R0205" Error "Destinataire inconnu"
        "Après `à` et `copie` viennent des rôles : ceux des contacts du client, ou des personnes de l'entreprise déclarées dans `relance.toml`."
    UnknownEvent "R0206" Error "Événement inconnu"
        "Après `quand` vient l'un des événements de la vie d'une facture : `soldée`, `paiement partiel`, `promesse rompue` …"
    UnknownCalendar "R0207" Error "Calendrier inconnu"
        "Les calendriers sont `france` (jours fériés légaux), ceux des territoires qui ont les leurs (`alsace_moselle`, `guadeloupe`, `martinique`, `guyane`, `la_réunion`, `mayotte`, `saint_barthélemy`, `saint_martin`), et `aucun` (seuls les week-ends sont chômés)."
    MissingArgument "R0208" Error "Complément manquant"
        "Une action dit ce qu'elle fait : `email` et `sms` nomment leur modèle, `tâche`, `alerter` et `note` un texte entre guillemets."
    UnknownStage "R0209" Error "Étape inconnue"
        "`aller à`, `étape = …` et `passée_par(…)` nomment une étape du même scénario, ou `plan` pour son début. `soldée` n'est pas une étape : une facture y arrive quand il ne reste rien à payer."
    UnknownFunction "R0210" Error "Fonction inconnue"
        "Une fonction vient d'un fichier rhai que le projet nomme par `script \"scripts/risque.rhai\"`. La seule fonction du langage est `passée_par(étape)`."
    WrongArguments "R0211" Error "Mauvais nombre d'arguments"
        "Une fonction s'appelle avec autant de valeurs que sa définition en demande : `risque(client.encours)`."
    UnknownScript "R0212" Error "Script introuvable"
        "Après `script` vient le chemin d'un fichier rhai du projet, depuis son dossier principal : `script \"scripts/risque.rhai\"`."
    UnknownInclude "R0213" Error "Fichier inclus introuvable"
        "Après `inclure` vient le chemin d'un autre fichier de scénario, depuis le dossier de celui qui l'inclut : `inclure \"commun.relance\"`."
    UnknownType "R0214" Error "Type de champ inconnu"
        "Un champ est de l'un de ces types : `texte`, `nombre`, `montant`, `durée`, `date`, `oui/non`, `pourcentage`."
    UnknownScenario "R0215" Error "Scénario inconnu"
        "Après `avec`, un test nomme un scénario du projet. Sans `avec`, il joue le scénario du même fichier."
    UnknownInvoice "R0216" Error "Facture inconnue dans un test"
        "Un test ne parle que des factures et des clients qu'il donne lui-même : `facture F1 de 1 200 € échue le 03/03/2026`."
    UnknownDelay "R0217" Error "Délai inconnu"
        "Un délai est une durée (`3j`), le nom d'une constante (`constante délai_de_grâce : 5j`) ou l'appel d'une fonction de script (`délai()`)."
    WrongScript "R0218" Error "Script qui ne se lit pas"
        "Un fichier rhai nommé par `script \"…\"` contient une erreur : le message dit où. Les faits s'y lisent par `facture.…` et `client.…`, et un script n'a ni horloge, ni hasard, ni fichiers."
    TypeMismatch "R0301" Error "Valeurs qui ne se comparent pas"
        "On compare deux durées, deux montants, deux dates … Une durée et un montant ne se comparent pas."
    MissingUnit "R0302" Error "Unité manquante"
        "Une durée, un montant et un pourcentage portent leur unité : `15j`, `1 500 €`, `12 %`."
    TextQuotes "R0303" Error "Guillemets manquants ou de trop"
        "Un texte libre se met entre guillemets (`client.pays = \"FR\"`) ; un nom de segment, de régime ou de modèle s'écrit sans."
    BadDate "R0304" Error "Date impossible ou mal écrite"
        "Une date s'écrit JJ/MM/AAAA et doit exister : `28/02/2026`."
    BadNumber "R0305" Error "Nombre ou montant mal écrit"
        "Un montant s'écrit avec une virgule et deux décimales au plus, des blancs entre les milliers et l'unité à la fin : `1 500,50 €`."
    BadHour "R0306" Error "Heure impossible ou mal écrite"
        "Une heure s'écrit `9h` ou `9h30`, de 0h à 24h."
    NoFixedLength "R0307" Error "Durée sans nombre fixe de jours"
        "Un mois ou un jour ouvré n'a pas de longueur fixe : on ne peut le comparer qu'à `retard`, qui se compte depuis l'échéance. Écrivez la durée en jours."
    OutOfRange "R0308" Error "Valeur hors limites"
        "La valeur est trop grande, trop petite ou nulle là où elle ne peut pas l'être. Une durée dépasse rarement quelques années : la limite est de cent ans."
    NotCondition "R0309" Error "Ce n'est pas une condition"
        "Après `si` vient quelque chose qui est vrai ou faux : une comparaison (`retard >= 15j`) ou un fait oui/non (`en_litige`)."
    ImpossibleArithmetic "R0310" Error "Calcul impossible"
        "On additionne des valeurs de même nature ; on multiplie ou divise une durée ou un montant par un nombre."
    OffsetInCondition "R0311" Error "`J+15` dans une condition"
        "`J+15` date une règle : `à J+15 : …`. Dans une condition, on compare `retard` à une durée : `retard >= 15j`."
    ChainedComparison "R0312" Error "Comparaisons enchaînées"
        "Une comparaison a deux côtés. Pour un intervalle : `retard entre 15j et 30j`."
    WrongOperator "R0313" Error "Comparaison sans sens pour ces valeurs"
        "Un segment, un texte ou un oui/non n'est ni plus grand ni plus petit qu'un autre : seuls `=`, `≠` et `parmi` conviennent."
    MixedChoice "R0314" Error "Choix de modèles mal fait"
        "`email f() parmi (courtois, ferme)` laisse une fonction choisir entre des modèles nommés, qui sont tous de même nature : des relances, des informations ou des mises en demeure."
    CustomerFactsOnly "R0315" Error "Segment défini par autre chose que le client"
        "Un segment range des clients : sa condition ne lit que les faits du client (`client.retard_moyen`, `client.encours` …) et les champs du projet."
    ClockEquality "R0401" Warning "Égalité sur `retard`"
        "`retard = 15j` n'est vrai qu'un seul jour : si ce jour-là rien ne tourne ou si la facture est suspendue, la règle est perdue. `retard >= 15j` se déclenche ce jour-là ou, à défaut, ensuite, et une seule fois."
    MixedBranches "R0402" Warning "Règle à moitié datée"
        "Un côté du `ou` fixe un délai sur `retard`, l'autre non : la règle est à la fois un palier et une règle libre. Deux règles séparées sont plus claires."
    TooManyBranches "R0403" Error "Trop d'alternatives"
        "Les `ou` combinés sur `retard` font plus de 64 cas. Répartissez-les en plusieurs règles."
    UnsolvedClock "R0404" Warning "`retard` dans un calcul"
        "Le compilateur ne peut pas tirer un jour de cette comparaison : la règle n'est pas un palier. Écrivez `retard` seul d'un côté : `retard >= 15j`."
    NoRule "R0405" Warning "Scénario sans règle"
        "Ce scénario prend des factures mais ne fait rien pour elles."
    Misleading "R0406" Warning "Mise en page trompeuse"
        "Les retraits ne comptent pas : une règle va jusqu'à la suivante."
    PointlessLift "R0407" Warning "`sans relance préalable` sans effet"
        "`sans relance préalable` permet à un palier d'envoyer une mise en demeure sans relance d'au moins huit jours avant elle. Une règle qui n'en envoie pas et ne mène à aucune étape qui commence par une, ou une réaction (`quand …`), n'a rien à lever : retirez ces mots."
    NeverFires "R0408" Error "Règle qui ne se déclenchera jamais"
        "Dans une étape qui dit `fin`, rien ne se déclenche plus avec le temps : seuls `à l'entrée` et les réactions (`quand …`) y ont un sens."
    EndlessCycle "R0409" Error "Étapes qui se renvoient la facture sans fin"
        "Ces étapes mènent l'une à l'autre au même instant : la facture tournerait sans fin. Il faut que l'un des passages prenne du temps (`après 8 jours : aller à …`), attende un événement (`quand …`), ou que ses conditions excluent celles des autres."
    ContinueAlone "R0410" Error "`continuer` hors d'une réaction"
        "`continuer` remplace l'effet normal d'un événement : il n'a de sens qu'après `quand …`."
    NothingAfterSettled "R0411" Error "Rien ne continue après `soldée`"
        "Une facture soldée est finie. `quand soldée` peut remercier ou prévenir, mais ni changer d'étape, ni suspendre, ni reprendre."
    DuplicateScenario "R0501" Error "Nom de scénario en double"
        "Deux scénarios d'un projet ne peuvent pas porter le même nom. Sans en-tête, un fichier est un scénario qui porte son nom."
    TwoDefaults "R0502" Error "Deux scénarios sans sélection"
        "Un scénario sans `pour les factures où` prend tout ce que les autres laissent : il n'y en a qu'un."
    OverlappingSelections "R0503" Error "Sélections qui se recouvrent"
        "Une même facture pourrait relever de ces deux scénarios. Donnez-leur des priorités différentes (le plus petit nombre passe d'abord), ou rendez leurs sélections exclusives."
    DuplicateStage "R0504" Error "Étape en double"
        "Deux étapes d'un scénario ne peuvent pas porter le même nom, quels que soient les accents et les majuscules."
    DuplicateDefinition "R0505" Error "Définition en double"
        "Un segment, un champ, une constante ou une fonction se définit une fois pour tout le projet, et ne porte pas le nom d'un fait du langage."
    DeadRule "R0601" Warning "Règle qui ne se déclenche jamais"
        "Les conditions de la règle s'excluent : aucune facture ne peut les remplir toutes. Exemple : `si retard >= 30j et retard < 15j alors email ferme`."
    OutsideSelection "R0602" Warning "Règle étrangère à la sélection"
        "La condition de la règle contredit `pour les factures où` : dans un scénario pour `segment = vip`, une règle `si segment = mauvais_payeur` ne sert jamais."
    HiddenRung "R0603" Warning "Palier caché par un plus haut"
        "Une facture se tient sur le plus haut palier dont la condition est vraie. Si un palier plus haut l'est chaque fois que celui-ci pourrait l'être, celui-ci ne se déclenche jamais."
    TwoMessages "R0604" Warning "Deux messages le même jour"
        "Toutes les règles d'un palier dont la condition est vraie se déclenchent. Deux règles du même jour, du même canal et pour les mêmes destinataires envoient donc deux messages, parfois de tons différents. Exemple : `à J+15 : email courtois` et `à J+15 si montant >= 1 000 € : email ferme`."
    SameMessageTwice "R0605" Warning "Le même message deux fois"
        "Deux règles du même jour envoient le même modèle par le même canal : la facture le reçoit deux fois."
    TwoDestinations "R0606" Warning "Deux passages le même jour"
        "Deux règles du même palier mènent à des étapes différentes, et leurs conditions peuvent être vraies ensemble. Seul le premier passage a lieu."
    CancelledByLeaving "R0607" Warning "Message annulé par un passage"
        "`aller à` annule ce qui attend dans l'étape quittée. Un message d'une autre règle du même palier n'a pas encore pu partir : il est perdu. Exemple : `à J+45 : email dernier_avis` et `à J+45 : aller à mise_en_demeure`."
    UnreachedStage "R0608" Warning "Étape où rien ne mène"
        "Aucune règle du scénario ne dit `aller à` cette étape. Seule une personne peut y placer une facture."
    DeadEndStage "R0609" Info "Étape sans suite"
        "Après son entrée, rien n'arrive plus dans cette étape et rien n'en sort, mais elle ne dit pas `fin`. `fin` le rend visible à qui lit le scénario, et dans les comptes rendus."
    UntakenInvoices "R0610" Warning "Factures sans scénario"
        "Chaque scénario a une sélection, et certaines factures n'entrent dans aucune : personne ne les relancera. Un scénario sans `pour les factures où` les prendrait."
    StarvedScenario "R0611" Warning "Scénario qui ne prend rien"
        "Tout ce que ce scénario sélectionne est déjà pris par ceux qui passent avant lui, ou sa sélection se contredit."
    TimeBarred "R0612" Warning "Après la prescription"
        "L'action en paiement se prescrit par deux ans contre un consommateur (code de la consommation, L218-2) et par cinq ans entre commerçants (code de commerce, L110-4). Ce que le scénario fait après ne peut plus aboutir en justice."
    AlwaysDelayed "R0613" Info "Message toujours retardé par le plafond"
        "Les paliers d'avant ont déjà utilisé tous les contacts que `au plus … par client` permet : le message part toujours après son jour. Exemple : `au plus 1 contact tous les 7 jours par client` avec des paliers à J+3 et J+7."
    NoticeWithoutReminder "R0614" Warning "Mise en demeure qui attend toujours"
        "Une mise en demeure attend qu'une relance de la facture ait au moins huit jours. Si rien ne relance avant elle, elle n'a jamais lieu, sauf pour une facture déjà relancée avant sa prise en charge."
    NoticeFirst "R0615" Info "Mise en demeure sans relance"
        "Avec `sans relance préalable`, et sans autre règle avant elle, la mise en demeure est le premier message que le client reçoit après l'échéance."
    HandOverWithoutNotice "R0616" Warning "Transmission sans mise en demeure"
        "Un chemin mène à `transmettre` sans qu'une mise en demeure soit partie. Les intérêts et la plupart des procédures la supposent. Une règle sans contact (`transmettre`, `tâche` …) n'attend pas les paliers d'avant : une facture ancienne y arrive tout de suite."
    ConsumerCompensation "R0617" Warning "Indemnité réclamée à un particulier"
        "L'indemnité forfaitaire de 40 € n'est due qu'entre professionnels (code de commerce, L441-10 et D441-5). Un modèle qui la réclame ne doit pas partir vers une facture de régime `b2c`."
    AfterLeaving "R0618" Warning "Actions après `aller à`"
        "`aller à` quitte l'étape et arrête la suite de la règle : ce qui est écrit après `puis` n'est jamais fait. Exemple : `email ferme puis aller à contentieux puis appel`."
    AboveLeaving "R0620" Info "Palier après un départ certain"
        "Un palier sans condition quitte l'étape avant le jour de cette règle. Elle ne sert qu'à une facture prise en charge ou débloquée si tard que ce jour est déjà passé."
    RepeatTooLong "R0621" Warning "Répétition plus longue que l'étape"
        "`tous les 30 jours` se déclenche trente jours après l'entrée dans l'étape, et l'étape est toujours quittée avant."
    SuspendedForEver "R0622" Info "Suspension sans fin"
        "`suspendre` sans durée tient jusqu'à `reprendre`, et aucune règle du scénario ne le dit : une personne devra reprendre chaque facture."
    ReadDaily "R0623" Info "Condition relue chaque jour"
        "Une fonction d'un script lit un fait qui change avec le temps : le moteur ne sait pas quel jour la condition changera, et la relit chaque jour. Le résultat est le même."
    BadAcceptance "R0698" Warning "Acceptation incomplète"
        "`# accepte R0604 : raison` retire un avertissement ou une information. Le numéro doit exister, n'être pas celui d'une erreur, et la raison est obligatoire : elle s'adresse à qui relira."
    UnusedAcceptance "R0699" Warning "Acceptation inutile"
        "Ce commentaire accepte un signalement qui n'est pas donné à cet endroit. Il se place juste au-dessus de la règle, au bout de sa ligne, ou sous l'en-tête du scénario."
    NotExecutedYet "R0900" Error "Compris, mais pas encore exécuté"
        "Cette partie du langage est comprise, mais cette version ne l'exécute pas encore. Plutôt que de l'ignorer, elle refuse le scénario."
    FormattingAbandoned "R0901" Error "Mise en forme abandonnée"
        "La mise en forme relit ce qu'elle a écrit et compare. Si le sens du fichier devait changer, elle le laisse tel quel : c'est un défaut de Relance, à signaler avec le fichier."
}

/// The page of a code (`R0202`, in either case), if there is one.
pub fn code_page(code: &str) -> Option<CodePage> {
    Code::ALL.iter().find(|known| known.name().eq_ignore_ascii_case(code.trim())).map(|known| known.page())
}
