//! What the data holds is printed, whatever it looks like, and does nothing.

use crate::outside::{has, output, words};
use crate::print::{letter, library, message, set};
use std::fs;

/// A letter to a client of that name, as words.
fn said(name: &str) -> String {
    let mut message = message(1);
    message.client.name = name.to_owned();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lettre.pdf");
    fs::write(&path, set(&letter(&library(), "mise_en_demeure", &message).letter).bytes).unwrap();
    output("qpdf", &["--check", path.to_str().unwrap()]);
    words(&path)
}

fn readers() -> bool {
    has("qpdf", "qpdf") && has("pdftotext", "poppler-utils")
}

#[test]
fn names_are_inert() {
    if !readers() {
        return;
    }
    for name in [
        "{{ 7*7 }}",
        "{% raw %}",
        "<script>alert(1)</script>",
        "#panic(\"non\")",
        "#read(\"/etc/passwd\")",
        "$x^2$ *gras* _bas_",
        "@note <fin-0> \\u{41}",
        "= Titre",
        "// rien /* non */",
        "=2+2",
        "A\r\nBcc: x@y.z",
    ] {
        let told = said(name);
        let expected = name.replace("\r\n", " ");
        assert!(told.contains(&expected), "{name}\n{told}");
    }
}

#[test]
fn what_cannot_be_printed_is_seen() {
    if !readers() {
        return;
    }
    // Greek, Cyrillic, Hebrew and Arabic have their letters; Chinese and a face do not.
    let told = said("Café Ωmega Дом 漢字 🥐 SARL");
    assert!(told.contains("Café Ωmega Дом □□ □ SARL"), "{told}");
    // Marks that would turn the reading of what follows are not printed.
    let told = said("abc\u{202e}LRAS\u{202c} \u{200f}def\u{2066}");
    assert!(told.contains("abcLRAS def"), "{told}");
    assert!(said("שלום العربية").contains("1344"), "le reste de la lettre est là");
}

#[test]
fn endless_words_stay_on_the_page() {
    if !has("pdftotext", "poppler-utils") {
        return;
    }
    let mut message = message(1);
    message.client.name = "W".repeat(10_000);
    message.client.address = Some(format!("{}\n38000 Grenoble", "rue ".repeat(500)));
    message.invoice.number = "N".repeat(200);
    message.invoices[0].number = "N".repeat(200);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lettre.pdf");
    fs::write(&path, set(&letter(&library(), "mise_en_demeure", &message).letter).bytes).unwrap();
    // Every word ends before the page does (595 points).
    let boxes = output("pdftotext", &["-bbox", path.to_str().unwrap(), "-"]);
    let ends = boxes.split("xMax=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse::<f64>().ok());
    let widest = ends.fold(0.0, f64::max);
    assert!(widest > 400.0 && widest < 580.0, "{widest}");
    assert!(words(&path).contains("38000 Grenoble"));
}
