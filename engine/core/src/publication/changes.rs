//! What differs between two sets of scenarios, in the words of their files.

use super::seal;
use crate::dossier::RuleKey;
use crate::drawing::{limits, takes};
use crate::machine::{Machine, Place};
use crate::program::{Program, Scenario};
use serde::Serialize;
use std::collections::BTreeSet;

/// What became of a scenario.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum Difference {
    /// It is new.
    #[serde(rename = "ajoute")]
    Added,
    /// It says something else.
    #[serde(rename = "modifie")]
    Changed,
    /// It is no longer there.
    #[serde(rename = "retire")]
    Removed,
}

/// One rule that differs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RuleChange {
    /// The state; none for a reaction of the whole scenario.
    #[serde(rename = "etape")]
    pub state: Option<String>,
    /// As it was, in the version in force.
    #[serde(rename = "avant")]
    pub before: Option<Place>,
    /// As it is.
    #[serde(rename = "apres")]
    pub after: Option<Place>,
}

/// A setting that differs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SettingChange {
    /// What is set.
    #[serde(rename = "reglage")]
    pub what: &'static str,
    /// As it was.
    #[serde(rename = "avant")]
    pub before: String,
    /// As it is.
    #[serde(rename = "apres")]
    pub after: String,
}

/// A state that is no longer there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Gone {
    /// Its name.
    #[serde(rename = "etape")]
    pub state: String,
    /// Where its invoices go.
    #[serde(rename = "vers")]
    pub to: Option<String>,
}

/// What differs in one scenario.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Changes {
    /// The scenario.
    #[serde(rename = "scenario")]
    pub name: String,
    /// What became of it.
    #[serde(rename = "statut")]
    pub difference: Difference,
    /// Its version in force.
    #[serde(rename = "version_avant")]
    pub before: Option<String>,
    /// The new one.
    #[serde(rename = "version_apres")]
    pub after: Option<String>,
    /// Its settings.
    #[serde(rename = "reglages")]
    pub settings: Vec<SettingChange>,
    /// States that are new.
    #[serde(rename = "etapes_ajoutees")]
    pub added_states: Vec<String>,
    /// States that are no longer there.
    #[serde(rename = "etapes_retirees")]
    pub removed_states: Vec<Gone>,
    /// Its rules, in the order of the new file, then those that are gone.
    #[serde(rename = "regles")]
    pub rules: Vec<RuleChange>,
}

/// What differs from the scenarios in force, scenario by scenario; those that say the same are left out.
pub fn changes(before: Option<&Program>, after: &Program) -> Vec<Changes> {
    let old = |name: &str| before.and_then(|program| program.scenario(name));
    let mut found: Vec<Changes> = Vec::new();
    for new in &after.scenarios {
        match old(&new.machine.name) {
            Some(old) if old.hash == new.hash => {}
            Some(old) => found.push(changed(old, new)),
            None => found.push(whole(new, Difference::Added)),
        }
    }
    let gone = before.into_iter().flat_map(|program| &program.scenarios);
    let gone = gone.filter(|old| after.scenario(&old.machine.name).is_none());
    found.extend(gone.map(|old| whole(old, Difference::Removed)));
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn whole(scenario: &Scenario, difference: Difference) -> Changes {
    let version = Some(scenario.version.clone());
    let added = difference == Difference::Added;
    let rules = rules(scenario).into_iter().map(|(state, _, place)| {
        let (before, after) = if added { (None, Some(place)) } else { (Some(place), None) };
        RuleChange { state, before, after }
    });
    Changes {
        name: scenario.machine.name.clone(),
        difference,
        before: version.clone().filter(|_| !added),
        after: version.filter(|_| added),
        settings: Vec::new(),
        added_states: Vec::new(),
        removed_states: Vec::new(),
        rules: rules.collect(),
    }
}

fn changed(old: &Scenario, new: &Scenario) -> Changes {
    let settings = settings(&old.machine).into_iter().zip(settings(&new.machine));
    let settings = settings
        .filter(|((_, before), (_, after))| before != after)
        .map(|((what, before), (_, after))| SettingChange { what, before, after });
    let names = |scenario: &Scenario| scenario.states.iter().map(|state| state.name.clone()).collect::<Vec<_>>();
    let removed = names(old).into_iter().filter(|name| new.state(name).is_none());
    Changes {
        name: new.machine.name.clone(),
        difference: Difference::Changed,
        before: Some(old.version.clone()),
        after: Some(new.version.clone()),
        settings: settings.collect(),
        added_states: names(new).into_iter().filter(|name| old.state(name).is_none()).collect(),
        removed_states: removed.map(|state| Gone { to: new.place(&state).map(str::to_owned), state }).collect(),
        rules: rule_changes(old, new),
    }
}

/// What a scenario sets, in fixed order.
fn settings(machine: &Machine) -> Vec<(&'static str, String)> {
    let priority = machine.priority.map_or_else(|| "aucune".to_owned(), |priority| priority.to_string());
    let calendar = &machine.settings.calendar;
    let closings = match calendar.closed.len() {
        0 => String::new(),
        n => format!(", fermetures déclarées : {n}"),
    };
    let title = machine.title.clone().unwrap_or_else(|| "aucun".to_owned());
    vec![
        ("titre", title),
        ("factures", takes(machine)),
        ("priorité", priority),
        ("calendrier", format!("{}{closings}", calendar.region.name())),
        ("envois", limits(&machine.settings)),
        ("reprises", machine.carries.iter().map(|c| format!("{} → {}", c.from, c.to)).collect::<Vec<_>>().join(", ")),
        (
            "segments",
            machine
                .segments
                .iter()
                .map(|rule| format!("{} si {}", rule.name, rule.guard))
                .collect::<Vec<_>>()
                .join(" ; "),
        ),
        ("champs", machine.fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(", ")),
        (
            "scripts",
            machine
                .scripts
                .iter()
                .map(|script| format!("{} ({})", script.path, seal(&script.text)))
                .collect::<Vec<_>>()
                .join(", "),
        ),
        (
            "scripts et montants que demandent les modèles",
            if machine.messages.is_empty() { String::new() } else { seal(&machine.messages) },
        ),
    ]
}

/// Every rule with its state, its identity and its place, in file order.
fn rules(scenario: &Scenario) -> Vec<(Option<String>, RuleKey, Place)> {
    let mut found: Vec<(Option<String>, RuleKey, Place)> = scenario
        .identities()
        .filter_map(|(state, key)| {
            let id = scenario.rule_id(key)?;
            let said = || Place {
                text: scenario.sequence(key).map(ToString::to_string).unwrap_or_default(),
                ..Place::default()
            };
            Some((state.map(str::to_owned), key, scenario.machine.place(id).cloned().unwrap_or_else(said)))
        })
        .collect();
    found.sort_by_key(|(.., place)| (place.file.clone(), place.line));
    found
}

fn rule_changes(old: &Scenario, new: &Scenario) -> Vec<RuleChange> {
    let (mut was, is) = (rules(old), rules(new));
    let known: BTreeSet<RuleKey> = was.iter().map(|(_, key, _)| *key).collect();
    // A rule that says the same under another name of its state has not changed.
    let same = |key: &RuleKey| {
        let renamed = new.former_rules.iter().find(|(former, now)| now == key && known.contains(former));
        if known.contains(key) { Some(*key) } else { renamed.map(|(former, _)| *former) }
    };
    let kept: BTreeSet<RuleKey> = is.iter().filter_map(|(_, key, _)| same(key)).collect();
    was.retain(|(_, key, _)| !kept.contains(key));
    let mut found: Vec<RuleChange> = Vec::new();
    for (state, key, after) in is {
        if same(&key).is_some() || found.iter().any(|change| change.after.as_ref() == Some(&after)) {
            continue;
        }
        let here = |other: &Option<String>| other.as_deref().map(|name| new.place(name)) == state.as_deref().map(Some);
        let alike = |part: fn(&str) -> &str| {
            was.iter().position(|(other, _, before)| here(other) && part(&before.text) == part(&after.text))
        };
        let before = alike(head).or_else(|| alike(tail)).map(|at| was.remove(at).2);
        found.push(RuleChange { state, before, after: Some(after) });
    }
    for (state, _, before) in was {
        if !found.iter().any(|change| change.before.as_ref() == Some(&before)) {
            found.push(RuleChange { state, before: Some(before), after: None });
        }
    }
    found
}

/// What a rule says before its actions.
fn head(text: &str) -> &str {
    parts(text).0
}

/// Its actions.
fn tail(text: &str) -> &str {
    parts(text).1
}

fn parts(text: &str) -> (&str, &str) {
    text.split_once(" : ")
        .or_else(|| text.split_once(": "))
        .or_else(|| text.split_once(" alors "))
        .unwrap_or((text, text))
}
