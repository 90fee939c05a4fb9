//! The fold: how a journal entry changes a dossier. Nothing else does.

use crate::day::Instant;
use crate::dossier::{ContactRecord, Dispute, Dossier, InvoiceFile, ItemState, Origin, Run, Status, parse_key};
use crate::event::{Entry, Event};
use crate::incoming::{DoneResult, Invoice};
use crate::machine::{Channel, Nature};
use chrono::NaiveDate;

impl Dossier {
    /// Applies an entry. Total: an entry that does not fit the state changes nothing.
    pub fn apply(&mut self, entry: &Entry, today: NaiveDate) {
        self.entries += 1;
        self.clock = Some(entry.at);
        match (&entry.invoice, &entry.event) {
            (_, Event::Customer { customer }) => {
                self.customer = customer.clone();
                self.to_mend.clear();
            }
            (None, Event::Stopped { reason }) => self.stopped = Some(reason.clone()),
            (None, Event::Resumed { .. }) => self.stopped = None,
            (None, Event::PastReminder { .. }) => self.apply_contact(&entry.event, today),
            (_, Event::Program { digest }) => self.program = *digest,
            (_, Event::ClientCredit { amount, currency }) => *self.credits.entry(*currency).or_default() += amount,
            (_, Event::Orphan { incoming }) => self.orphans.push((**incoming).clone()),
            (Some(number), Event::Adopted) => self.orphans.retain(|o| o.invoice.as_ref() != Some(number)),
            (Some(number), Event::Known { invoice, takeover }) => {
                self.invoices.entry(number.clone()).or_insert_with(|| InvoiceFile::new(invoice.clone(), *takeover));
            }
            (Some(number), event) => {
                self.apply_contact(event, today);
                if let Some(file) = self.invoices.get_mut(number) {
                    let settled_before = file.settled_on.map(|on| (on - file.invoice.due).num_days());
                    let surplus_before = file.surplus;
                    file.apply(event, entry.at, today);
                    let settled_after = file.settled_on.map(|on| (on - file.invoice.due).num_days());
                    // An invoice of nothing was never paid late or early.
                    if settled_before != settled_after && file.invoice.amount.cents > 0 {
                        self.settled.0 =
                            self.settled.0 + u32::from(settled_after.is_some()) - u32::from(settled_before.is_some());
                        self.settled.1 += settled_after.unwrap_or(0) - settled_before.unwrap_or(0);
                    }
                    if file.surplus != surplus_before {
                        *self.credits.entry(file.invoice.currency()).or_default() += file.surplus - surplus_before;
                    }
                }
            }
            (None, _) => {}
        }
    }

    fn apply_contact(&mut self, event: &Event, today: NaiveDate) {
        match event {
            Event::Departed { key, nature, unit, .. } | Event::Sent { key, nature, unit, .. }
                if *nature != Nature::Information && !self.contacts.iter().any(|c| c.key == *key) =>
            {
                self.contacts.push(ContactRecord { on: today, unit: unit.clone(), key: key.clone() });
            }
            Event::Completed { key, channel: Some(_), over: true, .. } => {
                // A listed call reserves its day; made on another day, it counts there.
                if let Some(record) = self.contacts.iter_mut().find(|c| c.key == *key) {
                    record.on = today;
                }
            }
            Event::Failed { key, .. } | Event::Delayed { key, .. } => self.contacts.retain(|c| c.key != *key),
            Event::PastReminder { on, unit, .. } => {
                self.contacts.push(ContactRecord { on: *on, unit: unit.clone(), key: unit.clone() });
            }
            Event::Task { mend: Some(channel), .. } => {
                self.to_mend.insert(*channel);
            }
            _ => {}
        }
    }
}

impl InvoiceFile {
    fn apply(&mut self, event: &Event, at: Instant, today: NaiveDate) {
        match event {
            Event::Changed { invoice } => {
                // Amount and due date change by their own events.
                self.invoice = Invoice { amount: self.invoice.amount, due: self.invoice.due, ..invoice.clone() };
            }
            Event::TakenOver => self.taken_over = true,
            Event::Assigned { scenario, skipped, position } => {
                self.scenario = scenario.clone();
                self.fired.extend(skipped);
                self.position = *position;
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
            Event::DisputeOpened { amount, on, .. } => self.disputes.push(Dispute { amount: *amount, since: *on }),
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
            Event::Stopped { reason } => self.stopped = Some(reason.clone()),
            Event::Resumed { skipped, position } => {
                self.stopped = None;
                self.fired.extend(skipped);
                self.position = *position;
            }
            Event::DueMoved { to, .. } => {
                self.invoice.due = *to;
                self.due_moved = self.taken_over;
            }
            Event::PassedOver { skipped, position } => {
                self.fired.extend(skipped);
                self.position = *position;
            }
            Event::PastReminder { on, unit, .. } if *on >= self.invoice.due => self.remind(*on, unit),
            // A contact before the due day is no reminder; it counts for the cap.
            Event::PastReminder { .. } => {}
            Event::Suspended { .. } => self.suspended_since = Some(today),
            Event::Unsuspended { from } => {
                let since = self.suspended_since.take().unwrap_or(*from);
                for run in self.runs.iter_mut().filter(|run| !run.ignores_own_hold()) {
                    // The wait stops while suspended: it is prolonged by what of it lay inside the suspension.
                    if let Some(ready) = &mut run.ready
                        && *ready > run.since
                    {
                        let inside = (*from - since.max(run.since)).num_days().max(0);
                        *ready = crate::day::add_days(*ready, inside);
                    }
                }
            }
            Event::Fired { run, rule, origin, contact } => {
                if !matches!(origin, Origin::Reaction(_)) {
                    self.fired.insert(*rule);
                }
                if let Origin::Rung(rung) = origin {
                    self.position = Some(self.position.map_or(*rung, |p| p.max(*rung)));
                    self.after_reaction = false;
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
                    stage: 0,
                    started: today,
                    since: today,
                    ready: Some(today),
                    items: Vec::new(),
                    contacted: false,
                    failed: false,
                });
            }
            Event::Withheld { reason } => self.withheld = Some(reason.clone()),
            Event::RungSkipped { rung } => {
                self.skipped.insert(*rung);
            }
            Event::StageReached { run, stage, ready } => {
                if let Some(run) = self.runs.iter_mut().find(|r| r.id == *run) {
                    run.stage = *stage;
                    run.since = today;
                    run.ready = Some(*ready);
                    run.items.clear();
                }
            }
            Event::StageStarted { run, items } => {
                if let Some(run) = self.runs.iter_mut().find(|r| r.id == *run) {
                    run.ready = None;
                    run.items = (0..*items).map(|_| ItemState { attempt: 0, status: Status::waiting(at, 0) }).collect();
                }
            }
            Event::Departed { key, .. } => self.item(key, |item| {
                let tries = if let Status::Waiting { tries, .. } = item.status { tries } else { 0 };
                item.status = Status::Departed { at, tries };
            }),
            Event::Sent { key, channel, unit, reminder, nature, .. } => {
                let listed = matches!(channel, Channel::Call | Channel::Letter);
                self.item(key, |item| {
                    item.status = if listed { Status::Listed { on: today, tries: 0 } } else { Status::Done };
                });
                if *nature != Nature::Information || !listed {
                    self.mark_contacted(key);
                }
                if *reminder {
                    self.remind(today, unit);
                }
            }
            Event::Completed { key, result, over, reminder, unit, .. } => {
                self.item(key, |item| {
                    item.status = match (&item.status, over) {
                        (Status::Listed { on, tries }, false) => Status::Listed { on: *on, tries: tries + 1 },
                        _ if *result == DoneResult::Impossible => Status::Failed,
                        _ => Status::Done,
                    };
                });
                if *reminder {
                    self.remind(today, unit);
                }
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
                    self.with_run(key, |run| run.failed = true);
                }
            }
            Event::Delayed { key, until, tries, .. } => self.item(key, |item| {
                item.status = Status::waiting(*until, *tries);
            }),
            Event::Postponed { key, why, .. } => self.item(key, |item| {
                if let Status::Waiting { noted, .. } = &mut item.status {
                    *noted = Some(*why);
                }
            }),
            Event::InDoubt { key, .. } => self.item(key, |item| item.status = Status::InDoubt),
            Event::Task { key, .. } => self.item(key, |item| item.status = Status::Listed { on: today, tries: 0 }),
            Event::Alert { key, .. } | Event::Note { key, .. } => self.item(key, |item| item.status = Status::Done),
            Event::RunEnded { run } | Event::Cancelled { run, .. } => {
                self.runs.retain(|r| r.id != *run);
                self.parked.retain(|r| r.id != *run);
            }
            Event::Customer { .. }
            | Event::Known { .. }
            | Event::ClientCredit { .. }
            | Event::Parked { .. }
            | Event::Program { .. }
            | Event::Orphan { .. }
            | Event::Adopted
            | Event::Anomaly { .. } => {}
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

    fn mark_contacted(&mut self, key: &str) {
        self.with_run(key, |run| run.contacted = true);
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
