//! Which scenario runs an invoice, and what a move to another one carries over.

use crate::evaluate::holds;
use crate::model::{Naive, Progress};
use relance_core::machine::{Machine, PLAN, RuleId};

/// What each rule of a machine says; the n-th of several that say the same is told apart.
fn sayings(machine: &Machine) -> Vec<(RuleId, String)> {
    let mut said: Vec<(RuleId, String)> = vec![];
    for state in &machine.states {
        let name = &state.name;
        said.extend(
            state
                .entry
                .iter()
                .map(|r| (r.id, format!("entrée {name:?} {:?}", (&r.guard, &r.sequence, r.without_prior_reminder)))),
        );
        said.extend(state.rules.iter().map(|r| {
            (r.id, format!("règle {name:?} {:?}", (&r.branches, &r.repeat, &r.sequence, r.without_prior_reminder)))
        }));
        said.extend(
            state
                .reactions
                .iter()
                .map(|r| (r.id, format!("quand {name:?} {:?}", (r.on, &r.name, &r.guard, &r.sequence)))),
        );
    }
    said.extend(
        machine.reactions.iter().map(|r| (r.id, format!("quand {:?}", (r.on, &r.name, &r.guard, &r.sequence)))),
    );
    let earlier = |n: usize| said[..n].iter().filter(|s| s.1 == said[n].1).count();
    (0..said.len()).map(|n| (said[n].0, format!("{} #{}", said[n].1, earlier(n)))).collect()
}

/// A saying with the names that a new version gives to states of the old one.
fn renamed(said: &str, to: Option<&Machine>) -> String {
    let mut said = said.to_owned();
    for carry in to.map(|machine| machine.carries.as_slice()).unwrap_or_default() {
        said = said.replace(&format!("{:?}", carry.from), &format!("{:?}", carry.to));
    }
    said
}

/// The rule of another machine that says the same.
fn same_rule(from: Option<&Machine>, to: Option<&Machine>, rule: RuleId) -> Option<RuleId> {
    let said = renamed(&sayings(from?).into_iter().find(|s| s.0 == rule)?.1, to);
    Some(sayings(to?).into_iter().find(|s| s.1 == said)?.0)
}

/// What fired in one scenario has fired in another that says the same, also after a third that does not.
fn carry(progress: &mut Progress, from: Option<&Machine>, to: Option<&Machine>) {
    let of = |machine: Option<&Machine>| machine.map(sayings).unwrap_or_default();
    let fired = of(from).into_iter().filter(|(rule, _)| progress.fired.contains(rule));
    progress.said.extend(fired.map(|(_, said)| said));
    let now: Vec<String> = progress.said.iter().map(|said| renamed(said, to)).collect();
    progress.said.extend(now);
    progress.fired =
        of(to).into_iter().filter(|(_, said)| progress.said.contains(said)).map(|(rule, _)| rule).collect();
}

impl Naive<'_> {
    /// Which scenario runs the invoice; read again in the plan only, when the segment changed, once a day.
    pub fn select(&mut self, i: usize) {
        let today = self.file.today;
        let inv = &self.file.invoices[i];
        if inv.balance == 0 || !inv.reselect || inv.selected_on == Some(today) || inv.state != PLAN {
            return;
        }
        let first = inv.selected_on.is_none();
        let taken_over_now = first && inv.came == self.file.now;
        let calendar = self.settings(i).calendar;
        let takes = |m: &Machine| m.selection.as_ref().is_none_or(|s| holds(s, &self.file, i, &calendar));
        let chosen = self.current.clone().find(|n| takes(self.machines[*n]));
        let inv = &mut self.file.invoices[i];
        inv.selected_on = Some(today);
        inv.reselect = false;
        if first {
            inv.scenario = chosen;
            self.entry(i, false);
        } else if inv.scenario != chosen {
            self.move_to(i, chosen);
        }
        if taken_over_now && self.frozen(i) {
            self.note(i, "tâche *");
        }
    }

    /// The scenarios were published anew. In the plan the selection is read again; elsewhere the invoice stays in its state, in the new
    /// version of its scenario. What changed nothing moves nothing.
    pub fn republish(&mut self, i: usize) {
        let inv = &self.file.invoices[i];
        if inv.selected_on.is_none() {
            return;
        }
        let name = self.machine(i).map(|m| m.name.as_str());
        let own = self.current.clone().find(|n| Some(self.machines[*n].name.as_str()) == name);
        let (open, plan) = (inv.balance > 0, inv.state == PLAN);
        if !open {
            // What a settled invoice still does goes on, as far as the new version says it too; the rest is read when it reopens.
            self.file.invoices[i].stale |= self.machine(i) != own.map(|n| self.machines[n]);
            return self.follow(i, own);
        }
        let calendar = self.settings(i).calendar;
        let takes = |m: &Machine| m.selection.as_ref().is_none_or(|s| holds(s, &self.file, i, &calendar));
        let taken = self.current.clone().find(|n| takes(self.machines[*n]));
        let chosen = if plan { taken } else { own };
        let same = !inv.stale && self.machine(i) == chosen.map(|n| self.machines[n]);
        let (today, state) = (self.file.today, inv.state.clone());
        let inv = &mut self.file.invoices[i];
        inv.stale = false;
        if same {
            inv.scenario = chosen;
        }
        if plan && (!same || inv.reselect) {
            inv.selected_on = Some(today);
            inv.reselect = false;
        }
        let has =
            |machine: &Machine| machine.state(&state).is_some() || machine.carries.iter().any(|c| c.from == state);
        let goes_on = plan || chosen.is_some_and(|n| has(self.machines[n]));
        match (same, goes_on) {
            (true, _) => {}
            (false, true) => self.move_to(i, chosen),
            // The new version has no such state: it does not go on before a person moves it.
            (false, false) => self.follow(i, chosen),
        }
    }

    /// The position is carried over, what the new scenario says as well goes on, and the move itself sends nothing.
    fn move_to(&mut self, i: usize, chosen: Option<usize>) {
        self.follow(i, chosen);
        self.pass_over(i, true);
    }

    /// What the other scenario says as well goes on, the rest is cancelled.
    fn follow(&mut self, i: usize, chosen: Option<usize>) {
        let (old, new) = (self.machine(i), chosen.map(|n| self.machines[n]));
        self.rename_states(i, new);
        let same = |rule| same_rule(old, new, rule);
        let gone: Vec<u32> =
            self.file.invoices[i].runs.iter().filter(|r| same(r.rule).is_none()).map(|r| r.id).collect();
        gone.into_iter().for_each(|id| self.cut(i, id));
        let inv = &mut self.file.invoices[i];
        inv.scenario = chosen;
        for run in inv.runs.iter_mut().chain(&mut inv.parked) {
            match same(run.rule) {
                Some(rule) => run.rule = rule,
                None => run.lost = true,
            }
        }
        let number = inv.number.clone();
        for sent in self.file.sent.iter_mut().filter(|s| s.invoice == number) {
            match same(sent.run.rule) {
                Some(rule) => sent.run.rule = rule,
                None => sent.run.lost = true,
            }
        }
        let inv = &mut self.file.invoices[i];
        let parts = inv.instalments.iter_mut().filter_map(|part| part.left.as_mut());
        parts.chain([&mut inv.progress]).for_each(|progress| carry(progress, old, new));
        for (rule, said) in old.map(sayings).unwrap_or_default() {
            if let Some(tick) = inv.ticks.iter().find(|t| t.0 == rule) {
                inv.ticks_left.retain(|t| t.0 != said);
                inv.ticks_left.push((said, tick.1, tick.2));
            }
        }
        for (said, last, count) in inv.ticks_left.clone() {
            let now = renamed(&said, new);
            if now != said {
                inv.ticks_left.retain(|t| t.0 != now);
                inv.ticks_left.push((now, last, count));
            }
        }
        let said = new.map(sayings).unwrap_or_default();
        let left = |own: &String| inv.ticks_left.iter().find(|t| t.0 == *own);
        inv.ticks = said.iter().filter_map(|(rule, own)| left(own).map(|t| (*rule, t.1, t.2))).collect();
    }

    /// The invoice stands, and has been, in states that the new version calls otherwise.
    fn rename_states(&mut self, i: usize, new: Option<&Machine>) {
        let inv = &mut self.file.invoices[i];
        for carry in new.map(|machine| machine.carries.clone()).unwrap_or_default() {
            let rename = |state: &mut String| {
                if *state == carry.from {
                    *state = carry.to.clone();
                }
            };
            rename(&mut inv.state);
            inv.visited.iter_mut().for_each(rename);
            for run in inv.runs.iter_mut().chain(&mut inv.parked) {
                rename(&mut run.state);
                run.visited.iter_mut().flatten().for_each(rename);
            }
            let number = inv.number.clone();
            for sent in self.file.sent.iter_mut().filter(|sent| sent.invoice == number) {
                rename(&mut sent.run.state);
                sent.run.visited.iter_mut().flatten().for_each(rename);
            }
        }
    }

    /// Cancels a run whose rule is gone; an entry that is cut short did not go well.
    fn cut(&mut self, i: usize, id: u32) {
        let Some(run) = self.file.invoices[i].run(id).cloned() else { return };
        self.cancel(i, id);
        self.entry_over(i, &run, false);
    }

    /// Sequences whose rule the scenario no longer has are not taken up again.
    pub fn cancel_lost(&mut self, i: usize) {
        let lost: Vec<u32> = self.file.invoices[i].runs.iter().filter(|r| r.lost).map(|r| r.id).collect();
        lost.into_iter().for_each(|id| self.cut(i, id));
    }
}
