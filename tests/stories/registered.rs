//! Registered letters that a service takes: the same decisions as for those that somebody posts, and another way out.

use relance_core::dossier::{Dossier, InvoiceFile};
use relance_core::incoming::{Customer, Incoming, Invoice, What};
use relance_core::journal::Line;
use relance_core::program::Program;
use relance_core::registered::Registered;
use relance_core::simulate::{Inbox, People, World, run};
use relance_tests::things::{bill, durand, euros, event, payment};
use relance_tests::{Office, ZONE, day, jsonl, program, simulate, span};

const PLAN: &str = "sans plafond
à J+5 : email courtois
à J+20 : lettre_recommandée mise_en_demeure puis après 8j appel ferme
";
const WITH_FALLBACK: &str = "sans plafond
à J+5 : email courtois
à J+20 : lettre_recommandée mise_en_demeure à défaut email mise_en_demeure
";

fn by(registered: Option<Registered>, plan: &str) -> Program {
    let mut program = program(&[plan]);
    program.registered = registered;
    program
}

fn at_home() -> Customer {
    Customer { address: Some("3 rue du Port\n69001 Lyon".to_owned()), ..durand() }
}

fn life(customer: Customer, more: &[Incoming]) -> Vec<Incoming> {
    let customer = event("1970-01-01", None, What::Customer(customer));
    [vec![customer, bill("C1", "F1", "2026-03-02", 1_000)], more.to_vec()].concat()
}

fn days() -> (relance_core::day::Instant, relance_core::day::Instant) {
    span(day("2026-02-15"), day("2026-04-20"))
}

/// What leaves, fails, or is asked of people, once the e-mail has left.
fn told(program: &Program, things: &[Incoming], people: People) -> String {
    let asked = |line: &&Line| matches!(line.evenement, "envoi" | "echec" | "tache" | "fait" | "annulation");
    let lines = simulate(program, things, days(), people);
    let words = lines.iter().filter(asked).filter(|line| line.modele.as_deref() != Some("courtois")).map(|line| {
        let words = [&line.le[..16], line.facture.as_deref().unwrap_or_default(), line.evenement];
        let more = [line.canal, line.modele.as_deref(), line.detail.as_deref()];
        words.into_iter().chain(more.into_iter().flatten()).collect::<Vec<_>>().join(" ") + "\n"
    });
    words.collect()
}

/// The only invoice at the end.
fn left(program: &Program, things: Vec<Incoming>, people: People) -> InvoiceFile {
    let inbox = Inbox::new(things.into_iter().map(|thing| (thing, None)).collect(), ZONE);
    let mut world = World { dossier: Dossier::new("C1"), wake: None, inbox };
    run(program, &mut world, days(), people, |_, _| {});
    world.dossier.invoices.remove("F1").unwrap()
}

#[test]
fn a_letter_is_listed_or_departs_and_what_follows_waits_or_not() {
    let mut all = String::new();
    for service in [None, Some(Registered::Paper), Some(Registered::Electronic)] {
        let program = by(service, PLAN);
        all.push_str(&format!("──── {service:?}\n{}", told(&program, &life(at_home(), &[]), People::ABSENT)));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn nobody_to_send_it_to_is_a_failure() {
    let nowhere = durand();
    let unmailed = Customer { email: None, ..at_home() };
    let mut all = String::new();
    for (service, customer, why) in [
        (None, &nowhere, "sans adresse, une personne la trouve"),
        (Some(Registered::Paper), &nowhere, "sans adresse postale"),
        (Some(Registered::Paper), &Customer { address: Some(" \n".to_owned()), ..durand() }, "adresse vide"),
        (Some(Registered::Paper), &unmailed, "sans adresse électronique"),
        (Some(Registered::Electronic), &nowhere, "sans adresse postale"),
        (Some(Registered::Electronic), &unmailed, "sans adresse électronique"),
    ] {
        for plan in [PLAN, WITH_FALLBACK] {
            let fallback = if plan == WITH_FALLBACK { ", à défaut" } else { "" };
            // The first reminder takes another way to whom e-mails do not reach.
            let plan = plan.replace("email courtois", "courrier dernier_avis");
            let told = told(&by(service, &plan), &life(customer.clone(), &[]), People::DILIGENT);
            all.push_str(&format!("──── {service:?}, {why}{fallback}\n{told}"));
        }
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_consumer_gets_no_electronic_letter_unasked() {
    let consumer = Customer { regime: Some("b2c".to_owned()), ..at_home() };
    let electronic = by(Some(Registered::Electronic), PLAN);
    let told_of = |customer: &Customer| told(&electronic, &life(customer.clone(), &[]), People::ABSENT);
    let words = told_of(&consumer);
    assert!(words.contains("à poster sur papier : un particulier ne reçoit de recommandé électronique"), "{words}");
    assert!(!words.contains("remise au service") && !words.contains("appel"), "it waits for a person\n{words}");
    // On paper it goes by the service, and a company's goes by the electronic one.
    let paper = by(Some(Registered::Paper), PLAN);
    assert!(told(&paper, &life(consumer.clone(), &[]), People::ABSENT).contains("remise au service"));
    assert!(told_of(&at_home()).contains("remise au service"));
    // Without an e-mail address too, since it goes on paper.
    let alone = "sans plafond\nà J+20 : lettre_recommandée mise_en_demeure sans relance préalable\n";
    let unmailed = life(Customer { email: None, ..consumer }, &[]);
    let words = told(&by(Some(Registered::Electronic), alone), &unmailed, People::ABSENT);
    assert!(words.contains("à poster sur papier"), "{words}");
}

#[test]
fn a_group_is_all_of_paper_or_all_electronic() {
    let plan = format!("regrouper par client\n{PLAN}");
    let mut private = Invoice::new(day("2026-02-01"), day("2026-03-02"), euros(500));
    private.regime = Some("b2c".to_owned());
    let private = event("2026-02-01", Some("F2"), What::Invoice(private));
    let things = life(at_home(), &[private, bill("C1", "F3", "2026-03-02", 90)]);
    let lines = simulate(&by(Some(Registered::Electronic), &plan), &things, days(), People::ABSENT);
    let letters = lines.iter().filter(|line| line.evenement == "envoi" && line.canal == Some("lettre_recommandée"));
    let told: Vec<_> =
        letters.map(|line| (line.facture.as_deref().unwrap(), line.message.is_some(), line.detail.clone())).collect();
    let taken = Some("remise au service de recommandés".to_owned());
    assert_eq!(told.iter().filter(|(_, _, detail)| *detail == taken).count(), 2, "{told:#?}");
    assert!(
        told.iter().any(|(number, within, detail)| (*number, *within) == ("F2", false) && *detail != taken),
        "{told:#?}"
    );
}

#[test]
fn the_formal_notice_has_its_effects_from_the_day_it_was_taken() {
    let sent = Some(day("2026-03-23"));
    let taken = left(&by(Some(Registered::Paper), PLAN), life(at_home(), &[]), People::ABSENT);
    assert_eq!(taken.notice.unwrap().on, sent);
    assert_eq!(taken.reminders.len(), 2, "it counts as a reminder");
    let listed = left(&by(None, PLAN), life(at_home(), &[]), People::ABSENT);
    assert_eq!((listed.notice.unwrap().on, listed.reminders.len()), (None, 1), "nobody has posted it");
    let posted = left(&by(None, PLAN), life(at_home(), &[]), People::DILIGENT);
    assert_eq!(posted.notice.unwrap().on, sent);
}

#[test]
fn what_leaves_by_itself_waits_for_payments_that_are_up_to_date() {
    let plan = format!("paiements à jour depuis moins de 24h\n{PLAN}");
    let things = life(at_home(), &[]);
    let old = Some(span(day("2026-03-20"), day("2026-03-20")).0);
    let letters = |service| {
        let mut program = by(service, &plan);
        program.payments = old;
        told(&program, &things, People::ABSENT).matches("mise_en_demeure").count()
    };
    // The e-mail before it left when they were.
    assert_eq!((letters(None), letters(Some(Registered::Paper))), (1, 0));
}

#[tokio::test]
async fn a_run_does_what_the_simulation_says() {
    for service in [Registered::Paper, Registered::Electronic] {
        let consumer = Customer { regime: Some("b2c".to_owned()), ..at_home() };
        let mut things = life(at_home(), &[payment("2026-03-24", 100)]);
        things.push(relance_tests::things::thing("C2", None, "1970-01-01", What::Customer(consumer)));
        things.push(bill("C2", "F2", "2026-03-02", 300));
        things.push(relance_tests::things::client("C3"));
        things.push(bill("C3", "F3", "2026-03-02", 300));
        let (program, office) = (by(Some(service), WITH_FALLBACK), Office::new().await);
        office.take_in(&things, days().0).await;
        office.run(&program, days(), People::DILIGENT).await;
        let real = jsonl(&office.journal(&program).await);
        assert_eq!(real, jsonl(&simulate(&program, &things, days(), People::DILIGENT)), "{service:?}");
        let sent = office.post.sent.lock().unwrap().clone();
        let letters = sent.iter().filter(|(channel, ..)| channel.name() == "lettre_recommandée").count();
        // By paper C3 has no address, by electronic way C2 is a consumer.
        assert_eq!(letters, 2, "{service:?} {sent:#?}");
    }
}
