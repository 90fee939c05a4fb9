//! One's own second factor: a secret is shown, a code confirms it, recovery codes are handed out once. Each step wants the password again:
//! a browser that was left open is not enough to lock its owner out.

use super::own::{View, back, own_words, refused};
use super::{coming, note};
use crate::auth::second_factor::{Shown, confirm, propose, proposed, renew_codes};
use crate::refusal::Refusal;
use crate::ui::form::Posted;
use crate::ui::visit::Visit;
use crate::ui::{Answer, page, page_with};
use axum::http::StatusCode;
use relance_engine::store::accounts::AccountRow;

/// What is shown to set it up.
pub struct Proposal {
    /// A picture to be scanned: SVG of ours.
    pub picture: Option<String>,
    /// The secret to be typed instead.
    pub typed: String,
    /// The code that was given is another.
    pub wrong: bool,
}

impl Proposal {
    fn of(shown: Shown, wrong: bool) -> Proposal {
        Proposal { picture: shown.picture, typed: shown.typed, wrong }
    }
}

const PART: &str = "second";

/// Asks for the password, unless the account has none: then a provider vouches for its person.
async fn again(posted: &Posted) -> Result<Result<(), String>, Refusal> {
    let visit = &posted.visit;
    if visit.person.account.password.is_none() {
        return Ok(Ok(()));
    }
    let given = visit.site.gate.confirm(&visit.person.account, posted.raw("actuel"), coming(visit)).await?;
    Ok(given.map_err(own_words))
}

/// A secret is drawn and shown.
pub async fn begin(posted: Posted) -> Answer {
    let visit = &posted.visit;
    if let Err(why) = again(&posted).await? {
        return refused(visit, PART, why).await;
    }
    let shown = propose(&visit.site.gate.accounts, &visit.person.account).await?;
    page(&View { proposal: Some(Proposal::of(shown, false)), ..View::of(visit).await? })
}

/// A first code proves that the secret was taken down.
pub async fn prove(posted: Posted) -> Answer {
    let visit = &posted.visit;
    let (accounts, account) = (&visit.site.gate.accounts, account_now(visit).await?);
    let given = posted.get("code").unwrap_or_default();
    let Some(codes) = confirm(accounts, &account, given, visit.tenant.now()).await? else {
        let Some(shown) = proposed(&account) else { return back(visit, "") };
        let view = View { proposal: Some(Proposal::of(shown, true)), ..View::of(visit).await? };
        return page_with(StatusCode::UNPROCESSABLE_ENTITY, &view);
    };
    // Sessions that began without it do not go on without it.
    accounts.end_sessions_of(&account.id, Some(&visit.person.token.digest())).await?;
    note(visit, "second facteur", &account, Some("activé")).await?;
    page(&View { codes, ..View::of(visit).await? })
}

/// The second factor goes.
pub async fn remove(posted: Posted) -> Answer {
    let visit = &posted.visit;
    if let Err(why) = again(&posted).await? {
        return refused(visit, PART, why).await;
    }
    visit.site.gate.accounts.remove_totp(&visit.person.account.id).await?;
    note(visit, "second facteur", &visit.person.account, Some("retiré")).await?;
    back(visit, "second_retire")
}

/// Other recovery codes.
pub async fn renew(posted: Posted) -> Answer {
    let visit = &posted.visit;
    if visit.person.account.totp.is_none() {
        return Err(Refusal::Unknown);
    }
    if let Err(why) = again(&posted).await? {
        return refused(visit, PART, why).await;
    }
    let codes = renew_codes(&visit.site.gate.accounts, &visit.person.account.id).await?;
    note(visit, "codes de secours", &visit.person.account, None).await?;
    page(&View { codes, ..View::of(visit).await? })
}

async fn account_now(visit: &Visit) -> Result<AccountRow, Refusal> {
    visit.site.gate.accounts.account(&visit.person.account.id).await?.ok_or(Refusal::Unknown)
}
