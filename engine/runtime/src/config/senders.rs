//! `[[email.expediteurs]]`: in whose name a message leaves.

use super::reader::Section;
use super::{Config, TOP, channels};
use crate::template::TONES;
use relance_core::machine::Tone;
use relance_core::schema::fold;

/// One entry of the list; the first whose conditions all hold is the sender.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EmailSender {
    /// `adresse`.
    pub address: String,
    /// `nom`; without it, the creditor's.
    pub name: Option<String>,
    /// `responsable`: only for messages about invoices that this person follows, by name or role.
    pub owner: Option<String>,
    /// `ton`: only for messages in this tone.
    pub tone: Option<Tone>,
}

impl EmailSender {
    /// Whether a message is theirs.
    pub fn takes(&self, config: &Config, owner: Option<&str>, tone: Tone) -> bool {
        let is_theirs = |wanted: &String| {
            let role = config.person(wanted).and_then(|person| person.name.as_deref());
            owner.is_some_and(|owner| fold(owner) == fold(wanted) || role.is_some_and(|name| fold(owner) == fold(name)))
        };
        self.owner.as_ref().is_none_or(is_theirs) && self.tone.is_none_or(|wanted| wanted == tone)
    }
}

/// Reads the list.
pub(super) fn senders(sections: Vec<Section<'_, '_>>) -> Vec<EmailSender> {
    let mut all = Vec::new();
    for mut section in sections {
        let address =
            section.required("adresse", "donnez l'adresse de l'expéditeur, par exemple \"jeanne@exemple.fr\"");
        let address = address.map(|text| channels::address(&section, text));
        let (name, owner) = (section.plain("nom"), section.plain("responsable"));
        let tone = section.choice("ton", &TONES);
        if owner.is_none() && tone.is_none() {
            let help = "dites quels messages il envoie, par `responsable` ou par `ton` ; celui de tous les autres est `expediteur`";
            section.report(section.at, "cet expéditeur n'a ni `responsable` ni `ton`", Some(help.to_owned()));
        }
        section.finish(&TOP, &[]);
        all.extend(address.map(|address| EmailSender { address, name, owner, tone }));
    }
    all
}
