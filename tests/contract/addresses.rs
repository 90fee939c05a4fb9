//! An address from which a message came back for good gets no other, until it changes or a person confirms it.

use crate::telling::{only, told};
use relance_core::incoming::{Customer, CustomerContact, Incoming, Returned, What};
use relance_core::machine::Channel;
use relance_core::simulate::People;
use relance_tests::things::{durand, event, f1};
use relance_tests::{Office, day, jsonl, program, simulate, span};

const PLAN: &str = "sans plafond
à J+5 : email courtois à défaut sms rappel
à J+15 : email ferme à défaut sms ferme
à J+30 : email dernier_avis
";

/// Due on 2 March: J+5 is Monday 9 March (the 7th is a Saturday), J+15 the 17th, J+30 the 1st of April.
fn life(more: &[Incoming]) -> Vec<Incoming> {
    [f1("2026-03-02"), more.to_vec()].concat()
}

fn bounce(on: &str, why: Option<Returned>) -> Incoming {
    event(on, Some("F1"), What::Bounced { key: None, channel: Some(Channel::Email), why })
}

fn gone(on: &str, address: &str) -> Incoming {
    let reason = "cette adresse n’existe pas (5.1.1)".to_owned();
    bounce(on, Some(Returned { reason, address_is_right: false, wrong: vec![address.to_owned()] }))
}

fn customer(on: &str, customer: Customer) -> Incoming {
    event(on, None, What::Customer(customer))
}

fn messages(things: &[Incoming]) -> Vec<String> {
    let lines = told(PLAN, things, "2026-02-15", "2026-04-10");
    let of = |what: &str| only(&lines, what);
    let mut all = [of("envoi"), of("echec"), of("tache"), of("adresse_invalide"), of("adresse_confirmee")].concat();
    all.sort();
    all
}

#[test]
fn what_came_back_for_good_is_not_tried_again() {
    let things = life(&[gone("2026-03-10", " Compta@Durand.example ")]);
    assert_eq!(
        messages(&things),
        [
            "2026-03-09 09:00 F1 envoi J+5 email courtois",
            "2026-03-10 00:00 F1 adresse_invalide email",
            "2026-03-10 00:00 F1 echec J+5 email courtois",
            "2026-03-10 09:00 F1 envoi J+5 sms rappel",
            // At once: no message leaves, and nobody waits for it to come back.
            "2026-03-17 09:00 F1 echec J+15 email ferme",
            "2026-03-17 09:00 F1 envoi J+15 sms ferme",
            // Without a fallback, somebody has to mend the address.
            "2026-04-01 09:00 F1 echec J+30 email dernier_avis",
            "2026-04-01 09:00 F1 tache",
        ]
    );
}

#[test]
fn what_came_back_for_now_or_from_elsewhere_changes_nothing() {
    for why in [
        None,
        Some(Returned { reason: "boîte pleine (5.2.2)".to_owned(), address_is_right: true, wrong: Vec::new() }),
        // An address that the client no longer has, or never had.
        Some(Returned {
            reason: "inconnue".to_owned(),
            wrong: vec!["ancienne@durand.example".to_owned()],
            ..Returned::default()
        }),
    ] {
        let told = messages(&life(&[bounce("2026-03-10", why)]));
        assert!(told.contains(&"2026-03-17 09:00 F1 envoi J+15 email ferme".to_owned()), "{told:#?}");
        assert!(only(&told, "adresse_invalide").is_empty());
    }
}

#[test]
fn a_new_address_or_a_person_lifts_it() {
    let mail = "2026-03-17 09:00 F1 envoi J+15 email ferme".to_owned();
    let bad = gone("2026-03-10", "compta@durand.example");
    let other = |email: &str| Customer { email: Some(email.to_owned()), ..durand() };
    // Data that come again with the same address say nothing new.
    let same = customer("2026-03-12", Customer { segment: Some("vip".to_owned()), ..durand() });
    assert!(!messages(&life(&[bad.clone(), same])).contains(&mail));
    let new = customer("2026-03-12", other("direction@durand.example"));
    assert!(messages(&life(&[bad.clone(), new.clone()])).contains(&mail));
    let back = customer("2026-03-13", durand());
    assert!(messages(&life(&[bad.clone(), new, back])).contains(&mail), "put back on purpose");
    for channel in [None, Some(Channel::Email)] {
        let confirmed = event("2026-03-12", None, What::AddressConfirmed { channel });
        let told = messages(&life(&[bad.clone(), confirmed]));
        assert!(told.contains(&mail) && only(&told, "adresse_confirmee").len() == 1, "{told:#?}");
    }
    let numbers = event("2026-03-12", None, What::AddressConfirmed { channel: Some(Channel::Sms) });
    assert!(!messages(&life(&[bad, numbers])).contains(&mail));
}

#[test]
fn a_contact_whose_address_is_bad_is_written_to_at_the_clients() {
    let role = CustomerContact {
        role: "comptabilité".to_owned(),
        name: None,
        email: Some("zoe@durand.example".to_owned()),
        phone: None,
    };
    let things = [
        f1("2026-03-02"),
        vec![
            customer("2026-02-10", Customer { contacts: vec![role], ..durand() }),
            gone("2026-03-10", "zoe@durand.example"),
        ],
    ]
    .concat();
    let plan = "sans plafond\nà J+5 : email courtois à comptabilité\nà J+15 : email ferme à comptabilité\n";
    let lines = told(plan, &things, "2026-02-15", "2026-04-10");
    assert_eq!(only(&lines, "envoi").len(), 2, "{lines:#?}");
}

#[tokio::test]
async fn a_run_does_what_the_simulation_says() {
    let confirmed = event("2026-03-20", None, What::AddressConfirmed { channel: None });
    let things = life(&[gone("2026-03-10", "compta@durand.example"), confirmed]);
    let (program, office) = (program(&[PLAN]), Office::new().await);
    let days = span(day("2026-02-15"), day("2026-04-10"));
    office.take_in(&things, days.0).await;
    office.run(&program, days, People::DILIGENT).await;
    assert_eq!(jsonl(&office.journal(&program).await), jsonl(&simulate(&program, &things, days, People::DILIGENT)));
    let sent = office.post.sent.lock().unwrap().clone();
    let sent: Vec<_> = sent.iter().map(|(channel, template, _)| format!("{} {template}", channel.name())).collect();
    assert_eq!(sent, ["email courtois", "sms rappel", "sms ferme", "email dernier_avis"]);
}
