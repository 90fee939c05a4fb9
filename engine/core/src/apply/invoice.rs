//! How a journal entry changes what is known of its invoice.

use crate::day::{Instant, add_days};
use crate::dossier::{
    Approved, Dispute, InvoiceFile, ItemState, Origin, Progress, RuleHold, Run, SentMessage, Status, parse_key,
};
use crate::event::{Event, HoldEnd, Resuming, Stopping};
use crate::incoming::Invoice;
use crate::machine::{Channel, PLAN, Trigger};
use crate::registered::Deposit;
use chrono::NaiveDate;

impl InvoiceFile {
    pub(super) fn apply(&mut self, event: &Event, at: Instant, today: NaiveDate) {
        self.note_amounts(event, today);
        match event {
            Event::Changed { invoice } => {
                self.reselect |= self.taken_over && self.invoice.owner != invoice.owner;
                // Amount and due date change by their own events.
                self.invoice = Invoice { amount: self.invoice.amount, due: self.invoice.due, ..invoice.clone() };
            }
            Event::TakenOver { on } => {
                self.taken_over = true;
                self.start_clock(*on);
            }
            Event::Assigned { scenario, skipped, passed, position, .. } => {
                for (rule, last) in passed {
                    self.ticks.entry(*rule).or_default().last = *last;
                }
                self.scenario = scenario.clone();
                self.selected_on = Some(today);
                self.reselect = false;
                self.fired.extend(skipped);
                self.set_aside.extend(skipped);
                self.stand_on(*position);
            }
            Event::StateCarried(new) => self.carry(new.moved.as_ref(), &new.states, &new.rules),
            Event::SelectionKept => {
                self.selected_on = Some(today);
                self.reselect = false;
            }
            Event::SegmentRuled { segment } => {
                self.segment = segment.clone();
                self.reselect |= self.taken_over;
            }
            Event::Paid { amount, .. } => {
                if let Some(promise) = &mut self.promise {
                    promise.paid += amount;
                }
                self.lower(*amount);
                // What was announced and has come is announced no longer.
                if let Some(left) = self.announced.as_mut().and_then(|a| a.amount.as_mut()) {
                    *left -= amount;
                }
            }
            Event::Credited { amount, .. } if *amount >= 0 => self.lower(*amount),
            Event::Credited { amount, .. } => self.raise(amount.saturating_neg()),
            Event::Reversed { amount, .. } => {
                if let Some(promise) = &mut self.promise {
                    promise.paid -= amount;
                }
                self.raise(*amount);
            }
            Event::Settled { on, history } => {
                self.settled_on = Some(*on);
                self.settled_once |= !history;
                // Disputes, stops and replies stay: a reopened invoice stands where it stood.
                self.promise = None;
                self.announced = None;
                self.reopened_until = None;
                self.suspended_since = None;
                self.returnable.clear();
                self.parked.append(&mut self.runs);
                for item in self.parked.iter_mut().flat_map(|run| &mut run.items) {
                    if let Status::Departed { tries, .. } = item.status {
                        item.status = Status::waiting(at, tries);
                    }
                }
            }
            Event::Reopened { until } => {
                self.settled_on = None;
                self.reopened_until = Some(*until);
                self.runs.clear();
            }
            Event::Restored => {
                for mut run in std::mem::take(&mut self.parked) {
                    run.since = today;
                    self.runs.push(run);
                }
            }
            Event::DisputeOpened { amount, on, .. } => {
                self.disputes.push(Dispute { amount: *amount, since: *on, unpaused: false });
            }
            Event::DisputeClosed if self.disputes.is_empty() => {}
            Event::DisputeClosed => {
                self.disputes.remove(0);
            }
            Event::Promised { promise } => self.promise = Some(promise.clone()),
            Event::PromiseKept => self.promise = None,
            Event::PromiseBroken => {
                self.broken_promise = self.promise.take();
                self.promises_broken += 1;
            }
            Event::Announced { announced } => self.announced = Some(announced.clone()),
            Event::Replied { until } => self.reply_until = Some(*until),
            Event::Stopped(Stopping { reason, until }) => {
                (self.stopped, self.stopped_until) = (Some(reason.clone()), *until);
            }
            Event::Resumed(Resuming { skipped, position, pause, .. }) => {
                (self.stopped, self.stopped_until) = (None, None);
                // The end of a pause is not a person's word: what a rule holds stays held.
                if pause.is_none() {
                    self.rule_hold = None;
                }
                self.fired.extend(skipped);
                self.set_aside.extend(skipped);
                self.stand_on(*position);
            }
            Event::DueMoved { to, .. } => {
                let current = self.instalment;
                if let Some(part) = self.instalments.get_mut(current) {
                    part.due = *to;
                }
                self.follow(*to);
            }
            Event::PassedOver { skipped, position } => {
                self.fired.extend(skipped);
                self.set_aside.extend(skipped);
                self.stand_on(*position);
            }
            Event::PlanAgreed { instalments } => {
                self.instalments = instalments.clone();
                self.instalment = 0;
                self.begin_instalment(Progress::default());
                if let Some(first) = instalments.first() {
                    self.follow(first.due);
                }
            }
            Event::NextInstalment { index, due } => {
                let left = Progress {
                    position: self.position,
                    position_day: self.position_day,
                    fired: self.fired.clone(),
                    skipped: self.skipped.clone(),
                };
                let old = self.instalment;
                if let Some(part) = self.instalments.get_mut(old) {
                    part.left = Some(Box::new(left));
                }
                self.instalment = *index;
                let back = self.instalments.get_mut(*index).and_then(|part| part.left.take());
                self.begin_instalment(back.map_or_else(Progress::default, |progress| *progress));
                self.follow(*due);
            }
            Event::InstalmentMissed { index, .. } => {
                if let Some(part) = self.instalments.get_mut(*index) {
                    part.missed = true;
                }
            }
            Event::StateEntered { key, from, to, .. } => {
                if let Some(key) = key {
                    self.item(key, |item| item.status = Status::Done);
                    let seen = self.visited.clone();
                    self.with_run(key, |run| {
                        run.left = true;
                        run.seen = Some(seen);
                    });
                }
                if to != PLAN {
                    self.visited.insert(to.clone());
                }
                if from != PLAN {
                    self.visited.insert(from.clone());
                }
                self.state = to.clone();
                self.visit = self.visit.saturating_add(1);
                self.clock = None;
                self.business_clock = None;
                self.entry_failed = false;
                self.entry_pending = false;
                self.stepped_on = None;
                self.withheld = None;
                self.ticks.clear();
                self.begin_visit(Progress::default());
                self.rule_hold = None;
            }
            Event::ClockStarted => self.start_clock(today),
            Event::EntryFailed => self.entry_failed = true,
            Event::RuleSuspended { key, until } => {
                self.item(key, |item| item.status = Status::Done);
                let run = parse_key(key).map_or(0, |(_, run, ..)| run);
                let run = self.run(run).map_or(run, Run::chain);
                self.rule_hold = Some(RuleHold { until: *until, run });
            }
            Event::RuleResumed { key } => {
                if let Some(key) = key {
                    self.item(key, |item| item.status = Status::Done);
                }
                self.rule_hold = None;
            }
            Event::EffectReplaced { on } => self.replace_effect(*on),
            Event::HandedOver { key, target } => {
                self.item(key, |item| item.status = Status::Done);
                if !self.handed_over.contains(target) {
                    self.handed_over.push(target.clone());
                }
            }
            Event::ApprovalAsked { key, until, .. } => {
                let (balance, position) = (self.balance, self.position);
                self.item(key, |item| item.status = Status::Approving { until: *until, balance, position });
            }
            Event::Approved { key, .. } => self.item(key, |item| {
                if let Status::Approving { balance, position, .. } = item.status {
                    let approved = Some(Approved { balance, position });
                    item.status = Status::Waiting { from: at, tries: 0, noted: None, approved };
                }
            }),
            Event::Refused { key, expired, .. } => {
                self.item(key, |item| item.status = Status::Done);
                let why = if *expired { "validation non donnée à temps" } else { "validation refusée" };
                self.with_run(key, |run| run.refused = Some(why.to_owned()));
            }
            Event::Waived(waiving) => self.waived.note(*waiving),
            Event::Broken { reason } => self.broken = Some(reason.clone()),
            Event::Mended => self.broken = None,
            Event::AnswerHeld { on, name } => self.unanswered.push((*on, name.clone())),
            Event::AnswerTaken { on, name } => self.unanswered.retain(|(known, n)| (known, n) != (on, name)),
            Event::EntryHeld { held } => self.entry_pending = *held,
            Event::PastReminder { on, unit, .. } if *on >= self.invoice.due => self.remind(*on, unit),
            // A contact before the due day is no reminder; it counts for the cap.
            Event::PastReminder { .. } => {}
            Event::Suspended { .. } => self.suspended_since = Some(today),
            Event::Unsuspended(HoldEnd { from, business_clock, waits }) => {
                let since = self.suspended_since.take().unwrap_or(*from);
                let inside = |start: NaiveDate| (*from - since.max(start)).num_days().max(0);
                // Waits stop while suspended: each is prolonged by what of it lay inside the suspension.
                for run in self.runs.iter_mut().filter(|run| run.stops_while_suspended()) {
                    let working_days = waits.iter().find(|(id, _)| *id == run.id).map(|(_, ready)| *ready);
                    run.ready = working_days.or(run.ready.map(|ready| add_days(ready, inside(run.since))));
                }
                // The clock of the state stopped as well.
                self.clock = self.clock.map(|clock| add_days(clock, inside(clock)));
                self.business_clock = business_clock.or(self.business_clock);
            }
            Event::Fired { run, rule, origin, clock, contact, lifted, tick, standing } => {
                if let Some(tick) = tick {
                    let ticks = self.ticks.entry(*rule).or_default();
                    ticks.last = *tick;
                    ticks.count += 1;
                } else if !matches!(origin, Origin::Reaction(_) | Origin::Entry(_)) {
                    self.fired.insert(*rule);
                }
                if let Origin::Rung(rung) = origin {
                    let day = add_days(self.invoice.due, *rung);
                    self.position = Some(self.position.map_or(*rung, |p| p.max(*rung)));
                    self.position_day = Some(self.position_day.map_or(day, |p| p.max(day)));
                    self.supersede_returnable(*rung);
                    self.stepped_on = None;
                    // A rung without a contact does not wait for that of a reaction, and so does not end the wait of the others.
                    self.after_reaction &= !contact;
                    self.withheld = None;
                }
                if *contact && matches!(origin, Origin::Reaction(_)) {
                    self.after_reaction = true;
                }
                self.last_run = *run;
                self.runs.push(Run {
                    id: *run,
                    rule: *rule,
                    origin: *origin,
                    clock: *clock,
                    state: self.state.clone(),
                    visit: self.visit,
                    left: false,
                    seen: None,
                    lifted: *lifted,
                    standing: *standing,
                    repairs: None,
                    refused: None,
                    stage: 0,
                    started: today,
                    since: today,
                    ready: Some(today),
                    items: Vec::new(),
                    contacted: false,
                    failed: false,
                    after_failure: false,
                });
            }
            Event::LeftOut { key, .. } => self.item(key, |item| item.status = Status::Failed),
            Event::ReactionOver => self.after_reaction = false,
            Event::Withheld { reason } => self.withheld = Some(reason.clone()),
            Event::RungSkipped { rung } => {
                self.skipped.insert(*rung);
            }
            Event::StageReached { run, stage, ready } => {
                if let Some(run) = self.runs.iter_mut().find(|r| r.id == *run) {
                    run.stage = *stage;
                    run.since = today;
                    run.ready = Some(*ready);
                    run.after_failure = run.failed;
                    run.items.clear();
                }
            }
            Event::StageStarted { run, items } => {
                if let Some(run) = self.runs.iter_mut().find(|r| r.id == *run) {
                    run.ready = None;
                    run.items = (0..*items).map(|_| ItemState { attempt: 0, status: Status::waiting(at, 0) }).collect();
                }
            }
            Event::Departed { key, channel, template, within, .. } => {
                self.item(key, |item| {
                    let (tries, approved) = match item.status {
                        Status::Waiting { tries, approved, .. } => (tries, approved),
                        _ => (0, None),
                    };
                    item.status = Status::Departed { at, within: within.clone(), tries, approved };
                });
                self.note_sent(sent(key, today, *channel, template, within));
            }
            Event::Sent { deposit, key, channel, template, unit, reminder, remembered, within, .. } => {
                let listed = channel.by_hand() && *deposit != Deposit::Taken;
                if listed && channel.is_letter() {
                    self.note_sent(sent(key, today, *channel, template, within));
                }
                self.note_taken(key, today);
                self.item(key, |item| {
                    let within = within.clone();
                    item.status = if listed { Status::Listed { on: today, within, tries: 0 } } else { Status::Done };
                });
                self.with_run(key, |run| run.contacted = true);
                if *remembered {
                    self.may_return(key, today);
                }
                if !listed {
                    self.step_done(key, today);
                }
                if *reminder {
                    self.remind(today, unit);
                }
            }
            Event::Completed { key, result, over, channel, reminder, unit, told } => {
                self.item(key, |item| {
                    item.status = match (&item.status, over) {
                        (Status::Listed { on, within, tries }, false) => {
                            Status::Listed { on: *on, within: within.clone(), tries: tries + 1 }
                        }
                        _ if result.is_failure() => Status::Failed,
                        _ => Status::Done,
                    };
                });
                if *over && channel.is_some() {
                    self.step_done(key, today);
                    self.note_taken(key, today);
                }
                if let Some(number) = told.as_ref().and_then(|told| told.tracking.as_ref()) {
                    self.note_number(key, number);
                }
                if *reminder {
                    self.remind(today, unit);
                }
            }
            Event::Failed { key, late: Some(run), .. } => {
                self.start_fallback(key, *run, at, today);
                self.forget_returned(key);
            }
            Event::Failed { key, fallback, .. } => {
                self.item(key, |item| {
                    if *fallback {
                        item.attempt += 1;
                        item.status = Status::waiting(at, 0);
                    } else {
                        item.status = Status::Failed;
                    }
                });
                if !fallback {
                    self.note_failed(key);
                }
                self.forget_returned(key);
            }
            Event::Delayed { key, until, tries, .. } => {
                self.sent.retain(|sent| sent.key != *key);
                self.item(key, |item| {
                    // What was approved stays what was approved, whatever became of the balance while it was under way.
                    let approved = match item.status {
                        Status::Departed { approved, .. } | Status::Waiting { approved, .. } => approved,
                        _ => None,
                    };
                    item.status = Status::Waiting { from: *until, tries: *tries, noted: None, approved };
                });
            }
            Event::Postponed { key, why, .. } => self.item(key, |item| {
                if let Status::Waiting { noted, .. } = &mut item.status {
                    *noted = Some(*why);
                }
            }),
            Event::Delivered { key, .. } => self.note_delivered(key),
            Event::Tracked(news) => self.note_tracked(news),
            Event::InDoubt { key, .. } => self.item(key, |item| item.status = Status::InDoubt),
            Event::Task { key, .. } => self.item(key, |item| {
                item.status = Status::Listed { on: today, within: None, tries: 0 };
            }),
            Event::Alert { key, .. } | Event::Note { key, .. } | Event::Continued { key } => {
                self.item(key, |item| item.status = Status::Done);
            }
            Event::RunEnded { run } | Event::Cancelled { run, .. } => {
                let rung = self.run(*run).is_some_and(|r| matches!(r.origin, Origin::Rung(_)) && r.visit == self.visit);
                if rung && self.stepped_on.is_none() {
                    self.stepped_on = Some(today);
                }
                self.runs.retain(|r| r.id != *run);
                self.parked.retain(|r| r.id != *run);
            }
            Event::Customer { .. }
            | Event::Known { .. }
            | Event::Insolvent { .. }
            | Event::InsolvencyClosed
            | Event::Address(_)
            | Event::External { .. }
            | Event::ClientCredit { .. }
            | Event::Parked { .. }
            | Event::Program { .. }
            | Event::DoubtSettled(_)
            | Event::Commented(_)
            | Event::SegmentChosen(_)
            | Event::Orphan { .. }
            | Event::Adopted
            | Event::Anomaly { .. } => {}
        }
    }

    fn start_clock(&mut self, on: NaiveDate) {
        self.clock = Some(on);
        self.business_clock = None;
    }

    /// Stands on a rung without having fired it. What stands where it stood keeps its day, also after its due date has moved.
    fn stand_on(&mut self, position: Option<i64>) {
        if self.position == position {
            return;
        }
        self.position = position;
        let day = position.map(|rung| add_days(self.invoice.due, rung));
        self.position_day = self.position_day.max(day);
    }

    /// Another due date counts from now on.
    fn follow(&mut self, due: NaiveDate) {
        self.invoice.due = due;
        self.due_moved = self.taken_over;
        self.due_hold_lifted = false;
    }

    /// Rungs of the plan follow each instalment by itself; those of another state go on.
    fn begin_instalment(&mut self, progress: Progress) {
        if self.state == PLAN {
            self.begin_visit(progress);
        }
    }

    fn begin_visit(&mut self, progress: Progress) {
        self.position = progress.position;
        self.position_day = progress.position_day;
        self.fired = progress.fired;
        self.skipped = progress.skipped;
        self.set_aside.clear();
        self.returnable.clear();
    }

    /// Takes back the built-in effect of an event that a reaction replaces.
    fn replace_effect(&mut self, on: Trigger) {
        match on {
            Trigger::DisputeOpened => {
                if let Some(last) = self.disputes.last_mut() {
                    last.unpaused = true;
                }
            }
            Trigger::Promise => {
                if let Some(promise) = &mut self.promise {
                    promise.unpaused = true;
                }
            }
            Trigger::PaymentAnnounced => {
                if let Some(announced) = &mut self.announced {
                    announced.unpaused = true;
                }
            }
            Trigger::Reversal => self.reopened_until = None,
            Trigger::Reply => self.reply_until = None,
            Trigger::Stop => (self.stopped, self.stopped_until) = (None, None),
            Trigger::DueDateMoved => self.due_hold_lifted = true,
            Trigger::Settled
            | Trigger::PartialPayment
            | Trigger::CreditNote
            | Trigger::DisputeClosed
            | Trigger::PromiseKept
            | Trigger::PromiseBroken
            | Trigger::Resume
            | Trigger::InstalmentMissed
            | Trigger::Failure
            | Trigger::External => {}
        }
    }

    /// The first contact of a rung was really made: `rattrapage pas à pas` counts from then.
    fn step_done(&mut self, key: &str, today: NaiveDate) {
        let Some((_, id, ..)) = parse_key(key) else { return };
        let rung = self.run(id).is_some_and(|r| matches!(r.origin, Origin::Rung(_)) && r.visit == self.visit);
        if rung && self.stepped_on.is_none() {
            self.stepped_on = Some(today);
        }
    }

    fn lower(&mut self, amount: i64) {
        let taken = amount.min(self.balance).max(0);
        self.balance -= taken;
        self.surplus = self.surplus.saturating_add(amount.max(0) - taken);
    }

    fn raise(&mut self, amount: i64) {
        let from_surplus = amount.min(self.surplus).max(0);
        self.surplus -= from_surplus;
        self.balance = self.balance.saturating_add(amount.max(0) - from_surplus);
    }

    fn remind(&mut self, on: NaiveDate, unit: &str) {
        if !self.reminders.iter().any(|(_, known)| known == unit) {
            let place = self.reminders.partition_point(|(day, _)| *day <= on);
            self.reminders.insert(place, (on, unit.to_owned()));
        }
    }

    /// A contact failed for good and nothing takes its place: what never follows a failure is left out of what comes after.
    fn note_failed(&mut self, key: &str) {
        let Some((_, id, stage, ..)) = parse_key(key) else { return };
        let sent = self.returnable.iter().find(|sent| sent.key == key).map(|sent| &sent.run);
        let chain = self.run(id).or(sent).map_or(id, Run::chain);
        for run in self.runs.iter_mut().filter(|run| run.id == id || run.id == chain) {
            run.failed = true;
            run.after_failure |= stage < run.stage;
        }
    }

    fn with_run(&mut self, key: &str, change: impl FnOnce(&mut Run)) {
        let Some((_, id, ..)) = parse_key(key) else { return };
        if let Some(run) = self.runs.iter_mut().find(|run| run.id == id) {
            change(run);
        }
    }

    fn item(&mut self, key: &str, change: impl FnOnce(&mut ItemState)) {
        let Some((_, id, stage, item, attempt)) = parse_key(key) else { return };
        if let Some(run) = self.runs.iter_mut().find(|run| run.id == id && run.stage == stage)
            && let Some(state) = run.items.get_mut(item)
            && state.attempt == attempt
        {
            change(state);
        }
    }
}

fn sent(key: &str, on: NaiveDate, channel: Channel, template: &Option<String>, within: &Option<String>) -> SentMessage {
    let (template, within) = (template.clone(), within.clone());
    SentMessage {
        key: key.to_owned(),
        on,
        channel,
        template,
        within,
        failed: false,
        delivered: false,
        number: None,
        tracked: Vec::new(),
        proofs: Vec::new(),
    }
}
