//! Who asks: a person by a session, or a program by a key; and what they may do for which creditor.

use super::four_eyes::Actor;
use super::role::{Permission, Role, Scopes};
use super::token::Token;
use super::{Trouble, key};
use chrono::TimeDelta;
use relance_core::day::Instant;
use relance_engine::store::accounts::{AccountRow, Accounts, KeyRow, SessionRow, Stage};
use std::collections::BTreeMap;

/// A session that was not used for that long has ended: a working day.
pub const IDLE: TimeDelta = TimeDelta::hours(10);
/// And any has, after that long.
pub const LONGEST: TimeDelta = TimeDelta::days(7);
/// How often it is written down that a session or a key was used.
pub(super) const NOTED: TimeDelta = TimeDelta::seconds(60);

/// A person who is logged in.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account.
    pub account: AccountRow,
    /// The session.
    pub session: SessionRow,
    /// The session's token, for the mark of forms.
    pub token: Token,
    /// What they are for which creditor.
    pub roles: BTreeMap<String, Role>,
}

/// A program that acts by a key.
#[derive(Clone, Debug)]
pub struct Program {
    /// The key.
    pub key: KeyRow,
    /// What it may do, for the creditor of the key.
    pub scopes: Scopes,
}

/// Who asks.
#[derive(Clone, Debug)]
pub enum Visitor {
    /// A person.
    Person(Box<Person>),
    /// A program.
    Program(Box<Program>),
}

impl Visitor {
    /// Whether they may do something for a creditor. Who has no role for it knows nothing of it.
    pub fn may(&self, entity: &str, permission: Permission) -> bool {
        match self {
            Visitor::Person(person) => person.role(entity).is_some_and(|role| role.may(permission)),
            Visitor::Program(program) => program.key.entity == entity && program.scopes.may(permission),
        }
    }

    /// The creditors of whom they may see something.
    pub fn entities(&self) -> Vec<&str> {
        match self {
            Visitor::Person(person) => person.roles.keys().map(String::as_str).collect(),
            Visitor::Program(program) => vec![&program.key.entity],
        }
    }

    /// Who answers for what they do.
    pub fn actor(&self) -> Actor<'_> {
        match self {
            Visitor::Person(person) => Actor::Person(&person.account.id),
            Visitor::Program(program) => Actor::Program { made_by: &program.key.created_by },
        }
    }

    /// How the journal and the audit call them.
    pub fn name(&self) -> String {
        match self {
            Visitor::Person(person) => person.account.name.clone(),
            Visitor::Program(program) => format!("clé {}", program.key.name),
        }
    }

    /// Whose idempotency keys are theirs.
    pub fn bearer(&self) -> &str {
        match self {
            Visitor::Person(person) => &person.account.id,
            Visitor::Program(program) => &program.key.id,
        }
    }
}

impl Person {
    /// What they are for a creditor.
    pub fn role(&self, entity: &str) -> Option<Role> {
        self.roles.get(entity).copied()
    }
}

/// What an account is for which creditor. A word that this version does not know is no role.
pub async fn roles(accounts: &Accounts, account: &str) -> Result<BTreeMap<String, Role>, Trouble> {
    let rows = accounts.roles_of(account).await?;
    Ok(rows.into_iter().filter_map(|(entity, word)| Some((entity, Role::of(&word)?))).collect())
}

/// The person of a session's token; none when it has ended, awaits its second factor, or the account is disabled. Roles are read anew each
/// time: one that is taken away is gone with the next page.
pub async fn person(accounts: &Accounts, token: &Token, now: Instant) -> Result<Option<Person>, Trouble> {
    let Some(session) = accounts.session(&token.digest(), now, now - IDLE).await? else { return Ok(None) };
    if session.stage == Stage::Password {
        return Ok(None);
    }
    let account = accounts.account(&session.account).await?.filter(|account| account.disabled.is_none());
    let Some(account) = account else { return Ok(None) };
    if now - session.seen >= NOTED {
        accounts.touch(&token.digest(), now).await?;
    }
    let roles = roles(accounts, &account.id).await?;
    Ok(Some(Person { account, session, token: token.clone(), roles }))
}

/// The program of a key; none when it opens nothing.
pub async fn program(accounts: &Accounts, key: &str, now: Instant) -> Result<Option<Program>, Trouble> {
    let Some(digest) = key::digest(key) else { return Ok(None) };
    let Some(row) = accounts.key(&digest, now).await? else { return Ok(None) };
    if row.seen.is_none_or(|seen| now - seen >= NOTED) {
        accounts.touch_key(&row.entity, &row.id, now).await?;
    }
    Ok(Some(Program { scopes: Scopes::kept(&row.scopes), key: row }))
}
