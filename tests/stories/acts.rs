//! What a person may do in which state of the file, and what is told when it cannot be done.

use relance_core::act::{ACTS, Act, CallOutcome, Case, Instalment, Signed, Sum, incoming};
use relance_core::day::{Instant, start_of_day};
use relance_core::dispute::DisputeCode;
use relance_core::dossier::Dossier;
use relance_core::incoming::{Incoming, Waived};
use relance_core::machine::Channel;
use relance_core::program::Program;
use relance_core::simulate::{Inbox, People, World, run};
use relance_core::step::{Input, step};
use relance_tests::history::history;
use relance_tests::{ZONE, day, program, span};
use std::collections::BTreeSet;
use std::fmt::Write;

const PLAN: &str = "scénario usuel
  à J+1 : appel courtois et courrier dernier_avis et tâche \"Vérifier l'adresse\" et email ferme après validation
  à J+3 : suspendre 3j
étape suite \"La suite\"
  après 8j : email dernier_avis";

const BILL: &str = "2026-02-01 F1 facture 1000 2026-03-02\n2026-02-10 F2 facture 500 2026-03-30\n";

/// Files, by what is particular about them; all are looked at on 6 March.
const FILES: [(&str, &str); 8] = [
    ("en cours", ""),
    ("soldée", "2026-03-05 F1 paiement 1000\n2026-03-05 F2 paiement 500"),
    ("en pause", "2026-03-05 F1 pause 2026-03-20 en congé"),
    ("arrêtée", "2026-03-05 F1 arret accord du directeur"),
    ("client arrêté", "2026-03-05 - arret"),
    ("en litige", "2026-03-05 F1 litige 300"),
    ("deux devises", "2026-02-10 F3 facture 200CHF 2026-03-20"),
    ("choisie, transmise", "2026-03-05 - choisi vip\n2026-03-05 F1 transmission recouvrement"),
];

fn now() -> Instant {
    start_of_day(day("2026-03-06"), ZONE) + chrono::TimeDelta::hours(10)
}

/// The file after its history, with people who leave everything undone.
fn file(program: &Program, events: &str) -> Dossier {
    let things = history(&format!("{BILL}{events}")).into_iter().map(|thing| (thing, None)).collect();
    let mut world = World { dossier: Dossier::new("C1"), wake: None, inbox: Inbox::new(things, ZONE) };
    let (from, _) = span(day("2026-02-12"), day("2026-02-12"));
    run(program, &mut world, (from, now()), People::ABSENT, |_, _| {});
    world.dossier
}

fn sum(text: &str) -> Option<Sum> {
    Some(Sum::parse(text).unwrap())
}

/// Acts, as whoever tries them sees them; `-` is the client.
fn acts() -> Vec<(&'static str, &'static str, Act)> {
    let call =
        |outcome, by: Option<&str>, amount, code| Act::Call { key: None, outcome, by: by.map(day), amount, code };
    let instalment = |due, amount| Instalment { due: day(due), amount: Sum::of(amount) };
    let text = |text: &str| text.to_owned();
    vec![
        ("joint", "F1", call(CallOutcome::Reached, None, None, None)),
        ("promesse au téléphone", "F1", call(CallOutcome::Promise, Some("2026-03-20"), sum("400"), None)),
        ("promesse sans date", "F1", call(CallOutcome::Promise, None, None, None)),
        ("litige au téléphone", "F1", call(CallOutcome::Dispute, None, None, Some(DisputeCode::Price))),
        ("date sans promesse", "F1", call(CallOutcome::Refused, Some("2026-03-20"), None, None)),
        ("appel d’une autre facture", "F2", call(CallOutcome::Reached, None, None, None)),
        ("valider", "F1", Act::Approve { key: None }),
        ("refuser, autre clé", "F1", Act::Refuse { key: Some(text("F1#9.1.1.0")) }),
        ("pause", "F1", Act::Pause { until: day("2026-03-20") }),
        ("pause passée", "F1", Act::Pause { until: day("2026-03-05") }),
        ("pause du client", "-", Act::Pause { until: day("2026-03-31") }),
        ("arrêt", "F1", Act::Stop {}),
        ("arrêt du client", "-", Act::Stop {}),
        ("reprise", "F1", Act::Resume { catch_up: true }),
        ("reprise du client", "-", Act::Resume { catch_up: false }),
        ("saut", "F1", Act::Jump { state: text("Suite") }),
        ("saut nulle part", "F1", Act::Jump { state: text("contentieux") }),
        ("promesse", "F1", Act::Promise { by: day("2026-03-20"), amount: sum("400,50") }),
        ("promesse de tout, au nom du client", "-", Act::Promise { by: day("2026-03-20"), amount: None }),
        ("promesse sur deux factures", "F1+F2", Act::Promise { by: day("2026-03-20"), amount: sum("1 200 €") }),
        ("promesse passée", "F1", Act::Promise { by: day("2026-03-01"), amount: None }),
        ("promesse de trop", "F1", Act::Promise { by: day("2026-03-20"), amount: sum("1000,01") }),
        ("promesse en francs", "F1", Act::Promise { by: day("2026-03-20"), amount: sum("100 CHF") }),
        ("promesse de rien", "F1", Act::Promise { by: day("2026-03-20"), amount: sum("0") }),
        ("litige", "F1", Act::Dispute { code: DisputeCode::Goods, amount: sum("300") }),
        ("litige du client", "-", Act::Dispute { code: DisputeCode::Goods, amount: None }),
        ("litige clos", "F1", Act::CloseDispute {}),
        ("paiement annoncé", "F1", Act::Announce { amount: None }),
        (
            "échéancier",
            "F1+F2",
            Act::Plan { instalments: vec![instalment("2026-04-30", 70_000), instalment("2026-03-31", 80_000)] },
        ),
        ("échéancier trop court", "F1", Act::Plan { instalments: vec![instalment("2026-03-31", 80_000)] }),
        (
            "échéancier à une date",
            "F1",
            Act::Plan { instalments: vec![instalment("2026-03-31", 50_000), instalment("2026-03-31", 50_000)] },
        ),
        ("échéancier vide", "F1", Act::Plan { instalments: Vec::new() }),
        ("échéance", "F1", Act::MoveDue { to: day("2026-03-31") }),
        ("même échéance", "F1", Act::MoveDue { to: day("2026-03-02") }),
        ("échéance d’avant l’émission", "F1", Act::MoveDue { to: day("2026-01-02") }),
        ("réponse", "F1", Act::Reply {}),
        ("commentaire", "F1", Act::Comment { text: text("vu au salon") }),
        ("commentaire vide", "-", Act::Comment { text: text(" ") }),
        ("commentaire long", "-", Act::Comment { text: "x".repeat(2_001) }),
        ("segment", "-", Act::Segment { segment: Some(text("VIP")) }),
        ("segment inconnu", "-", Act::Segment { segment: Some(text("vipp")) }),
        ("segment rendu", "-", Act::Segment { segment: None }),
        ("renonciation", "F1", Act::Waive { what: Waived::Penalties, taken_back: false }),
        ("renonciation retirée", "F1", Act::Waive { what: Waived::Both, taken_back: true }),
        ("transmission", "F1", Act::HandOver { target: text("recouvrement") }),
        ("tâche", "-", Act::Task { text: text("rappeler"), to: Some(text("Hugo")) }),
        ("tâche faite", "F1", Act::TaskDone { key: None, impossible: false }),
        ("tâche faite du client", "-", Act::TaskDone { key: None, impossible: false }),
        (
            "lettre postée",
            "F1",
            Act::LetterPosted { key: None, tracking: Some(text("1A 123 456 7890 1")), impossible: false },
        ),
        ("lettre au numéro faux", "F1", Act::LetterPosted { key: None, tracking: Some(text("—")), impossible: false }),
        ("doute", "-", Act::DoubtSettled { key: text("F1#1.1.1.0"), left: true }),
        ("adresse", "-", Act::ConfirmAddress { channel: Some(Channel::Email) }),
        ("procédure", "-", Act::Insolvency { judgment: day("2026-03-01") }),
        ("procédure à venir", "-", Act::Insolvency { judgment: day("2026-04-01") }),
        ("procédure close", "-", Act::InsolvencyClosed {}),
        ("facture d’un autre", "F9", Act::Stop {}),
    ]
}

fn on(text: &str) -> Vec<String> {
    text.split('+').filter(|number| *number != "-").map(str::to_owned).collect()
}

/// One word or two for what comes in.
fn told(things: &[Incoming]) -> String {
    let one = |thing: &Incoming| {
        let what = serde_json::to_value(&thing.what).unwrap();
        let mut rest = what.clone();
        rest.as_object_mut().unwrap().remove("quoi");
        let on = thing.invoice.as_deref().unwrap_or("-");
        format!("{on} {} {rest}", what["quoi"].as_str().unwrap())
    };
    things.iter().map(one).collect::<Vec<_>>().join(" | ")
}

#[test]
fn every_act_in_every_state_of_the_file() {
    let program = program(&[PLAN]);
    let segments = ["regulier", "vip"].map(str::to_owned);
    let files: Vec<(&str, Dossier)> = FILES.iter().map(|(name, events)| (*name, file(&program, events))).collect();
    let mut out = String::new();
    let mut tried = BTreeSet::new();
    for (title, target, act) in acts() {
        tried.insert(act.name());
        let json = serde_json::to_string(&act).unwrap();
        assert_eq!(serde_json::from_str::<Act>(&json).unwrap(), act, "{json}");
        let shown = if json.len() > 300 { "…".to_owned() } else { json };
        writeln!(out, "{title} ({target}) {shown}").unwrap();
        let signed = Signed { by: "Claire Durand", reason: Some("vu avec lui"), id: "x1" };
        let mut answers: Vec<(String, Vec<&str>)> = Vec::new();
        for (name, dossier) in &files {
            let case = Case { program: &program, dossier, inbox: &[], doubts: &[], segments: &segments, now: now() };
            let answer = match incoming(&case, &on(target), &act, &signed) {
                Ok(things) => {
                    // What is accepted does something, and leaves nothing to wonder about.
                    let mut after = dossier.clone();
                    let inputs = things.iter().map(|thing| Input::Incoming { incoming: thing.clone(), imported: None });
                    let done = step(&program, &mut after, now(), inputs.collect());
                    let anomaly = done
                        .entries
                        .iter()
                        .find(|entry| matches!(entry.event, relance_core::event::Event::Anomaly { .. }));
                    assert_eq!(anomaly, None, "{title} on {name}");
                    let signed =
                        |entry: &&relance_core::event::Entry| entry.said.as_ref().is_some_and(|said| said.by.is_some());
                    assert!(done.entries.iter().any(|entry| signed(&entry)), "{title} on {name}: {:?}", done.entries);
                    format!("oui : {}", told(&things))
                }
                Err(refusal) => format!("non [{}] {refusal}", refusal.code),
            };
            match answers.iter_mut().find(|(known, _)| *known == answer) {
                Some((_, names)) => names.push(name),
                None => answers.push((answer, vec![name])),
            }
        }
        for (answer, names) in answers {
            let names = if names.len() == files.len() { "partout".to_owned() } else { names.join(", ") };
            writeln!(out, "    {names}\n        {answer}").unwrap();
        }
    }
    assert_eq!(tried, ACTS.iter().map(|row| row.name).collect(), "an act that nobody tries");
    insta::assert_snapshot!(out);
}

#[test]
fn which_acts_need_a_reason_and_who_signs_them() {
    let rows: String = ACTS
        .iter()
        .map(|row| format!("{:<22}{:<42}{}\n", row.name, row.title, if row.reason { "avec motif" } else { "" }))
        .collect();
    insta::assert_snapshot!(rows);
    let program = program(&[PLAN]);
    let dossier = file(&program, "");
    let case = Case { program: &program, dossier: &dossier, inbox: &[], doubts: &[], segments: &[], now: now() };
    let try_it = |by: &str, reason: Option<&str>, id: &str| {
        incoming(&case, &on("F1"), &Act::Stop {}, &Signed { by, reason, id }).map_err(|refusal| refusal.to_string())
    };
    let long = "x".repeat(301);
    let refused = [
        try_it("Claire", None, "x1"),
        try_it("Claire", Some(" "), "x1"),
        try_it("Claire", Some(&long), "x1"),
        try_it(" ", Some("vu"), "x1"),
        try_it("Claire", Some("vu"), ""),
        try_it("Claire", Some("vu"), "é"),
    ];
    let told: Vec<String> = refused.into_iter().map(|answer| answer.unwrap_err()).collect();
    insta::assert_snapshot!(told.join("\n"));
    let things = try_it(" Claire  Durand ", Some("vu\navec lui"), "x1").unwrap();
    assert_eq!(serde_json::to_string(&things[0].said).unwrap(), r#"{"par":"Claire Durand","motif":"vu avec lui"}"#);
    assert_eq!(things[0].id, "acte:x1");
    assert_eq!(try_it("Claire Durand", Some("vu avec lui"), "x1").unwrap(), things, "sent twice, it is the same");
}

#[test]
fn what_is_noted_and_not_taken_in_yet_is_not_noted_again() {
    let program = program(&[PLAN]);
    let dossier = file(&program, "");
    let act = |id: &str, act: &Act, inbox: &[Incoming]| {
        let case = Case { program: &program, dossier: &dossier, inbox, doubts: &[], segments: &[], now: now() };
        incoming(&case, &on("F1"), act, &Signed { by: "Claire", reason: None, id })
    };
    let acts = [
        Act::Call { key: None, outcome: CallOutcome::Reached, by: None, amount: None, code: None },
        Act::LetterPosted { key: None, tracking: None, impossible: false },
        Act::TaskDone { key: None, impossible: false },
        Act::Approve { key: None },
    ];
    for one in acts {
        let first = act("a", &one, &[]).unwrap();
        let again = act("b", &one, &first).unwrap_err();
        assert_eq!(again.code, "deja_note", "{one:?}: {again}");
    }
}

#[test]
fn a_body_that_says_something_else_is_refused() {
    for body in [
        r#"{"acte":"arret","jusqu_a":"2026-03-20"}"#,
        r#"{"acte":"promesse","le":"2026-03-20","montant":"12,345"}"#,
        r#"{"acte":"promesse","le":"20/03/2026"}"#,
        r#"{"acte":"litige","code":"humeur"}"#,
        r#"{"acte":"pause"}"#,
        r#"{"acte":"pause","jusqu_a":"2026-03-20","de":"2026-03-01"}"#,
        r#"{"acte":"effacer"}"#,
        r#"{"acte":"renonciation","a":"principal"}"#,
    ] {
        assert!(serde_json::from_str::<Act>(body).is_err(), "{body}");
    }
    let act: Act = serde_json::from_str(r#"{"acte":"litige","code":"prix","montant":"12,30 €"}"#).unwrap();
    assert_eq!(act, Act::Dispute { code: DisputeCode::Price, amount: sum("12.30 EUR") });
}
