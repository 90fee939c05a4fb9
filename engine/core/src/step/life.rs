//! The built-in life of an invoice: money, settlement, reopening, what expires, what suspends.

use super::{Grouped, Happened, Worker};
use crate::calendar::FRANCE;
use crate::day::{Span, add_days, civil_date, french_date};
use crate::dossier::{Dossier, InvoiceFile, Origin, OwnTask, RuleKey, Run, Status, effect_key};
use crate::eval::{Length, truth};
use crate::event::{Event, HoldEnd, Resuming};
use crate::facts::{Failure, InvoiceFacts, collectable};
use crate::machine::{Clock, Trigger};
use chrono::NaiveDate;

/// Business days after which what was pending goes on when a settled invoice reopens.
const REOPENING_HOLD: i64 = 3;

/// What suspends an invoice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Hold {
    /// A person stopped the reminders.
    Stop,
    /// The debtor replied.
    Reply,
    /// The invoice has just reopened.
    Reopened,
    /// A dispute leaves nothing to ask for.
    Dispute,
    /// The due date was moved to a day that has not come.
    DueMoved,
    /// A rule of the scenario suspended it.
    Rule,
    /// It is older than the insolvency of its client.
    Insolvency,
}

/// Whether an invoice is a debt from before the judgment that opened insolvency proceedings.
pub(crate) fn is_frozen(dossier: &Dossier, file: &InvoiceFile) -> bool {
    dossier.insolvent.is_some_and(|judgment| file.invoice.issued < judgment)
}

/// The holds on an open invoice. All of them must end.
pub(super) fn holds(dossier: &Dossier, number: &str, file: &InvoiceFile, today: NaiveDate) -> Vec<Hold> {
    let mut holds = Vec::new();
    if !file.is_open() {
        return holds;
    }
    if file.stopped.is_some() || dossier.stopped.is_some() {
        holds.push(Hold::Stop);
    }
    if file.reply_until.is_some_and(|until| today <= until) {
        holds.push(Hold::Reply);
    }
    if file.reopened_until.is_some_and(|until| today <= until) {
        holds.push(Hold::Reopened);
    }
    if file.disputed() > 0 && collectable(dossier, number, file, today) == 0 {
        holds.push(Hold::Dispute);
    }
    if file.due_moved && !file.due_hold_lifted && today < file.invoice.due {
        holds.push(Hold::DueMoved);
    }
    if file.rule_hold.as_ref().is_some_and(|hold| hold.holds(today)) {
        holds.push(Hold::Rule);
    }
    if is_frozen(dossier, file) {
        holds.push(Hold::Insolvency);
    }
    holds
}

/// What suspends an invoice, in French, without its final full stop; `None` when nothing does.
pub fn suspension(dossier: &Dossier, number: &str, file: &InvoiceFile, today: NaiveDate) -> Option<String> {
    let lasts = |until: Option<NaiveDate>| until.unwrap_or(NaiveDate::MAX);
    let told: Vec<String> = holds(dossier, number, file, today)
        .into_iter()
        .map(|hold| match hold {
            Hold::Stop => {
                // Whichever lasts longer is told: the invoice's own stop, or that of its client.
                let own = file.stopped.as_deref().map(|reason| (file.stopped_until, reason));
                let all = dossier.stopped.as_deref().map(|reason| (dossier.stopped_until, reason));
                let longest =
                    own.into_iter().chain(all).reduce(|own, all| if lasts(all.0) > lasts(own.0) { all } else { own });
                match longest {
                    Some((Some(until), reason)) => {
                        format!("relances en pause jusqu’au {} : {reason}", french_date(until))
                    }
                    Some((None, reason)) => format!("relances arrêtées : {reason}"),
                    None => "relances arrêtées".to_owned(),
                }
            }
            Hold::Reply => match file.reply_until {
                Some(until) => format!("réponse reçue, pause jusqu’au {}", french_date(until)),
                None => "réponse reçue".to_owned(),
            },
            Hold::Reopened => match file.reopened_until {
                Some(until) => format!("facture rouverte, pause jusqu’au {}", french_date(until)),
                None => "facture rouverte".to_owned(),
            },
            Hold::Dispute => "litige : plus rien d’autre n’est exigible".to_owned(),
            Hold::DueMoved if !file.instalments.is_empty() => {
                format!("prochaine échéance de l’échéancier le {}", french_date(file.invoice.due))
            }
            Hold::DueMoved => format!("échéance reportée au {}", french_date(file.invoice.due)),
            Hold::Rule => match file.rule_hold.as_ref().and_then(|hold| hold.until) {
                Some(until) => format!("suspendue par le scénario jusqu’au {}", french_date(until)),
                None => "suspendue par le scénario".to_owned(),
            },
            Hold::Insolvency => match dossier.insolvent {
                Some(judgment) => format!("procédure collective du {}", french_date(judgment)),
                None => "procédure collective".to_owned(),
            },
        })
        .collect();
    (!told.is_empty()).then(|| told.join(" ; "))
}

impl Worker<'_> {
    /// Records a movement of money and what follows from the new balance.
    pub(super) fn money(&mut self, number: &str, event: Event, on: NaiveDate, history: bool) {
        let Some(before) = self.file(number).map(|f| f.balance) else { return };
        let payment = matches!(event, Event::Paid { .. });
        // A promise whose last day has gone is broken before money that came later is looked at.
        let promise_until = self.file(number).and_then(|f| f.promise.as_ref()).map(|p| p.until);
        if payment && promise_until.is_some_and(|until| on > until) {
            let takeover = self.file(number).map(|f| civil_date(f.takeover, self.program.zone));
            self.emit(Some(number), Event::PromiseBroken);
            self.trigger(number, Trigger::PromiseBroken, history || promise_until < takeover);
        }
        let had_promise = payment && self.file(number).is_some_and(|f| f.promise.is_some());
        let cause = match &event {
            Event::Paid { .. } => Trigger::PartialPayment,
            Event::Reversed { .. } => Trigger::Reversal,
            _ => Trigger::CreditNote,
        };
        self.emit(Some(number), event);
        if payment && !history {
            self.warn_handed_over(number);
        }
        self.follow_instalments(number);
        let Some(file) = self.file(number) else { return };
        let after = file.balance;
        if before > 0 && after == 0 {
            let first = !file.settled_once;
            if had_promise {
                self.emit(Some(number), Event::PromiseKept);
                self.trigger(number, Trigger::PromiseKept, history);
            }
            self.park(number);
            self.emit(Some(number), Event::Settled { on, history });
            if cause == Trigger::CreditNote {
                self.trigger(number, cause, history);
            }
            if first {
                self.trigger(number, Trigger::Settled, history);
            }
            return;
        }
        if before == 0 && after > 0 && file.settled_on.is_some() {
            self.cancel_all(number, "la facture est rouverte");
            let until = if history { on } else { self.business_days(number, self.today, REOPENING_HOLD) };
            self.emit(Some(number), Event::Reopened { until });
            if self.file(number).is_some_and(|f| f.taken_over) {
                self.assign_reopened(number);
            }
            self.trigger(number, cause, history);
            return;
        }
        let kept =
            self.file(number).and_then(|f| f.promise.as_ref()).is_some_and(|p| p.amount.is_some_and(|a| p.paid >= a));
        if kept {
            self.emit(Some(number), Event::PromiseKept);
            self.trigger(number, Trigger::PromiseKept, history);
        }
        if after > 0 || cause != Trigger::PartialPayment {
            self.trigger(number, cause, history);
        }
    }

    /// The `n`-th business day after `from`, in the calendar of the invoice's scenario.
    pub(super) fn business_days(&self, number: &str, from: NaiveDate, n: i64) -> NaiveDate {
        let scenario = self.file(number).and_then(|f| self.scenario(f));
        Span::BusinessDays(n).after(from, scenario.map_or(&FRANCE, |s| &s.settings().calendar))
    }

    /// Whoever got the debt is told that money came.
    fn warn_handed_over(&mut self, number: &str) {
        let targets = self.file(number).map(|f| f.handed_over.clone()).unwrap_or_default();
        for target in targets {
            let text = Some(format!("paiement reçu sur la facture {number}, qui vous a été transmise"));
            self.emit(Some(number), Event::Alert { key: String::new(), target, text });
        }
    }

    /// An invoice that is paid in instalments follows the first one that is not paid.
    pub(super) fn follow_instalments(&mut self, number: &str) {
        let Some(file) = self.file(number) else { return };
        let next = file.current_instalment().filter(|index| *index != file.instalment);
        let due = next.and_then(|index| file.instalments.get(index)).map(|part| part.due);
        if let (Some(index), Some(due)) = (next, due) {
            self.emit(Some(number), Event::NextInstalment { index, due });
        }
    }

    /// A debt from before the judgment has to be declared.
    pub(super) fn claim_task(&mut self, number: &str) {
        let Some(judgment) = self.dossier.insolvent else { return };
        let name = self.client_name();
        let text = format!(
            "Déclarer la créance de la facture {number} au passif du client {name} (jugement du {})",
            french_date(judgment)
        );
        self.ask(Some(number), OwnTask::Claim, text);
    }

    /// Cancels what is pending on an invoice that is settled, keeping it for a reopening.
    fn park(&mut self, number: &str) {
        let pending: Vec<(u32, String)> = self
            .file(number)
            .map(|f| f.runs.iter().filter_map(|run| Some((run.id, self.pending_text(f, run)?))).collect())
            .unwrap_or_default();
        for (run, what) in pending {
            self.withdraw(number, run);
            self.emit(Some(number), Event::Parked { run, what });
        }
    }

    /// Cancels every sequence of an invoice.
    pub(super) fn cancel_all(&mut self, number: &str, reason: &str) {
        let runs: Vec<u32> = self.file(number).map(|f| f.runs.iter().map(|r| r.id).collect()).unwrap_or_default();
        for run in runs {
            self.cancel(number, run, reason);
        }
    }

    /// Cancels a sequence and records what it was about to do.
    pub(super) fn cancel(&mut self, number: &str, run: u32, reason: &str) {
        let what = self
            .file(number)
            .and_then(|f| f.run(run).map(|r| self.pending_text(f, r).unwrap_or_default()))
            .unwrap_or_default();
        self.withdraw(number, run);
        self.emit(Some(number), Event::Cancelled { run, what, reason: reason.to_owned() });
    }

    fn withdraw(&mut self, number: &str, run: u32) {
        let Some(run) = self.file(number).and_then(|file| file.run(run)) else { return };
        let mut keys = Vec::new();
        for (i, item) in run.items.iter().enumerate() {
            if let Status::Departed { within, .. } = &item.status {
                let own = effect_key(number, run.id, run.stage, i, item.attempt);
                keys.push((within.clone().unwrap_or_else(|| own.clone()), own));
            }
        }
        for (key, own) in keys {
            let Some(at) = self.out.departures.iter().position(|message| message.key == key) else {
                self.out.withdrawn.push(key);
                continue;
            };
            // It has not left this step yet: the other invoices in it are looked at again.
            let message = self.out.departures.remove(at);
            let leader = Grouped { invoice: message.invoice, key: message.key };
            for part in std::iter::once(leader).chain(message.others).filter(|part| part.key != own) {
                let reason = "repris avant tout envoi : la décision est relue".to_owned();
                let event = Event::Delayed { key: part.key, until: self.now, reason, tries: 0 };
                self.emit(Some(&part.invoice), event);
            }
        }
    }

    /// What a run still has to do, as the language writes it; `None` when nothing.
    fn pending_text(&self, file: &InvoiceFile, run: &Run) -> Option<String> {
        let sequence = self.scenario(file)?.sequence(run.rule)?;
        let mut told = Vec::new();
        let stages = if run.left { run.stage as usize + 1 } else { sequence.stages.len() };
        for (i, stage) in sequence.stages.iter().enumerate().take(stages).skip(run.stage as usize) {
            for (j, item) in stage.items.iter().enumerate() {
                let state = if i == run.stage as usize { run.items.get(j) } else { None };
                if state.is_some_and(|s| s.status.is_over()) {
                    continue;
                }
                let attempt = state.map_or(0, |s| s.attempt as usize);
                if let Some(attempt) = item.0.get(attempt) {
                    told.push(attempt.to_string());
                }
            }
        }
        (!told.is_empty()).then(|| told.join(", "))
    }

    /// What ends by itself: pauses, promises, the hold of a reopened invoice, pre-due sequences on the due day.
    pub(super) fn expire(&mut self) {
        self.end_pauses();
        for number in self.numbers() {
            let Some(file) = self.file(&number) else { continue };
            if !file.is_open() || !file.taken_over {
                continue;
            }
            let broken = file.promise.as_ref().is_some_and(|p| self.today > p.until);
            let restored = !file.parked.is_empty() && file.reopened_until.is_some_and(|until| self.today > until);
            let missed: Vec<(usize, NaiveDate)> = file
                .instalments
                .iter()
                .enumerate()
                .filter(|(i, part)| !part.missed && self.today > part.due && !file.is_paid(*i))
                .map(|(i, part)| (i, part.due))
                .collect();
            let takeover = civil_date(file.takeover, self.program.zone);
            let before_takeover = file.promise.as_ref().is_some_and(|p| p.until < takeover);
            if broken {
                self.emit(Some(&number), Event::PromiseBroken);
                self.trigger(&number, Trigger::PromiseBroken, before_takeover);
            }
            if restored {
                self.emit(Some(&number), Event::Restored);
                self.cancel_orphans(&number);
            }
            self.expire_pre_due(&number);
            for (index, due) in missed {
                self.emit(Some(&number), Event::InstalmentMissed { index, due });
                self.trigger(&number, Trigger::InstalmentMissed, due < takeover);
            }
            self.expire_approvals(&number);
        }
    }

    /// What a rung below 0 began ends on the due day; also what a reopening has just restored.
    fn expire_pre_due(&mut self, number: &str) {
        let Some(file) = self.file(number).filter(|file| self.today >= file.invoice.due) else { return };
        let late: Vec<u32> = file.runs.iter().filter(|run| run.is_pre_due()).map(|run| run.id).collect();
        for run in late {
            self.cancel(number, run, "l’échéance est arrivée");
        }
    }

    /// Records which invoices became suspended and which no longer are.
    pub(super) fn note_suspensions(&mut self) {
        for number in self.numbers() {
            let Some(file) = self.file(&number) else { continue };
            if !file.is_open() || !file.taken_over {
                continue;
            }
            match (suspension(self.dossier, &number, file, self.today), file.suspended_since) {
                (Some(reason), None) => self.emit(Some(&number), Event::Suspended { reason }),
                (None, Some(since)) => {
                    let from = self.hold_ended(&number, file, since);
                    self.unsuspend(&number, since, from);
                }
                _ => {}
            }
        }
    }

    /// Ends a suspension. What counts working days goes on later by those that lay in it; the rest by its calendar days.
    fn unsuspend(&mut self, number: &str, since: NaiveDate, from: NaiveDate) {
        let Some(file) = self.file(number) else { return };
        let calendar = self.scenario(file).map_or(&FRANCE, |s| &s.settings().calendar);
        let later = |day: NaiveDate, start: NaiveDate| {
            calendar.add_business_days(day, calendar.business_days(since.max(start), from))
        };
        let business_clock = file.business_clock.or(file.clock).map(|start| later(start, start));
        let waiting = file.runs.iter().filter(|run| run.stops_while_suspended());
        let waiting = waiting.filter(|run| {
            self.wait_length(number, file, run, run.stage, None).is_some_and(Length::counts_business_days)
        });
        let waits = waiting.filter_map(|run| Some((run.id, later(run.ready?, run.since)))).collect();
        self.emit(Some(number), Event::Unsuspended(HoldEnd { from, business_clock, waits }));
    }

    /// The day from which nothing holds the invoice any more: today when something ended the hold now, else the day after the last one
    /// that ended by itself, which a run on a later day finds all the same.
    fn hold_ended(&self, number: &str, file: &InvoiceFile, since: NaiveDate) -> NaiveDate {
        let about = |entry: &&crate::event::Entry| entry.invoice.as_deref().is_none_or(|own| own == number);
        let ended_now = self.out.entries.iter().filter(about).any(|entry| {
            matches!(
                entry.event,
                Event::DisputeClosed
                    | Event::RuleResumed { .. }
                    | Event::EffectReplaced { .. }
                    | Event::InsolvencyClosed
                    | Event::StateEntered { .. }
                    | Event::PlanAgreed { .. }
                    | Event::NextInstalment { .. }
                    | Event::Resumed(Resuming { pause: None, .. })
                    | Event::Reversed { .. }
                    | Event::Credited { .. }
                    | Event::DueMoved { .. }
                    | Event::PromiseBroken
            )
        });
        if ended_now {
            return self.today;
        }
        let by_itself = [
            file.reply_until.map(day_after),
            file.reopened_until.map(day_after),
            file.announced.as_ref().map(|announced| day_after(announced.until)),
            file.due_moved.then_some(file.invoice.due),
            file.rule_hold.as_ref().and_then(|hold| hold.until).map(day_after),
            self.pause_ended(number),
        ];
        let parts = file.instalments.iter().map(|part| part.due);
        let ends = by_itself.into_iter().flatten().chain(parts).filter(|day| since < *day && *day <= self.today);
        ends.max().unwrap_or(self.today)
    }

    /// Fires the reactions to what happened at this moment.
    pub(super) fn react(&mut self) {
        let program = self.program;
        let mut fired = Vec::new();
        for Happened { number, on, name, task } in std::mem::take(&mut self.triggers) {
            let Some(file) = self.file(&number) else { continue };
            if !file.taken_over {
                continue;
            }
            let scenario = file.scenario.as_ref().and_then(|s| program.scenario(&s.name));
            let failure = Failure::default();
            let facts = InvoiceFacts { failure: Some(&failure), ..self.facts(&number, file) };
            let mut own = Vec::new();
            let reactions = scenario.map(|s| s.reactions(&file.state, on, name.as_deref())).unwrap_or_default();
            for reaction in reactions {
                if truth(&reaction.guard, &facts) == Some(true) {
                    let start = Start { contact: reaction.contact, ..Start::new(reaction.key, Origin::Reaction(on)) };
                    own.push((start, reaction.replaces_effect));
                }
            }
            fired.push((number.clone(), on, name, own, task, failure.take()));
        }
        for (number, on, name, own, task, failure) in fired {
            let held =
                self.file(&number).is_some_and(|f| f.unanswered.iter().any(|(known, n)| (*known, n) == (on, &name)));
            if let Some(reason) = failure {
                // The event is answered when the script works.
                self.note_failure(&number, reason);
                if !held {
                    self.emit(Some(&number), Event::AnswerHeld { on, name });
                }
                continue;
            }
            if held {
                self.emit(Some(&number), Event::AnswerTaken { on, name });
            }
            if own.iter().any(|(_, replaces)| *replaces) {
                self.emit(Some(&number), Event::EffectReplaced { on });
                let parked = self.file(&number).is_some_and(|f| f.is_open() && !f.parked.is_empty());
                if on == Trigger::Reversal && parked {
                    self.emit(Some(&number), Event::Restored);
                    self.cancel_orphans(&number);
                }
            } else if let Some(text) = task {
                self.ask(Some(&number), OwnTask::Read, text);
            }
            for (start, _) in own {
                self.start_run(&number, start);
            }
        }
    }

    /// Starts the sequence of a rule.
    pub(super) fn start_run(&mut self, number: &str, start: Start) {
        let Some(file) = self.file(number) else { return };
        let run = file.last_run.saturating_add(1);
        let waits = self
            .scenario(file)
            .and_then(|s| s.sequence(start.rule))
            .and_then(|s| s.stages.first())
            .is_some_and(|stage| stage.wait.is_some());
        let Start { rule, origin, clock, contact, lifted, tick, standing } = start;
        let standing = standing.unwrap_or(file.position);
        self.emit(Some(number), Event::Fired { run, rule, origin, clock, contact, lifted, tick, standing });
        if waits && let Some(ready) = self.stage_day(number, run, 0) {
            self.emit(Some(number), Event::StageReached { run, stage: 0, ready });
        }
    }
}

/// A sequence that starts.
#[derive(Clone, Copy)]
pub(super) struct Start {
    pub rule: RuleKey,
    pub origin: Origin,
    pub clock: Clock,
    /// Whether it contacts the client.
    pub contact: bool,
    /// A formal notice in it needs no earlier reminder.
    pub lifted: bool,
    /// The multiple of a repeated rule's period.
    pub tick: Option<u32>,
    /// The rung on which the invoice stood when its rules were decided, when it is not the present one.
    pub standing: Option<Option<i64>>,
}

impl Start {
    pub fn new(rule: RuleKey, origin: Origin) -> Start {
        Start { rule, origin, clock: Clock::Due, contact: false, lifted: false, tick: None, standing: None }
    }
}

/// The day after a hold's last one.
pub(super) fn day_after(last: NaiveDate) -> NaiveDate {
    add_days(last, 1)
}
