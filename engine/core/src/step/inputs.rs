//! Takes in what happened outside: turns it into journal entries and the events that reactions may answer.

use super::life::is_frozen;
use super::{CALL_ATTEMPTS, Happened, Input, Outcome, Worker, retry};
use crate::day::{Instant, civil_date, start_of_day};
use crate::dossier::{
    Announced, InvoiceFile, ItemState, OwnTask, Promise, Status, contact_unit, effect_key, instalments, parse_key,
};
use crate::event::Event;
use crate::incoming::{DoneResult, DueAmount, Incoming, Invoice, Told, What};
use crate::machine::{Action, Channel, Nature, Trigger};
use crate::money::{Amount, Currency};
use crate::registered::Deposit;
use crate::schema::fold;
use crate::step::Departure;
use chrono::TimeDelta;

/// Business days during which a promise may still arrive after its date.
const PROMISE_GRACE: i64 = 2;
/// Business days that an announced payment takes to appear on the statement.
const CASH_IN_LAG: i64 = 2;
/// Business days of the hold after a reply.
const REPLY_HOLD: i64 = 5;

/// Work on somebody's list: key, what counts as one contact, action, tries so far.
type Listed = (String, String, Action, u32);

/// When an incoming thing counts as known.
pub fn known_at(incoming: &Incoming, zone: chrono_tz::Tz) -> Instant {
    incoming.known.unwrap_or_else(|| start_of_day(incoming.effective, zone))
}

fn rank(what: &What) -> u8 {
    match what {
        What::Customer(_) => 0,
        What::Invoice(_) => 1,
        What::Payment { .. } => 2,
        _ => 3,
    }
}

impl Worker<'_> {
    pub(super) fn take_in(&mut self, inputs: Vec<Input>) {
        let zone = self.program.zone;
        let mut incoming = Vec::new();
        for input in inputs {
            match input {
                Input::Incoming { incoming: thing, imported } => incoming.push((thing, imported)),
                Input::Outcome { message, outcome } => self.outcome(&message, outcome),
                Input::Overrun { invoice } => {
                    let text = "le même travail revient sans fin au même moment : la suite attend (`relance verifier` dit \
                                quelles règles tournent)";
                    self.emit(Some(&invoice), Event::Anomaly { text: text.to_owned() });
                }
            }
        }
        incoming.sort_by(|(a, _), (b, _)| {
            let order = |i: &Incoming| (known_at(i, zone), rank(&i.what), i.effective);
            order(a).cmp(&order(b)).then_with(|| a.id.cmp(&b.id))
        });
        for (thing, imported) in incoming {
            self.incoming(&thing, imported);
        }
    }

    fn incoming(&mut self, thing: &Incoming, imported: Option<Instant>) {
        self.saying = thing.said.clone();
        self.take(thing, imported);
        self.saying = None;
    }

    fn take(&mut self, thing: &Incoming, imported: Option<Instant>) {
        match (&thing.what, thing.invoice.as_deref()) {
            (What::Customer(customer), _) => {
                if self.dossier.customer != *customer {
                    self.emit(None, Event::Customer { customer: customer.clone() });
                }
            }
            (What::Invoice(invoice), Some(number)) => self.invoice(number, invoice, imported),
            (What::Payment { amount } | What::CreditNote { amount }, None) => {
                self.emit(None, Event::ClientCredit { amount: amount.cents, currency: amount.currency });
            }
            (What::Reversal { amount }, None) => {
                self.emit(
                    None,
                    Event::ClientCredit { amount: amount.cents.saturating_neg(), currency: amount.currency },
                );
            }
            (What::Stop { until }, None) => {
                self.stop(None, *until);
                self.trigger_all(Trigger::Stop);
            }
            (What::Resume { catch_up }, None) => self.resume_client(*catch_up),
            (What::Comment { text }, None) => self.comment(None, text),
            (What::Segment { segment }, _) => self.choose_segment(segment.as_deref()),
            (What::Task { text, to }, None) => self.ask_colleague(None, &thing.id, text, to.as_deref()),
            (What::Reply, None) => {
                let name = self.client_name();
                let mut text = format!("Lire la réponse du client {name}");
                // What was said of it, so that whoever reads the list knows what it is about.
                if let Some(reason) = self.saying.as_ref().and_then(|said| said.reason.as_deref()) {
                    text = format!("{text} : {reason}");
                }
                self.ask(None, OwnTask::Read, text);
                for number in self.numbers() {
                    if self.file(&number).is_some_and(|f| f.is_open()) {
                        self.about_invoice(&number, thing);
                    }
                }
            }
            (What::DoubtSettled { message, left, .. }, _) => self.doubt_settled(message, *left),
            (What::Insolvency { judgment }, _) => self.insolvency(*judgment),
            (What::InsolvencyClosed, _) => {
                if self.dossier.insolvent.is_some() {
                    self.emit(None, Event::InsolvencyClosed);
                }
            }
            (What::AddressConfirmed { channel }, _) => self.address_confirmed(*channel),
            (What::External { name }, None) => {
                self.emit(None, Event::External { name: name.clone() });
                for number in self.open_numbers() {
                    self.trigger_named(&number, name);
                }
            }
            (What::Done { key, channel: None, result, .. }, number) if self.own_task_meant(number, key.as_deref()) => {
                self.own_task_done(number, key.clone().unwrap_or_default(), *result);
            }
            (What::PastReminder { channel, formal }, None) => {
                let (on, channel, formal, unit) = (thing.effective, *channel, *formal, thing.id.clone());
                self.emit(None, Event::PastReminder { on, channel, formal, unit });
            }
            (_, Some(number)) if self.dossier.invoices.contains_key(number) => self.about_invoice(number, thing),
            (_, Some(number)) => self.emit(Some(number), Event::Orphan { incoming: Box::new(thing.clone()) }),
            (_, None) => {
                let text = format!("« {} » ne nomme aucune facture : sans effet", thing.id);
                self.emit(None, Event::Anomaly { text });
            }
        }
    }

    fn invoice(&mut self, number: &str, invoice: &Invoice, imported: Option<Instant>) {
        if let Some(file) = self.file(number) {
            let unchanged =
                Invoice { amount: file.invoice.amount, due: file.invoice.due, ..invoice.clone() } == file.invoice;
            let replanned = file.invoice.instalments != invoice.instalments && !invoice.instalments.is_empty();
            if !unchanged {
                self.emit(Some(number), Event::Changed { invoice: invoice.clone() });
            }
            if replanned {
                self.plan_agreed(number, &invoice.instalments);
            }
            return;
        }
        let zone = self.program.zone;
        let takeover = match invoice.taken_over {
            Some(day) => start_of_day(day, zone),
            None => start_of_day(invoice.issued, zone).max(imported.map_or(self.now, |at| at.min(self.now))),
        };
        self.emit(Some(number), Event::Known { invoice: invoice.clone(), takeover });
        if invoice.amount.cents <= 0 {
            self.emit(Some(number), Event::Settled { on: invoice.issued, history: true });
        }
        let waiting: Vec<Incoming> =
            self.dossier.orphans.iter().filter(|o| o.invoice.as_deref() == Some(number)).cloned().collect();
        if !waiting.is_empty() {
            self.emit(Some(number), Event::Adopted);
            let saying = self.saying.take();
            for thing in waiting {
                self.saying = thing.said.clone();
                self.about_invoice(number, &thing);
            }
            self.saying = saying;
        }
    }

    /// Whether the thing is older than Relance's care for the invoice: history, not an event.
    fn is_history(&self, number: &str, thing: &Incoming) -> bool {
        let zone = self.program.zone;
        self.file(number).is_some_and(|file| {
            !file.taken_over
                && known_at(thing, zone) <= file.takeover
                && thing.effective <= civil_date(file.takeover, zone)
        })
    }

    fn amount_fits(&mut self, number: &str, amount: &Amount) -> bool {
        let expected = self.file(number).map(|f| f.invoice.currency());
        if expected == Some(amount.currency) {
            return true;
        }
        let text = format!("montant de {amount} sur la facture {number}, qui est dans une autre devise : sans effet");
        self.emit(Some(number), Event::Anomaly { text });
        false
    }

    fn about_invoice(&mut self, number: &str, thing: &Incoming) {
        // A person who moves an open invoice moves it now, whatever the date says.
        let moves = matches!(thing.what, What::Jump { .. }) && self.file(number).is_some_and(|f| f.is_open());
        let history = self.is_history(number, thing) && !moves;
        if !history && self.file(number).is_some_and(|f| !f.taken_over && f.takeover <= self.now) {
            self.take_over_one(number);
        }
        let on = thing.effective;
        // What was paid before take-over never reacts, even when it becomes known later.
        let money = matches!(thing.what, What::Payment { .. } | What::CreditNote { .. });
        let zone = self.program.zone;
        let history = history || money && self.file(number).is_some_and(|f| on < civil_date(f.takeover, zone));
        match &thing.what {
            What::Payment { amount } if self.amount_fits(number, amount) => {
                self.money(number, Event::Paid { amount: amount.cents, on, history }, on, history);
            }
            What::CreditNote { amount } if self.amount_fits(number, amount) => {
                self.money(number, Event::Credited { amount: amount.cents, on, history }, on, history);
            }
            What::Reversal { amount } if self.amount_fits(number, amount) => {
                self.money(number, Event::Reversed { amount: amount.cents, on, history }, on, history);
            }
            What::Payment { .. } | What::CreditNote { .. } | What::Reversal { .. } => {}
            What::DisputeOpened { amount: Some(amount), .. }
            | What::Promise { amount: Some(amount), .. }
            | What::PaymentAnnounced { amount: Some(amount) }
                if !self.amount_fits(number, amount) => {}
            What::DisputeOpened { amount, reason } => {
                let amount = amount.map(|a| a.cents);
                if self.file(number).is_some_and(|f| f.is_open()) {
                    self.emit(Some(number), Event::DisputeOpened { amount, on, reason: reason.clone() });
                    self.trigger(number, Trigger::DisputeOpened, history);
                } else {
                    self.pointless(number, "litige");
                }
            }
            What::DisputeClosed => {
                if self.file(number).is_some_and(|f| !f.disputes.is_empty()) {
                    self.emit(Some(number), Event::DisputeClosed);
                    self.trigger(number, Trigger::DisputeClosed, history);
                }
            }
            What::Promise { by, amount } => {
                if self.file(number).is_some_and(|f| f.is_open()) {
                    let until = self.business_days(number, *by, PROMISE_GRACE);
                    let promise = Promise { by: *by, until, amount: amount.map(|a| a.cents), paid: 0, unpaused: false };
                    self.emit(Some(number), Event::Promised { promise });
                    self.trigger(number, Trigger::Promise, history);
                } else {
                    self.pointless(number, "promesse");
                }
            }
            What::PaymentAnnounced { amount } => {
                if self.file(number).is_some_and(|f| f.is_open()) {
                    let from = civil_date(known_at(thing, self.program.zone), self.program.zone);
                    let until = self.business_days(number, from, CASH_IN_LAG);
                    let announced = Announced { amount: amount.map(|a| a.cents), until, unpaused: false };
                    self.emit(Some(number), Event::Announced { announced });
                    self.trigger(number, Trigger::PaymentAnnounced, history);
                } else {
                    self.pointless(number, "paiement annoncé");
                }
            }
            What::Stop { until } => {
                self.stop(Some(number), *until);
                self.trigger(number, Trigger::Stop, history);
            }
            What::Resume { catch_up } => self.resume(number, *catch_up, history),
            What::Comment { text } => self.comment(Some(number), text),
            What::Waiver { what, taken_back } => self.waive(number, *what, on, *taken_back),
            What::HandOver { target } => self.hand_over(number, target),
            What::Task { text, to } => self.ask_colleague(Some(number), &thing.id, text, to.as_deref()),
            What::Reply => {
                if self.file(number).is_some_and(|f| f.is_open()) {
                    let from = civil_date(known_at(thing, self.program.zone), self.program.zone);
                    let until = self.business_days(number, from, REPLY_HOLD);
                    self.emit(Some(number), Event::Replied { until });
                    self.trigger(number, Trigger::Reply, history);
                    if thing.invoice.is_some()
                        && let Some(happened) = self.triggers.last_mut().filter(|_| !history)
                    {
                        let text = format!("Lire la réponse du client au sujet de la facture {number}");
                        happened.task = Some(text);
                    }
                }
            }
            What::DueDateMoved { to } => {
                if let Some(from) = self.file(number).map(|f| f.invoice.due)
                    && from != *to
                {
                    self.emit(Some(number), Event::DueMoved { from, to: *to });
                    self.trigger(number, Trigger::DueDateMoved, history);
                }
            }
            What::PastReminder { channel, formal } => {
                let (channel, formal, unit) = (*channel, *formal, thing.id.clone());
                self.emit(Some(number), Event::PastReminder { on, channel, formal, unit });
            }
            What::Bounced { key, channel, why } => {
                self.came_back(number, key.as_deref(), *channel, why.as_ref());
            }
            What::Delivered { key, channel } => self.reached(number, key.as_deref(), *channel, on),
            What::Tracked(told) => self.tracked(number, told, on),
            What::Done { key, channel, result, tracking } => {
                let told = tracking.clone().map(|number| Told { tracking: Some(number), ..Told::default() });
                self.done(number, key.as_deref(), *channel, *result, told.as_ref())
            }
            What::PaymentPlan { instalments } => {
                if instalments.iter().any(|part| part.amount.currency != self.currency_of(number, part.amount.currency))
                {
                    let text = format!("échéancier de la facture {number} dans une autre devise : sans effet");
                    self.emit(Some(number), Event::Anomaly { text });
                } else if self.file(number).is_some_and(|f| f.is_open()) {
                    self.plan_agreed(number, instalments);
                } else {
                    self.pointless(number, "échéancier");
                }
            }
            What::Jump { state } => self.jump(number, state),
            What::Approval { key, granted } => self.answer_approval(number, key.as_deref(), *granted),
            What::External { name } => {
                self.emit(Some(number), Event::External { name: name.clone() });
                if !history {
                    self.trigger_named(number, name);
                }
            }
            What::Customer(_)
            | What::Invoice(_)
            | What::Segment { .. }
            | What::Insolvency { .. }
            | What::InsolvencyClosed
            | What::AddressConfirmed { .. }
            | What::DoubtSettled { .. } => {}
        }
    }

    fn currency_of(&self, number: &str, default: Currency) -> Currency {
        self.file(number).map_or(default, |f| f.invoice.currency())
    }

    fn plan_agreed(&mut self, number: &str, parts: &[DueAmount]) {
        self.emit(Some(number), Event::PlanAgreed { instalments: instalments(parts) });
        self.follow_instalments(number);
    }

    fn insolvency(&mut self, judgment: chrono::NaiveDate) {
        if self.dossier.insolvent == Some(judgment) {
            return;
        }
        self.emit(None, Event::Insolvent { judgment });
        for number in self.open_numbers() {
            if self.file(&number).is_some_and(|f| is_frozen(self.dossier, f)) {
                self.claim_task(&number);
            }
        }
    }

    fn open_numbers(&self) -> Vec<String> {
        let running = |(_, file): &(&String, &InvoiceFile)| file.is_open() && file.taken_over;
        self.dossier.invoices.iter().filter(running).map(|(number, _)| number.clone()).collect()
    }

    pub(super) fn pointless(&mut self, number: &str, what: &str) {
        let text = format!("{what} sur la facture {number}, qui est déjà soldée : sans effet");
        self.emit(Some(number), Event::Anomaly { text });
    }

    pub(super) fn trigger(&mut self, number: &str, trigger: Trigger, history: bool) {
        if !history {
            self.triggers.push(Happened { number: number.to_owned(), on: trigger, name: None, task: None });
        }
    }

    pub(super) fn trigger_named(&mut self, number: &str, name: &str) {
        let name = Some(fold(name));
        self.triggers.push(Happened { number: number.to_owned(), on: Trigger::External, name, task: None });
    }

    /// What became of a message, for each invoice in it.
    pub(super) fn outcome(&mut self, message: &Departure, outcome: Outcome) {
        let others = message.others.iter().map(|other| (other.invoice.clone(), other.key.clone(), true));
        let parts: Vec<_> =
            std::iter::once((message.invoice.clone(), message.key.clone(), false)).chain(others).collect();
        let grouped = !message.others.is_empty();
        for (number, key, within) in parts {
            if grouped && outcome == Outcome::Recalled && !self.has_departed(&number, &key) {
                continue;
            }
            // It came back while it was in doubt: that it had left is no news.
            if outcome == Outcome::Accepted && self.has_failed(&number, &key) {
                continue;
            }
            self.outcome_of(&number, key, within.then(|| message.key.clone()), message, &outcome);
        }
    }

    pub(super) fn item_of(&self, number: &str, key: &str) -> Option<&ItemState> {
        let (_, run, stage, item, _) = parse_key(key)?;
        self.file(number)?.run(run).filter(|run| run.stage == stage)?.items.get(item)
    }

    fn has_departed(&self, number: &str, key: &str) -> bool {
        let Some((_, run, _, item, _)) = parse_key(key) else { return false };
        let state = self.file(number).and_then(|f| f.run(run)).and_then(|run| run.items.get(item));
        state.is_some_and(|state| matches!(state.status, Status::Departed { .. }))
    }

    fn outcome_of(
        &mut self,
        number: &str,
        key: String,
        within: Option<String>,
        message: &Departure,
        outcome: &Outcome,
    ) {
        let tries = self.tries(&key);
        let event = match outcome {
            Outcome::Accepted => {
                let due = self.file(number).map(|f| f.invoice.due);
                let reminder = message.nature != Nature::Information && due.is_some_and(|due| self.today >= due);
                let remembered = self.is_remembered(number, &key);
                Event::Sent {
                    deposit: if message.channel.by_hand() { Deposit::Taken } else { Deposit::None },
                    key,
                    channel: message.channel,
                    template: message.template.clone(),
                    nature: message.nature,
                    unit: message.unit.clone(),
                    reminder,
                    remembered,
                    within,
                }
            }
            Outcome::Failed(reason) => {
                return self.fail(number, &key, message.channel, message.template.clone(), reason.clone());
            }
            Outcome::NobodyThere(reason, address) => {
                self.mark_bad(number, message.channel, address, reason);
                return self.fail(number, &key, message.channel, message.template.clone(), reason.clone());
            }
            // What fails for now never becomes a wrong address: it is tried again for as long as it has its reason.
            Outcome::Retry(reason) | Outcome::Later(reason, _) => {
                let tries = tries + 1;
                let asked = if let Outcome::Later(_, seconds) = outcome { *seconds } else { 0 };
                let pause = retry::pause(&self.dossier.client, tries).max(TimeDelta::seconds(asked.into()));
                Event::Delayed { key, until: self.now + pause, reason: reason.clone(), tries }
            }
            Outcome::Blocked(reason) => {
                Event::Delayed { key, until: self.now + retry::STOPPED, reason: reason.clone(), tries }
            }
            Outcome::Recalled => {
                let reason = "repris avant tout envoi : la décision est relue".to_owned();
                Event::Delayed { key, until: self.now, reason, tries }
            }
            Outcome::InDoubt(reason) => Event::InDoubt { key, channel: message.channel, reason: reason.clone() },
        };
        self.emit(Some(number), event);
    }

    pub(super) fn tries(&self, key: &str) -> u32 {
        let Some((number, run, _, item, _)) = parse_key(key) else { return 0 };
        let state = self.file(number).and_then(|f| f.run(run)).and_then(|run| run.items.get(item));
        match state.map(|s| &s.status) {
            Some(Status::Departed { tries, .. } | Status::Waiting { tries, .. }) => *tries,
            _ => 0,
        }
    }

    /// The outcome of a call, letter or task.
    pub(super) fn done(
        &mut self,
        number: &str,
        key: Option<&str>,
        channel: Option<Channel>,
        result: DoneResult,
        told: Option<&Told>,
    ) {
        let Some(found) = self.listed(number, key, channel) else {
            if channel.is_none() && key.is_none() && self.dossier.own_task(Some(number), None).is_some() {
                return self.own_task_done(Some(number), String::new(), result);
            }
            let text = format!("aucune action de ce genre n'est ouverte sur la facture {number} : sans effet");
            self.emit(Some(number), Event::Anomaly { text });
            return;
        };
        // One call or letter for several invoices has one outcome.
        let leader = found.0.clone();
        let mut all = vec![(number.to_owned(), found)];
        for (other, file) in &self.dossier.invoices {
            let parts = self.open_work(other, file).into_iter().filter(|(_, within)| within.as_ref() == Some(&leader));
            all.extend(parts.map(|(found, _)| (other.clone(), found)));
        }
        let numbers: Vec<String> = all.iter().map(|(number, _)| number.clone()).collect();
        for (number, found) in all {
            self.done_one(&number, found, result, told);
        }
        if result == DoneResult::Refused {
            let text = format!("Décider de la suite : {} refuse de payer ({})", self.client_name(), numbers.join(", "));
            self.ask(Some(number), OwnTask::Refusal, text);
        }
    }

    fn done_one(&mut self, number: &str, (key, unit, action, tries): Listed, result: DoneResult, told: Option<&Told>) {
        let contact = action.contact();
        let channel = contact.map(|c| c.channel);
        if let Some(channel) = channel.filter(|_| result.is_failure()) {
            let what = if result == DoneResult::WrongNumber { "mauvais numéro" } else { "impossible" };
            let named = self.saying.as_ref().is_some_and(|said| said.by.is_some());
            let by = if named { "" } else { ", dit la personne qui en était chargée" };
            let reason = format!("{what}{by}");
            self.fail(number, &key, channel, contact.and_then(|c| c.template.clone()), reason);
            return;
        }
        let over = !result.is_unanswered() || tries + 1 >= CALL_ATTEMPTS;
        let due = self.file(number).map(|f| f.invoice.due);
        let reminder = over
            && contact.is_some_and(|c| c.nature != Nature::Information)
            && due.is_some_and(|due| self.today >= due);
        let told = told.cloned();
        self.emit(Some(number), Event::Completed { key, result, over, channel, reminder, unit, told });
    }

    /// The open call, letter or task of this key, or the oldest one of the channel.
    pub(super) fn listed(&self, number: &str, key: Option<&str>, channel: Option<Channel>) -> Option<Listed> {
        let wanted = |(own, _, action, _): &Listed| match key {
            Some(key) => key == own,
            None => action.contact().map(|c| c.channel) == channel,
        };
        self.open_work(number, self.file(number)?).into_iter().map(|(found, _)| found).find(wanted)
    }

    /// The open calls, letters and tasks of an invoice, with the key of the one that each is part of.
    fn open_work(&self, number: &str, file: &InvoiceFile) -> Vec<(Listed, Option<String>)> {
        let mut found = Vec::new();
        let Some(scenario) = self.scenario(file) else { return found };
        for run in &file.runs {
            for (i, item) in run.items.iter().enumerate() {
                let Status::Listed { tries, within, .. } = &item.status else { continue };
                let key = effect_key(number, run.id, run.stage, i, item.attempt);
                let Some(action) = scenario.action(run.rule, run.stage, i, item.attempt) else { continue };
                // Grouped, it is part of the contact of the one that it is made with, as the messages of that contact are.
                let leads = within.as_deref().and_then(parse_key).map(|(number, run, stage, ..)| (number, run, stage));
                let (leader, led_by, stage) = leads.unwrap_or((number, run.id, run.stage));
                let unit = contact_unit(leader, led_by, stage);
                found.push(((key, unit, action.clone(), *tries), within.clone()));
            }
        }
        found
    }

    pub(super) fn client_name(&self) -> String {
        let name = &self.dossier.customer.name;
        if name.is_empty() { self.dossier.client.clone() } else { name.clone() }
    }

    pub(super) fn trigger_all(&mut self, trigger: Trigger) {
        for number in self.numbers() {
            if self.file(&number).is_some_and(|f| f.is_open() && f.taken_over) {
                self.trigger(&number, trigger, false);
            }
        }
    }
}
