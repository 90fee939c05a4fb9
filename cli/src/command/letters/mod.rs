//! `courriers`: the letters that wait to be posted, printed together, then told to be posted. Printing keeps each letter as it is, and
//! changes nothing else in the base.

pub mod follow;
mod posted;
mod proof;
mod waiting;

use super::import::moment;
use super::paper;
use crate::args::{CallsFormat, LettersArgs, When};
use crate::failure::{Failure, file};
use crate::output::letters::{List, csv, is_list, text};
use crate::output::{self, YELLOW};
use crate::project;
use chrono::NaiveDate;
use relance_core::day::{Instant, end_of_day, french_date};
use relance_engine::store::{Document, DocumentKind, load_readable};
use sha2::{Digest, Sha256};
use std::path::Path;
use waiting::Waiting;

const CLIENTS: usize = 2_000;

/// Prints the letters, lists them, or notes that they are posted.
pub async fn run(dir: &Path, base: Option<&str>, args: &LettersArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    if args.suivre {
        return follow::run(&project, base, args).await;
    }
    let store = project.store(base).await?;
    if let Some(path) = &args.preuve {
        let told = proof::note(&project, &*store, path, args).await;
        store.close().await;
        return output::print(&told?);
    }
    let program = project.prepare(store.machines_in_force().await?);
    let today = args.le.unwrap_or_else(|| project.today());
    let at = end_of_day(today, program.zone);
    let sender = project.sender()?;
    let mut list = List { le: today, ..List::default() };
    let mut found: Vec<Waiting> = Vec::new();
    for chunk in store.clients().await?.chunks(CLIENTS) {
        let (loaded, unreadable) = load_readable(&*store, chunk, at, false).await?;
        output::unreadable(&unreadable);
        for loaded in &loaded {
            found.extend(waiting::of_client((&project, &sender), &program, loaded, today, &mut list));
        }
    }
    found.sort_by(|a, b| {
        (a.entry.depuis, &a.entry.nom, &a.entry.cle).cmp(&(b.entry.depuis, &b.entry.nom, &b.entry.cle))
    });
    if let Some(path) = &args.postees {
        let told = posted::note(&project, &*store, path, &found, &list, args).await;
        store.close().await;
        return output::print(&told?);
    }
    if let Some(path) = &args.sortie {
        if found.is_empty() {
            anstream::eprintln!("Aucune lettre n’attend d’être postée le {}.", french_date(today));
        } else {
            print(&mut found, path, args, &list)?;
            store.keep(&kept(&found, today, moment(args.le.map(When::Day), program.zone))?).await?;
        }
    }
    store.close().await;
    list.lettres = found.into_iter().map(|one| one.entry).collect();
    match args.format {
        CallsFormat::Texte => output::print(&text(&list, args.sortie.as_deref())),
        CallsFormat::Json => output::json(&list),
        CallsFormat::Csv => output::print(&csv(&list.lettres)),
    }
}

/// Each letter by itself, so that what was posted can be shown. Printed again with other words, it is another document.
fn kept(found: &[Waiting], today: NaiveDate, at: Instant) -> Result<Vec<Document>, Failure> {
    let kept = found.iter().map(|one| {
        let bytes = paper::set(&one.letter.title, std::slice::from_ref(&one.letter), false)?.bytes;
        let digest: String = Sha256::digest(&bytes).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Ok(Document {
            client: one.client.clone(),
            key: one.entry.cle.clone(),
            kind: DocumentKind::Letter,
            name: format!("lettre-{today}-{digest}.pdf"),
            media_type: "application/pdf".to_owned(),
            at,
            bytes,
        })
    });
    kept.collect()
}

/// Writes the letters as one file, and the list that says later which of them were posted.
fn print(found: &mut [Waiting], path: &Path, args: &LettersArgs, list: &List) -> Result<(), Failure> {
    let beside = path.with_extension("csv");
    if beside == path {
        let help = "par exemple --sortie courriers.pdf ; la liste sera courriers.csv".to_owned();
        return Err(Failure::Usage(format!("`{}` : les lettres s’écrivent en PDF", path.display()), help));
    }
    // The list takes the place of an earlier list, and of nothing else: `factures.pdf` beside `factures.csv` would cost the books.
    if let Ok(there) = std::fs::read(&beside)
        && !there.is_empty()
        && !is_list(&there)
    {
        let help = "donnez un autre nom au PDF, par exemple --sortie courriers.pdf".to_owned();
        let message =
            format!("`{}` existe déjà, et n’est pas une liste de lettres : elle l’effacerait", beside.display());
        return Err(Failure::Usage(message, help));
    }
    let letters: Vec<_> = found.iter().map(|one| one.letter.clone()).collect();
    let title = format!("Courriers du {}", french_date(list.le));
    let sheets = paper::set(&title, &letters, args.recto_verso)?;
    for (one, pages) in found.iter_mut().zip(&sheets.pages) {
        one.entry.pages = Some(*pages);
        if let Some(reason) = one.no_code {
            let who = &one.entry.nom;
            anstream::eprintln!("{YELLOW}attention{YELLOW:#} : {who} : pas de code QR de virement : {}", reason.told());
        }
    }
    match found.iter().filter(|one| one.to_confirm).count() {
        0 => {}
        1 => paper::warn_of_rates("une lettre cite"),
        n => paper::warn_of_rates(&format!("{n} lettres citent")),
    }
    let entries: Vec<_> = found.iter().map(|one| one.entry.clone()).collect();
    std::fs::write(path, &sheets.bytes).map_err(|error| file(path, &error))?;
    std::fs::write(&beside, csv(&entries)).map_err(|error| file(&beside, &error))
}
