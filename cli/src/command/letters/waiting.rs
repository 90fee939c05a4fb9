//! The letters of a client that wait to be posted, written as they stand on the day of printing. The reason is read again: a letter
//! whose invoices are paid, promised or held since is not written, and told.

use crate::command::paper;
use crate::output::letters::{Entry, Left, List};
use crate::project::Project;
use chrono::NaiveDate;
use relance_core::dossier::{Dossier, parse_key};
use relance_core::epc::NoCode;
use relance_core::facts::InvoiceFacts;
use relance_core::machine::Channel;
use relance_core::program::{Program, recipients};
use relance_core::registered::{Deposit, Registered};
use relance_core::step::Grouped;
use relance_desk::calls::open::{ANSWER, OpenCall, listed, payable};
use relance_engine::paper::{Order, accounts};
use relance_engine::runner::{Sender, context};
use relance_engine::store::Loaded;
use relance_letters::{Composed, Letter};

/// A letter to print.
pub struct Waiting {
    pub client: String,
    /// The invoice that decided it.
    pub leader: String,
    pub channel: Channel,
    pub entry: Entry,
    pub letter: Letter,
    pub no_code: Option<NoCode>,
    pub to_confirm: bool,
    /// Identifies the news that it is posted: noted twice, it counts once.
    pub answer: String,
}

/// The letters of a client; those that are not to be posted go to the list.
pub fn of_client(
    (project, sender): (&Project, &Sender),
    program: &Program,
    loaded: &Loaded,
    today: NaiveDate,
    list: &mut List,
) -> Vec<Waiting> {
    let dossier = &loaded.world.dossier;
    let mut waiting = Vec::new();
    for open in listed(program, dossier, Channel::is_letter) {
        if open.since > today {
            continue;
        }
        if loaded.world.inbox.iter().any(|(_, thing)| open.is_answered_by(thing)) {
            list.deja_notees.push(open.key);
            continue;
        }
        // What is known, but not taken in by a run, may have paid it.
        let news = loaded
            .world
            .inbox
            .iter()
            .any(|(_, thing)| thing.invoice.as_ref().is_none_or(|number| open.invoices.contains(number)));
        match write((project, sender), program, dossier, &open, today) {
            Ok(_) if news => list.ecartees.push(left(
                dossier,
                &open,
                "il y a du nouveau sur ce dossier : `relance executer` d’abord",
            )),
            Ok(letter) => waiting.push(letter),
            Err(why) => list.ecartees.push(left(dossier, &open, &why)),
        }
    }
    waiting
}

fn name(dossier: &Dossier) -> &str {
    if dossier.customer.name.is_empty() { &dossier.client } else { &dossier.customer.name }
}

fn left(dossier: &Dossier, open: &OpenCall<'_>, why: &str) -> Left {
    Left {
        cle: open.key.clone(),
        nom: name(dossier).to_owned(),
        factures: open.invoices.clone(),
        raison: why.to_owned(),
    }
}

/// A letter, or why it is not to be posted.
fn write(
    (project, sender): (&Project, &Sender),
    program: &Program,
    dossier: &Dossier,
    open: &OpenCall<'_>,
    today: NaiveDate,
) -> Result<Waiting, String> {
    let leader = parse_key(&open.key).map_or("", |(leader, ..)| leader).to_owned();
    let asked = |number: &&String| {
        dossier.invoices.get(*number).is_some_and(|file| payable(program, dossier, number, file, today) > 0)
    };
    let mut numbers: Vec<&String> = open.invoices.iter().filter(asked).collect();
    // The invoice that decided it comes first, if it is still asked for.
    numbers.sort_by_key(|number| **number != leader);
    let Some((first, others)) = numbers.split_first() else {
        return Err("plus rien n’est à réclamer : payé, promis, contesté ou suspendu depuis".to_owned());
    };
    let file = dossier.invoices.get(*first).ok_or("facture inconnue")?;
    let sent = dossier.invoices.get(&leader).and_then(|file| file.sent.iter().find(|sent| sent.key == open.key));
    let template = sent.and_then(|sent| sent.template.as_ref()).or(open.contact.template.as_ref());
    let template = template.ok_or("cette lettre n’a pas de modèle")?;
    let currency = file.invoice.currency();
    let same =
        |number: &&&String| dossier.invoices.get(**number).is_some_and(|file| file.invoice.currency() == currency);
    let grouped: Vec<Grouped> =
        others.iter().filter(same).map(|number| Grouped { invoice: (*number).clone(), key: String::new() }).collect();
    let to = recipients(&dossier.customer, &program.people, open.contact).0.into_iter().next();
    let mut message =
        context(sender, program, dossier, (first, &grouped), to.as_ref(), today).ok_or("facture inconnue")?;
    let scenario = file.scenario.as_ref().and_then(|s| program.scenario(&s.name));
    let messages = scenario.into_iter().flat_map(|scenario| &scenario.machine.messages);
    let called = messages.filter(|message| message.is_of(Channel::Letter, template)).flat_map(|message| &message.calls);
    message.language = open.contact.language_for(Some(template), dossier.customer.language.as_deref());
    message.answers = InvoiceFacts::new(program, dossier, first, file, today).answers(called)?;
    let text = project.library.letter(template, &message).map_err(|problem| problem.to_string())?;
    let channel = open.contact.channel;
    let registered = channel == Channel::RegisteredLetter;
    let (accounts, form) = (accounts(dossier, &message), registered.then_some(Registered::Paper));
    let order = Order { message: &message, text: &text, registered: form, accounts: &accounts };
    if let Some(gap) = paper::gap(&project.amounts, &order) {
        return Err(gap);
    }
    let composed = paper::letter(&project.amounts, &order);
    let entry = Entry {
        cle: open.key.clone(),
        client: dossier.client.clone(),
        nom: name(dossier).to_owned(),
        factures: message.invoices.iter().map(|invoice| invoice.number.clone()).collect(),
        modele: template.clone(),
        recommandee: registered,
        sans_accord: program.listed_all_the_same(dossier, file, channel) == Deposit::Consumer,
        montant: composed.asked,
        depuis: open.since,
        pages: None,
        sans_adresse: dossier.customer.address.as_ref().is_none_or(|address| address.trim().is_empty()),
    };
    let answer = format!("{}{}", ANSWER.replace("appel", "courrier"), open.answer_id().trim_start_matches(ANSWER));
    let client = dossier.client.clone();
    let Composed { letter, no_code, to_confirm, .. } = composed;
    Ok(Waiting { client, leader, channel, entry, letter, no_code, to_confirm, answer })
}
