//! The way in: logging in, the second factor, the first administrator, invitations, new passwords; and the way out.

use super::filters;
use super::visit::{address, agent, logged_in, theme};
use super::{Answer, page_with};
use crate::auth::invite::{Newcomer, choose, found, look};
use crate::auth::login::{Refusal as NotIn, Step, Visit as Coming};
use crate::auth::token::Token;
use crate::auth::{cookie, visitor};
use crate::refusal::Refusal;
use crate::site::Site;
use askama::Template;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, RequestPartsExt};
use relance_engine::store::accounts::LinkKind;
use serde::Deserialize;
use std::net::IpAddr;
use std::sync::Arc;

/// Somebody at the door.
pub struct Door {
    pub(super) site: Arc<Site>,
    address: IpAddr,
    agent: String,
    theme: Option<&'static str>,
    half: Option<Token>,
    foreign: bool,
}

impl FromRequestParts<Arc<Site>> for Door {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Door, Refusal> {
        let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let half = cookies.into_iter().find_map(|header| cookie::read(header, site.secure));
        // Nobody has a session yet whose mark a form could carry: browsers say from where a form comes.
        let from = parts.headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
        let foreign = from.is_some_and(|from| !matches!(from, "same-origin" | "none"));
        let (address, agent, theme) = (address(parts), agent(parts), theme(parts));
        Ok(Door { site: Arc::clone(site), address, agent, theme, half, foreign })
    }
}

impl Door {
    pub(super) fn coming(&self) -> Coming<'_> {
        Coming { from: self.address, agent: &self.agent, now: (self.site.now)() }
    }

    /// Refuses a form of another site.
    fn own(&self) -> Result<(), Refusal> {
        if self.foreign {
            return Err(Refusal::Wrong(
                "cette demande vient d’un autre site".to_owned(),
                "Ouvrez Relance et recommencez.".to_owned(),
            ));
        }
        Ok(())
    }

    /// The session begins, or its second half is asked for.
    pub(super) fn answer(&self, step: Step, then: &str) -> Result<Response, NotIn> {
        let (token, target) = match step {
            Step::Open(token) => (token, home_or(then)),
            Step::SecondFactor(token) => (token, format!("/connexion/code?suite={}", super::encoded(then))),
            Step::Refused(refusal) => return Err(refusal),
        };
        Ok(with_cookie(Redirect::to(&target).into_response(), &cookie::set(&token, self.site.secure)))
    }
}

/// A page of ours, and nothing else.
fn home_or(then: &str) -> String {
    let ours = then.starts_with('/') && !then.starts_with("//") && !then.contains(['\\', '\r', '\n']);
    if ours { then.to_owned() } else { "/".to_owned() }
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

#[derive(Template)]
#[template(path = "login.html")]
struct LogIn {
    title: &'static str,
    theme: Option<&'static str>,
    assets: &'static str,
    wrong: Option<String>,
    login: String,
    then: String,
    /// The company's own login, when there is one: what its button says.
    provider: Option<String>,
}

#[derive(Template)]
#[template(path = "second_factor.html")]
struct SecondFactor {
    title: &'static str,
    theme: Option<&'static str>,
    assets: &'static str,
    wrong: Option<String>,
    then: String,
}

#[derive(Template)]
#[template(path = "new_account.html")]
struct NewAccount {
    title: &'static str,
    theme: Option<&'static str>,
    assets: &'static str,
    wrong: Option<String>,
    /// The first account says who it is; invited people are known.
    first: bool,
    name: String,
    login: String,
}

/// Where somebody wanted to go.
#[derive(Deserialize, Default)]
pub struct Then {
    #[serde(default)]
    pub(super) suite: String,
}

/// The page to log in.
pub async fn ask(door: Door, Query(then): Query<Then>) -> Answer {
    log_in(&door, None, String::new(), then.suite)
}

fn log_in(door: &Door, wrong: Option<String>, login: String, then: String) -> Answer {
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let assets = crate::assets::version();
    let provider = door.site.oidc.as_ref().map(|oidc| oidc.label().to_owned());
    page_with(status, &LogIn { title: "Connexion", theme: door.theme, assets, wrong, login, then, provider })
}

/// Login and password.
#[derive(Deserialize)]
pub struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    mot_de_passe: String,
    #[serde(default)]
    suite: String,
}

/// Somebody logs in.
pub async fn enter(door: Door, Form(given): Form<Credentials>) -> Answer {
    door.own()?;
    let step = door.site.gate.password(&given.email, &given.mot_de_passe, door.coming()).await?;
    match door.answer(step, &given.suite) {
        Ok(response) => Ok(response),
        Err(refused) => log_in(&door, Some(refused.to_string()), given.email, given.suite),
    }
}

/// The page for the code.
pub async fn ask_code(door: Door, Query(then): Query<Then>) -> Answer {
    code_page(&door, None, then.suite)
}

fn code_page(door: &Door, wrong: Option<String>, then: String) -> Answer {
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (title, assets) = ("Code de vérification", crate::assets::version());
    page_with(status, &SecondFactor { title, theme: door.theme, assets, wrong, then })
}

/// A code of the moment, or for recovery.
#[derive(Deserialize)]
pub struct Code {
    #[serde(default)]
    code: String,
    #[serde(default)]
    suite: String,
}

/// Somebody gives the code.
pub async fn enter_code(door: Door, Form(given): Form<Code>) -> Answer {
    door.own()?;
    let Some(half) = &door.half else { return Ok(Redirect::to("/connexion").into_response()) };
    let step = door.site.gate.second_factor(half, &given.code, door.coming()).await?;
    match door.answer(step, &given.suite) {
        Ok(response) => Ok(response),
        Err(NotIn::Expired) => log_in(&door, Some(NotIn::Expired.to_string()), String::new(), given.suite),
        Err(refused) => code_page(&door, Some(refused.to_string()), given.suite),
    }
}

/// Somebody leaves.
pub async fn leave(State(site): State<Arc<Site>>, mut parts: Parts, Form(form): Form<Vec<(String, String)>>) -> Answer {
    let door = parts.extract_with_state::<Door, _>(&site).await?;
    let person = logged_in(&parts, &site).await?;
    let proof = form.iter().find(|(name, _)| name == "jeton").map(|(_, value)| value.as_str());
    if !proof.is_some_and(|proof| person.token.is_form_mark(proof)) {
        door.own()?;
        return Ok(Redirect::to("/").into_response());
    }
    site.gate.leave(&person.token).await?;
    Ok(with_cookie(Redirect::to("/connexion").into_response(), &cookie::clear(site.secure)))
}

/// The page of a one-time link: the first administrator, an invitation, a new password.
pub async fn by_link(door: Door, Path(token): Path<String>) -> Answer {
    let token = Token::read(&token).ok_or(Refusal::Unknown)?;
    let link = look(&door.site.gate.accounts, &token, (door.site.now)()).await?.ok_or_else(dead_link)?;
    new_account(&door, link.kind == LinkKind::First, None, String::new(), String::new())
}

fn dead_link() -> Refusal {
    Refusal::Wrong(
        "ce lien n’ouvre plus rien : il a servi, ou il a expiré".to_owned(),
        "Demandez-en un autre à un administrateur ; pour le premier compte, redémarrez `relance serveur`.".to_owned(),
    )
}

fn new_account(door: &Door, first: bool, wrong: Option<String>, name: String, login: String) -> Answer {
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let title = if first { "Créer le compte administrateur" } else { "Choisir un mot de passe" };
    let assets = crate::assets::version();
    page_with(status, &NewAccount { title, theme: door.theme, assets, wrong, first, name, login })
}

/// What is chosen by a link.
#[derive(Deserialize)]
pub struct Chosen {
    #[serde(default)]
    nom: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    mot_de_passe: String,
    #[serde(default)]
    encore: String,
}

/// A password is chosen by a link; whoever did it is let in.
pub async fn chosen_by_link(door: Door, Path(token): Path<String>, Form(chosen): Form<Chosen>) -> Answer {
    door.own()?;
    let token = Token::read(&token).ok_or(Refusal::Unknown)?;
    let (gate, now) = (&door.site.gate, (door.site.now)());
    let link = look(&gate.accounts, &token, now).await?.ok_or_else(dead_link)?;
    let first = link.kind == LinkKind::First;
    if chosen.mot_de_passe != chosen.encore {
        let wrong = Some("les deux mots de passe ne sont pas les mêmes".to_owned());
        return new_account(&door, first, wrong, chosen.nom, chosen.email);
    }
    let login = if first {
        let entities: Vec<String> = door.site.tenants.keys().cloned().collect();
        let newcomer = Newcomer { login: &chosen.email, name: &chosen.nom };
        match found(gate, &token, newcomer, &chosen.mot_de_passe, &entities, now).await? {
            Ok(()) => chosen.email,
            Err(refused) => return new_account(&door, true, Some(refused.to_string()), chosen.nom, chosen.email),
        }
    } else {
        match choose(gate, &token, &chosen.mot_de_passe, now).await? {
            Ok(account) => gate.accounts.account(&account).await?.map(|account| account.login).unwrap_or_default(),
            Err(refused) => return new_account(&door, false, Some(refused.to_string()), chosen.nom, chosen.email),
        }
    };
    let step = gate.password(&login, &chosen.mot_de_passe, door.coming()).await?;
    match door.answer(step, "/") {
        Ok(response) => Ok(response),
        Err(_) => Ok(Redirect::to("/connexion").into_response()),
    }
}

/// To the first creditor that the visitor may see.
pub async fn home(State(site): State<Arc<Site>>, parts: Parts) -> Answer {
    let person: visitor::Person = logged_in(&parts, &site).await?;
    let known = person.roles.keys().find(|entity| site.tenants.contains_key(*entity)).ok_or_else(|| {
        Refusal::Wrong(
            "aucune entité ne vous est ouverte".to_owned(),
            "Demandez un rôle à un administrateur.".to_owned(),
        )
    })?;
    Ok(Redirect::to(&format!("/e/{}/aujourdhui", super::encoded(known))).into_response())
}
