//! Checking the journal of a client as a base has it: every entry against its seal, every link, and the end.

use super::chain::{Hash, START, StoredHead, digest, link};
use super::micros;
use relance_core::event::Entry;
use std::collections::BTreeMap;

/// A row of the journal as a base has it, whether that is right or not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LedgerRow {
    /// Its position.
    pub position: i64,
    /// The moment, in microseconds.
    pub at: i64,
    /// The invoice.
    pub invoice: Option<String>,
    /// The text; none once erased.
    pub text: Option<String>,
    /// What an erased entry was about.
    pub erased: Option<String>,
    /// The digest of the text.
    pub digest: Vec<u8>,
    /// The link.
    pub chain: Vec<u8>,
}

/// The journal of one client as a base has it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ledger {
    /// The client.
    pub client: String,
    /// What its file says of the chain; none when there is no file.
    pub head: Option<StoredHead>,
    /// The rows, by position.
    pub rows: Vec<LedgerRow>,
}

/// What a base keeps of one client beside the journal, as text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct States {
    /// The client's file without its invoices; none before its first step.
    pub dossier: Option<String>,
    /// The invoices by number: whether anything can still happen to it, and its file.
    pub invoices: BTreeMap<String, (bool, String)>,
}

/// What is wrong with a journal. Positions are from 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Finding {
    /// The text, moment or invoice of an entry is not what was sealed, or its digest is not.
    Altered(i64),
    /// Entries are missing, from one to the other.
    Missing(i64, i64),
    /// An entry that belongs elsewhere: where it stands, and where it belongs.
    Misplaced(i64, i64),
    /// An entry stands a second time: where, and where first.
    Doubled(i64, i64),
    /// An entry is whole but the one before does not lead to it: one of the two was replaced with its seal.
    Unlinked(i64),
    /// The last entries are missing, from one to the other.
    CutOff(i64, i64),
    /// Entries after the end that the file knows, from one to the other.
    Added(i64, i64),
    /// The last entry is not the one at which the file saw the chain end.
    OtherEnd(i64),
    /// The client's file is missing, or has lost the salt: nothing can be checked.
    NoSeal,
}

impl Ledger {
    /// How many entries are erased.
    pub fn erased(&self) -> usize {
        self.rows.iter().filter(|row| row.text.is_none()).count()
    }

    /// Walks the chain and tells everything that is wrong, in the order of the journal.
    pub fn verify(&self) -> Vec<Finding> {
        let stored = self.head.clone().unwrap_or_default();
        let readable = self.rows.iter().any(|row| row.text.is_some());
        if !self.rows.is_empty() && (self.head.is_none() || (readable && stored.salt.is_none())) {
            return vec![Finding::NoSeal];
        }
        let salt = stored.salt.unwrap_or_default();
        let places: BTreeMap<i64, &LedgerRow> = self.rows.iter().map(|row| (row.position, row)).collect();
        let mut found = Vec::new();
        // The link of the entry before, unless that entry is not to be trusted.
        let mut last: Option<Hash> = Some(START);
        let mut expected = 1;
        for row in self.rows.iter().filter(|row| row.position <= stored.length) {
            if row.position > expected {
                found.push(Finding::Missing(expected, row.position - 1));
                last = None;
            }
            expected = row.position + 1;
            let wrong = content(row, &salt, &places).or_else(|| {
                let last = last.as_ref()?;
                let chain = link(last, position(row), row.at, &row.digest);
                (chain.as_slice() != row.chain).then_some(Finding::Unlinked(row.position))
            });
            last = if wrong.is_some() { None } else { row.chain.as_slice().try_into().ok() };
            found.extend(wrong);
        }
        if expected <= stored.length {
            found.push(Finding::CutOff(expected, stored.length));
        } else if last.is_some_and(|last| stored.length > 0 && stored.head.as_deref() != Some(last.as_slice())) {
            found.push(Finding::OtherEnd(stored.length));
        }
        if let Some(end) = self.rows.last().map(|row| row.position).filter(|end| *end > stored.length) {
            found.push(Finding::Added(stored.length + 1, end));
        }
        found
    }
}

/// What is wrong with an entry taken by itself.
fn content(row: &LedgerRow, salt: &[u8], places: &BTreeMap<i64, &LedgerRow>) -> Option<Finding> {
    let here = row.position;
    let Some(text) = &row.text else {
        return (row.invoice.is_some() || row.erased.is_none()).then_some(Finding::Altered(here));
    };
    if digest(salt, position(row), text).as_slice() == row.digest {
        // The columns repeat what the text says: they are searched by.
        let entry: Option<Entry> = serde_json::from_str(text).ok();
        let same = entry.is_some_and(|entry| micros(entry.at) == row.at && entry.invoice == row.invoice);
        return (!same || row.erased.is_some()).then_some(Finding::Altered(here));
    }
    for (place, there) in places.iter().filter(|(place, _)| **place != here) {
        let sealed = digest(salt, position(there), text);
        if there.digest == sealed && there.text.as_ref() == Some(text) {
            return Some(Finding::Doubled(here, *place));
        }
        if there.digest == sealed || row.digest == sealed {
            return Some(Finding::Misplaced(here, *place));
        }
    }
    Some(Finding::Altered(here))
}

fn position(row: &LedgerRow) -> u64 {
    u64::try_from(row.position).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Chain;
    use relance_core::event::Event;

    fn note(text: &str) -> Entry {
        let at = "2026-03-10T10:00:00Z".parse().unwrap();
        Entry {
            at,
            invoice: None,
            about: None,
            said: None,
            event: Event::Note { key: "k".to_owned(), text: text.to_owned() },
        }
    }

    fn stored(chain: &Chain) -> StoredHead {
        StoredHead { salt: Some(chain.salt().to_vec()), head: Some(chain.head().to_vec()), length: chain.length() }
    }

    fn ledger(texts: &[&str]) -> (Ledger, Vec<Chain>) {
        let mut chain = Chain::resume(StoredHead::default()).unwrap();
        let (mut rows, mut stages) = (Vec::new(), vec![chain.clone()]);
        for text in texts {
            rows.push(row(&mut chain, text));
            stages.push(chain.clone());
        }
        (Ledger { client: "C1".to_owned(), head: Some(stored(&chain)), rows }, stages)
    }

    fn row(chain: &mut Chain, text: &str) -> LedgerRow {
        let entry = note(text);
        let link = chain.append(&entry).unwrap();
        LedgerRow {
            position: i64::try_from(link.position).unwrap(),
            at: micros(entry.at),
            invoice: None,
            text: Some(link.text),
            erased: None,
            digest: link.digest.to_vec(),
            chain: link.chain.to_vec(),
        }
    }

    /// Somebody who has the salt seals what he wrote: the entries after it give him away, or the end does.
    #[test]
    fn an_entry_replaced_with_its_seal_is_found() {
        let (whole, stages) = ledger(&["un", "deux", "trois", "quatre"]);
        assert_eq!(whole.verify(), []);
        let forged = row(&mut stages[1].clone(), "DEUX");
        let mut changed = whole.clone();
        changed.rows[1] = forged.clone();
        assert_eq!(changed.verify(), [Finding::Unlinked(3)]);
        changed.rows[1].chain = whole.rows[1].chain.clone();
        assert_eq!(changed.verify(), [Finding::Unlinked(2)]);
        let mut end = whole.clone();
        end.rows[3] = row(&mut stages[3].clone(), "QUATRE");
        assert_eq!(end.verify(), [Finding::OtherEnd(4)]);
    }

    /// The chain holds without the texts, and without the salt.
    #[test]
    fn an_erased_journal_is_still_a_chain() {
        let (mut erased, mut stages) = ledger(&["un", "deux", "trois"]);
        for row in &mut erased.rows {
            (row.text, row.erased) = (None, Some("note".to_owned()));
        }
        erased.head.as_mut().unwrap().salt = None;
        assert_eq!((erased.verify(), erased.erased()), (vec![], 3));
        let mut later = erased.clone();
        let chain = stages.last_mut().unwrap();
        later.rows.push(row(chain, "après"));
        later.head = Some(stored(chain));
        assert_eq!((later.verify(), later.erased()), (vec![], 3), "entries come after an erasure");
        let mut cut = erased.clone();
        cut.rows.remove(1);
        assert_eq!(cut.verify(), [Finding::Missing(2, 2)]);
        erased.rows[1].at += 1;
        assert_eq!(erased.verify(), [Finding::Unlinked(2)], "the moment stays sealed");
    }
}
