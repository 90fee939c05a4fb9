//! Rungs and free rules: which of them fire now.

use super::Worker;
use super::life::{Hold, holds};
use super::schedule::cap_free_on;
use crate::day::{add_days, end_of_month};
use crate::dossier::{InvoiceFile, Origin, RuleKey, Run, Status};
use crate::eval::{Facts, Val, truth, value};
use crate::event::Event;
use crate::facts::InvoiceFacts;
use crate::machine::{Bound, Branch, Sequence};
use crate::money::Amount;
use crate::program::{PreparedRule, Scenario};
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// A reminder must be so many days old before a formal notice.
pub(super) const FORMAL_NOTICE_DELAY: i64 = 8;

/// The day of a branch's rung for an invoice: the latest of its bounds. `None` for a free branch, or while a bound is unknown.
pub fn rung_day(branch: &Branch, facts: &impl Facts) -> Option<NaiveDate> {
    let mut latest = None;
    for bound in &branch.bounds {
        latest = latest.max(Some(bound_day(bound, facts)?));
    }
    latest
}

fn bound_day(bound: &Bound, facts: &impl Facts) -> Option<NaiveDate> {
    let Val::Duration(length) = value(&bound.offset, facts)? else { return None };
    let day = add_days(length.after(facts.due(), facts.calendar()), bound.extra_days);
    Some(if bound.end_of_month { end_of_month(day) } else { day })
}

/// The rungs of a rule for an invoice: days from the due date, and the date.
pub(super) fn rung_offsets<'f>(
    rule: &'f PreparedRule,
    facts: &'f InvoiceFacts<'_>,
) -> impl Iterator<Item = (i64, NaiveDate)> + 'f {
    rule.branches.iter().filter_map(|branch| {
        let day = rung_day(branch, facts)?;
        Some(((day - facts.due()).num_days(), day))
    })
}

/// Whether a free branch of the rule certainly holds.
pub(super) fn free_branch_holds(rule: &PreparedRule, facts: &impl Facts) -> bool {
    rule.branches.iter().any(|b| b.bounds.is_empty() && truth(&b.guard, facts) == Some(true))
}

/// The highest rung of the rule that is due and whose guard certainly holds, in days from the due date.
pub(super) fn qualified(rule: &PreparedRule, facts: &InvoiceFacts<'_>) -> Option<i64> {
    let before_due = facts.today < facts.due();
    rule.branches
        .iter()
        .filter_map(|branch| {
            let day = rung_day(branch, facts)?;
            let offset = (day - facts.due()).num_days();
            // A rung below 0 is skipped from the due day on.
            (day <= facts.today && (offset >= 0 || before_due) && truth(&branch.guard, facts) == Some(true))
                .then_some(offset)
        })
        .max()
}

/// What keeps the contacts of an invoice from being sent although nothing suspends it, in French.
pub(crate) fn too_little(scenario: &Scenario, facts: &InvoiceFacts<'_>) -> Option<String> {
    let currency = facts.file.invoice.currency();
    let minimum = scenario.settings().minimum.filter(|m| m.currency == currency).map_or(0, |m| m.cents.max(0));
    let collectable = facts.collectable();
    (collectable <= minimum).then(|| {
        let told = Amount::new(collectable, currency);
        if minimum > 0 {
            format!("montant exigible de {told}, au plus égal au minimum de {}", Amount::new(minimum, currency))
        } else {
            "rien n’est exigible pour l’instant : tout est promis, annoncé, en litige ou couvert par un crédit du client".to_owned()
        }
    })
}

/// Whether a formal notice may follow: a reminder is old enough.
pub(crate) fn reminder_is_old(file: &InvoiceFile, today: NaiveDate) -> bool {
    file.reminders.first().is_some_and(|(day, _)| (today - *day).num_days() >= FORMAL_NOTICE_DELAY)
}

#[derive(Default)]
struct Decision {
    internal: Vec<(RuleKey, i64)>,
    rung: Option<(i64, Vec<RuleKey>)>,
    skipped: BTreeSet<i64>,
    free: Vec<(RuleKey, bool)>,
    withheld: Option<String>,
}

impl Worker<'_> {
    /// Decides for every invoice on the facts as they are, then fires: rungs, then free rules, by invoice number.
    pub(super) fn fire_rules(&mut self) {
        let mut decided = Vec::new();
        for (number, file) in &self.dossier.invoices {
            if let Some(decision) = self.decide(number, file) {
                decided.push((number.clone(), decision));
            }
        }
        for (number, decision) in &decided {
            if let Some(reason) = &decision.withheld {
                self.emit(Some(number), Event::Withheld { reason: reason.clone() });
            }
            for rung in &decision.skipped {
                self.emit(Some(number), Event::RungSkipped { rung: *rung });
            }
            if let Some((rung, _)) = decision.rung {
                self.supersede(number, rung);
            }
            for (rule, rung) in &decision.internal {
                self.start_run(number, *rule, Origin::InternalRung(*rung), false);
            }
            if let Some((rung, rules)) = &decision.rung {
                for rule in rules {
                    self.start_run(number, *rule, Origin::Rung(*rung), true);
                }
            }
        }
        for (number, decision) in decided {
            for (rule, contact) in decision.free {
                self.start_run(&number, rule, Origin::Free, contact);
            }
        }
    }

    fn decide(&self, number: &str, file: &InvoiceFile) -> Option<Decision> {
        if !file.is_open() || !file.taken_over {
            return None;
        }
        let scenario = self.scenario(file)?;
        let holds = holds(self.dossier, file, self.today);
        let only_pre_due = holds == [Hold::DueMoved];
        if !holds.is_empty() && !only_pre_due {
            return None;
        }
        let facts = self.facts(number, file);
        let mut decision = Decision::default();
        let mut candidates: Vec<(i64, RuleKey)> = Vec::new();
        for rule in scenario.rules.iter().filter(|rule| !file.fired.contains(&rule.key)) {
            let rung = qualified(rule, &facts).filter(|offset| !only_pre_due || *offset < 0);
            match rung {
                Some(offset) if !rule.contact => decision.internal.push((rule.key, offset)),
                Some(offset) if !rule.needs_reminder || reminder_is_old(file, self.today) => {
                    candidates.push((offset, rule.key))
                }
                _ if !only_pre_due
                    && free_branch_holds(rule, &facts)
                    && (!rule.needs_reminder || reminder_is_old(file, self.today)) =>
                {
                    decision.free.push((rule.key, rule.contact));
                }
                _ => {}
            }
        }
        // Before a due date that was moved, the rungs below 0 have a position of their own.
        let pre_due = scenario
            .rules
            .iter()
            .filter(|rule| only_pre_due && rule.contact && file.fired.contains(&rule.key))
            .flat_map(|rule| rung_offsets(rule, &facts).map(|(offset, _)| offset).collect::<Vec<_>>())
            .filter(|offset| *offset < 0)
            .max();
        let wanted = candidates
            .iter()
            .map(|(offset, _)| *offset)
            .filter(|offset| if only_pre_due { Some(*offset) > pre_due } else { Some(*offset) >= file.position })
            .max();
        let too_little = (wanted.is_some() || decision.free.iter().any(|(_, contact)| *contact))
            .then(|| too_little(scenario, &facts))
            .flatten();
        if let Some(reason) = too_little {
            decision.free.retain(|(_, contact)| !contact);
            if file.withheld.as_ref() != Some(&reason) {
                decision.withheld = Some(reason);
            }
        } else if let Some(rung) = wanted
            && (!file.after_reaction || self.free_after_reaction(file, scenario))
        {
            let rules = candidates.iter().filter(|(offset, _)| *offset == rung).map(|(_, rule)| *rule).collect();
            decision.skipped = self.newly_skipped(file, scenario, &facts, rung);
            decision.rung = Some((rung, rules));
        }
        Some(decision)
    }

    /// After a reaction has planned a contact, rungs with a contact wait until it is done and the cap allows.
    fn free_after_reaction(&self, file: &InvoiceFile, scenario: &Scenario) -> bool {
        let pending = file.runs.iter().any(|run| {
            matches!(run.origin, Origin::Reaction(_))
                && scenario.sequence(run.rule).is_some_and(|s| contact_to_come(run, s))
        });
        let cap = scenario.settings().cap;
        !pending && cap.is_none_or(|cap| cap_free_on(&self.dossier.contacts, cap, self.today) <= self.today)
    }

    /// Rungs below the one that fires of which no rule ever fired and that are not recorded yet.
    fn newly_skipped(
        &self,
        file: &InvoiceFile,
        scenario: &Scenario,
        facts: &InvoiceFacts<'_>,
        rung: i64,
    ) -> BTreeSet<i64> {
        let contact_rules = || scenario.rules.iter().filter(|rule| rule.contact);
        let mut skipped: BTreeSet<i64> = contact_rules()
            .flat_map(|rule| rung_offsets(rule, facts).map(|(offset, _)| offset).collect::<Vec<_>>())
            .filter(|offset| *offset < rung && Some(*offset) > file.position && !file.skipped.contains(offset))
            .collect();
        for rule in contact_rules().filter(|rule| file.fired.contains(&rule.key)) {
            for (offset, _) in rung_offsets(rule, facts) {
                skipped.remove(&offset);
            }
        }
        skipped
    }

    /// A higher rung supersedes what is pending of a lower one.
    fn supersede(&mut self, number: &str, rung: i64) {
        let lower: Vec<u32> = self
            .file(number)
            .map(|file| {
                let below = |origin: Origin| matches!(origin, Origin::Rung(offset) if offset < rung);
                file.runs.iter().filter(|run| below(run.origin)).map(|run| run.id).collect()
            })
            .unwrap_or_default();
        for run in lower {
            self.cancel(number, run, &format!("remplacé par le palier {}", rung_label(rung)));
        }
    }
}

/// Whether a contact of the sequence is still to be made that waits for no person's task.
fn contact_to_come(run: &Run, sequence: &Sequence) -> bool {
    let stages = sequence.stages.iter().enumerate().skip(run.stage as usize);
    for (i, stage) in stages {
        let mut behind_work = false;
        for (j, item) in stage.items.iter().enumerate() {
            let state = if i == run.stage as usize { run.items.get(j) } else { None };
            let attempt = state.map_or(0, |s| s.attempt as usize);
            let contact = item.0.get(attempt).is_some_and(|action| action.contact().is_some());
            match state.map(|s| &s.status) {
                Some(Status::Done | Status::Failed) => {}
                Some(Status::InDoubt) => behind_work = true,
                _ if contact => return true,
                _ => behind_work = true,
            }
        }
        if behind_work {
            return false;
        }
    }
    false
}

/// How a rung is named: `J+15`, `J`, `J-5`.
pub fn rung_label(offset: i64) -> String {
    match offset {
        0 => "J".to_owned(),
        n => format!("J{n:+}"),
    }
}
