//! `relever`: reads the mailbox to which bounces and answers come.

use super::import::moment;
use crate::args::{FetchArgs, Format};
use crate::failure::Failure;
use crate::output::{self, BOLD, DIM, GREEN, RED, YELLOW, count};
use crate::project::{self, Project, now};
use relance_engine::channel::Tokens;
use relance_engine::mailbox::{self, Kind, Mailbox, Read, Trouble};
use relance_engine::store::Store;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often a service reads the mailbox.
const EVERY: Duration = Duration::from_secs(60);

/// Where what comes back is read, and what it takes to understand it.
pub struct Inbox {
    mailbox: Option<Mailbox>,
    tokens: Option<Tokens>,
    own: Vec<String>,
    zone: chrono_tz::Tz,
}

impl Inbox {
    /// As the settings of a project say.
    pub fn of(project: &Project) -> Result<Inbox, Failure> {
        let (mailbox, tokens) = (mailbox(project)?, tokens(project)?);
        Ok(Inbox { mailbox, tokens, own: project.config.own_addresses(), zone: project.config.creditor.zone })
    }
}

/// Reads the mailbox once.
pub async fn run(dir: &Path, base: Option<&str>, args: &FetchArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    let Inbox { mailbox: Some(mailbox), tokens, own, zone } = Inbox::of(&project)? else {
        return Err(Failure::Usage(
            "relance.toml ne dit pas où arrivent les réponses".to_owned(),
            "écrivez une section [reponses] avec imap = \"serveur\" ou maildir = \"chemin de la boîte\" (voyez docs/courriels.md)".to_owned(),
        ));
    };
    let store = project.store(base).await?;
    let read = mailbox::collect(&*store, &mailbox, (tokens.as_ref(), &own), moment(args.le, zone), zone).await;
    let read = read.map_err(|trouble| failure(&mailbox, trouble))?;
    store.close().await;
    match args.printed.format {
        Format::Json => output::json(&json!({ "courriels": read })),
        Format::Texte => output::print(&text(&read)),
    }
}

/// Reads the mailbox of a service for ever, if there is one, also a later one. What cannot be read is told once, and tried again.
pub async fn regularly(mut inboxes: watch::Receiver<Arc<Inbox>>, store: &dyn Store) -> std::convert::Infallible {
    let mut told: Option<String> = None;
    loop {
        let inbox = Arc::clone(&inboxes.borrow_and_update());
        let Inbox { mailbox: Some(mailbox), tokens, own, zone } = &*inbox else {
            told = None;
            if inboxes.changed().await.is_err() {
                return std::future::pending().await;
            }
            continue;
        };
        match mailbox::collect(store, mailbox, (tokens.as_ref(), own), now(), *zone).await {
            Ok(read) => {
                told = None;
                if !read.is_empty() {
                    let of = |kind| read.iter().filter(|one| one.kind == kind).count();
                    tracing::info!(
                        courriels = read.len(),
                        retours = of(Kind::Bounce),
                        reponses = of(Kind::Reply),
                        inconnus = of(Kind::Unknown),
                        "la boîte aux lettres est relevée"
                    );
                }
            }
            Err(trouble) => {
                let (message, _) = failure(mailbox, trouble).words();
                if told.as_ref() != Some(&message) {
                    tracing::error!(
                        erreur = message,
                        "la boîte aux lettres n’a pas pu être relevée : nouvel essai dans une minute"
                    );
                    told = Some(message);
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            Ok(()) = inboxes.changed() => {}
        }
    }
}

/// What makes the marks of the clients' addresses.
fn tokens(project: &Project) -> Result<Option<Tokens>, Failure> {
    Tokens::new(&project.config).map_err(|problem| {
        Failure::Outside(
            problem.to_string(),
            "donnez ce secret, ou retirez `adresse` et `secret_env` de [reponses]".to_owned(),
        )
    })
}

fn mailbox(project: &Project) -> Result<Option<Mailbox>, Failure> {
    Mailbox::open(&project.config.replies, &project.dir)
        .map_err(|problem| Failure::Outside(problem.to_string(), "corrigez la section [reponses]".to_owned()))
}

fn failure(mailbox: &Mailbox, trouble: Trouble) -> Failure {
    let path = match mailbox {
        Mailbox::Maildir(maildir) => maildir.path().display().to_string(),
        Mailbox::Imap(_) => String::new(),
    };
    match trouble {
        Trouble::Base(error) => error.into(),
        Trouble::Server(trouble) => Failure::Outside(trouble.message, trouble.advice),
        Trouble::Folder(error) if error.kind() == std::io::ErrorKind::NotFound => Failure::Outside(
            format!("`{path}` n’est pas une boîte maildir : il y manque le dossier `new`"),
            "corrigez `maildir` dans [reponses] : c’est le dossier qui contient `new`, `cur` et `tmp`".to_owned(),
        ),
        Trouble::Folder(error) => Failure::Outside(
            format!("la boîte `{path}` ne se lit pas, ou ses courriels ne se déplacent pas ({})", reason(&error)),
            "vérifiez ses droits et la place du disque ; ce qui est déjà noté ne le sera pas deux fois".to_owned(),
        ),
    }
}

fn reason(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => "accès refusé",
        std::io::ErrorKind::StorageFull => "disque plein",
        std::io::ErrorKind::ReadOnlyFilesystem => "disque en lecture seule",
        std::io::ErrorKind::NotADirectory => "ce n’est pas un dossier",
        _ => "le système refuse",
    }
}

/// What each kind is called, and what follows.
fn words(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Bounce => ("retour", "échec du message"),
        Kind::Late => ("retard", "rien ne suit"),
        Kind::Delivered => ("remis", "remise du message"),
        Kind::Absence => ("absence", "événement « absence »"),
        Kind::Receipt => ("accusé", "rien ne suit"),
        Kind::Reply => ("réponse", "réponse du client, à lire"),
        Kind::Own => ("de nous", "rien ne suit"),
        Kind::Unknown => ("inconnu", "à vous de lire"),
    }
}

fn text(read: &[Read]) -> String {
    if read.is_empty() {
        return "Aucun courriel nouveau.\n".to_owned();
    }
    let (known, unknown): (Vec<&Read>, Vec<&Read>) = read.iter().partition(|one| one.kind != Kind::Unknown);
    let mut out = format!("{GREEN}Relevé{GREEN:#} : {}.\n", count(read.len(), "courriel", "courriels"));
    for one in known {
        let (name, follows) = words(one.kind);
        let color = if one.kind == Kind::Bounce { RED } else { BOLD };
        let about = match (&one.client, one.invoices.as_slice()) {
            (Some(client), []) => format!("client {client}"),
            (Some(client), invoices) => format!("{} (client {client})", invoices.join(", ")),
            (None, _) => one.from.clone().unwrap_or_default(),
        };
        let detail = one.detail.as_ref().map(|detail| format!(" : {detail}")).unwrap_or_default();
        let again = matches!(one.kind, Kind::Bounce | Kind::Delivered | Kind::Absence | Kind::Reply) && !one.new;
        let follows = if again { "déjà connu" } else { follows };
        out.push_str(&format!("  {color}{name:<8}{color:#} {about}{detail} {DIM}→ {follows}{DIM:#}\n"));
    }
    if unknown.is_empty() {
        return out;
    }
    let told = count(unknown.len(), "courriel n’a été rattaché à rien", "courriels n’ont été rattachés à rien");
    out.push_str(&format!("{YELLOW}À lire{YELLOW:#} : {told}. Ils restent non lus dans la boîte, avec un drapeau.\n"));
    for one in unknown {
        let from = one.from.as_deref().unwrap_or("expéditeur inconnu");
        let subject = if one.subject.is_empty() { "sans objet".to_owned() } else { format!("« {} »", one.subject) };
        let detail = one.detail.as_deref().unwrap_or_default();
        out.push_str(&format!("  {from}, {subject} : {detail} {DIM}({}){DIM:#}\n", one.file));
    }
    out
}
