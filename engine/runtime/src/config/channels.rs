//! `[email]`, `[envois]` and `[service]`: by which way messages leave, and who may tell what became of them.

use super::TOP;
use super::dkim::{self, DkimConfig};
use super::reader::{Placed, Section};
use super::senders::{self, EmailSender};
use crate::rate::Rate;
use crate::runner::LONGEST_SENDING;
use std::path::PathBuf;
use std::time::Duration;

/// `[email]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EmailConfig {
    /// `expediteur`: the address in `From`; without it, the creditor's.
    pub sender: Option<String>,
    /// `expediteurs`: who else sends, and what.
    pub senders: Vec<EmailSender>,
    /// `pieces`: the files that are attached, with `{numero}` in it.
    pub attached: Option<String>,
    /// `dkim`: with which key messages are signed.
    pub dkim: Option<DkimConfig>,
    /// `reponse_a`: where replies go, when not to the sender.
    pub reply_to: Option<String>,
    /// `dossier`: where `.eml` files are written, relative to the project.
    pub folder: PathBuf,
    /// `debit`: how fast they may leave.
    pub rate: Option<Rate>,
    /// The server, with `mode = "smtp"`.
    pub smtp: Option<SmtpConfig>,
}

impl Default for EmailConfig {
    fn default() -> EmailConfig {
        EmailConfig {
            sender: None,
            senders: Vec::new(),
            dkim: None,
            attached: None,
            reply_to: None,
            folder: PathBuf::from("envois"),
            rate: None,
            smtp: None,
        }
    }
}

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Security {
    /// Plain at first, then TLS or nothing (port 587).
    StartTls,
    /// TLS from the first byte (port 465).
    Tls,
    /// None: accepted towards this very machine only.
    None,
}

/// A mail server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SmtpConfig {
    /// `hote`.
    pub host: String,
    /// `port`: 587, 465 or 25 by default, after `securite`.
    pub port: u16,
    /// `securite`.
    pub security: Security,
    /// `utilisateur`.
    pub user: Option<String>,
    /// `mot_de_passe_env`: the environment variable that holds the password.
    pub password_env: Option<String>,
    /// `autorite`: a PEM file with the certificate of a private authority, relative to the project.
    pub authority: Option<PathBuf>,
    /// `connexions`: how many at once.
    pub connections: u32,
    /// `delai_secondes`: the longest wait for one answer of the server.
    pub timeout: Duration,
}

/// `[envois] doutes`: who is asked whether a message in doubt has left. No value sends it again blindly.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Doubts {
    /// The provider, where one can be asked; what it does not have is for a person to say.
    #[default]
    Provider,
    /// Always a person.
    Person,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Folder,
    Carrier,
}

/// Reports an address that cannot be one.
pub(super) fn address(section: &Section<'_, '_>, text: Placed<String>) -> String {
    if text.value.parse::<lettre::Address>().is_err() {
        let help = "exemple : \"compta@exemple.fr\"".to_owned();
        section.report(text.at, "adresse électronique incorrecte", Some(help));
    }
    text.value
}

/// Refuses a secret in the file and the name of a variable that cannot be one.
pub(super) fn secret(section: &mut Section<'_, '_>, key: &'static str, refused: &'static str) -> Option<String> {
    if let Some(at) = section.forbidden(refused) {
        let help = format!(
            "ce fichier se partage et se sauvegarde : écrivez {key} = \"NOM_DE_VARIABLE\" et donnez le secret dans cette \
             variable d'environnement"
        );
        section.report(at, format!("`{refused}` ne s'écrit pas dans relance.toml"), Some(help));
    }
    let name = section.text(key)?;
    if !name.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        let help = "donnez le nom de la variable, par exemple RELANCE_SMTP_MDP, pas le secret lui-même".to_owned();
        section.report(name.at, format!("`{key}` n'est pas un nom de variable d'environnement"), Some(help));
    }
    Some(name.value)
}

pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// How long a carrier's answer is waited for, in seconds: a claim on a message lasts a minute, whatever happens.
const LONGEST_PATIENCE: u32 = 30;

pub(super) fn timeout(section: &mut Section<'_, '_>) -> Duration {
    let seconds = section.number("delai_secondes", 1, LONGEST_PATIENCE).unwrap_or(LONGEST_PATIENCE);
    Duration::from_secs(seconds.into())
}

/// `debit = "60 par minute"`.
pub(super) fn rate(section: &mut Section<'_, '_>) -> Option<Rate> {
    let text = section.text("debit")?;
    let words: Vec<&str> = text.value.split_whitespace().collect();
    let rate = match words[..] {
        [number, "par", unit] => number.parse::<u32>().ok().zip(match unit {
            "seconde" => Some(1),
            "minute" => Some(60),
            "heure" => Some(3_600),
            _ => None,
        }),
        _ => None,
    };
    match rate {
        Some((messages @ 1..=100_000, seconds)) => {
            let rate = Rate::new(messages, Duration::from_secs(seconds));
            if rate.capacity(LONGEST_SENDING) == 0 {
                let help = "une exécution dure un quart d'heure au plus : au moins \"4 par heure\"".to_owned();
                section.report(text.at, format!("débit trop lent `{}`", text.value), Some(help));
            }
            Some(rate)
        }
        _ => {
            let help = "écrivez un nombre de 1 à 100000 et une durée : \"10 par seconde\", \"60 par minute\" ou \"500 par heure\"";
            section.report(text.at, format!("débit incompris `{}`", text.value), Some(help.to_owned()));
            None
        }
    }
}

/// Keys that only mean something in the other mode.
pub(super) fn unused_unless(section: &mut Section<'_, '_>, mode: &str, keys: &[&'static str]) {
    for key in keys.iter().copied() {
        if let Some(at) = section.forbidden(key) {
            let help = format!("ajoutez mode = \"{mode}\", ou retirez cette ligne");
            section.report(at, format!("`{key}` ne sert qu'avec mode = \"{mode}\""), Some(help));
        }
    }
}

const SMTP_KEYS: [&str; 8] =
    ["hote", "port", "securite", "utilisateur", "mot_de_passe_env", "autorite", "connexions", "delai_secondes"];

/// Reads `[email]`.
pub(super) fn email(mut section: Section<'_, '_>) -> Option<EmailConfig> {
    let mode = section.choice("mode", &[("dossier", Mode::Folder), ("smtp", Mode::Carrier)]).unwrap_or(Mode::Folder);
    let sender = section.text("expediteur").map(|text| address(&section, text));
    let reply_to = section.text("reponse_a").map(|text| address(&section, text));
    let senders = senders::senders(section.tables("expediteurs"));
    let names: Vec<&str> =
        sender.iter().chain(senders.iter().map(|sender| &sender.address)).map(String::as_str).collect();
    let dkim = section.section("dkim").and_then(|section| dkim::dkim(section, &names));
    let attached = section.text("pieces").map(|text| {
        if !text.value.contains("{numero}") {
            let help = "exemple : pieces = \"factures/{numero}.pdf\"".to_owned();
            section.report(text.at, "`email.pieces` doit contenir `{numero}`", Some(help));
        }
        text.value
    });
    let folder = section.plain("dossier").map_or_else(|| EmailConfig::default().folder, PathBuf::from);
    let rate = rate(&mut section);
    let mut refused = vec!["mot_de_passe"];
    let smtp = if mode == Mode::Carrier {
        smtp(&mut section)
    } else {
        unused_unless(&mut section, "smtp", &SMTP_KEYS);
        refused.extend(SMTP_KEYS);
        None
    };
    section.finish(&TOP, &refused);
    Some(EmailConfig { sender, senders, attached, dkim, reply_to, folder, rate, smtp })
}

fn smtp(section: &mut Section<'_, '_>) -> Option<SmtpConfig> {
    let host = section.required("hote", "donnez le serveur d'envoi, par exemple hote = \"smtp.exemple.fr\"");
    let choices = [("starttls", Security::StartTls), ("tls", Security::Tls), ("aucune", Security::None)];
    let security = section.choice("securite", &choices).unwrap_or(Security::StartTls);
    let usual = match security {
        Security::StartTls => 587,
        Security::Tls => 465,
        Security::None => 25,
    };
    let port = section.number("port", 1, 65_535).and_then(|port| u16::try_from(port).ok()).unwrap_or(usual);
    let user = section.plain("utilisateur");
    let password_env = secret(section, "mot_de_passe_env", "mot_de_passe");
    let authority = section.plain("autorite").map(PathBuf::from);
    let connections = section.number("connexions", 1, 100).unwrap_or(4);
    let timeout = timeout(section);
    let host = host?;
    if security == Security::None && !is_loopback(&host.value) {
        let help = "messages et mot de passe passeraient en clair : choisissez \"starttls\" ou \"tls\" ; \"aucune\" n'est \
                    accepté que pour un serveur de cette machine (localhost)";
        section.report(host.at, "connexion sans chiffrement refusée", Some(help.to_owned()));
    }
    if user.is_some() != password_env.is_some() {
        let help = "l'authentification demande les deux ; sans authentification, retirez les deux".to_owned();
        section.report(section.at, "`utilisateur` et `mot_de_passe_env` vont ensemble dans [email]", Some(help));
    }
    Some(SmtpConfig { host: host.value, port, security, user, password_env, authority, connections, timeout })
}

/// In which form an e-mail provider tells of messages that came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum BounceForm {
    /// Ours.
    #[default]
    Own,
    /// Mailgun's.
    Mailgun,
}

/// Who may tell the service of messages that came back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BouncesConfig {
    /// `retours_env`: the environment variable that holds the secret of the signatures.
    pub secret_env: String,
    /// `retours`.
    pub form: BounceForm,
}

/// Reads `[service]`: the variable of the callbacks' secret, who tells of messages that came back, and the variable of the secret of those
/// who tell of letters.
pub(super) fn service(mut section: Section<'_, '_>) -> (Option<String>, Option<BouncesConfig>, Option<String>) {
    let variable = secret(&mut section, "rappel_env", "rappel");
    let form = section.choice("retours", &[("relance", BounceForm::Own), ("mailgun", BounceForm::Mailgun)]);
    let secret_env = secret(&mut section, "retours_env", "secret");
    if form.is_some() && secret_env.is_none() {
        let help = "donnez le nom de la variable qui contient le secret de signature".to_owned();
        section.report(section.at, "`retours` ne sert à rien sans `retours_env` dans [service]", Some(help));
    }
    let letters_env = secret(&mut section, "suivi_env", "suivi");
    section.finish(&TOP, &["rappel", "secret", "suivi"]);
    (variable, secret_env.map(|secret_env| BouncesConfig { secret_env, form: form.unwrap_or_default() }), letters_env)
}

/// Reads `[envois]`.
pub(super) fn doubts(mut section: Section<'_, '_>) -> Doubts {
    let choices = [("fournisseur", Doubts::Provider), ("personne", Doubts::Person)];
    let doubts = section.choice("doutes", &choices).unwrap_or_default();
    section.finish(&TOP, &[]);
    doubts
}
