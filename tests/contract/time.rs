//! Days, working days and sendings: what §4 says beyond one invoice and its messages.

use crate::telling::{only, told, told_by};
use relance_core::calendar::{Calendar, Closing, Region};
use relance_core::day::{add_days, start_of_day};
use relance_core::dossier::Dossier;
use relance_core::event::Event;
use relance_core::incoming::{Customer, CustomerContact, What};
use relance_core::machine::{Channel, Contact, Nature, Tone};
use relance_core::program::{Person, Program, Recipient, recipients};
use relance_core::simulate::{Inbox, People, World, run};
use relance_dsl::Context;
use relance_engine::store::Intake;
use relance_tests::things::{bill, client, event, f1};
use relance_tests::{Office, ZONE, context, day, machines_in, program, span};
use std::collections::BTreeMap;

/// When the first rung of F1 fires with the creditor in a zone, in UTC.
fn first_rung(zone: chrono_tz::Tz) -> String {
    let program = Program::new(machines_in(&context(), &["à J+5 : email courtois"]), zone, BTreeMap::new());
    let inbox = Inbox::new(f1("2026-03-10").into_iter().map(|thing| (thing, None)).collect(), zone);
    let mut world = World { dossier: Dossier::new("C1"), wake: None, inbox };
    let mut at = None;
    let whole = (start_of_day(day("2026-02-01"), zone), start_of_day(day("2026-04-01"), zone));
    run(&program, &mut world, whole, People::DILIGENT, |_, entry| {
        if matches!(entry.event, Event::Fired { .. }) {
            at.get_or_insert(entry.at);
        }
    });
    at.unwrap().to_rfc3339()
}

#[test]
fn a_day_begins_at_midnight_of_the_creditor() {
    // 15/03/2026: Paris is at +01:00, Nouméa at +11:00, Pointe-à-Pitre at -04:00.
    assert_eq!(first_rung(ZONE), "2026-03-14T23:00:00+00:00");
    assert_eq!(first_rung(chrono_tz::Pacific::Noumea), "2026-03-14T13:00:00+00:00");
    assert_eq!(first_rung(chrono_tz::America::Guadeloupe), "2026-03-15T04:00:00+00:00");
}

fn holidays(region: Region) -> Vec<String> {
    let calendar = Calendar { region, closed: Vec::new() };
    let year = (0..365).map(|n| add_days(day("2026-01-01"), n));
    year.filter(|day| calendar.holiday(*day).is_some()).map(|day| day.format("%d/%m").to_string()).collect()
}

#[test]
fn public_holidays_of_2026_by_hand() {
    let france = ["01/01", "06/04", "01/05", "08/05", "14/05", "25/05", "14/07", "15/08", "01/11", "11/11", "25/12"];
    assert_eq!(holidays(Region::France), france);
    let own = |region, own: &[&str]| {
        let found = holidays(region);
        let besides: Vec<&String> = found.iter().filter(|day| !france.contains(&day.as_str())).collect();
        assert_eq!(besides, own, "{region:?}");
        assert_eq!(found.len(), france.len() + own.len(), "{region:?} has those of France, too");
    };
    own(Region::AlsaceMoselle, &["03/04", "26/12"]);
    own(Region::Guadeloupe, &["27/05"]);
    own(Region::Martinique, &["22/05"]);
    own(Region::Guyane, &["10/06"]);
    own(Region::LaReunion, &["20/12"]);
    own(Region::Mayotte, &["27/04"]);
    own(Region::SaintBarthelemy, &["09/10"]);
    own(Region::SaintMartin, &["27/05"]);
    assert_eq!(holidays(Region::None), Vec::<String>::new());
    assert!(!Calendar { region: Region::None, closed: Vec::new() }.is_business_day(day("2026-03-07")), "a Saturday");
}

#[test]
fn closing_days_of_the_company_are_no_working_days_and_nothing_leaves_on_them() {
    let closed = Closing { from: day("2026-03-09"), to: day("2026-03-10") };
    let text = "sans plafond\nà J+7 : email courtois\nà J+4 : tâche \"Début\" puis après 2 jours ouvrés tâche \"Fin\"";
    let told = |context: &Context| {
        let program = Program::new(machines_in(context, &[text]), ZONE, BTreeMap::new());
        told_by(People::DILIGENT, &program, &f1("2026-03-02"), "2026-02-01", "2026-04-01")
    };
    let open = told(&context());
    assert_eq!(only(&open, "envoi"), ["2026-03-09 09:00 F1 envoi J+7 email courtois"]);
    assert_eq!(only(&open, "tache"), ["2026-03-06 00:00 F1 tache J+4", "2026-03-10 00:00 F1 tache J+4"]);
    let shut = told(&Context { closing_days: vec![closed], ..context() });
    assert_eq!(only(&shut, "envoi"), ["2026-03-11 09:00 F1 envoi J+7 email courtois"]);
    assert_eq!(only(&shut, "tache"), ["2026-03-06 00:00 F1 tache J+4", "2026-03-12 00:00 F1 tache J+4"]);
}

#[tokio::test]
async fn a_rung_whose_day_had_no_run_fires_at_the_next_run() {
    let office = Office::new().await;
    let program = program(&["à J+15 : email ferme"]);
    office.take_in(&f1("2026-03-04"), start_of_day(day("2026-03-16"), ZONE)).await;
    for on in ["2026-03-16", "2026-03-26"] {
        office.run(&program, span(day(on), day(on)), People::DILIGENT).await;
    }
    let journal = office.journal(&program).await;
    let sent: Vec<_> = journal.iter().filter(|l| l.evenement == "envoi").map(|l| (&l.le[..10], &l.palier)).collect();
    assert_eq!(sent, [("2026-03-26", &Some("J+15".to_owned()))]);
}

#[test]
fn on_a_closed_day_the_rung_fires_and_only_its_message_waits() {
    let lines = told("à J+5 : email courtois", &f1("2026-03-02"), "2026-02-01", "2026-03-31");
    let expected = [
        "2026-03-07 00:00 F1 palier J+5",
        "2026-03-07 00:00 F1 report J+5",
        "2026-03-09 09:00 F1 envoi J+5 email courtois",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_contact_from_before_relance_counts_in_the_cap() {
    let plan = "au plus 1 contact tous les 3 jours par client\nà J+7 : email courtois";
    let sent = |things: &[_]| only(&told(plan, things, "2026-03-08", "2026-03-31"), "envoi");
    assert_eq!(sent(&f1("2026-03-02")), ["2026-03-09 09:00 F1 envoi J+7 email courtois"]);
    let mut before = f1("2026-03-02");
    before.push(event("2026-03-07", Some("F1"), What::PastReminder { channel: Some(Channel::Email), formal: false }));
    assert_eq!(sent(&before), ["2026-03-10 09:00 F1 envoi J+7 email courtois"]);
    // One of the client as a whole as well.
    let mut of_client = f1("2026-03-02");
    of_client.push(event("2026-03-07", None, What::PastReminder { channel: None, formal: false }));
    assert_eq!(sent(&of_client), ["2026-03-10 09:00 F1 envoi J+7 email courtois"]);
}

#[test]
fn an_approval_is_good_for_ten_working_days_and_no_longer() {
    let plan = program(&["à J+5 : email ferme après validation"]);
    let answered = |on: &str| {
        let mut things = f1("2026-03-04");
        things.push(event(on, Some("F1"), What::Approval { key: None, granted: true }));
        told_by(People::ABSENT, &plan, &things, "2026-02-01", "2026-04-30")
    };
    // Asked on Monday 09/03: the tenth working day is Monday 23/03.
    let in_time = answered("2026-03-23");
    assert_eq!(only(&in_time, "envoi"), ["2026-03-23 09:00 F1 envoi J+5 email ferme"]);
    assert_eq!(only(&in_time, "validation_expiree"), Vec::<String>::new());
    let late = answered("2026-03-25");
    assert_eq!(only(&late, "validation_expiree"), ["2026-03-24 00:00 F1 validation_expiree J+5"]);
    assert_eq!(only(&late, "envoi"), Vec::<String>::new());
}

fn fresh(text: &str, payments: Option<&str>) -> Program {
    let mut program = program(&[&format!("paiements à jour depuis moins de 24h\n{text}")]);
    program.payments = Some(payments.map_or(chrono::DateTime::UNIX_EPOCH, |on| start_of_day(day(on), ZONE)));
    program
}

#[test]
fn with_old_payments_automatic_messages_wait_and_what_people_do_does_not() {
    let plan = fresh("sans plafond\nà J+7 : email courtois et appel ferme", None);
    let lines = told_by(People::DILIGENT, &plan, &f1("2026-03-02"), "2026-02-01", "2026-03-31");
    assert_eq!(only(&lines, "envoi"), ["2026-03-09 09:00 F1 envoi J+7 appel ferme"]);
    let plan = fresh("sans plafond\nà J+7 : email courtois et appel ferme", Some("2026-03-08"));
    let lines = told_by(People::DILIGENT, &plan, &f1("2026-03-02"), "2026-02-01", "2026-03-31");
    assert_eq!(only(&lines, "envoi").len(), 2, "{lines:?}");
}

#[tokio::test]
async fn when_payments_come_at_last_no_burst_follows() {
    let office = Office::new().await;
    let text = "paiements à jour depuis moins de 24h\nà J+3 : email courtois\nà J+10 : email ferme";
    let mut things = f1("2026-03-02");
    things.extend([bill("C1", "F2", "2026-03-02", 500), client("C2"), bill("C2", "G1", "2026-03-02", 500)]);
    let midnight = |on| start_of_day(day(on), ZONE);
    let (at, report) = (midnight("2026-03-03"), serde_json::Value::Null);
    let intake = Intake { incoming: &things, payments: false, at, zone: ZONE, report: &report };
    office.store.take_in(&intake).await.unwrap();
    let mut program = program(&[text]);
    let mut on = day("2026-03-03");
    while on <= day("2026-03-18") {
        if on == day("2026-03-17") {
            office.take_in(&[], midnight("2026-03-17")).await;
        }
        program.payments = Some(office.store.payments_imported().await.unwrap().unwrap_or_default());
        office.run(&program, span(on, on), People::DILIGENT).await;
        on = add_days(on, 1);
    }
    let journal = office.journal(&program).await;
    let sent: Vec<String> = journal
        .iter()
        .filter(|line| line.evenement == "envoi")
        .map(|l| format!("{} {} {}", &l.le[..10], l.facture.as_deref().unwrap(), l.modele.as_deref().unwrap()))
        .collect();
    // One message an invoice, the highest; one a day for each client.
    assert_eq!(sent, ["2026-03-17 F1 ferme", "2026-03-17 G1 ferme"]);
}

fn contact(to: &[&str], copy: &[&str]) -> Contact {
    let roles = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Contact {
        channel: Channel::Email,
        template: Some("ferme".into()),
        choice: None,
        nature: Nature::Reminder,
        tone: Tone::Firm,
        language: None,
        variants: Vec::new(),
        to: roles(to),
        copy: roles(copy),
    }
}

#[test]
fn a_contact_without_a_number_is_reached_at_the_client_s_own() {
    let accounts = CustomerContact {
        role: "comptabilité".into(),
        name: Some("Zoé".into()),
        email: Some("factures@client.example".into()),
        ..CustomerContact::default()
    };
    let customer = Customer { phone: Some("+33199000000".into()), contacts: vec![accounts], ..Customer::default() };
    let people = BTreeMap::from([("commercial".to_owned(), Person::default())]);
    let called = |to: &[&str], copy: &[&str]| {
        let (to, copy) = recipients(&customer, &people, &Contact { channel: Channel::Call, ..contact(to, copy) });
        let told = |all: Vec<Recipient>| all.into_iter().map(|r| (r.name, r.phone)).collect::<Vec<_>>();
        (told(to), told(copy))
    };
    let (zoe, phone) = (|| Some("Zoé".to_owned()), Some("+33199000000".to_owned()));
    assert_eq!(called(&["comptabilité"], &[]).0, [(zoe(), phone)]);
    assert_eq!(called(&["commercial"], &["comptabilité"]), (vec![(None, None)], vec![(zoe(), None)]));
}

#[test]
fn roles_are_contacts_of_the_client_or_people_of_the_company() {
    let accounts = CustomerContact {
        role: "comptabilité".into(),
        email: Some("factures@client.example".into()),
        ..CustomerContact::default()
    };
    let customer =
        Customer { email: Some("contact@client.example".into()), contacts: vec![accounts], ..Customer::default() };
    let seller = Person { email: Some("anne@societe.example".into()), ..Person::default() };
    let people = BTreeMap::from([("commercial".to_owned(), seller)]);
    let addresses = |to: &[&str], copy: &[&str]| {
        let (to, copy) = recipients(&customer, &people, &contact(to, copy));
        let of = |all: Vec<relance_core::program::Recipient>| -> Vec<String> {
            all.into_iter().filter_map(|one| one.email).collect()
        };
        (of(to), of(copy))
    };
    let (to, copy) = addresses(&["comptabilité"], &["commercial"]);
    assert_eq!((to, copy), (vec!["factures@client.example".into()], vec!["anne@societe.example".into()]));
    let (to, copy) = addresses(&[], &[]);
    assert_eq!((to, copy), (vec!["contact@client.example".to_owned()], vec![]), "the dunning contact");
    let machines = machines_in(&context(), &["à J+5 : email ferme à comptabilité copie commercial"]);
    let json = serde_json::to_string(&machines).unwrap();
    assert!(json.contains(r#""comptabilité""#) && json.contains(r#""commercial""#), "{json}");
}
