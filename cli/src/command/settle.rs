//! `trancher`: a person says whether messages in doubt had left.

mod list;
mod several;

use super::import::moment;
use crate::args::{Found, SettleArgs};
use crate::failure::Failure;
use crate::output::{self, GREEN};
use crate::project;
use relance_core::act::Stamp;
use relance_core::day::{Instant, civil_date};
use relance_core::incoming::Incoming;
use relance_core::said::Said;
pub(super) use relance_core::said::words;
use relance_engine::store::{Doubt, Intake, Store};
use serde_json::json;
use std::path::Path;

/// What a person found out about a message.
struct Answer<'a> {
    doubt: &'a Doubt,
    left: bool,
    reason: Option<String>,
}

/// Notes answers; the next run goes by them.
pub async fn run(dir: &Path, base: Option<&str>, args: &SettleArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    let zone = project.config.creditor.zone;
    let store = project.store(base).await?;
    let (doubts, unreadable) = store.in_doubt().await?;
    output::unreadable(&unreadable);
    let at = moment(args.le, zone);
    let told = match (&args.cle, args.reponse, args.tous, &args.liste) {
        (Some(key), Some(found), ..) => {
            let Some(doubt) = doubts.iter().find(|doubt| doubt.key == *key) else {
                return Err(Failure::Usage(
                    format!("aucun message en doute n’a la clé `{key}`"),
                    "`relance etat` donne les messages en doute et leurs clés ; un message déjà tranché n’y est plus"
                        .to_owned(),
                ));
            };
            let answer = Answer { doubt, left: found == Found::Parti, reason: words(args.motif.as_deref()) };
            note(&*store, std::slice::from_ref(&answer), args, at, zone).await?;
            one(&answer)
        }
        (.., Some(found), _) => {
            let answers = several::chosen(&doubts, args, found, zone)?;
            several::settle(&*store, &answers, args, at, zone).await?
        }
        (.., Some(file)) => {
            let answers = list::read(file, &doubts, args)?;
            several::settle(&*store, &answers, args, at, zone).await?
        }
        _ => list::write(&doubts, zone),
    };
    store.close().await;
    output::print(&told)
}

fn one(Answer { doubt, left, .. }: &Answer<'_>) -> String {
    let (invoices, what) = (doubt.invoices.join(", "), doubt.message.channel.words());
    if *left {
        format!(
            "{GREEN}Noté{GREEN:#} : le message ({what}, {invoices}) était parti. Il compte comme un contact, et la suite reprend à la \
             prochaine exécution.\n"
        )
    } else {
        format!(
            "{GREEN}Noté{GREEN:#} : le message ({what}, {invoices}) n’était pas parti. La prochaine exécution relit sa raison, et le \
             renvoie si elle tient encore.\n"
        )
    }
}

/// Writes answers down, all of them or none.
async fn note(
    store: &dyn Store,
    answers: &[Answer<'_>],
    args: &SettleArgs,
    at: Instant,
    zone: chrono_tz::Tz,
) -> Result<(), Failure> {
    let by = words(args.par.as_deref());
    let incoming: Vec<Incoming> = answers
        .iter()
        .map(|Answer { doubt, left, reason }| {
            let said = Said { by: by.clone(), reason: reason.clone() };
            let (id, client) = (doubt.answer_id(), doubt.client.clone());
            Stamp { id: id.clone(), client, at, on: civil_date(at, zone), said }.doubt(id, &doubt.message, *left)
        })
        .collect();
    let keys: Vec<&str> = answers.iter().map(|answer| answer.doubt.key.as_str()).collect();
    let report = json!({ "tranche": keys, "par": by });
    store.take_in(&Intake { incoming: &incoming, payments: false, at, zone, report: &report }).await?;
    Ok(())
}
