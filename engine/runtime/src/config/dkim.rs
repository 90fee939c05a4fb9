//! `[email.dkim]`: with which key messages are signed.

use super::TOP;
use super::reader::Section;
use std::path::PathBuf;

/// `[email.dkim]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DkimConfig {
    /// `domaine`: the one that answers for the messages.
    pub domain: String,
    /// `selecteur`: which of the domain's keys.
    pub selector: String,
    /// `cle`: a PEM file with the private key, relative to the project.
    pub key: PathBuf,
}

/// A name of the DNS: letters, digits and hyphens between points.
fn is_name(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    text.len() <= 253 && text.split('.').all(label)
}

/// Reads `[email.dkim]`; `senders` are the addresses in whose name messages leave.
pub(super) fn dkim(mut section: Section<'_, '_>, senders: &[&str]) -> Option<DkimConfig> {
    let domain = section.required("domaine", "donnez le domaine de l'expéditeur, par exemple \"exemple.fr\"");
    let selector = section.required("selecteur", "choisissez un nom pour cette clé, par exemple \"relance\"");
    let key = section.required("cle", "donnez le fichier PEM de la clé privée, par exemple \"dkim.pem\"");
    for name in domain.iter().chain(&selector).filter(|name| !is_name(&name.value)) {
        let help = "des lettres sans accent, des chiffres et des tirets, séparés par des points".to_owned();
        section.report(name.at, format!("`{}` n'est pas un nom du DNS", name.value), Some(help));
    }
    if let Some(domain) = &domain {
        let own = domain.value.to_lowercase();
        let inside = |address: &&&str| {
            let theirs = address.rsplit_once('@').map(|(_, theirs)| theirs.to_lowercase()).unwrap_or_default();
            theirs == own || theirs.ends_with(&format!(".{own}"))
        };
        if let Some(outside) = senders.iter().find(|address| !inside(address)) {
            let help = "une signature ne vaut, pour DMARC, que si elle est du domaine de l'expéditeur".to_owned();
            section.report(domain.at, format!("l'expéditeur `{outside}` n'est pas de ce domaine"), Some(help));
        }
    }
    section.finish(&TOP, &[]);
    Some(DkimConfig { domain: domain?.value, selector: selector?.value, key: PathBuf::from(key?.value) })
}
