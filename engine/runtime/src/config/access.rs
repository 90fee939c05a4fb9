//! `[acces]`: how people come in, and what takes two of them.

use super::TOP;
use super::channels::secret;
use super::reader::Section;
use super::sms::encrypted;

/// When formal notices, hand-overs and waivers take two people.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum FourEyes {
    /// As soon as somebody else could grant them: whoever works alone goes on working.
    #[default]
    WhenTwo,
    /// Always: whoever is alone waits for somebody.
    Always,
    /// Never.
    Never,
}

/// `[acces]`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AccessConfig {
    /// `quatre_yeux`.
    pub four_eyes: FourEyes,
    /// `[acces.oidc]`.
    pub oidc: Option<OidcConfig>,
}

/// `[acces.oidc]`: the company's own login, by OpenID Connect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OidcConfig {
    /// `emetteur`: the provider's address, as its tokens name it.
    pub issuer: String,
    /// `client_id`.
    pub client: String,
    /// `secret_env`: the environment variable that holds the client's secret; none for a public client.
    pub secret_env: Option<String>,
    /// `libelle`: what the button says.
    pub label: String,
}

/// Reads `[acces]`.
pub(super) fn access(mut section: Section<'_, '_>) -> AccessConfig {
    let words = [("a_deux", FourEyes::WhenTwo), ("toujours", FourEyes::Always), ("jamais", FourEyes::Never)];
    let four_eyes = section.choice("quatre_yeux", &words).unwrap_or_default();
    let oidc = section.section("oidc").and_then(oidc);
    section.finish(&TOP, &[]);
    AccessConfig { four_eyes, oidc }
}

fn oidc(mut section: Section<'_, '_>) -> Option<OidcConfig> {
    let issuer = section.required("emetteur", "l'adresse du fournisseur : emetteur = \"https://connexion.exemple.fr\"");
    if let Some(issuer) = &issuer {
        encrypted(&section, issuer);
    }
    let client = section.required("client_id", "le nom que le fournisseur donne à Relance");
    let secret_env = secret(&mut section, "secret_env", "secret");
    let label = section.plain("libelle").unwrap_or_else(|| "Se connecter avec le compte de la société".to_owned());
    section.finish(&TOP, &["secret"]);
    Some(OidcConfig { issuer: issuer?.value, client: client?.value, secret_env, label })
}
