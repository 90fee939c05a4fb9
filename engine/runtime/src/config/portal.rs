//! `[espace]`: where a client's contacts come to the client's page, out of messages.

use super::TOP;
use super::channels::{is_loopback, secret};
use super::reader::Section;

/// `[espace]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PortalConfig {
    /// `adresse`: the public address of `relance serveur`.
    pub address: String,
    /// `liens_env`: the environment variable that holds the secret by which links are signed.
    pub link_secret_env: String,
}

/// Reads `[espace]`.
pub(super) fn portal(mut section: Section<'_, '_>) -> Option<PortalConfig> {
    let address = section
        .required("adresse", "l'adresse publique de `relance serveur` : adresse = \"https://relance.exemple.fr\"");
    if let Some(address) = &address {
        let help = "exemple : adresse = \"https://relance.exemple.fr\"".to_owned();
        let rest = address.value.strip_prefix("http://").unwrap_or_default();
        let host = rest.split('/').next().unwrap_or_default();
        let near = is_loopback(host.rsplit_once(':').map_or(host, |(name, _)| name));
        if !(address.value.starts_with("https://") || near) {
            section.report(address.at, "`adresse` doit commencer par https://", Some(help));
        } else if address.value.contains(['?', '#', '{', ' ']) {
            section.report(
                address.at,
                "`adresse` est le début d'une adresse, sans « ? », « # » ni accolade",
                Some(help),
            );
        }
    }
    let link_secret_env = secret(&mut section, "liens_env", "liens_secret");
    if link_secret_env.is_none() {
        let help = "donnez le nom de la variable qui contient le secret : liens_env = \"RELANCE_ESPACE\"".to_owned();
        section.report(section.at, "les liens vers l'espace du client sont signés : il manque `liens_env`", Some(help));
    }
    section.finish(&TOP, &["liens_secret"]);
    Some(PortalConfig { address: address?.value, link_secret_env: link_secret_env? })
}
