//! Where an invoice stands, and why each rule fired or did not.

mod pending;
mod rule;

use crate::dossier::{BadAddress, ChosenSegment, Dossier, InvoiceFile};
use crate::eval::{Trace, trace};
use crate::facts::InvoiceFacts;
use crate::limitation::Limitation;
use crate::machine::{PLAN, Place, RuleId};
use crate::money::Amount;
use crate::program::{Program, Scenario};
use crate::step::{rung_label, suspension, verdicts};
use chrono::NaiveDate;
use serde::Serialize;

/// Where an invoice stands on a day.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Standing {
    /// The invoice's number.
    pub facture: String,
    /// The client's code.
    pub client: String,
    /// The client's name.
    pub nom: String,
    /// The day.
    pub le: NaiveDate,
    /// The due date.
    pub echeance: NaiveDate,
    /// Days past due; negative before.
    pub retard: i64,
    /// The amount as issued.
    pub montant: Amount,
    /// What is left to pay.
    pub reste_du: Amount,
    /// What can be asked now.
    pub exigible: Amount,
    /// The scenario, if one takes the invoice.
    pub scenario: Option<String>,
    /// The scenario's title.
    pub titre: Option<String>,
    /// The state of the machine: `plan`, or an `étape`.
    pub etape: String,
    /// Its title.
    pub titre_etape: Option<String>,
    /// In an `étape`: the day from which `après` counts; none while the actions of its entry are not done.
    pub horloge: Option<NaiveDate>,
    /// The highest rung reached.
    pub palier: Option<String>,
    /// Until when it can be brought before a judge, while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prescription: Option<Limitation>,
    /// The segment that a person has chosen for the client, who, and since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment_choisi: Option<String>,
    /// In one sentence: settled, suspended and why, or running.
    pub etat: String,
    /// The client's addresses at which nobody is: no message leaves to them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub adresses_invalides: Vec<NobodyThere>,
    /// Every rule of the scenario, in file order.
    pub regles: Vec<RuleStanding>,
    /// Why other scenarios tried before do not take the invoice, and this one does.
    pub selection: Vec<SelectionStanding>,
}

/// An address at which nobody is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NobodyThere {
    /// `email` or `sms`.
    pub canal: &'static str,
    /// The address or the number.
    pub adresse: String,
    /// Since when this is known.
    pub depuis: NaiveDate,
    /// Why, in French.
    pub raison: String,
}

impl NobodyThere {
    /// What is known of it, for people.
    pub fn of(bad: &BadAddress) -> NobodyThere {
        let BadAddress { channel, address, on, reason } = bad;
        NobodyThere { canal: channel.name(), adresse: address.clone(), depuis: *on, raison: reason.clone() }
    }
}

/// Why a scenario takes the invoice or not, on the facts of the day.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct SelectionStanding {
    /// The scenario.
    pub scenario: String,
    /// Its selection with the value of each part; `None` takes what no other takes.
    pub condition: Option<Trace>,
}

/// Where one rule stands.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RuleStanding {
    /// Its number in the machine.
    #[serde(skip)]
    pub rule: RuleId,
    /// Where it stands in the files.
    pub place: Option<Place>,
    /// What fires it when it is no rung or free rule: `à l'entrée`, `quand promesse rompue`, `tous les 10 jours`.
    pub quand: Option<String>,
    /// The rung's name, for a rung.
    pub palier: Option<String>,
    /// The day of the rung for this invoice.
    pub jour: Option<NaiveDate>,
    /// What it does.
    pub actions: String,
    /// Whether it has fired.
    pub partie: bool,
    /// In one sentence: fired, skipped, waits for its day, its condition is false.
    pub verdict: String,
    /// Its condition with the value of each part; one for each branch of an `ou`.
    pub conditions: Vec<Trace>,
}

/// Tells where an invoice stands on `today`; `None` when it is not known.
pub fn standing(program: &Program, dossier: &Dossier, number: &str, today: NaiveDate) -> Option<Standing> {
    let file = dossier.invoices.get(number)?;
    let scenario = file.scenario.as_ref().and_then(|s| program.scenario(&s.name));
    let facts = InvoiceFacts::new(program, dossier, number, file, today);
    let currency = file.invoice.currency();
    let mut selection = Vec::new();
    for candidate in &program.scenarios {
        let condition = candidate.machine.selection.as_ref().map(|selection| trace(selection, &facts));
        selection.push(SelectionStanding { scenario: candidate.machine.name.clone(), condition });
        if file.scenario.as_ref().is_some_and(|s| s.name == candidate.machine.name) {
            break;
        }
    }
    Some(Standing {
        facture: number.to_owned(),
        client: dossier.client.clone(),
        nom: dossier.customer.name.clone(),
        le: today,
        echeance: file.invoice.due,
        retard: (today - file.invoice.due).num_days(),
        montant: file.invoice.amount,
        reste_du: Amount::new(file.balance, currency),
        exigible: Amount::new(facts.collectable(), currency),
        scenario: scenario.map(|s| s.machine.name.clone()),
        titre: scenario.and_then(|s| s.machine.title.clone()),
        etape: file.state.clone(),
        titre_etape: scenario.and_then(|s| s.state(&file.state)).and_then(|s| s.title.clone()),
        horloge: file.clock.filter(|_| file.state != PLAN && file.taken_over),
        palier: file.position.map(rung_label),
        prescription: file.is_open().then(|| Limitation::of(dossier, file)),
        segment_choisi: dossier.chosen_segment.as_ref().map(chosen),
        etat: state(file, scenario, &facts),
        adresses_invalides: dossier.bad_addresses.iter().map(NobodyThere::of).collect(),
        regles: scenario
            .map(|s| {
                let told = rule::Telling { scenario: s, facts: &facts };
                let verdicts = verdicts(program, dossier, number, file, today);
                let entry = s.state(&file.state).map(|state| state.entry.as_slice()).unwrap_or_default();
                let entry = entry.iter().map(|e| told.entry(e));
                let verdict = |key| verdicts.iter().find(|(own, _)| *own == key).map(|(_, verdict)| verdict);
                let rules = s.rules(&file.state).iter().map(|rule| told.rule(rule, verdict(rule.key)));
                let reactions = s.all_reactions(&file.state).into_iter().map(|r| told.reaction(r));
                entry.chain(rules).chain(reactions).collect()
            })
            .unwrap_or_default(),
        selection,
    })
}

fn chosen(choice: &ChosenSegment) -> String {
    let ChosenSegment { segment, on, by } = choice;
    let by = by.as_deref().map(|by| format!(" par {by}")).unwrap_or_default();
    format!("{segment}, choisi{by} le {}", crate::day::french_date(*on))
}

fn state(file: &InvoiceFile, scenario: Option<&Scenario>, facts: &InvoiceFacts<'_>) -> String {
    if !file.taken_over {
        return "pas encore prise en charge".to_owned();
    }
    if let Some(on) = file.settled_on {
        return format!("soldée le {}", crate::day::french_date(on));
    }
    if let Some(reason) = suspension(facts.dossier, facts.number, file, facts.today) {
        return format!("suspendue : {reason}");
    }
    let Some(scenario) = scenario else { return "aucun scénario ne la prend : rien ne partira".to_owned() };
    if let Some(reason) = &file.broken {
        return format!("arrêtée par une anomalie : {reason}");
    }
    let Some(place) = scenario.state(&file.state) else {
        return format!("sans place : le scénario n’a plus d’étape `{}`", file.state);
    };
    if place.is_final {
        return "au bout du scénario : plus rien ne part, un paiement la solde".to_owned();
    }
    match crate::step::too_little(scenario, facts) {
        Some(reason) => format!("rien ne part : {reason}"),
        None if file.entry_failed => {
            "en cours, mais l’entrée dans l’étape n’a pas abouti : quelqu’un doit décider de la suite".to_owned()
        }
        None if facts.today < file.invoice.due => "en cours, pas encore échue".to_owned(),
        None => "en cours de relance".to_owned(),
    }
}
