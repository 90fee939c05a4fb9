//! Who gets in, how far, and who does not: the whole way of a person or a program, on SQLite and on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use argon2::Params;
use chrono::{DateTime, TimeDelta, Utc};
use relance_engine::store::accounts::Accounts;
use relance_server::auth::hashing::Hasher;
use relance_server::auth::invite::{self, Newcomer};
use relance_server::auth::login::{Gate, Step, Visit};
use relance_server::auth::role::Role;
use relance_server::auth::token::Token;
use relance_tests::base::{Base, Kind};
use std::net::IpAddr;

/// Makes each test run on every kind of base.
macro_rules! on_every_base {
    ($($(#[$about:meta])* async fn $name:ident($door:ident: Door) $body:block)+) => {
        $($(#[$about])* async fn $name($door: crate::Door) $body)+
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::Door::new(relance_tests::base::Kind::Sqlite).await.unwrap()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                if let Some(door) = crate::Door::new(relance_tests::base::Kind::Postgres).await {
                    super::$name(door).await;
                }
            })+
        }
    };
}

mod beginning;
mod guessing;
mod programs;
mod second;
mod sessions;

const LOGIN: &str = "anne@exemple.fr";
const PASSWORD: &str = "quatre chevaux bleus";
const HOME: &str = "192.0.2.1";
const CREDITORS: [&str; 2] = ["essai", "autre"];

/// A moment, so many seconds after the beginning.
fn after(seconds: i64) -> DateTime<Utc> {
    "2026-03-10T10:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(seconds)
}

fn visit(from: &str, seconds: i64) -> Visit<'_> {
    Visit { from: from.parse::<IpAddr>().unwrap(), agent: "Firefox", now: after(seconds) }
}

/// A base, and where people come in.
struct Door {
    gate: Gate,
    base: Base,
}

impl Door {
    async fn new(kind: Kind) -> Option<Door> {
        let base = Base::new(kind).await?;
        Some(Door { gate: gate(&base).await, base })
    }

    fn accounts(&self) -> &Accounts {
        &self.gate.accounts
    }

    /// Anne is the administrator; gives her account.
    async fn with_anne(&self) -> String {
        let token = invite::first_link(self.accounts(), after(0)).await.unwrap().unwrap();
        let anne = Newcomer { login: LOGIN, name: "Anne" };
        let entities = CREDITORS.map(str::to_owned);
        invite::found(&self.gate, &token, anne, PASSWORD, &entities, after(0)).await.unwrap().unwrap();
        self.accounts().account_of(LOGIN).await.unwrap().unwrap().id
    }

    /// Bruno has a role for the first creditor; gives his account. His password is the same.
    async fn with_bruno(&self, role: Role) -> String {
        let bruno = Newcomer { login: "bruno@exemple.fr", name: "Bruno" };
        let invited = invite::invite(self.accounts(), bruno, &[("essai", role)], after(0)).await.unwrap();
        let (account, token) = invited.unwrap();
        invite::choose(&self.gate, &token, PASSWORD, after(0)).await.unwrap().unwrap();
        account
    }

    async fn try_password(&self, login: &str, password: &str, visit: Visit<'_>) -> Step {
        self.gate.password(login, password, visit).await.unwrap()
    }

    /// Somebody logs in who has no second factor.
    async fn open(&self, login: &str, visit: Visit<'_>) -> Token {
        let step = self.try_password(login, PASSWORD, visit).await;
        let Step::Open(token) = step else { panic!("{step:?}") };
        token
    }
}

/// Another handle on a base, as another program has one. Hashing is quick here.
async fn gate(base: &Base) -> Gate {
    let accounts = Accounts::open(&base.url, base.folder.path()).await.unwrap();
    Gate { accounts, hasher: Hasher::with(Params::new(8, 1, 1, None).unwrap()) }
}
