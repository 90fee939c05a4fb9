//! `[reponses]`: where what comes back by e-mail arrives.

use super::imap::{self, ImapConfig};
use super::reader::Section;
use super::{TOP, channels};
use std::path::PathBuf;

/// `[reponses]`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RepliesConfig {
    /// `maildir`: the mailbox, relative to the project.
    pub maildir: Option<PathBuf>,
    /// `imap`: the mailbox, on a server.
    pub imap: Option<ImapConfig>,
    /// How answers are marked with the file that they belong to.
    pub mark: Option<MarkConfig>,
}

/// An address that gets a mark for each client: `relances+MARK@exemple.fr`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MarkConfig {
    /// `adresse`, without the mark.
    pub address: String,
    /// `secret_env`: the environment variable that holds the secret from which marks are made.
    pub secret_env: String,
}

/// What is before the `@` has 64 characters at most (RFC 5321, §4.5.3.1.1); a `+` and the mark take these.
const MARKED: usize = 64 - 1 - crate::channel::TOKEN_LENGTH;

/// Reads `[reponses]`; an address of `[email] reponse_a` would be a second one.
pub(super) fn replies(mut section: Section<'_, '_>, elsewhere: bool) -> RepliesConfig {
    let maildir = section.plain("maildir").map(PathBuf::from);
    let imap = imap::imap(&mut section, maildir.is_some());
    let address = section.text("adresse").map(|text| (text.at, channels::address(&section, text)));
    let secret_env = channels::secret(&mut section, "secret_env", "secret");
    let mark = match (address, secret_env) {
        (Some((at, address)), Some(secret_env)) => {
            let local = address.rsplit_once('@').map_or(0, |(local, _)| local.len());
            if local > MARKED || address.contains('+') {
                let help =
                    format!("Relance y ajoute « +marque » avant l'arobase : {MARKED} caractères au plus, sans `+`");
                section.report(at, "cette adresse ne peut pas porter de marque", Some(help));
            } else if elsewhere {
                let help = "retirez `reponse_a` de [email] : les réponses vont à l'adresse de [reponses]".to_owned();
                section.report(at, "deux adresses pour les réponses", Some(help));
            }
            Some(MarkConfig { address, secret_env })
        }
        (None, None) => None,
        _ => {
            let help = "la marque de chaque client se calcule avec un secret : donnez `adresse`, et dans `secret_env` le nom de la \
                        variable d'environnement qui le contient";
            section.report(
                section.at,
                "`adresse` et `secret_env` vont ensemble dans [reponses]",
                Some(help.to_owned()),
            );
            None
        }
    };
    let mut refused = vec!["secret"];
    refused.extend(imap::KEYS);
    section.finish(&TOP, &refused);
    RepliesConfig { maildir, imap, mark }
}
