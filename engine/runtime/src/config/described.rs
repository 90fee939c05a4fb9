//! An SMS service that `relance.toml` describes: where messages are posted, in which words, and what its answers mean.

use super::channels::{secret, timeout};
use super::reader::{Placed, Section};
use super::sms::encrypted;
use std::collections::BTreeMap;
use std::time::Duration;

/// What is put in place of words in braces.
pub const PLACES: [&str; 5] = ["{numero}", "{texte}", "{expediteur}", "{cle}", "{jeton}"];

/// How a request is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// With a body.
    Post,
    /// With a body.
    Put,
    /// With its fields in the address.
    Get,
}

/// How the fields of a request are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// An object.
    Json,
    /// As a page's form.
    Form,
}

/// What an answer means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// The message is taken.
    Accepted,
    /// The number is wrong.
    Address,
    /// This message will never pass.
    Permanent,
    /// Try again later.
    Temporary,
    /// The account, the token or the settings are refused.
    Account,
    /// It may have been taken, or not.
    Unknown,
}

const MEANINGS: [(&str, Meaning); 6] = [
    ("accepte", Meaning::Accepted),
    ("numero", Meaning::Address),
    ("refuse", Meaning::Permanent),
    ("plus_tard", Meaning::Temporary),
    ("compte", Meaning::Account),
    ("doute", Meaning::Unknown),
];

/// A service as described.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DescribedConfig {
    /// `url`.
    pub url: String,
    /// `methode`.
    pub method: Method,
    /// `encodage`.
    pub encoding: Encoding,
    /// `[sms.entetes]`.
    pub headers: Vec<(String, String)>,
    /// `[sms.corps]`: the fields; in JSON `message.texte` is a field of an object, and `numeros[]` a list of one.
    pub body: Vec<(String, String)>,
    /// `compte`: with it, account and token are given as HTTP's own user and password.
    pub account: Option<String>,
    /// `jeton_env`.
    pub token_env: Option<String>,
    /// `expediteur`.
    pub sender: Option<String>,
    /// `identifiant`: where the answer has the service's name for the message, such as `messages.0.id`.
    pub id: Option<String>,
    /// `etat`: where the answer has a word that says more than its status.
    pub state: Option<String>,
    /// `[sms.reponses]`: words and statuses, and what they mean.
    pub answers: BTreeMap<String, Meaning>,
    /// `delai_secondes`.
    pub timeout: Duration,
}

/// Reads the rest of `[sms]`.
pub(super) fn read(section: &mut Section<'_, '_>, url: Placed<String>) -> Option<DescribedConfig> {
    encrypted(section, &url);
    let methods = [("POST", Method::Post), ("PUT", Method::Put), ("GET", Method::Get)];
    let method = section.choice("methode", &methods).unwrap_or(Method::Post);
    let encoding = section
        .choice("encodage", &[("json", Encoding::Json), ("formulaire", Encoding::Form)])
        .unwrap_or(Encoding::Json);
    let account = section.plain("compte");
    let token_env = secret(section, "jeton_env", "jeton");
    let sender = section.plain("expediteur");
    let (id, state) = (section.plain("identifiant"), section.plain("etat"));
    let timeout = timeout(section);
    let headers = section.section("entetes").map(|headers| headers.entries()).unwrap_or_default();
    let body = section.section("corps").map(|body| body.entries()).unwrap_or_default();
    let answers = section.section("reponses").map(|answers| meanings(answers, state.is_some())).unwrap_or_default();
    for (name, text) in &headers {
        if reqwest::header::HeaderName::from_bytes(name.as_bytes()).is_err() || text.value.contains(['\r', '\n']) {
            section.report(text.at, format!("`{name}` ne peut pas être un en-tête HTTP"), None);
        }
    }
    let texts = || headers.iter().chain(&body).map(|(_, text)| text).chain([&url]);
    for text in texts() {
        for place in places(&text.value).filter(|place| !PLACES.contains(place)) {
            let help = format!("possibles ici : {}", PLACES.join(", "));
            section.report(text.at, format!("`{place}` n'est remplacé par rien"), Some(help));
        }
    }
    let uses = |place: &str| texts().any(|text| text.value.contains(place));
    for (place, what) in [("{numero}", "le numéro du destinataire"), ("{texte}", "le texte du message")] {
        if !uses(place) {
            let help = format!("écrivez-y {place}, par exemple dans [sms.corps] : message = \"{place}\"");
            section.report(section.at, format!("[sms] ne dit pas où mettre {what}"), Some(help));
        }
    }
    for (place, key, given) in
        [("{jeton}", "jeton_env", token_env.is_some()), ("{expediteur}", "expediteur", sender.is_some())]
    {
        if uses(place) && !given {
            section.report(section.at, format!("il manque `sms.{key}`, que demande {place}"), None);
        }
    }
    if account.is_some() && token_env.is_none() {
        section.report(section.at, "il manque `sms.jeton_env`, que demande `compte`", None);
    }
    let plain =
        |pairs: Vec<(String, Placed<String>)>| pairs.into_iter().map(|(name, text)| (name, text.value)).collect();
    let (headers, body) = (plain(headers), plain(body));
    let url = url.value;
    Some(DescribedConfig {
        url,
        method,
        encoding,
        headers,
        body,
        account,
        token_env,
        sender,
        id,
        state,
        answers,
        timeout,
    })
}

/// What stands in braces in a text.
pub(crate) fn places(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('{').filter_map(|(at, _)| {
        let rest = text.get(at..)?;
        rest.find('}').and_then(|end| rest.get(..=end))
    })
}

fn meanings(mut section: Section<'_, '_>, has_words: bool) -> BTreeMap<String, Meaning> {
    let mut answers = BTreeMap::new();
    for (key, meaning) in MEANINGS {
        for code in section.codes(key) {
            let status = code.value.parse::<u16>().is_ok();
            if status && !code.value.parse::<u16>().is_ok_and(|status| (200..600).contains(&status)) {
                section.report(code.at, format!("`{}` n'est pas un code de réponse HTTP", code.value), None);
            }
            if !status && !has_words {
                let help = "ajoutez `etat` dans [sms] : le chemin de ce mot dans la réponse".to_owned();
                section.report(code.at, format!("où la réponse dit-elle `{}` ?", code.value), Some(help));
            }
            if answers.insert(code.value.clone(), meaning).is_some_and(|before| before != meaning) {
                section.report(code.at, format!("`{}` a déjà un autre sens", code.value), None);
            }
        }
    }
    section.finish(&[], &[]);
    answers
}
