//! A service that `relance.toml` describes: where messages are posted, in which words, and what its answers mean.

use super::channels::{secret, timeout};
use super::reader::{Placed, Section};
use super::sms::encrypted;
use std::collections::BTreeMap;
use std::time::Duration;

/// What a described service takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Taken {
    /// Text messages.
    Sms,
    /// Registered letters.
    Letters,
}

/// The letter itself: where it stands, everything else has gone.
pub(crate) const DOCUMENT: &str = "{document}";

impl Taken {
    /// Its section of the settings.
    pub(crate) fn section(self) -> &'static str {
        match self {
            Taken::Sms => "sms",
            Taken::Letters => "recommandes",
        }
    }

    /// What is put in place of words in braces.
    fn places(self) -> &'static [&'static str] {
        match self {
            Taken::Sms => &["{numero}", "{texte}", "{expediteur}", "{cle}", "{jeton}"],
            Taken::Letters => &[
                "{document}",
                "{adresse}",
                "{nom}",
                "{ligne1}",
                "{ligne2}",
                "{ligne3}",
                "{ligne4}",
                "{ligne5}",
                "{ligne6}",
                "{code_postal}",
                "{ville}",
                "{pays}",
                "{email}",
                "{objet}",
                "{reference}",
                "{cle}",
                "{jeton}",
            ],
        }
    }

    /// What a description has to name, one of these words for each, and what they stand for.
    fn needed(self, electronic: bool) -> &'static [(&'static [&'static str], &'static str)] {
        match self {
            Taken::Sms => &[(&["{numero}"], "le numéro du destinataire"), (&["{texte}"], "le texte du message")],
            Taken::Letters if electronic => {
                &[(&["{email}"], "l'adresse électronique du destinataire"), (&[DOCUMENT], "la lettre")]
            }
            Taken::Letters => &[(&["{adresse}", "{ligne1}"], "l'adresse du destinataire"), (&[DOCUMENT], "la lettre")],
        }
    }

    fn methods(self) -> &'static [(&'static str, Method)] {
        let all: &[(&str, Method)] = &[("POST", Method::Post), ("PUT", Method::Put), ("GET", Method::Get)];
        match self {
            Taken::Sms => all,
            // A letter does not go into an address.
            Taken::Letters => all.get(..2).unwrap_or(all),
        }
    }

    fn encodings(self) -> &'static [(&'static str, Encoding)] {
        let all: &[(&str, Encoding)] =
            &[("json", Encoding::Json), ("formulaire", Encoding::Form), ("multipart", Encoding::Multipart)];
        match self {
            Taken::Sms => all.get(..2).unwrap_or(all),
            Taken::Letters => all,
        }
    }

    /// The word for what is wrong with whom a message goes to.
    fn address_word(self) -> &'static str {
        match self {
            Taken::Sms => "numero",
            Taken::Letters => "adresse",
        }
    }

    /// « service de SMS »
    pub(crate) fn service(self) -> &'static str {
        match self {
            Taken::Sms => "service de SMS",
            Taken::Letters => "service de recommandés",
        }
    }
}

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
    /// In parts, of which the letter is a file.
    Multipart,
}

/// What an answer means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// The message is taken.
    Accepted,
    /// The number or the address is wrong.
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

const MEANINGS: [(&str, Meaning); 5] = [
    ("accepte", Meaning::Accepted),
    ("refuse", Meaning::Permanent),
    ("plus_tard", Meaning::Temporary),
    ("compte", Meaning::Account),
    ("doute", Meaning::Unknown),
];

/// A service as described.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DescribedConfig {
    /// What it takes.
    pub taken: Taken,
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

/// Reads the rest of the section of a service; an electronic one reaches people by their e-mail address.
pub(super) fn read(
    section: &mut Section<'_, '_>,
    (taken, electronic): (Taken, bool),
    url: Placed<String>,
) -> Option<DescribedConfig> {
    let name = taken.section();
    encrypted(section, &url);
    let method = section.choice("methode", taken.methods()).unwrap_or(Method::Post);
    let encoding = section.choice("encodage", taken.encodings()).unwrap_or(Encoding::Json);
    let account = section.plain("compte");
    let token_env = secret(section, "jeton_env", "jeton");
    let sender = if taken == Taken::Sms { section.plain("expediteur") } else { None };
    let (id, state) = (section.plain("identifiant"), section.plain("etat"));
    let timeout = timeout(section);
    let headers = section.section("entetes").map(|headers| headers.entries()).unwrap_or_default();
    let body = section.section("corps").map(|body| body.entries()).unwrap_or_default();
    let answers = section.section("reponses").map(|answers| meanings(answers, taken, state.is_some()));
    for (name, text) in &headers {
        if reqwest::header::HeaderName::from_bytes(name.as_bytes()).is_err() || text.value.contains(['\r', '\n']) {
            section.report(text.at, format!("`{name}` ne peut pas être un en-tête HTTP"), None);
        }
    }
    let texts = || headers.iter().chain(&body).map(|(_, text)| text).chain([&url]);
    for text in texts() {
        known(section, text, taken.places());
    }
    let outside = headers.iter().map(|(_, text)| text).chain([&url]).filter(|text| text.value.contains(DOCUMENT));
    for text in outside {
        section.report(text.at, "la lettre ne tient que dans le corps de la requête", None);
    }
    let mixed =
        body.iter().map(|(_, text)| text).filter(|text| text.value.contains(DOCUMENT) && text.value != DOCUMENT);
    for text in mixed.filter(|_| encoding == Encoding::Multipart) {
        let help = "en multipart, la lettre est un fichier : écrivez \"{document}\", seul".to_owned();
        section.report(text.at, "`{document}` est accompagné d'autre chose", Some(help));
    }
    let uses = |place: &str| texts().any(|text| text.value.contains(place));
    for (places, what) in taken.needed(electronic) {
        if !places.iter().any(|place| uses(place)) {
            let place = places.first().copied().unwrap_or_default();
            let field = if taken == Taken::Sms { "message" } else { place.trim_matches(['{', '}']) };
            let help = format!("écrivez-y {place}, par exemple dans [{name}.corps] : {field} = \"{place}\"");
            section.report(section.at, format!("[{name}] ne dit pas où mettre {what}"), Some(help));
        }
    }
    for (place, key, given) in
        [("{jeton}", "jeton_env", token_env.is_some()), ("{expediteur}", "expediteur", sender.is_some())]
    {
        if taken.places().contains(&place) && uses(place) && !given {
            section.report(section.at, format!("il manque `{name}.{key}`, que demande {place}"), None);
        }
    }
    if account.is_some() && token_env.is_none() {
        section.report(section.at, format!("il manque `{name}.jeton_env`, que demande `compte`"), None);
    }
    let plain =
        |pairs: Vec<(String, Placed<String>)>| pairs.into_iter().map(|(name, text)| (name, text.value)).collect();
    let (headers, body) = (plain(headers), plain(body));
    let (url, answers) = (url.value, answers.unwrap_or_default());
    Some(DescribedConfig {
        taken,
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

/// Reports words in braces that nothing is put in place of.
pub(super) fn known(section: &Section<'_, '_>, text: &Placed<String>, known: &[&str]) {
    for place in places(&text.value).filter(|place| !known.contains(place)) {
        let help = format!("possibles ici : {}", known.join(", "));
        section.report(text.at, format!("`{place}` n'est remplacé par rien"), Some(help));
    }
}

/// What stands in braces in a text.
pub(crate) fn places(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('{').filter_map(|(at, _)| {
        let rest = text.get(at..)?;
        rest.find('}').and_then(|end| rest.get(..=end))
    })
}

fn meanings(mut section: Section<'_, '_>, taken: Taken, has_words: bool) -> BTreeMap<String, Meaning> {
    let mut answers = BTreeMap::new();
    let [first, others @ ..] = MEANINGS;
    for (key, meaning) in [first, (taken.address_word(), Meaning::Address)].into_iter().chain(others) {
        for code in section.codes(key) {
            let status = code.value.parse::<u16>().is_ok();
            if status && !code.value.parse::<u16>().is_ok_and(|status| (200..600).contains(&status)) {
                section.report(code.at, format!("`{}` n'est pas un code de réponse HTTP", code.value), None);
            }
            if !status && !has_words {
                let help = format!("ajoutez `etat` dans [{}] : le chemin de ce mot dans la réponse", taken.section());
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
