//! Rungs and free rules: which of them fire now.

use super::Worker;
use super::life::{Hold, Start, holds};
use super::schedule::cap_free_on;
use super::sequence::never_after_failure;
use crate::calendar::Calendar;
use crate::day::{Span, add_days, end_of_month};
use crate::dossier::{Dossier, InvoiceFile, Origin, RuleKey, Run, Status};
use crate::eval::{Facts, Val, truth, value};
use crate::event::Event;
use crate::facts::{Failure, InvoiceFacts};
use crate::machine::{Action, Attempt, Bound, Branch, Clock, Repeat, Sequence};
use crate::money::Amount;
use crate::program::{PreparedRule, PreparedState, Program, Scenario};
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// A reminder must be so many days old before a formal notice.
pub(crate) const FORMAL_NOTICE_DELAY: i64 = 8;

/// Where a rung falls for an invoice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RungAt {
    /// The day; rungs stand in the order of their days.
    pub day: NaiveDate,
    /// The same, in days from the due date.
    pub offset: i64,
    /// The clock that gave it.
    pub clock: Clock,
}

impl RungAt {
    /// Whether it is a rung below 0 of the due date's clock, which is skipped from the due day on.
    pub fn is_pre_due(&self) -> bool {
        self.clock == Clock::Due && self.offset < 0
    }

    /// Whether it is higher than the one on which the invoice stands.
    pub fn is_above(&self, file: &InvoiceFile) -> bool {
        match self.clock {
            Clock::Due => Some(self.offset) > file.position,
            Clock::State => Some(self.day) > file.position_day,
        }
    }

    /// Whether the invoice, which never climbs down, can still fire it.
    pub fn is_reachable(&self, file: &InvoiceFile) -> bool {
        match self.clock {
            Clock::Due => Some(self.offset) >= file.position,
            Clock::State => Some(self.day) >= file.position_day,
        }
    }
}

/// Where a branch's rung falls for an invoice: the latest of its bounds. `None` for a free branch, while a bound is unknown, and while
/// the clock of the state has not started.
pub fn rung_at(branch: &Branch, facts: &impl Facts) -> Option<RungAt> {
    let mut latest: Option<(NaiveDate, Clock)> = None;
    for bound in &branch.bounds {
        let day = bound_day(bound, facts)?;
        if latest.is_none_or(|(known, _)| day > known) {
            latest = Some((day, bound.clock));
        }
    }
    let (day, clock) = latest?;
    Some(RungAt { day, offset: (day - facts.due()).num_days(), clock })
}

/// The day of a branch's rung, see [`rung_at`].
pub fn rung_day(branch: &Branch, facts: &impl Facts) -> Option<NaiveDate> {
    rung_at(branch, facts).map(|at| at.day)
}

fn bound_day(bound: &Bound, facts: &impl Facts) -> Option<NaiveDate> {
    let Val::Duration(length) = value(&bound.offset, facts)? else { return None };
    let start = match bound.clock {
        Clock::Due => facts.due(),
        Clock::State => facts.state_day(length)?,
    };
    let day = add_days(length.after(start, facts.calendar()), bound.extra_days);
    Some(if bound.end_of_month { end_of_month(day) } else { day })
}

/// The rungs of a rule for an invoice.
pub(super) fn rungs<'f>(rule: &'f PreparedRule, facts: &'f InvoiceFacts<'_>) -> impl Iterator<Item = RungAt> + 'f {
    rule.branches.iter().filter_map(|branch| rung_at(branch, facts))
}

/// Where a branch stands today.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Stand {
    /// It certainly holds, on its rung unless it is free.
    Holds(Option<RungAt>),
    /// Its rung has no day yet: a bound is unknown, or the clock of the state has not started.
    NoDay,
    /// Its rung's day is still to come.
    NotYet(RungAt),
    /// A rung below 0, skipped since the due day.
    Fallen(RungAt),
    /// Its condition is false, or unknown (`None`).
    Lacks(Option<RungAt>, Option<bool>),
}

/// Where a branch of a rule stands today.
pub(crate) fn stand(branch: &Branch, facts: &InvoiceFacts<'_>) -> Stand {
    let at = if branch.bounds.is_empty() {
        None
    } else {
        match rung_at(branch, facts) {
            None => return Stand::NoDay,
            Some(at) if at.day > facts.today => return Stand::NotYet(at),
            // A rung below 0 is skipped from the due day on.
            Some(at) if at.is_pre_due() && facts.today >= facts.due() => return Stand::Fallen(at),
            Some(at) => Some(at),
        }
    };
    match truth(&branch.guard, facts) {
        Some(true) => Stand::Holds(at),
        other => Stand::Lacks(at, other),
    }
}

/// Whether a free branch of the rule certainly holds.
pub(super) fn free_branch_holds(rule: &PreparedRule, facts: &InvoiceFacts<'_>) -> bool {
    rule.branches.iter().any(|b| b.bounds.is_empty() && matches!(stand(b, facts), Stand::Holds(_)))
}

/// The highest rung of the rule that is due and whose guard certainly holds.
fn qualified(rule: &PreparedRule, facts: &InvoiceFacts<'_>, only_pre_due: bool) -> Option<RungAt> {
    let bound = rule.branches.iter().filter(|branch| !branch.bounds.is_empty());
    let holding = bound.filter_map(|branch| if let Stand::Holds(at) = stand(branch, facts) { at } else { None });
    // A branch that waits out a moved due date hides none that does not.
    holding.filter(|at| !only_pre_due || at.is_pre_due()).max_by_key(|at| at.day)
}

/// More multiples of a period than this are not looked at.
const MAX_TICKS: u32 = 20_000;

/// The day of the `n`-th multiple of a period.
fn tick_day(every: Span, n: u32, start: NaiveDate, calendar: &Calendar) -> NaiveDate {
    let times = |length: i64| length.saturating_mul(i64::from(n));
    let span = match every {
        Span::Days(length) => Span::Days(times(length)),
        Span::Months(length) => Span::Months(times(length)),
        Span::BusinessDays(length) => Span::BusinessDays(times(length)),
    };
    span.after(start, calendar)
}

/// The last multiple of the period that has come, and the day of the next one.
pub(crate) fn ticks(repeat: &Repeat, from: u32, facts: &InvoiceFacts<'_>) -> Option<(u32, NaiveDate)> {
    let start = facts.state_day(repeat.every.into())?;
    let day = |n: u32| tick_day(repeat.every, n, start, facts.calendar());
    let mut last = match repeat.every {
        Span::Days(length) if length > 0 => {
            let passed = (facts.today - start).num_days().max(0) / length;
            u32::try_from(passed).unwrap_or(MAX_TICKS).min(MAX_TICKS)
        }
        _ => from,
    };
    while last < MAX_TICKS && day(last + 1) <= facts.today {
        last += 1;
    }
    Some((last, day(last.saturating_add(1))))
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
pub(super) fn reminder_is_old(file: &InvoiceFile, today: NaiveDate) -> bool {
    file.reminders.first().is_some_and(|(day, _)| (today - *day).num_days() >= FORMAL_NOTICE_DELAY)
}

/// A rule that fires.
pub(super) struct Firing {
    pub rule: RuleKey,
    contact: bool,
    lifted: bool,
    tick: Option<u32>,
}

/// What fires on an invoice now, and what keeps the rest that could from it.
#[derive(Default)]
pub(super) struct Decision {
    /// Rungs' rules without a contact.
    pub internal: Vec<(RuleKey, RungAt)>,
    /// The rung that fires, with its rules.
    pub rung: Option<(RungAt, Vec<(RungAt, Firing)>)>,
    /// Rungs that are skipped.
    skipped: BTreeSet<i64>,
    /// Free rules and those that repeat.
    pub free: Vec<Firing>,
    /// What is new about too little being collectable, in French.
    withheld: Option<String>,
    /// A script failed.
    pub broken: Option<String>,
    /// Rules whose conditions hold and that do not fire, with the reason.
    pub waiting: Vec<(RuleKey, Waiting)>,
}

/// Why a rule whose condition holds does not fire now.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Waiting {
    /// Its rung lies below the one on which the invoice stands.
    Below,
    /// This other rung fires first.
    Behind(RungAt),
    /// A formal notice follows an old enough reminder.
    Reminder,
    /// The contact of a reaction is made first, and the cap has to allow another.
    Reaction,
    /// `rattrapage pas à pas`: the plan's distance from the rung before.
    Distance,
    /// Too little is collectable; in French.
    TooLittle(String),
}

impl Worker<'_> {
    /// Decides for every invoice on the facts as they are, then fires: rungs, then free rules, by invoice number.
    pub(super) fn fire_rules(&mut self) {
        let mut decided = Vec::new();
        for (number, file) in &self.dossier.invoices {
            if let Some(decision) = self.decide(number, file) {
                decided.push((number.clone(), file.position, decision));
            }
        }
        for (number, standing, decision) in &decided {
            if let Some(reason) = &decision.broken {
                self.note_failure(number, reason.clone());
            }
            if let Some(reason) = &decision.withheld {
                self.emit(Some(number), Event::Withheld { reason: reason.clone() });
            }
            for rung in &decision.skipped {
                self.emit(Some(number), Event::RungSkipped { rung: *rung });
            }
            if let Some((rung, _)) = decision.rung {
                self.supersede(number, rung);
            }
            for (rule, at) in &decision.internal {
                let origin = Origin::InternalRung(at.offset);
                let start = Start { clock: at.clock, standing: Some(*standing), ..Start::new(*rule, origin) };
                self.start_run(number, start);
            }
            // Rules of one day are one rung, but each keeps its own clock.
            if let Some((_, rules)) = &decision.rung {
                for (at, firing) in rules {
                    let origin = Origin::Rung(at.offset);
                    let start = Start {
                        clock: at.clock,
                        contact: firing.contact,
                        lifted: firing.lifted,
                        standing: Some(*standing),
                        ..Start::new(firing.rule, origin)
                    };
                    self.start_run(number, start);
                }
            }
        }
        for (number, standing, decision) in decided {
            for Firing { rule, contact, lifted, tick } in decision.free {
                let standing = Some(standing);
                self.start_run(&number, Start { contact, lifted, tick, standing, ..Start::new(rule, Origin::Free) });
            }
        }
    }

    fn decide(&self, number: &str, file: &InvoiceFile) -> Option<Decision> {
        if self.failing.contains(number) { None } else { decide(self.program, self.dossier, number, file, self.today) }
    }

    /// Records where rungs with a contact wait no longer for the contact of a reaction. What is closed has none: nothing wakes it, and it is
    /// read again if it is reopened.
    pub(super) fn end_reactions(&mut self) {
        let over = |(_, file): &(&String, &InvoiceFile)| {
            file.after_reaction
                && file.is_open()
                && self.scenario(file).is_none_or(|s| free_after_reaction(self.dossier, file, s, self.today))
        };
        let numbers: Vec<String> = self.dossier.invoices.iter().filter(over).map(|(n, _)| n.clone()).collect();
        for number in numbers {
            self.emit(Some(&number), Event::ReactionOver);
        }
    }

    /// A higher rung supersedes what is pending of a lower one of its state.
    fn supersede(&mut self, number: &str, rung: RungAt) {
        let lower: Vec<u32> = self
            .file(number)
            .map(|file| {
                let below = |run: &&Run| {
                    run.visit == file.visit && matches!(run.origin, Origin::Rung(offset) if offset < rung.offset)
                };
                file.runs.iter().filter(below).map(|run| run.id).collect()
            })
            .unwrap_or_default();
        for run in lower {
            self.cancel(number, run, &format!("remplacé par le palier {}", rung_label(rung.offset)));
        }
    }
}

/// What fires on an invoice now: the only place that says so. `None` when nothing can: it is settled, held, at an end, or without a plan.
pub(super) fn decide(
    program: &Program,
    dossier: &Dossier,
    number: &str,
    file: &InvoiceFile,
    today: NaiveDate,
) -> Option<Decision> {
    if !file.is_open() || !file.taken_over {
        return None;
    }
    let scenario = program.scenario(&file.scenario.as_ref()?.name)?;
    let state = scenario.state(&file.state)?;
    let holds = holds(dossier, number, file, today);
    let only_pre_due = holds == [Hold::DueMoved];
    if state.is_final || (!holds.is_empty() && !only_pre_due) {
        return None;
    }
    let failure = Failure::default();
    let facts = InvoiceFacts { failure: Some(&failure), ..InvoiceFacts::new(program, dossier, number, file, today) };
    let mut decision = Decision::default();
    let mut candidates: Vec<(RungAt, Firing)> = Vec::new();
    // Rungs with an `ou` whose free side holds as well: should the rung not be the one that fires, they fire besides.
    let mut also_free: Vec<RuleKey> = Vec::new();
    let old_enough = |rule: &PreparedRule| !rule.needs_reminder || reminder_is_old(file, today);
    for rule in state.rules.iter().filter(|rule| !file.fired.contains(&rule.key)) {
        let firing = |tick| Firing { rule: rule.key, contact: rule.contact, lifted: rule.without_prior_reminder, tick };
        if let Some(repeat) = &rule.repeat {
            if !only_pre_due && let Some(tick) = tick(rule, repeat, file, &facts) {
                if old_enough(rule) {
                    decision.free.push(firing(Some(tick)));
                } else {
                    decision.waiting.push((rule.key, Waiting::Reminder));
                }
            }
            continue;
        }
        let rung = qualified(rule, &facts, only_pre_due);
        match rung {
            Some(at) if !rule.takes_part => decision.internal.push((rule.key, at)),
            Some(at) if old_enough(rule) => {
                candidates.push((at, firing(None)));
                if !only_pre_due && free_branch_holds(rule, &facts) {
                    also_free.push(rule.key);
                }
            }
            _ if !only_pre_due && free_branch_holds(rule, &facts) => {
                if old_enough(rule) {
                    decision.free.push(firing(None));
                } else {
                    decision.waiting.push((rule.key, Waiting::Reminder));
                }
            }
            Some(_) => decision.waiting.push((rule.key, Waiting::Reminder)),
            None => {}
        }
    }
    let choice = choose(file, scenario, state, &facts, &candidates, only_pre_due);
    // A rung that leads to another state without a contact does not wait for that of a reaction.
    let contacts = |rung: &RungAt| candidates.iter().any(|(at, firing)| at.day == rung.day && firing.contact);
    let reaction = choice.as_ref().is_ok_and(contacts)
        && file.after_reaction
        && !free_after_reaction(dossier, file, scenario, today);
    let wanted = choice.clone().ok().filter(|_| !reaction);
    for (at, firing) in &candidates {
        let why = match &choice {
            _ if !at.is_reachable(file) && !only_pre_due => Waiting::Below,
            Ok(_) if reaction => Waiting::Reaction,
            Ok(rung) if rung.day == at.day => continue,
            Ok(rung) => Waiting::Behind(*rung),
            Err(why) => why.clone(),
        };
        decision.waiting.push((firing.rule, why));
    }
    let fires = |at: &RungAt| wanted.is_some_and(|rung| rung.day == at.day);
    let (chosen, passed): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|(at, _)| fires(at));
    decision.free.extend(passed.into_iter().map(|(_, firing)| firing).filter(|f| also_free.contains(&f.rule)));
    decision.free.sort_by_key(|firing| state.rules.iter().position(|rule| rule.key == firing.rule));
    // A rule without a contact that fires now has fired for its rung.
    let mut fired = file.fired.clone();
    fired.extend(decision.internal.iter().map(|(rule, _)| *rule));
    let fired = fired_rungs(&fired, &state.rules, &facts);
    decision.skipped = fallen(file, state, &facts, &fired);
    let waits = |firing: &Firing| scenario.rule(firing.rule).is_some_and(|rule| rule.takes_part);
    let too_little =
        (wanted.is_some() || decision.free.iter().any(waits)).then(|| too_little(scenario, &facts)).flatten();
    if let Some(reason) = failure.take() {
        // One failure stops the invoice: nothing of it fires before the script is mended.
        return Some(Decision { broken: Some(reason), ..Decision::default() });
    }
    if let Some(reason) = too_little {
        let (held, free) = decision.free.into_iter().partition(waits);
        decision.free = free;
        let held: Vec<Firing> = held;
        let chosen = chosen.into_iter().map(|(_, firing)| firing);
        let why = || Waiting::TooLittle(reason.clone());
        decision.waiting.extend(held.into_iter().chain(chosen).map(|firing| (firing.rule, why())));
        if file.withheld.as_ref() != Some(&reason) {
            decision.withheld = Some(reason);
        }
    } else if let Some(rung) = wanted {
        decision.skipped.extend(newly_skipped(file, state, &facts, rung, &fired));
        decision.rung = Some((rung, chosen));
    }
    Some(decision)
}

/// The multiple at which a repeated rule fires now.
fn tick(rule: &PreparedRule, repeat: &Repeat, file: &InvoiceFile, facts: &InvoiceFacts<'_>) -> Option<u32> {
    let so_far = file.ticks.get(&rule.key).copied().unwrap_or_default();
    if repeat.at_most.is_some_and(|most| so_far.count >= most) || file.runs.iter().any(|run| run.rule == rule.key) {
        return None;
    }
    let (last, _) = ticks(repeat, so_far.last, facts)?;
    let holds = || rule.branches.iter().any(|branch| truth(&branch.guard, facts) == Some(true));
    (last > so_far.last && holds()).then_some(last)
}

/// The rung to fire: the highest of the candidates that can still be reached, or the lowest (`rattrapage pas à pas`); or why none.
fn choose(
    file: &InvoiceFile,
    scenario: &Scenario,
    state: &PreparedState,
    facts: &InvoiceFacts<'_>,
    candidates: &[(RungAt, Firing)],
    only_pre_due: bool,
) -> Result<RungAt, Waiting> {
    let all = candidates.iter().map(|(at, _)| *at);
    // Before a due date that was moved, the rungs below 0 have a position of their own.
    let last = only_pre_due.then(|| last_pre_due(file, state, facts));
    let reachable = all.filter(|at| match last {
        Some(last) => Some(at.offset) > last,
        None => at.is_reachable(file),
    });
    if scenario.settings().step_by_step {
        let lowest = reachable.min_by_key(|at| at.day).ok_or(Waiting::Below)?;
        let in_time = step_day(file, &lowest, last).is_some_and(|day| day <= facts.today);
        return if in_time { Ok(lowest) } else { Err(Waiting::Distance) };
    }
    reachable.max_by_key(|at| at.day).ok_or(Waiting::Below)
}

/// After a reaction has planned a contact, rungs with a contact wait until it is done and the cap allows.
fn free_after_reaction(dossier: &Dossier, file: &InvoiceFile, scenario: &Scenario, today: NaiveDate) -> bool {
    let cap = scenario.settings().cap;
    !reaction_to_come(file, scenario) && cap.is_none_or(|cap| cap_free_on(&dossier.contacts, cap, today) <= today)
}

/// The last rung below 0 that fired, before a due date that was moved.
pub(super) fn last_pre_due(file: &InvoiceFile, state: &PreparedState, facts: &InvoiceFacts<'_>) -> Option<i64> {
    let fired = state.rules.iter().filter(|rule| rule.takes_part && file.fired.contains(&rule.key));
    fired.flat_map(|rule| rungs(rule, facts)).filter(RungAt::is_pre_due).map(|at| at.offset).max()
}

/// Whether a reaction has a contact to make.
pub(super) fn reaction_to_come(file: &InvoiceFile, scenario: &Scenario) -> bool {
    let to_come = |run: &Run| scenario.sequence(run.rule).is_some_and(|s| contact_to_come(run, s));
    file.runs.iter().any(|run| matches!(run.origin, Origin::Reaction(_)) && to_come(run))
}

/// `rattrapage pas à pas`: the first day on which a rung may fire, at the plan's distance from what was really sent last. `None` while
/// that is still to be sent. `pre_due`: before a due date that was moved, the last rung below 0 that fired.
pub(super) fn step_day(file: &InvoiceFile, rung: &RungAt, pre_due: Option<Option<i64>>) -> Option<NaiveDate> {
    let distance = match pre_due {
        Some(last) => last.map(|last| rung.offset - last),
        None => file.position_day.map(|last| (rung.day - last).num_days()),
    };
    match distance {
        Some(distance) if distance > 0 => Some(add_days(file.stepped_on?, distance).max(rung.day)),
        _ => Some(rung.day),
    }
}

/// The rungs of which a rule has fired, whether it takes part in their choice or not.
pub(super) fn fired_rungs(
    fired: &BTreeSet<RuleKey>,
    rules: &[PreparedRule],
    facts: &InvoiceFacts<'_>,
) -> BTreeSet<i64> {
    let fired = rules.iter().filter(|rule| fired.contains(&rule.key));
    fired.flat_map(|rule| rungs(rule, facts)).map(|at| at.offset).collect()
}

/// Rungs below 0 that the due day has taken with it, of which no rule fired and that are not recorded yet.
fn fallen(file: &InvoiceFile, state: &PreparedState, facts: &InvoiceFacts<'_>, fired: &BTreeSet<i64>) -> BTreeSet<i64> {
    if facts.today < facts.due() {
        return BTreeSet::new();
    }
    let parts = state.rules.iter().filter(|rule| rule.takes_part && rule.repeat.is_none());
    let early: BTreeSet<i64> =
        parts.flat_map(|rule| rungs(rule, facts)).filter(RungAt::is_pre_due).map(|at| at.offset).collect();
    early.into_iter().filter(|o| !file.skipped.contains(o) && !fired.contains(o)).collect()
}

/// Rungs below the one that fires of which no rule ever fired and that are not recorded yet.
fn newly_skipped(
    file: &InvoiceFile,
    state: &PreparedState,
    facts: &InvoiceFacts<'_>,
    rung: RungAt,
    fired: &BTreeSet<i64>,
) -> BTreeSet<i64> {
    let below = |at: &RungAt| at.offset < rung.offset && at.is_reachable(file) && Some(at.offset) != file.position;
    let parts = state.rules.iter().filter(|rule| rule.takes_part);
    parts
        .flat_map(|rule| rungs(rule, facts))
        .filter(|at| below(at) && !file.skipped.contains(&at.offset) && !fired.contains(&at.offset))
        .map(|at| at.offset)
        .collect()
}

/// Whether a contact of the sequence is still to be made that waits for no person's task.
fn contact_to_come(run: &Run, sequence: &Sequence) -> bool {
    // Nothing follows the stage in which the state was left or an approval refused.
    let last = if run.left || run.refused.is_some() { run.stage as usize + 1 } else { sequence.stages.len() };
    let stages = sequence.stages.iter().enumerate().take(last).skip(run.stage as usize);
    for (i, stage) in stages {
        let after_failure = run.after_failure || (run.failed && i > run.stage as usize);
        let mut behind_work = false;
        for (j, item) in stage.items.iter().enumerate() {
            let state = if i == run.stage as usize { run.items.get(j) } else { None };
            let attempt = state.map_or(0, |s| s.attempt as usize);
            let tried = item.0.get(attempt);
            // What a failure leaves out does not come.
            let tried = tried.filter(|tried| !(after_failure && never_after_failure(&tried.action)));
            let contact = tried.is_some_and(|tried| tried.action.contact().is_some() && tried.approval.is_none());
            // Alerts, notes and the like are done at once.
            let work = |tried: &Attempt| tried.approval.is_some() || matches!(tried.action, Action::Task { .. });
            match state.map(|s| &s.status) {
                Some(Status::Done | Status::Failed) => {}
                Some(Status::InDoubt) => behind_work = true,
                _ if contact => return true,
                _ => behind_work |= tried.is_some_and(work),
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
