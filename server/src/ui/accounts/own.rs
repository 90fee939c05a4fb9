//! Mon compte: one's own name, password, sessions and colours.

use super::second::Proposal;
use super::{Session, coming, note, sessions};
use crate::auth::password;
use crate::auth::token::Token;
use crate::refusal::Refusal;
use crate::ui::form::Posted;
use crate::ui::frame::Frame;
use crate::ui::visit::Visit;
use crate::ui::{Answer, done, filters, page, page_with};
use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use relance_core::schema::fold;
use relance_engine::store::accounts::AccountRow;

/// The page of one's own account.
#[derive(Template)]
#[template(path = "accounts/own.html")]
pub struct View {
    pub(super) frame: Frame,
    pub(super) account: AccountRow,
    pub(super) sessions: Vec<Session>,
    pub(super) codes_left: i64,
    /// A second factor that is being set up.
    pub(super) proposal: Option<Proposal>,
    /// Recovery codes, shown once.
    pub(super) codes: Vec<String>,
    /// What was refused, and in which part of the page.
    pub(super) wrong: Option<(&'static str, String)>,
}

impl View {
    /// The page as it stands.
    pub async fn of(visit: &Visit) -> Result<View, Refusal> {
        let accounts = &visit.site.gate.accounts;
        // As it is now, and not as it was when the request began.
        let account = accounts.account(&visit.person.account.id).await?.ok_or(Refusal::Unknown)?;
        Ok(View {
            frame: Frame::new(visit, "compte", "Mon compte"),
            sessions: sessions(visit, &account.id).await?,
            codes_left: accounts.codes_left(&account.id).await?,
            proposal: None,
            codes: Vec::new(),
            wrong: None,
            account,
        })
    }

    fn wrong(&self, part: &str) -> Option<&str> {
        self.wrong.as_ref().filter(|(own, _)| *own == part).map(|(_, why)| why.as_str())
    }
}

/// The page again, with what was refused.
pub async fn refused(visit: &Visit, part: &'static str, why: impl ToString) -> Answer {
    let view = View { wrong: Some((part, why.to_string())), ..View::of(visit).await? };
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

/// The page.
pub async fn show(visit: Visit) -> Answer {
    page(&View::of(&visit).await?)
}

/// Another name, which signs from now on.
pub async fn rename(posted: Posted) -> Answer {
    let visit = &posted.visit;
    let name: String = posted.need("nom")?.chars().filter(|c| !c.is_control()).take(100).collect();
    // Who signs as a colleague would be taken for them.
    let others = visit.site.gate.accounts.accounts().await?;
    if others.iter().any(|one| one.id != visit.person.account.id && fold(&one.name) == fold(&name)) {
        return refused(visit, "nom", "une autre personne signe déjà ainsi : ajoutez par exemple votre service").await;
    }
    visit.site.gate.accounts.rename(&visit.person.account.id, &name).await?;
    note(visit, "nom", &visit.person.account, Some(&name)).await?;
    back(visit, "nom")
}

/// Another password; the other sessions end.
pub async fn change_password(posted: Posted) -> Answer {
    let visit = &posted.visit;
    let (gate, account) = (&visit.site.gate, &visit.person.account);
    let (old, new, again) = (posted.raw("actuel"), posted.raw("nouveau"), posted.raw("encore"));
    if new != again {
        return refused(visit, "mot_de_passe", "les deux mots de passe ne sont pas les mêmes").await;
    }
    if let Err(why) = password::check(new, &account.login) {
        return refused(visit, "mot_de_passe", why).await;
    }
    if let Err(why) = gate.confirm(account, old, coming(visit)).await? {
        return refused(visit, "mot_de_passe", own_words(why)).await;
    }
    let hash = gate.hasher.hash(new).await?;
    gate.accounts.set_password(&account.id, &hash, Some(&visit.person.token.digest())).await?;
    note(visit, "mot de passe", account, None).await?;
    back(visit, "mot_de_passe")
}

/// Why one's own password was not taken: nobody asks for a login here.
pub fn own_words(why: crate::auth::login::Refusal) -> String {
    match why {
        crate::auth::login::Refusal::Wrong => "ce n’est pas votre mot de passe actuel".to_owned(),
        why => why.to_string(),
    }
}

/// One session is closed, or all but this one.
pub async fn close(Path((_, session)): Path<(String, String)>, posted: Posted) -> Answer {
    let visit = &posted.visit;
    let (accounts, account) = (&visit.site.gate.accounts, &visit.person.account);
    if session == "autres" {
        let here: &Token = &visit.person.token;
        accounts.end_sessions_of(&account.id, Some(&here.digest())).await?;
    } else if !accounts.end_session_of(&account.id, &session).await? {
        return Err(Refusal::Unknown);
    }
    note(visit, "sessions fermées", account, None).await?;
    back(visit, "sessions")
}

/// Other colours, for whoever has no scripts.
pub async fn colours(posted: Posted) -> Answer {
    let visit = &posted.visit;
    let chosen = ["auto", "clair", "sombre"].into_iter().find(|word| posted.get("theme") == Some(word));
    let chosen = chosen.ok_or(Refusal::Unknown)?;
    let secure = if visit.site.secure { "; Secure" } else { "" };
    let cookie = format!("theme={chosen}; Path=/; Max-Age=31536000; SameSite=Lax{secure}");
    let mut response = back(visit, "apparence")?;
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// To the page, which says what was done.
pub fn back(visit: &Visit, word: &str) -> Answer {
    done(&format!("{}/compte?dit={word}", visit.home()))
}
