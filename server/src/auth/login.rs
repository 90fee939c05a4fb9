//! Logging in: a password, then a code if the account has a second factor, then a session. What is answered to who is not let in never
//! says whether there is such an account, neither in words nor by the time it takes.

use super::hashing::Hasher;
use super::oidc::Claims;
use super::throttle::Counters;
use super::token::{Token, draw_id};
use super::{Trouble, fold_login, password, recovery, totp, visitor};
use chrono::TimeDelta;
use relance_core::day::Instant;
use relance_engine::store::accounts::{AccountRow, Accounts, Digest, Limit, NewSession, Noted, Stage, Turn};
use std::net::IpAddr;

/// How long the second factor is awaited.
const HALF: TimeDelta = TimeDelta::minutes(10);
/// How many characters of the browser's name are kept.
const AGENT: usize = 120;

/// From where somebody comes, and when.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    /// The network address, as the outermost proxy that is trusted tells it.
    pub from: IpAddr,
    /// What the browser says of itself.
    pub agent: &'a str,
    /// Now.
    pub now: Instant,
}

/// How far somebody has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// Logged in: the token of the session.
    Open(Token),
    /// The password was right; [`Gate::second_factor`] wants this token and a code.
    SecondFactor(Token),
    /// Not let in.
    Refused(Refusal),
}

/// Why somebody is not let in, in words for them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// No such account, another password, or an account that is disabled.
    #[error("l’identifiant ou le mot de passe ne convient pas")]
    Wrong,
    /// Another code, or one that was used.
    #[error("ce code ne convient pas, ou il a déjà servi ; attendez le suivant")]
    WrongCode,
    /// Too many tries.
    #[error("trop d’essais : recommencez dans {}", duration(*.0))]
    Wait(i64),
    /// Too many people at once.
    #[error("beaucoup de connexions en même temps : recommencez dans quelques secondes")]
    Busy,
    /// The password was given too long ago, or the session has ended.
    #[error("la connexion a pris trop de temps : donnez à nouveau votre mot de passe")]
    Expired,
}

/// Seconds in words, never fewer than they are.
fn duration(seconds: i64) -> String {
    match (seconds, (seconds + 59) / 60) {
        (..=1, _) => "une seconde".to_owned(),
        (2..=59, _) => format!("{seconds} secondes"),
        (_, 1) => "une minute".to_owned(),
        (_, minutes) => format!("{minutes} minutes"),
    }
}

/// Where people come in.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The accounts of the base.
    pub accounts: Accounts,
    /// What checks passwords.
    pub hasher: Hasher,
}

impl Gate {
    /// Somebody gives a login and a password.
    pub async fn password(&self, login: &str, given: &str, visit: Visit<'_>) -> Result<Step, Trouble> {
        let login = fold_login(login);
        let counters = Counters::of(&login, visit.from);
        let known = self.accounts.is_known(&counters.here, visit.now).await?;
        let counted = counters.password(known);
        if let Turn::Wait(until) = self.accounts.begin_try(&counted, visit.now).await? {
            return Ok(Step::Refused(wait(until, visit.now)));
        }
        let account = self.accounts.account_of(&login).await?;
        let active = account.as_ref().filter(|account| account.disabled.is_none());
        // What is longer than any password takes as long as one.
        let tried: String = given.chars().take(password::LONGEST + 1).collect();
        let verdict = match self.hasher.check(&tried, active.and_then(|account| account.password.as_deref())).await {
            Ok(verdict) => verdict,
            Err(Trouble::Busy) => {
                // It was not judged: it does not count.
                self.accounts.end_try(&counted.map(|(key, _)| key), &[], visit.now).await?;
                return Ok(Step::Refused(Refusal::Busy));
            }
            Err(trouble) => return Err(trouble),
        };
        let Some(active) = active.filter(|_| verdict.right) else {
            self.note(account.as_ref(), "connexion", "mot de passe refusé", visit).await?;
            return Ok(Step::Refused(Refusal::Wrong));
        };
        self.succeeded(counted, visit.now).await?;
        if verdict.stale
            && let Some(old) = &active.password
            && let Ok(new) = self.hasher.hash(given).await
        {
            self.accounts.rehash(&active.id, old, &new).await?;
        }
        if active.totp.is_some() {
            let token = self.open(active, Stage::Password, None, visit).await?;
            return Ok(token.map_or(Step::Refused(Refusal::Expired), Step::SecondFactor));
        }
        self.let_in(active, Stage::Open, None, visit).await
    }

    /// Somebody for whom the company's own login vouches. None when nobody here is meant: no account is made by that. The first time, an
    /// account is found by its address; from then on by the provider's own name of the person, whatever their address becomes. A second
    /// factor that the account has here is asked for all the same.
    pub async fn vouched(&self, issuer: &str, claims: &Claims, visit: Visit<'_>) -> Result<Option<Step>, Trouble> {
        let known = self.accounts.account_of_subject(issuer, &claims.subject).await?;
        let account = match known {
            Some(account) => Some(account),
            None => {
                let found = self.accounts.account_of(&claims.email).await?;
                // Whom the provider means by another name is somebody else who has this address now.
                let found = found.filter(|account| account.subject.is_none() && account.disabled.is_none());
                if let Some(account) = &found {
                    self.accounts.link_subject(&account.id, issuer, &claims.subject).await?;
                }
                found
            }
        };
        let Some(account) = account.filter(|account| account.disabled.is_none()) else {
            self.note(None, "connexion", "fournisseur : aucun compte", visit).await?;
            return Ok(None);
        };
        if account.totp.is_some() {
            let token = self.open(&account, Stage::Password, None, visit).await?;
            return Ok(Some(token.map_or(Step::Refused(Refusal::Expired), Step::SecondFactor)));
        }
        Ok(Some(self.let_in(&account, Stage::Open, None, visit).await?))
    }

    /// Somebody whose password was right gives a code: of the moment, or for recovery.
    pub async fn second_factor(&self, half: &Token, given: &str, visit: Visit<'_>) -> Result<Step, Trouble> {
        let now = visit.now;
        let session = self.accounts.session(&half.digest(), now, now - visitor::IDLE).await?;
        let Some(session) = session.filter(|session| session.stage == Stage::Password) else {
            return Ok(Step::Refused(Refusal::Expired));
        };
        let account = self.accounts.account(&session.account).await?.filter(|account| account.disabled.is_none());
        let Some(account) = account else { return Ok(Step::Refused(Refusal::Expired)) };
        let counters = Counters::of(&account.login, visit.from);
        let counted = counters.second(self.accounts.is_known(&counters.here, now).await?);
        if let Turn::Wait(until) = self.accounts.begin_try(&counted, now).await? {
            return Ok(Step::Refused(wait(until, now)));
        }
        if !self.is_code(&account, given, now).await? {
            self.note(Some(&account), "second facteur", "code refusé", visit).await?;
            return Ok(Step::Refused(Refusal::WrongCode));
        }
        self.succeeded(counted, now).await?;
        self.let_in(&account, Stage::OpenWithSecond, Some(half), visit).await
    }

    /// Whether that is a code of the account's; it is used by that.
    async fn is_code(&self, account: &AccountRow, given: &str, now: Instant) -> Result<bool, Trouble> {
        let Some(secret) = &account.totp else { return Ok(false) };
        let typed: String = given.chars().filter(|c| !c.is_whitespace()).collect();
        if typed.len() == totp::DIGITS && typed.bytes().all(|byte| byte.is_ascii_digit()) {
            return match totp::matching_step(secret, &typed, now, account.totp_step) {
                Some(step) => Ok(self.accounts.take_totp(&account.id, step).await?),
                None => Ok(false),
            };
        }
        Ok(self.accounts.take_code(&account.id, &recovery::digest(&typed)).await?)
    }

    /// Somebody who is logged in gives their own password again, before something that matters. Counted as a login is.
    pub async fn confirm(
        &self,
        account: &AccountRow,
        given: &str,
        visit: Visit<'_>,
    ) -> Result<Result<(), Refusal>, Trouble> {
        let counters = Counters::of(&account.login, visit.from);
        let counted = counters.password(true);
        if let Turn::Wait(until) = self.accounts.begin_try(&counted, visit.now).await? {
            return Ok(Err(wait(until, visit.now)));
        }
        let tried: String = given.chars().take(password::LONGEST + 1).collect();
        match self.hasher.check(&tried, account.password.as_deref()).await {
            Ok(verdict) if verdict.right => {
                self.succeeded(counted, visit.now).await?;
                Ok(Ok(()))
            }
            Ok(_) => Ok(Err(Refusal::Wrong)),
            Err(Trouble::Busy) => Ok(Err(Refusal::Busy)),
            Err(trouble) => Err(trouble),
        }
    }

    /// A try was right: the address, where others count too, takes it back, the person's own count begins anew.
    async fn succeeded(&self, [address, own]: [(Digest, Limit); 2], now: Instant) -> Result<(), Trouble> {
        Ok(self.accounts.end_try(&[address.0], &[own.0], now).await?)
    }

    /// Opens a session for somebody who has shown who they are, and remembers that they were here.
    async fn let_in(
        &self,
        account: &AccountRow,
        stage: Stage,
        instead: Option<&Token>,
        visit: Visit<'_>,
    ) -> Result<Step, Trouble> {
        let Some(token) = self.open(account, stage, instead, visit).await? else {
            return Ok(Step::Refused(Refusal::Expired));
        };
        self.accounts.admit(&Counters::of(&account.login, visit.from).here, visit.now).await?;
        self.note(Some(account), "connexion", "admise", visit).await?;
        Ok(Step::Open(token))
    }

    async fn open(
        &self,
        account: &AccountRow,
        stage: Stage,
        instead: Option<&Token>,
        visit: Visit<'_>,
    ) -> Result<Option<Token>, Trouble> {
        let (token, id) = (Token::draw()?, draw_id()?);
        let lasts = if stage == Stage::Password { HALF } else { visitor::LONGEST };
        let agent: String = visit.agent.chars().filter(|c| !c.is_control()).take(AGENT).collect();
        let digest = token.digest();
        let new = NewSession {
            digest: &digest,
            id: &id,
            account: &account.id,
            expires: visit.now + lasts,
            agent: &agent,
            stage,
        };
        let instead = instead.map(Token::digest);
        Ok(self.accounts.open_session(&new, instead.as_ref(), visit.now).await?.then_some(token))
    }

    /// Ends a session, for good: the cookie's token opens nothing any more.
    pub async fn leave(&self, token: &Token) -> Result<(), Trouble> {
        Ok(self.accounts.end_session(&token.digest()).await?)
    }

    /// Of whom there is no account a line is written all the same, as quickly; not what was typed, which may be a password.
    async fn note(
        &self,
        account: Option<&AccountRow>,
        what: &str,
        outcome: &str,
        visit: Visit<'_>,
    ) -> Result<(), Trouble> {
        let address = visit.from.to_canonical().to_string();
        let noted = Noted {
            account: account.map(|account| account.id.as_str()),
            who: account.map(|account| account.name.as_str()),
            address: Some(&address),
            what,
            outcome,
            ..Noted::default()
        };
        Ok(self.accounts.note(&noted, visit.now).await?)
    }
}

fn wait(until: Instant, now: Instant) -> Refusal {
    Refusal::Wait(((until - now).num_milliseconds() + 999) / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_read() {
        let waits = [0, 1, 2, 59, 60, 61, 120, 121, 900].map(Refusal::Wait);
        let all = [Refusal::Wrong, Refusal::WrongCode, Refusal::Busy, Refusal::Expired];
        let told = all.iter().chain(&waits).map(Refusal::to_string).collect::<Vec<_>>();
        insta::assert_snapshot!(told.join("\n"));
    }
}
