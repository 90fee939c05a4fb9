//! The words of the language, in their canonical spelling. One table for the grammar, the messages and the suggestions.

use relance_core::schema::fold;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Words that cannot be names. The grammar's rule `reserved` lists the same ones, folded (a test compares them).
pub const RESERVED: &[&str] = &[
    "aller",
    "alerter",
    "alors",
    "après",
    "appel",
    "attendre",
    "au",
    "calendrier",
    "champ",
    "constante",
    "continuer",
    "copie",
    "courrier",
    "dès",
    "défaut",
    "email",
    "entre",
    "envois",
    "est",
    "et",
    "fin",
    "inclure",
    "lettre_recommandée",
    "minimum",
    "n'est",
    "non",
    "note",
    "ou",
    "oui",
    "parmi",
    "pour",
    "priorité",
    "puis",
    "quand",
    "rattrapage",
    "regrouper",
    "reprendre",
    "sans",
    "sauf",
    "scénario",
    "script",
    "segment",
    "si",
    "sinon",
    "sms",
    "suspendre",
    "test",
    "transmettre",
    "tâche",
    "à",
    "étape",
];

/// Words that mean something in one place only, and may be names elsewhere.
pub const CONTEXTUAL: &[&str] = &[
    "plus",
    "tous",
    "contacts",
    "contact",
    "les",
    "jours",
    "jour",
    "par",
    "client",
    "semaine",
    "factures",
    "où",
    "plafond",
    "relance",
    "préalable",
    "connu",
    "inconnu",
    "pas",
    "validation",
    "de",
    "du",
    "le",
    "d'",
    "l'entrée",
    "que",
    "mois",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "paiements",
    "depuis",
    "moins",
    "heures",
    "fois",
    "tout",
    "toutes",
    "ouvrés",
    "avec",
    "facture",
    "ensuite",
    "rien",
    "état",
    "final",
    "ou",
    "événement",
    "pendant",
    "reprise",
    "accordée",
    "annoncé",
    "arrêt",
    "avant",
    "avoir",
    "clos",
    "collective",
    "connue",
    "échéance",
    "échéancier",
    "échec",
    "échue",
    "émise",
    "faite",
    "litige",
    "n'appelle",
    "ne",
    "ouvert",
    "paiement",
    "personne",
    "procédure",
    "promesse",
    "refusée",
    "rejet",
    "réponse",
    "reportée",
    "saut",
    "tâches",
    "total",
    "valide",
];

/// Verbs of actions: what can follow `alors`, `:`, `puis`, `et`.
pub const ACTIONS: &[&str] = &[
    "email",
    "sms",
    "appel",
    "courrier",
    "tâche",
    "alerter",
    "note",
    "attendre",
    "aller",
    "suspendre",
    "reprendre",
    "continuer",
    "transmettre",
    "lettre_recommandée",
];

/// Words that open a block at the beginning of a line.
pub const OPENINGS: &[&str] = &[
    "scénario",
    "étape",
    "segment",
    "champ",
    "script",
    "inclure",
    "constante",
    "test",
    "pour",
    "priorité",
    "calendrier",
    "envois",
    "au plus",
    "sans plafond",
    "regrouper",
    "rattrapage",
    "paiements",
    "minimum",
    "fin",
    "si",
    "sinon",
    "à",
    "quand",
    "dès que",
    "après",
    "tous les",
];

/// What people call an action, and its verb.
const ACTION_SYNONYMS: &[(&str, &str)] = &[
    ("mail", "email"),
    ("e-mail", "email"),
    ("courriel", "email"),
    ("mel", "email"),
    ("telephone", "appel"),
    ("telephoner", "appel"),
    ("appeler", "appel"),
    ("tel", "appel"),
    ("lettre", "courrier"),
    ("texto", "sms"),
    ("alerte", "alerter"),
    ("prevenir", "alerter"),
    ("avertir", "alerter"),
    ("noter", "note"),
    ("patienter", "attendre"),
    ("lrar", "lettre_recommandée"),
    ("recommande", "lettre_recommandée"),
    ("recommandee", "lettre_recommandée"),
    ("passer", "aller"),
    ("goto", "aller"),
    ("suspension", "suspendre"),
    ("arreter", "suspendre"),
    ("stopper", "suspendre"),
    ("pause", "suspendre"),
    ("reprise", "reprendre"),
    ("transmission", "transmettre"),
    ("telephonez", "appel"),
    ("coup", "appel"),
    ("call", "appel"),
    ("phone", "appel"),
    ("letter", "courrier"),
    ("postal", "courrier"),
    ("task", "tâche"),
    ("alert", "alerter"),
    ("wait", "attendre"),
    ("stop", "suspendre"),
    ("resume", "reprendre"),
    ("text", "sms"),
];

/// The verb that a folded word was meant to be, if it is none itself.
pub(crate) fn meant_action(folded: &str) -> Option<&'static str> {
    let verb = |said: &str| {
        ACTION_SYNONYMS
            .iter()
            .find(|(synonym, _)| *synonym == said)
            .map_or_else(|| action(said), |(_, verb)| Some(*verb))
    };
    let said = || ACTION_SYNONYMS.iter().map(|(said, _)| *said).filter(|said| said.len() > 4);
    // `couriel` is nearer to `courriel` than to `courrier`.
    match is_action(folded) {
        true => None,
        false => verb(folded).or_else(|| verb(nearest(folded, said().chain(ACTIONS.iter().copied()))?)),
    }
}

/// The verb of an action, as the language writes it.
pub(crate) fn action(folded: &str) -> Option<&'static str> {
    ACTIONS.iter().copied().find(|verb| fold(verb) == fold(folded))
}

/// The canonical spelling of each word of the language by its folded form, and whether it is reserved. Asked for every word of a
/// file, many times.
static SPELLINGS: LazyLock<HashMap<String, (&str, bool)>> = LazyLock::new(|| {
    let mut all = HashMap::new();
    for (words, reserved) in [(RESERVED, true), (CONTEXTUAL, false)] {
        for word in words {
            all.entry(fold(word)).or_insert((*word, reserved));
        }
    }
    all
});

/// The canonical spelling of a word of the language, if it is one.
pub fn canonical(word: &str) -> Option<&'static str> {
    SPELLINGS.get(&fold(word)).map(|(spelling, _)| *spelling)
}

/// Whether a word cannot be a name.
pub fn is_reserved(word: &str) -> bool {
    SPELLINGS.get(&fold(word)).is_some_and(|(_, reserved)| *reserved)
}

/// Whether a folded word is the verb of an action.
pub(crate) fn is_action(folded: &str) -> bool {
    static VERBS: LazyLock<Vec<String>> = LazyLock::new(|| ACTIONS.iter().map(|verb| fold(verb)).collect());
    VERBS.iter().any(|verb| verb == folded)
}

/// The candidate nearest to `word`, if it is near enough to be what was meant.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = fold(word);
    let length = wanted.chars().count();
    let allowed = match length {
        0..=2 => return None,
        3..=4 => 1,
        5..=8 => 2,
        _ => 3,
    };
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let folded = fold(candidate);
        if folded.chars().count().abs_diff(length) > allowed {
            continue;
        }
        let distance = strsim::osa_distance(&wanted, &folded);
        if distance <= allowed && distance < length && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}
