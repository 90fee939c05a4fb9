//! The payment codes, scanned from the page as it is printed.

use crate::outside::{has, output};
use crate::print::{letter, library, message, set};
use relance_core::epc::NoCode;
use relance_core::money::Amount;
use relance_engine::template::MessageContext;
use relance_letters::Letter;
use std::fs;

/// What a scanner reads on the first page.
fn scanned(letter: &Letter) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("lettre.pdf"), set(letter).bytes).unwrap();
    output("pdftoppm", &["-r", "150", "-png", "-singlefile", &path("lettre.pdf"), &path("page")]);
    let read = output("zbarimg", &["--quiet", "--raw", &path("page.png")]);
    read.strip_suffix('\n').unwrap_or(&read).to_owned()
}

fn scanners() -> bool {
    has("zbarimg", "zbar-tools") && has("pdftoppm", "poppler-utils")
}

#[test]
fn a_banking_app_reads_amount_account_and_reference() {
    if !scanners() {
        return;
    }
    let library = library();
    let message = message(1);
    let notice = letter(&library, "mise_en_demeure", &message);
    // 1 050,50 € less a quarter in dispute, with penalties and fee: what the letter asks for.
    assert_eq!(notice.asked, message.invoice.payable().unwrap());
    let amount = format!("EUR{}.{:02}", notice.asked.cents / 100, notice.asked.cents % 100);
    let expected = format!(
        "BCD\n002\n1\nSCT\nAGRIFRPP882\nAteliers Morel\nFR7630006000011234567890189\n{amount}\n\nRF54F20260118"
    );
    assert_eq!(scanned(&notice.letter), expected);
    // A reminder that does not state penalties asks for the principal.
    let reminder = letter(&library, "ferme", &message);
    assert_eq!(reminder.asked, message.invoice.collectable);
    assert!(scanned(&reminder.letter).contains(&format!(
        "\nEUR{}.{:02}\n",
        reminder.asked.cents / 100,
        reminder.asked.cents % 100
    )));
}

#[test]
fn several_invoices_are_named_in_words() {
    if !scanners() {
        return;
    }
    let notice = letter(&library(), "mise_en_demeure", &message(3));
    let read = scanned(&notice.letter);
    assert!(read.ends_with("\n\n\nC0042 F-2026-0118 F-2026-0119 F-2026-0120"), "{read}");
}

#[test]
fn the_largest_code_is_read_too() {
    if !scanners() {
        return;
    }
    let mut long: MessageContext = message(3);
    long.creditor.name = "É".repeat(90);
    for (i, invoice) in long.invoices.iter_mut().enumerate() {
        invoice.number = format!("Œ-{i}-{}", "é".repeat(60));
    }
    let read = scanned(&letter(&library(), "mise_en_demeure", &long).letter);
    assert!(read.len() <= 331 && read.len() > 300, "{}", read.len());
    assert_eq!(read.lines().nth(5).unwrap().chars().count(), 70);
}

#[test]
fn without_an_account_nothing_false_is_said() {
    let library = library();
    let without = |change: fn(&mut MessageContext)| {
        let mut message = message(1);
        change(&mut message);
        let composed = letter(&library, "ferme", &message);
        let code = serde_json::to_value(&composed.letter).unwrap().to_string().contains("<svg");
        assert!(!code);
        assert!(!set(&composed.letter).bytes.is_empty());
        composed.no_code
    };
    assert_eq!(without(|message| message.creditor.iban = None), Some(NoCode::NoIban));
    assert_eq!(
        without(|message| message.creditor.iban = Some("FR7630006000011234567890188".to_owned())),
        Some(NoCode::WrongIban)
    );
    assert_eq!(
        without(|message| message.invoices.iter_mut().for_each(|invoice| invoice.collectable = Amount::eur(0))),
        Some(NoCode::Nothing)
    );
}
