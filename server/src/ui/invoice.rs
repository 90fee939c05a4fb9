//! An invoice: where it stands, why, what happened, what comes next, and what a person can do.

use super::act_forms::{self, ActForm, Kind};
use super::filters;
use super::frame::Frame;
use super::timeline::{self, Day};
use super::visit::Visit;
use super::{Answer, aside, page};
use crate::acts::file_of;
use crate::refusal::Refusal;
use crate::site::Tenant;
use askama::Template;
use axum::extract::Path;
use relance_core::day::french_date;
use relance_core::drawing::{self, Path as Way};
use relance_core::eval::Trace;
use relance_core::explain::{RuleStanding, Standing};
use relance_core::machine::PLAN;
use relance_core::money::Amount;
use relance_desk::explain::{Explained, explain};
use relance_engine::store::Kept;

/// The limitation is told when it comes within as many days.
const NEAR: i64 = 365;

#[derive(Template)]
#[template(path = "invoice.html")]
struct View {
    frame: Frame,
    /// What can be done, every day and more rarely.
    often: Vec<ActForm>,
    others: Vec<ActForm>,
    standing: Standing,
    name: String,
    late: String,
    due: String,
    issued: String,
    label: Option<String>,
    segment: String,
    owner: Option<String>,
    clock: Option<String>,
    limitation: Option<String>,
    rules: Vec<Rule>,
    selection: Vec<(String, Vec<Part>)>,
    history: Vec<Day>,
    expected: Vec<Day>,
    coming: Vec<Day>,
    papers: Vec<(String, String)>,
    /// What stands open, so that only what makes sense is offered.
    open: bool,
    stopped: bool,
    disputed: Option<String>,
    promised: Option<String>,
    /// An identity for what the page does next: sent twice, it counts once.
    act: String,
    requests: super::requests::Requests,
}

/// A rule of the scenario, and why it has fired or not.
struct Rule {
    label: String,
    day: String,
    actions: String,
    text: String,
    place: String,
    verdict: String,
    fired: bool,
    conditions: Vec<Part>,
}

/// A part of a condition with its value.
struct Part {
    depth: usize,
    mark: &'static str,
    text: String,
    values: String,
}

impl Part {
    fn class(&self) -> &'static str {
        match self.mark {
            "vrai" => "yes",
            "faux" => "no",
            _ => "unknown",
        }
    }

    fn sign(&self) -> &'static str {
        match self.mark {
            "vrai" => "valider",
            "faux" => "fermer",
            _ => "question",
        }
    }
}

/// The page of an invoice.
pub async fn show(visit: Visit, Path((_, number)): Path<(String, String)>) -> Answer {
    aside(of_number(visit, number)).await
}

async fn of_number(visit: Visit, number: String) -> Answer {
    let tenant = &visit.tenant;
    let client = tenant.store.client_of(&number).await?.ok_or(Refusal::Unknown)?;
    let in_force = tenant.in_force().await?;
    let (project, today) = (tenant.project(), tenant.today());
    let base = Some((&*tenant.store, &in_force.places));
    let explained = explain(&project, in_force.program.clone(), base, &number, today).await?;
    let kept = tenant.store.documents(&client).await?;
    let mut view = view(&visit, explained, &kept, &in_force).ok_or(Refusal::Unknown)?;
    view.requests = super::requests::about(&visit, &client, Some(&number)).await?;
    page(&view)
}

fn view(visit: &Visit, explained: Explained, kept: &[Kept], in_force: &crate::site::InForce) -> Option<View> {
    let Explained { standing, mut history, expected, coming, dossier } = explained;
    let file = dossier.invoices.get(&standing.facture)?;
    let number = standing.facture.clone();
    let currency = file.invoice.currency();
    let sum = |cents: i64| (cents > 0).then(|| Amount::new(cents, currency).to_string());
    let scenario = standing.scenario.as_deref().and_then(|name| in_force.program.scenario(name));
    let stages = scenario.into_iter().flat_map(|scenario| &scenario.machine.states);
    let stages = stages.map(|state| {
        let plan = if state.name == PLAN { "le plan".to_owned() } else { state.name.clone() };
        (state.name.clone(), state.title.clone().unwrap_or(plan))
    });
    let stages: Vec<(String, String)> = stages.collect();
    let stopped = file.stopped.is_some() || dossier.stopped.is_some();
    let (often, others) = if file.is_open() {
        let left = standing.reste_du.to_string();
        let disputed = !file.disputes.is_empty();
        act_forms::of_invoice(visit, &act_forms::Standing { stopped, disputed, stages: &stages, left })
    } else {
        (Vec::new(), Vec::new())
    };
    history.reverse();
    let own = |one: &&Kept| {
        one.key == relance_engine::store::invoice_key(&number)
            || one.key.rsplit_once('#').is_some_and(|(leader, _)| leader == number)
    };
    let near = |found: &relance_core::limitation::Limitation| (found.careful - standing.le).num_days() <= NEAR;
    Some(View {
        frame: Frame::new(visit, "factures", format!("Facture {number}")),
        often,
        others,
        name: if standing.nom.is_empty() { standing.client.clone() } else { standing.nom.clone() },
        late: late(standing.retard),
        due: french_date(standing.echeance),
        issued: french_date(file.invoice.issued),
        label: file.invoice.label.clone(),
        segment: file.segment.clone().or(dossier.customer.segment.clone()).unwrap_or_else(|| "aucun".to_owned()),
        owner: file.invoice.owner.clone().or(dossier.customer.owner.clone()),
        clock: (standing.etape != PLAN).then(|| match standing.horloge {
            Some(day) => format!("ses délais courent depuis le {}", french_date(day)),
            None => "ses délais ne courent pas : les actions de l’entrée ne sont pas toutes faites".to_owned(),
        }),
        limitation: standing.prescription.filter(near).map(|found| found.told()),
        rules: standing.regles.iter().map(rule).collect(),
        selection: standing
            .selection
            .iter()
            .filter_map(|one| Some((one.scenario.clone(), parts(one.condition.as_ref()?))))
            .collect(),
        history: timeline::days(&history, kept),
        expected: timeline::days(&expected, &[]),
        coming: timeline::days(&coming, &[]),
        papers: kept.iter().filter(own).map(|one| (timeline::words(one), timeline::address(one))).collect(),
        open: file.is_open(),
        stopped,
        disputed: sum(file.disputed()),
        promised: sum(file.promised()),
        act: crate::token(),
        requests: super::requests::Requests::default(),
        standing,
    })
}

/// « 12 jours de retard ».
pub fn late(days: i64) -> String {
    match days {
        0 => "échoit aujourd’hui".to_owned(),
        n if n > 0 => format!("{n} jour{} de retard", if n > 1 { "s" } else { "" }),
        n => format!("échoit dans {} jour{}", -n, if n < -1 { "s" } else { "" }),
    }
}

fn rule(rule: &RuleStanding) -> Rule {
    let told = rule.conditions.iter().filter(|condition| condition.text != "toujours");
    Rule {
        label: rule.quand.clone().or(rule.palier.clone()).unwrap_or_else(|| "libre".to_owned()),
        day: rule.jour.map(french_date).unwrap_or_default(),
        actions: rule.actions.clone(),
        text: rule.place.as_ref().map(|place| place.text.clone()).unwrap_or_default(),
        place: rule.place.as_ref().map(|place| format!("{}:{}", place.file, place.line)).unwrap_or_default(),
        verdict: rule.verdict.clone(),
        fired: rule.partie,
        conditions: told.flat_map(parts).collect(),
    }
}

/// A condition and its parts, outermost first.
fn parts(trace: &Trace) -> Vec<Part> {
    fn walk(node: &Trace, depth: usize, parts: &mut Vec<Part>) {
        let mark = match node.holds {
            Some(true) => "vrai",
            Some(false) => "faux",
            None => "inconnu",
        };
        let value =
            |(name, value): &(String, Option<String>)| format!("{name} = {}", value.as_deref().unwrap_or("inconnu"));
        let values: Vec<String> = node.values.iter().map(value).collect();
        parts.push(Part { depth, mark, text: node.text.clone(), values: values.join(", ") });
        for part in &node.parts {
            walk(part, depth + 1, parts);
        }
    }
    let mut all = Vec::new();
    walk(trace, 0, &mut all);
    all
}

/// The drawing of its scenario, with the way of the invoice through it.
pub async fn draw(visit: Visit, Path((_, number)): Path<(String, String)>) -> Answer {
    super::scenarios::svg(drawn(&visit.tenant, &number).await?)
}

/// The same, whoever asks.
pub async fn drawn(tenant: &Tenant, number: &str) -> Result<String, Refusal> {
    let client = tenant.store.client_of(number).await?.ok_or(Refusal::Unknown)?;
    let in_force = tenant.in_force().await?;
    let dossier = file_of(tenant, &client).await?.dossier;
    let scenario = dossier.invoices.get(number).and_then(|file| file.scenario.as_ref()).ok_or(Refusal::Unknown)?;
    let scenario = in_force.program.scenario(&scenario.name).ok_or(Refusal::Unknown)?;
    let way = Way::of(&in_force.program, &dossier, number, tenant.today());
    Ok(drawing::svg(&drawing::plan(&scenario.machine), way.as_ref()))
}
