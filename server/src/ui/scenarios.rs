//! Scenarios: their files, their drafts, their drawing, and what an editor asks while somebody writes.

use super::drafted::{self, Drafted};
use super::filters;
use super::form::Posted;
use super::frame::Frame;
use super::visit::Visit;
use super::{Answer, aside, done, encoded, file, page};
use crate::auth::role::Permission;
use crate::headers;
use crate::refusal::Refusal;
use crate::site::Tenant;
use askama::Template;
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::NaiveDate;
use relance_core::day::{Instant, add_days};
use relance_core::drawing;
use relance_core::machine::{Channel, Machine};
use relance_desk::failure::Failure;
use relance_desk::project::Project;
use relance_desk::words::count;
use relance_dsl::ide::{self, Around, CurrentValue, TemplateCard, Workspace};
use relance_dsl::{Diagnostic, Finding, Severity, Source, findings};
use relance_engine::store::Draft;
use serde::{Deserialize, Serialize};
use std::path::Path as FilePath;

/// The project as it stands on the disk with the drafts over it.
pub async fn drafted(tenant: &Tenant) -> Result<(Project, Vec<Draft>), Failure> {
    let project = Project::open(&tenant.dir, &[])?;
    let drafts = tenant.store.drafts().await?;
    Ok((over(project, &drafts), drafts))
}

/// A project with drafts in the place of its files.
pub fn over(mut project: Project, drafts: &[Draft]) -> Project {
    for draft in drafts {
        project.sources.retain(|source| source.path != draft.file);
        if let Some(text) = &draft.text {
            project.sources.push(Source { path: draft.file.clone(), bytes: text.clone().into_bytes() });
        }
    }
    project.sources.sort_by(|a, b| a.path.cmp(&b.path));
    project
}

#[derive(Template)]
#[template(path = "scenarios.html")]
struct List {
    frame: Frame,
    may: bool,
    files: Vec<File>,
    scenarios: Vec<Shown>,
    /// What the files and drafts say is not what is in force.
    pending: bool,
    errors: usize,
    versions: Vec<Version>,
}

/// A scenario file.
struct File {
    path: String,
    draft: Option<String>,
    gone: bool,
    errors: usize,
    warnings: usize,
}

/// A scenario that is in force.
struct Shown {
    name: String,
    title: String,
    takes: String,
    rules: String,
    file: Option<String>,
}

/// What was in force since when.
struct Version {
    number: usize,
    since: String,
    what: String,
    now: bool,
}

/// The list.
pub async fn list(visit: Visit) -> Answer {
    aside(listed(visit)).await
}

async fn listed(visit: Visit) -> Answer {
    let tenant = &visit.tenant;
    let known = drafted::drafted(tenant).await?;
    let Drafted { project, drafts, compilation, .. } = &*known;
    let of = |path: &str, severity: Severity| {
        let found = compilation.diagnostics.iter().filter(|found| found.severity == severity);
        found.filter(|found| found.place().is_some_and(|label| label.file == path)).count()
    };
    let told = |draft: &Draft| {
        let at = draft.at.with_timezone(&project.config.creditor.zone).format("%d/%m/%Y à %H:%M");
        format!("brouillon de {}, le {at}", draft.by)
    };
    let mut files: Vec<File> = project
        .sources
        .iter()
        .map(|source| File {
            path: source.path.clone(),
            draft: drafts.iter().find(|draft| draft.file == source.path).map(told),
            gone: false,
            errors: of(&source.path, Severity::Error),
            warnings: of(&source.path, Severity::Warning),
        })
        .collect();
    let gone = drafts.iter().filter(|draft| draft.text.is_none());
    files.extend(gone.map(|draft| File {
        path: draft.file.clone(),
        draft: Some(told(draft)),
        gone: true,
        errors: 0,
        warnings: 0,
    }));
    let in_force = tenant.in_force().await?;
    let digest = compilation.machines.clone().map(|machines| project.prepare(machines).digest);
    let shown = |machine: &Machine| Shown {
        name: machine.name.clone(),
        title: machine.title.clone().unwrap_or_default(),
        takes: drawing::takes(machine),
        rules: count(machine.places.len(), "règle", "règles"),
        file: place(machine),
    };
    let scenarios = in_force.program.scenarios.iter().map(|scenario| shown(&scenario.machine)).collect();
    let errors = files.iter().map(|file| file.errors).sum();
    let view = List {
        pending: digest != Some(in_force.program.digest),
        may: visit.allows(Permission::Publish),
        versions: versions(&visit).await?,
        frame: Frame::new(&visit, "scenarios", "Scénarios"),
        files,
        scenarios,
        errors,
    };
    page(&view)
}

/// The file in which a machine is written.
fn place(machine: &Machine) -> Option<String> {
    machine.places.first().map(|place| place.file.clone())
}

async fn versions(visit: &Visit) -> Result<Vec<Version>, Refusal> {
    let publications = visit.tenant.store.publications().await?;
    let zone = visit.tenant.project().config.creditor.zone;
    let last = publications.len();
    let version = |(n, one): (usize, &relance_engine::store::Publication)| Version {
        number: n + 1,
        since: one.at.with_timezone(&zone).format("%d/%m/%Y à %H:%M").to_string(),
        what: count(one.hashes.len(), "scénario", "scénarios"),
        now: n + 1 == last,
    };
    Ok(publications.iter().enumerate().map(version).rev().collect())
}

#[derive(Template)]
#[template(path = "scenario.html")]
struct Editor {
    frame: Frame,
    may: bool,
    path: String,
    text: String,
    /// The moment of the draft that this text is, in microseconds; empty for what the disk has.
    of: String,
    draft: Option<String>,
    found: Vec<Finding>,
    drawings: Vec<String>,
    today: String,
    /// Up to when the simulator looks at first.
    until: String,
    /// Invoices to try it on: number and client.
    some: Vec<(String, String)>,
}

/// A file to read and to write.
pub async fn show(visit: Visit, Path((_, path)): Path<(String, String)>) -> Answer {
    aside(edited(visit, path)).await
}

async fn edited(visit: Visit, path: String) -> Answer {
    let tenant = &visit.tenant;
    let known = drafted::drafted(tenant).await?;
    let Drafted { project, drafts, compilation, .. } = &*known;
    let draft = drafts.iter().find(|draft| draft.file == path);
    let source = project.sources.iter().find(|source| source.path == path).ok_or(Refusal::Unknown)?;
    let own = |found: &&Diagnostic| found.place().is_some_and(|label| label.file == path);
    let own: Vec<Diagnostic> = compilation.diagnostics.iter().filter(own).cloned().collect();
    let machines = compilation.machines.as_deref().unwrap_or_default();
    let here = machines.iter().filter(|machine| place(machine).as_deref() == Some(path.as_str()));
    let names: Vec<String> = here.map(|machine| machine.name.clone()).collect();
    let view = Editor {
        may: visit.allows(Permission::Publish),
        text: String::from_utf8_lossy(&source.bytes).into_owned(),
        of: draft.map(|draft| draft.at.timestamp_micros().to_string()).unwrap_or_default(),
        draft: draft.map(|draft| draft.by.clone()),
        found: findings(&own, &project.texts()),
        some: crate::waiting::some_invoices(tenant, Some(&names)).await?,
        drawings: names,
        today: tenant.today().to_string(),
        until: add_days(tenant.today(), 30).to_string(),
        frame: Frame { nonce: crate::token(), ..Frame::new(&visit, "scenarios", path.clone()) },
        path,
    };
    let mut answer = page(&view)?;
    headers::allow_styles(&mut answer, &view.frame.nonce);
    Ok(answer)
}

/// A name for a new scenario file, and its draft.
pub async fn begin(posted: Posted) -> Answer {
    let visit = &posted.visit;
    visit.may(Permission::Publish)?;
    let name = posted.need("nom")?;
    let path = format!("scenarios/{name}.relance");
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if !plain || name.len() > 60 {
        return Err(Refusal::Wrong(
            format!("`{name}` n’est pas un nom de fichier"),
            "Choisissez des lettres sans accent, des chiffres et des tirets.".to_owned(),
        ));
    }
    let (project, _) = drafted(&visit.tenant).await?;
    let text = format!("# {name}\n\nsi retard >= 15j alors email ferme\n");
    if !project.sources.iter().any(|source| source.path == path) {
        let draft = Draft { file: path.clone(), text: Some(text), by: visit.name().to_owned(), at: visit.tenant.now() };
        visit.tenant.store.keep_draft(&draft, None).await?;
    }
    done(&format!("{}/scenarios/fichier/{}", visit.home(), by_parts(&path)))
}

/// Whether a path is one of a scenario file of the project, and of nothing else.
pub fn is_scenario(path: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', ':', '\0']);
    path.strip_prefix("scenarios/").is_some_and(|rest| rest.split('/').all(plain) && rest.split('/').count() < 8)
        && FilePath::new(path).extension().is_some_and(|ending| ending == "relance")
}

/// Keeps what somebody wrote as a draft.
pub async fn keep(Path((_, path)): Path<(String, String)>, posted: Posted) -> Answer {
    let visit = &posted.visit;
    visit.may(Permission::Publish)?;
    // Browsers end lines as they like.
    let text = posted.raw("texte").replace("\r\n", "\n");
    let instead_of = posted.get("de").and_then(|of| of.parse().ok()).and_then(chrono::DateTime::from_timestamp_micros);
    if !kept(&visit.tenant, (&path, text), visit.name(), instead_of).await? {
        return Err(Refusal::Wrong(
            format!("quelqu’un d’autre a écrit dans `{path}` depuis que vous l’avez ouvert"),
            "Copiez votre texte, rouvrez le fichier, et reportez-y ce qui manque.".to_owned(),
        ));
    }
    let target = if posted.get("suite") == Some("plan") {
        format!("{}/scenarios/plan", visit.home())
    } else {
        format!("{}/scenarios/fichier/{}?dit=brouillon", visit.home(), by_parts(&path))
    };
    done(&target)
}

/// Keeps a text as the draft of a file, in the place of the draft of that moment; says whether it was still there.
pub async fn kept(
    tenant: &Tenant,
    (path, text): (&str, String),
    by: &str,
    instead_of: Option<Instant>,
) -> Result<bool, Refusal> {
    if !is_scenario(path) {
        return Err(Refusal::Wrong(
            format!("`{path}` n’est pas un nom de scénario"),
            "Choisissez un nom comme `scenarios/relance_douce.relance`.".to_owned(),
        ));
    }
    if text.len() > relance_dsl::MAX_BYTES {
        return Err(Refusal::Wrong(
            "ce texte est trop long".to_owned(),
            "Partagez-le en plusieurs fichiers.".to_owned(),
        ));
    }
    let draft = Draft { file: path.to_owned(), text: Some(text), by: by.to_owned(), at: tenant.now() };
    Ok(tenant.store.keep_draft(&draft, instead_of).await?)
}

/// Throws a draft away.
pub async fn drop_draft(Path((_, path)): Path<(String, String)>, posted: Posted) -> Answer {
    let visit = &posted.visit;
    visit.may(Permission::Publish)?;
    let of = posted.get("de").and_then(|of| of.parse().ok()).and_then(chrono::DateTime::from_timestamp_micros);
    if let Some(of) = of {
        visit.tenant.store.drop_draft(&path, of).await?;
    }
    done(&format!("{}/scenarios?dit=abandonne", visit.home()))
}

/// A path in an address: its slashes part it.
pub fn by_parts(path: &str) -> String {
    path.split('/').map(encoded).collect::<Vec<_>>().join("/")
}

/// The drawing of a scenario, as the files and drafts say it.
pub async fn draw(visit: Visit, Path((_, name)): Path<(String, String)>) -> Answer {
    let name = name.strip_suffix(".svg").unwrap_or(&name);
    let known = drafted::drafted(&visit.tenant).await?;
    let machines = known.compilation.machines.as_deref().unwrap_or_default();
    let in_force = visit.tenant.in_force().await?;
    let machine = machines.iter().find(|machine| machine.name == name);
    let machine = machine.or_else(|| in_force.program.scenario(name).map(|scenario| &scenario.machine));
    svg(drawing::svg(&drawing::plan(machine.ok_or(Refusal::Unknown)?), None))
}

/// A drawing, which has its style inside.
pub fn svg(text: String) -> Answer {
    let mut answer = file(text.into_bytes(), "image/svg+xml", "dessin.svg", true)?;
    let policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
    let policy = axum::http::HeaderValue::from_static(policy);
    answer.headers_mut().insert(axum::http::header::CONTENT_SECURITY_POLICY, policy);
    Ok(answer)
}

/// A text that is being written, and where.
#[derive(Deserialize)]
pub struct Writing {
    pub texte: String,
    /// From 1.
    #[serde(default)]
    pub ligne: usize,
    /// From 1, in characters.
    #[serde(default)]
    pub colonne: usize,
}

/// Which file it is.
#[derive(Deserialize)]
pub struct Which {
    pub fichier: String,
}

impl Writing {
    /// The byte of the place.
    fn byte(&self) -> usize {
        let mut start = 0;
        for (n, line) in self.texte.split_inclusive('\n').enumerate() {
            if n + 1 == self.ligne {
                let column = self.colonne.saturating_sub(1);
                let inside = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
                return start + inside;
            }
            start += line.len();
        }
        self.texte.len()
    }
}

async fn workspace(tenant: &Tenant, which: &Which, writing: &Writing) -> Result<(Workspace, Project), Refusal> {
    let (mut project, _) = drafted(tenant).await?;
    let mut workspace = Workspace::new(project.context());
    std::mem::take(&mut project.sources).into_iter().for_each(|source| workspace.set_file(source));
    let (path, bytes) = (which.fichier.clone(), writing.texte.clone().into_bytes());
    workspace.set_file(Source { path, bytes });
    Ok((workspace, project))
}

/// What is wrong with a text, as `verifier --format json` tells it.
pub async fn check(visit: Visit, Query(which): Query<Which>, Json(writing): Json<Writing>) -> Answer {
    let mut found = wrong(&visit.tenant, which, writing).await?;
    // The editor has no marks for what is only told: it is a hint there.
    found.iter_mut().filter(|one| one.severity == "info").for_each(|one| one.severity = "conseil");
    Ok(Json(found).into_response())
}

/// What is wrong with a text in the place of a file's.
pub async fn wrong(tenant: &Tenant, which: Which, writing: Writing) -> Result<Vec<Finding>, Refusal> {
    let (mut workspace, _) = workspace(tenant, &which, &writing).await?;
    let own = |found: &&Diagnostic| found.place().is_some_and(|label| label.file == which.fichier);
    let own: Vec<Diagnostic> = workspace.check().iter().filter(own).cloned().collect();
    let source = Source { path: which.fichier, bytes: writing.texte.into_bytes() };
    Ok(findings(&own, &[source]))
}

/// Something that can be written.
#[derive(Serialize)]
struct Proposal {
    libelle: String,
    detail: String,
    documentation: String,
    insertion: String,
}

/// What can be written at a place.
pub async fn complete(visit: Visit, Query(which): Query<Which>, Json(writing): Json<Writing>) -> Answer {
    let (workspace, _) = workspace(&visit.tenant, &which, &writing).await?;
    let proposal = |one: ide::Completion| Proposal {
        insertion: one.plain(),
        libelle: one.label,
        detail: one.detail,
        documentation: one.doc,
    };
    let found = ide::complete(&workspace, &which.fichier, writing.byte());
    Ok(Json(found.into_iter().map(proposal).collect::<Vec<_>>()).into_response())
}

/// What surrounds a text in the editor of the pages.
struct Surroundings<'p> {
    project: &'p Project,
    today: NaiveDate,
}

impl Around for Surroundings<'_> {
    fn template(&self, channel: Channel, name: &str) -> Option<TemplateCard> {
        let found = self
            .project
            .library
            .catalog()
            .into_iter()
            .find(|one| (one.channel, one.name.as_str()) == (channel, name))?;
        let file = format!("modeles/{}/{}.md", channel.folder(), found.name);
        Some(TemplateCard { file, ..TemplateCard::default() })
    }

    fn value(&self, _: &str) -> Option<CurrentValue> {
        None
    }

    fn today(&self) -> NaiveDate {
        self.today
    }
}

/// What is said of a place.
#[derive(Serialize)]
struct Said {
    texte: String,
}

/// What the word at a place means.
pub async fn hover(visit: Visit, Query(which): Query<Which>, Json(writing): Json<Writing>) -> Answer {
    let (workspace, project) = workspace(&visit.tenant, &which, &writing).await?;
    let around = Surroundings { project: &project, today: visit.tenant.today() };
    let found = ide::hover(&workspace, &around, &which.fichier, writing.byte());
    Ok(match found {
        Some(found) => Json(Said { texte: found.text }).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}
