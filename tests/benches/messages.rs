//! Messages written on one core: subject, text and page of the ready templates, each for a client and an invoice of its own; beside it, as a
//! floor, a mail merge that replaces eight words in the finished text and page.
//!
//! `cargo bench -p relance-tests --bench messages [-- MESSAGES]`. Both are taken in one run, alternating; the ratio is what counts. With a
//! million messages it tells what of the memory stays.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use relance_core::day::add_days;
use relance_core::machine::Channel;
use relance_core::money::Amount;
use relance_engine::template::{Library, MessageContext, Rendered, SampleKind, sample};
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 5;
const TEMPLATES: [&str; 4] = ["rappel_amical", "courtois", "ferme", "dernier_avis"];

/// Messages for clients of their own.
fn contexts() -> Vec<MessageContext> {
    let kind = SampleKind { invoices: 1, complete: true, regime: "b2b", days_late: 18 };
    let one = |n: usize| {
        let mut message = sample(kind);
        message.client.name = format!("Société {n}");
        message.client.code = format!("C{n:05}");
        for invoice in message.invoices.iter_mut().chain([&mut message.invoice]) {
            invoice.number = format!("F-2026-{n:05}");
            invoice.amount = Amount::eur(100_000 + n as i64 * 37);
            invoice.balance_due = invoice.amount;
            invoice.collectable = invoice.amount;
            invoice.due = add_days(invoice.due, -((n % 20) as i64));
        }
        message
    };
    (0..500).map(one).collect()
}

fn write(library: &Library, contexts: &[MessageContext], count: usize) -> usize {
    let mut bytes = 0;
    for n in 0..count {
        let template = TEMPLATES[n % TEMPLATES.len()];
        let message = black_box(&contexts[n % contexts.len()]);
        let written = library.render(Channel::Email, template, message).unwrap_or_else(|p| panic!("{p}"));
        bytes += written.text.len() + written.html.as_ref().map_or(0, String::len);
    }
    bytes
}

/// Eight words replaced in a finished message.
fn merge(forms: &[Rendered], contexts: &[MessageContext], count: usize) -> usize {
    let mut bytes = 0;
    for n in 0..count {
        let (form, message) = (&forms[n % forms.len()], black_box(&contexts[n % contexts.len()]));
        let invoice = &message.invoice;
        let words = [
            ("Garage Lefèvre SARL", message.client.name.clone()),
            ("C0042", message.client.code.clone()),
            ("F-2026-0118", invoice.number.clone()),
            ("1\u{202f}000,50\u{a0}€", invoice.balance_due.to_string()),
            ("950,50\u{a0}€", invoice.collectable.to_string()),
            ("01/03/2026", invoice.due.to_string()),
            ("30/01/2026", invoice.issued.to_string()),
            ("Nadia Benoît", message.recipient.name.clone().unwrap_or_default()),
        ];
        let fill = |text: &str| words.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value));
        let made = (fill(&form.text), fill(form.html.as_deref().unwrap_or_default()));
        bytes += made.0.len() + made.1.len();
    }
    bytes
}

/// Resident memory, in megabytes.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) / 1024.0
}

fn main() {
    let count = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(20_000usize);
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let (library, problems) = Library::load(&pack);
    assert!(problems.is_empty(), "{problems:?}");
    let contexts = contexts();
    let typical = sample(SampleKind { invoices: 1, complete: true, regime: "b2b", days_late: 18 });
    let forms: Vec<Rendered> =
        TEMPLATES.iter().map(|name| library.render(Channel::Email, name, &typical).unwrap()).collect();
    write(&library, &contexts, 2_000);
    let before = resident();
    let mut best = [f64::MAX; 2];
    for round in 0..ROUNDS {
        let per_round = count / ROUNDS;
        let start = Instant::now();
        let bytes = write(&library, &contexts, per_round);
        let own = start.elapsed().as_secs_f64() / per_round as f64;
        let start = Instant::now();
        merge(&forms, &contexts, per_round.min(20_000));
        let floor = start.elapsed().as_secs_f64() / per_round.min(20_000) as f64;
        best = [best[0].min(own), best[1].min(floor)];
        println!(
            "tour {} : {:>7.0} messages/s ({:.1} µs, {} octets) ; plancher {:>7.0}/s ; rapport {:.1} ; mémoire {:.1} Mo",
            round + 1,
            1.0 / own,
            own * 1e6,
            bytes / per_round,
            1.0 / floor,
            own / floor,
            resident()
        );
    }
    println!(
        "au mieux : {:.0} messages/s sur un cœur, {:.1} fois le temps du plancher ; mémoire {:.1} Mo avant, {:.1} Mo après {count} messages",
        1.0 / best[0],
        best[0] / best[1],
        before,
        resident()
    );
}
