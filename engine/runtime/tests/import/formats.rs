//! Every encoding, separator and line end gives the same rows.

use relance_engine::import::{Batch, Options, read};

const ROWS: [[&str; 6]; 3] = [
    ["N° facture", "Code client", "Raison sociale", "Date d'émission", "Date d’échéance", "Montant TTC"],
    ["F1", "C1", "Société « Été »\nService compta", "02/01/2026", "01/02/2026", "1\u{a0}234,50 €"],
    ["F2", "C2", "Dit \"le Bel\" ; Œuvre, suite", "02/01/2026", "01/02/2026", "12,00"],
];

fn text(separator: &str, end: &str, quote_all: bool) -> String {
    let cell = |text: &str| {
        let text = text.replace('\n', end);
        if quote_all || text.contains(['"', ';', ',', '\t', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    };
    ROWS.iter().map(|row| row.map(cell).join(separator) + end).collect()
}

fn rows(bytes: Vec<u8>) -> Batch {
    let mut batch = read(&[("factures.csv", bytes)], &Options::default());
    batch.infos.clear();
    batch
}

#[test]
fn all_give_the_same_rows() {
    let plain = rows(text(";", "\n", false).into_bytes());
    assert_eq!(plain.problems, []);
    assert_eq!(plain.invoices.len(), 2);
    assert_eq!(plain.invoices[1].source.line, 4, "after a cell of two lines");
    assert_eq!(plain.invoices[0].client_name.as_deref(), Some("Société « Été »\nService compta"));
    for separator in [";", ",", "\t"] {
        for end in ["\n", "\r\n", "\r"] {
            for quote_all in [false, true] {
                let text = text(separator, end, quote_all);
                let utf16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
                    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(bytes).collect()
                };
                let encoded = [
                    text.clone().into_bytes(),
                    [b"\xef\xbb\xbf", text.as_bytes()].concat(),
                    encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
                    utf16(u16::to_le_bytes),
                    utf16(u16::to_be_bytes),
                ];
                for (which, bytes) in encoded.into_iter().enumerate() {
                    assert_eq!(rows(bytes), plain, "separator {separator:?}, end {end:?}, encoding {which}");
                }
            }
        }
    }
}

#[test]
fn loading_from_disk() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["factures.csv", "clients.CSV", "notes.md", "~$factures.xlsx"] {
        std::fs::write(folder.path().join(name), "x").unwrap();
    }
    let files = relance_engine::import::load(folder.path()).unwrap();
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["clients.CSV", "factures.csv"]);
    let problem = relance_engine::import::load(&folder.path().join("rien.csv")).unwrap_err();
    assert!(problem.reason.contains("n'existe pas"));
}
