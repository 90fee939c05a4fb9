//! Coming in by the company's own login: OpenID Connect, authorization code with PKCE. The provider says who somebody is; what they may do
//! is said here, so that somebody without an account is let in nowhere.
//!
//! What was begun is kept in memory, under the state that the provider gives back, for the browser that began it, once and for ten minutes.

mod claims;

pub use claims::{Claims, Keys, Problem, check};

use super::token::{Token, sha256};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use relance_core::day::Instant;
use relance_engine::config::OidcConfig;
use relance_engine::store::accounts::Digest;
use reqwest::{Client, redirect};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long somebody may take at the provider.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);
/// How many may be there at once; whoever comes then drives out whoever began first.
const MOST: usize = 1_000;
/// How long the provider may take to answer us.
const ANSWER: Duration = Duration::from_secs(10);
/// The longest answer that is read.
const LONGEST: usize = 512 * 1024;

/// The company's login.
pub struct Oidc {
    config: OidcConfig,
    secret: Option<String>,
    /// Where the provider sends people back to.
    back: String,
    client: Client,
    begun: Mutex<HashMap<Digest, Begun>>,
}

/// Somebody who went to the provider.
struct Begun {
    browser: Digest,
    nonce: String,
    verifier: String,
    then: String,
    until: Instant,
}

/// Why somebody is not let in, in words for them.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The provider cannot be asked.
    #[error("le fournisseur de connexion ne répond pas comme il faut ({0})")]
    Provider(String),
    /// It has refused.
    #[error("le fournisseur de connexion a refusé ({0})")]
    Denied(String),
    /// Not begun here, by this browser, or too long ago; or used.
    #[error("cette connexion n’a pas commencé ici, a déjà servi, ou a pris trop de temps")]
    State,
    /// What the provider says of the person cannot be believed.
    #[error("la réponse du fournisseur de connexion n’est pas recevable ({0})")]
    Token(#[from] Problem),
    /// Nobody here has this address.
    #[error("aucun compte Relance n’a cette adresse : demandez une invitation à un administrateur")]
    Nobody,
}

/// What a provider says of itself (OpenID Connect Discovery 1.0, section 3).
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Given {
    id_token: String,
}

impl Oidc {
    /// A provider; `public` is where browsers reach this server.
    pub fn new(config: OidcConfig, secret: Option<String>, public: &str) -> Result<Oidc, String> {
        let client = Client::builder().timeout(ANSWER).redirect(redirect::Policy::none()).build();
        let client = client.map_err(|error| error.to_string())?;
        let back = format!("{public}/connexion/oidc/retour");
        Ok(Oidc { config, secret, back, client, begun: Mutex::default() })
    }

    /// The provider.
    pub fn issuer(&self) -> &str {
        &self.config.issuer
    }

    /// What the button says.
    pub fn label(&self) -> &str {
        &self.config.label
    }

    /// Begins: where the browser goes, and what it keeps meanwhile.
    pub async fn begin(&self, then: &str, now: Instant) -> Result<(String, Token), Refused> {
        let chance = || Token::draw().map_err(|trouble| Refused::Provider(trouble.to_string()));
        let (state, nonce, verifier, browser) = (chance()?, chance()?.text(), chance()?.text(), chance()?);
        let provider = self.discover().await?;
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(sha256(&[verifier.as_bytes()]));
        let fields = [
            ("response_type", "code"),
            ("client_id", &self.config.client),
            ("redirect_uri", &self.back),
            ("scope", "openid email profile"),
            ("state", &state.text()),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let query: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", crate::ui::encoded(value))).collect();
        let join = if provider.authorization_endpoint.contains('?') { '&' } else { '?' };
        let address = format!("{}{join}{}", provider.authorization_endpoint, query.join("&"));
        let begun = Begun { browser: browser.digest(), nonce, verifier, then: then.to_owned(), until: now + PATIENCE };
        let mut all = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, one| one.until > now);
        if all.len() >= MOST
            && let Some(first) = all.iter().min_by_key(|(_, one)| one.until).map(|(state, _)| *state)
        {
            all.remove(&first);
        }
        all.insert(state.digest(), begun);
        Ok((address, browser))
    }

    /// Ends: what the provider says of the person, and where they wanted to go. A state serves once, whatever comes of it.
    pub async fn finish(
        &self,
        code: &str,
        state: &str,
        browser: Option<&Token>,
        now: Instant,
    ) -> Result<(Claims, String), Refused> {
        let state = Token::read(state).ok_or(Refused::State)?;
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner).remove(&state.digest());
        let begun = begun.filter(|one| one.until > now && browser.is_some_and(|own| own.digest() == one.browser));
        let begun = begun.ok_or(Refused::State)?;
        let provider = self.discover().await?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.back),
            ("client_id", &self.config.client),
            ("code_verifier", &begun.verifier),
        ];
        let mut request = self.client.post(&provider.token_endpoint).form(&form);
        if let Some(secret) = &self.secret {
            // RFC 6749, section 2.3.1: both are encoded as a form is.
            request = request.basic_auth(crate::ui::encoded(&self.config.client), Some(crate::ui::encoded(secret)));
        }
        let given: Given = read(request).await?;
        let keys: Keys = read(self.client.get(&provider.jwks_uri)).await?;
        let claims = check(&given.id_token, &keys, (&self.config.issuer, &self.config.client), &begun.nonce, now)?;
        Ok((claims, begun.then))
    }

    async fn discover(&self) -> Result<Discovery, Refused> {
        let address = format!("{}/.well-known/openid-configuration", self.config.issuer.trim_end_matches('/'));
        let found: Discovery = read(self.client.get(address)).await?;
        if found.issuer != self.config.issuer {
            let told = format!("il se nomme {}, et non {}", found.issuer, self.config.issuer);
            return Err(Refused::Provider(told));
        }
        // Whoever is spoken to in the clear in the settings may be so further on: only on this machine.
        let clear = self.config.issuer.starts_with("http://");
        let safe = |url: &String| url.starts_with("https://") || clear && url.starts_with("http://");
        if [&found.authorization_endpoint, &found.token_endpoint, &found.jwks_uri].into_iter().all(safe) {
            Ok(found)
        } else {
            Err(Refused::Provider("une de ses adresses n’est pas en https".to_owned()))
        }
    }
}

impl std::fmt::Debug for Oidc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Oidc").field("issuer", &self.config.issuer).finish_non_exhaustive()
    }
}

/// An answer in JSON, not longer than it may be.
async fn read<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T, Refused> {
    let down = |error: reqwest::Error| Refused::Provider(error.without_url().to_string());
    let mut response = request.send().await.map_err(down)?;
    let status = response.status();
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(down)? {
        if bytes.len() + chunk.len() > LONGEST {
            return Err(Refused::Provider("sa réponse est trop longue".to_owned()));
        }
        bytes.extend_from_slice(&chunk);
    }
    if !status.is_success() {
        return Err(Refused::Provider(format!("réponse {}", status.as_u16())));
    }
    serde_json::from_slice(&bytes).map_err(|_| Refused::Provider("sa réponse ne se lit pas".to_owned()))
}
