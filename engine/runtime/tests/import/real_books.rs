//! The real books that stand beside the checkout; skipped, and said so, where they are missing.

use crate::day;
use relance_engine::import::{Known, Options, load, read, reconcile};
use std::path::Path;

#[test]
fn the_ar_ibm_books_import_without_any_configuration() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/ar-ibm");
    if !folder.is_dir() {
        eprintln!("SKIPPED: no real books at {}", folder.display());
        return;
    }
    let mut files = Vec::new();
    for name in ["factures_fr.csv", "reglements_fr.csv"] {
        files.extend(load(&folder.join(name)).unwrap());
    }
    let batch = read(&files, &Options::default());
    let today = day(2014, 2, 1);
    let first = reconcile(&Known::default(), &batch, today, chrono_tz::Europe::Paris);
    assert_eq!(first.problems, []);
    let counts = first.counts;
    assert_eq!((counts.invoices_new, counts.customers_new, counts.payments), (1_181, 47, 1_181));
    assert_eq!(first.incoming.len(), 1_181 + 47 + 1_181);
    assert!(first.infos.iter().any(|i| i.text.contains("Litige")), "{:?}", first.infos);
    let mut known = Known::default();
    for incoming in &first.incoming {
        known.learn(incoming);
    }
    assert!(known.invoices.values().all(|k| k.balance == 0), "every invoice is paid in full");
    assert_eq!(reconcile(&known, &batch, today, chrono_tz::Europe::Paris).incoming, []);
}
