//! How often a link may ask for something: what people do in earnest is far below.

use super::closed::Closed;
use super::guest::Guest;
use crate::auth::token::sha256;
use chrono::TimeDelta;
use relance_engine::store::accounts::{Limit, Turn};

/// What is counted apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// Something is said.
    Act,
    /// A document is made.
    Paper,
}

impl Asked {
    fn counted(self) -> (&'static [u8], Limit) {
        let longest = TimeDelta::minutes(15);
        match self {
            Asked::Act => (b"espace acte\0", Limit { free: 40, longest }),
            Asked::Paper => (b"espace document\0", Limit { free: 80, longest }),
        }
    }
}

impl Guest {
    /// Counts one; refused when there were too many.
    pub async fn one_more(&self, asked: Asked) -> Result<(), Closed> {
        let (word, limit) = asked.counted();
        let key = sha256(&[word, self.link.entity.as_bytes(), b"\0", self.link.id.as_bytes()]);
        match self.site.gate.accounts.begin_try(&[(key, limit)], (self.site.now)()).await? {
            Turn::Go => Ok(()),
            Turn::Wait(_) => Err(Closed::Busy),
        }
    }
}
