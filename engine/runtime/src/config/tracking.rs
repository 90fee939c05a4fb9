//! `[suivi]`: the service that is asked what became of registered letters.

use super::channels::{secret, timeout};
use super::described::places;
use super::reader::{Placed, Section};
use super::sms::encrypted;
use relance_core::tracked::LetterStatus;
use std::collections::BTreeMap;
use std::time::Duration;

/// What is put in place of words in braces.
const PLACES: [&str; 2] = ["{suivi}", "{jeton}"];

/// What a service's word means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LetterNews {
    /// It got there.
    Got(LetterStatus),
    /// Nobody lives there under that name: it failed.
    WrongAddress,
    /// On its way: nothing to note.
    Underway,
}

/// A service as described.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrackingConfig {
    /// `url`, with `{suivi}` in it.
    pub url: String,
    /// `jeton_env`.
    pub token_env: Option<String>,
    /// `[suivi.entetes]`.
    pub headers: Vec<(String, String)>,
    /// `etat`: where the answer has the word for how far the letter got.
    pub state: String,
    /// `date`: where it has the day of that; without it, the day of the question counts.
    pub date: Option<String>,
    /// `preuve`: where it has addresses of proofs.
    pub proofs: Vec<String>,
    /// `[suivi.etats]`: the service's words.
    pub states: BTreeMap<String, LetterNews>,
    /// `delai_secondes`.
    pub timeout: Duration,
}

/// Reads `[suivi]`.
pub(super) fn tracking(mut section: Section<'_, '_>) -> Option<TrackingConfig> {
    let example = "exemple : url = \"https://api.exemple.fr/suivi/{suivi}\"";
    let url = section.required("url", example);
    let token_env = secret(&mut section, "jeton_env", "jeton");
    let state = section.required("etat", "le chemin du mot qui dit où en est la lettre : etat = \"shipment.status\"");
    let date = section.plain("date");
    let proofs = proofs(&mut section);
    let timeout = timeout(&mut section);
    let headers = section.section("entetes").map(|headers| headers.entries()).unwrap_or_default();
    let states = match section.section("etats") {
        Some(states) => words(states),
        None => {
            let help =
                "une liste de mots du service pour chaque état : [suivi.etats] distribuee = [\"DELIVERED\"]".to_owned();
            section.report(section.at, "il manque la section [suivi.etats]", Some(help));
            BTreeMap::new()
        }
    };
    if let Some(url) = &url {
        encrypted(&section, url);
        if !url.value.contains("{suivi}") {
            section.report(url.at, "`suivi.url` ne dit pas où mettre le numéro de la lettre", Some(example.to_owned()));
        }
    }
    for (name, text) in &headers {
        if reqwest::header::HeaderName::from_bytes(name.as_bytes()).is_err() || text.value.contains(['\r', '\n']) {
            section.report(text.at, format!("`{name}` ne peut pas être un en-tête HTTP"), None);
        }
    }
    let texts = || headers.iter().map(|(_, text)| text).chain(&url);
    for text in texts() {
        for place in places(&text.value).filter(|place| !PLACES.contains(place)) {
            let help = format!("possibles ici : {}", PLACES.join(", "));
            section.report(text.at, format!("`{place}` n'est remplacé par rien"), Some(help));
        }
    }
    if token_env.is_none() && texts().any(|text| text.value.contains("{jeton}")) {
        section.report(section.at, "il manque `suivi.jeton_env`, que demande {jeton}", None);
    }
    let headers = headers.into_iter().map(|(name, text)| (name, text.value)).collect();
    section.finish(&super::TOP, &["jeton"]);
    let (url, state) = (url?.value, state?.value);
    Some(TrackingConfig { url, token_env, headers, state, date, proofs, states, timeout })
}

/// `preuve`: one path, or a list of them.
fn proofs(section: &mut Section<'_, '_>) -> Vec<String> {
    if section.is_list("preuve") {
        return section.texts("preuve").unwrap_or_default().into_iter().map(|path| path.value).collect();
    }
    section.plain("preuve").into_iter().collect()
}

fn words(mut section: Section<'_, '_>) -> BTreeMap<String, LetterNews> {
    let mut words = BTreeMap::new();
    let got = |status: LetterStatus| (status.word(), LetterNews::Got(status));
    let [presented, delivered, refused, unclaimed] = LetterStatus::ALL.map(got);
    let others = [("npai", LetterNews::WrongAddress), ("en_cours", LetterNews::Underway)];
    for (key, news) in [presented, delivered, refused, unclaimed].into_iter().chain(others) {
        for Placed { value, at } in section.codes(key) {
            if words.insert(value.clone(), news).is_some_and(|before| before != news) {
                section.report(at, format!("`{value}` a déjà un autre sens"), None);
            }
        }
    }
    if words.is_empty() {
        let help = "par exemple distribuee = [\"DELIVERED\"]".to_owned();
        section.report(section.at, "[suivi.etats] ne dit le sens d'aucun mot", Some(help));
    }
    section.finish(&[], &[]);
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use std::path::Path;

    fn parse(text: &str) -> Result<Config, String> {
        let whole = format!("[creancier]\nnom = \"A\"\n{text}");
        Config::parse(&whole, Path::new("relance.toml"))
            .map_err(|problems| problems.iter().map(|problem| format!("{problem}\n")).collect())
    }

    #[test]
    fn a_service_is_read_whole() {
        let text = "[suivi]\nurl = \"https://s.example/{suivi}?cle={jeton}\"\njeton_env = \"J\"\netat = \"a.0.b\"\npreuve = \"p\"\n\
                    [suivi.etats]\nrefusee = [\"R\", 4]\nnpai = [\"N\"]\nen_cours = [\"T\"]\n";
        let read = parse(text).unwrap().tracking.unwrap();
        assert_eq!((read.proofs.as_slice(), read.date, read.timeout.as_secs()), (&["p".to_owned()][..], None, 30));
        assert_eq!(read.states["4"], LetterNews::Got(LetterStatus::Refused));
        assert_eq!((read.states["N"], read.states["T"]), (LetterNews::WrongAddress, LetterNews::Underway));
        assert_eq!(parse("").unwrap().tracking, None);
    }

    #[test]
    fn every_mistake_says_what_to_write() {
        let told: Vec<String> = [
            "[suivi]\n",
            "[suivi]\nurl = \"http://s.example/{numero}\"\njeton = \"secret\"\netat = \"e\"\npreuves = \"p\"\n[suivi.entetes]\n\"a b\" = \"{jeton}\"\n\
             [suivi.etats]\nrefusee = [\"R\"]\ndistribuee = [\"R\"]\nperdue = [\"P\"]\n",
            "[suivi]\nurl = \"https://s.example/{suivi}\"\netat = \"e\"\n[suivi.etats]\n",
        ]
        .iter()
        .map(|text| parse(text).unwrap_err())
        .collect();
        let wanted: [&[&str]; 3] = [
            &["il manque `suivi.url`", "il manque `suivi.etat`", "il manque la section [suivi.etats]"],
            &[
                "`jeton` ne s'écrit pas dans relance.toml",
                "doit commencer par https://",
                "ne dit pas où mettre le numéro de la lettre",
                "`{numero}` n'est remplacé par rien",
                "ne peut pas être un en-tête HTTP",
                "`R` a déjà un autre sens",
                "clé inconnue `perdue`",
                "clé inconnue `preuves`",
            ],
            &["ne dit le sens d'aucun mot"],
        ];
        for (told, wanted) in told.iter().zip(wanted) {
            for words in wanted {
                assert!(told.contains(words), "{words} in\n{told}");
            }
        }
    }
}
