//! What goes wrong with the base, and how often: drawn once for each seed, so that some seeds are quiet and others stormy.

use crate::chance::Chance;
use crate::desk::Desk;
use relance_engine::store::StoreError;
use sqlx::error::{DatabaseError, ErrorKind};
use std::borrow::Cow;
use std::error::Error;
use std::fmt::{Display, Formatter};
use std::sync::Mutex;
use std::time::Duration;

/// How often things go wrong, in a thousand calls each.
#[derive(Clone, Debug, Default)]
pub struct Climate {
    /// The call never arrives.
    pub before: u32,
    /// It is done, the answer gets lost.
    pub after: u32,
    /// It takes long.
    pub slow: u32,
    /// How long at most, in seconds.
    pub longest: i64,
    /// It is refused for good.
    pub refused: u32,
    /// The base is out of reach for a while.
    pub outage: u32,
    /// The answer to a claim of messages takes longer than a claim may last.
    pub late_claims: u32,
    /// Only calls that the runner holds on to go wrong.
    pub insisted_only: bool,
}

/// What happens to a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    None,
    /// Nothing is done, and an error comes back.
    Before(Trouble),
    /// It is done, and an error comes back.
    After(Trouble),
    /// It takes so many seconds before it is done, and so many before the answer comes.
    Slow(i64, i64),
}

/// The kinds of errors that a base gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    Reset,
    Silence,
    Crashed,
    Garbled,
    Busy,
    Full,
    Malformed,
}

const PASSING: [Trouble; 4] = [Trouble::Reset, Trouble::Silence, Trouble::Crashed, Trouble::Garbled];
/// What a base says that has done nothing.
const REFUSALS: [Trouble; 6] =
    [Trouble::Reset, Trouble::Silence, Trouble::Crashed, Trouble::Garbled, Trouble::Busy, Trouble::Full];

/// The weather of one seed.
#[derive(Debug)]
pub struct Weather {
    pub climate: Climate,
    /// Until when the base is out of reach.
    outage: Mutex<Duration>,
}

impl Weather {
    pub fn new(climate: Climate) -> Weather {
        Weather { climate, outage: Mutex::new(Duration::ZERO) }
    }

    /// What happens to a call; `insisted`: the runner holds on to it, `claims`: it claims messages.
    pub fn strike(&self, desk: &Desk, insisted: bool, claims: bool) -> Fault {
        let (now, climate) = (desk.time(), &self.climate);
        let mut outage = self.outage.lock().unwrap();
        desk.chance(|chance| {
            if climate.insisted_only && !insisted {
                return if chance.one_in_a_thousand(climate.slow) {
                    slow(chance, climate.longest)
                } else {
                    Fault::None
                };
            }
            if *outage > now {
                return Fault::Before(chance.of(&PASSING));
            }
            if chance.one_in_a_thousand(climate.outage) {
                *outage = now + Duration::from_secs(chance.next() % 150);
                return Fault::Before(chance.of(&PASSING));
            }
            if claims && chance.one_in_a_thousand(climate.late_claims) {
                return Fault::Slow(0, chance.within(20, 200));
            }
            if chance.one_in_a_thousand(climate.refused) {
                return Fault::Before(Trouble::Malformed);
            }
            if chance.one_in_a_thousand(climate.before) {
                return Fault::Before(chance.of(&REFUSALS));
            }
            if chance.one_in_a_thousand(climate.after) {
                return Fault::After(chance.of(&PASSING));
            }
            if chance.one_in_a_thousand(climate.slow) {
                return slow(chance, climate.longest);
            }
            Fault::None
        })
    }
}

/// Most slow calls take seconds; few as long as it gets.
fn slow(chance: &mut Chance, longest: i64) -> Fault {
    let mut length =
        || if chance.one_in_a_thousand(700) { chance.within(0, longest.min(5)) } else { chance.within(0, longest) };
    Fault::Slow(length(), length())
}

impl Trouble {
    pub fn error(self) -> StoreError {
        StoreError::Sql(match self {
            Trouble::Reset => sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into()),
            Trouble::Silence => sqlx::Error::PoolTimedOut,
            Trouble::Crashed => sqlx::Error::WorkerCrashed,
            Trouble::Garbled => sqlx::Error::Protocol("essai".to_owned()),
            Trouble::Busy => sqlx::Error::Database(Box::new(Said("5"))),
            Trouble::Full => sqlx::Error::Database(Box::new(Said("13"))),
            Trouble::Malformed => sqlx::Error::Database(Box::new(Said("11"))),
        })
    }
}

/// A refusal with the code that SQLite gives it.
#[derive(Debug)]
struct Said(&'static str);

impl Display for Said {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        write!(out, "essai, code {}", self.0)
    }
}

impl Error for Said {}

impl DatabaseError for Said {
    fn message(&self) -> &str {
        "essai"
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.0))
    }

    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}
