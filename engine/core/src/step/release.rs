//! Contacts that leave: in the order of the cap, in their slot, one by one or grouped.

use super::gate::Gate;
use super::schedule::{cap_free_on, is_open, next_opening, waits_for_payments};
use super::{Departure, Grouped, Worker};
use crate::day::{Instant, add_days, civil_date, start_of_day};
use crate::dossier::{InvoiceFile, Noted, Origin, Run, Status, contact_unit, effect_key};
use crate::eval::{Val, value};
use crate::event::Event;
use crate::facts::{Failure, InvoiceFacts};
use crate::machine::{Action, Channel, Contact, Nature, Value};
use crate::money::Currency;
use crate::program::Scenario;
use chrono::NaiveDate;
use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

/// The order in which contacts of a client compete for the cap: reactions first, then the rung furthest from its due date, then
/// delay, amount, number; free rules last.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Rank(u8, Reverse<i64>, Reverse<i64>, Reverse<i64>, String, u32, usize);

/// A contact that may leave, or is to be cancelled when its slot comes, and why.
type Releasable = (Candidate, Option<String>);

enum Slot {
    Now,
    Later { until: Option<Instant>, why: Noted },
    Gone,
}

struct Candidate {
    rank: Rank,
    number: String,
    run: u32,
    item: usize,
    key: String,
    unit: String,
    contact: Contact,
    noted: Option<Noted>,
    /// A person does it from a list.
    by_hand: bool,
    /// With `regrouper par client`: what it can be grouped with.
    group: Option<GroupClass>,
}

/// Contacts of one client that leave in one slot become one when all of this is the same.
#[derive(Clone, PartialEq, Eq)]
struct GroupClass {
    channel: Channel,
    by_hand: bool,
    to: Vec<String>,
    copy: Vec<String>,
    currency: Currency,
    /// `None` is French.
    language: Option<String>,
    kind: GroupKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum GroupKind {
    PreDue,
    Reminder,
    Information,
    FormalNotice,
}

impl Worker<'_> {
    /// Lets the contacts leave that may, in the order of the cap.
    pub(super) fn release(&mut self) {
        let mut candidates = Vec::new();
        let mut failures = Vec::new();
        for (number, file) in self.dossier.invoices.iter().filter(|(number, _)| !self.failing.contains(*number)) {
            let Some(scenario) = self.scenario(file) else { continue };
            for run in &file.runs {
                let waiting: Vec<Candidate> = self.waiting(number, file, run, scenario);
                if waiting.is_empty() {
                    continue;
                }
                // Read for all of them on the facts as they are before the first one leaves.
                let contacts: Vec<&Contact> = waiting.iter().map(|c| &c.contact).collect();
                match self.gate(number, file, run, scenario, &contacts) {
                    Gate::Wait => {}
                    Gate::Broken(reason) => failures.push((number.clone(), reason)),
                    Gate::Pass => candidates.extend(waiting.into_iter().map(|c| (c, None))),
                    Gate::Cancel(reason) => candidates.extend(waiting.into_iter().map(|c| (c, Some(reason.clone())))),
                }
            }
        }
        candidates.sort_by(|(a, _), (b, _)| a.rank.cmp(&b.rank));
        for (number, reason) in failures {
            self.note_failure(&number, reason);
        }
        // Nothing is sent for an invoice on which a script has failed.
        candidates.retain(|(candidate, _)| !self.failing.contains(&candidate.number));
        let mut left = VecDeque::from(candidates);
        while let Some((candidate, cancel)) = left.pop_front() {
            self.try_to_leave(candidate, cancel, &mut left);
        }
    }

    fn waiting(&self, number: &str, file: &InvoiceFile, run: &Run, scenario: &Scenario) -> Vec<Candidate> {
        let mut found = Vec::new();
        for (i, item) in run.items.iter().enumerate() {
            let Status::Waiting { from, noted, .. } = item.status else { continue };
            if from > self.now {
                continue;
            }
            let Some(attempt) = scenario.attempt(run.rule, run.stage, i, item.attempt) else { continue };
            let Action::Contact(contact) = &attempt.action else { continue };
            if Worker::lacks_approval(file, attempt, &item.status) {
                continue;
            }
            let (class, distance) = match run.origin {
                Origin::Reaction(_) => (0, 0),
                Origin::Rung(offset) | Origin::InternalRung(offset) | Origin::Entry(offset) => (1, offset.abs()),
                Origin::Free => (2, 0),
            };
            let by_hand = self.program.by_hand(self.dossier, file, contact.channel);
            let group = scenario.settings().group.then(|| GroupClass {
                channel: contact.channel,
                by_hand,
                to: contact.to.clone(),
                copy: contact.copy.clone(),
                currency: file.invoice.currency(),
                language: self.language(number, contact),
                kind: match contact.nature {
                    Nature::Reminder if run.is_pre_due() => GroupKind::PreDue,
                    Nature::Reminder => GroupKind::Reminder,
                    Nature::Information => GroupKind::Information,
                    Nature::FormalNotice => GroupKind::FormalNotice,
                },
            });
            let late = (self.today - file.invoice.due).num_days();
            found.push(Candidate {
                rank: Rank(
                    class,
                    Reverse(distance),
                    Reverse(late),
                    Reverse(file.balance),
                    number.to_owned(),
                    run.id,
                    i,
                ),
                number: number.to_owned(),
                run: run.id,
                item: i,
                key: effect_key(number, run.id, run.stage, i, item.attempt),
                unit: contact_unit(number, run.id, run.stage),
                contact: contact.clone(),
                noted,
                by_hand,
                group,
            });
        }
        found
    }

    /// Lets a contact leave if the window is open and the cap allows; only then does a reason that has gone cancel it, and a missing
    /// address fail it: before, both may still change.
    fn try_to_leave(&mut self, candidate: Candidate, cancel: Option<String>, left: &mut VecDeque<Releasable>) {
        if self.failing.contains(&candidate.number) {
            return;
        }
        match self.slot_for(&candidate) {
            Slot::Now => {}
            Slot::Gone => return,
            Slot::Later { until, why } => {
                self.out.waits_for_payments |= matches!(why, Noted::Payments | Noted::Amounts(_));
                if candidate.noted != Some(why)
                    && (why != Noted::Window || candidate.noted.is_none())
                    && let Some(until) = until
                    && (why != Noted::Window || civil_date(until, self.program.zone) > self.today)
                {
                    let key = candidate.key;
                    self.emit(Some(&candidate.number), Event::Postponed { key, until, why });
                }
                return;
            }
        }
        if let Some(reason) = cancel {
            return self.cancel_run(&candidate.number, candidate.run, &reason);
        }
        if !self.has_address(&candidate) {
            return;
        }
        let mut together = vec![candidate];
        if let Some(class) = together.first().and_then(|first| first.group.clone()) {
            let others = left.iter().filter(|(c, cancel)| cancel.is_none() && c.group.as_ref() == Some(&class));
            let others: Vec<String> = others.map(|(c, _)| c.key.clone()).collect();
            for key in others {
                let Some(at) = left.iter().position(|(c, _)| c.key == key) else { continue };
                // An invoice stands once in a message: of several contacts about it the first goes, the others wait their turn.
                if left.get(at).is_some_and(|(c, _)| together.iter().any(|in_it| in_it.number == c.number)) {
                    continue;
                }
                // Its own invoice may wait for what this one does not: other days, or payments.
                let open = left
                    .get(at)
                    .is_some_and(|(c, _)| matches!(self.slot_for(c), Slot::Now | Slot::Later { why: Noted::Cap, .. }));
                if open
                    && left.get(at).is_some_and(|(other, _)| self.firm_together(&together, other))
                    && let Some((other, _)) = left.remove(at)
                    && self.has_address(&other)
                {
                    together.push(other);
                }
            }
        }
        self.leave(together);
    }

    /// Whether a message for all of these can state the amounts of each, if any of their templates does: the one that speaks speaks for
    /// all.
    fn firm_together(&self, together: &[Candidate], other: &Candidate) -> bool {
        let all = || together.iter().chain(std::iter::once(other));
        let of = |candidate: &Candidate| self.file(&candidate.number).map(|file| (file, self.scenario(file)));
        let states = |candidate: &Candidate| {
            let scenario = of(candidate).and_then(|(_, scenario)| scenario);
            scenario.is_some_and(|scenario| self.states_amounts(&candidate.number, scenario, &candidate.contact))
        };
        let firm = |candidate: &Candidate| of(candidate).is_some_and(|(file, _)| self.amounts_gap(file).is_none());
        !all().any(states) || all().all(firm)
    }

    /// Whether a contact that still waits may leave now, as far as time, payments and the cap go.
    fn slot_for(&self, candidate: &Candidate) -> Slot {
        let zone = self.program.zone;
        let Some(file) = self.file(&candidate.number) else { return Slot::Gone };
        let item = file.run(candidate.run).and_then(|run| run.items.get(candidate.item));
        if !item.is_some_and(|item| matches!(item.status, Status::Waiting { .. })) {
            return Slot::Gone;
        }
        let Some(scenario) = self.scenario(file) else { return Slot::Gone };
        let settings = scenario.settings();
        if !is_open(settings, zone, self.now) {
            return Slot::Later { until: next_opening(settings, zone, self.now), why: Noted::Window };
        }
        if !candidate.by_hand && waits_for_payments(settings, self.program.payments, self.now, zone) {
            let tomorrow = start_of_day(add_days(self.today, 1), zone);
            return Slot::Later { until: next_opening(settings, zone, tomorrow), why: Noted::Payments };
        }
        if let Some(gap) = self.gap(&candidate.number, file, scenario, &candidate.contact) {
            let tomorrow = start_of_day(add_days(self.today, 1), zone);
            return Slot::Later { until: next_opening(settings, zone, tomorrow), why: Noted::Amounts(gap) };
        }
        if candidate.contact.nature != Nature::Information
            && let Some(cap) = settings.cap
        {
            // What was started together counts as one, also when a part of it is late.
            let within = |on: NaiveDate| (self.today - on).num_days() < i64::from(cap.days);
            let counted = self.dossier.contacts.iter().any(|c| c.unit == candidate.unit && within(c.on));
            let free = cap_free_on(&self.dossier.contacts, cap, self.today);
            if !counted && free > self.today {
                return Slot::Later { until: next_opening(settings, zone, start_of_day(free, zone)), why: Noted::Cap };
            }
        }
        Slot::Now
    }

    /// Whether the contact can reach somebody; when not, it has failed for good.
    fn has_address(&mut self, candidate: &Candidate) -> bool {
        let Candidate { number, key, contact, by_hand, .. } = candidate;
        let Some(missing) = self.missing_address((number, key), contact, *by_hand) else { return true };
        self.fail(number, key, contact.channel, contact.template.clone(), missing);
        false
    }

    /// The language of a contact: the client's, or that of its template, which a script may choose.
    fn language(&self, number: &str, contact: &Contact) -> Option<String> {
        let template = match &contact.choice {
            Some(choice) if !choice.languages.is_empty() || !choice.variants.is_empty() => {
                self.template(number, contact).ok()?
            }
            _ => None,
        };
        contact.language_for(template.as_deref(), self.dossier.customer.language.as_deref())
    }

    /// The template of a contact; a script may choose it.
    pub(super) fn template(&self, number: &str, contact: &Contact) -> Result<Option<String>, String> {
        let Some(choice) = &contact.choice else { return Ok(contact.template.clone()) };
        let Some(file) = self.file(number) else { return Ok(None) };
        let failure = Failure::default();
        let facts = InvoiceFacts { failure: Some(&failure), ..self.facts(number, file) };
        match value(&choice.call, &facts) {
            Some(Val::Text(name)) if choice.among.iter().any(|known| *known == name) => Ok(Some(name.into_owned())),
            Some(other) => Err(format!(
                "`{}` a choisi le modèle « {} », qui n’est pas dans sa liste : {}",
                choice.call,
                other.french(),
                choice.among.join(", ")
            )),
            None => Err(failure.take().unwrap_or_else(|| format!("`{}` n’a pas choisi de modèle", choice.call))),
        }
    }

    /// What the scripts answer to the calls in the template of a message.
    fn answers(
        &self,
        candidate: &Candidate,
        template: Option<&str>,
    ) -> Result<BTreeMap<String, Option<Value>>, String> {
        let (Some(template), Some(file)) = (template, self.file(&candidate.number)) else { return Ok(BTreeMap::new()) };
        let Some(scenario) = self.scenario(file) else { return Ok(BTreeMap::new()) };
        let asked = scenario.machine.messages.iter().filter(|m| m.is_of(candidate.contact.channel, template));
        self.facts(&candidate.number, file).answers(asked.flat_map(|message| &message.calls))
    }

    /// Lets contacts of one client leave as one.
    fn leave(&mut self, together: Vec<Candidate>) {
        let mut ready = Vec::new();
        for candidate in together {
            match self.template(&candidate.number, &candidate.contact) {
                Ok(template) => ready.push((candidate, template)),
                Err(reason) => self.note_failure(&candidate.number, reason),
            }
        }
        // The highest tone among them speaks; then delay, amount and number decide.
        let rank = |(c, _): &(Candidate, Option<String>)| {
            let Rank(_, _, late, balance, number, run, item) = c.rank.clone();
            (Reverse(c.contact.tone), late, balance, number, run, item)
        };
        ready.sort_by_key(rank);
        // What the message asks the scripts is answered for the invoice that speaks; where a script fails, the next one does.
        let answers = loop {
            ready.retain(|(candidate, _)| !self.failing.contains(&candidate.number));
            let Some((first, template)) = ready.first() else { return };
            match self.answers(first, template.as_deref()) {
                Ok(answers) => break answers,
                Err(reason) => {
                    let number = first.number.clone();
                    self.note_failure(&number, reason);
                }
            }
        };
        let Some((first, template)) = ready.first() else { return };
        let leader = first.key.clone();
        let unit = first.unit.clone();
        let Contact { channel, nature, to, copy, .. } = first.contact.clone();
        let by_hand = first.by_hand;
        let language = first.contact.language_for(template.as_deref(), self.dossier.customer.language.as_deref());
        let (invoice, template) = (first.number.clone(), template.clone());
        let mut others = Vec::new();
        for (i, (candidate, own)) in ready.iter().enumerate() {
            let within = (i > 0).then(|| leader.clone());
            let (key, template) = (candidate.key.clone(), if i > 0 { own.clone() } else { template.clone() });
            let unit = unit.clone();
            let event = if by_hand {
                // A call or letter is listed for a person; it counts as a reminder once it is done.
                let remembered = channel.is_letter() && self.is_remembered(&candidate.number, &key);
                let file = self.file(&candidate.number);
                let deposit = file.map(|file| self.program.listed_all_the_same(self.dossier, file, channel));
                let deposit = deposit.unwrap_or_default();
                Event::Sent { deposit, key, channel, template, nature, unit, reminder: false, remembered, within }
            } else {
                Event::Departed { key, channel, template, nature, unit, within }
            };
            if i > 0 {
                others.push(Grouped { invoice: candidate.number.clone(), key: candidate.key.clone() });
            }
            self.emit(Some(&candidate.number), event);
        }
        if !by_hand {
            let departure = Departure {
                key: leader,
                invoice,
                channel,
                template,
                language,
                nature,
                unit,
                answers,
                others,
                to,
                copy,
            };
            self.out.departures.push(departure);
        }
    }
}
