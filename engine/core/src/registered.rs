//! How registered letters leave when a service takes them, instead of a person who prints and posts.

use crate::dossier::{Dossier, InvoiceFile};
use crate::interest::Regime;
use crate::machine::Channel;
use crate::program::Program;
use serde::{Deserialize, Serialize};

/// What a service makes of a registered letter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Registered {
    /// Paper, which a postman brings.
    Paper,
    /// An electronic registered letter (CPCE, art. L100). Who is no professional has to agree to it first.
    Electronic,
}

/// What became of a registered letter where a service takes them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deposit {
    /// Nothing: no service takes this message, or it is none.
    #[default]
    None,
    /// The service took it.
    Taken,
    /// A consumer gets none by electronic way: a person posts it.
    Consumer,
}

impl Deposit {
    /// Whether there is nothing to tell.
    pub fn is_none(&self) -> bool {
        *self == Deposit::None
    }

    /// What people read of it.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Deposit::None => None,
            Deposit::Taken => Some("remise au service de recommandés"),
            Deposit::Consumer => Some(
                "à poster sur papier : un particulier ne reçoit de recommandé électronique qu’avec son accord préalable",
            ),
        }
    }
}

impl Program {
    /// Why a message of this channel that goes on a person's list does so although a service takes such messages.
    pub fn listed_all_the_same(&self, dossier: &Dossier, file: &InvoiceFile, channel: Channel) -> Deposit {
        let electronic = self.registered == Some(Registered::Electronic) && channel == Channel::RegisteredLetter;
        if electronic && Regime::of(dossier, file) == Regime::Consumer { Deposit::Consumer } else { Deposit::None }
    }

    /// Whether a person does it from a list, rather than a carrier.
    pub fn by_hand(&self, dossier: &Dossier, file: &InvoiceFile, channel: Channel) -> bool {
        let deposited = self.registered.is_some() && channel == Channel::RegisteredLetter;
        channel.by_hand() && (!deposited || !self.listed_all_the_same(dossier, file, channel).is_none())
    }

    /// As messages of which channel those are addressed that a carrier takes: electronic registered letters go to an e-mail address.
    pub fn addressed_as(&self, channel: Channel) -> Channel {
        match (channel, self.registered) {
            (Channel::RegisteredLetter, Some(Registered::Electronic)) => Channel::Email,
            _ => channel,
        }
    }
}
