//! Clés d'interface: how other software comes in. A key is shown once.

use super::{TABS, moment};
use crate::auth::key::{Wanted, make};
use crate::auth::role::{Permission, Role, Scopes};
use crate::refusal::Refusal;
use crate::signatures::name_of;
use crate::ui::form::Posted;
use crate::ui::frame::Frame;
use crate::ui::visit::Visit;
use crate::ui::{Answer, done, filters, page};
use askama::Template;
use axum::extract::Path;
use chrono::{Days, NaiveDate};
use relance_core::day::start_of_day;
use relance_engine::store::accounts::KeyRow;

#[derive(Template)]
#[template(path = "accounts/keys.html")]
struct View {
    frame: Frame,
    tabs: [(&'static str, &'static str); 3],
    keys: Vec<Key>,
    scopes: Vec<(&'static str, &'static str)>,
    tomorrow: String,
    /// What was just made, to be copied once.
    made: Option<String>,
}

/// A key as the page shows it.
struct Key {
    id: String,
    name: String,
    scopes: String,
    by: String,
    made: String,
    seen: Option<String>,
    expires: Option<String>,
    open: bool,
    state: &'static str,
}

/// The page.
pub async fn list(visit: Visit) -> Answer {
    visit.may(Permission::Keys)?;
    page(&view(&visit, None).await?)
}

async fn view(visit: &Visit, made: Option<String>) -> Result<View, Refusal> {
    let now = visit.tenant.now();
    let mut keys = Vec::new();
    for row in visit.site.gate.accounts.keys(&visit.tenant.entity).await? {
        let state = match &row {
            KeyRow { revoked: Some(_), .. } => "retirée",
            KeyRow { expires: Some(day), .. } if *day <= now => "expirée",
            _ => "ouverte",
        };
        keys.push(Key {
            by: name_of(&visit.site, &row.created_by).await?,
            made: moment(visit, row.created),
            seen: row.seen.map(|at| moment(visit, at)),
            expires: row.expires.map(|at| moment(visit, at)),
            open: state == "ouverte",
            scopes: row.scopes.join(", "),
            id: row.id,
            name: row.name,
            state,
        });
    }
    Ok(View {
        frame: Frame::new(visit, "comptes", "Clés d’interface"),
        tabs: TABS,
        keys,
        scopes: scopes(),
        tomorrow: visit.tenant.today().checked_add_days(Days::new(1)).unwrap_or_default().to_string(),
        made,
    })
}

/// What a key can be allowed: never what is for people alone.
fn scopes() -> Vec<(&'static str, &'static str)> {
    let open = Permission::ALL.iter().filter(|permission| permission.least() < Role::Administrator);
    open.map(|permission| (permission.word(), permission.french())).collect()
}

/// A key is made.
pub async fn add(posted: Posted) -> Answer {
    let visit = &posted.visit;
    visit.may(Permission::Keys)?;
    let wrong =
        |what: &str| Err(Refusal::Wrong(what.to_owned(), "Revenez en arrière, corrigez, puis recommencez.".to_owned()));
    let name: String = posted.need("nom")?.chars().filter(|c| !c.is_control()).take(100).collect();
    let known: Vec<&str> = scopes().into_iter().map(|(word, _)| word).collect();
    let asked: Vec<&str> = posted.all().filter(|(field, _)| *field == "portee").map(|(_, word)| word).collect();
    if asked.is_empty() {
        return wrong("cette clé ne pourrait rien : cochez au moins un droit");
    }
    let Ok(scopes) = Scopes::of(asked.iter().copied()) else { return wrong("un de ces droits n’existe pas") };
    if asked.iter().any(|word| !known.contains(word)) {
        return wrong("un de ces droits n’est pas pour une clé");
    }
    let zone = visit.tenant.project().config.creditor.zone;
    let expires = match posted.get("expire").map(str::parse::<NaiveDate>) {
        None => None,
        Some(Ok(day)) if day > visit.tenant.today() => Some(start_of_day(day, zone)),
        Some(_) => return wrong("la date de fin doit être à venir"),
    };
    let wanted = Wanted { entity: &visit.tenant.entity, name: &name, scopes: &scopes, expires };
    let by = (visit.person.account.id.as_str(), visit.role);
    let made = make(&visit.site.gate.accounts, &wanted, by, visit.tenant.now()).await?;
    let Some(made) = made else { return wrong("cette clé pourrait plus que vous") };
    visit.audit("clé faite", &name).await?;
    page(&view(visit, Some(made)).await?)
}

/// A key opens nothing any more.
pub async fn revoke(Path((_, id)): Path<(String, String)>, posted: Posted) -> Answer {
    let visit = &posted.visit;
    visit.may(Permission::Keys)?;
    let accounts = &visit.site.gate.accounts;
    let row = accounts.keys(&visit.tenant.entity).await?.into_iter().find(|row| row.id == id);
    let row = row.ok_or(Refusal::Unknown)?;
    accounts.revoke_key(&visit.tenant.entity, &id, visit.tenant.now()).await?;
    visit.audit("clé retirée", &row.name).await?;
    done(&format!("{}/cles?dit=revoquee", visit.home()))
}
