//! States that other versions of a scenario call otherwise: `reprise étape a → b`, of this version and of those before it.

use crate::machine::{Action, Carry, Expr, Machine, Sequence, Value};
use crate::schema::{Fact, fold};
use std::collections::{BTreeMap, BTreeSet};

/// Where each state goes that a version of the scenario has had and that `machine` does not have. What an earlier version said of
/// it goes on to hold, so that the line can be removed once it has been in force; and read backwards, so that an earlier version can be
/// put in force again. A state of which two others could be meant goes nowhere.
pub(crate) fn carried(machine: &Machine, earlier: &[&Machine]) -> Vec<Carry> {
    let every = || earlier.iter().copied().chain([machine]);
    let links: Vec<&Carry> = every().flat_map(|m| &m.carries).collect();
    let own = machine.carries.iter().map(|carry| carry.from.as_str());
    let others = every().flat_map(|m| &m.states).map(|state| state.name.as_str());
    let linked = links.iter().flat_map(|carry| [carry.from.as_str(), carry.to.as_str()]);
    let mut found: Vec<Carry> = Vec::new();
    for name in own.chain(others.chain(linked).collect::<BTreeSet<_>>()) {
        if machine.state(name).is_some() || found.iter().any(|carry| carry.from == name) {
            continue;
        }
        if let Some(to) = target(machine, &links, name) {
            found.push(Carry { from: name.to_owned(), to });
        }
    }
    found
}

/// The state that a machine itself puts in the place of one: the same in another spelling, or what its own line says.
fn own_target(machine: &Machine, name: &str) -> Option<String> {
    let wanted = fold(name);
    let same = machine.states.iter().find(|state| fold(&state.name) == wanted).map(|state| &state.name);
    let said = || machine.carries.iter().find(|carry| fold(&carry.from) == wanted).map(|carry| &carry.to);
    same.or_else(said).cloned()
}

fn target(machine: &Machine, links: &[&Carry], name: &str) -> Option<String> {
    own_target(machine, name)
        .or_else(|| {
            walk(machine, name, |at| links.iter().filter(|c| fold(&c.from) == at).map(|c| fold(&c.to)).collect())
        })
        .or_else(|| {
            walk(machine, name, |at| links.iter().filter(|c| fold(&c.to) == at).map(|c| fold(&c.from)).collect())
        })
}

/// The nearest state of the machine along links; none when several are as near.
fn walk(machine: &Machine, from: &str, next: impl Fn(&str) -> Vec<String>) -> Option<String> {
    let (mut seen, mut level) = (BTreeSet::from([fold(from)]), vec![fold(from)]);
    while !level.is_empty() {
        let reached: BTreeSet<String> =
            level.iter().flat_map(|at| next(at)).filter(|name| seen.insert(name.clone())).collect();
        let mut ends: Vec<String> = reached.iter().filter_map(|name| own_target(machine, name)).collect();
        ends.dedup();
        match ends.len() {
            0 => level = reached.into_iter().collect(),
            1 => return ends.pop(),
            _ => return None,
        }
    }
    None
}

/// The same machine under former names of its states: for each state the first name that is carried into it, and one machine more for
/// each further one.
pub(crate) fn under_former_names(machine: &Machine, carried: &[Carry]) -> Vec<Machine> {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    let mut further = Vec::new();
    for carry in carried {
        if let Some(other) = first.get(carry.to.as_str()).filter(|other| **other != carry.from) {
            further.push((*other, carry));
        } else {
            first.insert(&carry.to, &carry.from);
        }
    }
    let mut all: Vec<Machine> = Vec::new();
    if !first.is_empty() {
        all.push(renamed(machine, &first));
    }
    for (_, carry) in further {
        let mut names = first.clone();
        names.insert(&carry.to, &carry.from);
        all.push(renamed(machine, &names));
    }
    all
}

fn renamed(machine: &Machine, names: &BTreeMap<&str, &str>) -> Machine {
    let mut machine = machine.clone();
    let rename = |name: &mut String| {
        if let Some(other) = names.get(name.as_str()) {
            *name = (*other).to_owned();
        }
    };
    for state in &mut machine.states {
        rename(&mut state.name);
        for entry in &mut state.entry {
            in_expr(&mut entry.guard, &rename);
            in_sequence(&mut entry.sequence, &rename);
        }
        for rule in &mut state.rules {
            for branch in &mut rule.branches {
                in_expr(&mut branch.guard, &rename);
                branch.bounds.iter_mut().for_each(|bound| in_expr(&mut bound.offset, &rename));
            }
            in_sequence(&mut rule.sequence, &rename);
        }
        for reaction in &mut state.reactions {
            in_expr(&mut reaction.guard, &rename);
            in_sequence(&mut reaction.sequence, &rename);
        }
    }
    for reaction in &mut machine.reactions {
        in_expr(&mut reaction.guard, &rename);
        in_sequence(&mut reaction.sequence, &rename);
    }
    machine
}

fn in_sequence(sequence: &mut Sequence, rename: &impl Fn(&mut String)) {
    for stage in &mut sequence.stages {
        if let Some(wait) = &mut stage.wait {
            in_expr(wait, rename);
        }
        for attempt in stage.items.iter_mut().flat_map(|item| &mut item.0) {
            match &mut attempt.action {
                Action::GoTo { state } => rename(state),
                Action::Contact(contact) => {
                    if let Some(choice) = &mut contact.choice {
                        in_expr(&mut choice.call, rename);
                    }
                }
                _ => {}
            }
        }
    }
}

fn in_expr(expr: &mut Expr, rename: &impl Fn(&mut String)) {
    let is_stage = |x: &Expr| matches!(x, Expr::Fact(Fact::Stage));
    match expr {
        Expr::Literal(_) | Expr::Fact(_) | Expr::Field(_) => {}
        Expr::Visited(state) => rename(state),
        Expr::Known(x) | Expr::Not(x) => in_expr(x, rename),
        Expr::Among(x, values) => {
            if is_stage(x) {
                values.iter_mut().for_each(|value| in_value(value, rename));
            }
            in_expr(x, rename);
        }
        Expr::And(parts) | Expr::Or(parts) => parts.iter_mut().for_each(|part| in_expr(part, rename)),
        Expr::Call(call) => call.arguments.iter_mut().for_each(|part| in_expr(part, rename)),
        Expr::Compare(_, x, y) | Expr::Arith(_, x, y) => {
            if is_stage(x) || is_stage(y) {
                for side in [&mut *x, &mut *y] {
                    if let Expr::Literal(value) = &mut **side {
                        in_value(value, rename);
                    }
                }
            }
            in_expr(x, rename);
            in_expr(y, rename);
        }
        Expr::Between(x, y, z) => [x, y, z].into_iter().for_each(|part| in_expr(part, rename)),
    }
}

fn in_value(value: &mut Value, rename: &impl Fn(&mut String)) {
    if let Value::Text(name) = value {
        rename(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::State;

    /// A version with these stages, and where it says that those of others go.
    fn version(stages: &[&str], carries: &[(&str, &str)]) -> Machine {
        let mut machine = Machine::new("essai", None);
        machine.states.extend(stages.iter().map(|name| State::new(name, None)));
        let carry = |(from, to): &(&str, &str)| Carry { from: (*from).to_owned(), to: (*to).to_owned() };
        machine.carries = carries.iter().map(carry).collect();
        machine
    }

    fn goes(machine: &Machine, earlier: &[Machine]) -> Vec<String> {
        let earlier: Vec<&Machine> = earlier.iter().collect();
        let mut found: Vec<String> =
            carried(machine, &earlier).into_iter().map(|carry| format!("{} → {}", carry.from, carry.to)).collect();
        found.sort();
        found
    }

    #[test]
    fn what_an_earlier_version_said_goes_on_to_hold() {
        let versions = [version(&["a"], &[]), version(&["b"], &[("a", "b")]), version(&["c"], &[("b", "c")])];
        assert_eq!(goes(&version(&["c", "x"], &[]), &versions), ["a → c", "b → c"]);
        assert_eq!(goes(&version(&["d"], &[("c", "d")]), &versions), ["a → d", "b → d", "c → d"]);
    }

    #[test]
    fn an_earlier_version_that_comes_back_reads_it_backwards() {
        let versions = [version(&["a"], &[]), version(&["b"], &[("a", "b")]), version(&["c"], &[("b", "c")])];
        assert_eq!(goes(&versions[0], &versions), ["b → a", "c → a"]);
        assert_eq!(goes(&versions[1], &versions), ["a → b", "c → b"]);
    }

    #[test]
    fn two_stages_that_became_one_are_not_told_apart_again() {
        let versions = [version(&["a", "b"], &[]), version(&["c"], &[("a", "c"), ("b", "c")])];
        assert_eq!(goes(&versions[1], &versions), ["a → c", "b → c"]);
        assert_eq!(goes(&versions[0], &versions), [] as [&str; 0]);
        // What the version itself says counts before all others.
        assert_eq!(goes(&version(&["a", "b"], &[("c", "b")]), &versions), ["c → b"]);
    }

    #[test]
    fn accents_and_capitals_make_no_other_stage() {
        let versions = [version(&["Mediation"], &[])];
        assert_eq!(goes(&version(&["médiation"], &[]), &versions), ["Mediation → médiation"]);
        assert_eq!(
            goes(&version(&["suivi"], &[("médiation", "suivi")]), &versions),
            ["Mediation → suivi", "médiation → suivi"]
        );
    }
}
