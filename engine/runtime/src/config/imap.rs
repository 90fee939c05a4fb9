//! `[reponses] imap`: the mail server on which what comes back is read.

use super::channels::{self, Security, is_loopback};
use super::reader::Section;
use std::path::PathBuf;
use std::time::Duration;

/// A mailbox on a server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImapConfig {
    /// `imap`: the server.
    pub host: String,
    /// `port`: 993 or 143 by default, after `securite`.
    pub port: u16,
    /// `securite`.
    pub security: Security,
    /// `utilisateur`.
    pub user: String,
    /// `mot_de_passe_env`: the environment variable that holds the password.
    pub password_env: String,
    /// `autorite`: a PEM file with the certificate of a private authority, relative to the project.
    pub authority: Option<PathBuf>,
    /// `dossier`: which of the mailbox's folders.
    pub folder: String,
    /// `delai_secondes`: the longest wait for one answer of the server.
    pub timeout: Duration,
}

/// What only means something with a server; the password is refused everywhere.
pub(super) const KEYS: [&str; 8] =
    ["port", "securite", "utilisateur", "mot_de_passe_env", "autorite", "dossier", "delai_secondes", "mot_de_passe"];

/// Reads the keys of `[reponses]` that speak of a server.
pub(super) fn imap(section: &mut Section<'_, '_>, maildir: bool) -> Option<ImapConfig> {
    let Some(host) = section.text("imap") else {
        for key in KEYS {
            if let Some(at) = section.forbidden(key) {
                let help = "ajoutez imap = \"imap.exemple.fr\", ou retirez cette ligne".to_owned();
                section.report(at, format!("`{key}` ne sert qu'avec `imap` dans [reponses]"), Some(help));
            }
        }
        return None;
    };
    if maildir {
        let help = "gardez `maildir` ou `imap` : une seule boîte est relevée".to_owned();
        section.report(host.at, "deux boîtes pour les réponses", Some(help));
    }
    let choices = [("tls", Security::Tls), ("starttls", Security::StartTls), ("aucune", Security::None)];
    let security = section.choice("securite", &choices).unwrap_or(Security::Tls);
    let usual = if security == Security::Tls { 993 } else { 143 };
    let port = section.number("port", 1, 65_535).and_then(|port| u16::try_from(port).ok()).unwrap_or(usual);
    let user = section.required("utilisateur", "donnez le nom de connexion à la boîte, souvent son adresse");
    let password_env = channels::secret(section, "mot_de_passe_env", "mot_de_passe");
    let authority = section.plain("autorite").map(PathBuf::from);
    let folder = section.plain("dossier").unwrap_or_else(|| "INBOX".to_owned());
    let timeout = channels::timeout(section);
    if security == Security::None && !is_loopback(&host.value) {
        let help = "courriels et mot de passe passeraient en clair : choisissez \"tls\" ou \"starttls\" ; \"aucune\" n'est \
                    accepté que pour un serveur de cette machine (localhost)";
        section.report(host.at, "connexion sans chiffrement refusée", Some(help.to_owned()));
    }
    if password_env.is_none() {
        let help = "donnez le nom de la variable d'environnement qui contient le mot de passe".to_owned();
        section.report(section.at, "il manque `mot_de_passe_env` dans [reponses]", Some(help));
    }
    let (user, password_env) = (user?.value, password_env?);
    Some(ImapConfig { host: host.value, port, security, user, password_env, authority, folder, timeout })
}
