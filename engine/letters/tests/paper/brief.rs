//! The litigation file on paper, as long as a file can get.

use crate::outside::{has, output, words};
use crate::print::message;
use chrono::NaiveDate;
use relance_core::dossier::{Movement, MovementKind};
use relance_core::interest::{Amounts, Debt, Regime, Terms, statement};
use relance_core::money::{Amount, Currency};
use relance_engine::legal_rates::rates;
use relance_letters::brief::{Brief, Draft, Piece};
use relance_letters::{Account, brief_pdf};
use std::fs;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// An invoice paid in so many small parts, so that its statement is long.
pub fn account<'a>(number: &'a str, payments: u64, amounts: &'a Amounts) -> Account<'a> {
    let due = day("2024-01-31");
    let paid = |n| Movement {
        on: due.checked_add_days(chrono::Days::new(10 * n + 5)).unwrap(),
        kind: MovementKind::Payment,
        cents: 1_000,
    };
    let debt = Debt {
        issued: day("2024-01-01"),
        cents: 1_000_000,
        currency: Currency::EUR,
        regime: Regime::Business,
        clause: None,
        parts: vec![(due, 1_000_000)],
        movements: (0..payments).map(paid).collect(),
        notice: None,
        judgment: None,
        waived: Default::default(),
    };
    let statement = statement(&debt, amounts, day("2026-03-31"));
    Account { number, debt, statement, terms: &amounts.terms }
}

/// A file of two invoices with so many events, for a debtor of that name.
fn brief(name: &str, events: usize, payments: u64) -> Brief {
    let amounts = Amounts { rates: rates(&[]), terms: Terms::default() };
    let accounts = vec![account("F-2026-0118", payments, &amounts), account("F-2026-0119", 0, &amounts)];
    let event = |n: usize| {
        let said = format!("Le courriel « ferme » est parti, et le {n}e appel n’a rien donné ({name})");
        ["12/03/2026".to_owned(), "F-2026-0118".to_owned(), said]
    };
    let piece = |number: usize| Piece {
        number,
        what: format!("Courriel « ferme » à {name}"),
        details: vec!["à compta@client.example".to_owned(), "accepté par le transporteur".to_owned()],
        file: (number != 2).then(|| format!("messages/{number:02}-2026-03-12-email-ferme.eml")),
    };
    let row = |account: &Account<'_>| {
        let amount = Amount::eur(1_000_000).to_string();
        [account.number.to_owned(), "01/01/2024".to_owned(), "31/01/2024".to_owned(), amount.clone(), amount]
    };
    let message = message(1);
    Brief::new(&Draft {
        creditor: &message.creditor,
        debtor: (name, Some("552 100 554"), Some(&"3 rue du Port\n69001 Lyon".to_owned())),
        day: day("2026-03-31"),
        asked: vec![
            ("Principal".to_owned(), Amount::eur(2_000_000).to_string()),
            ("Total au 31/03/2026".to_owned(), Amount::eur(2_100_000).to_string()),
        ],
        invoices: accounts.iter().map(row).collect(),
        limits: vec![("F-2026-0118".to_owned(), "jusqu’au 01/01/2029".to_owned())],
        pieces: (1..=events.min(60)).map(piece).collect(),
        events: (0..events).map(event).collect(),
        calls: vec![["13/03/2026".to_owned(), "F-2026-0118".to_owned(), "Appel : pas de réponse".to_owned()]],
        remarks: vec!["Le journal de ce client (12 entrées) est entier.".to_owned()],
        accounts,
    })
}

fn written(brief: &Brief) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dossier.pdf");
    fs::write(&path, brief_pdf(brief).unwrap()).unwrap();
    (folder, path)
}

#[test]
fn a_file_says_everything_in_its_order() {
    if !has("qpdf", "qpdf") || !has("pdftotext", "poppler-utils") {
        return;
    }
    let brief = brief("Menuiserie Valier", 4, 2);
    assert_eq!(brief_pdf(&brief).unwrap(), brief_pdf(&brief).unwrap());
    let (_folder, path) = written(&brief);
    output("qpdf", &["--check", path.to_str().unwrap()]);
    let plain = words(&path).replace(['\u{a0}', '\u{202f}'], " ").replace('\u{c}', "── page ──\n");
    insta::assert_snapshot!(plain);
}

#[test]
fn a_long_file_goes_on_from_page_to_page() {
    if !has("qpdf", "qpdf") || !has("pdftotext", "poppler-utils") {
        return;
    }
    let (_folder, path) = written(&brief("Menuiserie Valier", 200, 70));
    output("qpdf", &["--check", path.to_str().unwrap()]);
    let said = words(&path);
    // The first and the last of everything, and the head of the table on each of its pages.
    for wanted in ["le 0e appel", "le 199e appel", "n° 1", "n° 60", "MANQUANTE", "Certifié sincère"] {
        assert!(said.contains(wanted), "{wanted}");
    }
    assert!(said.matches("Facture").count() > 10);
    let pages: u32 = output("qpdf", &["--show-npages", path.to_str().unwrap()]).trim().parse().unwrap();
    assert!((10..60).contains(&pages), "{pages}");
}

#[test]
fn names_of_any_kind_stay_on_the_page_and_do_nothing() {
    if !has("pdftotext", "poppler-utils") || !has("qpdf", "qpdf") {
        return;
    }
    for name in ["#panic(\"non\")", "$x^2$ *gras* @note <a>", "{{ 7*7 }}", "=2+2"] {
        let (_folder, path) = written(&brief(name, 2, 1));
        assert!(words(&path).contains(name), "{name}");
    }
    let (_folder, path) = written(&brief(&"W".repeat(10_000), 3, 1));
    output("qpdf", &["--check", path.to_str().unwrap()]);
    // Every word ends before the page does (595 points).
    let boxes = output("pdftotext", &["-bbox", path.to_str().unwrap(), "-"]);
    let ends = boxes.split("xMax=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse::<f64>().ok());
    let widest = ends.fold(0.0, f64::max);
    assert!(widest > 400.0 && widest < 585.0, "{widest}");
}
