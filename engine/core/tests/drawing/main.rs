//! Drawings of compiled scenarios.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod geometry;
mod journey;
mod machines;
mod strategy;

use machines::*;
use relance_core::drawing::{Plan, dot, mermaid, plan, svg};
use relance_core::machine::*;
use std::collections::BTreeSet;

fn names(plan: &Plan) -> Vec<&str> {
    plan.states.iter().map(|state| state.name.as_str()).collect()
}

#[test]
fn the_model_of_a_plan() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&plan(&plan_only())).unwrap());
}

#[test]
fn the_pictures_of_three_stages() {
    let plan = plan(&stages());
    insta::assert_snapshot!("stages.svg", svg(&plan, None));
    insta::assert_snapshot!("stages.dot", dot(&plan));
    insta::assert_snapshot!("stages.mermaid", mermaid(&plan));
}

#[test]
fn states_stand_as_they_are_first_reached() {
    let plan = plan(&stages());
    assert_eq!(names(&plan), ["plan", "mise_en_demeure", "contentieux", "promesse"], "the file has another order");
    assert!(plan.states.iter().all(|state| state.reachable));
    let mut alone = stages();
    alone.states.insert(1, State::new("jamais", None));
    let plan = relance_core::drawing::plan(&alone);
    assert_eq!(names(&plan).last(), Some(&"jamais"));
    assert_eq!(plan.states.iter().filter(|state| !state.reachable).count(), 1);
}

/// A reaction of the scenario leads nowhere from a state that has rules of its own for the event.
#[test]
fn a_replaced_reaction_reaches_nothing() {
    let mut b = Builder::default();
    let mut m = Machine::new("m", None);
    m.states.push(State::new("x", None));
    m.reactions = vec![b.when(Trigger::Reply, Expr::always(), then(vec![go_to("x")]))];
    assert!(plan(&m).states[1].reachable);
    m.states[0].reactions = vec![b.when(Trigger::Reply, Expr::always(), then(vec![email("merci")]))];
    assert!(!plan(&m).states[1].reachable);
}

#[test]
fn an_alternative_stands_on_its_own_rung() {
    let mut b = Builder::default();
    let mut m = Machine::new("m", None);
    let mut rule = b.rung(30, segment("vip"), then(vec![email("ferme")]));
    rule.branches.push(Branch { bounds: vec![bound(Clock::Due, days(10))], guard: Expr::always() });
    rule.branches.push(Branch { bounds: vec![], guard: over(100) });
    m.states[0].rules = vec![rule];
    let plan = plan(&m);
    let stops = &plan.states[0].timelines[0].stops;
    let told: Vec<_> = stops.iter().map(|s| (s.label.as_str(), s.steps[0].condition.as_deref())).collect();
    assert_eq!(told, [("J+10", None), ("J+30", Some("segment = vip"))]);
    assert_eq!(plan.states[0].free[0].when, "dès que reste_dû >= 1,00\u{a0}€");
}

/// `J-15 fin de mois` falls about on the due date, not on it.
#[test]
fn only_j_is_the_due_date() {
    let mut b = Builder::default();
    let mut m = Machine::new("m", None);
    let mut rule = b.rung(-15, Expr::always(), then(vec![email("avis")]));
    rule.branches[0].bounds[0].end_of_month = true;
    m.states[0].rules = vec![rule];
    let picture = svg(&plan(&m), None);
    assert!(picture.contains(">J-15 fin de mois<") && picture.contains(">J échéance<"), "{picture}");
}

/// Whatever a file names, the picture holds no element that the renderer did not write.
#[test]
fn what_users_write_stays_text() {
    let plan = plan(&hostile());
    let picture = svg(&plan, None);
    let document = roxmltree::Document::parse(&picture).unwrap();
    let tags: BTreeSet<&str> = document.descendants().filter(|n| n.is_element()).map(|n| n.tag_name().name()).collect();
    assert_eq!(tags, BTreeSet::from(["svg", "title", "style", "g", "rect", "path", "circle", "text"]));
    let texts: String = document.descendants().filter(|n| n.has_tag_name("text")).filter_map(|n| n.text()).collect();
    assert!(texts.contains("<script>alert('&amp;')</script>"), "{texts}");
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    assert!(root.attribute("aria-label").is_some_and(|label| label.starts_with("Scénario Une étape")));
    insta::assert_snapshot!("hostile.dot", dot(&plan));
    insta::assert_snapshot!("hostile.mermaid", mermaid(&plan));
}

#[test]
fn dark_screens_and_paper() {
    let picture = svg(&plan(&stages()), None);
    // Paper stays light: the dark colours are for screens only.
    assert_eq!(picture.matches("@media screen and (prefers-color-scheme:dark)").count(), 1);
    for outside in ["http:", "url(", "@import", "<script", "href"] {
        let found = picture.matches(outside).count();
        assert_eq!(found, usize::from(outside == "http:"), "{outside}: only the name of the format is an address");
    }
}

#[test]
fn the_way_of_an_invoice() {
    let ids = |set: &BTreeSet<RuleId>| set.iter().map(|id| id.0).collect::<Vec<_>>();
    // Taken over thirteen days late: the second rung fires, the first is skipped.
    let (machine, path) = journey::followed("2026-03-15", "2026-03-17");
    assert_eq!((path.state.as_str(), path.standing.as_deref()), ("plan", Some("palier J+10")));
    assert_eq!((ids(&path.fired), ids(&path.skipped), ids(&path.position)), (vec![1], vec![0], vec![1]));
    insta::assert_snapshot!("way.svg", svg(&plan(&machine), Some(&path)));
    // Later, in the next state.
    let (_, path) = journey::journey();
    assert_eq!((path.state.as_str(), path.standing.as_deref()), ("suite", Some("palier J+40")));
    assert_eq!(path.visited, BTreeSet::from(["plan".to_owned(), "suite".to_owned()]));
    assert_eq!((ids(&path.fired), ids(&path.skipped), ids(&path.position)), (vec![3, 4, 6], vec![], vec![4]));
    assert_eq!(relance_core::drawing::svg(&plan(&machine), None).matches("la facture est ici").count(), 0);
}
