//! The part of the schema that states, rules and actions fill.

use super::schema::{closed, list, one_of, rule_number, text, to};
use crate::machine::{Channel, Clock, Nature, Tone, Trigger};
use serde_json::{Value, json};

/// States, rules, reactions, and what they do.
pub(super) fn rules() -> Vec<(&'static str, Value)> {
    let flag = || json!({ "type": "boolean" });
    let string = || json!({ "type": "string" });
    let some = |definition: &str| json!({ "type": "array", "items": to(definition), "minItems": 1 });
    let repeat = closed(
        &[("every", to("duree"))],
        &[("at_most", json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }))],
    );
    vec![
        (
            "etat",
            closed(
                &[("name", text("`plan`, ou le nom de l’étape."))],
                &[
                    ("title", string()),
                    ("entry", list("entree")),
                    ("rules", list("regle")),
                    ("reactions", list("reaction")),
                    ("fin", flag()),
                ],
            ),
        ),
        (
            "entree",
            closed(
                &[("id", rule_number()), ("guard", to("condition")), ("sequence", to("suite"))],
                &[("without_prior_reminder", flag())],
            ),
        ),
        (
            "regle",
            closed(
                &[("id", rule_number()), ("branches", some("branche")), ("sequence", to("suite"))],
                &[("repeat", repeat), ("without_prior_reminder", flag())],
            ),
        ),
        ("branche", closed(&[("guard", to("condition"))], &[("bounds", list("borne"))])),
        (
            "borne",
            closed(
                &[("offset", to("condition"))],
                &[
                    ("horloge", one_of([Clock::Due, Clock::State])),
                    ("extra_days", json!({ "type": "integer" })),
                    ("end_of_month", flag()),
                ],
            ),
        ),
        (
            "reaction",
            closed(
                &[
                    ("id", rule_number()),
                    ("on", one_of(Trigger::ALL)),
                    ("guard", to("condition")),
                    ("sequence", to("suite")),
                ],
                &[("name", string())],
            ),
        ),
        ("suite", closed(&[("stages", some("temps"))], &[])),
        ("temps", closed(&[("items", list("element"))], &[("wait", to("condition"))])),
        ("element", json!({ "type": "array", "items": to("action"), "minItems": 1 })),
        ("action", json!({ "oneOf": actions() })),
        ("choix", choice(to("condition"))),
    ]
}

/// A script chooses among templates.
fn choice(call: Value) -> Value {
    let string = json!({ "type": "string" });
    let among = json!({ "type": "array", "items": string });
    let languages = json!({ "type": "object", "additionalProperties": string });
    let variants = json!({ "type": "object", "additionalProperties": { "type": "array", "items": string } });
    closed(&[("call", call), ("among", among)], &[("languages", languages), ("variants", variants)])
}

/// One schema for each thing to do; any of them may wait for an approval.
fn actions() -> Vec<Value> {
    let string = || json!({ "type": "string" });
    let roles = json!({ "type": "array", "items": { "type": "string" } });
    let tones = [Tone::Preventive, Tone::Friendly, Tone::Polite, Tone::Firm, Tone::Formal, Tone::Notice];
    let action = |name: &str, required: &[(&str, Value)], optional: &[(&str, Value)]| {
        let mut required = required.to_vec();
        required.insert(0, ("faire", json!({ "const": name })));
        let mut optional = optional.to_vec();
        optional.push(("validation", closed(&[], &[("de", string())])));
        closed(&required, &optional)
    };
    vec![
        action(
            "contact",
            &[
                ("channel", one_of(Channel::ALL)),
                ("nature", one_of([Nature::Reminder, Nature::Information, Nature::FormalNotice])),
            ],
            &[
                ("template", string()),
                ("choice", to("choix")),
                ("tone", one_of(tones)),
                ("language", string()),
                ("variants", json!({ "type": "array", "items": { "type": "string" } })),
                ("to", roles.clone()),
                ("copy", roles),
            ],
        ),
        action("tache", &[("text", string())], &[("to", string())]),
        action("alerte", &[("target", string())], &[]),
        action("note", &[("text", string())], &[]),
        action("transmettre", &[("target", string())], &[]),
        action("aller_a", &[("state", string())], &[]),
        action("suspendre", &[], &[("length", to("duree"))]),
        action("reprendre", &[], &[]),
        action("continuer", &[], &[]),
    ]
}
