//! The messages, letters and proofs of a litigation file, in the order of the journal.

use super::events::{day, french};
use super::{Gathered, Matter, archive};
use crate::failure::Failure;
use relance_core::day::french_date;
use relance_core::journal::{Kind, Line};
use relance_engine::store::{DocumentKind, Kept, Message, StoreError};
use std::collections::BTreeSet;

/// Puts in what is kept. Returns of how many messages nothing is.
pub async fn gather(matter: &Matter<'_>, lines: &[Line], gathered: &mut Gathered) -> Result<usize, Failure> {
    let client = &matter.dossier.client;
    let record = matter.store.record(client).await?;
    let kept = matter.store.documents(client).await?;
    let (mut told, mut unkept) = (BTreeSet::new(), 0);
    for line in lines.iter().filter(|line| matches!(line.kind, Kind::Sent | Kind::InDoubt | Kind::Failed)) {
        // A grouped invoice stands in the message of another one.
        let Some(key) = line.message.as_deref().or(line.cle.as_deref()) else { continue };
        if line.canal == Some("appel") || !told.insert(key.to_owned()) {
            continue;
        }
        let message = record.messages.iter().find(|message| message.message.key == key);
        let own: Vec<&Kept> = kept.iter().filter(|document| document.key == key).collect();
        let details = details(line, message, lines, key);
        let what = format!("{} du {}", name(line), french(line));
        if !own.iter().any(|document| document.kind != DocumentKind::Proof) {
            // A refused message has left nothing to keep.
            let said = if line.kind == Kind::Failed {
                "rien n’est parti"
            } else {
                unkept += 1;
                "contenu non gardé : le journal seul en témoigne"
            };
            gathered.piece(
                what.clone(),
                [details.clone(), vec![said.to_owned()]].concat(),
                Some("journal.jsonl".to_owned()),
            );
        }
        for document in own {
            put(matter, gathered, document, (&what, &details), line).await?;
        }
    }
    // What belongs to these invoices, and to no line: kept all the same.
    let leads = |document: &&Kept| {
        let leader = document.key.rsplit_once('#').map(|(leader, _)| leader);
        leader.is_some_and(|leader| matter.numbers.iter().any(|number| number == leader))
    };
    let zone = matter.project.config.creditor.zone;
    for document in kept.iter().filter(|document| !told.contains(&document.key)).filter(leads) {
        let on = document.at.with_timezone(&zone).date_naive();
        let (folder, what) = match document.kind {
            DocumentKind::Proof => ("preuves/", format!("Preuve {}", document.name)),
            DocumentKind::Piece => {
                ("client/", format!("Pièce envoyée par le client le {} : {}", french_date(on), document.name))
            }
            DocumentKind::Message | DocumentKind::Letter | DocumentKind::Invoice => continue,
        };
        if on <= matter.day {
            let bytes = read(matter, document).await?;
            let (stem, extension) = parts(&document.name);
            let place = gathered.archive.put(folder, (stem, &extension), bytes);
            gathered.piece(what, Vec::new(), Some(place));
        }
    }
    Ok(unkept)
}

async fn put(
    matter: &Matter<'_>,
    gathered: &mut Gathered,
    document: &Kept,
    (what, details): (&str, &[String]),
    line: &Line,
) -> Result<(), Failure> {
    let bytes = read(matter, document).await?;
    let (stem, extension) = parts(&document.name);
    let number = gathered.pieces.len() + 1;
    let channel = line.canal.unwrap_or_default().replace('é', "e").replace('_', "-");
    let template = line.modele.as_deref().map(archive::safe).unwrap_or_default();
    let (folder, name, what) = match document.kind {
        DocumentKind::Proof => {
            ("preuves/", format!("{number:02}-{}", archive::safe(stem)), format!("Preuve de : {what}"))
        }
        DocumentKind::Letter => {
            let stem = archive::safe(stem);
            ("messages/", format!("{number:02}-{channel}-{template}-{stem}"), format!("{what}, imprimée"))
        }
        DocumentKind::Message | DocumentKind::Invoice | DocumentKind::Piece => {
            ("messages/", format!("{number:02}-{}-{channel}-{template}", day(line)), what.to_owned())
        }
    };
    let place = gathered.archive.put(folder, (&name, &extension), bytes);
    gathered.piece(what, details.to_vec(), Some(place));
    Ok(())
}

async fn read(matter: &Matter<'_>, document: &Kept) -> Result<Vec<u8>, Failure> {
    let Kept { key, kind, name, .. } = document;
    let bytes = matter.store.document(&matter.dossier.client, key, *kind, name).await?;
    bytes.ok_or_else(|| StoreError::Document(name.clone()).into())
}

/// The name and the extension of a document; both are somebody's words.
fn parts(name: &str) -> (&str, String) {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !extension.is_empty() && extension.len() <= 5 => (stem, archive::safe(extension)),
        _ => (name, "bin".to_owned()),
    }
}

fn name(line: &Line) -> String {
    let channel = match line.canal.unwrap_or_default() {
        "email" => "Courriel",
        "sms" => "SMS",
        "courrier" => "Lettre",
        "lettre_recommandée" => "Lettre recommandée",
        other => other,
    };
    let template = line.modele.as_ref().map(|name| format!(" « {name} »")).unwrap_or_default();
    format!("{channel}{template}")
}

/// To whom, under which name at the carrier's, and what became of it.
fn details(line: &Line, message: Option<&Message>, lines: &[Line], key: &str) -> Vec<String> {
    let mut details = Vec::new();
    let recipients = message.and_then(|message| message.recipients.as_ref());
    let to = recipients.into_iter().flat_map(|recipients| recipients.to.iter().chain(&recipients.copy));
    let to: Vec<&str> = to
        .filter_map(|person| if line.canal == Some("sms") { person.phone.as_deref() } else { person.email.as_deref() })
        .collect();
    if !to.is_empty() {
        details.push(format!("à {}", to.join(", ")));
    }
    if let Some(provider) = message.and_then(|message| message.provider.as_ref()) {
        details.push(format!("nom chez le transporteur : {provider}"));
    }
    let status = message.map(|message| match message.status.as_str() {
        "remise" => "remise confirmée".to_owned(),
        "partie" => "accepté par le transporteur".to_owned(),
        "echouee" => format!("échec : {}", message.detail.as_deref().unwrap_or("raison inconnue")),
        "doute" => "on ne sait pas s’il est parti".to_owned(),
        other => other.to_owned(),
    });
    details.extend(status);
    let later = lines.iter().filter(|later| later.cle.as_deref() == Some(key));
    details.extend(later.filter_map(|later| match later.kind {
        Kind::Completed => Some(format!("postée, noté le {}", french(later))),
        Kind::Delivered => Some(format!("remise le {}", french(later))),
        Kind::Tracked => later.detail.clone(),
        _ => None,
    }));
    details
}
