//! The built-in life of an invoice: what happens outside, and what ends by itself.

use crate::generate::ZONE;
use crate::model::{Contacted, Inv, Naive, Origin, Pause, Run};
use chrono::NaiveDate;
use relance_core::day::{Span, civil_date, start_of_day};
use relance_core::incoming::{Incoming, What};
use relance_core::machine::Trigger;

impl Naive<'_> {
    /// Takes in what happened outside at this instant: clients and invoices make the ground, then money, then the rest by time.
    pub fn take_in(&mut self, mut things: Vec<Incoming>) {
        let rank = |thing: &Incoming| match thing.what {
            What::Customer(_) => 0,
            What::Invoice(_) => 1,
            What::Payment { .. } => 2,
            _ => 3,
        };
        let known = |thing: &Incoming| thing.known.unwrap_or_else(|| start_of_day(thing.effective, ZONE));
        // What is taken over at once came at different moments, and stands in their order.
        things.sort_by_key(|t| (known(t), rank(t), t.effective, t.id.clone()));
        things.sort_by_key(|t| rank(t).min(2));
        for thing in things {
            self.quiet = false;
            self.take(thing);
            self.quiet = false;
        }
    }

    fn take(&mut self, thing: Incoming) {
        match &thing.what {
            What::Customer(customer) if self.file.customer == *customer => {}
            What::Customer(customer) => {
                if self.file.customer.segment != customer.segment {
                    self.file.invoices.iter_mut().for_each(|inv| inv.reselect = true);
                }
                self.file.customer = customer.clone();
                self.file.to_mend.clear();
            }
            What::Invoice(data) => {
                let Some(number) = thing.invoice.clone() else { return };
                self.file.invoices.push(Inv::new(&number, data, self.file.now, self.file.today));
                self.file.invoices.sort_by(|a, b| a.number.cmp(&b.number));
                for i in 0..self.file.invoices.len() {
                    if self.file.invoices[i].number == number && !data.instalments.is_empty() {
                        self.agree(i, &data.instalments);
                    }
                }
                let (known, later) =
                    std::mem::take(&mut self.orphans).into_iter().partition(|t| t.invoice == Some(number.clone()));
                self.orphans = later;
                self.take_in(known);
            }
            _ => match thing.invoice.clone() {
                None => self.take_for_client(thing),
                Some(number) => match self.file.invoices.iter().position(|inv| inv.number == number) {
                    Some(i) => self.take_for_invoice(i, thing),
                    None => self.orphans.push(thing),
                },
            },
        }
    }

    fn take_for_client(&mut self, thing: Incoming) {
        // Invoices that are taken over at this very moment have only a history.
        let running = |inv: &Inv| inv.balance > 0 && inv.came < self.file.now;
        let all: Vec<usize> = (0..self.file.invoices.len()).filter(|&i| running(&self.file.invoices[i])).collect();
        match thing.what {
            What::Payment { amount } | What::CreditNote { amount } => {
                *self.file.credits.entry(amount.currency).or_default() += amount.cents;
            }
            What::Reversal { amount } => *self.file.credits.entry(amount.currency).or_default() -= amount.cents,
            What::Stop { until } => {
                (self.file.stopped, self.file.stopped_until) = (true, until);
                all.into_iter().for_each(|i| self.happens(i, Trigger::Stop));
            }
            What::Resume { catch_up, .. } => {
                self.file.stopped_until = None;
                if !std::mem::take(&mut self.file.stopped) {
                    return;
                }
                for i in all {
                    self.happens(i, Trigger::Resume);
                    if !catch_up && !self.file.invoices[i].stopped {
                        self.pass_over(i, false);
                    }
                }
            }
            What::Insolvency { judgment } => {
                let new = self.file.insolvent.replace(judgment) != Some(judgment);
                let claimed: Vec<usize> = all.into_iter().filter(|&i| new && self.frozen(i)).collect();
                claimed.into_iter().for_each(|i| self.note(i, "tâche *"));
            }
            What::InsolvencyClosed => self.file.insolvent = None,
            _ => {}
        }
    }

    fn happens(&mut self, i: usize, on: Trigger) {
        if !self.quiet {
            self.events.push((i, on, None));
        }
    }

    fn take_for_invoice(&mut self, i: usize, thing: Incoming) {
        let (at, day) = (self.file.invoices[i].taken_over_at, self.file.invoices[i].taken_over);
        let known = thing.known.unwrap_or_else(|| start_of_day(thing.effective, ZONE));
        let money = matches!(thing.what, What::Payment { .. } | What::CreditNote { .. });
        // Known when the invoice was taken over: history, never an event. So is what was paid before.
        let before = self.file.invoices[i].selected_on.is_none() && known <= at && thing.effective <= day;
        let history = before || money && thing.effective < day;
        self.quiet = history;
        // A person who moves an invoice moves it now; what is no history finds the invoice taken over.
        let jump = matches!(thing.what, What::Jump { .. });
        if self.file.invoices[i].selected_on.is_none() && (jump || !history) {
            self.select(i);
        }
        let calendar = self.settings(i).calendar;
        let known_on = civil_date(known, ZONE);
        match thing.what {
            What::Payment { amount } => {
                if !history {
                    for target in self.file.invoices[i].handed_over.clone() {
                        self.note(i, format!("alerte {target}"));
                    }
                }
                self.pays(i, amount.cents, thing.effective, Trigger::PartialPayment)
            }
            What::CreditNote { amount } => self.pays(i, amount.cents, thing.effective, Trigger::CreditNote),
            What::Reversal { amount } => self.reversed(i, amount.cents, thing.effective),
            What::DisputeOpened { amount, .. } => {
                if self.file.invoices[i].balance == 0 {
                    return;
                }
                self.file.invoices[i].disputes.push((amount.map(|a| a.cents), false));
                self.happens(i, Trigger::DisputeOpened);
            }
            What::DisputeClosed => {
                if !self.file.invoices[i].disputes.is_empty() {
                    self.file.invoices[i].disputes.remove(0);
                    self.happens(i, Trigger::DisputeClosed);
                }
            }
            What::Promise { by, amount } => {
                if self.file.invoices[i].balance == 0 {
                    return;
                }
                let until = calendar.add_business_days(by, 2);
                let pause = Pause { amount: amount.map(|a| a.cents), until, paid: 0, unpaused: false };
                self.file.invoices[i].promise = Some(pause);
                self.happens(i, Trigger::Promise);
            }
            What::PaymentAnnounced { amount } => {
                if self.file.invoices[i].balance == 0 {
                    return;
                }
                let until = calendar.add_business_days(known_on, 2);
                let pause = Pause { amount: amount.map(|a| a.cents), until, paid: 0, unpaused: false };
                self.file.invoices[i].announced = Some(pause);
                self.happens(i, Trigger::PaymentAnnounced);
            }
            What::Stop { until } => {
                (self.file.invoices[i].stopped, self.file.invoices[i].stopped_until) = (true, until);
                self.happens(i, Trigger::Stop);
            }
            What::Resume { catch_up, .. } => {
                let today = self.file.today;
                let inv = &mut self.file.invoices[i];
                inv.rule_hold = inv.rule_hold.filter(|(until, _)| until.is_none_or(|until| today <= until));
                if !inv.stopped && inv.rule_hold.is_none() {
                    return;
                }
                (inv.stopped, inv.stopped_until) = (false, None);
                inv.rule_hold = None;
                if !catch_up {
                    self.pass_over(i, false);
                }
                self.happens(i, Trigger::Resume);
            }
            What::Reply => {
                if self.file.invoices[i].balance == 0 {
                    return;
                }
                self.file.invoices[i].reply_until = Some(calendar.add_business_days(known_on, 5));
                self.happens(i, Trigger::Reply);
            }
            What::DueDateMoved { to } => {
                if self.file.invoices[i].due == to {
                    return;
                }
                let inv = &mut self.file.invoices[i];
                inv.due = to;
                let current = inv.instalment;
                if let Some(part) = inv.instalments.get_mut(current) {
                    part.due = to;
                }
                inv.due_moved = !history;
                inv.due_hold_lifted = false;
                self.happens(i, Trigger::DueDateMoved);
            }
            What::PaymentPlan { instalments } if self.file.invoices[i].balance > 0 => self.agree(i, &instalments),
            What::PaymentPlan { .. } => {}
            What::Jump { state, .. } => self.jump(i, &state),
            What::Approval { granted, .. } => self.answer_oldest_approval(i, granted),
            What::External { name } => {
                if !history {
                    self.events.push((i, Trigger::External, Some(name)));
                }
            }
            What::PastReminder { .. } => {
                let unit = thing.id.clone();
                let by = (String::new(), 0, 0, 0);
                self.file.contacts.push(Contacted { on: thing.effective, unit: unit.clone(), by });
                let inv = &mut self.file.invoices[i];
                if thing.effective >= inv.due {
                    inv.reminders.push((thing.effective, unit));
                }
            }
            What::Done { .. }
            | What::Comment { .. }
            | What::Segment { .. }
            | What::Waiver { .. }
            | What::HandOver { .. }
            | What::Task { .. }
            | What::Bounced { .. }
            | What::Delivered { .. }
            | What::Tracked(_)
            | What::AddressConfirmed { .. }
            | What::DoubtSettled { .. }
            | What::Insolvency { .. }
            | What::InsolvencyClosed
            | What::Customer(_)
            | What::Invoice(_) => {}
        }
    }

    /// Money that lowers the balance (raises it, when negative).
    fn pays(&mut self, i: usize, cents: i64, on: NaiveDate, trigger: Trigger) {
        // A promise whose last day has gone is broken before money that came later is looked at.
        let inv = &self.file.invoices[i];
        let before_our_time = inv.promise.as_ref().is_some_and(|p| p.until < inv.taken_over);
        if trigger == Trigger::PartialPayment && self.file.invoices[i].promise.take_if(|p| p.until < on).is_some() {
            self.file.invoices[i].promises_broken += 1;
            self.note(i, "promesse rompue");
            if !before_our_time {
                self.happens(i, Trigger::PromiseBroken);
            }
        }
        let inv = &mut self.file.invoices[i];
        let before = inv.balance;
        let rest = inv.balance - inv.surplus - cents;
        let more = (-rest).max(0) - inv.surplus;
        inv.surplus += more;
        inv.balance = rest.max(0);
        if trigger == Trigger::PartialPayment {
            if let Some(promise) = &mut inv.promise {
                promise.paid += cents;
            }
            if let Some(left) = inv.announced.as_mut().and_then(|a| a.amount.as_mut()) {
                *left -= cents;
            }
        }
        let currency = inv.data.currency();
        *self.file.credits.entry(currency).or_default() += more;
        self.follow_instalments(i);
        let inv = &mut self.file.invoices[i];
        if inv.balance == 0 && before > 0 {
            inv.settled_on = Some(on);
            let inv = &mut self.file.invoices[i];
            let promised = inv.promise.take().is_some();
            inv.announced = None;
            inv.reopened_until = None;
            inv.suspended_since = None;
            if promised && trigger == Trigger::PartialPayment {
                self.note(i, "promesse tenue");
                self.happens(i, Trigger::PromiseKept);
            }
            if trigger == Trigger::CreditNote {
                self.happens(i, trigger);
            }
            self.settled(i);
        } else if inv.balance > 0 && before == 0 {
            self.reopened(i, on);
            self.happens(i, trigger);
        } else {
            let kept = inv.promise.take_if(|p| p.amount.is_some_and(|amount| p.paid >= amount)).is_some();
            let open = inv.balance > 0;
            if kept {
                self.note(i, "promesse tenue");
                self.happens(i, Trigger::PromiseKept);
            }
            if open || trigger == Trigger::CreditNote {
                self.happens(i, trigger);
            }
        }
    }

    /// The balance reached 0: everything pending stops.
    fn settled(&mut self, i: usize) {
        if !self.quiet {
            self.note(i, "soldée");
        }
        self.file.invoices[i].visit += 1;
        let runs = std::mem::take(&mut self.file.invoices[i].runs);
        for run in &runs {
            if self.pending(i, run) {
                self.note(i, "annulé");
            }
        }
        self.file.invoices[i].parked.extend(runs);
        if !self.quiet && !std::mem::replace(&mut self.file.invoices[i].settled_once, true) {
            self.happens(i, Trigger::Settled);
        }
    }

    fn reversed(&mut self, i: usize, cents: i64, on: NaiveDate) {
        let inv = &mut self.file.invoices[i];
        let before = inv.balance;
        if let Some(promise) = &mut inv.promise {
            promise.paid -= cents;
        }
        let from_surplus = cents.min(inv.surplus);
        inv.surplus -= from_surplus;
        inv.balance += cents - from_surplus;
        let (after, currency) = (inv.balance, inv.data.currency());
        *self.file.credits.entry(currency).or_default() -= from_surplus;
        self.follow_instalments(i);
        if before == 0 && after > 0 {
            self.reopened(i, on);
        }
        self.happens(i, Trigger::Reversal);
    }

    /// A settled invoice owes again: it stands where it stood, held for three working days.
    fn reopened(&mut self, i: usize, on: NaiveDate) {
        let doomed: Vec<u32> = self.file.invoices[i].runs.iter().map(|r| r.id).collect();
        doomed.into_iter().for_each(|id| self.cancel(i, id));
        let until = self.settings(i).calendar.add_business_days(self.file.today, 3);
        let inv = &mut self.file.invoices[i];
        inv.settled_on = None;
        inv.reopened_until = Some(if self.quiet { on } else { until });
        self.note(i, "rouverte");
        if !self.quiet && self.file.invoices[i].stale {
            self.republish(i);
        } else if !self.quiet {
            self.select(i);
        }
    }

    /// Whether the debt is from before the judgment.
    pub fn frozen(&self, i: usize) -> bool {
        let inv = &self.file.invoices[i];
        inv.balance > 0 && self.file.insolvent.is_some_and(|judgment| inv.data.issued < judgment)
    }

    /// Whether something holds the invoice; `ignored` is the event whose own hold does not count.
    pub fn held(&self, i: usize, ignored: Option<Trigger>, run: Option<u32>) -> bool {
        use Trigger::{CreditNote, PartialPayment, PaymentAnnounced, Promise};
        let inv = &self.file.invoices[i];
        if inv.balance == 0 {
            return false;
        }
        let unless = |on: Trigger| ignored != Some(on);
        let today = self.file.today;
        // What left nothing but the disputed part created that hold, when the suspension began with it.
        let own = inv.runs.iter().find(|r| Some(r.id) == run);
        let started = own.map(|r| r.fired_on);
        let chain = own.map(Run::chain).or(run);
        let began_with_it = inv.suspended_since.is_none() || inv.suspended_since == started;
        let money = matches!(ignored, Some(PartialPayment | CreditNote | Promise | PaymentAnnounced));
        let own_dispute_hold = money && began_with_it;
        let within = |until: Option<NaiveDate>| until.is_some_and(|until| today <= until);
        (unless(Trigger::Stop) && (inv.stopped || self.file.stopped))
            || (unless(Trigger::Reply) && within(inv.reply_until))
            || (unless(Trigger::Reversal) && within(inv.reopened_until))
            || (unless(Trigger::DueDateMoved) && self.not_yet_due_again(i))
            || inv.rule_hold.is_some_and(|(until, by)| until.is_none_or(|u| today <= u) && chain != Some(by))
            || self.frozen(i)
            || (unless(Trigger::DisputeOpened) && !own_dispute_hold && self.nothing_else_collectable(i))
    }

    /// A moved due date lies ahead.
    pub fn not_yet_due_again(&self, i: usize) -> bool {
        let inv = &self.file.invoices[i];
        inv.due_moved && !inv.due_hold_lifted && self.file.today < inv.due
    }

    /// Whether a dispute leaves nothing to ask for.
    fn nothing_else_collectable(&self, i: usize) -> bool {
        use crate::evaluate::{announced, covered, disputed, promised, to_come};
        let inv = &self.file.invoices[i];
        let dispute = disputed(inv);
        let credits = covered(&self.file, i);
        dispute > 0
            && inv.balance - to_come(inv, self.file.today) - dispute - promised(inv) - announced(inv) - credits <= 0
    }

    /// Takes back the built-in effect of an event that a reaction replaces.
    pub fn take_back(&mut self, i: usize, on: Trigger) {
        let inv = &mut self.file.invoices[i];
        match on {
            Trigger::DisputeOpened => inv.disputes.iter_mut().last().into_iter().for_each(|d| d.1 = true),
            Trigger::Promise => inv.promise.iter_mut().for_each(|p| p.unpaused = true),
            Trigger::PaymentAnnounced => inv.announced.iter_mut().for_each(|a| a.unpaused = true),
            Trigger::Reply => inv.reply_until = None,
            Trigger::Stop => (inv.stopped, inv.stopped_until) = (false, None),
            Trigger::DueDateMoved => inv.due_hold_lifted = true,
            Trigger::Reversal => {
                inv.reopened_until = None;
                if inv.balance > 0 {
                    let parked = std::mem::take(&mut inv.parked);
                    inv.runs.extend(parked);
                    self.cancel_lost(i);
                }
            }
            _ => {}
        }
    }

    /// What ends by itself.
    pub fn expire(&mut self) {
        self.end_pauses();
        for i in 0..self.file.invoices.len() {
            let today = self.file.today;
            let inv = &mut self.file.invoices[i];
            if inv.balance == 0 {
                continue;
            }
            let past = |until: Option<NaiveDate>| until.is_some_and(|until| until < today);
            inv.announced.take_if(|a| a.until < today);
            if past(inv.reply_until) {
                inv.reply_until = None;
            }
            if past(inv.reopened_until) {
                inv.reopened_until = None;
                let parked = std::mem::take(&mut inv.parked);
                inv.runs.extend(parked.into_iter().map(|run| Run { reached: today, ..run }));
                self.cancel_lost(i);
            }
            let inv = &mut self.file.invoices[i];
            if inv.rule_hold.is_some_and(|(until, _)| past(until)) {
                inv.rule_hold = None;
            }
            let inv = &mut self.file.invoices[i];
            let before_our_time = inv.promise.as_ref().is_some_and(|p| p.until < inv.taken_over);
            if inv.balance > 0 && inv.promise.take_if(|p| p.until < today).is_some() {
                inv.promises_broken += 1;
                self.note(i, "promesse rompue");
                if !before_our_time {
                    self.events.push((i, Trigger::PromiseBroken, None));
                }
            }
            self.early_runs_end(i);
            self.miss_instalments(i);
            self.expire_approvals(i);
        }
    }

    /// What a rung below 0 began ends on the due day.
    fn early_runs_end(&mut self, i: usize) {
        let inv = &self.file.invoices[i];
        if self.file.today >= inv.due {
            let doomed: Vec<u32> = inv.runs.iter().filter(|r| r.origin.is_early()).map(|r| r.id).collect();
            doomed.into_iter().for_each(|id| self.cancel(i, id));
        }
    }

    /// Journals the beginning and the end of suspensions; waits and the clock of the state are longer by what lay inside.
    pub fn suspensions(&mut self) {
        for i in 0..self.file.invoices.len() {
            let today = self.file.today;
            let calendar = self.settings(i).calendar;
            let held = self.file.invoices[i].balance > 0 && self.held(i, None, None);
            let inv = &mut self.file.invoices[i];
            match (held, inv.suspended_since) {
                (true, None) => {
                    inv.suspended_since = Some(today);
                    self.note(i, "suspendue");
                }
                (false, Some(since)) => {
                    inv.suspended_since = None;
                    inv.put_clocks_off(since, today, &calendar);
                    // Each working day that lay inside puts off by one what counts them.
                    let lost: Vec<NaiveDate> =
                        since.iter_days().take_while(|d| *d < today).filter(|d| calendar.is_business_day(*d)).collect();
                    let put_off = |day: NaiveDate, start: NaiveDate| {
                        lost.iter().filter(|d| **d >= start).fold(day, |day, _| calendar.add_business_days(day, 1))
                    };
                    for run in &mut inv.runs {
                        if run.started || run.ready <= run.reached || began_the_hold(run) {
                            continue;
                        }
                        if run.working_days {
                            run.ready = put_off(run.ready, run.reached);
                        } else {
                            run.ready += today - run.reached.max(since).min(today);
                        }
                    }
                    self.note(i, "fin de suspension");
                }
                _ => {}
            }
        }
    }

    /// The day after a wait that begins today.
    pub fn after(&self, i: usize, span: Span) -> NaiveDate {
        span.after(self.file.today, &self.settings(i).calendar)
    }
}

/// Whether the event that a sequence answers may have suspended the invoice itself.
fn began_the_hold(run: &Run) -> bool {
    use Trigger::{DisputeOpened, DueDateMoved, Reply, Reversal, Stop};
    matches!(run.origin, Origin::Reaction(Stop | Reply | DisputeOpened | Reversal | DueDateMoved))
}
