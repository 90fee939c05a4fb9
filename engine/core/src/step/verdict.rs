//! What the step would say of each rule now: the same decision that fires them, told instead of done.

use super::rules::{Stand, Waiting, decide, stand};
use crate::dossier::{Dossier, InvoiceFile, RuleKey};
use crate::facts::InvoiceFacts;
use crate::program::{PreparedRule, Program, Scenario};
use chrono::NaiveDate;

/// Why a rule that has not fired does or does not fire now.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Verdict {
    /// It fires.
    Fires,
    /// Its condition holds, but something else comes first.
    Waits(Waiting),
    /// Its condition holds, but nothing of the invoice fires at all.
    Held,
    /// Its condition does not hold; where each branch stands.
    No(Vec<Stand>),
}

/// The verdict on each rule of the invoice's state that has not fired.
pub(crate) fn verdicts(
    program: &Program,
    dossier: &Dossier,
    number: &str,
    file: &InvoiceFile,
    today: NaiveDate,
) -> Vec<(RuleKey, Verdict)> {
    let decision = decide(program, dossier, number, file, today).filter(|decision| decision.broken.is_none());
    let facts = InvoiceFacts::new(program, dossier, number, file, today);
    let scenario = file.scenario.as_ref().and_then(|scenario| program.scenario(&scenario.name));
    let rules = scenario.map_or(&[][..], |scenario: &Scenario| scenario.rules(&file.state));
    let verdict = |rule: &PreparedRule| {
        let stands: Vec<Stand> = rule.branches.iter().map(|branch| stand(branch, &facts)).collect();
        let holds = stands.iter().any(|stand| matches!(stand, Stand::Holds(_)));
        let Some(decision) = &decision else { return if holds { Verdict::Held } else { Verdict::No(stands) } };
        let internal = decision.internal.iter().map(|(key, _)| *key);
        let rung = decision.rung.iter().flat_map(|(_, rules)| rules).map(|(_, firing)| firing.rule);
        let free = decision.free.iter().map(|firing| firing.rule);
        if internal.chain(rung).chain(free).any(|key| key == rule.key) {
            return Verdict::Fires;
        }
        match decision.waiting.iter().find(|(key, _)| *key == rule.key) {
            Some((_, why)) => Verdict::Waits(why.clone()),
            None if holds => Verdict::Held,
            None => Verdict::No(stands),
        }
    };
    rules.iter().filter(|rule| !file.fired.contains(&rule.key)).map(|rule| (rule.key, verdict(rule))).collect()
}
