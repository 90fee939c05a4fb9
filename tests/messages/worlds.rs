//! Worlds in which every template of the library is written: much known or little, one invoice or many, each regime.

use relance_core::day::add_days;
use relance_core::machine::Channel;
use relance_core::money::Amount;
use relance_engine::template::{CatalogEntry, Library, MessageContext, SampleKind, sample};
use std::path::{Path, PathBuf};

/// The folder of the pack.
pub fn pack() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")
}

/// The library, without a finding.
pub fn library() -> Library {
    let (library, problems) = Library::load(&pack());
    assert!(problems.is_empty(), "{problems:?}");
    library
}

/// Every template with every language in which it is written.
pub fn written(library: &Library) -> Vec<(Channel, String, Option<String>)> {
    let each = |entry: CatalogEntry| {
        let languages = std::iter::once(None).chain(entry.variants.into_iter().map(Some)).collect::<Vec<_>>();
        languages.into_iter().map(move |lang| (entry.channel, entry.name.clone(), lang))
    };
    library.catalog().into_iter().flat_map(each).collect()
}

/// A world and its name.
pub fn worlds() -> Vec<(String, MessageContext)> {
    let mut worlds = Vec::new();
    for regime in ["b2b", "b2c", "public"] {
        for days_late in [40, 1, 0, -5] {
            for invoices in [1, 3] {
                for complete in [true, false] {
                    let kind = SampleKind { invoices, complete, regime, days_late };
                    worlds.push((format!("{kind:?}"), sample(kind)));
                }
            }
        }
        let kind = SampleKind { invoices: 3, complete: true, regime, days_late: 40 };
        let many = SampleKind { invoices: 40, ..kind };
        worlds.push((format!("{regime}, quarante factures"), sample(many)));
        let mut free = sample(kind);
        for invoice in free.invoices.iter_mut().chain([&mut free.invoice]) {
            invoice.balance_due = Amount::eur(0);
            invoice.collectable = Amount::eur(0);
        }
        worlds.push((format!("{regime}, plus rien à payer"), free));
        let mut blank = sample(kind);
        blank.recipient.name = Some("   ".to_owned());
        blank.creditor.iban = Some(String::new());
        blank.creditor.phone = Some("\t".to_owned());
        blank.owner =
            blank.owner.map(|owner| relance_engine::template::OwnerView { phone: None, email: None, ..owner });
        worlds.push((format!("{regime}, des cases vides"), blank));
        let mut large = sample(kind);
        for invoice in large.invoices.iter_mut().chain([&mut large.invoice]) {
            (invoice.amount, invoice.balance_due) = (Amount::eur(98_765_432_100), Amount::eur(98_765_432_100));
            invoice.issued = add_days(invoice.due, -700);
        }
        worlds.push((format!("{regime}, de grandes sommes"), large));
    }
    worlds
}
