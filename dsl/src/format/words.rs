//! Canonical spellings, by folded word.

use crate::keywords;
use relance_core::machine::Trigger;
use relance_core::schema::{Fact, fold};
use std::collections::HashMap;
use std::sync::LazyLock;

type Spellings = LazyLock<HashMap<String, &'static str>>;

/// Types of a `champ`.
const TYPES: &[&str] = &["texte", "nombre", "montant", "durée", "date", "pourcentage", "heure"];

/// Words of the lines of a test, besides keywords.
const OF_TESTS: &[&str] = &[
    "acceptée",
    "accordée",
    "annoncé",
    "avoir",
    "clos",
    "de",
    "du",
    "le",
    "litige",
    "ne",
    "ouvert",
    "paiement",
    "partiel",
    "personne",
    "promesse",
    "refusée",
    "répond",
    "réponse",
    "rompue",
    "tenue",
    "valide",
    "validation",
    "échue",
];

/// After these, a word of a test is a name.
const BEFORE_NAMES: &[&str] =
    &["email", "sms", "appel", "courrier", "lettre_recommandee", "segment", "etape", "scenario", "a", "copie"];

fn table<'a>(words: impl IntoIterator<Item = &'a &'static str>) -> HashMap<String, &'static str> {
    let mut table = HashMap::new();
    for word in words {
        table.entry(fold(word)).or_insert(*word);
    }
    table
}

static KEYWORDS: Spellings = LazyLock::new(|| table(keywords::RESERVED.iter().chain(keywords::CONTEXTUAL)));
static RESERVED: Spellings = LazyLock::new(|| table(keywords::RESERVED));
static FIELD_TYPES: Spellings = LazyLock::new(|| table(TYPES));
static TESTS: Spellings = LazyLock::new(|| table(OF_TESTS));
static FACTS: Spellings = LazyLock::new(|| {
    let names: Vec<&'static str> = Fact::ALL.iter().map(|fact| fact.name()).collect();
    table(&names)
});
static EVENTS: Spellings = LazyLock::new(|| {
    let words: Vec<&'static str> =
        Trigger::ALL.iter().flat_map(|trigger| trigger.words().split(' ')).chain(["manquée", "événement"]).collect();
    table(&words)
});

/// A keyword.
pub(super) fn keyword(folded: &str) -> Option<&'static str> {
    KEYWORDS.get(folded).copied()
}

/// A built-in fact.
pub(super) fn fact(folded: &str) -> Option<&'static str> {
    FACTS.get(folded).copied()
}

/// A word after `quand`.
pub(super) fn event(folded: &str) -> Option<&'static str> {
    EVENTS.get(folded).copied()
}

/// The type of a `champ`.
pub(super) fn field_type(folded: &str) -> Option<&'static str> {
    FIELD_TYPES.get(folded).copied()
}

/// A word of a test's line, after another one.
pub(super) fn of_test(folded: &str, before: &str) -> Option<&'static str> {
    if BEFORE_NAMES.contains(&fold(before).as_str()) && !keywords::is_action(folded) {
        return None;
    }
    RESERVED.get(folded).or_else(|| TESTS.get(folded)).copied()
}
