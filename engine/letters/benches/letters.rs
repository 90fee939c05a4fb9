//! Formal notices composed and set on one core, each for a client, an invoice and a statement of account of its own: a file a letter, as a
//! service of registered letters takes them, and one file for all, as they are printed. Beside them, as a floor, the bytes of the same
//! files written to a folder.
//!
//! `cargo bench -p relance-letters --features typst --bench letters [-- LETTERS]`. All are taken in one run, alternating, after a warm-up.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use relance_core::day::add_days;
use relance_core::interest::{Amounts, Debt, Regime, Terms, statement};
use relance_core::money::{Amount, Currency};
use relance_core::registered::Registered;
use relance_engine::legal_rates::rates;
use relance_engine::template::{Library, MessageContext, SampleKind, sample};
use relance_letters::{Account, Draft, Letter, Print, compose, pdf};
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 5;

/// A message about one late invoice: client, number, amounts and dates are its own.
fn message(n: usize) -> MessageContext {
    let mut message = sample(SampleKind { invoices: 1, complete: true, regime: "b2b", days_late: 90 });
    message.client.name = format!("Société {n}");
    message.client.code = format!("C{n:05}");
    let (cents, days) = (100_000 + i64::try_from(n).unwrap() * 37, i64::try_from(n % 20).unwrap());
    for invoice in message.invoices.iter_mut().chain([&mut message.invoice]) {
        invoice.number = format!("F-2026-{n:05}");
        invoice.amount = Amount::eur(cents);
        invoice.balance_due = invoice.amount;
        invoice.collectable = invoice.amount;
        invoice.due = add_days(invoice.due, -days);
    }
    message
}

/// The letter of a message, from its template's text to the values that are set.
fn letter(library: &Library, amounts: &Amounts, message: &MessageContext) -> Letter {
    let invoice = &message.invoice;
    let debt = Debt {
        issued: invoice.issued,
        cents: invoice.amount.cents,
        currency: Currency::EUR,
        regime: Regime::Business,
        clause: None,
        parts: vec![(invoice.due, invoice.amount.cents)],
        movements: Vec::new(),
        notice: None,
        judgment: None,
        waived: Default::default(),
    };
    let statement = statement(&debt, amounts, message.date);
    let account = Account { number: &invoice.number, debt, statement, terms: &amounts.terms };
    let text = library.letter("mise_en_demeure", message).unwrap_or_else(|problem| panic!("{problem}"));
    compose(&Draft { message, text: &text, registered: Some(Registered::Paper), accounts: &[account] }).letter
}

fn set(letters: &[Letter]) -> (Vec<u8>, usize) {
    let sheets = pdf(&Print { title: "Courriers", letters, two_sided: false }).unwrap_or_else(|r| panic!("{r:?}"));
    (sheets.bytes, sheets.pages.iter().sum())
}

fn main() {
    let count = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(500usize);
    let (library, problems) = Library::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios"));
    assert!(problems.is_empty(), "{problems:?}");
    let amounts = Amounts { rates: rates(&[]), terms: Terms::default() };
    let per_round = (count / ROUNDS).max(1);
    let folder = tempfile::tempdir().unwrap();
    let each = |round: usize| (0..per_round).map(move |n| message(round * per_round + n));
    for message in each(ROUNDS).take(20) {
        set(&[letter(&library, &amounts, &message)]);
    }
    let mut best = [f64::MAX; 3];
    for round in 0..ROUNDS {
        let start = Instant::now();
        let made = each(round).map(|message| set(&[letter(&library, &amounts, black_box(&message))]));
        let files: Vec<(Vec<u8>, usize)> = made.collect();
        let alone = start.elapsed();
        let start = Instant::now();
        let letters: Vec<Letter> = each(round).map(|message| letter(&library, &amounts, black_box(&message))).collect();
        let (_, pages) = set(&letters);
        let together = start.elapsed();
        let start = Instant::now();
        for (n, (bytes, _)) in files.iter().enumerate() {
            std::fs::write(folder.path().join(format!("{n}.pdf")), bytes).unwrap();
        }
        let floor = start.elapsed();
        assert_eq!(pages, files.iter().map(|(_, pages)| pages).sum::<usize>());
        let one = |all: Duration| all.as_secs_f64() / per_round as f64;
        for (best, all) in best.iter_mut().zip([alone, together, floor]) {
            *best = best.min(one(all));
        }
        println!(
            "tour {} : {:>4.0} lettres/s, un fichier chacune ({} pages, {} octets) ; {:>4.0}/s en un seul fichier ; écriture seule {:>6.0}/s",
            round + 1,
            1.0 / one(alone),
            pages,
            files.iter().map(|(bytes, _)| bytes.len()).sum::<usize>() / per_round,
            1.0 / one(together),
            1.0 / one(floor),
        );
    }
    println!(
        "au mieux : {:.0} lettres/s, un fichier chacune ; {:.0} lettres/s en un seul fichier ; {:.0} fois le temps d'écrire les fichiers",
        1.0 / best[0],
        1.0 / best[1],
        best[0] / best[2]
    );
}
