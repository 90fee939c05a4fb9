//! Texts that repeat one thing, at any size: what takes more than twice as long at twice the size shows up in them.

/// A name, what comes first, what is repeated (`{i}` is its number, `{j}` the next one), what comes last.
pub struct Pattern(pub &'static str, &'static str, &'static str, &'static str);

impl Pattern {
    /// A text of about so many bytes.
    pub fn text(&self, bytes: usize) -> String {
        let Pattern(_, head, unit, tail) = self;
        let mut text = (*head).to_owned();
        let mut i = 0;
        while text.len() + tail.len() < bytes {
            text.push_str(&unit.replace("{i}", &i.to_string()).replace("{j}", &(i + 1).to_string()));
            i += 1;
        }
        [text.as_str(), tail].concat()
    }
}

const RULE: &str = "à J+1 : sms ferme\n";
const DO: &str = " alors sms ferme\n";
const IF: &str = "si retard > 1j ";
const TEST: &str = "scénario general\n à J+1 : sms ferme\ntest \"t\"\n  facture F1 de 100 € échue le 03/03/2026\n";

/// One for each thing that can be repeated.
pub const PATTERNS: &[Pattern] = &[
    Pattern("parentheses", "si ", "(", DO),
    Pattern("parenthèses fermées", "si ", ")", DO),
    Pattern("paires", "si ", "() ", DO),
    Pattern("et", IF, "et retard > 1j ", DO),
    Pattern("et seuls", "", "et ", ""),
    Pattern("ou", IF, "ou retard > 1j ", DO),
    Pattern("non", "si ", "non ", "en_litige alors sms ferme\n"),
    Pattern("additions", "si montant > 1 €", " + 1 €", DO),
    Pattern("négations", "si montant > ", "-", "1 € alors sms ferme\n"),
    Pattern("puis", "à J+1 : sms ferme ", "puis sms ferme ", ""),
    Pattern("puis seuls", "", "puis ", ""),
    Pattern("actions", "à J+1 : sms ferme ", "et sms ferme ", ""),
    Pattern("replis", "à J+1 : sms ferme ", "à défaut sms ferme ", ""),
    Pattern("paliers", "", "à J+{i} : sms ferme\n", ""),
    Pattern("règles", "", "si retard >= {i}j et montant > {i} € alors sms ferme\n", ""),
    Pattern("règles libres", "", "si montant > {i} € alors tâche \"x{i}\"\n", ""),
    Pattern("règles égales", "", RULE, ""),
    Pattern("règles closes", "", "à J+1 : sms ferme # bla\n", ""),
    Pattern("paliers acceptés", "", "# accepte R0604 : bla\nà J+1 : sms ferme\n", ""),
    Pattern("codes acceptés", "# accepte ", "R0604, ", ": bla\nà J+1 : sms ferme\n"),
    Pattern("commentaires", "", "# bla\n", RULE),
    Pattern("dièses", "", "#", "\n"),
    Pattern("sinon", "si retard >= 1j alors sms ferme\n", "sinon sms ferme\n", ""),
    Pattern("réactions", "", "quand rejet : sms ferme\n", ""),
    Pattern("événements", "", "quand événement \"e{i}\" : sms ferme\n", ""),
    Pattern("étapes", "", "étape e{i}\n  après 3j : aller à e{j}\n", ""),
    Pattern("étapes reliées", "étape e\n fin\n", "étape e{i}\n  après 3j : aller à e\n", ""),
    Pattern("étapes inconnues", "", "étape e{i}\n  après 3j : aller à f{i}\n", ""),
    Pattern("étapes vides", "", "étape e{i}\n", ""),
    Pattern("étapes égales", "", "étape e\n", ""),
    Pattern(
        "scénarios",
        "",
        "scénario s{i}\n pour les factures où montant = {i} €\n priorité {i}\n à J+1 : sms ferme\n",
        "",
    ),
    Pattern(
        "scénarios sans priorité",
        "",
        "scénario s{i}\n pour les factures où montant > {i} €\n à J+1 : sms ferme\n",
        "",
    ),
    Pattern("scénarios égaux", "", "scénario s\n à J+1 : sms ferme\n", ""),
    Pattern("segments", "", "segment s{i} : si montant > {i} €\n", RULE),
    Pattern("champs", "", "champ c{i} : texte\n", RULE),
    Pattern("champs égaux", "", "champ c : texte\n", RULE),
    Pattern("constantes", "", "constante c{i} : 3j\n", RULE),
    Pattern("constantes liées", "constante c0 : 3j\n", "constante c{j} : c{i}\n", RULE),
    Pattern("inclure", "", "inclure \"a{i}.relance\"\n", RULE),
    Pattern("scripts", "", "script \"scripts/risque.rhai\"\n", RULE),
    Pattern("scripts inconnus", "", "script \"scripts/r{i}.rhai\"\n", RULE),
    Pattern("appels", "script \"scripts/risque.rhai\"\nsi ", "risque_eleve() et ", "risque_eleve() alors sms ferme\n"),
    Pattern("appels imbriqués", "script \"scripts/risque.rhai\"\nsi ", "note_de(", "1 > 1 alors sms ferme\n"),
    Pattern(
        "tests",
        "scénario general\n à J+1 : sms ferme\n",
        "test \"t{i}\"\n  facture F1 de 100 € échue le 03/03/2026\n  le 04/03/2026 : sms ferme\n",
        "",
    ),
    Pattern("lignes de test", TEST, "  le 04/03/2026 : sms ferme\n", ""),
    Pattern("factures de test", TEST, "  facture G{i} de 100 € échue le 03/03/2026\n", ""),
    Pattern("paiements de test", TEST, "  le 04/03/2026 : paiement de 1 €\n", ""),
    Pattern("promesses de test", TEST, "  le 04/03/2026 : promesse de 1 € pour le 05/04/2026\n", ""),
    Pattern("états de test", TEST, "  état final plan\n", ""),
    Pattern("tests bizarres", "test \"t\"\n", "  bla bla\n", ""),
    Pattern("tests vides", "", "test \"t\"\n", ""),
    Pattern("nom long", "scénario ", "a", "\n à J+1 : sms ferme\n"),
    Pattern("mot long", "", "a", ""),
    Pattern("fait long", "si ", "a", " > 3 alors sms ferme\n"),
    Pattern("mots", "", "mot ", ""),
    Pattern("lignes de mots", "", "mot\n", ""),
    Pattern("faits inconnus", IF, "et fait{i} > {i} ", DO),
    Pattern("modèles inconnus", "", "à J+1 : sms modele{i}\n", ""),
    Pattern("nombre long", "si montant > ", "9", " € alors sms ferme\n"),
    Pattern("nombres", "", "9 ", ""),
    Pattern("milliers", "si montant > 1", " 000", " € alors sms ferme\n"),
    Pattern("texte long", "à J+1 : tâche \"", "a", "\"\n"),
    Pattern("guillemets", "", "\"", ""),
    Pattern("guillemets par ligne", "", "\"\n", ""),
    Pattern("guillemets français", "", "«", ""),
    Pattern("apostrophes", "", "'", ""),
    Pattern("élisions", "", "l'", "a"),
    Pattern("élisions impossibles", "", "a'", ""),
    Pattern("points", "", "a.", "a"),
    Pattern("blancs", "", " ", RULE),
    Pattern("lignes vides", "", "\n", RULE),
    Pattern("retours", "", "\r", RULE),
    Pattern("nuls", "", "\0", RULE),
    Pattern("nuls épars", "", "a\0 ", RULE),
    Pattern("accolades", "", "{", ""),
    Pattern("accolades fermées", "", "{}", ""),
    Pattern("signes étrangers", "", "== ", ""),
    Pattern("mots étrangers", "", "if retard > 1j then sms ferme\n", ""),
    Pattern("points-virgules", "", "à J+1 : sms ferme;\n", ""),
    Pattern("deux-points", "", ":", ""),
    Pattern("listes", "si segment parmi (", "vip, ", "vip) alors sms ferme\n"),
    Pattern("listes inconnues", "si segment parmi (", "v{i}, ", "vip) alors sms ferme\n"),
    Pattern("accents", "e", "\u{301}", ""),
    Pattern("invisibles", "", "\u{200d}", ""),
    Pattern("images", "", "😀 ", ""),
    Pattern("marques d'ordre", "", "\u{feff}", ""),
    Pattern("à", "", "à ", ""),
    Pattern("si", "", "si ", ""),
    Pattern("lignes de si", "", "si\n", ""),
    Pattern("quand", "", "quand ", ""),
    Pattern("après", "", "après 3j ", ""),
    Pattern("après sauf", "", "après 3j sauf ", ""),
    Pattern("sauf", "", "sauf si ", ""),
    Pattern("quand si", "", "quand rejet si ", ""),
    Pattern("étape seule", "", "étape\n", ""),
    Pattern("fin", "", "fin\n", ""),
    Pattern("réglages", "", "minimum 3 €\n", RULE),
    Pattern("sélections", "", "pour les factures où montant > 3 €\n", RULE),
    Pattern("envois", "envois ", "lundi, ", "mardi de 8h à 9h\nà J+1 : sms ferme\n"),
    Pattern("copies", "à J+1 : email ferme à comptabilité copie ", "commercial, ", "direction\n"),
    Pattern("aller", "", "à J+1 : aller à plan\n", ""),
    Pattern("entre", "si retard ", "entre 1j et 2j ", DO),
    Pattern("durées", IF, "+ 1j ", DO),
    Pattern("libres ou", "si montant > 0 €", " ou montant > {i} €", " alors tâche \"x\"\n"),
    Pattern("et de ou", IF, "et (montant > {i} € ou reste_dû > {i} €) ", DO),
    Pattern("et de ou datés", IF, "et (retard > {i}j ou montant > {i} €) ", DO),
    Pattern("tous les", "", "tous les {j} j : tâche \"x{i}\"\n", ""),
    Pattern("suspendre", "", "quand réponse : suspendre 3 j\n", ""),
];
