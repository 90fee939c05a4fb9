//! The way in by the company's own login.

use super::entrance::{Door, Then};
use super::{Answer, done};
use crate::auth::login::Step;
use crate::auth::oidc::{Oidc, Refused};
use crate::auth::token::Token;
use crate::refusal::Refusal;
use axum::extract::Query;
use axum::http::{HeaderMap, HeaderValue, header};
use serde::Deserialize;
use std::sync::Arc;

/// What the browser keeps while its user is at the provider.
const COOKIE: &str = "relance-oidc";

/// What the provider sends back.
#[derive(Deserialize, Default)]
pub struct Back {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    error: Option<String>,
}

fn provider(door: &Door) -> Result<Arc<Oidc>, Refusal> {
    door.site.oidc.clone().ok_or(Refusal::Unknown)
}

fn refused(why: &Refused) -> Refusal {
    tracing::warn!(raison = %why, "une connexion par le fournisseur est refusée");
    Refusal::Wrong(
        why.to_string(),
        "Recommencez depuis la page de connexion ; si cela dure, prévenez un administrateur.".to_owned(),
    )
}

/// To the provider.
pub async fn leave(door: Door, Query(then): Query<Then>) -> Answer {
    let provider = provider(&door)?;
    let (address, browser) = provider.begin(&then.suite, (door.site.now)()).await.map_err(|why| refused(&why))?;
    let mut response = done(&address)?;
    let secure = if door.site.secure { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE}={}; Path=/connexion/oidc; HttpOnly; SameSite=Lax; Max-Age=600{secure}", browser.text());
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// Back from the provider.
pub async fn come_back(door: Door, headers: HeaderMap, Query(back): Query<Back>) -> Answer {
    let provider = provider(&door)?;
    if let Some(error) = back.error {
        let word = error.chars().filter(char::is_ascii_graphic).take(40).collect();
        return Err(refused(&Refused::Denied(word)));
    }
    let browser = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let browser = browser
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .and_then(|(_, value)| Token::read(value));
    let now = (door.site.now)();
    let finished = provider.finish(&back.code, &back.state, browser.as_ref(), now).await;
    let (claims, then) = finished.map_err(|why| refused(&why))?;
    let step = door.site.gate.vouched(provider.issuer(), &claims, door.coming()).await?;
    match step {
        Some(Step::Refused(why)) => Err(Refusal::Wrong(why.to_string(), "Recommencez.".to_owned())),
        Some(step) => {
            door.answer(step, &then).map_err(|why| Refusal::Wrong(why.to_string(), "Recommencez.".to_owned()))
        }
        None => Err(refused(&Refused::Nobody)),
    }
}
