//! The simulator beside the editor: what would follow under the text as it is being written.

use super::form::Posted;
use super::frame::Frame;
use super::scenarios::drafted;
use super::timeline::{self, Day};
use super::visit::Visit;
use super::{Answer, filters, page};
use crate::site::Tenant;
use askama::Template;
use axum::extract::Path;
use chrono::NaiveDate;
use relance_core::day::{add_days, french_date};
use relance_core::journal::{Kind, Line};
use relance_core::machine::Channel;
use relance_core::publication::{Message, forecast};
use relance_desk::failure::Failure;
use relance_desk::trial::{Fate, Written, of_invoice, some, start};
use relance_desk::words::{colourless, count};
use relance_dsl::Source;
use std::collections::BTreeMap;

/// How far ahead one may look, in days.
const FARTHEST: i64 = 400;
/// How many messages of the portfolio are named.
const NAMED: usize = 40;

#[derive(Template)]
#[template(path = "simulation.html")]
struct View {
    frame: Frame,
    path: String,
    failed: Option<(String, String)>,
    counts: Vec<String>,
    invoice: Option<OfInvoice>,
    portfolio: Option<OfPortfolio>,
}

struct OfInvoice {
    number: String,
    client: String,
    until: String,
    days: Vec<Day>,
}

struct OfPortfolio {
    until: String,
    told: String,
    /// By way: what leaves under what is in force, under the text, and the difference.
    ways: Vec<(String, usize, usize, String)>,
    changes: Vec<Change>,
    more: usize,
}

/// A message that leaves otherwise than it would.
struct Change {
    on: NaiveDate,
    what: String,
    client: String,
    invoices: Vec<String>,
    /// How, in French.
    how: String,
    badge: &'static str,
}

impl Change {
    fn new(message: &Message, how: &str, badge: &'static str) -> Change {
        let template = message.template.as_deref().unwrap_or_default();
        Change {
            on: message.on,
            what: format!("{} {template}", named(message.channel, 1)).trim_end().to_owned(),
            client: message.client.clone(),
            invoices: message.invoices.clone(),
            how: how.to_owned(),
            badge,
        }
    }

    fn day(&self) -> String {
        french_date(self.on)
    }
}

/// Simulates and shows it.
pub async fn run(Path((_, path)): Path<(String, String)>, posted: Posted) -> Answer {
    let visit = &posted.visit;
    let mut view = View {
        frame: Frame::new(visit, "scenarios", "Simulation"),
        path: path.clone(),
        failed: None,
        counts: Vec::new(),
        invoice: None,
        portfolio: None,
    };
    match simulate(visit, &path, &posted, &mut view).await {
        Ok(()) => {}
        Err(failure @ Failure::Outside(..)) => return Err(failure.into()),
        Err(failure) => {
            let (what, help) = failure.words();
            view.failed = Some((colourless(&what), colourless(&help)));
        }
    }
    page(&view)
}

async fn simulate(visit: &Visit, path: &str, posted: &Posted, view: &mut View) -> Result<(), Failure> {
    let text = posted.all().any(|(name, _)| name == "texte").then(|| posted.raw("texte").replace("\r\n", "\n"));
    let until = posted.get("au").and_then(|text| text.parse::<NaiveDate>().ok());
    let (tried, until) = tried(&visit.tenant, (path, text), posted.get("facture"), until).await?;
    let until = french_date(until);
    match tried {
        Tried::Invoice { number, client, lines } => {
            view.counts = counts(&lines);
            view.invoice = Some(OfInvoice { number, client, until, days: timeline::tried(&lines) });
        }
        Tried::Portfolio { before, after, tried, all } => {
            let told = if tried == all {
                format!("{} : tout le portefeuille", count(all, "client", "clients"))
            } else {
                format!("{tried} clients pris d’un bout à l’autre du portefeuille, sur {all} : le plan les compte tous")
            };
            view.portfolio = Some(portfolio(&before, &after, told, until));
        }
    }
    Ok(())
}

/// What a trial tells.
pub enum Tried {
    /// Of one invoice: every line of its time line, and what becomes of it.
    Invoice { number: String, client: String, lines: Vec<(Fate, Line)> },
    /// Of the portfolio: the messages under what is in force and under the text; of how many clients out of how many.
    Portfolio { before: Vec<Message>, after: Vec<Message>, tried: usize, all: usize },
}

/// Tries the scenarios with a text in the place of a file's, on an invoice or else on the portfolio, up to a day.
pub async fn tried(
    tenant: &Tenant,
    (path, text): (&str, Option<String>),
    invoice: Option<&str>,
    until: Option<NaiveDate>,
) -> Result<(Tried, NaiveDate), Failure> {
    let (mut project, _) = drafted(tenant).await?;
    if let Some(text) = text {
        project.sources.retain(|source| source.path != path);
        project.sources.push(Source { path: path.to_owned(), bytes: text.into_bytes() });
        project.sources.sort_by(|a, b| a.path.cmp(&b.path));
    }
    if project.compile().machines.is_none() {
        return Err(Failure::Usage(
            "le texte n’est pas juste encore".to_owned(),
            "corrigez ce que dit la vérification : la simulation revient d’elle-même".to_owned(),
        ));
    }
    let store = &*tenant.store;
    let (at, today) = (start(store).await?, tenant.today());
    let until = until.unwrap_or(add_days(today, 30)).clamp(today, add_days(today, FARTHEST));
    let written = Written::of(&project, store).await?;
    if let Some(number) = invoice {
        let number = number.to_owned();
        let world = of_invoice(store, &number, at).await?;
        let client = world.dossier.client.clone();
        let of = number.clone();
        let lines = busy(move || written.lines(world, at, &of, until)).await?;
        return Ok((Tried::Invoice { number, client, lines }, until));
    }
    let (worlds, all) = some(store, at).await?;
    let tried = worlds.len();
    let (before, after) = busy(move || written.messages(worlds, at, until)).await?;
    Ok((Tried::Portfolio { before, after, tried, all }, until))
}

/// What takes long, aside.
async fn busy<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|_| {
        Failure::Outside("la simulation s’est interrompue".to_owned(), "recommencez dans un instant".to_owned())
    })
}

/// « 2 emails », « 1 appel », in the order of the ways.
fn counts(lines: &[(Fate, Line)]) -> Vec<String> {
    let mut ways: BTreeMap<Channel, usize> = BTreeMap::new();
    for (_, line) in lines.iter().filter(|(fate, line)| *fate != Fate::Lost && line.kind == Kind::Sent) {
        if let Some(channel) = Channel::ALL.into_iter().find(|channel| Some(channel.name()) == line.canal) {
            *ways.entry(channel).or_default() += 1;
        }
    }
    ways.into_iter().map(|(channel, n)| several(channel, n)).collect()
}

fn several(channel: Channel, n: usize) -> String {
    format!("{n} {}", named(channel, n))
}

fn named(channel: Channel, n: usize) -> &'static str {
    match (channel, n > 1) {
        (Channel::Email, false) => "email",
        (Channel::Email, true) => "emails",
        (Channel::Sms, _) => "SMS",
        (Channel::Call, false) => "appel",
        (Channel::Call, true) => "appels",
        (Channel::Letter, false) => "lettre",
        (Channel::Letter, true) => "lettres",
        (Channel::RegisteredLetter, false) => "lettre recommandée",
        (Channel::RegisteredLetter, true) => "lettres recommandées",
    }
}

fn portfolio(before: &[Message], after: &[Message], told: String, until: String) -> OfPortfolio {
    let of = |messages: &[Message], channel| messages.iter().filter(|message| message.channel == channel).count();
    let way = |channel: Channel| {
        let (old, new) = (of(before, channel), of(after, channel));
        let difference = match (new.checked_sub(old), old.checked_sub(new)) {
            (Some(0), _) => "=".to_owned(),
            (Some(more), _) => format!("+{more}"),
            (None, less) => format!("−{}", less.unwrap_or_default()),
        };
        (old + new > 0).then(|| (named(channel, 2).to_owned(), old, new, difference))
    };
    let found = forecast(before, after);
    let gained = found.gained.iter().map(|one| Change::new(one, "nouveau", "ok"));
    let lost = found.lost.iter().map(|one| Change::new(one, "n’aurait plus lieu", "bad"));
    let shifted = found.shifted.iter().map(|one| {
        let how = format!("au lieu du {}", french_date(one.was));
        Change::new(&one.message, &how, "warn")
    });
    let mut changes: Vec<Change> = gained.chain(lost).chain(shifted).collect();
    changes.sort_by(|a, b| (a.on, &a.what, &a.client).cmp(&(b.on, &b.what, &b.client)));
    let more = changes.len().saturating_sub(NAMED);
    changes.truncate(NAMED);
    OfPortfolio { until, told, ways: Channel::ALL.into_iter().filter_map(way).collect(), changes, more }
}
