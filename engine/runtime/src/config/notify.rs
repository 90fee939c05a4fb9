//! `[[notifications]]` and `[[alertes]]`: which systems and people of the company hear of what happens.

use super::TOP;
use super::channels::{self, is_loopback, secret, timeout};
use super::nearest::help_for;
use super::reader::{Placed, Section};
use relance_core::journal::Kind;
use relance_core::schema::fold;
use std::collections::BTreeSet;
use std::time::Duration;

/// One entry of `[[notifications]]`: a system that is told of journal lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotificationConfig {
    /// `nom`: what it is called in `etat`; what waits for it goes by this name.
    pub name: String,
    /// `url`.
    pub url: String,
    /// `evenements`: the public names of the lines; empty is all of them.
    pub events: BTreeSet<String>,
    /// `secret_env`: the environment variable that holds the secret of the signatures.
    pub secret_env: String,
    /// `delai_secondes`: the longest wait for an answer.
    pub timeout: Duration,
}

/// One entry of `[[alertes]]`: by which way `alerter` reaches somebody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlertConfig {
    /// `pour`: the word after `alerter`.
    pub target: String,
    /// The way.
    pub way: AlertWay,
}

/// By which way an alert leaves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AlertWay {
    /// `courriel`: an address.
    Mail(String),
    /// `salon_env`: the environment variable that holds the address of a chat room, which is a secret.
    Room(String, RoomKind),
}

/// `genre`: whose chat rooms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RoomKind {
    /// Slack, and those who take the same.
    Slack,
    /// Microsoft Teams (Workflows).
    Teams,
}

impl NotificationConfig {
    /// What the base and `etat` call it.
    pub fn label(&self) -> String {
        format!("notification {}", self.name)
    }
}

impl AlertConfig {
    /// What the base and `etat` call it.
    pub fn label(&self) -> String {
        match &self.way {
            AlertWay::Mail(address) => format!("alerte {}, courriel {address}", self.target),
            AlertWay::Room(variable, _) => format!("alerte {}, salon {variable}", self.target),
        }
    }
}

/// Whether requests may go to an address: secured, or to this very machine.
pub(crate) fn is_safe(url: &str) -> bool {
    let host = url.strip_prefix("http://").map(|rest| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority
            .rsplit_once(':')
            .map_or(authority, |(host, port)| if port.bytes().all(|b| b.is_ascii_digit()) { host } else { authority });
        host.to_owned()
    });
    match host {
        // What is before an `@` is a name, and not the host.
        Some(host) => is_loopback(&host) && !host.contains('@'),
        None => url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/')),
    }
}

fn address(section: &Section<'_, '_>, text: &Placed<String>) {
    if text.value.contains(char::is_whitespace) || !is_safe(&text.value) {
        let help = "elle commence par https:// ; http:// n'est accepté que pour cette machine (localhost)".to_owned();
        section.report(text.at, "adresse de notification refusée", Some(help));
    }
}

/// Reads `[[notifications]]`.
pub(super) fn notifications(sections: Vec<Section<'_, '_>>) -> Vec<NotificationConfig> {
    let mut all: Vec<NotificationConfig> = Vec::new();
    for mut section in sections {
        let name =
            section.required("nom", "donnez un nom court au système prévenu, par exemple nom = \"comptabilité\"");
        let url =
            section.required("url", "donnez l'adresse à prévenir, par exemple \"https://erp.exemple.fr/relance\"");
        if let Some(url) = &url {
            address(&section, url);
        }
        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        let events = section.texts("evenements").unwrap_or_default();
        for event in events.iter().filter(|event| !known.contains(&event.value.as_str())) {
            let message = format!("événement inconnu `{}` dans `evenements`", event.value);
            section.report(event.at, message, Some(help_for(&event.value, &known)));
        }
        if let Some(name) = &name
            && all.iter().any(|other| fold(&other.name) == fold(&name.value))
        {
            let help = "deux systèmes ont deux noms : ce qui attend l'un ne part pas vers l'autre".to_owned();
            section.report(name.at, format!("`{}` figure deux fois dans [[notifications]]", name.value), Some(help));
        }
        let secret_env = secret(&mut section, "secret_env", "secret");
        if secret_env.is_none() {
            let help = "donnez le nom de la variable d'environnement du secret : c'est à lui que votre système reconnaît Relance";
            section.report(section.at, "il manque `notifications.secret_env`", Some(help.to_owned()));
        }
        let timeout = timeout(&mut section);
        section.finish(&TOP, &["secret"]);
        if let (Some(name), Some(url), Some(secret_env)) = (name, url, secret_env) {
            let events = events.into_iter().map(|event| event.value).collect();
            all.push(NotificationConfig { name: name.value, url: url.value, events, secret_env, timeout });
        }
    }
    all
}

/// Reads `[[alertes]]`.
pub(super) fn alerts(sections: Vec<Section<'_, '_>>) -> Vec<AlertConfig> {
    let mut all = Vec::new();
    for mut section in sections {
        let target =
            section.required("pour", "donnez le mot qu'écrivent vos scénarios après `alerter` : pour = \"direction\"");
        let mail = section.text("courriel").map(|text| channels::address(&section, text));
        let room = secret(&mut section, "salon_env", "salon");
        let kinds = [("slack", RoomKind::Slack), ("teams", RoomKind::Teams)];
        let kind = section.choice("genre", &kinds);
        let way = match (mail, room) {
            (Some(mail), None) => {
                if kind.is_some() {
                    let help = "retirez cette ligne, ou donnez `salon_env` à la place de `courriel`".to_owned();
                    section.report(section.at, "`genre` ne sert qu'avec `salon_env` dans [[alertes]]", Some(help));
                }
                Some(AlertWay::Mail(mail))
            }
            (None, Some(room)) => Some(AlertWay::Room(room, kind.unwrap_or(RoomKind::Slack))),
            (mail, _) => {
                let help = "donnez `courriel` (une adresse) ou `salon_env` (la variable de l'adresse d'un salon) ; pour les deux, écrivez \
                            deux fois [[alertes]]";
                let what =
                    if mail.is_some() { "deux chemins pour une alerte" } else { "cette alerte n'a pas de chemin" };
                section.report(section.at, what, Some(help.to_owned()));
                None
            }
        };
        if let (Some(target), Some(way)) = (target, way) {
            let alert = AlertConfig { target: target.value, way };
            if all.iter().any(|other: &AlertConfig| other.label() == alert.label()) {
                let help = "l'alerte partirait deux fois : retirez-en une".to_owned();
                section.report(target.at, "la même alerte figure deux fois dans [[alertes]]", Some(help));
            }
            all.push(alert);
        }
        section.finish(&TOP, &["salon"]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn requests_go_to_secured_places_or_stay_here() {
        for safe in ["https://erp.exemple.fr/r", "http://localhost:8080/r", "http://127.0.0.1/", "http://[::1]:80/x"] {
            assert!(is_safe(safe), "{safe}");
        }
        for refused in [
            "http://erp.exemple.fr/",
            "http://localhost@mechant.fr/",
            "http://localhost:80@mechant.fr/",
            "http://localhost.mechant.fr/",
            "ftp://localhost/",
            "https://",
            "erp.exemple.fr",
            "",
        ] {
            assert!(!is_safe(refused), "{refused}");
        }
    }
}
