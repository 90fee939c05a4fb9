//! Messages that come back after they were accepted.

use crate::depart::Ready;
use crate::generate::Trouble;
use crate::model::{Naive, Origin, Run, Sent, Status};
use relance_core::day::add_days;
use relance_core::machine::Trigger;
use sha2::{Digest, Sha256};

impl Naive<'_> {
    /// A message leaves with its carrier.
    pub fn leaves(&mut self, one: &Ready<'_>, leader: &Ready<'_>) {
        let inv = &self.file.invoices[one.i];
        let Some(run) = inv.runs.iter().find(|run| run.id == one.id).cloned() else { return };
        let within = (self.file.invoices[leader.i].number.clone(), leader.id, leader.stage, leader.k);
        self.file.sent.push(Sent {
            within,
            invoice: inv.number.clone(),
            channel: one.contact.channel.name(),
            attempt: run.items[one.k].attempt,
            run,
            k: one.k,
            accepted: None,
            visit: inv.visit,
            superseded: false,
        });
    }

    /// What the carrier answers instead of taking the message that this one is part of.
    pub fn trouble(&self, i: usize, run: &Run, k: usize) -> Option<Trouble> {
        let number = &self.file.invoices[i].number;
        let own = |s: &&Sent| s.invoice == *number && s.run.id == run.id && s.run.stage == run.stage && s.k == k;
        self.others.trouble(&self.file.sent.iter().rfind(own)?.within.0, self.file.today)
    }

    /// Carriers answer in the order in which messages left, for the invoice that speaks in each first.
    pub fn carriers_answer(&mut self) -> bool {
        let mut changed = false;
        for sent in self.file.sent.clone() {
            let Some(i) = self.file.invoices.iter().position(|inv| inv.number == sent.invoice) else { continue };
            let own = |run: &&Run| run.id == sent.run.id && run.stage == sent.run.stage;
            let Some(run) = self.file.invoices[i].runs.iter().find(own).cloned() else { continue };
            let left = run.items.get(sent.k).is_some_and(|item| item.status == Status::Left);
            if left && let Some(attempt) = self.attempt(i, &run, sent.k) {
                changed |= self.answer(i, &run, sent.k, Status::Left, attempt);
            }
        }
        changed
    }

    /// A carrier refused a message, failed for now, or left it in doubt.
    pub fn not_taken(&mut self, i: usize, run: &Run, k: usize, channel: &str, trouble: Trouble) {
        let by = (self.file.invoices[i].number.clone(), run.id, run.stage, k);
        let (now, client) = (self.file.now, self.file.client.clone());
        let Some(item) = self.file.invoices[i].run(run.id).and_then(|run| run.items.get_mut(k)) else { return };
        match trouble {
            Trouble::Failed => self.fails(i, run.id, k),
            Trouble::Doubt => {
                item.status = Status::Doubt;
                self.note(i, format!("en doute {channel}"));
            }
            Trouble::Later => {
                item.status = Status::Waiting;
                item.tries += 1;
                item.not_before = Some(now + chrono::TimeDelta::minutes(minutes_before(item.tries, &client)));
                self.file.contacts.retain(|c| c.by != by);
            }
        }
    }

    /// The carrier has it.
    pub fn accepted(&mut self, i: usize, run: &Run, k: usize) {
        let (inv, today) = (&self.file.invoices[i], self.file.today);
        let (number, visit) = (inv.number.clone(), inv.visit);
        let own = |s: &&mut Sent| s.invoice == number && s.run.id == run.id && s.run.stage == run.stage && s.k == k;
        if let Some(sent) = self.file.sent.iter_mut().rfind(own) {
            sent.accepted = Some(today);
            sent.visit = visit;
        }
    }

    /// The last message about an invoice comes back, for all that are in it.
    pub fn comes_back(&mut self, number: &str) {
        let last = self.file.sent.iter().rev().find(|s| s.accepted.is_some() && s.invoice == number);
        let Some(within) = last.map(|s| s.within.clone()) else { return };
        let back = |s: &Sent| s.accepted.is_some() && s.within == within;
        let parts: Vec<Sent> = self.file.sent.iter().filter(|s| back(s)).cloned().collect();
        self.file.sent.retain(|s| !back(s));
        for part in parts {
            let Some(i) = self.file.invoices.iter().position(|inv| inv.number == part.invoice) else { continue };
            let running = |run: &&Run| run.id == part.run.id && run.stage == part.run.stage && !run.items.is_empty();
            if self.file.invoices[i].runs.iter().any(|run| running(&run)) {
                self.fails(i, part.run.id, part.k);
            } else {
                self.fails_late(i, &part);
            }
        }
    }

    /// The stage of the message is over: its fallback is a run of its own, unless its time has gone.
    fn fails_late(&mut self, i: usize, part: &Sent) {
        let (today, visit) = (self.file.today, self.file.invoices[i].visit);
        self.note(i, format!("échec {}", part.channel));
        let by = (part.invoice.clone(), part.run.id, part.run.stage, part.k);
        self.unmake_contact(&by);
        let known = part.visit == visit && part.accepted.is_some_and(|on| today <= add_days(on, 30));
        let running = self.file.invoices[i].runs.iter().any(|run| run.id == part.run.id);
        if part.run.origin != Origin::Reaction(Trigger::Failure) || !(known || running) {
            self.events.push((i, Trigger::Failure, None));
        }
        let stage =
            self.sequence(i, part.run.rule).filter(|_| !part.run.lost).and_then(|s| s.stages.get(part.run.stage));
        let fallback = stage.is_some_and(|stage| part.attempt + 1 < stage.items[part.k].0.len());
        let due_came = part.run.origin.is_early() && today >= self.file.invoices[i].due;
        if known && fallback && !due_came && !part.superseded {
            let inv = &mut self.file.invoices[i];
            inv.last_run += 1;
            let mut run = Run { id: inv.last_run, repairs: Some(part.run.chain()), ..part.run.clone() };
            (run.started, run.contacted, run.survivor, run.failed) = (true, true, true, false);
            run.items.iter_mut().for_each(|item| item.status = Status::Done);
            let item = &mut run.items[part.k];
            (item.attempt, item.status, item.approved) = (part.attempt + 1, Status::Waiting, None);
            (item.tries, item.not_before) = (0, None);
            inv.runs.push(run);
            return;
        }
        if known && fallback {
            self.note(i, "annulé");
        }
        if !self.file.to_mend.contains(&part.channel) {
            self.file.to_mend.push(part.channel);
            self.note(i, "tâche *");
        }
        let chain = if known { part.run.chain() } else { part.run.id };
        self.chain_failed(i, chain, part.run.stage);
    }

    /// What failed for good was no contact, and no reminder unless another was started together with it.
    pub fn unmake_contact(&mut self, by: &(String, u32, usize, usize)) {
        let Some(record) = self.file.contacts.iter().find(|c| c.by == *by).cloned() else { return };
        self.file.contacts.retain(|c| c.by != *by);
        let others = self.file.contacts.iter().any(|c| c.unit == record.unit && c.by.0 == by.0);
        for inv in self.file.invoices.iter_mut().filter(|inv| inv.number == by.0 && !others) {
            inv.reminders.retain(|(_, unit)| *unit != record.unit);
        }
    }

    /// A contact failed for good: what never follows a failure is left out of what comes after it.
    pub fn chain_failed(&mut self, i: usize, id: u32, stage: usize) {
        let runs = &mut self.file.invoices[i].runs;
        let chain = runs.iter().find(|run| run.id == id).map_or(id, Run::chain);
        for run in runs.iter_mut().filter(|run| run.id == id || run.id == chain) {
            run.failed = true;
            run.after_failure |= stage < run.stage;
        }
    }

    /// Whether the run waits for the fallback of a message of it that came back.
    pub fn repaired(&self, i: usize, id: u32) -> bool {
        self.file.invoices[i].runs.iter().any(|run| run.repairs == Some(id))
    }
}

/// Clients come back one after the other: a pause of half an hour that doubles up to sixteen, shortened by as many minutes as the client's
/// code says, by half at most.
fn minutes_before(tries: u32, client: &str) -> i64 {
    let longest = [30, 60, 120, 240, 480, 960][(tries as usize - 1).min(5)];
    let digits: String = Sha256::digest(client).iter().map(|byte| format!("{byte:02x}")).collect();
    let drawn = i64::from_str_radix(&digits[..8], 16).unwrap();
    longest - drawn % (longest / 2 + 1)
}
