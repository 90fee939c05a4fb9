//! Templates: what clients would read, with a real invoice, on each way. Nothing is sent.

use super::frame::Frame;
use super::visit::Visit;
use super::{Answer, encoded, file, filters, page};
use crate::refusal::Refusal;
use crate::site::Tenant;
use askama::Template;
use axum::extract::Query;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse};
use chrono::NaiveDate;
use relance_core::day::end_of_day;
use relance_core::machine::{Channel, Nature, Tone};
use relance_core::program::{Program, Recipient};
use relance_desk::failure::Failure;
use relance_desk::paper::BUILT;
use relance_desk::preview::{self, Found, LetterTrouble};
use relance_desk::project::Project;
use relance_desk::trial;
use relance_desk::words::{colourless, count};
use relance_engine::runner::statement_file;
use relance_engine::template::{CatalogEntry, measure};
use serde::Deserialize;
use std::sync::Arc;

/// Which template, and with what.
#[derive(Deserialize, Clone, Default)]
pub struct Asked {
    /// The way's folder.
    #[serde(default)]
    pub canal: String,
    /// The template.
    #[serde(default)]
    pub modele: String,
    /// One number, or several of one client; none: an example.
    #[serde(default)]
    pub facture: String,
    /// The day.
    #[serde(default)]
    pub le: String,
    /// The language.
    #[serde(default)]
    pub langue: String,
}

impl Asked {
    /// The same question as an address.
    fn query(&self) -> String {
        let parts = [
            ("canal", &self.canal),
            ("modele", &self.modele),
            ("facture", &self.facture),
            ("le", &self.le),
            ("langue", &self.langue),
        ];
        let parts = parts.into_iter().filter(|(_, value)| !value.is_empty());
        parts.map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
    }

    fn numbers(&self) -> Vec<String> {
        self.facture.split([',', ' ']).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }
}

#[derive(Template)]
#[template(path = "models.html")]
struct View {
    frame: Frame,
    asked: Asked,
    today: String,
    /// Ways with templates: folder, words, icon.
    ways: Vec<(&'static str, &'static str, &'static str)>,
    names: Vec<String>,
    languages: Vec<String>,
    some: Vec<(String, String)>,
    failed: Option<(String, String)>,
    shown: Option<Shown>,
    source: String,
    path: String,
    uses: Vec<(String, String, String, u32)>,
}

/// A message as it is shown.
struct Shown {
    warnings: Vec<String>,
    to: Vec<String>,
    subject: Option<String>,
    kind: String,
    pieces: Vec<String>,
    /// What a person reads on a telephone, on paper, or says.
    text: Option<String>,
    size: Option<String>,
    /// The page of an e-mail.
    page: Option<String>,
    /// The letter.
    letter: Option<String>,
    /// The statement that goes with it.
    statement: Option<String>,
}

/// A message, ready to be composed.
pub struct Message {
    /// The project.
    pub project: Arc<Project>,
    /// Its template.
    pub entry: CatalogEntry,
    /// What stands in it, and to whom it goes.
    pub found: Found,
    /// What whoever looks at it is told.
    pub warnings: Vec<String>,
    /// Whether it is about real invoices.
    pub real: bool,
}

/// The ways by their folders, for people.
const WAYS: [(Channel, &str, &str); 4] = [
    (Channel::Email, "Courriel", "email"),
    (Channel::Sms, "SMS", "sms"),
    (Channel::Letter, "Courrier", "courrier"),
    (Channel::Call, "Appel", "telephone"),
];

/// The template that is meant: the one of this name, else the first of this way.
fn chosen(project: &Project, asked: &Asked) -> Option<CatalogEntry> {
    let all = project.library.catalog();
    let way =
        WAYS.iter().find(|(channel, ..)| channel.folder() == asked.canal).map_or(Channel::Email, |(way, ..)| *way);
    let named = all.iter().find(|entry| entry.channel == way && entry.name == asked.modele);
    named.or_else(|| all.iter().find(|entry| entry.channel == way)).or_else(|| all.first()).cloned()
}

pub async fn message(tenant: &Tenant, asked: &Asked) -> Result<Message, Failure> {
    let project = tenant.project();
    let none =
        || Failure::Usage("il n’y a pas de modèle".to_owned(), "écrivez-en dans le dossier `modeles`".to_owned());
    let entry = chosen(&project, asked).ok_or_else(none)?;
    let template = (entry.channel, entry.name.as_str());
    let numbers = asked.numbers();
    let mut found = match numbers.first() {
        None => preview::example(&project, "b2b", template),
        Some(first) => {
            let program = program(tenant).await?;
            let today = tenant.today();
            let day = asked.le.parse::<NaiveDate>().unwrap_or(today).max(today);
            let world = trial::of_invoice(&*tenant.store, first, end_of_day(day, program.zone)).await?;
            preview::of_invoices(&project, &program, world, &numbers, day, template)?
        }
    };
    let mut warnings: Vec<String> = found.warning.take().into_iter().collect();
    let wanted = Some(asked.langue.as_str()).filter(|wanted| !wanted.is_empty());
    let (language, warning) = preview::language(&project, template, wanted.or(found.context.language.as_deref()));
    warnings.extend(warning);
    found.context.language = language;
    Ok(Message { project, entry, found, warnings, real: !numbers.is_empty() })
}

async fn program(tenant: &Tenant) -> Result<Program, Failure> {
    let in_force = tenant.in_force().await;
    in_force.map(|found| found.program.clone()).map_err(|_| {
        Failure::Outside("les scénarios ne se lisent pas".to_owned(), "recommencez dans un instant".to_owned())
    })
}

/// The page.
pub async fn show(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let tenant = &visit.tenant;
    let project = tenant.project();
    let all = project.library.catalog();
    let entry = chosen(&project, &asked);
    // What was chosen stands in the form, whatever the address said.
    let asked = Asked {
        canal: entry.as_ref().map(|entry| entry.channel.folder().to_owned()).unwrap_or_default(),
        modele: entry.as_ref().map(|entry| entry.name.clone()).unwrap_or_default(),
        ..asked
    };
    let (shown, failed) = match composed(&visit, &asked).await {
        Ok(shown) => (Some(shown), None),
        Err(failure @ Failure::Outside(..)) => return Err(failure.into()),
        Err(failure) => {
            let (what, help) = failure.words();
            (None, Some((colourless(&what), colourless(&help))))
        }
    };
    let path = format!("modeles/{}/{}.md", asked.canal, asked.modele);
    let source = tokio::fs::read_to_string(project.dir.join(&path)).await.unwrap_or_default();
    let in_force = tenant.in_force().await?;
    let view = View {
        today: tenant.today().to_string(),
        ways: WAYS
            .iter()
            .filter(|(channel, ..)| all.iter().any(|entry| entry.channel == *channel))
            .map(|(channel, words, icon)| (channel.folder(), *words, *icon))
            .collect(),
        names: all.iter().filter(|entry| entry.channel.folder() == asked.canal).map(|one| one.name.clone()).collect(),
        languages: entry.as_ref().map(languages).unwrap_or_default(),
        some: crate::waiting::some_invoices(tenant, None).await?,
        uses: entry.as_ref().map(|entry| uses(&in_force.program, entry)).unwrap_or_default(),
        frame: Frame::new(&visit, "modeles", "Modèles"),
        asked,
        failed,
        shown,
        source,
        path,
    };
    page(&view)
}

/// The languages in which a template is written.
fn languages(entry: &CatalogEntry) -> Vec<String> {
    let own = entry.language.clone().unwrap_or_else(|| "fr".to_owned());
    std::iter::once(own).chain(entry.variants.iter().cloned()).collect()
}

/// Where scenarios use a template: title of the scenario, the rule, its file and line.
fn uses(program: &Program, entry: &CatalogEntry) -> Vec<(String, String, String, u32)> {
    let mut found = Vec::new();
    for scenario in &program.scenarios {
        let machine = &scenario.machine;
        for (rule, sequence) in machine.sequences() {
            let contacts = sequence.actions().filter_map(|action| action.contact());
            let of_it = |contact: &relance_core::machine::Contact| {
                let way = if contact.channel.is_letter() { Channel::Letter } else { contact.channel };
                way == entry.channel && contact.template.as_deref() == Some(entry.name.as_str())
            };
            let used = contacts.into_iter().any(of_it);
            if let Some(place) = machine.places.get(rule.0 as usize).filter(|_| used) {
                let title = machine.title.clone().unwrap_or_else(|| machine.name.clone());
                found.push((title, place.text.clone(), place.file.clone(), place.line));
            }
        }
    }
    found
}

async fn composed(visit: &Visit, asked: &Asked) -> Result<Shown, Failure> {
    let Message { project, entry, found, warnings, real } = message(&visit.tenant, asked).await?;
    let template = (entry.channel, entry.name.as_str());
    let context = &found.context;
    let rendered = project.library.render(entry.channel, &entry.name, context).map_err(|problem| {
        let text = relance_desk::words::findings::text(&[], &project.texts(), &[problem]);
        Failure::Findings(colourless(&text))
    })?;
    let store = Some(&*visit.tenant.store);
    let pieces = preview::pieces(&project, store, context, template, real).await?;
    let letter = entry.channel.is_letter() && BUILT;
    let statement = project.library.requires_statement(entry.channel, &entry.name);
    let nature = match entry.nature {
        Some(Nature::Information) => "information".to_owned(),
        Some(Nature::FormalNotice) => "mise en demeure".to_owned(),
        Some(Nature::Reminder) | None => format!("relance, ton {}", tone(entry.tone)),
    };
    let is_page = entry.channel == Channel::Email && rendered.html.is_some();
    let query = asked.query();
    Ok(Shown {
        warnings,
        // A letter says itself to whom it goes.
        to: found.to.iter().filter(|_| !entry.channel.is_letter()).map(|one| reached(entry.channel, one)).collect(),
        subject: rendered.subject.clone().filter(|_| entry.channel == Channel::Email),
        kind: nature,
        pieces,
        size: (entry.channel == Channel::Sms).then(|| {
            let size = measure(&rendered.text);
            format!("{}, {}", count(size.segments, "SMS", "SMS"), count(size.units, "caractère", "caractères"))
        }),
        text: (!is_page).then(|| rendered.text.clone()),
        page: is_page.then(|| format!("{}/modeles/message?{query}", visit.home())),
        letter: letter.then(|| format!("{}/modeles/lettre.pdf?{query}", visit.home())),
        statement: (statement && real && BUILT).then(|| format!("{}/modeles/decompte.pdf?{query}", visit.home())),
    })
}

fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Preventive => "préventif",
        Tone::Friendly => "amical",
        Tone::Polite => "courtois",
        Tone::Firm => "ferme",
        _ => "de dernier avis",
    }
}

fn reached(channel: Channel, one: &Recipient) -> String {
    let address = match channel {
        Channel::Email => one.email.clone(),
        Channel::Sms | Channel::Call => one.phone.clone(),
        Channel::Letter | Channel::RegisteredLetter => None,
    };
    match (&one.name, address) {
        (Some(name), Some(address)) => format!("{name}, {address}"),
        (Some(name), None) => name.clone(),
        (None, Some(address)) => address,
        (None, None) => "adresse inconnue".to_owned(),
    }
}

/// The page of an e-mail, which has its own styles: nothing of it runs.
pub async fn mail(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let Message { project, entry, found, .. } = message(&visit.tenant, &asked).await?;
    let rendered = project.library.render(entry.channel, &entry.name, &found.context);
    let html = rendered.ok().and_then(|rendered| rendered.page_alone(&found.context.creditor.look));
    let mut answer = Html(html.ok_or(Refusal::Unknown)?).into_response();
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox";
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    Ok(answer)
}

/// The letter as it would be printed.
pub async fn letter(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let (name, bytes) = letter_of(&visit.tenant, &asked).await?;
    file(bytes, "application/pdf", &name, true)
}

/// A letter with its file's name.
pub async fn letter_of(tenant: &Tenant, asked: &Asked) -> Result<(String, Vec<u8>), Failure> {
    let Message { project, entry, found, .. } = message(tenant, asked).await?;
    let name = format!("{}.pdf", entry.name);
    let set = aside(move || {
        preview::set_letter(&project, &entry.name, (&found.context, found.dossier.as_ref()), false).map_err(|trouble| {
            match trouble {
                LetterTrouble::Template(problem) => Failure::Findings(colourless(
                    &relance_desk::words::findings::text(&[], &project.texts(), &[problem]),
                )),
                LetterTrouble::Paper(failure) => failure,
            }
        })
    });
    Ok((name, set.await?.bytes))
}

/// The statement of account that goes with a message.
pub async fn statement(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let (name, bytes) = statement_of(&visit.tenant, &asked).await?;
    file(bytes, "application/pdf", &name, true)
}

/// A statement with its file's name.
pub async fn statement_of(tenant: &Tenant, asked: &Asked) -> Result<(String, Vec<u8>), Failure> {
    let Message { project, found, .. } = message(tenant, asked).await?;
    let name = statement_file(&found.context);
    let set = aside(move || preview::joined_statement(&project, &found.context, found.dossier.as_ref()));
    Ok((name, set.await?.0))
}

/// Setting a page takes a while: not where other answers wait.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(Failure::Outside("la mise en page s’est interrompue".to_owned(), "recommencez dans un instant".to_owned()))
    })
}
