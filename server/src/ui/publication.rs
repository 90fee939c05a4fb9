//! What a publication would change, and publishing it.

use super::filters;
use super::form::Posted;
use super::frame::Frame;
use super::scenarios::drafted;
use super::visit::Visit;
use super::{Answer, done, page};
use crate::auth::role::Permission;
use crate::jobs::{Progress, Standing};
use crate::refusal::Refusal;
use crate::site::Tenant;
use crate::token;
use askama::Template;
use axum::extract::{Path, Query};
use relance_core::publication::{Changes, Difference, Forecast, Message, Move, RuleChange};
use relance_desk::failure::{Failure, file};
use relance_desk::publication::{Plan, Published, Wanted, publish, spot};
use relance_desk::words::{colourless, count, short_date, thousands};
use relance_engine::store::Draft;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// So many messages, invoices of a kind are named.
const SHOWN: usize = 12;

/// What was worked out.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    drafts: Vec<Draft>,
}

/// What is asked for.
#[derive(Deserialize, Clone, Copy, Default)]
pub struct Asked {
    /// An earlier version.
    pub version: Option<usize>,
    /// The invoices that it moves catch up.
    #[serde(default)]
    pub rattraper: bool,
}

async fn planned(tenant: &Tenant, asked: Asked, progress: &Progress) -> Result<Planned, Failure> {
    let (project, drafts) = drafted(tenant).await?;
    let wanted = Wanted { version: asked.version, catch_up: asked.rattraper, at: Some(tenant.now()) };
    let plan = Plan::of(&project, Some(&*tenant.store), wanted, |done, total| progress.at(done, total)).await?;
    Ok(Planned { plan, drafts })
}

/// Begins to work a plan out.
pub async fn begin(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let name = begun(&visit.tenant, asked).await?;
    done(&format!("{}/scenarios/plan/{name}", visit.home()))
}

/// Begins to work a plan out, under a name.
pub async fn begun(tenant: &Arc<Tenant>, asked: Asked) -> Result<String, Refusal> {
    let (name, own) = (token(), Arc::clone(tenant));
    let begun = tenant.jobs.begin(&name, move |progress| async move { planned(&own, asked, &progress).await });
    begun.ok_or_else(busy)?;
    tenant.jobs.wait_a_little(&name).await;
    Ok(name)
}

fn busy() -> Refusal {
    Refusal::Wrong("trop de travaux sont en cours".to_owned(), "Attendez une minute, puis recommencez.".to_owned())
}

#[derive(Template)]
#[template(path = "plan.html")]
struct View {
    frame: Frame,
    may: bool,
    running: Option<usize>,
    failed: Option<String>,
    plan: Option<Shown>,
}

/// A plan as people read it.
struct Shown {
    name: String,
    nothing: bool,
    version: Option<usize>,
    catch_up: bool,
    changes: Vec<ShownChange>,
    first: bool,
    staying: String,
    moved: Vec<Group>,
    lost: Vec<Group>,
    skipped: Option<String>,
    cancelled: Option<String>,
    soon: [usize; 3],
    month: [usize; 3],
    messages: Vec<ShownMessages>,
}

struct ShownChange {
    name: String,
    word: &'static str,
    sign: &'static str,
    settings: Vec<(String, String, String)>,
    added: Vec<String>,
    removed: Vec<(String, Option<String>)>,
    rules: Vec<ShownRule>,
}

struct ShownRule {
    place: String,
    before: Option<String>,
    after: Option<String>,
}

/// Invoices that go the same way.
struct Group {
    from: String,
    to: String,
    number: String,
    some: Vec<String>,
    more: usize,
}

/// Messages of one kind.
struct ShownMessages {
    word: &'static str,
    what: String,
    number: String,
    some: Vec<(String, String, Vec<String>)>,
    more: usize,
}

/// A plan, or how far it is.
pub async fn show(visit: Visit, Path((_, name)): Path<(String, String)>) -> Answer {
    let mut view = View {
        frame: Frame::new(&visit, "scenarios", "Ce qui changerait"),
        may: visit.allows(Permission::Publish),
        running: None,
        failed: None,
        plan: None,
    };
    match visit.tenant.jobs.standing::<Planned>(&name) {
        Standing::Running(percent) => view.running = Some(percent.unwrap_or(0)),
        Standing::Done(planned) => view.plan = Some(shown(&planned.plan)),
        Standing::Failed(why) => view.failed = Some(colourless(&why)),
        Standing::Unknown => return done(&format!("{}/scenarios/plan", visit.home())),
    }
    page(&view)
}

fn shown(plan: &Plan) -> Shown {
    let figures = |forecast: &Forecast| [forecast.gained.len(), forecast.lost.len(), forecast.shifted.len()];
    let number = |n: usize, one: &str, many: &str| (n > 0).then(|| count(n, one, many));
    Shown {
        name: plan.name(),
        nothing: plan.is_nothing(),
        version: plan.wanted.version,
        catch_up: plan.wanted.catch_up,
        changes: plan.changes.iter().map(change).collect(),
        first: plan.before.is_none(),
        staying: thousands(plan.moves.staying),
        moved: groups(&plan.moves.moved),
        lost: groups(&plan.moves.lost),
        skipped: number(plan.moves.skipped, "palier déjà échu ne partira pas", "paliers déjà échus ne partiront pas"),
        cancelled: number(plan.moves.cancelled, "suite en cours est annulée", "suites en cours sont annulées"),
        soon: figures(&plan.forecast.until(plan.soon())),
        month: figures(&plan.forecast),
        messages: messages(plan),
    }
}

fn change(change: &Changes) -> ShownChange {
    let (word, sign) = match change.difference {
        Difference::Added => ("nouveau", "plus"),
        Difference::Removed => ("retiré", "moins"),
        Difference::Changed => ("modifié", "autre"),
    };
    let settings = change.settings.iter().map(|one| (one.what.to_owned(), one.before.clone(), one.after.clone()));
    ShownChange {
        name: change.name.clone(),
        word,
        sign,
        settings: settings.collect(),
        added: change.added_states.clone(),
        removed: change.removed_states.iter().map(|gone| (gone.state.clone(), gone.to.clone())).collect(),
        rules: change.rules.iter().map(rule).collect(),
    }
}

fn rule(rule: &RuleChange) -> ShownRule {
    let place = rule.after.as_ref().or(rule.before.as_ref());
    ShownRule {
        place: place.map(|place| format!("{}:{}", place.file, place.line)).unwrap_or_default(),
        before: rule.before.as_ref().map(|place| place.text.clone()),
        after: rule.after.as_ref().map(|place| place.text.clone()),
    }
}

fn groups(moves: &[Move]) -> Vec<Group> {
    let mut groups: BTreeMap<(String, String), Vec<&Move>> = BTreeMap::new();
    for one in moves {
        let to = one.to.as_ref().map(spot).unwrap_or_default();
        groups.entry((spot(&one.from), to)).or_default().push(one);
    }
    let group = |((from, to), ones): ((String, String), Vec<&Move>)| Group {
        from,
        to,
        number: thousands(ones.len()),
        some: ones.iter().take(SHOWN).map(|one| one.invoice.clone()).collect(),
        more: ones.len().saturating_sub(SHOWN),
    };
    groups.into_iter().map(group).collect()
}

fn messages(plan: &Plan) -> Vec<ShownMessages> {
    let forecast = &plan.forecast;
    let shifted: Vec<Message> = forecast.shifted.iter().map(|one| one.message.clone()).collect();
    let mut shown = Vec::new();
    for (word, all) in [("de plus", &forecast.gained), ("de moins", &forecast.lost), ("un autre jour", &shifted)] {
        let mut kinds: BTreeMap<String, Vec<&Message>> = BTreeMap::new();
        for message in all {
            let template = message.template.as_ref().map_or_else(String::new, |template| format!(" {template}"));
            kinds.entry(format!("{}{template}", message.channel)).or_default().push(message);
        }
        for (what, ones) in kinds {
            let one = |message: &&Message| {
                (short_date(message.on, Some(plan.soon())), message.client.clone(), message.invoices.clone())
            };
            shown.push(ShownMessages {
                word,
                what,
                number: thousands(ones.len()),
                some: ones.iter().take(SHOWN).map(one).collect(),
                more: ones.len().saturating_sub(SHOWN),
            });
        }
    }
    shown
}

/// Puts in force what a plan has shown, and nothing else; then the files say what is in force.
pub async fn put_in_force(posted: Posted) -> Answer {
    let visit = &posted.visit;
    visit.may(Permission::Publish)?;
    let name = posted.need("plan")?;
    let asked = Asked {
        version: posted.get("version").and_then(|number| number.parse().ok()),
        rattraper: posted.get("rattraper").is_some(),
    };
    let published = published(&visit.tenant, asked, name).await?;
    visit.audit("publication", name).await?;
    let word = if published == Published::Now { "publie" } else { "deja" };
    done(&format!("{}/scenarios?dit={word}", visit.home()))
}

/// The same, whoever asks.
pub async fn published(tenant: &Arc<Tenant>, asked: Asked, name: &str) -> Result<Published, Refusal> {
    let (job, own, given) = (token(), Arc::clone(tenant), name.to_owned());
    let work = move |progress: Arc<Progress>| async move {
        let planned = planned(&own, asked, &progress).await?;
        let published = publish(&*own.store, &planned.plan, &given).await?;
        if published == Published::Now && asked.version.is_none() {
            written(&own, &planned.drafts).await?;
        }
        own.read_again()?;
        own.changed.notify_one();
        Ok::<_, Failure>(published)
    };
    tenant.jobs.begin(&job, work).ok_or_else(busy)?;
    loop {
        tenant.jobs.wait_a_little(&job).await;
        match tenant.jobs.standing::<Published>(&job) {
            Standing::Running(_) => {}
            Standing::Done(published) => return Ok(*published),
            Standing::Failed(why) => {
                let (message, help) = why.rsplit_once('\n').unwrap_or((&why, ""));
                return Err(Refusal::Wrong(colourless(message), colourless(help)));
            }
            Standing::Unknown => return Err(Refusal::Unknown),
        }
    }
}

/// Writes published drafts to the files, and lets go of them. The version in force does not depend on it: what fails here is told, and done
/// again by the next publication.
async fn written(tenant: &Tenant, drafts: &[Draft]) -> Result<(), Failure> {
    for draft in drafts {
        let path = tenant.dir.join(&draft.file);
        match &draft.text {
            Some(text) => {
                if let Some(folder) = path.parent() {
                    std::fs::create_dir_all(folder).map_err(|error| file(folder, &error))?;
                }
                // Whole or not at all.
                let beside = path.with_extension("relance.nouveau");
                std::fs::write(&beside, text).map_err(|error| file(&beside, &error))?;
                std::fs::rename(&beside, &path).map_err(|error| file(&path, &error))?;
            }
            None => std::fs::remove_file(&path).map_err(|error| file(&path, &error))?,
        }
        tenant.store.drop_draft(&draft.file, draft.at).await?;
    }
    Ok(())
}
