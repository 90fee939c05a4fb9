//! Giving an account a second factor: a secret is shown, a first code proves that it was taken down, recovery codes are handed out once.

use super::token::drawn;
use super::{Trouble, recovery, totp};
use relance_core::day::Instant;
use relance_engine::store::accounts::{AccountRow, Accounts};

/// What a page shows to set up a second factor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shown {
    /// A picture to be scanned, as SVG.
    pub picture: Option<String>,
    /// The secret to be typed instead.
    pub typed: String,
}

/// Draws a secret and shows it. The one that the account has, if any, goes on until the new one is confirmed.
pub async fn propose(accounts: &Accounts, account: &AccountRow) -> Result<Shown, Trouble> {
    let secret = drawn::<{ totp::SECRET }>()?;
    accounts.propose_totp(&account.id, &secret).await?;
    Ok(show(&secret, account))
}

/// Shows once more what was proposed.
pub fn proposed(account: &AccountRow) -> Option<Shown> {
    account.totp_proposed.as_ref().map(|secret| show(secret, account))
}

fn show(secret: &[u8], account: &AccountRow) -> Shown {
    Shown { picture: totp::picture(secret, &account.login), typed: totp::typed(secret) }
}

/// Confirms what was proposed by a first code, and gives the recovery codes, which are not kept. None when the code is another.
pub async fn confirm(
    accounts: &Accounts,
    account: &AccountRow,
    given: &str,
    now: Instant,
) -> Result<Option<Vec<String>>, Trouble> {
    let given: String = given.chars().filter(|c| !c.is_whitespace()).collect();
    let Some(secret) = &account.totp_proposed else { return Ok(None) };
    let Some(step) = totp::matching_step(secret, &given, now, None) else { return Ok(None) };
    let codes = recovery::draw()?;
    let digests: Vec<_> = codes.iter().map(|code| recovery::digest(code)).collect();
    Ok(accounts.confirm_totp(&account.id, secret, step, &digests).await?.then_some(codes))
}

/// Replaces the recovery codes, and gives the new ones.
pub async fn renew_codes(accounts: &Accounts, account: &str) -> Result<Vec<String>, Trouble> {
    let codes = recovery::draw()?;
    let digests: Vec<_> = codes.iter().map(|code| recovery::digest(code)).collect();
    accounts.set_codes(account, &digests).await?;
    Ok(codes)
}
