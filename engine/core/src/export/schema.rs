//! The published JSON Schema (2020-12) of a machine. Every object is closed: what is not listed is a mistake.

use super::schema_rules::rules;
use crate::calendar::Region;
use crate::machine::{Channel, FORMAT};
use crate::schema::{Fact, Type};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The schema of [`Machine`](crate::machine::Machine) as JSON.
pub fn json_schema() -> Value {
    let mut definitions = Map::new();
    for (name, schema) in values().into_iter().chain(settings()).chain(rules()) {
        definitions.insert(name.to_owned(), schema);
    }
    let mut schema = closed(
        &[
            ("format", json!({ "const": FORMAT, "description": "Version de cette forme." })),
            ("name", text("Nom du scénario.")),
            ("settings", to("reglages")),
            ("states", json!({ "type": "array", "items": to("etat"), "minItems": 1 })),
            ("reactions", list("reaction")),
        ],
        &[
            ("title", text("Titre du scénario.")),
            ("selection", to("condition")),
            ("priority", json!({ "type": "integer" })),
            ("carries", list("reprise")),
            ("segments", list("segment")),
            ("fields", list("champ")),
            ("scripts", list("script")),
            ("messages", list("message")),
            ("places", list("place")),
        ],
    );
    let head = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:relance:machine:{FORMAT}"),
        "title": "Scénario de relance compilé",
        "description": "La machine qu’exécute, simule et dessine Relance. Son empreinte est le SHA-256 de ce document sans `places`.",
        "$defs": definitions,
    });
    if let (Value::Object(schema), Value::Object(head)) = (&mut schema, head) {
        schema.extend(head);
    }
    schema
}

/// An object with these properties and no others.
pub(super) fn closed(required: &[(&str, Value)], optional: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = required.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> =
        required.iter().chain(optional).map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({ "type": "object", "properties": properties, "required": names, "additionalProperties": false })
}

pub(super) fn to(definition: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{definition}") })
}

pub(super) fn list(definition: &str) -> Value {
    json!({ "type": "array", "items": to(definition) })
}

pub(super) fn text(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

/// One of these values, as they are written.
pub(super) fn one_of<T: Serialize>(values: impl IntoIterator<Item = T>) -> Value {
    json!({ "enum": values.into_iter().map(|value| json!(value)).collect::<Vec<_>>() })
}

/// An object of one property out of several.
fn tagged(cases: &[(&str, Value)]) -> Value {
    let cases: Vec<Value> = cases.iter().map(|case| closed(std::slice::from_ref(case), &[])).collect();
    json!({ "oneOf": cases })
}

fn tuple(parts: &[Value]) -> Value {
    json!({ "type": "array", "prefixItems": parts, "items": false, "minItems": parts.len() })
}

fn whole(least: u32, most: u32) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": most })
}

/// Conditions and what they are made of.
fn values() -> Vec<(&'static str, Value)> {
    let condition = || to("condition");
    let several = json!({ "type": "array", "items": condition() });
    let compare = one_of(["=", "≠", "<", "<=", ">", ">="]);
    let calculate = one_of(["+", "-", "*", "/"]);
    let types = [
        Type::Bool,
        Type::Number,
        Type::Amount,
        Type::Duration,
        Type::Percent,
        Type::Date,
        Type::Text,
        Type::Segment,
        Type::Regime,
        Type::Stage,
    ];
    let integer = json!({ "type": "integer" });
    vec![
        ("type", one_of(types)),
        ("fait", one_of(Fact::ALL)),
        ("date", json!({ "type": "string", "format": "date", "pattern": "^[+-]?[0-9]{4,6}-[0-9]{2}-[0-9]{2}$" })),
        ("duree", tagged(&[("jours", integer.clone()), ("mois", integer.clone()), ("jours_ouvres", integer.clone())])),
        (
            "montant",
            closed(&[("centimes", integer), ("devise", json!({ "type": "string", "pattern": "^[A-Z]{3}$" }))], &[]),
        ),
        (
            "valeur",
            tagged(&[
                ("oui_non", json!({ "type": "boolean" })),
                ("nombre", json!({ "type": "string", "pattern": "^-?[0-9]+([.][0-9]+)?$" })),
                ("montant", to("montant")),
                ("duree", to("duree")),
                ("date", to("date")),
                ("texte", json!({ "type": "string" })),
            ]),
        ),
        (
            "condition",
            tagged(&[
                ("valeur", to("valeur")),
                ("fait", to("fait")),
                ("connu", condition()),
                ("non", condition()),
                ("et", several.clone()),
                ("ou", several.clone()),
                ("compare", tuple(&[compare, condition(), condition()])),
                ("entre", tuple(&[condition(), condition(), condition()])),
                ("parmi", tuple(&[condition(), list("valeur")])),
                ("calcul", tuple(&[calculate, condition(), condition()])),
                ("champ", json!({ "type": "string" })),
                ("appel", to("appel")),
                ("passée_par", json!({ "type": "string" })),
            ]),
        ),
        (
            "appel",
            closed(&[("fonction", text("Nom de la fonction.")), ("type", to("type"))], &[("arguments", several)]),
        ),
    ]
}

/// What limits sendings, and what belongs to the project.
fn settings() -> Vec<(&'static str, Value)> {
    let flag = json!({ "type": "boolean" });
    let or_none = |schema: Value| json!({ "anyOf": [schema, { "type": "null" }] });
    let cap = closed(&[("contacts", whole(1, u32::MAX)), ("days", whole(1, u32::MAX))], &[]);
    let days = json!({ "type": "array", "items": flag, "minItems": 7, "maxItems": 7, "description": "Lundi d’abord." });
    let window = closed(&[("days", days), ("opens", whole(0, 1439)), ("closes", whole(1, 1440))], &[]);
    let calendar = closed(&[("jours_feries", one_of(Region::ALL))], &[("fermetures", list("fermeture"))]);
    let string = || json!({ "type": "string" });
    vec![
        ("fermeture", closed(&[("du", to("date")), ("au", to("date"))], &[])),
        (
            "reglages",
            closed(
                &[
                    ("calendar", calendar),
                    ("window", window),
                    ("cap", or_none(cap)),
                    ("minimum", or_none(to("montant"))),
                ],
                &[("group", flag.clone()), ("step_by_step", flag), ("fresh_payments", whole(0, u32::MAX))],
            ),
        ),
        ("reprise", closed(&[("de", string()), ("vers", string())], &[])),
        ("segment", closed(&[("name", string()), ("guard", to("condition"))], &[])),
        ("champ", closed(&[("name", string()), ("type", to("type"))], &[])),
        ("script", closed(&[("path", string()), ("text", string())], &[])),
        (
            "message",
            closed(
                &[("canal", one_of(Channel::ALL)), ("modele", string()), ("appels", list("appel_de_message"))],
                &[("montants", json!({ "type": "boolean" }))],
            ),
        ),
        ("appel_de_message", closed(&[("fonction", string())], &[("arguments", list("valeur"))])),
        ("place", closed(&[("fichier", string()), ("ligne", whole(0, u32::MAX))], &[("texte", string())])),
    ]
}

/// The number of a rule.
pub(super) fn rule_number() -> Value {
    whole(0, u32::MAX)
}
