//! Words of the language with what they do: one table for completion and hover.

/// Where an entry can be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// At the beginning of a line: what opens a part of a file.
    Header,
    /// At the beginning of a line: what limits or selects.
    Setting,
    /// At the beginning of a line: what opens a rule.
    Rule,
    /// Where an action can stand.
    Action,
    /// After an action.
    Joint,
    /// In a condition.
    Condition,
    /// At the beginning of a line of a test.
    Test,
    /// What can happen on a day of a test.
    Happening,
}

/// A word or phrase of the language.
pub(super) struct Entry {
    pub place: Place,
    /// As it is written.
    pub words: &'static str,
    /// What is put in, with the places to fill in.
    pub snippet: &'static str,
    /// What it does, and its default.
    pub doc: &'static str,
}

const fn entry(place: Place, words: &'static str, snippet: &'static str, doc: &'static str) -> Entry {
    Entry { place, words, snippet, doc }
}

use Place::{Action, Condition, Happening, Header, Joint, Rule, Setting, Test};

/// Every entry, in the order in which they are proposed.
#[rustfmt::skip]
pub(super) const ENTRIES: &[Entry] = &[
    entry(Rule, "à J+…", "à J+${1:15} : ${2:email ${3:courtois}}", "Règle datée : se déclenche ce jour-là, ou dès que possible ensuite, une seule fois. `J` est le jour de l'échéance."),
    entry(Rule, "si … alors", "si retard >= ${1:15j} alors ${2:email ${3:ferme}}", "Règle sous condition : se déclenche une fois, quand la condition devient vraie. Un délai sur `retard` en fait un palier."),
    entry(Rule, "sinon", "sinon ${1:email ${2:courtois}}", "Ce qui se fait quand la règle juste avant a atteint son délai sans que le reste de sa condition soit vrai."),
    entry(Rule, "quand …", "quand ${1:soldée} : ${2:email ${3:remerciement}}", "Réaction : se déclenche chaque fois que l'événement arrive."),
    entry(Rule, "dès que …", "dès que ${1:reste_dû >= 10 000 €} : ${2:alerter \"${3:direction}\"}", "Règle sans délai : se déclenche une fois, quand la condition devient vraie."),
    entry(Rule, "après …", "après ${1:8 jours ouvrés} : ${2:aller à ${3:contentieux}}", "Règle datée depuis l'entrée dans l'étape, une fois ses actions d'entrée accomplies. Le compte s'arrête tant que la facture est suspendue."),
    entry(Rule, "à l'entrée", "à l'entrée : ${1:courrier ${2:mise_en_demeure}}", "Ce qui se fait en entrant dans l'étape."),
    entry(Rule, "tous les …", "tous les ${1:10 jours} (au plus ${2:3} fois) : ${3:appel}", "Règle répétée, comptée depuis l'entrée dans l'étape ; jamais deux fois pour rattraper un retard."),
    entry(Header, "scénario", "scénario ${1:nom} \"${2:Titre}\"\n  $0", "Un plan de relance. Sans `pour les factures où`, il prend les factures qu'aucun autre ne prend."),
    entry(Header, "étape", "étape ${1:nom} \"${2:Titre}\"\n  à l'entrée : ${3:appel}", "Une étape du scénario : on y entre par `aller à`."),
    entry(Header, "segment", "segment ${1:nom} : si ${2:client.retard_moyen > 20j}", "Un segment défini par une règle sur le client ; elle l'emporte sur les données."),
    entry(Header, "champ", "champ ${1:nom} : ${2|texte,nombre,montant,durée,date,oui/non,pourcentage|}", "Un fait propre au projet, rempli par l'import."),
    entry(Header, "constante", "constante ${1:nom} : ${2:1 000 €}", "Une valeur nommée, valable dans tout le projet."),
    entry(Header, "script", "script \"${1:scripts/risque.rhai}\"", "Rend utilisables les fonctions d'un fichier rhai."),
    entry(Header, "inclure", "inclure \"${1:communs.relance}\"", "Lit aussi un autre fichier, dont le chemin part du dossier de celui-ci."),
    entry(Header, "test", "test \"${1:ce que l'on vérifie}\"\n  facture F1 de ${2:1 200 €} échue le ${3:03/03/2026}\n  le ${4:18/03/2026} : ${5:email ferme}\n  état final ${6:plan}", "Un test du scénario : une facture, des jours, et exactement ce qui s'y passe."),
    entry(Setting, "pour les factures où", "pour les factures où ${1:segment = ${2:mauvais_payeur}}", "Les factures que le scénario prend. Par défaut : celles qu'aucun autre ne prend."),
    entry(Setting, "priorité", "priorité ${1:1}", "Quand deux scénarios prendraient une facture, le plus petit nombre l'emporte. Par défaut : le dernier rang."),
    entry(Setting, "calendrier", "calendrier ${1:france}", "Les jours fériés. Par défaut : `france`."),
    entry(Setting, "envois", "envois du ${1:lundi} au ${2:vendredi} de ${3:9h} à ${4:18h}", "Quand les messages partent. Par défaut : du lundi au vendredi de 9h à 18h, jamais un jour férié."),
    entry(Setting, "au plus", "au plus ${1:1} contact tous les ${2:3 jours} par client", "Combien de contacts un client reçoit au plus, toutes factures et tous canaux confondus. Par défaut : un par jour."),
    entry(Setting, "sans plafond", "sans plafond", "Lève la limite du nombre de contacts. Par défaut : un contact par client et par jour."),
    entry(Setting, "regrouper par client", "regrouper par client", "Réunit en un seul message ce qui partirait au même moment pour un client. Par défaut : un message par facture."),
    entry(Setting, "rattrapage pas à pas", "rattrapage pas à pas", "Une facture en retard reprend au premier palier non fait. Par défaut : elle prend le plus haut palier atteint."),
    entry(Setting, "paiements à jour depuis moins de", "paiements à jour depuis moins de ${1:24h}", "Si le dernier import de paiements est plus ancien, les messages automatiques attendent. Par défaut : aucun délai."),
    entry(Setting, "reprise étape", "reprise étape ${1:ancienne} → ${2:nouvelle}", "Où vont les factures d'une étape qui n'est plus dans le fichier. Rien n'est envoyé ni recommencé."),
    entry(Setting, "minimum", "minimum ${1:15 €}", "Rien ne part pour un montant exigible inférieur ou égal. Par défaut : 0 €."),
    entry(Setting, "fin", "fin", "L'étape est une fin : règles et suites s'arrêtent, les réactions restent."),
    entry(Action, "email", "email ${1:courtois}", "Envoie un e-mail, d'après un modèle du dossier `modeles/email`."),
    entry(Action, "sms", "sms ${1:rappel}", "Envoie un SMS, d'après un modèle du dossier `modeles/sms`."),
    entry(Action, "appel", "appel", "Met un appel sur la liste d'une personne. Le modèle, s'il y en a un, est son guide d'entretien."),
    entry(Action, "courrier", "courrier ${1:dernier_avis}", "Prépare une lettre, d'après un modèle du dossier `modeles/courrier`."),
    entry(Action, "lettre_recommandée", "lettre_recommandée ${1:mise_en_demeure}", "Prépare une lettre recommandée avec accusé de réception ; elle vaut mise en demeure, sauf si son modèle dit autre chose."),
    entry(Action, "tâche", "tâche \"${1:À faire}\"", "Donne un travail à une personne de l'entreprise ; la suite attend qu'il soit fait."),
    entry(Action, "alerter", "alerter \"${1:direction}\"", "Prévient une personne de l'entreprise."),
    entry(Action, "note", "note \"${1:…}\"", "Écrit une ligne dans le journal."),
    entry(Action, "aller à", "aller à ${1:contentieux}", "Quitte l'étape : ce qui y attendait encore est annulé."),
    entry(Action, "transmettre", "transmettre \"${1:recouvrement}\"", "Remet le dossier à un tiers, qui sera prévenu d'un paiement ultérieur."),
    entry(Action, "suspendre", "suspendre", "Met la facture en attente, pour une durée ou jusqu'à `reprendre`."),
    entry(Action, "reprendre", "reprendre", "Met fin à ce que `suspendre` a commencé."),
    entry(Action, "continuer", "continuer", "Après `quand …` : l'effet habituel de l'événement n'a pas lieu."),
    entry(Action, "attendre", "attendre ${1:3j}", "Un pas qui ne fait qu'attendre."),
    entry(Joint, "puis", "puis ", "Ce qui suit attend que ce qui précède soit fait."),
    entry(Joint, "puis après", "puis après ${1:3j} ", "Ce qui suit attend que ce qui précède soit fait, et encore cette durée."),
    entry(Joint, "et", "et ", "Commence en même temps."),
    entry(Joint, "à défaut", "à défaut ", "Ce qui se fait si l'action d'avant est impossible ou échoue pour de bon."),
    entry(Joint, "après validation", "après validation", "Quelqu'un doit approuver l'action d'abord ; sans réponse en 10 jours ouvrés, elle expire."),
    entry(Joint, "copie", "copie ", "À qui le message est adressé en copie."),
    entry(Joint, "sauf si", "sauf si ", "Limite tout ce qui précède : rien ne se fait si la condition est vraie."),
    entry(Joint, "sans relance préalable", "sans relance préalable", "Une mise en demeure part sans qu'une relance l'ait précédée d'au moins 8 jours."),
    entry(Condition, "et", "et ", "Les deux côtés doivent être vrais."),
    entry(Condition, "ou", "ou ", "L'un des deux côtés suffit."),
    entry(Condition, "non", "non ", "Le contraire de ce qui suit."),
    entry(Condition, "est connu", "est connu", "Vrai si la valeur est donnée par les données."),
    entry(Condition, "n'est pas connu", "n'est pas connu", "Vrai si la valeur manque dans les données."),
    entry(Condition, "parmi", "parmi ($1)", "Vrai si la valeur est dans la liste."),
    entry(Condition, "entre", "entre $1 et $2", "Vrai si la valeur est entre les deux bornes, comprises."),
    entry(Condition, "sauf si", "sauf si ", "Limite toute la condition qui précède."),
    entry(Condition, "alors", "alors ", "Ce qui se fait quand la condition est vraie."),
    entry(Test, "facture", "facture ${1:F1} de ${2:1 200 €} échue le ${3:03/03/2026}", "Une facture du test, connue avant son premier palier."),
    entry(Test, "avec", "avec ${1:scénario}", "Le scénario que le test joue."),
    entry(Test, "client", "client ${1:C1} ", "Un client du test et ce que l'on sait de lui."),
    entry(Test, "le … :", "le ${1:18/03/2026} : ${2:email ferme}", "Un jour, et exactement ce qui s'y passe."),
    entry(Test, "ensuite rien", "ensuite rien", "Plus rien n'arrive après le dernier jour nommé."),
    entry(Test, "état final", "état final ${1:soldée}", "L'état de la facture à la fin."),
    entry(Test, "personne ne valide", "personne ne valide", "Pendant tout le test, aucune validation n'est donnée."),
    entry(Test, "personne n'appelle", "personne n'appelle", "Pendant tout le test, aucun appel n'est passé."),
    entry(Happening, "paiement", "paiement de ${1:1 200 €}", "Un paiement arrive ; sans montant, il solde la facture."),
    entry(Happening, "promesse", "promesse de ${1:500 €} pour le ${2:12/04/2026}", "Le client promet de payer."),
    entry(Happening, "litige", "litige", "Un litige s'ouvre."),
    entry(Happening, "litige clos", "litige clos", "Le litige est réglé."),
    entry(Happening, "avoir", "avoir de ${1:100 €}", "Un avoir est émis."),
    entry(Happening, "rejet", "rejet", "Un paiement est rejeté."),
    entry(Happening, "réponse", "réponse", "Le client répond."),
    entry(Happening, "échec", "échec", "Le message du jour n'arrive pas."),
    entry(Happening, "arrêt", "arrêt", "Une personne arrête les relances."),
    entry(Happening, "reprise", "reprise", "Une personne les reprend."),
    entry(Happening, "saut à", "saut à ${1:contentieux}", "Une personne place la facture dans une étape."),
    entry(Happening, "rien", "rien", "Il ne se passe rien ce jour-là."),
    entry(Happening, "appel sans réponse", "appel sans réponse", "L'appel du jour n'aboutit pas."),
    entry(Happening, "validation refusée", "validation refusée", "La validation du jour est refusée."),
];

/// What an event is, by the words after `quand`.
#[rustfmt::skip]
pub(super) const EVENTS: &[(&str, &str)] = &[
    ("soldée", "Le reste dû arrive à zéro ; tout ce qui attendait est annulé."),
    ("paiement partiel", "Un paiement laisse un reste à payer ; les paliers continuent."),
    ("paiement annoncé", "Le client annonce un paiement ; sa part attend deux jours ouvrés."),
    ("avoir", "Un avoir réduit le reste dû."),
    ("rejet", "Un paiement est rejeté ; une facture soldée rouvre où elle était."),
    ("litige ouvert", "La part contestée attend ; si plus rien n'est exigible, la facture est suspendue."),
    ("litige clos", "La part contestée redevient exigible."),
    ("promesse", "La part promise attend jusqu'à la date donnée, et deux jours ouvrés de plus."),
    ("promesse tenue", "La promesse est payée à temps."),
    ("promesse rompue", "La promesse n'est pas payée à temps."),
    ("arrêt", "Une personne arrête les relances de la facture."),
    ("reprise", "Une personne les reprend ; les paliers échus entre-temps sont sautés."),
    ("réponse", "Le client a répondu : cinq jours ouvrés de suspension et une tâche pour le lire."),
    ("échéance modifiée", "L'échéance a bougé ; rien n'est envoyé deux fois."),
    ("échéance manquée", "Une échéance de l'échéancier n'est pas payée à sa date."),
    ("échec", "Un message n'arrivera pas : la solution de repli, sinon une tâche pour corriger le contact."),
    ("événement", "Un événement des systèmes de l'entreprise, par son nom entre guillemets."),
];

/// The templates of a folder, with the word that French puts before it.
pub(super) fn templates_of(folder: &str) -> String {
    let of = if folder.starts_with(['a', 'e']) { "d'" } else { "de " };
    format!("modèle {of}{folder}")
}
