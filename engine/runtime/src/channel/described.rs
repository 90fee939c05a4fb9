//! An SMS service that `relance.toml` describes: any interface that takes a request a message.

use super::reply::masked;
use super::sms::number;
use super::{ChannelProblem, Outcome, Outgoing, Refusal, digest, http};
use crate::config::{DescribedConfig, Encoding, Meaning, Method, places};
use crate::percent::percent;
use reqwest::{Client, RequestBuilder, Url};
use serde_json::{Map, Value};
use std::fmt;

/// The largest answer that is read: what says more says nothing.
const LARGEST: usize = 256 * 1024;

/// The service.
pub(super) struct Described {
    client: Client,
    host: String,
    token: Option<String>,
    config: DescribedConfig,
}

impl fmt::Debug for Described {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Described").field("host", &self.host).finish_non_exhaustive()
    }
}

/// What stands for the words in braces.
struct Words<'a> {
    number: &'a str,
    text: &'a str,
    sender: &'a str,
    key: &'a str,
    token: &'a str,
}

impl Words<'_> {
    /// A text with every word in its place, once: what a client wrote is never looked at again.
    fn fill(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + self.text.len());
        let mut rest = text;
        for place in places(text) {
            let word = match place {
                "{numero}" => self.number,
                "{texte}" => self.text,
                "{expediteur}" => self.sender,
                "{cle}" => self.key,
                "{jeton}" => self.token,
                _ => continue,
            };
            let Some((before, after)) = rest.split_once(place) else { continue };
            out.push_str(before);
            out.push_str(word);
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

impl Described {
    /// Reads the token; connects to nothing.
    pub fn new(config: &DescribedConfig) -> Result<Described, ChannelProblem> {
        let token = config.token_env.as_deref().map(http::token).transpose()?;
        let host = config.url.split('/').take(3).collect::<Vec<_>>().join("/");
        Ok(Described { client: http::client(config.timeout)?, host, token, config: config.clone() })
    }

    /// Hands a message over to the service.
    pub async fn send(&self, outgoing: &Outgoing) -> Outcome {
        let to = match number(outgoing) {
            Ok(to) => to,
            Err(outcome) => return outcome,
        };
        let key = digest(&outgoing.key);
        let words = Words {
            number: &to,
            text: &outgoing.rendered.text,
            sender: self.config.sender.as_deref().unwrap_or_default(),
            key: &key,
            token: self.token.as_deref().unwrap_or_default(),
        };
        let Some(request) = self.request(&words) else {
            let say = "l'adresse du service de SMS est incorrecte ; vérifiez `url` dans [sms]";
            return super::refused(Refusal::Configuration, say);
        };
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return http::not_sent(&self.host, &error, "`url`"),
        };
        let (status, pause) = (response.status().as_u16(), http::pause(response.headers()));
        // An answer cut short changes nothing about the status already received.
        let mut body = Vec::new();
        while let Ok(Some(piece)) = response.chunk().await {
            body.extend_from_slice(&piece);
            if body.len() > LARGEST {
                body.clear();
                break;
            }
        }
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        let word = self.config.state.as_deref().and_then(|path| at(&answer, path));
        let meaning = self.meaning(status, word.as_deref());
        let said = match &word {
            Some(word) => format!("{status}, {}", masked(word)),
            None => status.to_string(),
        };
        let say = |advice: &str| format!("le service de SMS refuse le message ({said}) ; {advice}");
        match meaning {
            Meaning::Accepted => {
                let id = self.config.id.as_deref().and_then(|path| at(&answer, path));
                Outcome::Accepted { provider_id: id.map(|id| id.chars().take(100).collect()) }
            }
            Meaning::Address => super::refused(Refusal::Address, say("vérifiez le numéro du client")),
            Meaning::Permanent => super::refused(Refusal::Permanent, say("le SMS ne passera pas tel quel")),
            Meaning::Temporary => http::later(Refusal::Temporary, say("l'envoi sera retenté"), pause),
            Meaning::Account => {
                super::refused(Refusal::Authentication, say("vérifiez l'adresse, le compte et le jeton dans [sms]"))
            }
            Meaning::Unknown => http::doubtful(&self.host, &format!("réponse {said}")),
        }
    }

    /// A word of the answer says more than its status, and what the settings say more than what is usual.
    fn meaning(&self, status: u16, word: Option<&str>) -> Meaning {
        let told = word.and_then(|word| self.config.answers.get(word));
        let told = told.or_else(|| self.config.answers.get(&status.to_string()));
        // Where the settings say which words are good, another one is not taken for good.
        let is_word = |code: &str| code.parse::<u16>().is_err();
        let strict = self.config.answers.iter().any(|(code, meaning)| *meaning == Meaning::Accepted && is_word(code));
        told.copied().unwrap_or(match status {
            200..=299 if strict && word.is_some() => Meaning::Unknown,
            200..=299 => Meaning::Accepted,
            429 | 503 => Meaning::Temporary,
            300..=399 | 401 | 403 | 404 | 405 => Meaning::Account,
            400..=499 => Meaning::Permanent,
            // The service broke down while it held the message.
            _ => Meaning::Unknown,
        })
    }

    fn request(&self, words: &Words<'_>) -> Option<RequestBuilder> {
        let DescribedConfig { method, encoding, headers, body, account, .. } = &self.config;
        let url = Url::parse(&self.address(words)?).ok()?;
        let fields: Vec<(&str, String)> = body.iter().map(|(name, text)| (name.as_str(), words.fill(text))).collect();
        let mut request = match method {
            Method::Get => {
                let mut url = url;
                url.query_pairs_mut().extend_pairs(&fields);
                self.client.get(url)
            }
            Method::Post => self.client.post(url),
            Method::Put => self.client.put(url),
        };
        if *method != Method::Get {
            request = match encoding {
                Encoding::Json => request.json(&object(&fields)),
                Encoding::Form => request.form(&fields),
            };
        }
        if let Some(account) = account {
            request = request.basic_auth(account, self.token.as_deref());
        }
        // A service that knows the header drops what it already took.
        request = request.header("Idempotency-Key", words.key);
        for (name, text) in headers {
            request = request.header(name, words.fill(text));
        }
        Some(request)
    }

    /// The address: what is put into it cannot change its form.
    fn address(&self, words: &Words<'_>) -> Option<String> {
        let [number, text, sender, token] = [words.number, words.text, words.sender, words.token].map(percent);
        let (number, text, sender, token) = (number.as_str(), text.as_str(), sender.as_str(), token.as_str());
        Some(Words { number, text, sender, key: words.key, token }.fill(&self.config.url))
    }
}

/// Fields as a JSON object: `message.texte` stands in an object, `numeros[]` is a list of one.
fn object(fields: &[(&str, String)]) -> Value {
    let mut whole = Map::new();
    for (name, text) in fields {
        let mut place = &mut whole;
        let mut parts = name.split('.').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                let (part, value) = match part.strip_suffix("[]") {
                    Some(part) => (part, Value::Array(vec![Value::String(text.clone())])),
                    None => (part, Value::String(text.clone())),
                };
                place.insert(part.to_owned(), value);
                break;
            }
            let inner = place.entry(part).or_insert_with(|| Value::Object(Map::new()));
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            let Value::Object(inner) = inner else { break };
            place = inner;
        }
    }
    Value::Object(whole)
}

/// A text or number at a place of an answer, such as `messages.0.id`.
pub(crate) fn at(answer: &Value, path: &str) -> Option<String> {
    let found = path.split('.').try_fold(answer, |value, part| match value {
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        other => other.get(part),
    })?;
    match found {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}
