//! A version that calls states otherwise: what is known of an invoice under the old names is known under the new ones.

use crate::dossier::{InvoiceFile, RuleKey, Run};
use crate::machine::{Carry, PLAN};
use std::collections::BTreeSet;

impl InvoiceFile {
    pub(super) fn carry(&mut self, moved: Option<&Carry>, states: &[Carry], rules: &[(RuleKey, RuleKey)]) {
        if let Some(moved) = moved {
            self.state = moved.to.clone();
        }
        for Carry { from, to } in states.iter().chain(moved) {
            add(&mut self.visited, from, to);
            for run in self.every_run() {
                if run.state == *from {
                    run.state = to.clone();
                }
                if let Some(seen) = &mut run.seen {
                    add(seen, from, to);
                }
            }
        }
        // What fired stays known as the old version says it, should that one come back.
        for (old, new) in rules {
            let left = self.instalments.iter_mut().filter_map(|part| part.left.as_mut()).map(|left| &mut left.fired);
            for fired in left.chain([&mut self.fired, &mut self.set_aside]) {
                if fired.contains(old) {
                    fired.insert(*new);
                }
            }
            if let Some(ticks) = self.ticks.get(old).copied() {
                self.ticks.insert(*new, ticks);
            }
            for run in self.every_run() {
                if run.rule == *old {
                    run.rule = *new;
                }
            }
        }
    }

    fn every_run(&mut self) -> impl Iterator<Item = &mut Run> {
        let back = self.returnable.iter_mut().map(|sent| &mut sent.run);
        self.runs.iter_mut().chain(&mut self.parked).chain(back)
    }
}

fn add(visited: &mut BTreeSet<String>, from: &str, to: &str) {
    if visited.contains(from) && to != PLAN {
        visited.insert(to.to_owned());
    }
}
