//! Everything that may be wrong with a file, as people read it.

use crate::{import, import_with, learn, report, tolerant};
use relance_engine::import::{Kind, Known, Options};
use std::collections::BTreeMap;

fn problems(files: &[(&str, &str)]) -> String {
    let result = import(files);
    assert!(!result.problems.is_empty(), "{:?}", result.incoming);
    report(&result)
}

const HEAD: &str = "numero;client;date_emission;date_echeance;montant_ttc\n";

#[test]
fn bad_values() {
    let rows = "\
F1;C1;02/01/2026;31/02/2026;10,00
F2;C1;02/01/2026;03/25/2026;10,00
F3;C1;02/01/2026;demain;10,00
F4;C1;02/01/2026;02/02/2026;1,234
F5;C1;02/01/2026;02/02/2026;10,005
F6;C1;02/01/2026;02/02/2026;dix
F7;C1;02/01/2026;02/02/2026;
;C1;02/01/2026;02/02/2026;10,00
F8;;02/01/2026 14:30;02/02/2026;10,00 TTC
F9;C1;02/01/2026;02/02/2026;1;234,00
";
    insta::assert_snapshot!(problems(&[("factures.csv", &format!("{HEAD}{rows}"))]));
}

#[test]
fn bad_clients() {
    let text = "\
code;nom;email;pays;regime;delai_habituel
C1;A;pas une adresse;FR;b2b;3
C2;B;a@example.fr, b@example.fr;FR;b2b;3
C3;C;;Syldavie;association;trois
C4;;;;;
C5;E;;;;
C5;F;;;;
";
    insta::assert_snapshot!(problems(&[("clients.csv", text)]));
}

#[test]
fn bad_payments_and_events() {
    let payments = "\
date;client;facture;montant;identifiant
01/02/2026;;F404;10,00;
01/02/2026;C2;F1;10,00;
01/02/2026;;;10,00;
01/02/2026;C1;F1;0,00;
01/02/2026;C1;F1;10,00 CHF;
01/02/2026;C1;F1;10,00;P1
01/02/2026;C1;F1;12,00;P1
";
    let events = "\
date;type;facture;client;montant;date_prevue;detail
01/02/2026;litigee;F1;;;;
01/02/2026;surprise;F1;;;;
01/02/2026;saut;F1;;;;
01/02/2026;externe;F1;;;;
01/02/2026;échéancier;F1;;;28/02/2026;
01/02/2026;échéancier;F1;;5,00;;
01/02/2026;validation;;C1;;;
01/02/2026;promesse;F1;;;;
01/02/2026;avoir;F1;;;;
01/02/2026;litige;;C1;;;
01/02/2026;promesse;F1;;-5,00;28/02/2026;
01/02/2026;appel;F1;;;;peut-être
";
    let invoices = format!("{HEAD}F1;C1;02/01/2026;02/02/2026;10,00\n");
    let files = [("factures.csv", invoices.as_str()), ("reglements.csv", payments), ("evenements.csv", events)];
    insta::assert_snapshot!(problems(&files));
    // Cross-file ones are looked for in what can be read.
    insta::assert_snapshot!("tolerant", report(&import_with(&Known::default(), &files, &tolerant())));
}

#[test]
fn columns_missing_twice_and_unknown() {
    let misspelled = "numero;client;date_emision;date_echeance;montant\nF1;C1;02/01/2026;02/02/2026;10,00\n";
    let twice = "Numéro;Client;Date facture;Échéance;Total TTC;Montant TTC\nF1;C1;02/01/2026;02/02/2026;10,00;10,00\n";
    let nothing = "a;b\n1;2\n";
    let either = "Numéro;Client;Date facture;Échéance;Montant;Net à payer\nF1;C1;02/01/2026;02/02/2026;10,00;10,00\n";
    let files = [
        ("factures 1.csv", misspelled),
        ("factures 2.csv", twice),
        ("factures 3.csv", either),
        ("truc.csv", nothing),
        ("reglements.csv", "date;montant\n01/01/2026;5\n"),
        ("clients.csv", ""),
    ];
    insta::assert_snapshot!(problems(&files));
}

#[test]
fn columns_named_by_the_user() {
    let named = |field: &str, heading: &str| (field.to_owned(), heading.to_owned());
    let options = |columns: &[(String, String)]| Options {
        columns: BTreeMap::from([(Kind::Invoices, columns.iter().cloned().collect())]),
        ..Options::default()
    };
    let text = "Pièce compta;Qui;Le;Avant le;Combien\nF1;C1;02/01/2026;02/02/2026;10,00\n";
    let all = [
        named("numero", "pièce  compta"),
        named("client", "Qui"),
        named("date_emission", "Le"),
        named("date_echeance", "Avant le"),
        named("montant_ttc", "Combien"),
    ];
    let result = import_with(&Known::default(), &[("factures.csv", text)], &options(&all));
    assert_eq!(result.problems, []);
    assert_eq!(result.counts.invoices_new, 1);
    let wrong = [named("numro", "Pièce compta"), named("client", "Quoi")];
    insta::assert_snapshot!(report(&import_with(&Known::default(), &[("factures.csv", text)], &options(&wrong))));
}

#[test]
fn the_same_number_twice() {
    let rows = "\
F1;C1;02/01/2026;02/02/2026;10,00
F1;C1;02/01/2026;02/03/2026;10,00
F2;C1;02/01/2026;02/02/2026;10,00
F2;C1;02/01/2026;02/02/2026;10,00
F3;C1;02/01/2026;02/02/2026;10,00
";
    let text = format!("{HEAD}{rows}");
    insta::assert_snapshot!(problems(&[("factures.csv", &text)]));
    let result = import_with(&Known::default(), &[("factures.csv", &text)], &tolerant());
    assert_eq!(result.counts.invoices_new, 2, "F1 has two instalments, F3 is plain, F2 is told twice");
}

#[test]
fn two_files_that_disagree() {
    let a = format!("{HEAD}F1;C1;02/01/2026;02/02/2026;10,00\nF2;C1;02/01/2026;02/02/2026;10,00\n");
    let b = format!("{HEAD}F1;C1;02/01/2026;02/02/2026;10,00\nF2;C1;02/01/2026;02/02/2026;12,00\n");
    let result = import(&[("factures a.csv", &a), ("factures b.csv", &b)]);
    insta::assert_snapshot!(report(&result));
    let agreed = import(&[("factures a.csv", &a), ("factures c.csv", &a)]);
    assert_eq!((agreed.problems.len(), agreed.counts.invoices_new), (0, 2));
}

#[test]
fn strict_takes_nothing_of_a_file_with_a_problem_and_tolerant_its_good_rows() {
    let invoices = format!("{HEAD}F1;C1;02/01/2026;02/02/2026;10,00\nF2;C1;02/01/2026;32/02/2026;10,00\n");
    let payments = "date;client;facture;montant\n01/03/2026;;F1;10,00\n01/03/2026;;F2;10,00\n";
    let files = [("factures.csv", invoices.as_str()), ("reglements.csv", payments)];
    let strict = import(&files);
    assert_eq!(strict.incoming, []);
    assert_eq!(strict.refused, ["factures.csv", "reglements.csv"]);
    insta::assert_snapshot!(report(&strict));
    let tolerant = import_with(&Known::default(), &files, &tolerant());
    assert_eq!((tolerant.counts.invoices_new, tolerant.counts.payments), (1, 1));
}

#[test]
fn what_cannot_change() {
    let mut known = Known::default();
    let text = format!("{HEAD}F1;C1;02/01/2026;02/02/2026;10,00\nF2;C1;02/01/2026;02/02/2026;10,00\n");
    learn(&mut known, &[("factures.csv", &text)], &Options::default());
    let changed = format!("{HEAD}F1;C2;02/01/2026;02/02/2026;10,00\nF2;C1;02/01/2026;02/02/2026;10,00 CHF\n");
    insta::assert_snapshot!(report(&import_with(&known, &[("factures.csv", &changed)], &Options::default())));
}

#[test]
fn files_that_are_none() {
    let cases: [(&str, &[u8]); 6] = [
        ("factures.csv", b""),
        ("factures.csv", b"%PDF-1.7 ..."),
        ("factures.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("factures.xlsx", b"PK\x03\x04 and nothing else"),
        ("factures.csv", b"numero;client\0\0\0"),
        ("factures.csv", b"numero;client\nF1;\"C1\nF2;C2\n"),
    ];
    let mut told = String::new();
    for (name, bytes) in cases {
        let batch = relance_engine::import::read(&[(name, bytes)], &Options::default());
        for problem in &batch.problems {
            told += &format!("{problem}\n");
        }
    }
    insta::assert_snapshot!(told);
}

#[test]
fn many_problems_are_cut_short() {
    let text = [HEAD.to_owned(), (0..500).map(|i| format!("F{i};C1;x;02/02/2026;1\n")).collect()].concat();
    let result = import(&[("factures.csv", &text)]);
    assert_eq!(result.problems.len(), 201);
    assert!(result.problems.iter().any(|p| p.reason.contains("300 autres")));
}
