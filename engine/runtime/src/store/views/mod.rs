//! What lists, search and dashboards read, kept beside the files: columns of `dossiers` and `instances`, the tables `a_faire`, `mots`,
//! `encaissements` and `cumuls`. [`relance_core::view`] says what stands in them, as of a file's last step; they are written in the
//! transaction that writes the file, and only when they change: a digest beside each tells. A digest of 0 has them made anew at the next
//! step of the file.
//!
//! `cumuls` has sums of open invoices by due day, one row for each axis and value. What a batch changes is taken out of them as it
//! stands in the base, then put in as it stands afterwards: so they are the sums of the columns, whatever was written before. On a server
//! several runners write at once, each into a part of its own; a sum is that of all parts.

mod write;

pub(super) use write::{Each, FORGOTTEN, NOTHING_LEFT, Statement, is_another_day, statements};

use relance_core::day::Instant;
use relance_core::dossier::Dossier;
use relance_core::event::{Entry, Event};
use relance_core::program::Program;
use relance_core::view::{CustomerView, InvoiceView, client_words, number_key, reversed, work};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The digests of what a base keeps of a file; 0 where nothing is kept yet.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Shown {
    pub(super) invoices: BTreeMap<String, i64>,
    pub(super) customer: i64,
    pub(super) work: i64,
    pub(super) words: i64,
}

/// What is to be written of a file, since it differs from what is kept.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Views {
    client: String,
    /// Number, digest, whether the base has it already, and its columns.
    pub(super) invoices: Vec<(String, i64, bool, Value)>,
    /// The client's columns, with the digests of them, of the work and of the words, when one of them differs.
    head: Option<([i64; 3], Value)>,
    /// Whether something is kept already, and what is to be kept.
    work: Option<(bool, Vec<Value>)>,
    words: Option<(bool, Vec<Value>)>,
    received: Vec<Value>,
}

/// The digest of what is kept; never 0. Should another version of the compiler's library digest otherwise, everything is written once more.
fn digest(what: &impl Hash) -> i64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish().max(1).cast_signed()
}

/// A text without what one kind of base does not take.
fn plain(text: &str) -> String {
    text.replace('\0', "")
}

impl Views {
    /// What differs in a file after a step. `entries` are those that are about to be committed, each with its position.
    pub fn of<'e>(
        program: &Program,
        dossier: &Dossier,
        now: Instant,
        kept: &Shown,
        entries: impl IntoIterator<Item = (&'e Entry, u64)>,
    ) -> Views {
        let today = relance_core::day::civil_date(now, program.zone);
        let mut views = Views { client: dossier.client.clone(), ..Views::default() };
        for (number, file) in &dossier.invoices {
            let view = InvoiceView::of(program, dossier, number, file, today);
            let (new, old) = (digest(&view), kept.invoices.get(number).copied());
            if old != Some(new) {
                views.invoices.push((number.clone(), new, old.is_some(), invoice(number, &view, file.is_open())));
            }
        }
        let (head, items) = (CustomerView::of(dossier), work(program, dossier, today));
        // Names are folded anew only when something of the client has changed: most steps change nothing.
        let named = serde_json::to_vec(&dossier.customer).unwrap_or_default();
        let now = [digest(&head), digest(&items), digest(&(&dossier.client, named))];
        if now[1] != kept.work {
            views.work = Some((kept.work != 0, items.iter().map(item).collect()));
        }
        if now[2] != kept.words {
            let words = client_words(dossier);
            views.words = Some((kept.words != 0, words.iter().map(|word| json!(plain(word))).collect()));
        }
        if now != [kept.customer, kept.work, kept.words] {
            views.head = Some((now, customer(&head)));
        }
        views.received = entries.into_iter().filter_map(|(entry, at)| received(dossier, entry, at)).collect();
        views
    }

    /// Notes what the base keeps now that it is written.
    pub fn written(self, kept: &mut Shown) {
        kept.invoices.extend(self.invoices.into_iter().map(|(number, digest, ..)| (number, digest)));
        if let Some((now, _)) = self.head {
            [kept.customer, kept.work, kept.words] = now;
        }
    }

    /// Whether an invoice's columns are to be written, and its state with them.
    pub fn has(&self, number: &str) -> bool {
        // By number, as they come from the file.
        self.invoices.binary_search_by(|(known, ..)| known.as_str().cmp(number)).is_ok()
    }
}

/// The columns of an invoice, in the order of [`write`]'s statement.
fn invoice(number: &str, view: &InvoiceView, open: bool) -> Value {
    let key = number_key(number);
    json!([
        open,
        view.issued,
        view.due,
        view.amount,
        view.balance,
        view.currency.code(),
        plain(&view.segment),
        plain(view.owner.as_deref().unwrap_or_default()),
        view.scenario.as_deref().map(plain),
        view.situation.word(),
        view.promised,
        view.broken_promise,
        view.settled,
        plain(&key),
        plain(&reversed(&key)),
    ])
}

fn customer(view: &CustomerView) -> Value {
    // The first currency sorts; euros are first.
    let first = view.balances.iter().min_by_key(|(currency, _)| (currency.code() != "EUR", currency.code().to_owned()));
    let first = first.map(|(currency, cents)| (*currency, *cents));
    let others: BTreeMap<&str, i64> = view
        .balances
        .iter()
        .filter(|(currency, _)| first.is_none_or(|(main, _)| main != **currency))
        .map(|(currency, cents)| (currency.code(), *cents))
        .collect();
    json!([
        plain(&view.name),
        plain(&relance_core::view::folded(&view.name)),
        plain(&view.segment),
        plain(view.owner.as_deref().unwrap_or_default()),
        view.country.as_deref().map(plain),
        first.map(|(currency, _)| currency.code().to_owned()),
        first.map_or(0, |(_, cents)| cents),
        json!(others).to_string(),
        view.open,
        view.oldest,
        view.stopped,
        view.insolvent,
    ])
}

fn item(item: &relance_core::view::WorkItem) -> Value {
    json!([
        plain(&item.key),
        item.kind.word(),
        item.own.as_deref().map(plain),
        json!(item.invoices).to_string(),
        item.since,
        item.until,
        item.role.as_deref().map(plain),
        plain(&item.what),
        item.amount,
        item.currency.map(|currency| currency.code().to_owned()),
        item.rests,
        item.rank.key(),
    ])
}

/// A payment, or one that was reversed.
fn received(dossier: &Dossier, entry: &Entry, position: u64) -> Option<Value> {
    let (cents, on) = match &entry.event {
        Event::Paid { amount, on, .. } => (*amount, *on),
        Event::Reversed { amount, on, .. } => (amount.saturating_neg(), *on),
        _ => return None,
    };
    let number = entry.invoice.as_deref()?;
    let currency = dossier.invoices.get(number)?.invoice.currency();
    Some(json!([position, on, number, cents, currency.code()]))
}
