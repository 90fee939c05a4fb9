//! What waits for a person.

use super::{Cursor, Given, Listing, Order, Page, Statement, currency, day, page};
use crate::store::{StoreError, micros};
use chrono::NaiveDate;
use relance_core::day::Instant;
use relance_core::money::Amount;
use relance_core::view::WorkKind;
use std::collections::BTreeMap;

/// Something that waits; see [`relance_core::view::WorkItem`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkRow {
    /// The client.
    pub client: String,
    /// Its name.
    pub name: String,
    /// Names it among those of its client; the effect's key of what a rule asks for.
    pub key: String,
    /// The key of a task that no rule asks for.
    pub own: Option<String>,
    /// The invoices that it is about, the one that decided it first; none: the client.
    pub invoices: Vec<String>,
    /// Since when.
    pub since: Option<NaiveDate>,
    /// The last day on which it can be done.
    pub until: Option<NaiveDate>,
    /// For whom.
    pub role: Option<String>,
    /// What to do, in French.
    pub what: String,
    /// What is left to pay of its invoices.
    pub amount: Option<Amount>,
    rank: String,
}

type Raw = (
    String,
    Option<String>,
    String,
    Option<String>,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    String,
    i64,
    Option<String>,
    String,
);

const ORDER: Order = Order { columns: &["rang", "client", "cle"], number: false, down: false, few: false };

fn row(raw: Raw) -> WorkRow {
    let (client, name, key, own, invoices, since, until, role, what, cents, code, rank) = raw;
    WorkRow {
        name: name.unwrap_or_else(|| client.clone()),
        client,
        key,
        own,
        invoices: serde_json::from_str(&invoices).unwrap_or_default(),
        since: since.as_deref().map(day),
        until: until.as_deref().map(day),
        role,
        what,
        amount: code.map(|code| Amount::new(cents, currency(&code))),
        rank,
    }
}

/// What waits and is not at rest.
pub(super) fn statement(entity: &str, hint: &str, kind: WorkKind, from: Option<&Cursor>, limit: usize) -> Statement {
    let mut statement = Statement::new(entity);
    let after = ORDER.after(&mut statement, from);
    statement.text = format!(
        "SELECT client, (SELECT d.nom FROM dossiers d WHERE d.entite = $1 AND d.client = a.client), cle, propre, factures, depuis, \
         jusqu_au, role, quoi, montant, devise, rang FROM a_faire a{hint} WHERE entite = $1 AND genre = '{}' AND NOT repose{after}{}",
        kind.word(),
        ORDER.by(from, limit)
    );
    statement
}

pub(super) fn counts(entity: &str, hint: &str) -> Statement {
    let mut statement = Statement::new(entity);
    statement.text =
        format!("SELECT genre, COUNT(*) FROM a_faire{hint} WHERE entite = $1 AND NOT repose GROUP BY genre");
    statement
}

pub(super) fn mails(entity: &str, hint: &str, from: Instant) -> Statement {
    let mut statement = Statement::new(entity);
    let from = statement.give(Given::Number(micros(from)));
    statement.text = format!(
        "SELECT COUNT(*) FROM envois{hint} WHERE entite = $1 AND decide_le >= {from} AND canal = 'email' \
         AND statut IN ('partie', 'remise', 'echouee', 'doute', 'reclamee')"
    );
    statement
}

impl Listing {
    /// What of a kind waits for a person, what weighs most first; not what rests. What is out of time by now is for the caller to leave.
    pub async fn work(&self, kind: WorkKind, from: Option<&Cursor>, limit: usize) -> Result<Page<WorkRow>, StoreError> {
        let rows: Vec<Raw> = self.fetch(statement(&self.entity, &self.by("a_faire_rang"), kind, from, limit)).await?;
        let place = |row: &WorkRow| vec![row.rank.clone(), row.client.clone(), row.key.clone()];
        Ok(page(rows.into_iter().map(row).collect(), from, limit, place))
    }

    /// How many e-mails were decided since a moment and given to a carrier.
    pub async fn mails_since(&self, from: Instant) -> Result<usize, StoreError> {
        let rows: Vec<(i64,)> = self.fetch(mails(&self.entity, &self.by("envois_decides"), from)).await?;
        Ok(rows.first().and_then(|(n,)| usize::try_from(*n).ok()).unwrap_or(0))
    }

    /// How much of each kind waits, but for what rests.
    pub async fn work_counts(&self) -> Result<BTreeMap<WorkKind, i64>, StoreError> {
        let rows: Vec<(String, i64)> = self.fetch(counts(&self.entity, &self.by("a_faire_rang"))).await?;
        Ok(rows.into_iter().filter_map(|(word, n)| Some((WorkKind::read(&word)?, n))).collect())
    }
}
