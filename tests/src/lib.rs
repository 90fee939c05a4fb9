//! What Relance's tests share: scenarios from text, clients' files from a few words, a memory carrier.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod base;
pub mod history;
pub mod listener;
pub mod pack;
pub mod postgres;
pub mod things;

use crate::base::{Base, Kind};
use chrono::NaiveDate;
use futures_util::future::join_all;
use relance_core::day::Instant;
use relance_core::incoming::Incoming;
use relance_core::journal::Line;
use relance_core::machine::{Channel, Machine, Nature, Tone};
use relance_core::money::Currency;
use relance_core::program::Program;
use relance_core::simulate::{Inbox, People, World, run};
use relance_dsl::{Context, Source, Template, render_full};
use relance_engine::runner::{CLIENTS_PER_BATCH, Carrier, Delivery, Parcel, Runner, Sender};
use relance_engine::store::{Intake, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// The creditor's time zone in tests.
pub const ZONE: chrono_tz::Tz = chrono_tz::Europe::Paris;

/// A date, `AAAA-MM-JJ`.
pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// The first and last moments of a stretch of days.
pub fn span(from: NaiveDate, to: NaiveDate) -> (Instant, Instant) {
    (relance_core::day::start_of_day(from, ZONE), relance_core::day::end_of_day(to, ZONE))
}

/// What a project made by `init` declares.
pub fn context() -> Context {
    let reminder = None;
    let templates = [
        (Channel::Email, "preventif", reminder, Tone::Preventive),
        (Channel::Email, "rappel_amical", reminder, Tone::Friendly),
        (Channel::Email, "courtois", reminder, Tone::Polite),
        (Channel::Email, "ferme", reminder, Tone::Firm),
        (Channel::Email, "dernier_avis", reminder, Tone::Formal),
        (Channel::Email, "mise_en_demeure", Some(Nature::FormalNotice), Tone::Notice),
        (Channel::Email, "promesse_non_tenue", reminder, Tone::Firm),
        (Channel::Email, "remerciement", Some(Nature::Information), Tone::Friendly),
        (Channel::Email, "reminder", reminder, Tone::Polite),
        (Channel::Sms, "rappel", reminder, Tone::Polite),
        (Channel::Sms, "ferme", reminder, Tone::Firm),
        (Channel::Call, "courtois", reminder, Tone::Polite),
        (Channel::Call, "ferme", reminder, Tone::Firm),
        (Channel::Letter, "dernier_avis", reminder, Tone::Formal),
        (Channel::Letter, "mise_en_demeure", Some(Nature::FormalNotice), Tone::Notice),
    ];
    let words = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
    let template = |(channel, name, nature, tone): (Channel, &str, Option<Nature>, Tone)| Template {
        channel,
        name: name.to_owned(),
        nature,
        tone,
        language: (name == "reminder").then(|| "en".to_owned()),
        variants: if name == "courtois" { vec!["en".to_owned()] } else { Vec::new() },
    };
    Context {
        segments: words(&["bon_payeur", "regulier", "mauvais_payeur", "vip", "strategique", "public", "particulier"]),
        templates: templates.into_iter().map(template).collect(),
        roles: words(&["comptabilité", "direction", "commercial"]),
        ..Context::default()
    }
}

/// Compiles scenario texts, one file each; fails with the diagnostics.
pub fn machines(texts: &[&str]) -> Vec<Machine> {
    machines_in(&context(), texts)
}

/// The same in a project of its own.
pub fn machines_in(context: &Context, texts: &[&str]) -> Vec<Machine> {
    let sources: Vec<Source> = texts
        .iter()
        .enumerate()
        .map(|(i, text)| Source { path: format!("scenarios/essai_{i}.relance"), bytes: text.as_bytes().to_vec() })
        .collect();
    let compilation = relance_dsl::compile(&sources, context);
    match compilation.machines {
        Some(machines) => machines,
        None => panic!("{}", render_full(&compilation.diagnostics, &sources, false)),
    }
}

/// A program of one or several scenario texts.
pub fn program(texts: &[&str]) -> Program {
    Program::new(machines(texts), ZONE, BTreeMap::new())
}

/// A line with its sorting key: the journal's public order.
type Sorted = (Instant, String, Option<String>, usize, Line);

/// The public lines of a simulation from nothing, in the journal's order.
pub fn simulate(program: &Program, incoming: &[Incoming], (from, to): (Instant, Instant), people: People) -> Vec<Line> {
    let mut by_client: BTreeMap<&str, Vec<(Incoming, Option<Instant>)>> = BTreeMap::new();
    for thing in incoming {
        by_client.entry(&thing.client).or_default().push((thing.clone(), None));
    }
    let mut lines: Vec<Sorted> = Vec::new();
    for (client, things) in by_client {
        let dossier = relance_core::dossier::Dossier::new(client);
        let mut world = World { dossier, wake: None, inbox: Inbox::new(things, ZONE) };
        run(program, &mut world, (from, to), people, |dossier, entry| {
            let file = entry.invoice.as_ref().and_then(|n| dossier.invoices.get(n));
            let currency = file.map_or(Currency::EUR, |f| f.invoice.currency());
            if let Some(line) = Line::of(entry, client, currency, ZONE, program) {
                lines.push((entry.at, client.to_owned(), entry.invoice.clone(), lines.len(), line));
            }
        });
    }
    ordered(lines)
}

fn ordered(mut lines: Vec<Sorted>) -> Vec<Line> {
    lines.sort_by(|a, b| (a.0, &a.1, &a.2, a.3).cmp(&(b.0, &b.1, &b.2, b.3)));
    lines.into_iter().map(|(.., line)| line).collect()
}

/// Lines as JSON, one each.
pub fn jsonl(lines: &[Line]) -> String {
    lines.iter().map(|line| serde_json::to_string(line).expect("json") + "\n").collect()
}

/// A carrier that keeps what it is given, and never fails.
#[derive(Default)]
pub struct Post {
    /// Channel, template and key of every message, in order.
    pub sent: Mutex<Vec<(Channel, String, String)>>,
    keys: Mutex<BTreeSet<String>>,
}

impl Carrier for Post {
    async fn deliver(&self, parcels: &[Parcel]) -> Vec<Delivery> {
        for parcel in parcels {
            let message = &parcel.message;
            assert!(self.keys.lock().unwrap().insert(message.key.clone()), "{} was sent twice", message.key);
            let template = message.template.clone().unwrap_or_default();
            self.sent.lock().unwrap().push((message.channel, template, message.key.clone()));
        }
        parcels.iter().map(|_| Delivery::accepted()).collect()
    }

    async fn was_sent(&self, _: Channel, key: &str) -> Option<bool> {
        Some(self.keys.lock().unwrap().contains(key))
    }

    fn claim_limit(&self, _: std::time::Duration) -> usize {
        64
    }
}

/// A base of its own, with a carrier that keeps what it is given, and one or several runners.
pub struct Office {
    /// The base.
    pub store: Arc<dyn Store>,
    /// What was sent.
    pub post: Post,
    /// The same base as other runners see it.
    others: Vec<Arc<dyn Store>>,
    _base: Base,
}

impl Office {
    /// A new, empty base in a file.
    pub async fn new() -> Office {
        Office::on(Kind::Sqlite, 1).await.unwrap()
    }

    /// A new, empty base of a kind, with so many runners; `None` where that kind is not installed.
    pub async fn on(kind: Kind, runners: usize) -> Option<Office> {
        let base = Base::new(kind).await?;
        let store = base.open("essai").await;
        let mut others = Vec::new();
        for _ in 1..runners {
            others.push(base.open("essai").await);
        }
        Some(Office { store, others, post: Post::default(), _base: base })
    }

    /// Takes incoming things in, as an import at `at` would.
    pub async fn take_in(&self, incoming: &[Incoming], at: Instant) {
        let report = serde_json::Value::Null;
        let intake = Intake { incoming, payments: true, at, zone: ZONE, report: &report };
        self.store.take_in(&intake).await.unwrap();
    }

    /// Runs one day, or one moment, as `executer` does; every runner at the same time.
    pub async fn run(&self, program: &Program, span: (Instant, Instant), people: People) {
        let versions: Vec<(String, Machine)> =
            program.scenarios.iter().map(|s| (s.hash.clone(), s.machine.clone())).collect();
        self.store.put_in_force(&versions, program.digest, span.0, program.catch_up).await.unwrap();
        let sender = Sender::default();
        let run = async |n: usize, store: &dyn Store| {
            let name = format!("essai {n}");
            let batch = if self.others.is_empty() { CLIENTS_PER_BATCH } else { 1 };
            let carrier = &self.post;
            let runner = Runner { store, name: &name, program, carrier, sender: &sender, batch, people, stop: None };
            let report = runner.run(span, |_, _| {}, |_, _| {}).await.unwrap();
            assert!(report.incidents.is_empty(), "{:?}", report.incidents);
        };
        let stores = std::iter::once(&self.store).chain(&self.others);
        join_all(stores.enumerate().map(|(n, store)| run(n, &**store))).await;
    }

    /// The journal's public lines.
    pub async fn journal(&self, program: &Program) -> Vec<Line> {
        let rows = self.store.journal(None, None, None, None).await.unwrap();
        rows.iter().filter_map(|row| Line::of(&row.entry, &row.client, row.currency, ZONE, program)).collect()
    }
}

/// The folder of shared data beside the checkout, if it is there; says so where it is not.
pub fn shared(what: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(what);
    if !path.exists() {
        println!("IGNORÉ : {what} n’est pas à côté du dépôt");
        return None;
    }
    Some(path)
}
