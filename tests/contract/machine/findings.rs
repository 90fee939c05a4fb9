//! What the compiler says of rungs and free rules.

use crate::compiling::{compiled, found, machine};
use relance_core::drawing;

#[test]
fn an_equality_on_the_clock_is_a_finding_that_proposes_another() {
    for text in
        ["si retard = 15j alors appel", "si 15j = retard alors appel", "si en_litige et retard = 15j alors appel"]
    {
        let compilation = compiled(text);
        assert!(compilation.machines.is_some(), "a finding, no error");
        let [told] = &compilation.diagnostics[..] else { panic!("{:?}", compilation.diagnostics) };
        assert_eq!((told.code.name(), told.fix.as_deref()), ("R0401", Some("retard >= 15j")), "{text}");
    }
    assert_eq!(found("si retard >= 15j alors appel"), []);
    assert_eq!(found("si nombre_relances = 3 alors appel"), []);
}

#[test]
fn a_branch_without_a_bound_beside_one_with_a_bound_is_a_finding() {
    let text = "si retard >= 15j ou en_litige alors appel";
    let codes: Vec<&str> = found(text).iter().map(|(code, ..)| *code).collect();
    assert_eq!(codes, ["R0402"]);
    let branches = &machine(text).states[0].rules[0].branches;
    let bounds: Vec<usize> = branches.iter().map(|branch| branch.bounds.len()).collect();
    assert_eq!(bounds, [1, 0], "a rung and a free rule");
    assert_eq!(found("si (retard >= 15j et en_litige) ou retard >= 30j alors appel"), []);
    assert_eq!(found("si promesse_en_cours ou en_litige alors appel"), []);
}

#[test]
fn an_upper_bound_alone_makes_no_rung() {
    for text in
        ["si retard <= 15j alors appel", "si retard < 15j et en_litige alors appel", "si non retard >= 15j alors appel"]
    {
        assert!(!machine(text).states[0].rules[0].is_rung(), "{text}");
    }
    assert!(machine("si retard <= 15j et retard >= -3j alors appel").states[0].rules[0].is_rung());
}

#[test]
fn the_drawing_shows_the_rungs_in_order() {
    let machine = machine(
        "si retard >= 30j alors email ferme\nà J+3 : email courtois\nsi retard > 2j et en_litige alors appel\ndès que en_litige : note \"x\"\nsi retard >= client.délai_habituel + 3j alors sms rappel\n",
    );
    let plan = drawing::plan(&machine);
    let [timeline] = &plan.states[0].timelines[..] else { panic!("{plan:?}") };
    let stops: Vec<(String, usize)> =
        timeline.stops.iter().map(|stop| (stop.label.replace('\u{a0}', " "), stop.steps.len())).collect();
    let stop = |label: &str, rules| (label.to_owned(), rules);
    assert_eq!(stops, [stop("J+3", 2), stop("J+30", 1), stop("J + client.délai_habituel + 3 jours", 1)]);
    assert_eq!(plan.states[0].free.len(), 1);
}
