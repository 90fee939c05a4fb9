//! `[recommandes]`: the service that takes registered letters, described as an SMS service is.

use super::TOP;
use super::channels::rate;
use super::described::{self, DescribedConfig, Taken};
use super::reader::Section;
use super::sms::encrypted;
use crate::rate::Rate;
use relance_core::registered::Registered;

/// What can stand in the address of `interrogation`: only what is known of a message when nothing else is.
const ASKED: [&str; 2] = ["{cle}", "{jeton}"];

/// `[recommandes]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisteredConfig {
    /// `type`: what the service makes of a letter.
    pub form: Registered,
    /// `debit`: how fast they may leave.
    pub rate: Option<Rate>,
    /// `interrogation`: the address that knows whether a letter was taken, by our own reference.
    pub asked: Option<String>,
    /// The rest.
    pub service: DescribedConfig,
}

/// Reads `[recommandes]`.
pub(super) fn registered(mut section: Section<'_, '_>) -> Option<RegisteredConfig> {
    let forms = [("papier", Registered::Paper), ("electronique", Registered::Electronic)];
    let form = section.choice("type", &forms).unwrap_or(Registered::Paper);
    let rate = rate(&mut section);
    let asked = section.text("interrogation");
    if let Some(asked) = &asked {
        encrypted(&section, asked);
        described::known(&section, asked, &ASKED);
        if !asked.value.contains("{cle}") {
            let help = "exemple : interrogation = \"https://recommandes.exemple.fr/lettres/{cle}\"".to_owned();
            section.report(asked.at, "`recommandes.interrogation` doit contenir `{cle}`", Some(help));
        }
    }
    let url = section.required("url", "donnez l'adresse où déposer les lettres, en https://");
    let electronic = form == Registered::Electronic;
    let service = described::read(&mut section, (Taken::Letters, electronic), url?)?;
    if let Some(asked) = asked.as_ref().filter(|asked| asked.value.contains("{jeton}"))
        && service.token_env.is_none()
    {
        section.report(asked.at, "il manque `recommandes.jeton_env`, que demande {jeton}", None);
    }
    section.finish(&TOP, &["jeton"]);
    Some(RegisteredConfig { form, rate, asked: asked.map(|asked| asked.value), service })
}
