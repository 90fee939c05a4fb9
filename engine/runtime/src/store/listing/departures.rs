//! What left: messages that carriers took and letters that were listed, by the journal.

use super::{Cursor, Given, Listing, Order, Page, Pool, Statement, page};
use crate::store::document::{KeptRow, kept};
use crate::store::{DocumentKind, Kept, StoreError, instant, micros, read};
use relance_core::day::Instant;
use relance_core::event::{Entry, Event};
use std::collections::{BTreeMap, BTreeSet};

/// Something that left.
#[derive(Clone, PartialEq, Debug)]
pub struct DepartureRow {
    /// The client.
    pub client: String,
    /// The line of the journal, of the invoice that led it.
    pub entry: Entry,
    /// How many other invoices left within it.
    pub others: usize,
    /// What is kept of it, as it left.
    pub kept: Option<Kept>,
    pub(super) at: i64,
    pub(super) position: i64,
}

impl DepartureRow {
    /// The effect's key.
    pub fn key(&self) -> &str {
        if let Event::Sent { key, .. } = &self.entry.event { key } else { "" }
    }
}

const ORDER: Order = Order { columns: &["le", "client", "position"], number: true, down: true, few: false };

/// What the index of departures is over, in the words of either base: `find` looks for a text in another one.
fn is_departure(find: &str) -> String {
    [
        format!("{find}(entree, '\"event\":{{\"quoi\":\"sent\",') > 0"),
        format!("{find}(entree, '\"channel\":\"appel\"') = 0"),
        format!("{find}(entree, '\"within\":\"') = 0"),
    ]
    .join(" AND ")
}

/// Places for rows of values.
fn values(rows: impl Iterator<Item = Vec<String>>) -> String {
    let rows: Vec<String> = rows.map(|row| format!("({})", row.join(", "))).collect();
    rows.join(", ")
}

pub(super) fn rows(
    entity: &str,
    (find, hint): (&str, &str),
    (first, last): (Instant, Instant),
    from: Option<&Cursor>,
    limit: usize,
) -> Statement {
    let mut statement = Statement::new(entity);
    let span = [first, last].map(|at| statement.give(Given::Number(micros(at))));
    // Positions are numbers, which a cursor has first and last.
    let after = match from.and_then(Cursor::parts::<3>) {
        Some([at, client, position]) => {
            let number = |text: String| Given::Number(text.parse().unwrap_or(0));
            let at = statement.give(number(at));
            let places = [at, statement.text(&client), statement.give(number(position))].join(", ");
            let sign = if from.is_some_and(|from| from.before) { ">" } else { "<" };
            format!(" AND (le, client, position) {sign} ({places})")
        }
        None => String::new(),
    };
    statement.text = format!(
        "SELECT client, le, position, entree FROM journal{hint} WHERE entite = $1 AND {} AND le >= {} AND le <= {}{after}{}",
        is_departure(find),
        span[0],
        span[1],
        ORDER.by(from, limit)
    );
    statement
}

pub(super) fn count(entity: &str, (find, hint): (&str, &str), (first, last): (Instant, Instant)) -> Statement {
    let mut statement = Statement::new(entity);
    let span = [first, last].map(|at| statement.give(Given::Number(micros(at))));
    statement.text = format!(
        "SELECT COUNT(*) FROM journal{hint} WHERE entite = $1 AND {} AND le >= {} AND le <= {}",
        is_departure(find),
        span[0],
        span[1]
    );
    statement
}

/// The nearest moment of a departure before or after another.
pub(super) fn nearest(entity: &str, (find, hint): (&str, &str), at: Instant, later: bool) -> Statement {
    let mut statement = Statement::new(entity);
    let at = statement.give(Given::Number(micros(at)));
    let (sign, way) = if later { (">", "ASC") } else { ("<", "DESC") };
    statement.text = format!(
        "SELECT le FROM journal{hint} WHERE entite = $1 AND {} AND le {sign} {at} ORDER BY le {way} LIMIT 1",
        is_departure(find),
    );
    statement
}

/// The lines of invoices that left within one of these: of the same client at the same moment, later in its journal.
pub(super) fn grouped(entity: &str, find: &str, rows: &[DepartureRow]) -> Statement {
    let mut statement = Statement::new(entity);
    let mut place = |row: &DepartureRow| {
        vec![
            statement.text(&row.client),
            statement.give(Given::Number(row.at)),
            statement.give(Given::Number(row.position)),
        ]
    };
    let rows = values(rows.iter().map(&mut place));
    statement.text = format!(
        "WITH parties(client, le, position) AS (VALUES {rows}) SELECT j.client, j.entree FROM parties p CROSS JOIN journal j \
         WHERE j.entite = $1 AND j.client = p.client AND j.position > p.position AND j.le + 0 = p.le \
         AND {find}(j.entree, '\"within\":\"') > 0"
    );
    statement
}

pub(super) fn documents(entity: &str, rows: &[DepartureRow]) -> Statement {
    let mut statement = Statement::new(entity);
    let mut place = |row: &DepartureRow| vec![statement.text(&row.client), statement.text(row.key())];
    let rows = values(rows.iter().map(&mut place));
    statement.text = format!(
        "WITH parties(client, cle) AS (VALUES {rows}) \
         SELECT d.client, d.cle, d.genre, d.nom, d.type_media, d.le, d.taille, d.empreinte FROM parties p CROSS JOIN documents d \
         WHERE d.entite = $1 AND d.client = p.client AND d.cle = p.cle AND d.genre IN ('{}', '{}') ORDER BY d.le, d.genre, d.nom",
        DocumentKind::Message.word(),
        DocumentKind::Letter.word()
    );
    statement
}

type Document = (String, String, String, String, String, i64, i64, Vec<u8>);

impl Listing {
    /// How a text is looked for in another one, and the index of departures for SQLite.
    fn departing(&self) -> (&'static str, String) {
        let find = if matches!(self.base, Pool::Sqlite(_)) { "instr" } else { "strpos" };
        (find, self.by("journal_partis"))
    }

    /// How much left between two moments: messages and letters, each once however many invoices it is about.
    pub async fn departures_count(&self, span: (Instant, Instant)) -> Result<usize, StoreError> {
        let (find, hint) = self.departing();
        let rows: Vec<(i64,)> = self.fetch(count(&self.entity, (find, &hint), span)).await?;
        Ok(rows.first().and_then(|(n,)| usize::try_from(*n).ok()).unwrap_or(0))
    }

    /// When something left last before a moment, or first after it.
    pub async fn departure_beside(&self, at: Instant, later: bool) -> Result<Option<Instant>, StoreError> {
        let (find, hint) = self.departing();
        let rows: Vec<(i64,)> = self.fetch(nearest(&self.entity, (find, &hint), at, later)).await?;
        Ok(rows.first().map(|(le,)| instant(*le)))
    }

    /// What left between two moments, the last first.
    pub async fn departures(
        &self,
        span: (Instant, Instant),
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<DepartureRow>, StoreError> {
        let (find, hint) = self.departing();
        let found: Vec<(String, i64, i64, String)> =
            self.fetch(rows(&self.entity, (find, &hint), span, from, limit)).await?;
        let row = |(client, at, position, text): (String, i64, i64, String)| {
            let entry = read("journal", &text)?;
            Ok(DepartureRow { client, entry, others: 0, kept: None, at, position })
        };
        let found = found.into_iter().map(row).collect::<Result<Vec<_>, StoreError>>()?;
        let place = |row: &DepartureRow| vec![row.at.to_string(), row.client.clone(), row.position.to_string()];
        let mut page = page(found, from, limit, place);
        if page.rows.is_empty() {
            return Ok(page);
        }
        let texts: Vec<(String, String)> = self.fetch(grouped(&self.entity, find, &page.rows)).await?;
        // A line stands after each of the client's messages of that moment, and counts once.
        let texts: BTreeSet<(String, String)> = texts.into_iter().collect();
        let mut others: BTreeMap<(String, String), usize> = BTreeMap::new();
        for (client, text) in texts {
            if let Event::Sent { within: Some(whole), .. } = read::<Entry>("journal", &text)?.event {
                *others.entry((client, whole)).or_default() += 1;
            }
        }
        let mut copies: BTreeMap<(String, String), Kept> = BTreeMap::new();
        let found: Vec<Document> = self.fetch(documents(&self.entity, &page.rows)).await?;
        for (client, key, kind, name, media_type, at, size, digest) in found {
            let row: KeptRow = (key, kind, name, media_type, at, size, digest);
            let one = kept(row)?;
            copies.entry((client, one.key.clone())).or_insert(one);
        }
        for row in &mut page.rows {
            let place = (row.client.clone(), row.key().to_owned());
            row.others = others.get(&place).copied().unwrap_or_default();
            row.kept = copies.remove(&place);
        }
        Ok(page)
    }
}
