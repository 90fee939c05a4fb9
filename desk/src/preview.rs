//! A message as it would leave, without sending anything.

use crate::failure::{Failure, unknown};
use crate::paper;
use crate::project::Project;
use crate::words::count;
use crate::worlds;
use chrono::NaiveDate;
use relance_core::day::{end_of_day, french_date, start_of_day};
use relance_core::dossier::{Dossier, InvoiceFile};
use relance_core::facts::InvoiceFacts;
use relance_core::interest::{Debt, statement};
use relance_core::machine::{Channel, Contact, Nature, Tone};
use relance_core::program::{Program, Recipient, recipients};
use relance_core::registered::Registered;
use relance_core::simulate::World;
use relance_core::step::{Grouped, step};
use relance_engine::paper::{Order, accounts};
use relance_engine::runner::{context, invoice_file, statement_file};
use relance_engine::store::{DocumentKind, INVOICE_NAME, Store, invoice_key};
use relance_engine::template::{Asking, MessageContext, SampleKind, TemplateProblem, sample};
use strsim::jaro_winkler;

/// A template by its channel and name.
pub type Template<'a> = (Channel, &'a str);

/// The template that a word names: `ferme`, or `email/ferme` where several have this name.
pub fn find(project: &Project, word: &str) -> Result<(Channel, String), Failure> {
    let word = word.trim_start_matches("modeles/").trim_end_matches(".md");
    let known: Vec<(Channel, String)> =
        project.library.catalog().into_iter().map(|entry| (entry.channel, entry.name)).collect();
    let (folder, name) = word.split_once('/').map_or((None, word), |(folder, name)| (Some(folder), name));
    let channel = folder.map(|folder| {
        let by_name = Channel::ALL.into_iter().find(|channel| channel.name() == folder || channel.folder() == folder);
        by_name.map(|channel| if channel.is_letter() { Channel::Letter } else { channel }).ok_or_else(|| {
            let folders = known.iter().map(|(channel, _)| format!("`{}`", channel.folder()));
            let folders: std::collections::BTreeSet<String> = folders.collect();
            Failure::Usage(
                format!("`{folder}` n’est pas une voie"),
                format!("celles des modèles du projet : {}", folders.into_iter().collect::<Vec<_>>().join(", ")),
            )
        })
    });
    let channel = channel.transpose()?;
    let mut found: Vec<&(Channel, String)> =
        known.iter().filter(|(of, own)| own == name && channel.is_none_or(|channel| channel == *of)).collect();
    let path = |(channel, name): &(Channel, String)| format!("{}/{name}", channel.folder());
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only.clone()),
        (Some(last), false) => {
            let paths: Vec<String> = found.into_iter().chain([last]).map(|one| format!("`{}`", path(one))).collect();
            Err(Failure::Usage(
                format!("{} portent le nom `{name}`", count(paths.len(), "modèle", "modèles")),
                format!("dites lequel : {}", paths.join(", ")),
            ))
        }
        (None, _) => {
            let paths: Vec<String> = known.iter().map(path).collect();
            let near = |path: &&String| jaro_winkler(path.rsplit('/').next().unwrap_or(path), name) > 0.8;
            let near: Vec<String> = paths.iter().filter(near).map(|path| format!("`{path}`")).collect();
            let help = match near.as_slice() {
                [] if paths.is_empty() => "le dossier `modeles` est vide".to_owned(),
                [] => format!("ceux du projet : {}", paths.join(", ")),
                near => format!("vouliez-vous dire {} ?", near.join(" ou ")),
            };
            Err(Failure::Usage(format!("il n’y a pas de modèle `{word}`"), help))
        }
    }
}

/// What a message says, to whom, and the file behind it; none behind an example.
pub struct Found {
    /// What the template reads.
    pub context: MessageContext,
    /// To whom.
    pub to: Vec<Recipient>,
    /// The client's file.
    pub dossier: Option<Dossier>,
    /// What to tell of it, in French.
    pub warning: Option<String>,
}

/// An example message, in the creditor's name.
pub fn example(project: &Project, regime: &'static str, (channel, name): Template<'_>) -> Found {
    let days_late = if project.library.tone(channel, name) == Tone::Preventive { -5 } else { 18 };
    let kind = SampleKind { invoices: 1, complete: true, regime: regime, days_late };
    let context = MessageContext { creditor: project.creditor(), ..sample(kind) };
    let of = &context.recipient;
    let to =
        Recipient { role: of.role.clone(), name: of.name.clone(), email: of.email.clone(), phone: of.phone.clone() };
    Found { context, to: vec![to], dossier: None, warning: None }
}

/// The message on invoices of one client, the first of which leads, on a day. `world` has what is known of the client then.
pub fn of_invoices(
    project: &Project,
    program: &Program,
    mut world: World,
    numbers: &[String],
    day: NaiveDate,
    (channel, name): Template<'_>,
) -> Result<Found, Failure> {
    let Some((number, others)) = numbers.split_first() else {
        return Err(Failure::Usage("il manque la facture dont parle le message".to_owned(), String::new()));
    };
    take_in(program, &mut world, day);
    let dossier = &world.dossier;
    let Some(file) = dossier.invoices.get(number) else {
        let until = format!("elle n’est pas encore connue au {}", french_date(day));
        return Err(Failure::Usage(
            format!("facture `{number}` : {until}"),
            "choisissez un autre jour : --le".to_owned(),
        ));
    };
    let grouped = others.iter().map(|other| {
        let known = dossier.invoices.contains_key(other);
        known.then(|| Grouped { invoice: other.clone(), key: String::new() }).ok_or_else(|| {
            Failure::Usage(
                format!("`{other}` n’est pas une facture du client {}", dossier.client),
                format!("un message groupé parle des factures d’un seul client, celui de `{number}`"),
            )
        })
    });
    let grouped: Vec<Grouped> = grouped.collect::<Result<_, _>>()?;
    let (to, _) = recipients(&dossier.reached_by(channel), &program.people, &contact(channel, name));
    let missing = || unknown("facture", number);
    let mut message =
        context(&project.sender()?, program, dossier, (number, &grouped), to.first(), day).ok_or_else(missing)?;
    let facts = InvoiceFacts::new(program, dossier, number, file, day);
    let warning = (facts.collectable() <= 0).then(|| {
        let on = french_date(day);
        format!("rien n’est exigible sur `{number}` au {on}, aucune relance n’en partirait")
    });
    let of_it = |asking: &Asking<'_>| (asking.channel, asking.name) == (channel, name);
    let asking: Vec<Asking<'_>> = project.library.asking().filter(of_it).collect();
    if asking.iter().any(|asking| asking.computed) {
        let all = numbers.iter().filter_map(|number| dossier.invoices.get(number));
        firm(project, dossier, &all.collect::<Vec<_>>(), day)?;
    }
    let calls = asking.iter().flat_map(|asking| asking.called).map(|called| &called.call);
    let failed = |reason| Failure::Findings(format!("le script n’a pas répondu : {reason}"));
    message.answers = facts.answers(calls).map_err(failed)?;
    message.language.clone_from(&dossier.customer.language);
    Ok(Found { context: message, to, dossier: Some(world.dossier), warning })
}

/// The language in which a template is written to who reads `wanted`, as in a run; and what to tell of one asked for that it lacks.
pub fn language(
    project: &Project,
    (channel, name): Template<'_>,
    wanted: Option<&str>,
) -> (Option<String>, Option<String>) {
    let mut entries = project.library.catalog().into_iter();
    let Some(entry) = entries.find(|entry| (entry.channel, entry.name.as_str()) == (channel, name)) else {
        return (None, None);
    };
    let own = entry.language.clone();
    let contact = Contact { language: entry.language, variants: entry.variants, ..contact(channel, name) };
    let language = contact.language_for(Some(name), wanted);
    let given = language.as_deref().unwrap_or("fr");
    let warning = wanted.filter(|wanted| *wanted != given).map(|wanted| {
        let own = own.as_deref().unwrap_or("fr");
        let file = format!("modeles/{}/{name}.{wanted}.md", channel.folder());
        format!("ce modèle n’existe pas en `{wanted}`, il part en `{own}` ; pour le traduire : {file}")
    });
    (language, warning)
}

/// A contact of this template and nothing more.
fn contact(channel: Channel, name: &str) -> Contact {
    Contact {
        channel,
        template: Some(name.to_owned()),
        choice: None,
        nature: Nature::Reminder,
        tone: Tone::default(),
        language: None,
        variants: Vec::new(),
        to: Vec::new(),
        copy: Vec::new(),
    }
}

/// The client's file of an invoice: from a base that holds something, else from the project's `donnees`.
pub async fn world(
    project: &Project,
    program: &Program,
    store: Option<&dyn Store>,
    number: &str,
    day: NaiveDate,
) -> Result<World, Failure> {
    let unknown = || unknown("facture", number);
    if let Some(store) = store {
        let client = store.client_of(number).await?.ok_or_else(unknown)?;
        let until = end_of_day(day, program.zone);
        let loaded = worlds::from_base(project, program, store, until, Some(&client)).await?;
        return loaded.worlds.into_iter().next().ok_or_else(unknown);
    }
    let mut loaded = worlds::from_folder(project, start_of_day(day, program.zone))?;
    loaded.worlds.retain(|world| world.inbox.names(number));
    loaded.worlds.pop().ok_or_else(unknown)
}

/// Takes in what is known by the end of the day; nothing of what that makes due is taken for done.
fn take_in(program: &Program, world: &mut World, day: NaiveDate) {
    let until = end_of_day(day, program.zone);
    while let Some(now) = world.inbox.next().filter(|next| *next <= until) {
        let now = world.dossier.clock.map_or(now, |clock: relance_core::day::Instant| clock.max(now));
        let news = world.inbox.take(now);
        step(program, &mut world.dossier, now, news);
    }
}

/// A message that states amounts does not leave while they are not firm: it cannot be shown either.
fn firm(project: &Project, dossier: &Dossier, files: &[&InvoiceFile], day: NaiveDate) -> Result<(), Failure> {
    for file in files {
        if let Some(gap) = statement(&Debt::of(dossier, file), &project.amounts, day).gaps.first() {
            return Err(Failure::Findings(format!(
                "ce message chiffre des pénalités, et ne partirait pas : {}",
                gap.told()
            )));
        }
    }
    Ok(())
}

/// A letter, set.
pub struct SetLetter {
    /// The PDF.
    pub bytes: Vec<u8>,
    /// Why it has no payment code, in French.
    pub no_code: Option<String>,
    /// A rate behind its amounts is to be confirmed.
    pub to_confirm: bool,
}

/// Sets the letter of a template.
pub fn set_letter(
    project: &Project,
    name: &str,
    (message, dossier): (&MessageContext, Option<&Dossier>),
    registered: bool,
) -> Result<SetLetter, LetterTrouble> {
    let registered = registered
        || project.library.catalog().iter().any(|entry| {
            (entry.channel, entry.name.as_str(), entry.nature) == (Channel::Letter, name, Some(Nature::FormalNotice))
        });
    let text = project.library.letter(name, message).map_err(LetterTrouble::Template)?;
    let consumer = message.invoices.iter().any(|invoice| invoice.regime == "b2c");
    let service = project.config.registered.as_ref().filter(|_| !consumer);
    let form = service.map_or(Registered::Paper, |service| service.form);
    let accounts = dossier.map(|dossier| accounts(dossier, message)).unwrap_or_default();
    let order = Order { message, text: &text, registered: registered.then_some(form), accounts: &accounts };
    let composed = paper::letter(&project.amounts, &order);
    let set = paper::set(&composed.letter.title, std::slice::from_ref(&composed.letter), false);
    Ok(SetLetter {
        bytes: set.map_err(LetterTrouble::Paper)?.bytes,
        no_code: composed.no_code.map(|reason| reason.told()),
        to_confirm: composed.to_confirm,
    })
}

/// Why a letter is not set.
pub enum LetterTrouble {
    /// Its template cannot be composed.
    Template(TemplateProblem),
    /// It cannot be set.
    Paper(Failure),
}

/// The statement of account that goes with a message, and whether a rate behind it is to be confirmed.
pub fn joined_statement(
    project: &Project,
    message: &MessageContext,
    dossier: Option<&Dossier>,
) -> Result<(Vec<u8>, bool), Failure> {
    let Some(dossier) = dossier else {
        let help = "ajoutez --facture NUMERO, ou laissez --format pdf pour voir le message".to_owned();
        return Err(Failure::Usage("un décompte est celui d’une vraie facture".to_owned(), help));
    };
    paper::statement_piece(&project.amounts, message, &accounts(dossier, message))
}

/// The names of the files that go with a message; of an example only what its template asks for.
pub async fn pieces(
    project: &Project,
    store: Option<&dyn Store>,
    message: &MessageContext,
    (channel, name): Template<'_>,
    real: bool,
) -> Result<Vec<String>, Failure> {
    if channel != Channel::Email {
        return Ok(Vec::new());
    }
    let (pattern, required) = (project.config.email.attached.as_ref(), project.library.requires_invoice(channel, name));
    let wanted = real && (pattern.is_some() || required);
    let mut names = Vec::new();
    for invoice in message.invoices.iter().filter(|_| wanted) {
        let (number, client) = (&invoice.number, &message.client.code);
        let file = |pattern: &str| {
            let path = project.dir.join(invoice_file(pattern, number, client));
            let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            (path, file)
        };
        let named = pattern.map(|pattern| file(pattern));
        if let Some((_, file)) = named.as_ref().filter(|(path, _)| path.is_file()) {
            names.push(file.clone());
            continue;
        }
        let kept = match store {
            Some(store) => {
                store.document(client, &invoice_key(number), DocumentKind::Invoice, INVOICE_NAME).await?.is_some()
            }
            None => false,
        };
        // As it was imported.
        let (_, own) = file("{numero}.pdf");
        match named {
            _ if kept => names.push(own),
            named if required => names.push(format!("{} (absente)", named.map_or(own, |(_, file)| file))),
            _ => {}
        }
    }
    if project.library.requires_statement(channel, name) {
        names.push(statement_file(message));
    }
    Ok(names)
}
