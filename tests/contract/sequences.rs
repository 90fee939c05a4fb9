//! Reactions, sequences and the order of one instant, where the journal says more than the tests of a plan see.

use crate::days;
use relance_core::day::{Instant, start_of_day};
use relance_core::dossier::{Dossier, Origin};
use relance_core::event::Event;
use relance_core::incoming::{Incoming, What};
use relance_core::machine::Trigger;
use relance_core::program::Program;
use relance_core::simulate::{Inbox, People, World, run};
use relance_core::step::{Input, Outcome, Step, step};
use relance_tests::history::{history, tell, told, told_by};
use relance_tests::things::durand;
use relance_tests::{ZONE, day, program, simulate, span};

const INVOICE: &str = "2026-02-01 F1 facture 1000 2026-03-02\n";

/// What a plan does in March of an invoice due on the second, with what happens to it.
fn march(plan: &str, events: &str) -> String {
    told(plan, &[INVOICE, events].concat(), "2026-02-05", "2026-03-31")
}

/// The same when nobody does what is asked, but for what the events say.
fn march_without_people(plan: &str, events: &str) -> String {
    told_by(People::ABSENT, plan, &[INVOICE, events].concat(), "2026-02-05", "2026-03-31")
}

#[test]
fn a_suspension_replaces_the_task_of_a_reply() {
    let reply = "2026-03-05 F1 reponse";
    assert_eq!(days(&march("à J+60 : email ferme", reply), "tache"), ["2026-03-05"]);
    assert_eq!(days(&march("quand réponse : note \"vu\"", reply), "tache"), ["2026-03-05"]);
    for action in ["suspendre 3j", "reprendre", "continuer"] {
        let told = march(&format!("quand réponse : {action}"), reply);
        assert!(days(&told, "tache").is_empty(), "{told}");
    }
}

/// One client's file, moved on by hand.
struct Desk {
    program: Program,
    dossier: Dossier,
}

impl Desk {
    fn at(&mut self, now: Instant, inputs: Vec<Input>) -> Step {
        step(&self.program, &mut self.dossier, now, inputs)
    }
}

fn notes(step: &Step) -> usize {
    step.entries.iter().filter(|entry| matches!(entry.event, Event::Note { .. })).count()
}

#[test]
fn a_message_is_done_once_its_carrier_takes_it() {
    let program = program(&["à J+7 : email courtois puis note \"suite\""]);
    let mut desk = Desk { program, dossier: Dossier::new("C1") };
    let things = history(INVOICE).into_iter().map(|incoming| Input::Incoming { incoming, imported: None }).collect();
    desk.at(start_of_day(day("2026-02-05"), ZONE), things);
    let morning = start_of_day(day("2026-03-09"), ZONE) + chrono::TimeDelta::hours(9);
    let first = desk.at(morning, Vec::new());
    assert_eq!((first.departures.len(), notes(&first)), (1, 0), "handed over is not done");
    let message = first.departures[0].clone();
    let put_off = desk.at(morning, vec![Input::Outcome { message, outcome: Outcome::Retry("occupé".into()) }]);
    assert_eq!((put_off.departures.len(), notes(&put_off)), (0, 0));
    let again = desk.at(put_off.wake.unwrap().at, Vec::new());
    assert_eq!((again.departures.len(), notes(&again)), (1, 0));
    let message = again.departures[0].clone();
    let now = desk.dossier.clock.unwrap();
    let taken = desk.at(now, vec![Input::Outcome { message, outcome: Outcome::Accepted }]);
    assert_eq!((taken.departures.len(), notes(&taken)), (0, 1));
}

#[test]
fn a_call_is_done_by_an_outcome_or_by_its_third_attempt() {
    let plan = "à J+7 : appel courtois puis note \"suite\"";
    let missed =
        |days: &[&str]| -> String { days.iter().map(|day| format!("2026-03-{day} F1 appel sans_reponse\n")).collect() };
    let followed = |events: &str| -> Vec<String> {
        days(&march_without_people(plan, events), " note ").into_iter().map(str::to_owned).collect()
    };
    assert!(followed("").is_empty());
    assert!(followed(&missed(&["10", "11"])).is_empty());
    assert_eq!(followed(&missed(&["10", "11", "13"])), ["2026-03-13"]);
    assert_eq!(followed("2026-03-10 F1 appel fait"), ["2026-03-10"]);
    assert_eq!(followed(&[&missed(&["10"]), "2026-03-11 F1 appel fait"].concat()), ["2026-03-11"]);
    assert_eq!(followed("2026-03-10 F1 appel refus"), ["2026-03-10"]);
    // A message that was left has reached nobody yet.
    let left = "2026-03-12 F1 appel message_laisse";
    assert!(followed(left).is_empty());
    assert_eq!(followed(&[&missed(&["10", "11"]), left].concat()), ["2026-03-12"]);
}

/// What happens to a client whose data lacks something.
fn lacking(plan: &str, lacks: impl Fn(&mut relance_core::incoming::Customer)) -> String {
    let mut events = history(INVOICE);
    let mut customer = durand();
    lacks(&mut customer);
    events[0].what = What::Customer(customer);
    tell(simulate(&program(&[plan]), &events, span(day("2026-02-05"), day("2026-03-31")), People::DILIGENT))
}

#[test]
fn a_missing_address_starts_the_fallback() {
    let told = lacking("à J+7 : email courtois à défaut sms rappel", |c| c.email = None);
    assert_eq!(days(&told, "envoi sms rappel"), ["2026-03-09"], "{told}");
    for first in ["sms rappel", "appel courtois"] {
        let told = lacking(&format!("à J+7 : {first} à défaut email courtois"), |c| c.phone = None);
        assert_eq!(days(&told, "envoi email courtois"), ["2026-03-09"], "{told}");
    }
}

#[test]
fn a_refusal_is_an_outcome_and_asks_somebody_to_decide() {
    let plan = "à J+7 : appel courtois\nà J+14 : email ferme";
    let told = march_without_people(plan, "2026-03-10 F1 appel refus");
    assert_eq!(days(&told, "tache"), ["2026-03-10"], "{told}");
    assert_eq!(days(&told, "envoi email ferme"), ["2026-03-16"], "the plan goes on: {told}");
}

#[test]
fn a_call_that_cannot_be_made_starts_the_fallback() {
    for outcome in ["impossible", "mauvais_numero"] {
        let plan = "à J+7 : appel courtois à défaut email courtois";
        let told = march_without_people(plan, &format!("2026-03-10 F1 appel {outcome}"));
        assert_eq!(days(&told, "envoi email courtois"), ["2026-03-10"], "{told}");
        // Without one, somebody is asked to mend the number.
        let told = march_without_people("à J+7 : appel courtois", &format!("2026-03-10 F1 appel {outcome}"));
        assert_eq!(days(&told, "tache"), ["2026-03-10"], "{told}");
    }
}

#[test]
fn what_a_higher_rung_takes_the_place_of_is_recorded() {
    let plan = "à J+7 : email courtois puis après 20j appel courtois\nà J+14 : email ferme";
    let told = march(plan, "");
    let cancelled: Vec<&str> = told.lines().filter(|line| line.contains("annulation")).collect();
    let [line] = cancelled[..] else { panic!("{told}") };
    assert!(line.starts_with("2026-03-16") && line.contains("J+7") && line.contains("appel courtois"), "{line}");
    assert!(line.contains("J+14"), "{line}");
}

/// Things that all become known at one moment, whatever their dates.
fn known_at(events: &str, on: &str) -> Vec<Incoming> {
    let mut all = history(&[INVOICE, events].concat());
    for thing in all.iter_mut().skip(2) {
        thing.known = Some(start_of_day(day(on), ZONE));
    }
    all
}

#[test]
fn at_one_instant_what_happened_is_taken_by_its_date() {
    let plan = "à J+14 : email ferme";
    let sent = |events: &str| {
        let things = known_at(events, "2026-03-10");
        let lines = simulate(&program(&[plan]), &things, span(day("2026-02-05"), day("2026-03-31")), People::DILIGENT);
        days(&tell(lines), "envoi").len()
    };
    assert_eq!(sent("2026-03-09 F1 litige_clos\n2026-03-08 F1 litige"), 1, "opened, then closed");
    assert_eq!(sent("2026-03-08 F1 litige_clos\n2026-03-09 F1 litige"), 0, "opened last");
}

#[test]
fn what_happened_outside_comes_before_what_expires() {
    let plan = "à J+60 : email ferme";
    let mut things = history(&[INVOICE, "2026-03-05 F1 promesse 2026-03-10\n2026-03-12 F1 paiement 1000"].concat());
    things[3].known = Some(start_of_day(day("2026-03-13"), ZONE));
    let told = tell(simulate(&program(&[plan]), &things, span(day("2026-02-05"), day("2026-03-31")), People::DILIGENT));
    assert_eq!(days(&told, "promesse_tenue"), ["2026-03-13"], "{told}");
    assert!(!told.contains("promesse_rompue"), "{told}");
}

#[test]
fn the_order_of_one_instant() {
    let plan = "sans plafond
        dès que en_litige : note \"libre\"
        à J+8 : attendre 7j puis note \"suite\"
        à J+15 : email ferme
        quand litige ouvert : note \"réaction\"";
    // The second number comes first in the files.
    let events = "2026-02-01 F2 facture 1000 2026-03-02
        2026-02-01 F1 facture 1000 2026-03-02
        2026-03-03 F2 promesse 2026-03-12 100
        2026-03-03 F1 promesse 2026-03-12 100
        2026-03-17 F2 litige 100
        2026-03-17 F1 litige 100";
    let program = program(&[plan]);
    let inbox = Inbox::new(history(events).into_iter().map(|thing| (thing, None)).collect(), ZONE);
    let mut world = World { dossier: Dossier::new("C1"), wake: None, inbox };
    let instant = start_of_day(day("2026-03-17"), ZONE);
    let mut order = Vec::new();
    run(&program, &mut world, (start_of_day(day("2026-02-05"), ZONE), instant), People::DILIGENT, |_, entry| {
        let what = match &entry.event {
            Event::DisputeOpened { .. } => "litige",
            Event::PromiseBroken => "promesse rompue",
            Event::Fired { origin: Origin::Reaction(Trigger::DisputeOpened), .. } => "réaction",
            Event::Fired { origin: Origin::Rung(_), .. } => "palier",
            Event::Fired { origin: Origin::Free, .. } => "libre",
            Event::Note { text, .. } if text == "suite" => "suite",
            _ => return,
        };
        if entry.at == instant {
            order.push((what, entry.invoice.clone().unwrap_or_default()));
        }
    });
    let of = |what: &str| -> Vec<&str> { order.iter().filter(|o| o.0 == what).map(|o| o.1.as_str()).collect() };
    let kinds: Vec<&str> = order.iter().map(|(what, _)| *what).collect();
    let mut stretches = kinds.clone();
    stretches.dedup();
    assert_eq!(stretches, ["litige", "promesse rompue", "réaction", "palier", "libre", "suite"], "{order:?}");
    for what in ["palier", "libre", "suite"] {
        assert_eq!(of(what), ["F1", "F2"], "{what}");
    }
}
