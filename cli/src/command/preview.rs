//! `apercu`: a message as it would leave, without sending anything.

use super::{following, paper};
use crate::args::{PreviewArgs, PreviewFormat};
use crate::failure::{Failure, file};
use crate::output::{self, BOLD, DIM, YELLOW, count};
use crate::project::{self, Project};
use chrono::NaiveDate;
use relance_core::dossier::Dossier;
use relance_core::machine::Channel;
use relance_core::program::Recipient;
use relance_desk::preview::{
    Found, LetterTrouble, example, find, joined_statement, language, of_invoices, pieces, set_letter, world,
};
use relance_engine::runner::statement_file;
use relance_engine::template::{MessageContext, Rendered, TemplateProblem, measure};
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
    let store = if project.has_base(base) { Some(project.store(base).await?) } else { None };
    let Found { mut context, to, dossier, warning } = match args.facture.first() {
        None => example(&project, args.regime.word(), (channel, &name)),
        Some(first) => {
            // What is in force speaks, as in a run.
            let program = match &store {
                Some(store) => following::current(&project, &**store).await?,
                None => project.program()?,
            };
            let filled = match store.as_deref() {
                Some(store) if !store.clients().await?.is_empty() => Some(store),
                _ => None,
            };
            let day = args.le.unwrap_or_else(|| project.today());
            let world = world(&project, &program, filled, first, day).await?;
            of_invoices(&project, &program, world, &args.facture, day, (channel, &name))?
        }
    };
    warn(warning);
    if args.ouvrir && matches!(args.format, PreviewFormat::Json) {
        let help = "sans --format, la page s’ouvre ; avec --format pdf, la lettre".to_owned();
        return Err(Failure::Usage("--ouvrir ne va pas avec --format json".to_owned(), help));
    }
    let (language, warning) =
        language(&project, (channel, &name), args.langue.as_deref().or(context.language.as_deref()));
    warn(warning);
    context.language = language;
    let problem = |problem: TemplateProblem| {
        anstream::eprint!("{}", output::findings::text(&[], &project.texts(), &[problem]));
        Failure::Findings("le modèle ne peut pas être composé : corrigez-le, puis recommencez.".to_owned())
    };
    let with_statement = project.library.requires_statement(channel, &name);
    if args.format == PreviewFormat::Pdf && with_statement {
        let bytes = joined(&project, &context, dossier.as_ref())?;
        return paper::hand_out(&bytes, args.sortie.as_deref(), args.ouvrir);
    }
    if args.format == PreviewFormat::Pdf {
        if !channel.is_letter() {
            let path = format!("{}/{name}", channel.folder());
            let help = "le PDF est celui d’un courrier (courrier/mise_en_demeure, par exemple), ou du décompte que joint un courriel".to_owned();
            return Err(Failure::Usage(format!("`{path}` n’est pas un courrier"), help));
        }
        let registered = args.modele.starts_with(Channel::RegisteredLetter.name());
        let set = match set_letter(&project, &name, (&context, dossier.as_ref()), registered) {
            Ok(set) => set,
            Err(LetterTrouble::Template(found)) => return Err(problem(found)),
            Err(LetterTrouble::Paper(failure)) => return Err(failure),
        };
        warn(set.no_code.map(|reason| format!("pas de code QR de virement : {reason}")));
        if set.to_confirm {
            paper::warn_of_rates("cette lettre cite");
        }
        return paper::hand_out(&set.bytes, args.sortie.as_deref(), args.ouvrir);
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
        let bytes = joined(&project, &context, dossier.as_ref())?;
        std::fs::write(&path, bytes).map_err(|error| file(&path, &error))?;
        output::print(&format!("Écrit : {}\n", path.display()))?;
    }
    let pieces = pieces(&project, store.as_deref(), &context, (channel, &name), dossier.is_some()).await?;
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

fn warn(warning: Option<String>) {
    if let Some(warning) = warning {
        anstream::eprintln!("{YELLOW}attention{YELLOW:#} : {warning}");
    }
}

/// The statement of account that goes with a message.
fn joined(project: &Project, message: &MessageContext, dossier: Option<&Dossier>) -> Result<Vec<u8>, Failure> {
    let (bytes, to_confirm) = joined_statement(project, message, dossier)?;
    if to_confirm {
        paper::warn_of_rates("ce décompte cite");
    }
    Ok(bytes)
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
