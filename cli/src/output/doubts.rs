//! Messages in doubt, for people: where each stands, and who can say what became of it.

use chrono_tz::Tz;
use relance_core::machine::Channel;
use relance_engine::config::{Config, Doubts};
use relance_engine::store::Doubt;
use serde::Serialize;

/// A message in doubt and who can settle it.
#[derive(Serialize)]
pub struct Open {
    #[serde(flatten)]
    pub doubt: Doubt,
    /// In the order in which they may know.
    #[serde(rename = "tranche_par")]
    pub settled_by: Vec<&'static str>,
}

/// What these settings say of a message in doubt.
pub fn open(config: &Config, doubt: Doubt) -> Open {
    let can = match doubt.message.channel {
        Channel::Sms => config.sms.can_be_asked(),
        Channel::RegisteredLetter => config.registered.as_ref().is_some_and(|service| service.asked.is_some()),
        _ => false,
    };
    let asked = config.doubts == Doubts::Provider && can;
    let calls = config.callback_env.is_some();
    let settled_by = [(asked, "fournisseur"), (calls, "rappel"), (true, "personne")];
    Open { doubt, settled_by: settled_by.into_iter().filter(|(can, _)| *can).map(|(_, who)| who).collect() }
}

impl Open {
    /// Who settles it, in words.
    pub fn settlers(&self) -> &'static str {
        match self.settled_by[..] {
            ["fournisseur", "rappel", _] => "le fournisseur, qui est interrogé, ou son rappel ; sinon vous",
            ["fournisseur", _] => "le fournisseur, qui est interrogé ; sinon vous",
            ["rappel", _] => "un rappel du fournisseur ; sinon vous",
            _ => "vous",
        }
    }
}

/// « F1, F2 (C1) : SMS le 16/03/2026 à 09:00, clé F1#1.1.0.0 »
pub fn line(doubt: &Doubt, zone: Tz) -> String {
    let Doubt { client, key, invoices, message, decided, .. } = doubt;
    let since = decided.with_timezone(&zone).format("le %d/%m/%Y à %H:%M");
    format!("{} ({client}) : {} {since}, clé {key}", invoices.join(", "), message.channel.words())
}
