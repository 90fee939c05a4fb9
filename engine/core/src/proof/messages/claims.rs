//! What may not be asked: compensation, penalties and costs from consumers, costs and seizures from anybody.

use super::site::regime;
use super::{Mention, Said, Sender, TemplateFacts};
use crate::eval::truth;
use crate::facts::InvoiceFacts;
use crate::machine::Channel;
use crate::proof::finding::InTemplate;
use crate::proof::{At, Finding, Kind};

/// What a message may not ask of, or show to, a consumer.
fn forbidden(template: &TemplateFacts) -> Vec<Mention> {
    let mut claims = vec![Mention::Compensation, Mention::Penalties, Mention::RecoveryCosts];
    if template.channel == Channel::Sms {
        // A telephone is shared.
        claims.push(Mention::Balance);
    }
    claims
}

fn saying<'t>(texts: &[&'t [Said]], claim: Mention) -> Vec<&'t Said> {
    texts.iter().flat_map(|text| text.iter()).filter(|said| said.what == claim).collect()
}

/// Whether the template says it of an invoice as it stands.
fn holds(said: &Said, facts: &InvoiceFacts<'_>) -> bool {
    truth(&said.when, facts) == Some(true)
}

fn shown_at(finding: Finding, template: &TemplateFacts, said: &Said) -> Finding {
    let text = InTemplate { file: template.file.clone(), text: template.text.clone(), at: said.at };
    let assumed = (!template.alone.contains(said)).then_some("quand le message réunit plusieurs factures");
    Finding { template: Some(text), assumed, ..finding }
}

fn written(channel: Channel, template: &TemplateFacts) -> String {
    format!("{} {}", channel.name(), template.name)
}

/// Told once for a template in each scenario, at the first rule that sends it to a consumer.
pub(super) fn of_consumers(sender: &Sender<'_, '_>, template: &TemplateFacts, found: &mut Vec<Finding>) {
    let proof = sender.proof;
    let texts = sender.texts(template);
    for claim in forbidden(template) {
        let said = saying(&texts, claim);
        if said.is_empty() {
            continue;
        }
        let mut told: Option<Finding> = None;
        for site in &sender.sites {
            let Some(channel) = site.sends(template) else { continue };
            // Where it is said: one place after the other, so that the one that is shown is the one that is sent.
            let shown = said.iter().find_map(|one| {
                let says = site.says(proof, &[one]);
                Some((*one, site.model(proof, &[&says, &regime("b2c", true)])?))
            });
            let Some((one, model)) = shown else { continue };
            if let Some(first) = &mut told {
                first.also.push((proof.machine.name.clone(), At::Rule(site.id)));
            } else if let Some(witness) = site.received(proof, &model, &template.name, &|facts| holds(one, facts)) {
                let kind = Kind::ConsumerClaim { claim, template: written(channel, template) };
                let finding = Finding::new(&proof.machine.name, kind, At::Rule(site.id)).with(Some(witness));
                told = Some(shown_at(finding, template, one));
            }
        }
        found.extend(told);
    }
}

/// Told once for a template, at its words.
pub(super) fn of_anybody(senders: &[Sender<'_, '_>], template: &TemplateFacts, found: &mut Vec<Finding>) {
    for claim in [Mention::RecoveryCosts, Mention::Seizure] {
        let told = senders.iter().find_map(|sender| {
            let proof = sender.proof;
            let said = saying(&sender.texts(template), claim);
            sender.sites.iter().find_map(|site| {
                let channel = site.sends(template)?;
                said.iter().find_map(|one| {
                    let says = site.says(proof, &[one]);
                    // Costs asked of a consumer are told as such.
                    let company = regime("b2c", false);
                    let mut asked = vec![&says];
                    if claim == Mention::RecoveryCosts {
                        asked.push(&company);
                    }
                    let model = site.model(proof, &asked)?;
                    let witness = site.received(proof, &model, &template.name, &|facts| holds(one, facts))?;
                    let kind = Kind::Threat { claim, template: written(channel, template) };
                    let finding = Finding::new(&proof.machine.name, kind, At::Rule(site.id)).with(Some(witness));
                    Some(shown_at(finding, template, one))
                })
            })
        });
        found.extend(told);
    }
}
