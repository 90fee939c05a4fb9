//! Files of accounting software: any bytes are read, or refused with a place.

use chrono::NaiveDate;
use relance_core::machine::Field;
use relance_core::schema::Type;
use relance_engine::import::{Known, Options, read, reconcile};

const NAMES: [&str; 5] = ["factures.csv", "clients.csv", "reglements.csv", "evenements.csv", "export.csv"];

/// The first byte says what the file is called and how it is read; the rest is the file. It is imported twice.
pub fn check(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let name = NAMES.get(usize::from(*choice) % NAMES.len()).copied().unwrap_or_default();
    let options = Options {
        tolerant: choice & 0x20 == 0,
        open_items: choice & 0x40 != 0,
        fields: vec![Field { name: "secteur".to_owned(), ty: Type::Text }, Field { name: "plafond".to_owned(), ty: Type::Amount }],
        ..Options::default()
    };
    let today = NaiveDate::from_ymd_opt(2026, 3, 18).unwrap_or_default();
    let batch = read(&[(name, bytes)], &options);
    for problem in &batch.problems {
        assert!(!problem.to_string().is_empty());
    }
    let mut known = Known::default();
    let first = reconcile(&known, &batch, today, crate::project::ZONE);
    first.incoming.iter().for_each(|incoming| known.learn(incoming));
    let again = reconcile(&known, &batch, today, crate::project::ZONE);
    assert!(again.incoming.is_empty(), "imported again: {:?}", again.incoming);
}
