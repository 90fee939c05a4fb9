//! Balances that come with the invoices.

use crate::{learn, report};
use relance_engine::import::{Known, Options};

const HEAD: &str = "numero;client;date_emission;date_echeance;montant_ttc;solde\n";

fn options() -> Options {
    Options { open_items: true, ..Options::default() }
}

fn step(known: &mut Known, rows: &str) -> String {
    let text = format!("{HEAD}{rows}");
    let told = report(&learn(known, &[("factures.csv", &text)], &options()));
    assert_eq!(learn(known, &[("factures.csv", &text)], &options()).incoming, [], "importing again is harmless");
    told
}

#[test]
fn balances_become_payments() {
    let mut known = Known::default();
    let mut told = String::new();
    let steps = [
        "F1;C1;02/01/2026;01/02/2026;100,00;100,00\nF2;C1;02/01/2026;01/02/2026;100,00;60,00\nAV1;C1;03/01/2026;;-50,00;-50,00\n",
        // F1 partly paid and its amount corrected; F2 gone; half of the credit note used.
        "F1;C1;02/01/2026;01/02/2026;90,00;40,00\nAV1;C1;03/01/2026;;-50,00;-25,00\n",
        // F1's payment came back, and F2 is there again, paid; the credit note is used up.
        "F1;C1;02/01/2026;01/02/2026;90,00;90,00\nF2;C1;02/01/2026;01/02/2026;100,00;0,00\n",
    ];
    for (n, rows) in steps.into_iter().enumerate() {
        told += &format!("— export {}\n{}", n + 1, step(&mut known, rows));
    }
    insta::assert_snapshot!(told);
    assert_eq!((known.invoices["F1"].balance, known.invoices["F2"].balance), (9_000, 0));
    assert_eq!(known.credits["AV1"].amount.cents, 0);
}

#[test]
fn nothing_is_absent_when_the_file_is_refused() {
    let mut known = Known::default();
    step(&mut known, "F1;C1;02/01/2026;01/02/2026;100,00;100,00\nF2;C1;02/01/2026;01/02/2026;100,00;100,00\n");
    let bad = format!("{HEAD}F1;C1;02/01/2026;01/02/2026;100,00;\n");
    for tolerant in [false, true] {
        let options = Options { tolerant, ..options() };
        let result = crate::import_with(&known, &[("factures.csv", &bad)], &options);
        assert_eq!(result.problems.len(), 1);
        assert_eq!(result.incoming, []);
    }
}

#[test]
fn one_source_of_balances() {
    let payments = "date;client;facture;montant\n05/02/2026;C1;F1;20,00\n";
    let invoices = "numero;client;date_emission;date_echeance;montant_ttc\nF1;C1;02/01/2026;01/02/2026;100,00\n";
    let files = [("factures.csv", invoices), ("reglements.csv", payments)];
    insta::assert_snapshot!(report(&crate::import_with(&Known::default(), &files, &options())));
}
