//! Where an invoice stands, and why each rule fired or did not.

use crate::dossier::{Dossier, InvoiceFile, Origin, RuleKey};
use crate::eval::{Facts, Trace, trace};
use crate::facts::InvoiceFacts;
use crate::machine::{Clock, Expr, Place, Repeat, RuleId};
use crate::money::Amount;
use crate::program::{PreparedRule, Program, Scenario};
use crate::step::{RungAt, rung_at, rung_label, suspension, ticks};
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
    /// The highest rung reached.
    pub palier: Option<String>,
    /// In one sentence: settled, suspended and why, or running.
    pub etat: String,
    /// Every rule of the scenario, in file order.
    pub regles: Vec<RuleStanding>,
    /// Why other scenarios tried before do not take the invoice, and this one does.
    pub selection: Vec<SelectionStanding>,
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
        palier: file.position.map(rung_label),
        etat: state(file, scenario, &facts),
        regles: scenario
            .map(|s| {
                let entry = s.state(&file.state).map(|state| state.entry.as_slice()).unwrap_or_default();
                let entry = entry.iter().map(|e| besides(s, e.id, e.key, "à l’entrée".to_owned(), &e.guard, &facts));
                let rules = s.rules(&file.state).iter().map(|rule| rule_standing(s, rule, &facts));
                let reactions = s.all_reactions(&file.state).into_iter().map(|r| {
                    let name = r.name.as_ref().map(|name| format!(" « {name} »")).unwrap_or_default();
                    besides(s, r.id, r.key, format!("quand {}{name}", r.on.words()), &r.guard, &facts)
                });
                entry.chain(rules).chain(reactions).collect()
            })
            .unwrap_or_default(),
        selection,
    })
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
        None if facts.today < file.invoice.due => "en cours, pas encore échue".to_owned(),
        None => "en cours de relance".to_owned(),
    }
}

/// A rule that an event fires, or the entry into its state.
fn besides(
    scenario: &Scenario,
    id: RuleId,
    key: RuleKey,
    when: String,
    guard: &Expr,
    facts: &InvoiceFacts<'_>,
) -> RuleStanding {
    let running = facts.file.runs.iter().any(|run| run.rule == key);
    let verdict = if running { "déclenchée, en cours" } else { "se déclenche à cet événement" };
    RuleStanding {
        place: scenario.machine.place(id).cloned(),
        quand: Some(when),
        palier: None,
        jour: None,
        actions: scenario.sequence(key).map(ToString::to_string).unwrap_or_default(),
        partie: running,
        verdict: verdict.to_owned(),
        conditions: if guard.is_always() { Vec::new() } else { vec![trace(guard, facts)] },
    }
}

fn rule_standing(scenario: &Scenario, rule: &PreparedRule, facts: &InvoiceFacts<'_>) -> RuleStanding {
    let file = facts.file;
    // Of several rungs, the next that can still be reached.
    let mut days: Vec<RungAt> = rule.branches.iter().filter_map(|branch| rung_at(branch, facts)).collect();
    days.sort_by_key(|at| at.day);
    let rung = days.iter().find(|at| at.is_reachable(file)).or(days.first()).copied();
    let conditions: Vec<Trace> = rule.branches.iter().map(|branch| trace(&branch.guard, facts)).collect();
    let fired = file.fired.contains(&rule.key);
    let holds = conditions.iter().any(|c| c.holds == Some(true));
    let unknown = conditions.iter().any(|c| c.holds.is_none());
    let running = file.runs.iter().any(|run| run.rule == rule.key && !matches!(run.origin, Origin::Reaction(_)));
    let clock = rule.repeat.is_some() || rule.branches.iter().flat_map(|b| &b.bounds).any(|b| b.clock == Clock::State);
    let repeated = rule.repeat.as_ref().map(|repeat| repeat_verdict(repeat, rule, facts));
    let verdict = if running {
        "déclenchée, en cours".to_owned()
    } else if fired {
        "déjà déclenchée, ou écartée lors d’une reprise : une règle ne part qu’une fois".to_owned()
    } else if file.settled_on.is_some() {
        "ne partira pas : la facture est soldée".to_owned()
    } else if clock && file.clock.is_none() {
        "attend que les actions de l’entrée soient faites : l’horloge de l’étape ne court pas encore".to_owned()
    } else if let Some(verdict) = repeated {
        verdict
    } else if let Some(at) = rung.filter(|at| at.day > facts.today) {
        format!("attend son jour, le {}", crate::day::french_date(at.day))
    } else if rule.takes_part && rung.is_some_and(|at| !at.is_reachable(file)) {
        "sautée : un palier plus élevé est déjà parti".to_owned()
    } else if rung.is_some_and(|at| at.is_pre_due()) && facts.today >= facts.due() {
        "sautée : l’échéance est passée".to_owned()
    } else if holds && rule.needs_reminder && !crate::step::reminder_is_old(file, facts.today) {
        "attend : une mise en demeure suit une relance d’au moins 8 jours".to_owned()
    } else if holds {
        "la condition est vraie : partira dès que rien ne la retient".to_owned()
    } else if unknown {
        "ne part pas : un fait de la condition est inconnu".to_owned()
    } else {
        "ne part pas : la condition est fausse".to_owned()
    };
    RuleStanding {
        place: scenario.machine.place(rule.id).cloned(),
        quand: rule.repeat.as_ref().map(ToString::to_string),
        palier: rung.map(|at| rung_label(at.offset)),
        jour: rung.map(|at| at.day),
        actions: rule.sequence.to_string(),
        partie: fired,
        verdict,
        conditions,
    }
}

fn repeat_verdict(repeat: &Repeat, rule: &PreparedRule, facts: &InvoiceFacts<'_>) -> String {
    let so_far = facts.file.ticks.get(&rule.key).copied().unwrap_or_default();
    let times = match so_far.count {
        0 => "pas encore déclenchée".to_owned(),
        1 => "déclenchée une fois".to_owned(),
        n => format!("déclenchée {n} fois"),
    };
    if repeat.at_most.is_some_and(|most| so_far.count >= most) {
        return format!("{times} : c’est son maximum");
    }
    match ticks(repeat, so_far.last, facts) {
        Some((_, next)) => format!("{times} ; prochaine échéance de la règle le {}", crate::day::french_date(next)),
        None => times,
    }
}
