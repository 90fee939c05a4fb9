//! Registered letters after they were posted: none of what is told of them is a failure, and scenarios may answer each once.

use relance_core::incoming::{Customer, DoneResult, Incoming, Returned, What};
use relance_core::machine::Channel;
use relance_core::simulate::People;
use relance_core::tracked::{LetterStatus, Proof, Tracked};
use relance_tests::history::{history, tell};
use relance_tests::things::{durand, thing};
use relance_tests::{day, program, simulate, span};

const INVOICE: &str = "2026-02-01 F1 facture 1000 2026-03-02\n";
/// Everything that can be answered, and what stands instead of a letter that failed.
const PLAN: &str = "regrouper par client
à J+1 : email courtois
à J+10 : lettre_recommandée mise_en_demeure à défaut email ferme puis après 40j note \"Assigner\"
quand événement \"recommandé présenté\" : note \"Présenté\"
quand événement \"recommandé distribué\" : note \"Distribué\"
quand événement \"recommandé refusé\" : note \"Refusé\"
quand événement \"recommandé non réclamé\" : note \"Non réclamé\"
quand échec : alerter \"direction\"
";

fn tracked(id: &str, on: &str, told: Tracked) -> Incoming {
    thing("C1", Some("F1"), on, What::Tracked(told)).named(id)
}

fn status(id: &str, on: &str, status: LetterStatus) -> Incoming {
    tracked(id, on, Tracked { status: Some(status), ..Tracked::default() })
}

trait Named {
    fn named(self, id: &str) -> Self;
}

impl Named for Incoming {
    fn named(self, id: &str) -> Incoming {
        Incoming { id: id.to_owned(), ..self }
    }
}

/// Day, what, invoice and text of what the journal tells but for the sequence's own machinery.
fn march(invoices: &str, events: Vec<Incoming>, people: People) -> String {
    let mut all = history(invoices);
    all[0].what = What::Customer(Customer { address: Some("3 rue du Port\n69001 Lyon".to_owned()), ..durand() });
    all.extend(events);
    let told = tell(simulate(&program(&[PLAN]), &all, span(day("2026-02-05"), day("2026-06-30")), people));
    let quiet = ["palier", "suite", "reaction", "scenario"];
    told.lines()
        .filter(|line| !quiet.iter().any(|word| line.contains(&format!(" {word}"))))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn each_status_is_told_and_answered_once_and_stops_nothing() {
    use LetterStatus::{Delivered, Presented, Refused, Unclaimed};
    let mut told = String::new();
    for last in [Delivered, Refused, Unclaimed] {
        let events = vec![
            status("a", "2026-03-14", Presented),
            status("b", "2026-03-15", Presented),
            status("c", "2026-03-20", last),
            status("d", "2026-03-23", last),
        ];
        let one = march(INVOICE, events, People::DILIGENT);
        assert_eq!(one.matches(" suivi ").count(), 2, "{one}");
        assert!(
            !one.contains("echec") && one.matches("envoi email").count() == 1 && !one.contains("anomalie"),
            "{one}"
        );
        // The chain goes on: a refused notice was given all the same.
        assert!(one.contains("note (Assigner)"), "{one}");
        told.push_str(&format!("──── {}\n{one}\n", last.word()));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_is_learnt_late_or_names_nothing_changes_nothing() {
    use LetterStatus::{Delivered, Presented, Refused};
    let mut told = String::new();
    let mut say = |title: &str, events: Vec<Incoming>| {
        let one = march(INVOICE, events, People::DILIGENT);
        told.push_str(&format!("──── {title}\n{one}\n"));
        one
    };
    let late = say(
        "présentée, apprise après la distribution",
        vec![
            status("a", "2026-03-20", Delivered),
            Incoming {
                known: Some(relance_core::day::start_of_day(day("2026-03-25"), relance_tests::ZONE)),
                ..status("b", "2026-03-14", Presented)
            },
        ],
    );
    assert!(!late.contains("note (Présenté)") && late.contains("note (Distribué)"), "{late}");
    let early = say("avant qu'une lettre parte", vec![status("a", "2026-03-05", Refused)]);
    assert!(early.contains("anomalie") && !early.contains("note (Refusé)"), "{early}");
    say(
        "une clé et un numéro inconnus",
        vec![
            tracked(
                "a",
                "2026-03-20",
                Tracked { key: Some("F1#9.9.9.9".to_owned()), status: Some(Refused), ..Tracked::default() },
            ),
            tracked("b", "2026-03-21", Tracked { number: Some("XX".to_owned()), ..Tracked::default() }),
        ],
    );
    insta::assert_snapshot!(told);
}

#[test]
fn a_letter_that_nobody_noted_as_posted_had_been() {
    let told = march(INVOICE, vec![status("a", "2026-03-16", LetterStatus::Refused)], People::ABSENT);
    insta::assert_snapshot!(told);
    assert!(told.contains("note (Assigner)"), "{told}");
    // Without the status it stays on the list.
    assert!(!march(INVOICE, Vec::new(), People::ABSENT).contains("Assigner"));
}

#[test]
fn a_letter_is_known_by_its_number_and_stands_for_every_invoice_in_it() {
    let two = [INVOICE, "2026-02-01 F2 facture 500 2026-03-02\n"].concat();
    let posted = What::Done {
        key: None,
        channel: Some(Channel::RegisteredLetter),
        result: DoneResult::Done,
        tracking: Some("1A12345678901".to_owned()),
    };
    let proof = Proof { name: "avis.pdf".to_owned(), sha256: "ab".repeat(32) };
    let number = Some("1A12345678901".to_owned());
    let events = vec![
        thing("C1", Some("F1"), "2026-03-13", posted).named("a"),
        tracked(
            "b",
            "2026-03-18",
            Tracked { number: number.clone(), status: Some(LetterStatus::Unclaimed), ..Tracked::default() },
        ),
        tracked(
            "c",
            "2026-03-19",
            Tracked { number: number.clone(), proof: Some(proof.clone()), ..Tracked::default() },
        ),
        tracked("d", "2026-03-20", Tracked { number, proof: Some(proof), ..Tracked::default() }),
        // Another letter has no such number, and this one has.
        tracked(
            "e",
            "2026-03-21",
            Tracked {
                number: Some("2B12345678901".to_owned()),
                status: Some(LetterStatus::Refused),
                ..Tracked::default()
            },
        ),
    ];
    let told = march(&two, events, People::ABSENT);
    assert_eq!(told.matches("note (Non réclamé)").count(), 2, "{told}");
    assert_eq!(told.matches("une preuve est versée").count(), 2, "{told}");
    insta::assert_snapshot!(told);
}

#[test]
fn a_wrong_address_is_a_failure_and_a_delivery_of_a_letter_is_its_status() {
    let why = Some(Returned { reason: "NPAI".to_owned(), ..Returned::default() });
    let bounced = What::Bounced { key: None, channel: Some(Channel::Letter), why };
    let told = march(INVOICE, vec![thing("C1", Some("F1"), "2026-03-20", bounced).named("a")], People::DILIGENT);
    assert!(told.contains("echec") && told.matches("envoi email").count() == 2 && !told.contains("suivi"), "{told}");
    let delivered = What::Delivered { key: None, channel: Some(Channel::Letter) };
    let told = march(INVOICE, vec![thing("C1", Some("F1"), "2026-03-20", delivered).named("a")], People::DILIGENT);
    assert!(told.contains("suivi") && told.contains("note (Distribué)") && !told.contains("remis "), "{told}");
}

#[test]
fn a_settled_or_frozen_invoice_takes_it_down_and_a_company_event_of_the_name_still_counts() {
    let refused = || status("z", "2026-03-20", LetterStatus::Refused);
    let settled = march(&[INVOICE, "2026-03-18 F1 paiement 1000\n"].concat(), vec![refused()], People::DILIGENT);
    assert!(settled.contains("2026-03-20T00:00 F1 J+10 suivi") && !settled.contains("note (Refusé)"), "{settled}");
    let insolvent = thing("C1", None, "2026-03-18", What::Insolvency { judgment: day("2026-03-18") }).named("p");
    let frozen = march(INVOICE, vec![insolvent, refused()], People::DILIGENT);
    assert!(frozen.contains("2026-03-20T00:00 F1 J+10 suivi"), "{frozen}");
    let own = thing("C1", Some("F1"), "2026-03-20", What::External { name: "Recommandé refusé".to_owned() }).named("a");
    let told = march(INVOICE, vec![own], People::DILIGENT);
    assert!(told.contains("note (Refusé)") && told.contains("externe") && !told.contains("suivi"), "{told}");
    insta::assert_snapshot!(format!("──── soldée\n{settled}\n──── procédure collective\n{frozen}"));
}
