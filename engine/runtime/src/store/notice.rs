//! What waits to be told to the company's own systems and people.

use super::StoreError;
use async_trait::async_trait;
use relance_core::day::Instant;

/// A notice as it is committed with the line of the journal that it is about.
#[derive(Debug)]
pub struct NoticeRow<'a> {
    /// The client.
    pub client: &'a str,
    /// The line's position in the client's journal.
    pub position: i64,
    /// Whom to tell.
    pub addressee: String,
    /// What, as JSON.
    pub body: String,
    /// The line's moment.
    pub at: Instant,
}

/// A notice in hand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClaimedNotice {
    /// The client.
    pub client: String,
    /// The line's position in the client's journal.
    pub position: i64,
    /// What, as JSON.
    pub body: String,
    /// How often it was tried in vain.
    pub tries: u32,
}

/// What became of a notice in hand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fate {
    /// The addressee has it.
    Taken,
    /// It is tried again.
    Later {
        /// Not before.
        until: Instant,
        /// How often it was tried.
        tries: u32,
        /// Why, in French.
        detail: String,
    },
    /// Nobody tries again before a person says so.
    GivenUp {
        /// How often it was tried.
        tries: u32,
        /// Why, in French.
        detail: String,
    },
    /// It was not tried.
    PutBack,
}

/// How many notices stand where, for one addressee.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct NoticeCount {
    /// Whom.
    #[serde(rename = "destinataire")]
    pub addressee: String,
    /// Not taken yet.
    #[serde(rename = "en_attente")]
    pub waiting: i64,
    /// Not tried again by themselves.
    #[serde(rename = "abandonnees")]
    pub given_up: i64,
    /// Why one of them was not taken, in French.
    #[serde(rename = "refus", skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Notices from the commit that wrote them to whoever has them.
#[async_trait]
pub trait Notices: Send + Sync {
    /// Takes up to `limit` notices that are due at `now` in hand, those tried least often and oldest first, for [`super::LEASE`]: nobody
    /// else gets them meanwhile. Each client's are in the order of the journal.
    async fn claim_notices(
        &self,
        addressee: &str,
        now: Instant,
        limit: usize,
    ) -> Result<Vec<ClaimedNotice>, StoreError>;

    /// Writes down what became of notices in hand, by client and position.
    async fn settle_notices(&self, addressee: &str, fates: &[((String, i64), Fate)]) -> Result<(), StoreError>;

    /// How many stand where, by addressee.
    async fn notice_counts(&self) -> Result<Vec<NoticeCount>, StoreError>;

    /// Has the notices that were given up tried again, and all others that wait for an addressee at once. Returns how many.
    async fn revive_notices(&self, now: Instant) -> Result<u64, StoreError>;
}

/// A row in hand: client, position, body, tries, moment.
pub(super) type RawNotice = (String, i64, String, i64, i64);

/// Rows in hand, in the order in which they are told.
pub(super) fn claimed(mut rows: Vec<RawNotice>) -> Vec<ClaimedNotice> {
    rows.sort_by(|(a, n, _, tries, at), (b, m, _, others, then)| (tries, at, a, n).cmp(&(others, then, b, m)));
    let notice = |(client, position, body, tries, _): RawNotice| ClaimedNotice {
        client,
        position,
        body,
        tries: u32::try_from(tries).unwrap_or(u32::MAX),
    };
    rows.into_iter().map(notice).collect()
}
