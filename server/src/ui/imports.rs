//! Imports: files put down, what they would change, then taken in; and those of the past.

use super::filters;
use super::form::{Dropped, Posted};
use super::frame::Frame;
use super::visit::Visit;
use super::{Answer, done, page};
use crate::auth::role::Permission;
use crate::jobs::Standing;
use crate::refusal::Refusal;
use crate::site::Tenant;
use crate::token;
use askama::Template;
use axum::extract::{Path, Query};
use relance_desk::failure::Failure;
use relance_desk::import::{Examined, examine, late_payments, options, tells_payments};
use relance_desk::words::{count, thousands};
use relance_engine::import::{Counts, Kind, read};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// So many problems, and so many remarks, are shown one by one.
const SHOWN: usize = 200;
/// Past imports on a page.
const PAST: u32 = 50;

#[derive(Template)]
#[template(path = "imports.html")]
struct List {
    frame: Frame,
    may: bool,
    past: Vec<Past>,
    more: Option<i64>,
}

/// An import of the past.
struct Past {
    when: String,
    by: String,
    files: String,
    what: String,
    problems: usize,
}

/// Which past imports.
#[derive(Deserialize)]
pub struct Before {
    avant: Option<i64>,
}

/// The page where files are put down.
pub async fn list(visit: Visit, Query(before): Query<Before>) -> Answer {
    let past = visit.tenant.store.past_imports(before.avant, PAST).await?;
    let zone = visit.tenant.project().config.creditor.zone;
    let more = (past.len() == PAST as usize).then(|| past.last().map(|last| last.number)).flatten();
    let past = past.into_iter().map(|one| Past {
        when: one.at.with_timezone(&zone).format("%d/%m/%Y à %H:%M").to_string(),
        by: one.report["par"].as_str().unwrap_or("ligne de commande").to_owned(),
        files: names(&one.report),
        what: changes(&counts(&one.report)),
        problems: one.report["problemes"].as_array().map_or(0, Vec::len),
    });
    let past = past.collect();
    page(&List { frame: Frame::new(&visit, "imports", "Imports"), may: visit.allows(Permission::Imports), past, more })
}

fn names(report: &Value) -> String {
    let files = report["fichiers"].as_array();
    let names: Vec<&str> = files.into_iter().flatten().filter_map(|file| file["fichier"].as_str()).collect();
    match names.as_slice() {
        [first, second, third, rest @ ..] if !rest.is_empty() => {
            format!("{first}, {second}, {third} et {}", count(rest.len(), "autre", "autres"))
        }
        names => names.join(", "),
    }
}

fn counts(report: &Value) -> Counts {
    serde_json::from_value(report["comptes"].clone()).unwrap_or_default()
}

/// « 3 clients nouveaux, 12 règlements ».
fn changes(c: &Counts) -> String {
    let told: Vec<String> = [
        (c.customers_new, "client nouveau", "clients nouveaux"),
        (c.customers_changed, "client modifié", "clients modifiés"),
        (c.invoices_new, "facture nouvelle", "factures nouvelles"),
        (c.invoices_changed, "facture modifiée", "factures modifiées"),
        (c.credits, "avoir", "avoirs"),
        (c.payments, "règlement", "règlements"),
        (c.reversals, "rejet", "rejets"),
        (c.events, "événement", "événements"),
    ]
    .into_iter()
    .filter(|(n, ..)| *n > 0)
    .map(|(n, one, many)| count(n, one, many))
    .collect();
    if told.is_empty() { "rien de nouveau".to_owned() } else { told.join(", ") }
}

/// Files are put down: what they would change is worked out, nothing is taken yet.
pub async fn put_down(dropped: Dropped) -> Answer {
    let Dropped { visit, files } = dropped;
    visit.may(Permission::Imports)?;
    let name = left(&visit.tenant, &files).await?;
    done(&format!("{}/imports/{name}", visit.home()))
}

/// Files are put down under a name, and looked at.
pub async fn left(tenant: &Arc<Tenant>, files: &[(String, Vec<u8>)]) -> Result<String, Refusal> {
    let name = token();
    tenant.store.put_down(&name, files, tenant.now()).await?;
    look(tenant, &name)?;
    tenant.jobs.wait_a_little(&name).await;
    Ok(name)
}

/// Works out what the files under a token would change.
pub fn look(tenant: &Arc<Tenant>, name: &str) -> Result<(), Refusal> {
    let (own, token) = (Arc::clone(tenant), name.to_owned());
    let begun = tenant.jobs.begin(name, move |_| async move { examined(&own, &token).await });
    begun.ok_or_else(|| {
        Refusal::Wrong("trop de travaux sont en cours".to_owned(), "Attendez une minute, puis recommencez.".to_owned())
    })
}

async fn examined(tenant: &Tenant, token: &str) -> Result<Examined, Failure> {
    let files = tenant.store.picked_up(token).await?;
    if files.is_empty() {
        return Err(Failure::Usage(
            "ces fichiers ne sont plus là : ils sont déjà importés, ou datent d’hier".to_owned(),
            "Déposez-les de nouveau.".to_owned(),
        ));
    }
    let project = tenant.project();
    examine(&project, &*tenant.store, read(&files, &options(&project, true)), tenant.now()).await
}

#[derive(Template)]
#[template(path = "import.html")]
struct Preview {
    frame: Frame,
    token: String,
    /// In hundredths, while it goes on.
    running: Option<usize>,
    failed: Option<String>,
    found: Option<Shown>,
}

/// What an import would change.
struct Shown {
    files: Vec<ShownFile>,
    what: String,
    known: String,
    nothing: bool,
    problems: Vec<String>,
    more_problems: usize,
    remarks: Vec<String>,
    late_payments: Option<String>,
    aside: Vec<(String, String)>,
}

struct ShownFile {
    name: String,
    kind: &'static str,
    rows: String,
    taken: String,
}

/// What the files would change.
pub async fn preview(visit: Visit, Path((_, token)): Path<(String, String)>) -> Answer {
    visit.may(Permission::Imports)?;
    let mut view = Preview {
        frame: Frame::new(&visit, "imports", "Importer"),
        token: token.clone(),
        running: None,
        failed: None,
        found: None,
    };
    match visit.tenant.jobs.standing::<Examined>(&token) {
        Standing::Running(percent) => view.running = Some(percent.unwrap_or(0)),
        Standing::Done(examined) => view.found = Some(shown(&examined)),
        Standing::Failed(why) => view.failed = Some(why),
        // The server was started anew meanwhile, or another one has begun.
        Standing::Unknown => {
            look(&visit.tenant, &token)?;
            view.running = Some(0);
        }
    }
    page(&view)
}

fn shown(examined: &Examined) -> Shown {
    let Examined { batch, found, aside } = examined;
    let file = |file: &relance_engine::import::batch::FileRead| ShownFile {
        name: file.name.clone(),
        kind: file.kind.map_or("genre inconnu", Kind::name),
        rows: thousands(file.rows),
        taken: thousands(file.taken),
    };
    Shown {
        files: batch.files.iter().map(file).collect(),
        what: changes(&found.counts),
        known: if found.counts.already_known > 0 {
            count(found.counts.already_known, "ligne déjà connue", "lignes déjà connues")
        } else {
            String::new()
        },
        nothing: found.incoming.is_empty() && found.papers.is_empty(),
        problems: found.problems.iter().take(SHOWN).map(ToString::to_string).collect(),
        more_problems: found.problems.len().saturating_sub(SHOWN),
        remarks: found.infos.iter().take(SHOWN).map(ToString::to_string).collect(),
        late_payments: (!found.payments && tells_payments(batch)).then(|| late_payments(batch)),
        aside: aside.iter().map(|(client, why)| (client.clone(), why.clone())).collect(),
    }
}

/// The files are taken in, as they were shown: rows with errors stay out.
pub async fn take_in(Path((_, token)): Path<(String, String)>, posted: Posted) -> Answer {
    let visit = &posted.visit;
    visit.may(Permission::Imports)?;
    let tenant = &visit.tenant;
    let (new, examined) = taken_in(tenant, &token, visit.name()).await?;
    visit.audit("import", &token).await?;
    visit.settled(&examined.found.incoming).await;
    done(&format!("{}/imports?dit={}", visit.home(), if new > 0 { "importe" } else { "rien" }))
}

/// Takes in the files under a name, for somebody: how many things were new, and what was found.
pub async fn taken_in(tenant: &Tenant, token: &str, by: &str) -> Result<(u64, Examined), Failure> {
    // Compared again: the base may have lived since.
    let examined = examined(tenant, token).await?;
    let new = examined.take_in(&tenant.project(), &*tenant.store, tenant.now(), Some(by)).await?;
    tenant.store.throw_away(token).await?;
    Ok((new, examined))
}

/// The files are not wanted after all.
pub async fn throw_away(Path((_, token)): Path<(String, String)>, posted: Posted) -> Answer {
    posted.visit.may(Permission::Imports)?;
    posted.visit.tenant.store.throw_away(&token).await?;
    done(&format!("{}/imports", posted.visit.home()))
}
