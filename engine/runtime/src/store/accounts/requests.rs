//! What one person has asked for and another must grant.

use super::{Accounts, either};
use crate::store::{StoreError, instant, micros};
use relance_core::day::Instant;

/// A request to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewRequest<'a> {
    /// Drawn.
    pub id: &'a str,
    /// What is to be done once it is granted, as JSON.
    pub act: &'a str,
    /// About whom.
    pub client: &'a str,
    /// About which invoice, if about one.
    pub invoice: Option<&'a str>,
    /// The account that answers for it.
    pub by: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// A request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestRow {
    /// Its name.
    pub id: String,
    /// What is to be done once it is granted, as JSON.
    pub act: String,
    /// About whom.
    pub client: String,
    /// About which invoice, if about one.
    pub invoice: Option<String>,
    /// The account that answers for it.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Why.
    pub reason: String,
    /// What came of it, if it was decided.
    pub ruling: Option<Ruling>,
}

/// What came of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ruling {
    /// The account that decided.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Whether it was granted.
    pub granted: bool,
    /// What was said about it.
    pub note: String,
}

/// What became of a decision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decided {
    /// It counts: this is the request.
    Done(Box<RequestRow>),
    /// Somebody else has decided before.
    Already(Box<RequestRow>),
    /// Whoever asks does not grant.
    SamePerson,
    /// There is no such request.
    Unknown,
}

const GRANTED: &str = "accordee";
const REFUSED: &str = "refusee";
const WITHDRAWN: &str = "retiree";

type Raw = (
    String,
    String,
    String,
    Option<String>,
    String,
    i64,
    String,
    Option<String>,
    Option<i64>,
    Option<String>,
    Option<String>,
);

fn request((id, act, client, invoice, by, at, reason, decider, decided, decision, note): Raw) -> RequestRow {
    let ruling = decider.zip(decided).map(|(by, at)| Ruling {
        by,
        at: instant(at),
        granted: decision.as_deref() == Some(GRANTED),
        note: note.unwrap_or_default(),
    });
    RequestRow { id, act, client, invoice, by, at: instant(at), reason, ruling }
}

impl Accounts {
    /// Writes a request. Not about a client whose data were erased: says whether it was written.
    pub async fn ask(&self, entity: &str, new: &NewRequest<'_>, at: Instant) -> Result<bool, StoreError> {
        let text = "INSERT INTO demandes(entite, client, id, acte, facture, demandee_par, demandee_le, motif) \
                    SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE NOT EXISTS \
                    (SELECT 1 FROM dossiers WHERE entite = $1 AND client = $2 AND efface_le IS NOT NULL AND sel IS NULL)";
        let written = either!(self.base, pool => {
            let row = sqlx::query(text).bind(entity).bind(new.client).bind(new.id).bind(new.act).bind(new.invoice);
            row.bind(new.by).bind(micros(at)).bind(new.reason).execute(pool).await?.rows_affected()
        });
        Ok(written == 1)
    }

    /// The requests of a creditor that nobody has decided, the oldest first.
    pub async fn open_requests(&self, entity: &str, limit: usize) -> Result<Vec<RequestRow>, StoreError> {
        let text = "SELECT id, acte, client, facture, demandee_par, demandee_le, motif, decidee_par, decidee_le, decision, note \
                    FROM demandes WHERE entite = $1 AND decidee_le IS NULL ORDER BY demandee_le, client, id LIMIT $2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = either!(self.base, pool => sqlx::query_as(text).bind(entity).bind(limit).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(request).collect())
    }

    /// The requests of a creditor that were granted since a moment, the oldest first.
    pub async fn granted_since(&self, entity: &str, since: Instant) -> Result<Vec<RequestRow>, StoreError> {
        let text = "SELECT id, acte, client, facture, demandee_par, demandee_le, motif, decidee_par, decidee_le, decision, note \
                    FROM demandes WHERE entite = $1 AND decision = $2 AND decidee_le >= $3 ORDER BY decidee_le, client, id";
        let rows = either!(self.base, pool => {
            sqlx::query_as(text).bind(entity).bind(GRANTED).bind(micros(since)).fetch_all(pool).await
        })?;
        Ok(rows.into_iter().map(request).collect())
    }

    /// How many requests of a creditor nobody has decided.
    pub async fn count_open_requests(&self, entity: &str) -> Result<i64, StoreError> {
        let text = "SELECT COUNT(*) FROM demandes WHERE entite = $1 AND decidee_le IS NULL";
        Ok(either!(self.base, pool => sqlx::query_scalar(text).bind(entity).fetch_one(pool).await)?)
    }

    /// Every request about a client, the newest first.
    pub async fn requests_about(&self, entity: &str, client: &str) -> Result<Vec<RequestRow>, StoreError> {
        let text = "SELECT id, acte, client, facture, demandee_par, demandee_le, motif, decidee_par, decidee_le, decision, note \
                    FROM demandes WHERE entite = $1 AND client = $2 ORDER BY demandee_le DESC, id";
        let rows = either!(self.base, pool => sqlx::query_as(text).bind(entity).bind(client).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(request).collect())
    }

    /// A request.
    pub async fn request(&self, entity: &str, client: &str, id: &str) -> Result<Option<RequestRow>, StoreError> {
        let text = "SELECT id, acte, client, facture, demandee_par, demandee_le, motif, decidee_par, decidee_le, decision, note \
                    FROM demandes WHERE entite = $1 AND client = $2 AND id = $3";
        let row = either!(self.base, pool => {
            sqlx::query_as(text).bind(entity).bind(client).bind(id).fetch_optional(pool).await
        })?;
        Ok(row.map(request))
    }

    /// Decides a request, once, and never by the account that asked.
    pub async fn decide(
        &self,
        entity: &str,
        (client, id): (&str, &str),
        ruling: &Ruling,
    ) -> Result<Decided, StoreError> {
        let text = "UPDATE demandes SET decidee_par = $4, decidee_le = $5, decision = $6, note = $7 \
                    WHERE entite = $1 AND client = $2 AND id = $3 AND decidee_le IS NULL AND demandee_par <> $4";
        let word = if ruling.granted { GRANTED } else { REFUSED };
        let changed = either!(self.base, pool => {
            let row = sqlx::query(text).bind(entity).bind(client).bind(id).bind(&ruling.by);
            let row = row.bind(micros(ruling.at)).bind(word).bind(&ruling.note);
            row.execute(pool).await?.rows_affected()
        });
        Ok(match self.request(entity, client, id).await? {
            None => Decided::Unknown,
            Some(row) if changed == 1 => Decided::Done(Box::new(row)),
            Some(row) if row.ruling.is_some() => Decided::Already(Box::new(row)),
            Some(_) => Decided::SamePerson,
        })
    }

    /// Takes a request back that nobody has decided, by the account that asked. Says whether it did.
    pub async fn withdraw(
        &self,
        entity: &str,
        (client, id): (&str, &str),
        by: &str,
        at: Instant,
    ) -> Result<bool, StoreError> {
        let text = "UPDATE demandes SET decidee_par = $4, decidee_le = $5, decision = $6 \
                    WHERE entite = $1 AND client = $2 AND id = $3 AND decidee_le IS NULL AND demandee_par = $4";
        let changed = either!(self.base, pool => {
            let row = sqlx::query(text).bind(entity).bind(client).bind(id).bind(by);
            row.bind(micros(at)).bind(WITHDRAWN).execute(pool).await?.rows_affected()
        });
        Ok(changed == 1)
    }
}
