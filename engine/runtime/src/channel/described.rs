//! A service that `relance.toml` describes: any interface that takes a request a message.

use super::multipart::multipart;
use super::reply::masked;
use super::sms::number;
use super::{Attachment, ChannelProblem, Outcome, Outgoing, Refusal, digest, http};
use crate::config::{DOCUMENT, DescribedConfig, Encoding, Meaning, Method, Taken, places};
use crate::percent::percent;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Client, RequestBuilder, Response, Url};
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
pub(super) struct Words(Vec<(&'static str, String)>);

impl Words {
    pub fn new(words: Vec<(&'static str, String)>) -> Words {
        Words(words)
    }

    /// A text with every word in its place, once: what a client wrote is never looked at again.
    fn fill(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        for place in places(text) {
            let Some((_, word)) = self.0.iter().find(|(known, _)| *known == place) else { continue };
            let Some((before, after)) = rest.split_once(place) else { continue };
            out.push_str(before);
            out.push_str(word);
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// As a part of a header, of which they begin no other one.
    fn in_header(&self) -> Words {
        let plain = |word: &str| word.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Words(self.0.iter().map(|(place, word)| (*place, plain(word))).collect())
    }

    /// As a part of an address, whose form they cannot change.
    fn in_address(&self) -> Words {
        Words(self.0.iter().map(|(place, word)| (*place, percent(word))).collect())
    }
}

/// What a service says of a message when it is asked for it by our own reference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Known {
    /// It took it; with its own name for it, if it says so.
    Left(Option<String>),
    /// It has no such message.
    Absent,
    /// It does not say.
    Silent,
}

impl Described {
    /// Reads the token; connects to nothing.
    pub fn new(config: &DescribedConfig) -> Result<Described, ChannelProblem> {
        let token = config.token_env.as_deref().map(|variable| http::token(variable, config.taken)).transpose()?;
        let host = config.url.split('/').take(3).collect::<Vec<_>>().join("/");
        Ok(Described { client: http::client(config.timeout)?, host, token, config: config.clone() })
    }

    /// Whether the settings use a word.
    pub fn uses(&self, place: &str) -> bool {
        let DescribedConfig { url, headers, body, .. } = &self.config;
        headers.iter().chain(body).map(|(_, text)| text).chain([url]).any(|text| text.contains(place))
    }

    /// Hands an SMS over to the service.
    pub async fn send(&self, outgoing: &Outgoing) -> Outcome {
        let to = match number(outgoing) {
            Ok(to) => to,
            Err(outcome) => return outcome,
        };
        let sender = self.config.sender.clone().unwrap_or_default();
        let words = vec![("{numero}", to), ("{texte}", outgoing.rendered.text.clone()), ("{expediteur}", sender)];
        self.deliver(&outgoing.key, words, None).await
    }

    /// Hands a message over in these words.
    pub async fn deliver(
        &self,
        key: &str,
        mut words: Vec<(&'static str, String)>,
        document: Option<&Attachment>,
    ) -> Outcome {
        let taken = self.config.taken;
        words.extend(self.own(key));
        let Some(request) = self.request(key, &Words::new(words), document) else {
            let say =
                format!("l'adresse du {} est incorrecte ; vérifiez `url` dans [{}]", taken.service(), taken.section());
            return super::refused(Refusal::Configuration, say);
        };
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return http::not_sent(taken, &self.host, &error, "`url`"),
        };
        let (status, pause) = (response.status().as_u16(), http::pause(response.headers()));
        let answer = answer(response).await;
        let word = self.config.state.as_deref().and_then(|path| at(&answer, path));
        let meaning = self.meaning(status, word.as_deref());
        let said = match &word {
            Some(word) => format!("{status}, {}", masked(word)),
            None => status.to_string(),
        };
        let what = if taken == Taken::Sms { "le message" } else { "la lettre" };
        let say = |advice: &str| format!("le {} refuse {what} ({said}) ; {advice}", taken.service());
        let (address, permanent) = match taken {
            Taken::Sms => ("vérifiez le numéro du client", "le SMS ne passera pas tel quel"),
            Taken::Letters => ("vérifiez l'adresse du client", "elle ne passera pas telle quelle"),
        };
        match meaning {
            Meaning::Accepted => Outcome::Accepted { provider_id: self.id(&answer) },
            Meaning::Address => super::refused(Refusal::Address, say(address)),
            Meaning::Permanent => super::refused(Refusal::Permanent, say(permanent)),
            Meaning::Temporary => http::later(Refusal::Temporary, say("l'envoi sera retenté"), pause),
            Meaning::Account => {
                let advice = format!("vérifiez l'adresse, le compte et le jeton dans [{}]", taken.section());
                super::refused(Refusal::Authentication, say(&advice))
            }
            Meaning::Unknown => http::doubtful(taken, &self.host, &format!("réponse {said}")),
        }
    }

    /// Asks the service at an address for a message.
    pub async fn ask(&self, address: &str, key: &str) -> Known {
        let words = Words::new(self.own(key).into());
        let Ok(url) = Url::parse(&words.in_address().fill(address)) else { return Known::Silent };
        // Headers that say something of one message say nothing of a question.
        let own = |text: &str| places(text).all(|place| words.0.iter().any(|(known, _)| *known == place));
        let mut request = self.authorized(self.client.get(url));
        for (name, text) in self.config.headers.iter().filter(|(_, text)| own(text)) {
            request = request.header(name, words.fill(text));
        }
        let Ok(response) = request.send().await else { return Known::Silent };
        match response.status().as_u16() {
            200 => Known::Left(self.id(&answer(response).await)),
            404 => Known::Absent,
            _ => Known::Silent,
        }
    }

    /// What is known of every message.
    fn own(&self, key: &str) -> [(&'static str, String); 2] {
        [("{cle}", digest(key)), ("{jeton}", self.token.clone().unwrap_or_default())]
    }

    fn id(&self, answer: &Value) -> Option<String> {
        let id = self.config.id.as_deref().and_then(|path| at(answer, path));
        id.map(|id| id.chars().take(100).collect())
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

    fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.config.account {
            Some(account) => request.basic_auth(account, self.token.as_deref()),
            None => request,
        }
    }

    fn request(&self, key: &str, words: &Words, document: Option<&Attachment>) -> Option<RequestBuilder> {
        let DescribedConfig { method, encoding, headers, body, .. } = &self.config;
        let url = Url::parse(&words.in_address().fill(&self.config.url)).ok()?;
        let in_parts = *encoding == Encoding::Multipart;
        // In text the letter is base64, last among the words: nothing is looked for in it.
        let spelled = body.iter().any(|(_, text)| text.contains(DOCUMENT)) && !in_parts;
        let spelled = document.filter(|_| spelled).map(|document| STANDARD.encode(&document.bytes));
        let fill = |text: &str| match (&spelled, text.split_once(DOCUMENT)) {
            (Some(spelled), Some((before, after))) => {
                format!("{}{spelled}{}", words.fill(before), words.fill(after))
            }
            _ => words.fill(text),
        };
        let fields = || body.iter().map(|(name, text)| (name.as_str(), fill(text))).collect::<Vec<_>>();
        let mut request = match method {
            Method::Get => {
                let mut url = url;
                url.query_pairs_mut().extend_pairs(fields());
                self.client.get(url)
            }
            Method::Post => self.client.post(url),
            Method::Put => self.client.put(url),
        };
        if *method != Method::Get {
            request = match encoding {
                Encoding::Json => request.json(&object(&fields())),
                Encoding::Form => request.form(&fields()),
                Encoding::Multipart => {
                    let parts = body.iter().map(|(name, text)| {
                        let file = document.filter(|_| text == DOCUMENT);
                        let bytes = file.map_or_else(|| words.fill(text).into_bytes(), |file| file.bytes.clone());
                        (name.as_str(), file.map(|file| file.name.as_str()), bytes)
                    });
                    let (kind, bytes) = multipart(&parts.collect::<Vec<_>>(), &digest(key));
                    request.header(reqwest::header::CONTENT_TYPE, kind).body(bytes)
                }
            };
        }
        request = self.authorized(request);
        // A service that knows the header drops what it already took.
        request = request.header("Idempotency-Key", digest(key));
        for (name, text) in headers {
            request = request.header(name, words.in_header().fill(text));
        }
        Some(request)
    }
}

/// What a service answers, as JSON. An answer cut short changes nothing about the status already received.
async fn answer(mut response: Response) -> Value {
    let mut body = Vec::new();
    while let Ok(Some(piece)) = response.chunk().await {
        body.extend_from_slice(&piece);
        if body.len() > LARGEST {
            return Value::Null;
        }
    }
    serde_json::from_slice(&body).unwrap_or_default()
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
