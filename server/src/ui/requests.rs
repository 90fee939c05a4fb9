//! What one person has asked for and another must grant: shown where people work, granted, refused, taken back.

use super::form::Posted;
use super::visit::Visit;
use super::{Answer, done, encoded};
use crate::acts::settled;
use crate::auth::four_eyes::{Actor, Delicate};
use crate::auth::role::Permission;
use crate::refusal::Refusal;
use crate::signatures::{Signer, grant, grantors, name_of, refuse, told};
use axum::extract::Path;
use relance_core::day::{Instant, civil_date, french_date};
use relance_engine::config::FourEyes;
use relance_engine::store::accounts::RequestRow;

/// So many are shown.
const SHOWN: usize = 50;

/// Requests as a page shows them.
#[derive(Default)]
pub struct Requests {
    /// Each of them.
    pub rows: Vec<Row>,
    /// Nobody but the visitor could grant anything: said where something delicate waits.
    pub alone: Option<Alone>,
}

/// Somebody works alone.
pub struct Alone {
    /// Their signature does not suffice.
    pub waits: bool,
    /// They may invite a second person.
    pub invites: bool,
}

/// A request.
pub struct Row {
    pub id: String,
    pub client: String,
    pub name: String,
    pub invoice: Option<String>,
    /// What is asked for, in French.
    pub what: String,
    pub by: String,
    pub on: String,
    pub reason: String,
    /// The visitor has asked for it.
    pub own: bool,
    /// The visitor may decide.
    pub may: bool,
    /// Who may, when the visitor may not.
    pub others: String,
}

/// Everything that waits.
pub async fn open(visit: &Visit) -> Result<Requests, Refusal> {
    let rows = visit.site.gate.accounts.open_requests(&visit.tenant.entity, SHOWN).await?;
    shown(visit, rows).await
}

/// What waits about a client; about an invoice, with what concerns the client as a whole.
pub async fn about(visit: &Visit, client: &str, invoice: Option<&str>) -> Result<Requests, Refusal> {
    let mut rows = visit.site.gate.accounts.requests_about(&visit.tenant.entity, client).await?;
    let meant = |row: &RequestRow| invoice.is_none() || row.invoice.is_none() || row.invoice.as_deref() == invoice;
    rows.retain(|row| row.ruling.is_none() && meant(row));
    shown(visit, rows).await
}

async fn shown(visit: &Visit, rows: Vec<RequestRow>) -> Result<Requests, Refusal> {
    let (tenant, me) = (&visit.tenant, visit.person.account.id.as_str());
    let zone = tenant.project().config.creditor.zone;
    let others = grantors(&visit.site, &tenant.entity, Delicate::FormalNotice, me).await?;
    let mut clients: Vec<String> = rows.iter().map(|row| row.client.clone()).collect();
    clients.sort();
    clients.dedup();
    let (in_force, mut dossiers) = (tenant.in_force().await?, Vec::new());
    if !clients.is_empty() {
        let loaded = tenant.store.load(&clients, Instant::MAX_UTC, &[], true).await?;
        dossiers.extend(loaded.into_iter().map(|one| one.world.dossier));
    }
    let mut all = Vec::new();
    for row in rows {
        let dossier = dossiers.iter().find(|dossier| dossier.client == row.client);
        let name = dossier.map(|dossier| dossier.customer.name.clone()).filter(|name| !name.is_empty());
        let own = row.by == me;
        all.push(Row {
            name: name.unwrap_or_else(|| row.client.clone()),
            what: told(&in_force, dossier, &row.act),
            by: name_of(&visit.site, &row.by).await?,
            on: french_date(civil_date(row.at, zone)),
            own,
            may: !own && visit.allows(Permission::Approve),
            others: others.join(", "),
            id: row.id,
            client: row.client,
            invoice: row.invoice,
            reason: row.reason,
        });
    }
    let alone = others.is_empty() && visit.allows(Permission::Approve);
    let setting = tenant.project().config.access.four_eyes;
    let alone = (alone && setting != FourEyes::Never)
        .then(|| Alone { waits: setting == FourEyes::Always, invites: visit.allows(Permission::Accounts) });
    Ok(Requests { rows: all, alone })
}

/// Grants, refuses or takes back.
pub async fn decide(Path((_, client, id, ruling)): Path<(String, String, String, String)>, posted: Posted) -> Answer {
    let visit = &posted.visit;
    visit.may(Permission::Ask)?;
    let (site, tenant, accounts) = (&visit.site, &visit.tenant, &visit.site.gate.accounts);
    let row = accounts.request(&tenant.entity, &client, &id).await?.ok_or(Refusal::Unknown)?;
    let may = |permission| visit.allows(permission);
    let signer = Signer { actor: Actor::Person(&visit.person.account.id), name: visit.name(), may: &may };
    let on = row.invoice.clone().unwrap_or_else(|| client.clone());
    let word = match ruling.as_str() {
        "accorder" => {
            let things = grant((site, tenant), &row, &signer).await?;
            settled(tenant, &things).await;
            visit.audit("demande accordée", &on).await?;
            "accord"
        }
        "refuser" => {
            refuse((site, tenant), &row, &signer, posted.need("motif")?).await?;
            visit.audit("demande refusée", &on).await?;
            "refus"
        }
        "retirer" => {
            let account = &visit.person.account.id;
            if !accounts.withdraw(&tenant.entity, (&client, &id), account, tenant.now()).await? {
                return Err(Refusal::Wrong(
                    "cette demande n’est pas de vous, ou quelqu’un en a décidé".to_owned(),
                    "Rechargez la page.".to_owned(),
                ));
            }
            visit.audit("demande retirée", &on).await?;
            "retire"
        }
        _ => return Err(Refusal::Unknown),
    };
    let page = match (posted.get("retour"), &row.invoice) {
        (Some("aujourdhui"), _) => "aujourdhui".to_owned(),
        (_, Some(number)) => format!("factures/{}", encoded(number)),
        _ => format!("clients/{}", encoded(&client)),
    };
    done(&format!("{}/{page}?dit={word}", visit.home()))
}
