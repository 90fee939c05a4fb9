//! Mentions that a message of its kind has to carry and does not.

use super::needed::{by_layout, needed, of_companies, only_alone};
use super::site::{Site, regime};
use super::{Mention, Said, Sender, TemplateFacts};
use crate::day::Span;
use crate::eval::truth;
use crate::facts::InvoiceFacts;
use crate::machine::{Channel, Compare, Expr, Nature};
use crate::proof::finding::InTemplate;
use crate::proof::{At, Finding, Kind, Witness};
use crate::schema::Fact;

/// Told once for a template, with everything that lacks.
pub(super) fn examine(senders: &[Sender<'_, '_>], template: &TemplateFacts, found: &mut Vec<Finding>) {
    let mut told: Option<Finding> = None;
    for sender in senders {
        for site in &sender.sites {
            let Some(channel) = site.sends(template) else { continue };
            let usual = if channel == Channel::RegisteredLetter { Nature::FormalNotice } else { Nature::Reminder };
            let nature = template.nature.unwrap_or(usual);
            for mention in needed(channel, nature, template.tone, site.before_due) {
                if by_layout(channel, mention) || told.as_ref().is_some_and(|told| tells(told, mention)) {
                    continue;
                }
                let Some(lack) = lack(sender, site, template, mention) else { continue };
                let told = told.get_or_insert_with(|| {
                    let at = InTemplate { file: template.file.clone(), text: template.text.clone(), at: template.head };
                    let kind = Kind::MissingMentions {
                        template: format!("{} {}", channel.name(), template.name),
                        missing: Vec::new(),
                        notice: nature == Nature::FormalNotice,
                        grouped: Vec::new(),
                    };
                    let finding = Finding::new(&sender.proof.machine.name, kind, At::Rule(site.id));
                    Finding { template: Some(at), ..finding }
                });
                if let Kind::MissingMentions { missing, grouped, .. } = &mut told.kind {
                    if lack.grouped { grouped.push(mention) } else { missing.push(mention) }
                }
                if told.witness.is_none() {
                    told.witness = lack.witness;
                }
            }
        }
    }
    found.extend(told);
}

fn tells(told: &Finding, mention: Mention) -> bool {
    matches!(&told.kind, Kind::MissingMentions { missing, grouped, .. }
        if missing.contains(&mention) || grouped.contains(&mention))
}

/// How a mention lacks.
struct Lack {
    /// Only in a message on several invoices.
    grouped: bool,
    /// An invoice that shows it, where it depends on the invoice.
    witness: Option<Witness>,
}

fn lack(sender: &Sender<'_, '_>, site: &Site<'_>, template: &TemplateFacts, mention: Mention) -> Option<Lack> {
    let proof = sender.proof;
    for (n, text) in sender.texts(template).into_iter().enumerate() {
        let grouped = n > 0;
        if grouped && only_alone(template.channel, mention) {
            continue;
        }
        let said: Vec<&Said> = text.iter().filter(|said| said.what == mention).collect();
        let late = mention == Mention::DaysLate;
        if said.is_empty() && !of_companies(mention) && !late {
            return Some(Lack { grouped, witness: None });
        }
        let omits = site.omits(proof, &said);
        let late_by = |sign, days| {
            let bound = Box::new(Expr::from(Span::Days(days)));
            site.holds(proof, &Expr::Compare(sign, Box::new(Expr::Fact(Fact::DaysLate)), bound))
        };
        let (is_late, company) = (late_by(Compare::Greater, 0), regime("b2b", true));
        let mut all = vec![&omits];
        if late {
            all.push(&is_late);
        }
        if of_companies(mention) {
            all.push(&company);
        }
        let Some(model) = site.model(proof, &all) else { continue };
        if grouped {
            return Some(Lack { grouped, witness: None });
        }
        let lacks = |facts: &InvoiceFacts<'_>| {
            said.iter().all(|said| truth(&said.when, facts) != Some(true)) && (!late || facts.late > 0)
        };
        if let Some(witness) = site.received(proof, &model, &template.name, &lacks) {
            return Some(Lack { grouped, witness: Some(witness) });
        }
    }
    None
}
