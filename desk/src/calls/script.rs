//! What to say: the template of a call, written for the invoices that it is about.

use super::open::OpenCall;
use crate::project::Project;
use chrono::NaiveDate;
use relance_core::dossier::{Dossier, parse_key};
use relance_core::facts::InvoiceFacts;
use relance_core::machine::Channel;
use relance_core::program::{Program, Recipient};
use relance_core::step::Grouped;
use relance_engine::runner::{Sender, context};
use relance_engine::template::Answers;

/// The script of a call about these invoices of the client, or why it cannot be written; none when the call has no template.
pub fn write(
    (project, sender): (&Project, &Sender),
    program: &Program,
    dossier: &Dossier,
    call: &OpenCall<'_>,
    invoices: &[&str],
    recipient: Option<&Recipient>,
    today: NaiveDate,
) -> Option<String> {
    let leader = parse_key(&call.key)?.0;
    let file = dossier.invoices.get(leader)?;
    let sent = file.sent.iter().find(|sent| sent.key == call.key);
    let template = sent.and_then(|sent| sent.template.as_ref()).or(call.contact.template.as_ref())?;
    let first = invoices.iter().find(|number| **number == leader).or(invoices.first())?;
    let currency = dossier.invoices.get(*first)?.invoice.currency();
    // One message never speaks of two currencies.
    let others: Vec<Grouped> = invoices
        .iter()
        .filter(|number| *number != first)
        .filter(|number| dossier.invoices.get(**number).is_some_and(|file| file.invoice.currency() == currency))
        .map(|number| Grouped { invoice: (*number).to_owned(), key: String::new() })
        .collect();
    let mut message = context(sender, program, dossier, (first, &others), recipient, today)?;
    let written = match answers(program, dossier, first, template, today) {
        Ok(answers) => {
            message.answers = answers;
            let language = dossier.customer.language.as_deref();
            message.language = call.contact.language_for(Some(template), language);
            project.library.render(Channel::Call, template, &message).map_err(|problem| problem.to_string())
        }
        Err(reason) => Err(reason),
    };
    Some(match written {
        Ok(rendered) => rendered.text,
        Err(reason) => format!("Le script `{template}` ne s’écrit pas : {reason}"),
    })
}

/// What the scripts of the project answer to the calls in the template.
fn answers(
    program: &Program,
    dossier: &Dossier,
    number: &str,
    template: &str,
    today: NaiveDate,
) -> Result<Answers, String> {
    let Some(file) = dossier.invoices.get(number) else { return Ok(Answers::new()) };
    let scenario = file.scenario.as_ref().and_then(|s| program.scenario(&s.name));
    let messages = scenario.into_iter().flat_map(|scenario| &scenario.machine.messages);
    let asked = messages.filter(|message| message.is_of(Channel::Call, template));
    InvoiceFacts::new(program, dossier, number, file, today).answers(asked.flat_map(|message| &message.calls))
}
