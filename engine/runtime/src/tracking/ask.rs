//! The service that knows where letters are, as `[suivi]` describes it.

use super::{Trouble, proof, proof::ProofFile};
use crate::channel::{http, json_at};
use crate::config::{LetterNews, TrackingConfig, places};
use crate::percent::percent;
use chrono::{DateTime, NaiveDate};
use reqwest::{Client, Url};
use serde_json::Value;
use std::fmt;

/// The largest answer that is read.
const LARGEST: usize = 256 * 1024;
/// How much of a service's word is repeated to people.
const LONGEST_WORD: usize = 40;

/// The service.
pub struct TrackingService {
    client: Client,
    token: Option<String>,
    config: TrackingConfig,
    zone: chrono_tz::Tz,
}

impl fmt::Debug for TrackingService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackingService").finish_non_exhaustive()
    }
}

/// What the service says of a letter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Answer {
    pub news: LetterNews,
    /// The day of that; none when the settings do not say where it stands.
    pub on: Option<NaiveDate>,
    /// Addresses of proofs.
    pub proofs: Vec<String>,
}

impl TrackingService {
    /// Reads the token; connects to nothing.
    pub fn new(config: &TrackingConfig, zone: chrono_tz::Tz) -> Result<TrackingService, String> {
        let token = config.token_env.as_ref().map(|variable| {
            std::env::var(variable).map_err(|_| {
                format!(
                    "la variable d’environnement {variable} n’est pas définie : elle doit contenir le jeton de [suivi]"
                )
            })
        });
        let client = http::client(config.timeout).map_err(|problem| problem.to_string())?;
        Ok(TrackingService { client, token: token.transpose()?, config: config.clone(), zone })
    }

    /// Whether it gives proofs.
    pub(super) fn gives_proofs(&self) -> bool {
        !self.config.proofs.is_empty()
    }

    /// Asks for one letter.
    pub(super) async fn ask(&self, number: &str) -> Result<Answer, Trouble> {
        let url = self.address(number)?;
        let mut request = self.client.get(url).header(reqwest::header::ACCEPT, "application/json");
        for (name, text) in self.headers(number) {
            request = request.header(name, text);
        }
        let mut response = request.send().await.map_err(|error| {
            Trouble::Service(if error.is_builder() {
                "l’adresse est incorrecte ; vérifiez `url` et les en-têtes dans [suivi]".to_owned()
            } else if error.is_timeout() {
                "pas de réponse à temps".to_owned()
            } else {
                "service injoignable".to_owned()
            })
        })?;
        let (status, pause) = (response.status().as_u16(), http::pause(response.headers()));
        match status {
            200..=299 => {}
            404 => return Err(Trouble::Letter("le service ne connaît pas ce numéro".to_owned())),
            429 | 503 => {
                let minutes = pause.map(|pause| pause.as_secs().div_ceil(60));
                let when = minutes.map(|m| format!(" : {m} min, demande-t-il")).unwrap_or_default();
                return Err(Trouble::Service(format!("réponse {status}, trop de demandes ou pause{when}")));
            }
            300..=399 | 401 | 403 => {
                let say = format!("réponse {status} ; vérifiez `url`, le jeton et les en-têtes dans [suivi]");
                return Err(Trouble::Service(say));
            }
            _ => return Err(Trouble::Letter(format!("réponse {status}"))),
        }
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(piece)) => body.extend_from_slice(&piece),
                Ok(None) => break,
                Err(_) => return Err(Trouble::Letter("réponse coupée".to_owned())),
            }
            if body.len() > LARGEST {
                return Err(Trouble::Letter("réponse démesurée".to_owned()));
            }
        }
        self.read(&body)
    }

    fn read(&self, body: &[u8]) -> Result<Answer, Trouble> {
        let strange = |what: &str| Trouble::Letter(what.to_owned());
        let answer: Value = serde_json::from_slice(body).map_err(|_| strange("la réponse n’est pas du JSON"))?;
        let word = json_at(&answer, &self.config.state).ok_or_else(|| {
            Trouble::Letter(format!("la réponse n’a pas de `{}` (`etat` dans [suivi])", self.config.state))
        })?;
        let Some(news) = self.config.states.get(&word).copied() else {
            let shown: String = word.chars().filter(|c| !c.is_control()).take(LONGEST_WORD).collect();
            return Err(Trouble::Letter(format!("mot inconnu « {shown} » : donnez-lui un sens dans [suivi.etats]")));
        };
        // What says nothing needs no date.
        let dated = self.config.date.as_ref().filter(|_| news != LetterNews::Underway);
        let on = match dated {
            None => None,
            Some(path) => {
                let text = json_at(&answer, path).unwrap_or_default();
                Some(self.day(&text).ok_or_else(|| Trouble::Letter(format!("la date (`{path}`) ne se lit pas")))?)
            }
        };
        let proofs = self.config.proofs.iter().filter_map(|path| json_at(&answer, path));
        Ok(Answer { news, on, proofs: proofs.filter(|address| !address.is_empty()).collect() })
    }

    /// A day as services write it: alone, with its time, or as people do.
    fn day(&self, text: &str) -> Option<NaiveDate> {
        let text = text.trim();
        if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
            return Some(moment.with_timezone(&self.zone).date_naive());
        }
        let first = text.split(['T', ' ']).next().unwrap_or_default();
        NaiveDate::parse_from_str(first, "%Y-%m-%d").or_else(|_| NaiveDate::parse_from_str(first, "%d/%m/%Y")).ok()
    }

    /// Fetches a proof.
    pub(crate) async fn proof(&self, number: &str, address: &str) -> Result<ProofFile, Trouble> {
        proof::fetch(&self.client, &self.address(number)?, &self.headers(number), address).await
    }

    fn headers(&self, number: &str) -> Vec<(&str, String)> {
        let headers = self.config.headers.iter();
        headers.map(|(name, text)| (name.as_str(), self.fill(text, number, false))).collect()
    }

    /// The address: what is put into it cannot change its form.
    fn address(&self, number: &str) -> Result<Url, Trouble> {
        Url::parse(&self.fill(&self.config.url, number, true))
            .map_err(|_| Trouble::Service("l’adresse est incorrecte ; vérifiez `url` dans [suivi]".to_owned()))
    }

    fn fill(&self, text: &str, number: &str, coded: bool) -> String {
        let token = self.token.as_deref().unwrap_or_default();
        let put = |word: &str| if coded { percent(word) } else { word.to_owned() };
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        for place in places(text) {
            let word = match place {
                "{suivi}" => number,
                "{jeton}" => token,
                _ => continue,
            };
            let Some((before, after)) = rest.split_once(place) else { continue };
            out.push_str(before);
            out.push_str(&put(word));
            rest = after;
        }
        out.push_str(rest);
        out
    }
}
