//! A machine as a statechart for XState.

use crate::drawing::label;
use crate::machine::{Branch, Clock, EntryRule, Expr, Machine, Reaction, Rule, State, Trigger, Value as Literal};
use crate::schema::fold;
use serde_json::{Map, Value, json};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// The name of the end that a paid invoice reaches.
const SETTLED: &str = "soldée";

/// The machine as the configuration of an XState 5 machine, for one invoice.
///
/// **Time** comes as one event a day, `{ type: "JOUR", retard, etat, premiere_relance, … }`: days past due, days on the clock of the
/// state (`null` before it starts), days since the first reminder (`null` without one), and whatever facts the conditions read. When
/// an event made the machine enter a state, the day's `JOUR` is sent again, because rungs that are already due fire at once.
///
/// **What happened** comes as an event of the words after `quand`: `promesse rompue`, `événement x` for one of the company's own.
/// A state that reacts to an event does so in place of the scenario, as an inner transition does in a statechart. `soldée` ends the
/// machine. A sequence that comes to `aller à x` sends `aller.x`; from then on nothing of the state that is left begins.
///
/// **States** are parallel: one region for what fires besides the rungs, each rule by itself, and the region `2_paliers`, whose
/// transitions on `JOUR` stand from the highest rung down, so that the first whose guard holds is the one to fire. Where the order of the
/// rungs depends on the invoice, `meta.ordre` says `selon la facture` instead of `fixe`: there, of the transitions whose guards
/// hold, the one with the latest day is to be taken. The names of the regions sort in the order in which the rules fire. An `étape`
/// that says `fin` has the tag `fin` and reacts to events only: it is no final state, since a payment still settles the invoice.
///
/// **Context**: `palier`, the day of the highest rung reached in the visit (days past due, or `null`); `faites`, the rules that fired
/// in it; `fois`, for each rule that repeats, `{ dernier, nombre }`.
///
/// **Guards**, whose `params` hold conditions and bounds as in the machine's own JSON. An *alternative* holds when all its `bornes`
/// have come, its `si` is certainly true, and it is not below the due date on or after it. A rule with `relance_prealable` waits until
/// the first reminder is at least 8 days old.
/// - `palier`: of a rule in `regles` that is not in `faites`, an alternative holds whose day is not before `palier`;
/// - `regle`: the same for one rule without regard to `palier`: free rules, and rungs that neither contact the client nor leave;
/// - `repetition`: a new multiple of `tous_les` on the clock of the state has come, fewer than `au_plus` fired, an alternative holds.
///
/// **Actions**: `entrer` forgets `palier`, `faites` and `fois`; `sortir` cancels what is pending; `palier` sets `palier` to the
/// latest day of `bornes` and cancels what is pending of lower rungs; `suite` runs `faire` if the guard of its own rule holds (or
/// `si`, for an entry or a reaction) and adds the rule to `faites` (or counts it in `fois`).
///
/// Holds, hours of sending, caps, grouping and the carriers' answers are the interpreter's: the settings stand in `meta`. With
/// `rattrapage pas à pas` the rungs stand from the lowest up; the distance that it keeps is the interpreter's too.
pub fn xstate(machine: &Machine) -> Value {
    let mut states = Map::new();
    for state in &machine.states {
        states.insert(state.name.clone(), drawn(machine, state));
    }
    states.insert(SETTLED.to_owned(), json!({ "type": "final" }));
    let mut on = events(machine, &machine.reactions, ".");
    // What pays the invoice ends the machine, whatever reacts to it.
    settle(&mut on, ".soldée");
    let mut meta = json!({ "reglages": machine.settings, "empreinte": machine.hash() });
    for (name, value) in [("titre", json!(machine.title)), ("selection", json!(machine.selection))] {
        if let (Value::Object(meta), false) = (&mut meta, value.is_null()) {
            meta.insert(name.to_owned(), value);
        }
    }
    json!({
        "id": machine.name,
        "initial": machine.states.first().map(|state| &state.name),
        "context": { "palier": null, "faites": [], "fois": {} },
        "meta": meta,
        "on": on,
        "states": states,
    })
}

fn drawn(machine: &Machine, state: &State) -> Value {
    let mut on = events(machine, &state.reactions, "");
    if on.contains_key(SETTLED) {
        settle(&mut on, SETTLED);
    }
    // A sequence of a reaction of the scenario that leaves the state is answered at the top; those of the state's own rules here.
    let own: BTreeSet<&str> = state.sequences().flat_map(|(_, sequence)| sequence.destinations()).collect();
    for target in own {
        if machine.state(target).is_some() {
            on.insert(format!("aller.{target}"), json!({ "target": target, "reenter": true }));
        }
    }
    let mut entry = vec![json!({ "type": "entrer" })];
    entry.extend(state.entry.iter().map(entry_action));
    let mut node = json!({ "entry": entry, "exit": [{ "type": "sortir" }], "on": on });
    let Value::Object(fields) = &mut node else { return node };
    if let Some(title) = &state.title {
        fields.insert("description".to_owned(), json!(title));
    }
    let regions = if state.is_final { Map::new() } else { regions(machine, state) };
    if state.is_final {
        fields.insert("tags".to_owned(), json!(["fin"]));
    }
    if !regions.is_empty() {
        fields.insert("type".to_owned(), json!("parallel"));
        fields.insert("states".to_owned(), Value::Object(regions));
    }
    node
}

fn entry_action(rule: &EntryRule) -> Value {
    let mut params = json!({ "regle": rule.id, "si": rule.guard, "faire": rule.sequence });
    if let (Value::Object(params), true) = (&mut params, rule.without_prior_reminder) {
        params.insert("sans_relance_prealable".to_owned(), json!(true));
    }
    json!({ "type": "suite", "params": params })
}

/// Reactions by event: one transition that runs all of them, in file order; and the ways out of their sequences. `here` stands before
/// the name of a target: the children of the root are named from it with a dot.
fn events(machine: &Machine, reactions: &[Reaction], here: &str) -> Map<String, Value> {
    let mut by_event: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut on = Map::new();
    for reaction in reactions {
        let event = match (reaction.on, &reaction.name) {
            (Trigger::External, Some(name)) => format!("{} {}", reaction.on.words(), fold(name)),
            _ => reaction.on.words().to_owned(),
        };
        let params = json!({ "regle": reaction.id, "si": reaction.guard, "faire": reaction.sequence });
        by_event.entry(event).or_default().push(json!({ "type": "suite", "params": params }));
        if !here.is_empty() {
            for target in reaction.sequence.destinations().filter(|target| machine.state(target).is_some()) {
                on.insert(format!("aller.{target}"), json!({ "target": format!("{here}{target}"), "reenter": true }));
            }
        }
    }
    on.extend(by_event.into_iter().map(|(event, actions)| (event, json!({ "actions": actions }))));
    on
}

fn settle(on: &mut Map<String, Value>, target: &str) {
    let settled = on.entry(SETTLED).or_insert_with(|| json!({}));
    if let Value::Object(transition) = settled {
        transition.insert("target".to_owned(), json!(target));
    }
}

/// What a state does from day to day.
fn regions(machine: &Machine, state: &State) -> Map<String, Value> {
    let mut regions = Map::new();
    let on_day = |transitions: Value| json!({ "on": { "JOUR": transitions } });
    for rule in &state.rules {
        if let Some(repeat) = &rule.repeat {
            let params = json!({ "tous_les": repeat.every, "au_plus": repeat.at_most });
            let params = with(told(machine, rule, &rule.branches.iter().collect::<Vec<_>>()), params);
            let guard = json!({ "type": "repetition", "params": params });
            let doing = with(params.clone(), json!({ "faire": rule.sequence }));
            let transition = json!({ "guard": guard, "actions": [{ "type": "suite", "params": doing }] });
            regions.insert(format!("4_repete_{:05}", rule.id.0), on_day(transition));
        }
    }
    for rule in state.rules.iter().filter(|rule| rule.repeat.is_none()) {
        let (bounded, free): (Vec<&Branch>, Vec<&Branch>) = rule.branches.iter().partition(|b| !b.bounds.is_empty());
        if !takes_part(rule) && !bounded.is_empty() {
            regions.insert(format!("1_interne_{:05}", rule.id.0), on_day(alone(machine, rule, &bounded)));
        }
        if !free.is_empty() {
            regions.insert(format!("3_libre_{:05}", rule.id.0), on_day(alone(machine, rule, &free)));
        }
    }
    let rungs: Vec<&Rule> = state.rules.iter().filter(|rule| rule.repeat.is_none() && takes_part(rule)).collect();
    let (order, transitions) = ladder(machine, &rungs);
    if !transitions.is_empty() {
        let region = with(on_day(Value::Array(transitions)), json!({ "meta": { "ordre": order } }));
        regions.insert("2_paliers".to_owned(), region);
    }
    regions
}

/// Whether a rule, on a rung, waits for its turn among the others; the rest fires besides.
fn takes_part(rule: &Rule) -> bool {
    rule.sequence.has_contact() || rule.sequence.destinations().next().is_some()
}

/// The transition of a rule that fires by itself.
fn alone(machine: &Machine, rule: &Rule, branches: &[&Branch]) -> Value {
    let params = told(machine, rule, branches);
    let doing = with(params.clone(), json!({ "faire": rule.sequence }));
    json!({ "guard": { "type": "regle", "params": params }, "actions": [{ "type": "suite", "params": doing }] })
}

/// A rule's number and alternatives.
fn told(machine: &Machine, rule: &Rule, branches: &[&Branch]) -> Value {
    let alternatives: Vec<Value> =
        branches.iter().map(|branch| json!({ "bornes": branch.bounds, "si": branch.guard })).collect();
    let mut told = json!({ "regle": rule.id, "alternatives": alternatives });
    if let Value::Object(fields) = &mut told
        && machine.opens_with_formal_notice(&rule.sequence)
        && !rule.without_prior_reminder
    {
        fields.insert("relance_prealable".to_owned(), json!(true));
    }
    told
}

/// A rung: what it is called, where it lies, the branches that stand on it.
struct Rung<'m> {
    label: String,
    clock: Clock,
    days: Option<i64>,
    parts: Vec<(&'m Rule, &'m Branch)>,
}

/// Whether rungs stand in the same order for every invoice, and their transitions, the one to try first first.
fn ladder(machine: &Machine, rules: &[&Rule]) -> (&'static str, Vec<Value>) {
    let mut rungs: Vec<Rung<'_>> = Vec::new();
    for rule in rules {
        for branch in &rule.branches {
            let Some((clock, label, days)) = label::stop(branch) else { continue };
            match rungs.iter_mut().find(|rung| rung.clock == clock && rung.label == label) {
                Some(rung) => rung.parts.push((rule, branch)),
                None => rungs.push(Rung { label, clock, days, parts: vec![(rule, branch)] }),
            }
        }
    }
    let first = rungs.first().map(|rung| rung.clock);
    let fixed = rungs.len() < 2
        || rungs.iter().all(|rung| Some(rung.clock) == first && rung.parts.iter().all(|(_, b)| in_days(b)));
    rungs.sort_by_key(|rung| (rung.days.is_none(), Reverse(rung.days)));
    if machine.settings.step_by_step {
        rungs.reverse();
    }
    let transitions = rungs.iter().map(|rung| {
        let rules: Vec<Value> = rung.parts.iter().map(|(rule, branch)| told(machine, rule, &[*branch])).collect();
        // Every part of a rung falls on the same day.
        let bounds = rung.parts.first().map(|(_, branch)| &branch.bounds);
        let mut actions = vec![json!({ "type": "palier", "params": { "bornes": bounds } })];
        for ((rule, _), told) in rung.parts.iter().zip(&rules) {
            let doing = with(told.clone(), json!({ "faire": rule.sequence }));
            actions.push(json!({ "type": "suite", "params": doing }));
        }
        json!({
            "description": rung.label,
            "guard": { "type": "palier", "params": { "regles": rules } },
            "actions": actions,
            "reenter": false,
        })
    });
    (if fixed { "fixe" } else { "selon la facture" }, transitions.collect())
}

/// Whether a branch lies a fixed number of calendar days after day 0 of its clock.
fn in_days(branch: &Branch) -> bool {
    branch.bounds.iter().all(|bound| {
        !bound.end_of_month && matches!(bound.offset, Expr::Literal(Literal::Duration(crate::day::Span::Days(_))))
    })
}

fn with(mut base: Value, more: Value) -> Value {
    if let (Value::Object(base), Value::Object(more)) = (&mut base, more) {
        base.extend(more);
    }
    base
}
