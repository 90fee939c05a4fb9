//! The published schema takes every machine, and nothing that only looks like one.

use crate::machines;
use crate::strategy::machine;
use jsonschema::Validator;
use proptest::prelude::*;
use relance_core::export::json_schema;
use relance_core::machine::Machine;
use serde_json::{Value, json};

fn validator() -> Validator {
    let schema = json_schema();
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn why(validator: &Validator, machine: &Value) -> Vec<String> {
    validator.iter_errors(machine).map(|e| format!("{} : {e}", e.instance_path())).collect()
}

/// The place of every value inside another one.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let inside = |key: &str| format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
    found.push(at.to_owned());
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| places(value, &inside(key), found)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, value)| places(value, &inside(&i.to_string()), found))
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_machine_is_valid_and_comes_back(machine in machine(), picks in proptest::collection::vec(any::<prop::sample::Index>(), 12)) {
        let validator = validator();
        let json = serde_json::to_value(&machine).unwrap();
        prop_assert_eq!(why(&validator, &json), Vec::<String>::new());
        prop_assert_eq!(&serde_json::from_value::<Machine>(json.clone()).unwrap(), &machine);
        // Anywhere in it, a value of another kind, an unknown property, or a missing one that reading needs, is refused.
        let mut found = Vec::new();
        places(&json, "", &mut found);
        for pick in picks {
            let place = pick.get(&found);
            let mut wrong = json.clone();
            *wrong.pointer_mut(place).unwrap() = json!({ "faux": 1 });
            prop_assert!(!validator.is_valid(&wrong), "{place} may be anything");
            let mut wrong = json.clone();
            let Some(map) = wrong.pointer_mut(place).unwrap().as_object_mut() else { continue };
            map.insert("inconnu".into(), Value::Null);
            prop_assert!(!validator.is_valid(&wrong), "{place} takes unknown properties");
            let keys: Vec<String> = json.pointer(place).unwrap().as_object().unwrap().keys().cloned().collect();
            for key in keys {
                let mut less = json.clone();
                less.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(&key);
                let valid = validator.is_valid(&less);
                prop_assert!(!valid || serde_json::from_value::<Machine>(less).is_ok(), "{place} without {key}");
            }
        }
    }
}

#[test]
fn near_misses() {
    let validator = validator();
    let good = serde_json::to_value(machines::stages()).unwrap();
    assert_eq!(why(&validator, &good), Vec::<String>::new());
    let cases = [
        ("/format", json!(1)),
        ("/states", json!([])),
        ("/settings/window/days", json!([true, true, true, true, true, false])),
        ("/settings/window/closes", json!(1441)),
        ("/settings/cap/contacts", json!(0)),
        ("/settings/calendar/jours_feries", json!("Bretagne")),
        ("/states/0/rules/0/branches", json!([])),
        ("/states/0/rules/0/branches/0/bounds/0/offset", json!({ "fait": "retards" })),
        ("/states/0/rules/0/branches/0/guard", json!({ "et": [], "ou": [] })),
        ("/states/0/rules/2/branches/0/guard/compare/0", json!("≥")),
        ("/states/0/rules/0/sequence/stages/0/items/0/0/channel", json!("courriel")),
        ("/states/0/rules/0/sequence/stages/0/items/0/0/faire", json!("tache")),
        ("/states/2/rules/0/branches/0/bounds/0/horloge", json!("apres")),
        ("/reactions/0/on", json!("soldee")),
    ];
    for (place, value) in cases {
        let mut wrong = good.clone();
        *wrong.pointer_mut(place).unwrap_or_else(|| panic!("{place}")) = value;
        assert!(!validator.is_valid(&wrong), "{place}");
    }
}
