//! Which imports bring the payments up to date: one that left a payment out does not.

use crate::{import_with, tolerant};
use relance_engine::import::{Known, Options};

const INVOICES: &str =
    "numero;client;date_emission;date_echeance;montant_ttc;solde\nF1;C1;02/01/2026;01/02/2026;100,00;60,00\n";
const PAYMENTS: &str = "date;client;facture;montant\n05/02/2026;C1;F1;40,00\n";
const BAD: &str = "date;client;facture;montant\n05/02/2026;C1;F1;40,00\n06/02/2026;C1;F1;quarante\n";
const NONE: &str = "date;client;facture;montant\n";

fn up_to_date(files: &[(&str, &str)], options: &Options) -> bool {
    import_with(&Known::default(), files, options).payments
}

#[test]
fn a_file_of_payments_without_a_problem_brings_them_up_to_date() {
    let invoices = ("factures.csv", INVOICES);
    let movements = Options::default();
    assert!(up_to_date(&[invoices, ("reglements.csv", PAYMENTS)], &movements));
    assert!(up_to_date(&[invoices, ("reglements.csv", NONE)], &movements), "nobody paid: that is known, too");
    assert!(!up_to_date(&[invoices], &movements));
    for options in [movements, tolerant()] {
        assert!(!up_to_date(&[invoices, ("reglements.csv", BAD)], &options), "a line is missing");
        let both = [invoices, ("reglements 1.csv", PAYMENTS), ("reglements 2.csv", BAD)];
        assert!(!up_to_date(&both, &options), "one bank is missing");
    }
    let open_items = Options { open_items: true, ..Options::default() };
    assert!(up_to_date(&[invoices], &open_items));
    assert!(!up_to_date(&[("factures.csv", &INVOICES.replace("60,00", "?"))], &open_items));
}

#[test]
fn the_same_file_again_brings_them_up_to_date_again() {
    let mut known = Known::default();
    let files = [("factures.csv", INVOICES), ("reglements.csv", PAYMENTS)];
    crate::learn(&mut known, &files, &Options::default());
    let again = crate::learn(&mut known, &files, &Options::default());
    assert_eq!((again.incoming.len(), again.payments), (0, true));
}
