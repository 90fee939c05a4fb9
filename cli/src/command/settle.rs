//! `trancher`: a person says whether a message in doubt had left.

use super::import::moment;
use crate::args::{Found, SettleArgs};
use crate::failure::Failure;
use crate::output::{self, GREEN};
use crate::project::Project;
use relance_core::day::civil_date;
use relance_core::incoming::{Incoming, What};
use relance_engine::store::Intake;
use serde_json::json;
use std::path::Path;

/// Notes the answer; the next run goes by it.
pub async fn run(dir: &Path, base: Option<&str>, args: &SettleArgs) -> Result<(), Failure> {
    let project = Project::open(dir, &[])?;
    let zone = project.config.creditor.zone;
    let store = project.store(base).await?;
    let Some(doubt) = store.in_doubt().await?.into_iter().find(|doubt| doubt.key == args.cle) else {
        return Err(Failure::Usage(
            format!("aucun message en doute n’a la clé `{}`", args.cle),
            "`relance etat` donne les messages en doute et leurs clés ; un message déjà tranché n’y est plus"
                .to_owned(),
        ));
    };
    let left = args.reponse == Found::Parti;
    let at = moment(args.le, zone);
    let answer = Incoming {
        id: doubt.answer_id(),
        client: doubt.client.clone(),
        invoice: Some(doubt.message.invoice.clone()),
        effective: civil_date(at, zone),
        known: Some(at),
        what: What::DoubtSettled { message: Box::new(doubt.message.clone()), left },
    };
    let report = json!({ "tranche": doubt.key, "parti": left });
    store.take_in(&Intake { incoming: &[answer], payments: false, at, zone, report: &report }).await?;
    store.close().await;
    let invoices = doubt.invoices.join(", ");
    let what = doubt.message.channel.words();
    output::print(&if left {
        format!(
            "{GREEN}Noté{GREEN:#} : le message ({what}, {invoices}) était parti. Il compte comme un contact, et la suite reprend à la \
             prochaine exécution.\n"
        )
    } else {
        format!(
            "{GREEN}Noté{GREEN:#} : le message ({what}, {invoices}) n’était pas parti. La prochaine exécution relit sa raison, et le \
             renvoie si elle tient encore.\n"
        )
    })
}
