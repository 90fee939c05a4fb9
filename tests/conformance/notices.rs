//! The company's own systems and people are told of every line of the journal, whatever happens to the telling, and nothing of it
//! touches the clients' messages.

use super::Office;
use chrono::TimeDelta;
use relance_core::day::Instant;
use relance_core::incoming::{Customer, Incoming, What};
use relance_core::journal::Line;
use relance_core::machine::Channel;
use relance_core::money::Currency;
use relance_core::program::Program;
use relance_core::simulate::People;
use relance_engine::config::Config;
use relance_engine::notify::{Directory, Herald, Round};
use relance_engine::runner::{CLIENTS_PER_BATCH, Carrier, Delivery, Parcel, Runner, Sender};
use relance_engine::store::Store;
use relance_tests::listener::{Act, Heard, Listener};
use relance_tests::{Post, ZONE, program, things};
use ring::hmac;
use std::collections::BTreeSet;
use std::path::Path;

/// A variable that is set wherever tests run: the secret is what it holds.
const SECRET: &str = "PATH";
const PLAN: &str = "sans plafond\nà J+5 : email courtois et alerter \"direction\"\nà J+6 : note \"relu\"\n";
const NASTY: &str = "<script> {{ 7*7 }} <!channel> @here\r\nBcc: x@y.fr 😀";

/// The messages go to the post, the rest where the settings say.
struct House<'a>(&'a Post, &'a Herald);

impl Carrier for House<'_> {
    async fn deliver(&self, parcels: &[Parcel]) -> Vec<Delivery> {
        self.0.deliver(parcels).await
    }

    async fn was_sent(&self, channel: Channel, key: &str) -> Option<bool> {
        self.0.was_sent(channel, key).await
    }

    fn claim_limit(&self, writing: std::time::Duration) -> usize {
        self.0.claim_limit(writing)
    }

    fn directory(&self) -> Option<&Directory> {
        Some(self.1.directory())
    }
}

fn herald(settings: &str, folder: &Path) -> Herald {
    let text = format!("[creancier]\nnom = \"Essai\"\nemail = \"compta@exemple.fr\"\n{settings}");
    let config = Config::parse(&text, Path::new("relance.toml")).unwrap();
    Herald::open(&config, folder).unwrap()
}

fn system(url: &str, more: &str) -> String {
    format!("[[notifications]]\nnom = \"erp\"\nurl = \"{url}\"\nsecret_env = \"{SECRET}\"\ndelai_secondes = 1\n{more}")
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// The day of the messages.
fn noon() -> Instant {
    at("2026-03-10T11:00:00Z")
}

fn clock() -> Instant {
    chrono::Utc::now()
}

fn bill(client: &str, number: &str) -> Vec<Incoming> {
    let name = if client == "C1" { NASTY.to_owned() } else { client.to_owned() };
    let email = Some(format!("{}@example.fr", client.to_lowercase()));
    let customer = What::Customer(Customer { name, email, ..Customer::default() });
    vec![super::thing(client, None, "1970-01-01", customer), things::bill(client, number, "2026-03-05", 1_200)]
}

/// Runs a moment, and tells nobody yet.
async fn live(office: &Office, program: &Program, post: &Post, herald: &Herald, now: Instant) {
    let (carrier, sender) = (House(post, herald), Sender::default());
    let (store, name) = (&*office.store, super::RUNNER);
    let (batch, people) = (CLIENTS_PER_BATCH, People::ABSENT);
    let runner = Runner { store, name, program, carrier: &carrier, sender: &sender, batch, people, stop: None };
    runner.run((now, now), |_, _| {}, |_, _| {}).await.unwrap();
}

/// The public journal, as `journal --format jsonl` writes it.
async fn journal(store: &dyn Store, program: &Program) -> Vec<String> {
    let rows = store.journal(None, None, None, None).await.unwrap();
    let line = |row: &relance_engine::store::JournalRow| {
        Line::of(&row.entry, &row.client, Currency::EUR, ZONE, program)
            .map(|line| (row.client.clone(), row.position, line))
    };
    let mut lines: Vec<_> = rows.iter().filter_map(line).collect();
    lines.sort_by(|(a, n, _), (b, m, _)| (a, n).cmp(&(b, m)));
    lines.iter().map(|(.., line)| serde_json::to_string(line).unwrap()).collect()
}

/// By key, whatever was repeated: what was taken, in order.
fn taken(heard: &[Heard]) -> Vec<String> {
    let mut keys = BTreeSet::new();
    let first = |one: &&Heard| one.taken && keys.insert(one.headers["idempotency-key"].clone());
    heard.iter().filter(first).map(|one| one.body.clone()).collect()
}

/// Checks a signature as a receiver would, with the crate and not with our code.
fn is_signed(one: &Heard) -> bool {
    let (moment, tag) = one.headers["relance-signature"].split_once(",v1=").unwrap();
    let moment = moment.strip_prefix("t=").unwrap();
    assert!((clock().timestamp() - moment.parse::<i64>().unwrap()).abs() < 300);
    let key = hmac::Key::new(hmac::HMAC_SHA256, std::env::var(SECRET).unwrap().as_bytes());
    let own = hmac::sign(&key, format!("{moment}.{}", one.body).as_bytes());
    own.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>() == tag
}

on_every_base! {
    async fn every_line_is_told_whatever_the_system_does(office: Office) {
        let (erp, folder, post) = (Listener::start(), tempfile::tempdir().unwrap(), Post::default());
        let (program, herald) = (program(&[PLAN]), herald(&system(&erp.url, ""), folder.path()));
        office.take_in(&bill("C1", "F1"), true, at("2026-03-06T10:00:00Z")).await;
        live(&office, &program, &post, &herald, noon()).await;
        assert_eq!(post.sent.lock().unwrap().len(), 1, "the client's message has left before anybody was told");
        let lines = journal(&*office.store, &program).await;
        assert!(lines.len() >= 5, "{lines:#?}");
        let elsewhere = Listener::start();
        let away: &'static str = Box::leak(format!("Location: {}", elsewhere.url).into_boxed_str());
        let mut now = noon();
        for (act, why) in [
            (Act::Says(500, ""), "réponse 500 : en panne"),
            (Act::Silent, "pas de réponse à temps"),
            (Act::Cut, "connexion coupée avant la réponse"),
            (Act::Says(307, away), "réponse 307 : l’adresse redirige ailleurs ; donnez la dernière"),
            (Act::Says(401, ""), "réponse 401 : accès refusé ; vérifiez l’adresse et le secret"),
            (Act::Says(400, ""), "réponse 400 : cette notification est refusée"),
        ] {
            let before = erp.heard().len();
            erp.then(std::slice::from_ref(&act));
            let round = herald.round(&*office.store, now, clock).await.unwrap();
            assert_eq!(round.troubles.values().collect::<Vec<_>>(), [why], "{act:?}");
            if act == Act::Says(400, "") {
                assert_eq!(round.told, lines.len() - 1, "one that is refused holds up no other");
            } else {
                // After one failure the system is left alone, whatever else waits for it.
                assert_eq!((round.told, erp.heard().len()), (0, before + 1), "{act:?}");
                assert_eq!(herald.round(&*office.store, now, clock).await.unwrap(), Round::default());
            }
            now += TimeDelta::hours(16);
        }
        assert!(elsewhere.heard().is_empty(), "a signature follows no redirection");
        // The last line, which was refused six times.
        erp.then(&[Act::Says(429, "Retry-After: 72000")]);
        now += TimeDelta::hours(16);
        assert_eq!(herald.round(&*office.store, now, clock).await.unwrap().told, 0);
        let heard = erp.heard().len();
        now += TimeDelta::hours(19);
        assert_eq!(herald.round(&*office.store, now, clock).await.unwrap(), Round::default());
        assert_eq!(erp.heard().len(), heard, "twenty hours were asked for");
        erp.then(&[Act::SaysTooMuch]);
        now += TimeDelta::hours(2);
        assert_eq!(herald.round(&*office.store, now, clock).await.unwrap().told, 1);

        assert_eq!(office.store.notice_counts().await.unwrap(), []);
        let heard = erp.heard();
        assert!(heard.iter().all(is_signed));
        let mut told = taken(&heard);
        told.sort();
        let mut wanted = lines.clone();
        wanted.sort();
        assert_eq!(told, wanted);
        // What follows, once all is well, comes in the order of the journal, and only that.
        let before = erp.heard().len();
        live(&office, &program, &post, &herald, at("2026-03-15T11:00:00Z")).await;
        herald.round(&*office.store, now + TimeDelta::hours(1), clock).await.unwrap();
        let lines = journal(&*office.store, &program).await;
        assert_eq!(taken(&erp.heard()[before..]), lines[wanted.len()..]);
        assert!(lines.len() > wanted.len());
        assert_eq!(post.sent.lock().unwrap().len(), 1);
    }

    async fn what_is_given_up_waits_for_a_person(office: Office) {
        let (erp, folder, post) = (Listener::start(), tempfile::tempdir().unwrap(), Post::default());
        let program = program(&[PLAN]);
        let herald = herald(&system(&erp.url, "evenements = [\"envoi\", \"alerte\"]\n"), folder.path());
        office.take_in(&bill("C1", "F1"), true, at("2026-03-06T10:00:00Z")).await;
        live(&office, &program, &post, &herald, noon()).await;
        let mut now = noon();
        erp.then(&vec![Act::Says(422, ""); 20]);
        for _ in 0..10 {
            herald.round(&*office.store, now, clock).await.unwrap();
            now += TimeDelta::hours(17);
        }
        let count = office.store.notice_counts().await.unwrap().remove(0);
        assert_eq!((count.waiting, count.given_up), (0, 2), "the message and the alert, ten times each: {count:?}");
        assert_eq!((erp.heard().len(), herald.round(&*office.store, now, clock).await.unwrap()), (20, Round::default()));
        assert_eq!(office.store.revive_notices(now).await.unwrap(), 2);
        assert_eq!(herald.round(&*office.store, now, clock).await.unwrap().told, 2);
        assert_eq!(office.store.notice_counts().await.unwrap(), []);
    }

    async fn two_programs_share_what_is_to_be_told(office: Office) {
        let (erp, folder, post) = (Listener::start(), tempfile::tempdir().unwrap(), Post::default());
        let (program, one) = (program(&[PLAN]), herald(&system(&erp.url, ""), folder.path()));
        let two = herald(&system(&erp.url, ""), folder.path());
        for n in 1..=30 {
            office.take_in(&bill(&format!("C{n}"), &format!("F{n}")), true, at("2026-03-06T10:00:00Z")).await;
        }
        live(&office, &program, &post, &one, noon()).await;
        let other = office.base.open("essai").await;
        let (a, b) = tokio::join!(one.round(&*office.store, noon(), clock), two.round(&*other, noon(), clock));
        let (a, b) = (a.unwrap(), b.unwrap());
        let heard = erp.heard();
        assert_eq!(a.told + b.told, heard.len());
        assert_eq!(taken(&heard).len(), heard.len(), "nothing was told twice");
        assert_eq!(heard.len(), journal(&*office.store, &program).await.len());
        // What one of them had in hand when it died is the other's once its lease has run out: here, it has not.
        let left = office.store.claim_notices("notification erp", noon(), 10).await.unwrap();
        assert_eq!(left, []);
    }

    async fn an_alert_reaches_its_people_in_plain_words(office: Office) {
        let (folder, post) = (tempfile::tempdir().unwrap(), Post::default());
        let program = program(&[PLAN]);
        let herald = herald(
            "[[alertes]]\npour = \"Direction\"\ncourriel = \"jeanne@exemple.fr\"\n[[alertes]]\npour = \"comptabilité\"\ncourriel = \"hugo@exemple.fr\"\n",
            folder.path(),
        );
        office.take_in(&bill("C1", "F1"), true, at("2026-03-06T10:00:00Z")).await;
        live(&office, &program, &post, &herald, noon()).await;
        let round = herald.round(&*office.store, noon(), noon).await.unwrap();
        assert_eq!((round.told, round.troubles.len()), (1, 0), "{round:?}");
        let files: Vec<_> = folder.path().join("envois").read_dir().unwrap().map(|e| e.unwrap().path()).collect();
        let bytes = std::fs::read(&files[0]).unwrap();
        let mail = mail_parser::MessageParser::default().parse(&bytes).unwrap();
        assert!(mail.bcc().is_none() && files.len() == 1);
        let to = mail.to().unwrap().first().unwrap().address().unwrap();
        let text = mail.body_text(0).unwrap().replace("\r\n", "\n");
        insta::allow_duplicates! {
            insta::assert_snapshot!(format!("À : {to}\nObjet : {}\n\n{text}", mail.subject().unwrap()));
        }
    }
}
