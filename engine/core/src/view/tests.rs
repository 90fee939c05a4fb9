//! Words and ranks, as bases sort them.

use super::{Rank, client_words, folded, number_key, reversed};
use crate::dossier::Dossier;
use crate::incoming::Customer;
use crate::money::Currency;

#[test]
fn words_are_without_case_accents_and_punctuation() {
    assert_eq!(folded("Électricité Œuvre ÇA e\u{301}té Straße"), "electricite oeuvre ca ete strasse");
    assert_eq!((number_key("FA-2026/00123"), reversed("fa12")), ("fa202600123".to_owned(), "21af".to_owned()));
    let customer = Customer {
        name: "Établissements Durand & Fils".into(),
        email: Some("Compta@Durand.example".into()),
        phone: Some("+33 6 39 98 00 01".into()),
        ..Customer::default()
    };
    let dossier = Dossier { customer, ..Dossier::new("CLI-7") };
    let words: Vec<String> = client_words(&dossier).into_iter().collect();
    let expected = [
        "0639980001",
        "33639980001",
        "7",
        "cli",
        "cli7",
        "compta",
        "compta@durand.example",
        "durand",
        "etablissements",
        "example",
        "fils",
    ];
    assert_eq!(words, expected);
}

/// A base compares the key byte by byte.
#[test]
fn the_key_of_a_rank_sorts_as_the_rank_does() {
    let usd = Currency::parse("USD");
    let mut ranks = Vec::new();
    for currency in [Some(Currency::EUR), usd, None] {
        for weight in [0, 1, 99, 100, i64::MAX, -5] {
            for oldest in [-3, 0, 7, 1_000] {
                ranks.push(Rank::of(currency, weight, oldest));
            }
        }
    }
    let mut by_key = ranks.clone();
    ranks.sort();
    by_key.sort_by_key(Rank::key);
    assert_eq!(ranks, by_key);
    assert_eq!(ranks[0], Rank::of(Some(Currency::EUR), i64::MAX, 1_000));
}
