//! Which messages can reach a consumer (`régime = b2c`).

use super::rules::never::Dead;
use super::site::{firing, holds, in_order, rivals};
use super::solve::{Answer, Atom, Formula, Var, solve};
use super::witness::{Lab, Way};
use super::{At, Facts, Finding, Kind, Project, Proof, Witness};
use crate::event::Event;
use crate::machine::{Action, Channel, Machine, Nature, PLAN, RuleId, Sequence, Tone};
use crate::schema::Fact;

/// What is known of a template: what the machine says of it, and what its text says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TemplateFacts {
    /// For which channel.
    pub channel: Channel,
    /// Its name, without folder or extension.
    pub name: String,
    /// From its front matter.
    pub nature: Nature,
    /// From its front matter.
    pub tone: Tone,
    /// Whether its text asks for the fixed compensation of 40 €, which only professionals owe. A caller whose project has no consumers
    /// leaves its templates out.
    pub mentions_fixed_compensation: bool,
}

/// A message that can reach a consumer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConsumerMessage {
    /// The scenario.
    pub scenario: String,
    /// The rule that sends it.
    pub rule: RuleId,
    /// By which way.
    pub channel: Channel,
    /// Its template.
    pub template: String,
}

/// A rule that can fire for a consumer: its state, its number, what must hold.
struct Site<'m> {
    state: &'m str,
    id: RuleId,
    sequence: &'m Sequence,
    fires: Formula,
}

/// Every message of the project that can reach a consumer, by scenario and rule.
pub fn consumer_messages(machines: &[Machine], project: &Project) -> Vec<ConsumerMessage> {
    let lab = Lab::new(machines, project.zone);
    let ordered = in_order(machines);
    let rivals = rivals(&ordered, project);
    let mut messages = Vec::new();
    for (machine, rivals) in ordered.iter().zip(&rivals) {
        let proof = Proof { machine, project, rivals, lab: &lab };
        for site in sites(&proof) {
            let templates = templates(site.sequence);
            if templates.is_empty() || model(&proof, &site).is_none() {
                continue;
            }
            messages.extend(templates.into_iter().map(|(channel, template)| ConsumerMessage {
                scenario: machine.name.clone(),
                rule: site.id,
                channel,
                template: template.to_owned(),
            }));
        }
    }
    messages
}

pub(super) fn examine(proof: &Proof<'_>, dead: &Dead, found: &mut Vec<Finding>) {
    let claims = |channel: Channel, name: &str| {
        let of = |facts: &&TemplateFacts| facts.channel.folder() == channel.folder() && facts.name == name;
        proof.project.templates.iter().find(of).is_some_and(|facts| facts.mentions_fixed_compensation)
    };
    // Told once for each template, at the first rule that sends it.
    let mut told: Vec<(String, Finding)> = Vec::new();
    for site in sites(proof).into_iter().filter(|site| !dead.contains(&site.id)) {
        for (channel, name) in templates(site.sequence).into_iter().filter(|(channel, name)| claims(*channel, name)) {
            let template = format!("{channel} {name}");
            let Some(Answer::Yes(model)) = model(proof, &site) else { continue };
            if let Some((_, first)) = told.iter_mut().find(|(known, _)| *known == template) {
                first.also.push((proof.machine.name.clone(), At::Rule(site.id)));
            } else if let Some(witness) = received(proof, &site, &model, name) {
                let kind = Kind::ConsumerCompensation { template: template.clone() };
                let finding = Finding::new(&proof.machine.name, kind, At::Rule(site.id)).with(Some(witness));
                told.push((template, finding));
            }
        }
    }
    found.extend(told.into_iter().map(|(_, finding)| finding));
}

fn received(proof: &Proof<'_>, site: &Site<'_>, model: &super::solve::Model, name: &str) -> Option<Witness> {
    let facts = proof.facts(site.state);
    let ways: &[Way] = if site.state == PLAN { &[Way::Followed, Way::TakenOver] } else { &[Way::Moved] };
    proof.lab.witness(model, &facts, (ways, 30), |seen| {
        let sent = seen.entries.iter().find(|entry| match &entry.event {
            Event::Departed { template, .. } | Event::Sent { template, .. } => {
                template.as_deref() == Some(name) && seen.is_about(entry, site.id)
            }
            _ => false,
        });
        Some(vec![sent?])
    })
}

/// The templates of a sequence, each once.
fn templates(sequence: &Sequence) -> Vec<(Channel, &str)> {
    let mut found = Vec::new();
    for contact in sequence.actions().filter_map(Action::contact) {
        let chosen = contact.choice.iter().flat_map(|choice| choice.among.iter().map(String::as_str));
        for name in contact.template.as_deref().into_iter().chain(chosen) {
            if !found.contains(&(contact.channel, name)) {
                found.push((contact.channel, name));
            }
        }
    }
    found
}

fn sites<'m>(proof: &Proof<'m>) -> Vec<Site<'m>> {
    let mut sites = Vec::new();
    for state in &proof.machine.states {
        let facts = proof.facts(&state.name);
        let anyhow = Facts { open: false, ..facts };
        let guarded = state.entry.iter().map(|e| (e.id, &e.guard, &e.sequence));
        let guarded = guarded.chain(state.reactions.iter().map(|r| (r.id, &r.guard, &r.sequence)));
        sites.extend(guarded.map(|(id, guard, sequence)| Site {
            state: &state.name,
            id,
            sequence,
            fires: holds(guard, &anyhow),
        }));
        for rule in state.rules.iter().filter(|_| !state.is_final) {
            let fires = Formula::Any(firing(rule, &facts));
            sites.push(Site { state: &state.name, id: rule.id, sequence: &rule.sequence, fires });
        }
    }
    let facts = Facts { open: false, ..proof.facts(PLAN) };
    sites.extend(proof.machine.reactions.iter().map(|r| Site {
        state: PLAN,
        id: r.id,
        sequence: &r.sequence,
        fires: holds(&r.guard, &facts),
    }));
    sites
}

/// Facts of a consumer's invoice for which the rule fires; `None` when there are none.
fn model(proof: &Proof<'_>, site: &Site<'_>) -> Option<Answer> {
    let facts = proof.facts(site.state);
    let words = ["b2c".to_owned()].into();
    let consumer = Formula::Atom(Atom::Word { var: Var::Fact(Fact::Regime), words, inside: true });
    let answer = solve(&[&site.fires, &proof.selected(&facts), &consumer], &facts);
    (!answer.is_no()).then_some(answer)
}
