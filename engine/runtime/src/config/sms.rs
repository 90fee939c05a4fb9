//! `[sms]`: by which service text messages leave.

use super::TOP;
use super::channels::{Mode, is_loopback, rate, secret, timeout, unused_unless};
use super::described::{self, DescribedConfig, Taken};
use super::reader::{Placed, Section};
use crate::rate::Rate;
use std::path::PathBuf;
use std::time::Duration;

/// `[sms]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SmsConfig {
    /// `dossier`: where messages are written, relative to the project.
    pub folder: PathBuf,
    /// `debit`: how fast they may leave.
    pub rate: Option<Rate>,
    /// The service, with `mode = "http"`.
    pub service: Option<SmsService>,
}

impl Default for SmsConfig {
    fn default() -> SmsConfig {
        SmsConfig { folder: PathBuf::from("envois"), rate: None, service: None }
    }
}

/// An SMS service that speaks Twilio's interface.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TwilioConfig {
    /// `base_url`, without a final slash.
    pub base_url: String,
    /// `compte`: the account's identifier.
    pub account: String,
    /// `jeton_env`: the environment variable that holds the token.
    pub token_env: String,
    /// `expediteur`: the number or name that the recipient sees.
    pub sender: String,
    /// `delai_secondes`.
    pub timeout: Duration,
}

/// A service that takes SMS.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SmsService {
    /// One that speaks Twilio's interface.
    Twilio(TwilioConfig),
    /// Any other, as `[sms]` describes it (`url`).
    Described(DescribedConfig),
}

impl SmsConfig {
    /// Whether the service can be asked which messages it took.
    pub fn can_be_asked(&self) -> bool {
        matches!(self.service, Some(SmsService::Twilio(_)))
    }
}

const HTTP_KEYS: [&str; 13] = [
    "base_url",
    "compte",
    "jeton_env",
    "expediteur",
    "delai_secondes",
    "url",
    "methode",
    "encodage",
    "entetes",
    "corps",
    "identifiant",
    "etat",
    "reponses",
];

/// Reads `[sms]`.
pub(super) fn sms(mut section: Section<'_, '_>) -> Option<SmsConfig> {
    let mode = section.choice("mode", &[("dossier", Mode::Folder), ("http", Mode::Carrier)]).unwrap_or(Mode::Folder);
    let folder = section.plain("dossier").map_or_else(|| SmsConfig::default().folder, PathBuf::from);
    let rate = rate(&mut section);
    let mut refused = vec!["jeton"];
    let service = if mode == Mode::Carrier {
        let url = section.text("url");
        match url {
            Some(url) => described::read(&mut section, (Taken::Sms, false), url).map(SmsService::Described),
            None => twilio(&mut section).map(SmsService::Twilio),
        }
    } else {
        unused_unless(&mut section, "http", &HTTP_KEYS);
        refused.extend(HTTP_KEYS);
        None
    };
    section.finish(&TOP, &refused);
    Some(SmsConfig { folder, rate, service })
}

/// Reports an address over which secrets would pass in clear.
pub(super) fn encrypted(section: &Section<'_, '_>, url: &Placed<String>) {
    let host = url.value.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or("");
    let bare = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let clear = url.value.starts_with("http://") && is_loopback(bare);
    if !(url.value.starts_with("https://") || clear) {
        let help = match section.name() {
            "recommandes" => "le jeton et les lettres passeraient en clair",
            _ => "le jeton et les numéros passeraient en clair",
        };
        section.report(url.at, "l'adresse du service doit commencer par https://", Some(help.to_owned()));
    }
}

fn twilio(section: &mut Section<'_, '_>) -> Option<TwilioConfig> {
    let base_url = section.required("base_url", "donnez l'adresse du service, par exemple https://api.twilio.com");
    let account = section.required("compte", "donnez l'identifiant du compte chez le service de SMS");
    let token_env = secret(section, "jeton_env", "jeton");
    if token_env.is_none() {
        let help = "donnez le nom de la variable d'environnement qui contient le jeton".to_owned();
        section.report(section.at, "il manque `sms.jeton_env`", Some(help));
    }
    let sender = section.required("expediteur", "donnez le numéro ou le nom que le destinataire verra");
    let timeout = timeout(section);
    let base_url = base_url?;
    encrypted(section, &base_url);
    Some(TwilioConfig {
        base_url: base_url.value.trim_end_matches('/').to_owned(),
        account: account?.value,
        token_env: token_env?,
        sender: sender?.value,
        timeout,
    })
}
