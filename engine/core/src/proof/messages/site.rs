//! Which rules send a template, and for which invoices.

use super::super::rules::never::Dead;
use super::super::site::{firing, holds, only_rung};
use super::super::solve::{Answer, Atom, Formula, Model, Var, solve};
use super::super::witness::Way;
use super::super::{Facts, Proof, Witness};
use super::{Said, TemplateFacts};
use crate::event::Event;
use crate::facts::InvoiceFacts;
use crate::machine::{Action, Channel, Clock, PLAN, RuleId, Sequence};
use crate::schema::Fact;

/// A rule that sends messages: its state, its number, what must hold for it to fire.
pub(super) struct Site<'m> {
    state: &'m str,
    pub id: RuleId,
    sequence: &'m Sequence,
    fires: Formula,
    /// It is a rung below the due day.
    pub before_due: bool,
}

/// The rules of a machine that send messages and can fire.
pub(super) fn sites<'m>(proof: &Proof<'m>, dead: &Dead) -> Vec<Site<'m>> {
    let mut sites = Vec::new();
    let site = |state: &'m str, id, sequence, fires| Site { state, id, sequence, fires, before_due: false };
    for state in &proof.machine.states {
        let facts = proof.facts(&state.name);
        let anyhow = Facts { open: false, ..facts };
        let guarded = state.entry.iter().map(|e| (e.id, &e.guard, &e.sequence));
        let guarded = guarded.chain(state.reactions.iter().map(|r| (r.id, &r.guard, &r.sequence)));
        sites.extend(guarded.map(|(id, guard, sequence)| site(&state.name, id, sequence, holds(guard, &anyhow))));
        for rule in state.rules.iter().filter(|_| !state.is_final) {
            let before_due = only_rung(rule).is_some_and(|(clock, day)| clock == Clock::Due && day < 0);
            let fires = Formula::Any(firing(rule, &facts));
            sites.push(Site { before_due, ..site(&state.name, rule.id, &rule.sequence, fires) });
        }
    }
    let facts = Facts { open: false, ..proof.facts(PLAN) };
    let own = proof.machine.reactions.iter();
    sites.extend(own.map(|r| site(PLAN, r.id, &r.sequence, holds(&r.guard, &facts))));
    sites.retain(|site| !dead.contains(&site.id) && site.sequence.has_contact());
    sites
}

impl Site<'_> {
    /// By which way it sends a template; `None` when it does not.
    pub fn sends(&self, template: &TemplateFacts) -> Option<Channel> {
        let mut contacts = self.sequence.actions().filter_map(Action::contact);
        let found = contacts.find(|contact| {
            let mut chosen = contact.choice.iter().flat_map(|choice| &choice.among).chain(&contact.template);
            contact.channel.folder() == template.channel.folder() && chosen.any(|name| *name == template.name)
        });
        found.map(|contact| contact.channel)
    }

    /// An invoice for which the rule fires and all of this holds; `None` when there is none, or none is found.
    pub fn model(&self, proof: &Proof<'_>, besides: &[&Formula]) -> Option<Model> {
        let facts = proof.facts(self.state);
        let selected = proof.selected(&facts);
        let mut all = vec![&self.fires, &selected];
        all.extend(besides);
        match solve(&all, &facts) {
            Answer::Yes(model) => Some(model),
            _ => None,
        }
    }

    /// What must hold for a template to say one of these things.
    pub fn says(&self, proof: &Proof<'_>, said: &[&Said]) -> Formula {
        let facts = proof.facts(self.state);
        Formula::Any(said.iter().map(|said| holds(&said.when, &facts)).collect())
    }

    /// What must hold for a template to say none of them.
    pub fn omits(&self, proof: &Proof<'_>, said: &[&Said]) -> Formula {
        let facts = proof.facts(self.state);
        Formula::All(said.iter().map(|said| super::super::site::fails(&said.when, &facts)).collect())
    }

    /// What must hold of the facts.
    pub fn holds(&self, proof: &Proof<'_>, condition: &crate::machine::Expr) -> Formula {
        holds(condition, &proof.facts(self.state))
    }

    /// An invoice to which the template is sent by this rule while its facts are as asked, as the simulation shows.
    pub fn received(
        &self,
        proof: &Proof<'_>,
        model: &Model,
        name: &str,
        asked: &dyn Fn(&InvoiceFacts<'_>) -> bool,
    ) -> Option<Witness> {
        let facts = proof.facts(self.state);
        let ways: &[Way<'_>] = if self.state == PLAN { &[Way::Followed, Way::TakenOver] } else { &[Way::Moved] };
        proof.lab.witness_when(model, &facts, (ways, 30), asked, |seen| {
            let sent = seen.held().find(|entry| match &entry.event {
                Event::Departed { template, .. } | Event::Sent { template, .. } => {
                    template.as_deref() == Some(name) && seen.is_about(entry, self.id)
                }
                _ => false,
            });
            Some(vec![sent?])
        })
    }
}

/// The invoice's regime is this one, or not.
pub(super) fn regime(word: &str, is: bool) -> Formula {
    let words = [word.to_owned()].into();
    Formula::Atom(Atom::Word { var: Var::Fact(Fact::Regime), words, inside: is })
}
