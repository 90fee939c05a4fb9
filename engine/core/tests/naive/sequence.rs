//! What rules do: sequences, their contacts, and the states that they lead to.

use crate::evaluate::{collectable, holds, notice_allowed};
use crate::model::{Item, Naive, Origin, Progress, Run, Sent, Status};
use relance_core::day::{Span, add_days};
use relance_core::machine::{Action, Attempt, Channel, Contact, Nature, RuleId, SequenceStage, Trigger, Value};

impl<'a> Naive<'a> {
    /// A rule fires: its sequence begins.
    pub fn fire(&mut self, i: usize, rule: RuleId, origin: Origin, lifted: bool) {
        let today = self.file.today;
        let standing = self.facts.invoices.get(i).and_then(|inv| inv.progress.position);
        let Some(sequence) = self.sequence(i, rule) else { return };
        let kind = match origin {
            Origin::Entry(_) => "entrée".to_owned(),
            Origin::Rung(r, _) | Origin::Internal(r, _) => format!("palier {r}"),
            Origin::Free => "libre".to_owned(),
            Origin::Reaction(_) => "réaction".to_owned(),
        };
        self.note(i, format!("règle {} {kind}", rule.0));
        let inv = &mut self.file.invoices[i];
        inv.last_run += 1;
        let id = inv.last_run;
        if matches!(origin, Origin::Rung(..) | Origin::Internal(..) | Origin::Free) {
            inv.progress.fired.push(rule);
        }
        if matches!(origin, Origin::Reaction(_)) && sequence.has_contact() {
            inv.after_reaction = true;
        }
        let (state, stay) = (inv.state.clone(), inv.stay);
        if let Origin::Rung(rung, _) = origin {
            let lower = |s: &&mut Sent| matches!(s.run.origin, Origin::Rung(n, _) if n < rung) && s.run.stay == stay;
            let number = inv.number.clone();
            let own = self.file.sent.iter_mut().filter(|s| s.invoice == number);
            own.filter(lower).for_each(|s| s.superseded = true);
        }
        let inv = &mut self.file.invoices[i];
        // What enters a state stands on no rung of it yet.
        let standing = if matches!(origin, Origin::Entry(_)) { inv.progress.position } else { standing };
        inv.runs.push(Run {
            id,
            rule,
            origin,
            state,
            stay,
            fired_on: today,
            stage: 0,
            reached: today,
            ready: today,
            working_days: false,
            items: vec![],
            started: false,
            contacted: false,
            failed: false,
            survivor: false,
            after_failure: false,
            standing,
            visited: None,
            refused: false,
            lifted,
            repairs: None,
            lost: false,
        });
        self.reach(i, id, 0);
    }

    fn stage(&self, i: usize, run: &Run) -> Option<&'a SequenceStage> {
        self.sequence(i, run.rule)?.stages.get(run.stage)
    }

    fn get(&self, i: usize, id: u32) -> Option<Run> {
        self.file.invoices[i].runs.iter().find(|r| r.id == id).cloned()
    }

    /// A stage is the next one; it begins after its wait.
    fn reach(&mut self, i: usize, id: u32, stage: usize) {
        let today = self.file.today;
        let Some(rule) = self.get(i, id).map(|r| r.rule) else { return };
        let Some(next) = self.sequence(i, rule).and_then(|s| s.stages.get(stage)) else {
            return self.end(i, id);
        };
        let calendar = self.settings(i).calendar;
        let wait = next.wait.as_ref().and_then(|w| crate::evaluate::value(w, &self.facts, i, &calendar));
        let (ready, working_days) = match wait {
            Some(Value::Duration(span)) => {
                (span.after(today, &calendar).max(today), matches!(span, Span::BusinessDays(_)))
            }
            _ => (today, false),
        };
        if let Some(run) = self.file.invoices[i].run(id) {
            run.stage = stage;
            run.reached = today;
            run.ready = ready;
            run.working_days = working_days;
            run.started = false;
            run.after_failure = run.failed;
            run.items.clear();
        }
    }

    /// A run goes on: a stage begins on its day, and the next is reached when all of it is done. While it is held nothing moves, but
    /// what a reaction does without a contact, a wait or an approval.
    fn advance(&mut self, i: usize, id: u32) {
        let Some(run) = self.get(i, id) else { return };
        let held = self.held(i, ignored(run.origin), Some(id));
        let stage = self.stage(i, &run);
        if held && (!matches!(run.origin, Origin::Reaction(_)) || stage.is_some_and(|stage| stage.wait.is_some())) {
            return;
        }
        let Some(stage) = stage else { return self.end(i, id) };
        if run.started {
            if run.items.iter().all(|item| item.status.is_over()) {
                return self.stage_done(i, &run);
            }
        } else if run.ready > self.file.today || self.repaired(i, id) {
            return;
        } else if let Some(run) = self.file.invoices[i].run(id) {
            run.started = true;
            run.items = vec![
                Item {
                    attempt: 0,
                    status: Status::Waiting,
                    tries: 0,
                    not_before: None,
                    template: String::new(),
                    approved: None
                };
                stage.items.len()
            ];
        }
        // What joins an `aller à` begins before the state is left.
        let Some(run) = self.get(i, id) else { return };
        let leaves = |k: &usize| {
            let goes = |a: &Attempt| matches!(a.action, Action::GoTo { .. });
            stage.items[*k].0.get(run.items[*k].attempt).is_some_and(goes)
        };
        let (last, first): (Vec<usize>, Vec<usize>) = (0..stage.items.len()).partition(leaves);
        for k in first.into_iter().chain(last) {
            self.begin(i, id, k, held);
        }
    }

    fn stage_done(&mut self, i: usize, run: &Run) {
        let stages = self.sequence(i, run.rule).map_or(0, |s| s.stages.len());
        if run.refused {
            self.cancel(i, run.id);
            self.entry_over(i, run, false);
        } else if run.survivor || run.stage + 1 >= stages {
            self.end(i, run.id);
        } else {
            self.reach(i, run.id, run.stage + 1);
        }
    }

    pub fn attempt(&self, i: usize, run: &Run, k: usize) -> Option<&'a Attempt> {
        let item = run.items.get(k)?;
        self.stage(i, run)?.items.get(k)?.0.get(item.attempt)
    }

    fn set(&mut self, i: usize, id: u32, k: usize, status: Status) {
        if let Some(item) = self.file.invoices[i].run(id).and_then(|run| run.items.get_mut(k)) {
            item.status = status;
        }
    }

    /// Begins one action that waits: asks for its approval first, when it needs one that counts for what stands now.
    fn begin(&mut self, i: usize, id: u32, k: usize, held: bool) {
        let Some(run) = self.get(i, id) else { return };
        let Some(attempt) = self.attempt(i, &run, k) else { return };
        if run.items[k].status != Status::Waiting {
            return;
        }
        if run.after_failure && never_after_failure(&attempt.action) {
            self.set(i, id, k, Status::Failed);
            return self.note(i, "annulé");
        }
        let inv = &self.file.invoices[i];
        let (balance, position) = (inv.balance, inv.progress.position);
        if attempt.approval.is_some() && run.items[k].approved != Some((balance, position)) {
            if held {
                return;
            }
            let until = self.settings(i).calendar.add_business_days(self.file.today, 10);
            self.set(i, id, k, Status::Approving { until, balance, position });
            return self.note(i, "validation");
        }
        self.perform(i, id, k, &attempt.action);
    }

    fn perform(&mut self, i: usize, id: u32, k: usize, action: &Action) {
        let listed = Status::Listed { tries: 0 };
        match action {
            Action::Contact(_) => self.set(i, id, k, Status::Waiting),
            Action::Task { text, .. } => {
                self.note(i, format!("tâche {text}"));
                self.set(i, id, k, listed);
            }
            Action::Alert { target } => {
                self.note(i, format!("alerte {target}"));
                self.set(i, id, k, Status::Done);
            }
            Action::Note { text } => {
                self.note(i, format!("note {text}"));
                self.set(i, id, k, Status::Done);
            }
            Action::HandOver { target } => {
                self.note(i, format!("transmis {target}"));
                if !self.file.invoices[i].handed_over.contains(target) {
                    self.file.invoices[i].handed_over.push(target.clone());
                }
                self.set(i, id, k, Status::Done);
            }
            Action::Suspend { length } => {
                let until = length.map(|l| add_days(self.after(i, l), -1));
                let by = self.get(i, id).map_or(id, |r| r.chain());
                self.file.invoices[i].rule_hold = Some((until, by));
                self.note(i, format!("suspendue par règle {until:?}"));
                self.set(i, id, k, Status::Done);
            }
            Action::Resume => {
                self.file.invoices[i].rule_hold = None;
                self.note(i, "reprise par règle");
                self.set(i, id, k, Status::Done);
            }
            Action::Continue => self.set(i, id, k, Status::Done),
            Action::GoTo { state } => {
                self.set(i, id, k, Status::Done);
                let lifted = self.get(i, id).is_some_and(|r| r.lifted || matches!(r.origin, Origin::Reaction(_)));
                self.leave(i, state, Some(id), lifted);
            }
        }
    }

    /// The invoice enters a state; of the old one only what joined the `aller à` goes on.
    fn leave(&mut self, i: usize, to: &str, by: Option<u32>, lifted: bool) {
        let old = self.file.invoices[i].stay;
        let pending = |r: &&Run| r.stay == old && Some(r.id) != by;
        let doomed: Vec<u32> = self.file.invoices[i].runs.iter().filter(pending).map(|r| r.id).collect();
        doomed.into_iter().for_each(|id| self.cancel(i, id));
        let visited = self.file.invoices[i].visited.clone();
        if let Some(run) = by.and_then(|id| self.file.invoices[i].run(id)) {
            run.survivor = true;
            run.visited = Some(visited);
        }
        let inv = &mut self.file.invoices[i];
        inv.visit += 1;
        inv.stay += 1;
        inv.visited.push(inv.state.clone());
        inv.state = to.to_owned();
        inv.progress = Progress::default();
        inv.ticks.clear();
        inv.ticks_left.clear();
        inv.stepped_on = None;
        inv.clock = None;
        inv.working_clock = None;
        inv.entry_failed = false;
        inv.rule_hold = None;
        self.note(i, format!("étape {to}"));
        self.entry(i, lifted);
        self.start_clock(i);
    }

    /// The actions of the entry into the state.
    pub fn entry(&mut self, i: usize, lifted: bool) {
        let Some(state) = self.state(i) else { return };
        let facts = self.file.clone();
        let calendar = self.settings(i).calendar;
        let day = crate::evaluate::late(&self.file.invoices[i], self.file.today);
        for entry in &state.entry {
            if holds(&entry.guard, &facts, i, &calendar) {
                self.fire(i, entry.id, Origin::Entry(day), lifted || entry.without_prior_reminder);
            }
        }
    }

    /// The clock of a state starts when the actions of its entry are done.
    fn start_clock(&mut self, i: usize) {
        let today = self.file.today;
        let inv = &mut self.file.invoices[i];
        let entering = inv.runs.iter().any(|r| matches!(r.origin, Origin::Entry(_)) && r.stay == inv.stay);
        if inv.clock.is_none() && !inv.entry_failed && !entering {
            inv.clock = Some(today);
            inv.working_clock = Some(today);
        }
    }

    /// A person moves the invoice.
    pub fn jump(&mut self, i: usize, to: &str) {
        if self.file.invoices[i].balance == 0 {
            return;
        }
        if self.machine(i).is_some_and(|m| m.state(to).is_some()) {
            self.leave(i, to, None, true);
        }
    }

    /// Whether a run still has something to do.
    pub fn pending(&self, i: usize, run: &Run) -> bool {
        let stages = self.sequence(i, run.rule).map_or(0, |s| s.stages.len());
        let last = run.survivor || run.stage + 1 >= stages;
        !run.started || !last || run.items.iter().any(|item| !item.status.is_over())
    }

    pub fn cancel(&mut self, i: usize, id: u32) {
        let Some(run) = self.get(i, id) else { return };
        self.file.invoices[i].runs.retain(|r| r.id != id);
        self.stepped(i, &run);
        self.note(i, "annulé");
    }

    fn end(&mut self, i: usize, id: u32) {
        let Some(run) = self.get(i, id) else { return };
        self.file.invoices[i].runs.retain(|r| r.id != id);
        self.stepped(i, &run);
        self.entry_over(i, &run, !run.failed);
    }

    /// A sequence of the entry is over: its clock starts when all are, and not when one was refused, expired or failed.
    pub fn entry_over(&mut self, i: usize, run: &Run, well: bool) {
        let inv = &mut self.file.invoices[i];
        if !matches!(run.origin, Origin::Entry(_)) || run.stay != inv.stay || inv.state == relance_core::machine::PLAN {
            return;
        }
        if !well && !std::mem::replace(&mut inv.entry_failed, true) {
            self.note(i, "tâche *");
        }
        self.start_clock(i);
    }

    fn stepped(&mut self, i: usize, run: &Run) {
        let today = self.file.today;
        let inv = &mut self.file.invoices[i];
        if matches!(run.origin, Origin::Rung(..)) && run.stay == inv.stay && inv.stepped_on.is_none() {
            inv.stepped_on = Some(today);
        }
    }

    /// Whether the run is about to contact the client: no task or approval of a person comes first.
    pub fn contact_ahead(&self, i: usize, run: &Run) -> bool {
        let Some(sequence) = self.sequence(i, run.rule) else { return false };
        let goes_on = !run.survivor && !run.refused;
        for (s, stage) in sequence.stages.iter().enumerate().skip(run.stage) {
            if s > run.stage && !goes_on {
                return false;
            }
            let spoilt = if s == run.stage { run.after_failure } else { run.failed || run.after_failure };
            let mut work = false;
            for (k, item) in stage.items.iter().enumerate() {
                let now = if s == run.stage { run.items.get(k) } else { None };
                if now.is_some_and(|item| item.status.is_over()) {
                    continue;
                }
                if now.is_some_and(|item| item.status == Status::Doubt) {
                    work = true;
                    continue;
                }
                let attempt = item.0.get(now.map_or(0, |item| item.attempt));
                if spoilt && attempt.is_some_and(|a| never_after_failure(&a.action)) {
                    continue;
                }
                if attempt.is_some_and(|a| a.action.contact().is_some() && a.approval.is_none()) {
                    return true;
                }
                work |= attempt.is_some_and(|a| a.approval.is_some() || matches!(a.action, Action::Task { .. }));
            }
            if work {
                return false;
            }
        }
        false
    }

    /// Lets every run go on.
    pub fn sequences(&mut self) {
        for i in 0..self.file.invoices.len() {
            let ids: Vec<u32> = self.file.invoices[i].runs.iter().map(|r| r.id).collect();
            for id in ids {
                self.advance(i, id);
            }
        }
    }

    /// Approvals that nobody gave in time.
    pub fn expire_approvals(&mut self, i: usize) {
        for run in self.file.invoices[i].runs.clone() {
            for (k, item) in run.items.iter().enumerate() {
                if matches!(item.status, Status::Approving { until, .. } if until < self.file.today) {
                    self.note(i, "validation expirée");
                    self.refuse(i, run.id, k);
                }
            }
        }
    }

    fn refuse(&mut self, i: usize, id: u32, k: usize) {
        self.set(i, id, k, Status::Done);
        if let Some(run) = self.file.invoices[i].run(id) {
            run.refused = true;
        }
    }

    /// Carriers accept; people do what is on their lists. Whether anything changed.
    pub fn answers(&mut self) -> bool {
        let mut changed = self.carriers_answer();
        for i in 0..self.file.invoices.len() {
            for run in self.file.invoices[i].runs.clone() {
                for (k, item) in run.items.iter().enumerate() {
                    let Some(attempt) = self.attempt(i, &run, k) else { continue };
                    changed |= self.answer(i, &run, k, item.status, attempt);
                }
            }
        }
        changed
    }

    pub fn answer(&mut self, i: usize, run: &Run, k: usize, status: Status, attempt: &Attempt) -> bool {
        use relance_core::incoming::DoneResult;
        let call = attempt.action.contact().is_some_and(|c| c.channel == Channel::Call);
        match status {
            Status::Left => {
                let template = run.items[k].template.clone();
                let channel = attempt.action.contact().map_or("", |c| c.channel.name());
                if let Some(trouble) = self.trouble(i, run, k) {
                    self.not_taken(i, run, k, channel, trouble);
                    return true;
                }
                self.note(i, format!("envoi {channel} {template}"));
                self.contacted(i, run, k, attempt);
                self.accepted(i, run, k);
                self.set(i, run.id, k, Status::Done);
                true
            }
            Status::Approving { .. } => {
                let Some(granted) = self.people.approve else { return false };
                self.approve(i, run.id, k, granted);
                true
            }
            Status::Listed { tries } => {
                let result = if call { self.people.calls } else { self.people.work.then_some(DoneResult::Done) };
                match result {
                    Some(result) if result.is_unanswered() && call && tries < 2 => {
                        self.set(i, run.id, k, Status::Listed { tries: tries + 1 });
                    }
                    Some(result) if result.is_failure() => self.fails(i, run.id, k),
                    Some(_) => {
                        self.contacted(i, run, k, attempt);
                        self.set(i, run.id, k, Status::Done);
                    }
                    None => return false,
                }
                true
            }
            _ => false,
        }
    }

    /// A contact was really made: it counts as a reminder from the due day on, and for the cap on this day.
    fn contacted(&mut self, i: usize, run: &Run, k: usize, attempt: &Attempt) {
        let today = self.file.today;
        let Some(contact) = attempt.action.contact() else {
            return;
        };
        let by = (self.file.invoices[i].number.clone(), run.id, run.stage, k);
        let mut unit = format!("{} {} {}", by.0, run.id, run.stage);
        if let Some(record) = self.file.contacts.iter_mut().find(|c| c.by == by) {
            record.on = today;
            unit = record.unit.clone();
        }
        let inv = &mut self.file.invoices[i];
        if contact.nature != Nature::Information && today >= inv.due {
            inv.reminders.push((today, unit));
        }
        if matches!(run.origin, Origin::Rung(..)) && run.stay == inv.stay && inv.stepped_on.is_none() {
            inv.stepped_on = Some(today);
        }
        if let Some(run) = inv.run(run.id) {
            run.contacted = true;
        }
    }

    fn approve(&mut self, i: usize, id: u32, k: usize, granted: bool) {
        self.note(i, if granted { "validé" } else { "refusé" });
        if !granted {
            return self.refuse(i, id, k);
        }
        if let Some(item) = self.file.invoices[i].run(id).and_then(|run| run.items.get_mut(k))
            && let Status::Approving { balance, position, .. } = item.status
        {
            item.approved = Some((balance, position));
            item.status = Status::Waiting;
        }
    }

    /// Somebody answers without saying what: the oldest one asked.
    pub fn answer_oldest_approval(&mut self, i: usize, granted: bool) {
        for run in self.file.invoices[i].runs.clone() {
            for (k, item) in run.items.iter().enumerate() {
                if matches!(item.status, Status::Approving { .. }) {
                    return self.approve(i, run.id, k, granted);
                }
            }
        }
    }

    pub fn has_fallback(&self, i: usize, id: u32, k: usize) -> bool {
        let Some(run) = self.get(i, id) else { return false };
        self.stage(i, &run).is_some_and(|stage| run.items[k].attempt + 1 < stage.items[k].0.len())
    }

    /// An action failed for good: the fallback, or else a task to mend the contact.
    pub fn fails(&mut self, i: usize, id: u32, k: usize) {
        let Some(run) = self.get(i, id) else { return };
        let Some(attempt) = self.attempt(i, &run, k) else { return };
        let fallback = self.has_fallback(i, id, k);
        if let Some(contact) = attempt.action.contact() {
            self.note(i, format!("échec {}", contact.channel.name()));
            let by = (self.file.invoices[i].number.clone(), id, run.stage, k);
            self.unmake_contact(&by);
            // What answers a failure must not answer its own.
            if run.origin != Origin::Reaction(Trigger::Failure) {
                self.events.push((i, Trigger::Failure, None));
            }
            if !fallback && !self.file.to_mend.contains(&contact.channel.name()) {
                self.file.to_mend.push(contact.channel.name());
                self.note(i, "tâche *");
            }
        }
        if fallback {
            if let Some(item) = self.file.invoices[i].run(id).and_then(|run| run.items.get_mut(k)) {
                item.attempt += 1;
                item.approved = None;
                (item.tries, item.not_before) = (0, None);
            }
            self.set(i, id, k, Status::Waiting);
        } else {
            self.set(i, id, k, Status::Failed);
            self.chain_failed(i, id, run.stage);
        }
    }
}

/// What a chain never goes on to after a contact failed for good.
fn never_after_failure(action: &Action) -> bool {
    matches!(action, Action::GoTo { .. } | Action::HandOver { .. })
        || action.contact().is_some_and(|c| c.nature == Nature::FormalNotice)
}

/// A reaction does not mind the hold that its own event created; what goes before a moved due date does not mind that hold.
pub fn ignored(origin: Origin) -> Option<Trigger> {
    match origin {
        Origin::Reaction(on) => Some(on),
        early if early.is_early() => Some(Trigger::DueDateMoved),
        _ => None,
    }
}

/// Whether the fact that caused a reaction still stands.
pub fn cause_stands(naive: &Naive<'_>, i: usize, on: Trigger) -> bool {
    let inv = &naive.file.invoices[i];
    match on {
        Trigger::Settled => inv.balance == 0,
        Trigger::DisputeOpened => !inv.disputes.is_empty(),
        Trigger::Promise => inv.promise.is_some(),
        Trigger::PromiseBroken => inv.promise.is_none(),
        Trigger::PartialPayment => inv.balance > 0,
        Trigger::Stop => inv.stopped,
        Trigger::Resume => !inv.stopped,
        _ => true,
    }
}

/// Whether a contact may ask for money at all now.
pub fn wanted(naive: &Naive<'_>, i: usize, run: &Run, contact: &Contact) -> bool {
    let inv = &naive.file.invoices[i];
    if inv.balance == 0 {
        return true;
    }
    let minimum = naive.settings(i).minimum.filter(|m| m.currency == inv.data.currency()).map_or(0, |m| m.cents);
    let reaction = matches!(run.origin, Origin::Reaction(_));
    let formal = contact.nature == Nature::FormalNotice;
    if formal && !reaction && !run.lifted && !notice_allowed(inv, naive.file.today) {
        return false;
    }
    let own =
        matches!(run.origin, Origin::Reaction(Trigger::Promise | Trigger::PaymentAnnounced | Trigger::DisputeOpened));
    own || reaction && contact.nature == Nature::Information || collectable(&naive.file, i) > minimum
}
