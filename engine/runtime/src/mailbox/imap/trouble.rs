//! What a mail server on which answers are read may do wrong, and what to do about it.

use crate::channel::{masked, plainly};
use crate::config::ImapConfig;
use std::io;

/// Why a conversation did not go on.
#[derive(Debug)]
pub(super) enum Lost {
    /// The network.
    Network(io::Error),
    /// The server closed in the middle.
    Closed,
    /// The server says goodbye, and why.
    Bye(String),
    /// No answer within so many seconds.
    Silent(u64),
    /// The visit takes too long as a whole.
    TooSlow,
    /// More comes than any answer has.
    Endless,
    /// What comes is not IMAP.
    Nonsense,
    /// The server said no to a command.
    Refused(String),
}

impl From<io::Error> for Lost {
    fn from(error: io::Error) -> Lost {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Lost::Closed,
            _ => Lost::Network(error),
        }
    }
}

/// A mailbox on a server cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ImapTrouble {
    /// What happened, in French.
    pub message: String,
    /// What to do, in French.
    pub advice: String,
}

/// What was being done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    Greeting,
    StartTls,
    Login,
    Folder,
    Reading,
    Marking,
}

const AGAIN: &str = "réessayez plus tard : ce qui est déjà noté ne le sera pas deux fois";

fn said(text: &str) -> String {
    let text = masked(text);
    if text.is_empty() { String::new() } else { format!(" (« {text} »)") }
}

/// A trouble with this server.
pub(super) fn trouble(config: &ImapConfig, what: &str, advice: impl Into<String>) -> ImapTrouble {
    ImapTrouble {
        message: format!("serveur de courriel {}:{} : {what}", config.host, config.port),
        advice: advice.into(),
    }
}

/// What a lost conversation means.
pub(super) fn told(config: &ImapConfig, phase: Phase, lost: Lost) -> ImapTrouble {
    let place = "vérifiez `imap`, `port` et `securite` dans [reponses]";
    let early = matches!(phase, Phase::Greeting | Phase::StartTls);
    let advice = if early { place } else { AGAIN };
    match lost {
        Lost::Network(error) => trouble(config, &format!("injoignable ({})", plainly(&error)), advice),
        Lost::Closed => trouble(config, "connexion fermée par le serveur", advice),
        Lost::Bye(text) => trouble(config, &format!("le serveur met fin à la connexion{}", said(&text)), AGAIN),
        Lost::Silent(seconds) => trouble(config, &format!("pas de réponse en {seconds} s"), advice),
        Lost::TooSlow => trouble(config, "trop lent : la relève est interrompue", AGAIN),
        Lost::Endless => trouble(
            config,
            "la réponse est sans fin : la relève est interrompue",
            "vérifiez `imap` et `port` dans [reponses], ou demandez à votre hébergeur",
        ),
        Lost::Nonsense => trouble(config, "ce qu’il répond n’est pas de l’IMAP", place),
        Lost::Refused(text) => refused(config, phase, &text),
    }
}

fn refused(config: &ImapConfig, phase: Phase, text: &str) -> ImapTrouble {
    let said = said(text);
    match phase {
        Phase::Greeting => trouble(config, &format!("la connexion est refusée{said}"), AGAIN),
        Phase::StartTls => trouble(
            config,
            &format!("le serveur n’offre pas STARTTLS{said}"),
            "essayez securite = \"tls\" dans [reponses], le plus souvent sur le port 993",
        ),
        Phase::Login => trouble(
            config,
            &format!("l’utilisateur ou le mot de passe est refusé{said}"),
            format!(
                "vérifiez `utilisateur` et la variable {} ; beaucoup d’hébergeurs demandent un mot de passe d’application",
                config.password_env
            ),
        ),
        Phase::Folder => trouble(
            config,
            &format!("le dossier « {} » ne s’ouvre pas{said}", config.folder),
            "corrigez `dossier` dans [reponses] : son nom entier, comme le donne votre logiciel de courriel",
        ),
        Phase::Reading => trouble(config, &format!("les courriels ne se lisent pas{said}"), AGAIN),
        Phase::Marking => trouble(
            config,
            &format!("les courriels lus ne se marquent pas{said}"),
            "donnez à cet utilisateur le droit de marquer les courriels de ce dossier",
        ),
    }
}
