//! What messages say, to whom: mentions that lack, and words that may not be sent.

mod claims;
mod missing;
mod needed;
mod site;
mod template;

pub use template::{Mention, Said, TemplateFacts, Words};

use super::rules::never::Dead;
use super::{Finding, Proof};
use site::{Site, sites};

/// A machine's proof, and its rules that send messages.
struct Sender<'p, 'm> {
    proof: &'p Proof<'m>,
    sites: Vec<Site<'m>>,
}

impl Sender<'_, '_> {
    /// What a template can say in messages of this machine: of one invoice, and of several when it groups them.
    fn texts<'t>(&self, template: &'t TemplateFacts) -> Vec<&'t [Said]> {
        let mut texts = vec![template.alone.as_slice()];
        if self.proof.machine.settings.group {
            texts.push(&template.grouped);
        }
        texts
    }
}

pub(super) fn examine(proofs: &[(Proof<'_>, Dead)], found: &mut Vec<Finding>) {
    let Some((first, _)) = proofs.first() else { return };
    if first.project.templates.is_empty() {
        return;
    }
    let senders: Vec<Sender<'_, '_>> =
        proofs.iter().map(|(proof, dead)| Sender { proof, sites: sites(proof, dead) }).collect();
    for template in &first.project.templates {
        for sender in &senders {
            claims::of_consumers(sender, template, found);
        }
        claims::of_anybody(&senders, template, found);
        missing::examine(&senders, template, found);
    }
}
