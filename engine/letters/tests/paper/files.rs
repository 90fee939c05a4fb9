//! The files: clean, for keeping, and the same bytes every time.

use crate::outside::{has, output, words};
use crate::print::{letter, library, message, names, set};
use relance_engine::template::{SampleKind, sample};
use relance_letters::{Letter, Print, pdf};
use std::fs;

/// Every template for every kind of debtor, alone and grouped, with everything known and as little as possible.
#[test]
fn every_letter_of_the_library_is_set() {
    let library = library();
    let mut letters: Vec<Letter> = Vec::new();
    for name in names(&library) {
        for regime in ["b2b", "b2c", "public"] {
            for (invoices, complete) in [(1, true), (1, false), (3, true)] {
                let message = sample(SampleKind { invoices, complete, regime, days_late: 18 });
                letters.push(letter(&library, &name, &message).letter);
            }
        }
    }
    let sheets = pdf(&Print { title: "Tous", letters: &letters, two_sided: false }).unwrap();
    assert_eq!(sheets.pages.len(), letters.len());
    assert!(sheets.pages.iter().all(|pages| (1..=3).contains(pages)), "{:?}", sheets.pages);
    if !has("qpdf", "qpdf") || !has("pdftotext", "poppler-utils") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tous.pdf");
    fs::write(&path, &sheets.bytes).unwrap();
    output("qpdf", &["--check", path.to_str().unwrap()]);
    assert_eq!(
        output("qpdf", &["--show-npages", path.to_str().unwrap()]).trim(),
        sheets.pages.iter().sum::<usize>().to_string()
    );
    let said = words(&path);
    for wrong in ["{{", "}}", "none", "undefined", "styled(", "\u{fffd}", "\u{25a1}"] {
        assert!(!said.contains(wrong), "{wrong}");
    }
    let info = output("pdfinfo", &[path.to_str().unwrap()]);
    assert!(info.contains("Title:           Tous") && info.contains("Tagged:          yes"), "{info}");
    // Every font is in the file.
    let fonts = output("pdffonts", &[path.to_str().unwrap()]);
    let embedded: Vec<&str> = fonts.lines().skip(2).filter_map(|line| line.split_whitespace().rev().nth(4)).collect();
    assert!(embedded.len() >= 2 && embedded.iter().all(|word| *word == "yes"), "{fonts}");
}

#[test]
fn the_formal_notice_says_what_it_has_to() {
    if !has("pdftotext", "poppler-utils") {
        return;
    }
    let notice = letter(&library(), "mise_en_demeure", &message(1));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mise_en_demeure.pdf");
    fs::write(&path, set(&notice.letter).bytes).unwrap();
    let plain = |text: String| text.replace(['\u{a0}', '\u{202f}'], " ");
    insta::assert_snapshot!(plain(words(&path)).replace('\u{c}', "── page ──\n"));
}

#[test]
fn the_same_letter_gives_the_same_bytes_and_its_own_day() {
    let notice = letter(&library(), "mise_en_demeure", &message(3)).letter;
    let first = set(&notice).bytes;
    assert_eq!(first, set(&notice).bytes);
    let text = String::from_utf8_lossy(&first);
    assert!(text.contains("20260319000000"), "la date du fichier est celle de la lettre");
    assert!(text.contains("pdfaid:part"), "PDF/A");
}

#[test]
fn letters_are_counted_and_begin_where_a_sheet_begins() {
    let library = library();
    let one = letter(&library, "ferme", &message(1)).letter;
    let two = letter(&library, "mise_en_demeure", &message(1)).letter;
    let letters = [one.clone(), two, one];
    let sheets = pdf(&Print { title: "Courriers", letters: &letters, two_sided: true }).unwrap();
    assert_eq!(sheets.pages, [1, 2, 1]);
    if !has("qpdf", "qpdf") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("courriers.pdf");
    fs::write(&path, &sheets.bytes).unwrap();
    // One page and its blank back, two pages, one page.
    assert_eq!(output("qpdf", &["--show-npages", path.to_str().unwrap()]).trim(), "5");
    let said = words(&path);
    assert_eq!(said.matches("1/1").count(), 2);
    assert!(said.contains("1/2") && said.contains("2/2"), "{said}");
}

#[test]
fn a_letter_is_a_small_file() {
    let bytes = set(&letter(&library(), "mise_en_demeure", &message(1)).letter).bytes.len();
    assert!(bytes < 150_000, "{bytes}");
}
