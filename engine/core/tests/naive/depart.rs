//! What leaves: the sending window, the cap of the client, the order, and messages for several invoices.

use crate::evaluate::{holds, late};
use crate::model::{Contacted, Naive, Origin, Run, Status};
use crate::sequence::{cause_stands, ignored, wanted};
use relance_core::day::add_days;
use relance_core::machine::{Action, Channel, Clock, Contact, Nature};

/// A contact that waits, and may go as far as its invoice is concerned.
#[derive(Clone)]
pub struct Ready<'a> {
    pub i: usize,
    pub id: u32,
    pub stage: usize,
    pub k: usize,
    unit: String,
    origin: Origin,
    pub contact: &'a Contact,
    /// Its reason has gone: it is cancelled when its slot comes.
    gone: bool,
}

impl<'a> Naive<'a> {
    /// Whether messages of the invoice's scenario may leave at this moment.
    fn open(&self, i: usize) -> bool {
        use chrono::Datelike;
        let settings = self.settings(i);
        let weekday = self.file.today.weekday().num_days_from_monday() as usize;
        let window = settings.window;
        window.days[weekday]
            && settings.calendar.holiday(self.file.today).is_none()
            && (window.opens..window.closes).contains(&self.file.minute)
    }

    /// Whether the cap allows one more contact, or this unit has its place already.
    pub fn room(&self, i: usize, unit: Option<&str>) -> bool {
        let Some(cap) = self.settings(i).cap else { return true };
        let since = add_days(self.file.today, 1 - i64::from(cap.days));
        let recent = self.file.contacts.iter().filter(|c| c.on >= since);
        let mut units: Vec<&str> = recent.map(|c| c.unit.as_str()).collect();
        units.sort_unstable();
        units.dedup();
        unit.is_some_and(|unit| units.contains(&unit)) || units.len() < cap.contacts as usize
    }

    /// Whether the window is open and the cap has room for this one.
    fn slot(&self, r: &Ready<'_>) -> bool {
        self.open(r.i) && (r.contact.nature == Nature::Information || self.room(r.i, Some(&r.unit)))
    }

    /// Sends what may leave, in the order of the contract.
    pub fn departures(&mut self) {
        let mut ready = self.ready();
        let rank = |r: &Ready<'_>| {
            let inv = &self.file.invoices[r.i];
            let (class, rung) = match r.origin {
                Origin::Reaction(_) => (0, 0),
                Origin::Rung(n, _) | Origin::Internal(n, _) | Origin::Entry(n) => (1, -n.abs()),
                Origin::Free => (2, 0),
            };
            (class, rung, -late(inv, self.file.today), -inv.balance, inv.number.clone(), r.id, r.k)
        };
        ready.sort_by_key(|r| rank(r));
        while !ready.is_empty() {
            let first = ready.remove(0);
            if !self.waits(&first) || !self.slot(&first) {
                continue;
            }
            if first.gone {
                self.give_up(&first);
                continue;
            }
            if !self.has_address(&first) {
                self.fails(first.i, first.id, first.k);
                continue;
            }
            let mut together = vec![first.clone()];
            if self.settings(first.i).group {
                let mut rest = vec![];
                for one in ready {
                    let twice = together.iter().any(|other| other.i == one.i);
                    if twice || !self.joins(&first, &one) {
                        rest.push(one);
                    } else if self.has_address(&one) {
                        together.push(one);
                    } else {
                        self.fails(one.i, one.id, one.k);
                    }
                }
                ready = rest;
            }
            self.send(together);
        }
    }

    /// Whether it still waits: an earlier one may have ended its run.
    fn waits(&self, r: &Ready<'_>) -> bool {
        let run = self.file.invoices[r.i].runs.iter().find(|run| run.id == r.id);
        run.and_then(|run| run.items.get(r.k)).is_some_and(|item| item.status == Status::Waiting)
    }

    fn give_up(&mut self, r: &Ready<'_>) {
        let Some(run) = self.file.invoices[r.i].run(r.id).cloned() else { return };
        self.cancel(r.i, r.id);
        self.entry_over(r.i, &run, false);
    }

    /// Whether two contacts become one message.
    fn joins(&self, a: &Ready<'_>, b: &Ready<'_>) -> bool {
        let of = |r: &Ready<'_>| {
            let c = r.contact;
            let early = r.origin.is_early() && c.nature == Nature::Reminder;
            (
                c.channel,
                c.to.clone(),
                c.copy.clone(),
                c.language_for(c.template.as_deref(), self.file.customer.language.as_deref()),
                self.file.invoices[r.i].data.currency(),
                c.nature,
                early,
            )
        };
        !b.gone && self.settings(b.i).group && self.open(b.i) && self.waits(b) && of(a) == of(b)
    }

    fn ready(&mut self) -> Vec<Ready<'a>> {
        let mut ready = vec![];
        for i in 0..self.file.invoices.len() {
            for run in self.file.invoices[i].runs.clone() {
                let Some(sequence) = self.sequence(i, run.rule) else { continue };
                let mut own = vec![];
                for (k, item) in run.items.iter().enumerate() {
                    let attempt = &sequence.stages[run.stage].items[k].0[item.attempt];
                    let Action::Contact(contact) = &attempt.action else { continue };
                    let inv = &self.file.invoices[i];
                    let approved =
                        attempt.approval.is_none() || item.approved == Some((inv.balance, inv.progress.position));
                    let delayed = item.not_before.is_some_and(|at| at > self.file.now);
                    if item.status != Status::Waiting || !approved || delayed {
                        continue;
                    }
                    let unit = format!("{} {} {}", inv.number, run.id, run.stage);
                    own.push(Ready {
                        i,
                        id: run.id,
                        stage: run.stage,
                        k,
                        unit,
                        origin: run.origin,
                        contact,
                        gone: false,
                    });
                }
                let gone = !self.still_meant(i, &run, &own);
                let waits = self.held(i, ignored(run.origin), Some(run.id))
                    || self.repaired(i, run.id)
                    || self.behind_reaction(i, &run)
                    || own.iter().any(|r| !wanted(self, i, &run, r.contact))
                    || !self.day_has_come(i, &run);
                if gone || !waits {
                    ready.extend(own.into_iter().map(|r| Ready { gone, ..r }));
                }
            }
        }
        ready
    }

    /// The contact of a reaction goes before those of a rung.
    fn behind_reaction(&self, i: usize, run: &Run) -> bool {
        matches!(run.origin, Origin::Rung(..)) && run.repairs.is_none() && self.reaction_ahead(i)
    }

    /// A due date that was moved takes the day of a rung with it.
    fn day_has_come(&self, i: usize, run: &Run) -> bool {
        let Some(state) = self.machine(i).and_then(|m| m.state(&run.state)) else { return true };
        let Some(rule) = state.rules.iter().find(|r| r.id == run.rule) else { return true };
        run.contacted || rule.branches.iter().any(|b| self.reached(i, b))
    }

    fn reached(&self, i: usize, branch: &relance_core::machine::Branch) -> bool {
        let due_only = branch.bounds.iter().all(|b| b.clock == Clock::Due);
        !due_only || branch.bounds.is_empty() || self.rung(i, branch).is_some_and(|r| r.day <= self.file.today)
    }

    /// The rule's guard, or the cause of a reaction, is read again before the first contact; the end of the debt before each.
    fn still_meant(&self, i: usize, run: &Run, own: &[Ready<'_>]) -> bool {
        use relance_core::machine::Trigger::{CreditNote, PromiseKept, Settled};
        let asks = own.iter().any(|r| r.contact.nature != Nature::Information);
        if let Origin::Reaction(on) = run.origin {
            let stands = run.contacted || cause_stands(self, i, on);
            let open = self.file.invoices[i].balance > 0;
            return stands && (open || !asks || matches!(on, Settled | PromiseKept | CreditNote));
        }
        if self.file.invoices[i].balance == 0 {
            return false;
        }
        let waits = self.held(i, ignored(run.origin), Some(run.id))
            || self.repaired(i, run.id)
            || self.behind_reaction(i, run)
            || own.iter().any(|r| !wanted(self, i, run, r.contact))
            || !self.day_has_come(i, run);
        if run.contacted || waits {
            return true;
        }
        let calendar = self.settings(i).calendar;
        // The rung and the state are those from which the rule fired: neither its own firing nor leaving the state cancels it.
        let mut facts = self.file.clone();
        facts.invoices[i].state = run.state.clone();
        facts.invoices[i].progress.position = run.standing;
        if let Some(visited) = &run.visited {
            facts.invoices[i].visited = visited.clone();
        }
        let holds = |guard| holds(guard, &facts, i, &calendar);
        let Some(state) = self.machine(i).and_then(|m| m.state(&run.state)) else { return true };
        if let Some(rule) = state.rules.iter().find(|r| r.id == run.rule) {
            return rule.branches.iter().any(|b| self.reached(i, b) && holds(&b.guard));
        }
        state.entry.iter().find(|r| r.id == run.rule).is_none_or(|r| holds(&r.guard))
    }

    /// Whether somebody can be reached by this channel. Whoever posts a letter can find an address, unless a fallback says better.
    fn has_address(&self, r: &Ready<'_>) -> bool {
        let customer = &self.file.customer;
        match r.contact.channel {
            Channel::Email => customer.email.is_some(),
            Channel::Sms | Channel::Call => customer.phone.is_some(),
            Channel::Letter | Channel::RegisteredLetter => {
                customer.address.is_some() || !self.has_fallback(r.i, r.id, r.k)
            }
        }
    }

    /// Contacts that leave as one: the firmest speaks, then `retard`, amount and number decide.
    fn send(&mut self, mut together: Vec<Ready<'_>>) {
        let today = self.file.today;
        together.sort_by_key(|r| {
            let inv = &self.file.invoices[r.i];
            (std::cmp::Reverse(r.contact.tone), -late(inv, today), -inv.balance, inv.number.clone(), r.id, r.k)
        });
        let leader = together[0].clone();
        for one in together {
            if one.contact.nature != Nature::Information {
                let by = (self.file.invoices[one.i].number.clone(), one.id, one.stage, one.k);
                self.file.contacts.push(Contacted { on: today, unit: leader.unit.clone(), by });
            }
            let status = if one.contact.channel.by_hand() {
                let template = one.contact.template.clone().unwrap_or_default();
                self.note(one.i, format!("envoi {} {template}", one.contact.channel.name()));
                Status::Listed { tries: 0 }
            } else {
                Status::Left
            };
            let by_hand = one.contact.channel.by_hand();
            if !by_hand {
                self.leaves(&one, &leader);
            }
            if let Some(run) = self.file.invoices[one.i].run(one.id) {
                run.contacted |= by_hand;
                run.items[one.k].status = status;
                run.items[one.k].template = leader.contact.template.clone().unwrap_or_default();
            }
        }
    }
}
