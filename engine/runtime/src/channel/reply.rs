//! What carriers answer, put into classes, and told without anybody's address or number.

use super::Refusal;
use std::error::Error;
use tokio_rustls::rustls;

/// At which point of a conversation with a mail server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    Greeting,
    Tls,
    Login,
    Sender,
    Recipient,
    Content,
}

/// The longest answer kept.
const LONGEST: usize = 200;

/// An answer as it may be kept in a journal: one line, short, addresses and numbers left out.
pub(crate) fn masked(text: &str) -> String {
    let private = |word: &str| word.contains('@') || word.chars().filter(char::is_ascii_digit).count() >= 9;
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let kept = words.map(|word| if private(word) { "[masqué]" } else { word }).collect::<Vec<_>>().join(" ");
    kept.chars().take(LONGEST).collect()
}

/// `5.1.1` at the head of an answer.
fn enhanced(text: &str) -> Option<(u8, u8)> {
    let first = text.split_whitespace().next()?;
    let mut parts = first.split('.');
    let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
    let numeric = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    (numeric(detail) && parts.next().is_none()).then_some((class.parse().ok()?, subject.parse().ok()?))
}

/// The class of an SMTP answer and what to do about it.
pub(super) fn classify(phase: Phase, code: u16, text: &str) -> (Refusal, String) {
    let subject = enhanced(text).map(|(_, subject)| subject);
    let class = match (phase, code) {
        (_, 400..=499) => Refusal::Temporary,
        (_, 530 | 534 | 535 | 538) => Refusal::Authentication,
        (Phase::Login, _) => Refusal::Authentication,
        (Phase::Greeting | Phase::Tls, _) => Refusal::Configuration,
        // The server does not want this sender: every message would meet the same.
        (Phase::Sender, 550 | 551 | 553) => Refusal::Configuration,
        // 5.1.x speaks of the address, 5.2.x of its mailbox; 5.7.x is a policy, whoever the recipient is.
        (Phase::Recipient, 550 | 551 | 553) if !matches!(subject, Some(7)) => Refusal::Address,
        (Phase::Recipient | Phase::Content, _) if subject == Some(1) => Refusal::Address,
        _ => Refusal::Permanent,
    };
    let advice = match class {
        Refusal::Temporary => "l'envoi sera retenté",
        Refusal::Authentication => "vérifiez `utilisateur` et le mot de passe de [email]",
        Refusal::Address => "vérifiez l'adresse du client",
        Refusal::Configuration if phase == Phase::Sender => "vérifiez `expediteur` dans [email]",
        Refusal::Configuration => "vérifiez `hote`, `port` et `securite` dans [email]",
        Refusal::Permanent => "le message ne passera pas tel quel",
    };
    let place = match phase {
        Phase::Greeting => "le serveur de courriel refuse la connexion",
        Phase::Tls => "le serveur de courriel refuse le chiffrement",
        Phase::Login => "le serveur de courriel refuse l'authentification",
        Phase::Sender => "le serveur de courriel refuse l'expéditeur",
        Phase::Recipient => "le serveur de courriel refuse le destinataire",
        Phase::Content => "le serveur de courriel refuse le message",
    };
    (class, format!("{place} ({code} {}) ; {advice}", masked(text)))
}

/// What is wrong with a secured connection, when the reason is the certificate and not the network.
pub(crate) fn certificate_problem(error: &(dyn Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let found = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()).or_else(|| error.downcast_ref());
        if let Some(rustls::Error::InvalidCertificate(reason)) = found {
            let why = match reason {
                rustls::CertificateError::UnknownIssuer => {
                    "son autorité est inconnue ; donnez-la dans `autorite` si elle est privée"
                }
                rustls::CertificateError::Expired | rustls::CertificateError::ExpiredContext { .. } => "il a expiré",
                rustls::CertificateError::NotValidForName | rustls::CertificateError::NotValidForNameContext { .. } => {
                    "il n'est pas au nom de ce serveur ; vérifiez l'adresse du serveur"
                }
                _ => "il est incorrect",
            };
            return Some(format!("certificat du serveur refusé : {why}"));
        }
        next = error.source();
    }
    None
}

/// A failure of the network or the disk in French, where its kind is known.
pub(crate) fn plainly(error: &(dyn Error + 'static)) -> String {
    use std::io::ErrorKind;
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            let known = match io.kind() {
                ErrorKind::ConnectionRefused => "connexion refusée",
                ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => "connexion coupée",
                ErrorKind::UnexpectedEof => "connexion fermée par le serveur",
                ErrorKind::TimedOut => "pas de réponse",
                ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "réseau injoignable",
                ErrorKind::PermissionDenied => "accès refusé",
                ErrorKind::StorageFull => "disque plein",
                ErrorKind::NotFound => "introuvable",
                ErrorKind::ReadOnlyFilesystem => "disque en lecture seule",
                ErrorKind::NotADirectory => "ce n'est pas un dossier",
                _ if io.to_string().contains("lookup") => "nom de serveur inconnu",
                _ => return masked(&io.to_string()),
            };
            return known.to_owned();
        }
        next = error.source();
    }
    masked(&error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        let class = |phase, code, text| classify(phase, code, text).0;
        assert_eq!(class(Phase::Recipient, 550, "5.1.1 inconnu"), Refusal::Address);
        assert_eq!(class(Phase::Recipient, 550, "inconnu"), Refusal::Address);
        assert_eq!(class(Phase::Recipient, 550, "5.7.1 relaying denied"), Refusal::Permanent);
        assert_eq!(class(Phase::Recipient, 450, "4.2.0 greylisted"), Refusal::Temporary);
        assert_eq!(class(Phase::Recipient, 554, "5.1.2 no such domain"), Refusal::Address);
        assert_eq!(class(Phase::Content, 554, "5.6.0 spam"), Refusal::Permanent);
        assert_eq!(class(Phase::Content, 552, "too big"), Refusal::Permanent);
        assert_eq!(class(Phase::Sender, 530, "login first"), Refusal::Authentication);
        assert_eq!(class(Phase::Sender, 553, "not yours"), Refusal::Configuration);
        assert_eq!(class(Phase::Login, 454, "later"), Refusal::Temporary);
        assert_eq!(class(Phase::Greeting, 554, "go away"), Refusal::Configuration);
    }

    #[test]
    fn answers_are_kept_without_addresses() {
        let text = "5.1.1 <paul@exemple.fr>: Recipient\r\naddress rejected +33612345678";
        assert_eq!(masked(text), "5.1.1 [masqué] Recipient address rejected [masqué]");
        assert_eq!(masked(&"é ".repeat(300)).chars().count(), 200);
    }
}
