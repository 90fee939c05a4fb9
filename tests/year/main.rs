//! A year of the demo's portfolio under the ready pack, read as a credit manager would: what must never happen, and how much leaves.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod laws;

use chrono::NaiveDate;
use relance_core::day::{civil_date, start_of_day};
use relance_core::dossier::Dossier;
use relance_core::event::Event;
use relance_core::incoming::Incoming;
use relance_core::journal::Line;
use relance_core::money::Currency;
use relance_core::program::Program;
use relance_core::simulate::{Inbox, People, World, run};
use relance_engine::import::{Known, Options, read, reconcile};
use relance_engine::portfolio::{Params, Portfolio, generate};
use relance_engine::runner::context;
use relance_tests::pack::Pack;
use relance_tests::{ZONE, day, span};
use std::collections::BTreeMap;

/// A message, call or letter as the client gets it.
pub struct Said {
    /// The template.
    pub template: String,
    /// Whether it is a text message.
    pub sms: bool,
    /// What it says, subject first.
    pub text: String,
}

/// The year that was simulated.
pub struct Year {
    /// The portfolio.
    pub portfolio: Portfolio,
    /// The scenarios.
    pub program: Program,
    /// Its public journal, client by client, in order.
    pub lines: Vec<Line>,
    /// What was said to consumers, and every text message.
    pub said: Vec<Said>,
    /// The last day.
    pub last: NaiveDate,
}

const FIRST: &str = "2025-03-20";
const LAST: &str = "2026-03-19";

fn year(seed: u64) -> Year {
    let (first, last) = (day(FIRST), day(LAST));
    let pack = Pack::read();
    let (program, sender) = (pack.program(), pack.sender());
    let portfolio = generate(Params { seed, ..Params::demo(last) });
    let batch = read(&portfolio.files(), &Options::default());
    let found = reconcile(&Known::default(), &batch, first, ZONE);
    assert_eq!(found.problems, vec![]);
    let mut by_client: BTreeMap<String, Vec<Incoming>> = BTreeMap::new();
    for thing in found.incoming {
        by_client.entry(thing.client.clone()).or_default().push(thing);
    }
    let (mut lines, mut said) = (Vec::new(), Vec::new());
    for (client, things) in by_client {
        let things = things.into_iter().map(|thing| (thing, None)).collect();
        let mut world = World { dossier: Dossier::new(&client), wake: None, inbox: Inbox::new(things, ZONE) };
        run(&program, &mut world, span(first, last), People::DILIGENT, |dossier, entry| {
            let file = entry.invoice.as_ref().and_then(|number| dossier.invoices.get(number));
            let currency = file.map_or(Currency::EUR, |f| f.invoice.currency());
            lines.extend(Line::of(entry, &client, currency, ZONE, &program));
            let Event::Sent { channel, template: Some(template), .. } = &entry.event else { return };
            let sms = channel.name() == "sms";
            let consumer = dossier.customer.regime.as_deref() == Some("b2c");
            if !(consumer || sms) || entry.about.is_none() {
                return;
            }
            let number = entry.invoice.as_deref().unwrap();
            let date = civil_date(entry.at, ZONE);
            let message = context(&sender, &program, dossier, (number, &[]), None, date).unwrap();
            let rendered = pack.library.render(*channel, template, &message).unwrap();
            let text = format!("{}\n{}", rendered.subject.unwrap_or_default(), rendered.text);
            said.push(Said { template: template.clone(), sms, text });
        });
    }
    assert!(start_of_day(first, ZONE) < start_of_day(last, ZONE));
    Year { portfolio, program, lines, said, last }
}

/// Counts by scenario, rung or state, way and template.
fn counts(year: &Year) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for line in laws::contacts(year) {
        let from = match (line.etape.as_deref(), line.palier.as_deref()) {
            (Some("plan") | None, Some(rung)) => rung.to_owned(),
            (Some("plan") | None, None) => "réaction ou suite".to_owned(),
            (Some(state), _) => state.to_owned(),
        };
        let of = |text: Option<&str>| text.unwrap_or("-").to_owned();
        let row = format!(
            "{:<14} {:<17} {:<18} {}",
            of(line.scenario.as_deref()),
            from,
            of(line.canal),
            of(line.modele.as_deref())
        );
        *counts.entry(row).or_default() += 1;
    }
    counts.into_iter().map(|(row, n)| format!("{n:>5}  {row}\n")).collect()
}

#[test]
fn a_year_of_the_demo() {
    let year = year(1);
    laws::hold(&year);
    insta::assert_snapshot!(counts(&year));
}

#[test]
fn a_year_of_another_portfolio() {
    laws::hold(&year(2));
}
