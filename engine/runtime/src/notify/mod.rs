//! What leaves to the company itself: journal lines to its systems, alerts to its people. Decided by nobody but the journal, written
//! down in the commit of the step that made the line, sent afterwards, apart from the clients' messages.

mod alert;
mod herald;
mod room;
mod webhook;

pub use alert::Alert;
pub use herald::{Herald, Round};

use crate::channel::ChannelProblem;
use crate::config::{AlertWay, Config, RoomKind, is_safe};
use crate::signature::Seal;
use relance_core::dossier::Dossier;
use relance_core::event::{Entry, Event};
use relance_core::journal::Line;
use relance_core::money::Currency;
use relance_core::program::Program;
use relance_core::schema::fold;
use std::collections::BTreeSet;
use std::time::Duration;

/// A shorter secret is too easily found.
const SHORTEST_SECRET: usize = 16;
/// How long a chat service may take to answer.
const ROOM_PATIENCE: Duration = Duration::from_secs(15);

/// Who is told, and of what.
#[derive(Debug, Default)]
pub struct Directory(Vec<Addressee>);

/// One system or person of the company.
#[derive(Debug)]
struct Addressee {
    /// What it is called in the base and in `etat`.
    label: String,
    way: Way,
}

/// How it is told, which says of what as well.
#[derive(Debug)]
enum Way {
    /// Journal lines of these kinds, or of all, as signed requests.
    System { url: String, events: BTreeSet<String>, seal: Seal, timeout: Duration },
    /// Alerts for somebody, by e-mail.
    Mail { target: String, address: String },
    /// Alerts for somebody, in a chat room.
    Room { target: String, url: String, kind: RoomKind },
}

/// What one addressee is told of one line of the journal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// Whom.
    pub addressee: String,
    /// What: a public journal line, or an alert, as JSON.
    pub body: String,
}

impl Directory {
    /// Those of the settings; reads their secrets, connects to nothing.
    pub fn open(config: &Config) -> Result<Directory, ChannelProblem> {
        let mut all = Vec::new();
        for system in &config.notifications {
            let secret = secret(&system.secret_env, "le secret de [[notifications]]")?;
            if secret.len() < SHORTEST_SECRET {
                let variable = &system.secret_env;
                return Err(ChannelProblem(format!(
                    "la variable d'environnement {variable} tient en moins de {SHORTEST_SECRET} caractères : ce secret de \
                     [[notifications]] se devinerait"
                )));
            }
            let (url, events, timeout) = (system.url.clone(), system.events.clone(), system.timeout);
            let way = Way::System { url, events, seal: Seal::new(&secret), timeout };
            all.push(Addressee { label: system.label(), way });
        }
        for alert in &config.alerts {
            let target = alert.target.clone();
            let way = match &alert.way {
                AlertWay::Mail(address) => Way::Mail { target, address: address.clone() },
                AlertWay::Room(variable, kind) => {
                    let url = secret(variable, "l'adresse du salon de [[alertes]]")?.trim().to_owned();
                    if !is_safe(&url) {
                        return Err(ChannelProblem(format!(
                            "la variable d'environnement {variable} doit contenir l'adresse d'un salon, qui commence par https://"
                        )));
                    }
                    Way::Room { target, url, kind: *kind }
                }
            };
            all.push(Addressee { label: alert.label(), way });
        }
        Ok(Directory(all))
    }

    /// Whether nobody is told of anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whom to tell of a journal entry, and what; the client's file as it is after the step.
    pub fn notices(&self, entry: &Entry, dossier: &Dossier, program: &Program) -> Vec<Notice> {
        let file = entry.invoice.as_ref().and_then(|number| dossier.invoices.get(number));
        let currency = file.map_or(Currency::EUR, |file| file.invoice.currency());
        let Some(line) = Line::of(entry, &dossier.client, currency, program.zone, program) else { return Vec::new() };
        let alert = match &entry.event {
            Event::Alert { target, text, .. } => Some((target, text.as_deref())),
            _ => None,
        };
        let mut notices = Vec::new();
        for addressee in &self.0 {
            let body = match &addressee.way {
                Way::System { events, .. } if events.is_empty() || events.contains(line.evenement) => {
                    serde_json::to_string(&line)
                }
                Way::Mail { target, .. } | Way::Room { target, .. } => match alert {
                    Some((wanted, text)) if fold(wanted) == fold(target) => {
                        serde_json::to_string(&Alert::new(wanted, text, &line, entry.at, dossier, program.zone))
                    }
                    _ => continue,
                },
                Way::System { .. } => continue,
            };
            // Plain texts and numbers: this cannot fail.
            notices.extend(body.ok().map(|body| Notice { addressee: addressee.label.clone(), body }));
        }
        notices
    }
}

fn secret(variable: &str, what: &str) -> Result<String, ChannelProblem> {
    std::env::var(variable).map_err(|_| {
        ChannelProblem(format!("la variable d'environnement {variable} n'est pas définie : elle doit contenir {what}"))
    })
}
