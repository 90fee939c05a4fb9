//! Importing again: nothing when nothing changed, and what changed as events.

use crate::{learn, lines, report};
use relance_engine::import::{Known, Options};

const INVOICES: &str = "\
numero;client;date_emission;date_echeance;montant_ttc;responsable;libelle
F1;C1;02/01/2026;01/02/2026;100,00;Anne;
F2;C1;02/01/2026;01/02/2026;100,00;Anne;
F3;C2;02/01/2026;01/02/2026;100,00;Anne;
AV1;C2;03/01/2026;;-30,00;;
";
const PAYMENTS: &str = "date;client;facture;montant\n05/02/2026;C1;F1;20,00\n05/02/2026;C1;F1;20,00\n";
const CUSTOMERS: &str = "code;nom;segment;email\nC1;Valier;regulier;a@valier.example\n";

#[test]
fn what_changed_becomes_events() {
    let mut known = Known::default();
    let options = Options::default();
    let files = [("clients.csv", CUSTOMERS), ("factures.csv", INVOICES), ("reglements.csv", PAYMENTS)];
    let first = learn(&mut known, &files, &options);
    assert_eq!((first.counts.invoices_new, first.counts.payments, first.counts.credits), (3, 2, 1));
    let again = learn(&mut known, &files, &options);
    assert_eq!(again.incoming, []);
    assert_eq!(again.counts.already_known, 1 + 3 + 1 + 2);

    let invoices = INVOICES
        .replace("F1;C1;02/01/2026;01/02/2026;100,00;Anne", "F1;C1;02/01/2026;15/02/2026;80,00;Anne")
        .replace("F2;C1;02/01/2026;01/02/2026;100,00;Anne", "F2;C1;02/01/2026;01/02/2026;110,00;Marc")
        .replace("-30,00", "-40,00");
    let payments = format!("{PAYMENTS}05/02/2026;C1;F1;20,00\n");
    let customers = CUSTOMERS.replace("regulier", "mauvais_payeur");
    let files = [("clients.csv", customers.as_str()), ("factures.csv", &invoices), ("reglements.csv", &payments)];
    let changed = learn(&mut known, &files, &options);
    insta::assert_snapshot!(report(&changed));
    assert_eq!(learn(&mut known, &files, &options).incoming, []);

    // And back, and forth again, all on one day: each change is one of its own.
    let back = learn(&mut known, &[("factures.csv", INVOICES)], &options);
    let forth = learn(&mut known, &[("factures.csv", &invoices)], &options);
    assert_eq!(back.counts.invoices_changed, changed.counts.invoices_changed);
    assert_eq!(forth.counts.invoices_changed, changed.counts.invoices_changed);
    assert_eq!(known.invoices["F1"].invoice.amount.cents, 8_000);
    assert_eq!(known.invoices["F2"].balance, 11_000);
}

#[test]
fn overlapping_exports_count_once() {
    let mut known = Known::default();
    let options = Options::default();
    let february = "date;client;facture;montant\n05/02/2026;C1;;20,00\n05/02/2026;C1;;20,00\n";
    let march = "date;client;facture;montant\n05/02/2026;C1;;20,00\n05/02/2026;C1;;20,00\n05/02/2026;C1;;20,00\n";
    let both = learn(&mut known, &[("reglements 2.csv", february), ("reglements 3.csv", march)], &options);
    assert_eq!(both.counts.payments, 3);
    assert_eq!(learn(&mut known, &[("reglements 3.csv", march)], &options).incoming, []);
}

#[test]
fn an_identifier_makes_identical_rows_differ() {
    let text =
        "date;client;montant;identifiant\n05/02/2026;C1;20,00;P1\n05/02/2026;C1;20,00;P2\n05/02/2026;C1;20,00;\n";
    let mut known = Known::default();
    insta::assert_snapshot!(lines(&learn(&mut known, &[("reglements.csv", text)], &Options::default()).incoming));
}

#[test]
fn a_name_that_comes_later_completes_a_client_made_of_its_code() {
    let mut known = Known::default();
    let options = Options::default();
    let plain = "numero;client;date_emission;date_echeance;montant_ttc\nF1;C1;02/01/2026;01/02/2026;100,00\n";
    learn(&mut known, &[("factures.csv", plain)], &options);
    assert_eq!(known.customers["C1"].name, "C1");
    let named =
        "numero;client;nom;date_emission;date_echeance;montant_ttc\nF1;C1;Valier;02/01/2026;01/02/2026;100,00\n";
    assert_eq!(learn(&mut known, &[("factures.csv", named)], &options).counts.customers_changed, 1);
    assert_eq!(known.customers["C1"].name, "Valier");
    // A clients' file knows better than an invoice.
    learn(&mut known, &[("clients.csv", CUSTOMERS)], &options);
    assert_eq!(learn(&mut known, &[("factures.csv", &named.replace("Valier", "VALIER SA"))], &options).incoming, []);
}

/// Something that came in about C1 cannot be read any more: C2 goes on, and the payments are not complete.
#[test]
fn a_client_whose_past_cannot_be_read_is_left_aside() {
    let files = [("clients.csv", CUSTOMERS), ("factures.csv", INVOICES), ("reglements.csv", PAYMENTS)];
    let mut known = Known::default();
    let whole = learn(&mut known.clone(), &files, &Options::default());
    assert!(whole.payments);
    known.aside.insert("C1".to_owned(), "illisible".to_owned());
    let found = learn(&mut known, &files, &Options::default());
    assert_eq!((found.counts.customers_new, found.counts.invoices_new, found.counts.payments), (1, 1, 0));
    assert!(found.incoming.iter().all(|incoming| incoming.client == "C2") && found.problems.is_empty());
    assert!(!found.payments, "what was left out may be a payment");
    // Nothing is left out of an import that says nothing of it.
    known.aside = [("C9".to_owned(), "illisible".to_owned())].into();
    assert!(learn(&mut known, &files, &Options::default()).payments);
}
