//! `apercu`: a message as it would leave, without sending anything.

use super::{following, paper, worlds};
use crate::args::{PreviewArgs, PreviewFormat};
use crate::failure::{Failure, file, unknown};
use crate::output::{self, BOLD, DIM, YELLOW, count};
use crate::project::{self, Project};
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
use relance_engine::store::{DocumentKind, INVOICE_NAME, invoice_key};
use relance_engine::template::{Asking, MessageContext, Rendered, SampleKind, TemplateProblem, measure, sample};
use serde::Serialize;
use std::io::Write;

/// A message, and to whom.
#[derive(Serialize)]
struct Preview {
    canal: &'static str,
    modele: String,
    /// None for an example.
    client: Option<String>,
    factures: Vec<String>,
    langue: String,
    date: NaiveDate,
    destinataires: Vec<Recipient>,
    /// The names of the files that go with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pieces: Vec<String>,
    #[serde(flatten)]
    message: Shown,
    #[serde(skip)]
    channel: Channel,
}

/// The message itself, in the words of the outside.
#[derive(Serialize)]
struct Shown {
    objet: Option<String>,
    texte: String,
    html: Option<String>,
}

/// Shows a message.
pub async fn run(dir: &std::path::Path, base: Option<&str>, args: &PreviewArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    let (channel, name) = find(&project, &args.modele)?;
    let Found { mut context, to, dossier } = if args.facture.is_empty() {
        example(&project, args, (channel, &name))
    } else {
        of_invoices(&project, base, args, (channel, &name)).await?
    };
    if args.ouvrir && matches!(args.format, PreviewFormat::Json) {
        let help = "sans --format, la page s’ouvre ; avec --format pdf, la lettre".to_owned();
        return Err(Failure::Usage("--ouvrir ne va pas avec --format json".to_owned(), help));
    }
    context.language = language(&project, (channel, &name), args.langue.as_deref().or(context.language.as_deref()))?;
    let problem = |problem: TemplateProblem| {
        anstream::eprint!("{}", output::findings::text(&[], &project.texts(), &[problem]));
        Failure::Findings("le modèle ne peut pas être composé : corrigez-le, puis recommencez.".to_owned())
    };
    let with_statement = project.library.requires_statement(channel, &name);
    if args.format == PreviewFormat::Pdf && with_statement {
        let bytes = joined_statement(&project, &context, dossier.as_ref())?;
        return paper::hand_out(&bytes, args.sortie.as_deref(), args.ouvrir);
    }
    if args.format == PreviewFormat::Pdf {
        if !channel.is_letter() {
            let path = format!("{}/{name}", channel.folder());
            let help = "le PDF est celui d’un courrier (courrier/mise_en_demeure, par exemple), ou du décompte que joint un courriel".to_owned();
            return Err(Failure::Usage(format!("`{path}` n’est pas un courrier"), help));
        }
        let registered = args.modele.starts_with(Channel::RegisteredLetter.name())
            || project.library.catalog().iter().any(|entry| {
                (entry.channel, &entry.name, entry.nature) == (channel, &name, Some(Nature::FormalNotice))
            });
        let text = project.library.letter(&name, &context).map_err(problem)?;
        let consumer = context.invoices.iter().any(|invoice| invoice.regime == "b2c");
        let service = project.config.registered.as_ref().filter(|_| !consumer);
        let form = service.map_or(Registered::Paper, |service| service.form);
        let accounts = dossier.as_ref().map(|dossier| accounts(dossier, &context)).unwrap_or_default();
        let registered = registered.then_some(form);
        let order = Order { message: &context, text: &text, registered, accounts: &accounts };
        let composed = paper::letter(&project.amounts, &order);
        if let Some(reason) = composed.no_code {
            anstream::eprintln!("{YELLOW}attention{YELLOW:#} : pas de code QR de virement : {}", reason.told());
        }
        if composed.to_confirm {
            paper::warn_of_rates("cette lettre cite");
        }
        let sheets = paper::set(&composed.letter.title, std::slice::from_ref(&composed.letter), false)?;
        return paper::hand_out(&sheets.bytes, args.sortie.as_deref(), args.ouvrir);
    }
    let rendered = project.library.render(channel, &name, &context).map_err(problem)?;
    let html = rendered.page_alone(&context.creditor.look);
    let Rendered { subject, text, .. } = rendered;
    if with_statement && !relance_letters::BUILT {
        let (what, help) = paper::not_built().words();
        anstream::eprintln!(
            "{YELLOW}attention{YELLOW:#} : {what} : ce message ne partirait pas, faute de décompte ; {help}"
        );
    }
    // The page is written with what goes with it.
    let beside = args.sortie.as_ref().filter(|_| args.ouvrir || args.format == PreviewFormat::Html);
    let beside = beside.filter(|_| with_statement && dossier.is_some() && relance_letters::BUILT);
    if let Some(path) = beside.map(|path| path.with_file_name(statement_file(&context))) {
        let bytes = joined_statement(&project, &context, dossier.as_ref())?;
        std::fs::write(&path, bytes).map_err(|error| file(&path, &error))?;
        output::print(&format!("Écrit : {}\n", path.display()))?;
    }
    let pieces = pieces(&project, base, &context, (channel, &name), dossier.is_some()).await?;
    let preview = Preview {
        canal: channel.folder(),
        modele: name.clone(),
        client: (!args.facture.is_empty()).then(|| context.client.code.clone()),
        factures: context.invoices.iter().map(|invoice| invoice.number.clone()).collect(),
        langue: context.language.clone().unwrap_or_else(|| "fr".to_owned()),
        date: context.date,
        destinataires: to,
        pieces,
        message: Shown { objet: subject, texte: text, html },
        channel,
    };
    if args.ouvrir {
        return open(&preview, args);
    }
    let shown = match args.format {
        PreviewFormat::Texte => preview.text(),
        PreviewFormat::Html | PreviewFormat::Pdf => preview.page(),
        PreviewFormat::Json if args.sortie.is_none() => return output::json(&preview),
        PreviewFormat::Json => serde_json::to_string_pretty(&preview).unwrap_or_default(),
    };
    match &args.sortie {
        None => output::print(&shown),
        Some(path) => {
            // What is written to a file has no colours.
            let plain = anstream::adapter::strip_str(&shown).to_string();
            std::fs::write(path, plain).map_err(|error| file(path, &error))?;
            output::print(&format!("Écrit : {}\n", path.display()))
        }
    }
}

/// The statement of account that goes with a message.
fn joined_statement(
    project: &Project,
    message: &MessageContext,
    dossier: Option<&Dossier>,
) -> Result<Vec<u8>, Failure> {
    let Some(dossier) = dossier else {
        let help = "ajoutez --facture NUMERO, ou laissez --format pdf pour voir le message".to_owned();
        return Err(Failure::Usage("un décompte est celui d’une vraie facture".to_owned(), help));
    };
    let (bytes, to_confirm) = paper::statement_piece(&project.amounts, message, &accounts(dossier, message))?;
    if to_confirm {
        paper::warn_of_rates("ce décompte cite");
    }
    Ok(bytes)
}

/// The names of the files that go with a message; of an example only what its template asks for.
async fn pieces(
    project: &Project,
    base: Option<&str>,
    message: &MessageContext,
    (channel, name): (Channel, &str),
    real: bool,
) -> Result<Vec<String>, Failure> {
    if channel != Channel::Email {
        return Ok(Vec::new());
    }
    let (pattern, required) = (project.config.email.attached.as_ref(), project.library.requires_invoice(channel, name));
    let wanted = real && (pattern.is_some() || required);
    let store = if wanted && project.has_base(base) { Some(project.store(base).await?) } else { None };
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
        let kept = match &store {
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
    if let Some(store) = store {
        store.close().await;
    }
    if project.library.requires_statement(channel, name) {
        names.push(statement_file(message));
    }
    Ok(names)
}

/// The template that a word names: `ferme`, or `email/ferme` where several have this name.
fn find(project: &Project, word: &str) -> Result<(Channel, String), Failure> {
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
            let near = |path: &&String| strsim::jaro_winkler(path.rsplit('/').next().unwrap_or(path), name) > 0.8;
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
struct Found {
    context: MessageContext,
    to: Vec<Recipient>,
    dossier: Option<Dossier>,
}

/// An example message, in the creditor's name.
fn example(project: &Project, args: &PreviewArgs, (channel, name): (Channel, &str)) -> Found {
    let days_late = if project.library.tone(channel, name) == Tone::Preventive { -5 } else { 18 };
    let kind = SampleKind { invoices: 1, complete: true, regime: args.regime.word(), days_late };
    let context = MessageContext { creditor: project.creditor(), ..sample(kind) };
    let of = &context.recipient;
    let to =
        Recipient { role: of.role.clone(), name: of.name.clone(), email: of.email.clone(), phone: of.phone.clone() };
    Found { context, to: vec![to], dossier: None }
}

/// The message on invoices, as the base or the files know them.
async fn of_invoices(
    project: &Project,
    base: Option<&str>,
    args: &PreviewArgs,
    (channel, name): (Channel, &str),
) -> Result<Found, Failure> {
    // What is in force speaks, as in a run.
    let program = if project.has_base(base) {
        following::current(project, &*project.store(base).await?).await?
    } else {
        project.program()?
    };
    let day = args.le.unwrap_or_else(|| project.today());
    let Some((number, others)) = args.facture.split_first() else { return Ok(example(project, args, (channel, name))) };
    let mut world = world(project, &program, base, number, day).await?;
    take_in(&program, &mut world, day);
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
        context(&project.sender()?, &program, dossier, (number, &grouped), to.first(), day).ok_or_else(missing)?;
    let facts = InvoiceFacts::new(&program, dossier, number, file, day);
    if facts.collectable() <= 0 {
        let on = french_date(day);
        anstream::eprintln!(
            "{YELLOW}attention{YELLOW:#} : rien n’est exigible sur `{number}` au {on}, aucune relance n’en partirait"
        );
    }
    let of_it = |asking: &Asking<'_>| (asking.channel, asking.name) == (channel, name);
    let asking: Vec<Asking<'_>> = project.library.asking().filter(of_it).collect();
    if asking.iter().any(|asking| asking.computed) {
        let all = args.facture.iter().filter_map(|number| dossier.invoices.get(number));
        firm(project, dossier, &all.collect::<Vec<_>>(), day)?;
    }
    let calls = asking.iter().flat_map(|asking| asking.called).map(|called| &called.call);
    let failed = |reason| Failure::Findings(format!("le script n’a pas répondu : {reason}"));
    message.answers = facts.answers(calls).map_err(failed)?;
    message.language.clone_from(&dossier.customer.language);
    Ok(Found { context: message, to, dossier: Some(world.dossier) })
}

/// The language in which a template is written to who reads `wanted`, as in a run; one asked for that it lacks is told.
fn language(
    project: &Project,
    (channel, name): (Channel, &str),
    wanted: Option<&str>,
) -> Result<Option<String>, Failure> {
    let mut entries = project.library.catalog().into_iter();
    let Some(entry) = entries.find(|entry| (entry.channel, entry.name.as_str()) == (channel, name)) else {
        return Ok(None);
    };
    let own = entry.language.clone();
    let contact = Contact { language: entry.language, variants: entry.variants, ..contact(channel, name) };
    let language = contact.language_for(Some(name), wanted);
    let given = language.as_deref().unwrap_or("fr");
    if let Some(wanted) = wanted.filter(|wanted| *wanted != given) {
        let own = own.as_deref().unwrap_or("fr");
        let file = format!("modeles/{}/{name}.{wanted}.md", channel.folder());
        anstream::eprintln!(
            "{YELLOW}attention{YELLOW:#} : ce modèle n’existe pas en `{wanted}`, il part en `{own}` ; pour le traduire : {file}"
        );
    }
    Ok(language)
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

/// The client's file of an invoice.
async fn world(
    project: &Project,
    program: &Program,
    base: Option<&str>,
    number: &str,
    day: NaiveDate,
) -> Result<World, Failure> {
    let from = start_of_day(day, program.zone);
    let unknown = || crate::failure::unknown("facture", number);
    if project.has_base(base) {
        let store = project.store(base).await?;
        if !store.clients().await?.is_empty() {
            let client = store.client_of(number).await?.ok_or_else(unknown)?;
            let until = end_of_day(day, program.zone);
            let loaded = worlds::from_base(project, program, &*store, until, Some(&client)).await?;
            return loaded.worlds.into_iter().next().ok_or_else(unknown);
        }
    }
    let mut loaded = worlds::load(project, program, base, None, from, None).await?;
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

/// Shows the page in the browser.
fn open(preview: &Preview, args: &PreviewArgs) -> Result<(), Failure> {
    let path = match &args.sortie {
        Some(path) => path.clone(),
        None => {
            let mut kept =
                tempfile::Builder::new().prefix("relance-apercu-").suffix(".html").tempfile().map_err(|error| {
                    Failure::Outside(
                        format!("impossible d’écrire l’aperçu : {error}"),
                        "dites où : --sortie FICHIER".to_owned(),
                    )
                })?;
            kept.write_all(preview.page().as_bytes()).map_err(|error| file(kept.path(), &error))?;
            let (_, path) = kept.keep().map_err(|error| file(error.file.path(), &error.error))?;
            path
        }
    };
    if args.sortie.is_some() {
        std::fs::write(&path, preview.page()).map_err(|error| file(&path, &error))?;
    }
    open::that_detached(&path).map_err(|_| {
        Failure::Outside(
            "aucun navigateur ne s’est ouvert".to_owned(),
            format!("le message est écrit dans `{}`, ouvrez-le vous-même", path.display()),
        )
    })?;
    output::print(&format!("Ouvert dans le navigateur : {}\n", path.display()))
}

impl Preview {
    /// For a person at a terminal.
    fn text(&self) -> String {
        let reached = |one: &Recipient| {
            let address = if self.channel == Channel::Email { &one.email } else { &one.phone };
            match (&one.name, address) {
                (Some(name), Some(address)) => format!("{name} <{address}>"),
                (Some(name), None) => name.clone(),
                (None, Some(address)) => address.clone(),
                (None, None) => "adresse inconnue".to_owned(),
            }
        };
        let mut out = String::new();
        let mut line = |label: &str, text: &str| out.push_str(&format!("{BOLD}{label} :{BOLD:#} {text}\n"));
        // A letter says itself to whom it goes.
        if !self.channel.is_letter() {
            line("À", &self.destinataires.iter().map(reached).collect::<Vec<_>>().join(", "));
        }
        if let Some(subject) = self.message.objet.as_ref().filter(|_| self.channel == Channel::Email) {
            line("Objet", subject);
        }
        if !self.pieces.is_empty() {
            line("Pièces jointes", &self.pieces.join(", "));
        }
        if self.channel == Channel::Sms {
            let size = measure(&self.message.texte);
            let segments = count(size.segments, "SMS", "SMS");
            line("Taille", &format!("{}, {}", segments, count(size.units, "caractère", "caractères")));
        }
        let about = match &self.client {
            Some(client) => format!("client {client}, {}", self.factures.join(", ")),
            None => "exemple ; `--facture NUMERO` pour une vraie facture".to_owned(),
        };
        let language = if self.langue == "fr" { String::new() } else { format!(", en `{}`", self.langue) };
        out.push_str(&format!("{DIM}{}/{}{language}, {about}{DIM:#}\n\n", self.canal, self.modele));
        out.push_str(self.message.texte.trim_end());
        out.push('\n');
        out
    }

    /// The page; a text message is shown as plain text.
    fn page(&self) -> String {
        let Some(html) = &self.message.html else {
            let text = self.message.texte.replace('&', "&amp;").replace('<', "&lt;");
            let bubble = "max-width:300px;padding:12px 16px;border-radius:18px;background:#e6ebf0;color:#1c2733;\
                font:16px/1.45 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;overflow-wrap:anywhere;";
            return format!(
                "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
                 <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>SMS</title>\n</head>\n\
                 <body style=\"margin:24px 16px;background:#ffffff;\">\n<p style=\"{bubble}\">{text}</p>\n</body>\n</html>\n",
                self.langue
            );
        };
        html.clone()
    }
}
