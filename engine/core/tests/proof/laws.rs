//! What the proofs say always holds: what never fires never does, and every example shows what it is given for.

use super::build::{SEGMENTS, machine};
use super::worlds::{journal, life, program};
use proptest::prelude::*;
use relance_core::event::{Entry, Event};
use relance_core::machine::{Machine, Nature, RuleId};
use relance_core::proof::{At, Finding, Kind, Project, Together, cycles, examine, together, turns_through_work};

fn project() -> Project {
    Project { segments: SEGMENTS.map(str::to_owned).to_vec(), ..Project::default() }
}

fn rule(at: &At) -> RuleId {
    match at {
        At::Rule(id) => *id,
        other => panic!("{other:?} n'est pas une règle"),
    }
}

fn fired(entries: &[Entry], id: RuleId) -> Option<usize> {
    entries.iter().position(|entry| {
        matches!(entry.event, Event::Fired { .. }) && entry.about.as_ref().is_some_and(|about| about.rule == Some(id))
    })
}

/// Whether a journal shows what a finding says.
fn shows(finding: &Finding, entries: &[Entry]) -> bool {
    let entry = |id: RuleId| fired(entries, id).map(|at| &entries[at]);
    let other = || finding.also.first().map(|(_, at)| rule(at));
    match &finding.kind {
        Kind::TwoMessages
        | Kind::SameMessageTwice
        | Kind::TwoDestinations { .. }
        | Kind::CancelledByLeaving { .. }
        | Kind::HeldAndResumed => {
            let (one, two) = (entry(rule(&finding.at)), other().and_then(entry));
            one.zip(two).is_some_and(|(one, two)| one.at == two.at)
        }
        Kind::HandOverWithoutNotice { .. } => {
            let over = entries.iter().position(|e| matches!(e.event, Event::HandedOver { .. }));
            let notice = |e: &Entry| matches!(e.event, Event::Sent { nature: Nature::FormalNotice, .. });
            over.is_some_and(|over| !entries[..over].iter().any(notice))
        }
        Kind::Untaken => entries.iter().any(|e| matches!(e.event, Event::Assigned { scenario: None, .. })),
        Kind::AboveLeaving { .. } => {
            let left = entries.iter().position(|e| matches!(e.event, Event::StateEntered { .. }));
            left.is_some_and(|left| fired(entries, rule(&finding.at)).is_none_or(|at| left < at))
        }
        Kind::CutOff { .. } => entries.iter().any(|e| {
            matches!(e.event, Event::Cancelled { .. })
                && e.about.as_ref().is_some_and(|a| a.rule == Some(rule(&finding.at)))
        }),
        Kind::AlwaysDelayed { .. } => entries.iter().any(|e| {
            matches!(e.event, Event::Postponed { .. })
                && e.about.as_ref().is_some_and(|a| a.rule == Some(rule(&finding.at)))
        }),
        other => panic!("pas d'exemple attendu pour {other:?}"),
    }
}

fn check(machine: &Machine, lives: Vec<Vec<relance_core::incoming::Incoming>>) -> Result<(), TestCaseError> {
    let found = examine(std::slice::from_ref(machine), &project());
    prop_assert_eq!(&found, &examine(std::slice::from_ref(machine), &project()));
    let program = program(machine);
    for finding in &found {
        if let Some(witness) = &finding.witness {
            let mut entries = journal(&program, witness.data.clone());
            entries.retain(|entry| entry.invoice.as_deref() == Some("F1"));
            prop_assert!(shows(finding, &entries), "{finding:?}");
        }
    }
    let never: Vec<RuleId> = found
        .iter()
        .filter(|f| {
            matches!(f.kind, Kind::NeverFires | Kind::OutsideSelection | Kind::Hidden | Kind::InFinalState { .. })
        })
        .map(|f| rule(&f.at))
        .collect();
    let starved = found.iter().any(|f| f.kind == Kind::Starved);
    for life in lives {
        let entries = journal(&program, life);
        for id in &never {
            prop_assert!(fired(&entries, *id).is_none(), "{:?}", found.iter().find(|f| f.at == At::Rule(*id)));
        }
        let taken = entries.iter().any(|e| matches!(e.event, Event::Assigned { scenario: Some(_), .. }));
        prop_assert!(!(starved && taken));
        // Without a cycle, nothing turns at one instant.
        let turned = entries.iter().any(|e| matches!(&e.event, Event::Broken { .. }));
        prop_assert!(!turned);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, max_shrink_iters: 300, max_global_rejects: 5_000, ..ProptestConfig::default() })]

    #[test]
    fn what_never_fires_never_does_and_examples_show_what_they_say(
        machine in machine(),
        lives in proptest::collection::vec(life(), 25),
    ) {
        // The compiler refuses a machine that turns at one instant.
        // A simulation whose people work at once cannot run one that turns through their work.
        prop_assume!(cycles(&machine).is_empty() && !turns_through_work(&machine));
        check(&machine, lives)?;
    }

    /// What is called disjoint selects no invoice twice.
    #[test]
    fn disjoint_selections_share_no_invoice(
        one in super::build::guard(),
        two in super::build::guard(),
        lives in proptest::collection::vec(life(), 10),
    ) {
        let select = |name: &str, guard: &relance_core::machine::Expr| {
            Machine { selection: Some(guard.clone()), ..Machine::new(name, None) }
        };
        let (first, second) = (select("un", &one), select("deux", &two));
        if together(&first, &second, &project()) == Together::Disjoint {
            let taken = |machine: &Machine, life: &Vec<relance_core::incoming::Incoming>| {
                let entries = journal(&program(machine), life.clone());
                let first = entries.iter().find(|e| {
                    matches!(e.event, Event::Assigned { .. }) && e.invoice.as_deref() == Some("F1")
                });
                first.is_some_and(|e| matches!(e.event, Event::Assigned { scenario: Some(_), .. }))
            };
            for life in &lives {
                prop_assert!(!(taken(&first, life) && taken(&second, life)));
            }
        }
    }
}
