//! `dossier`: the litigation file of one client's invoices, as a ZIP for a bailiff or a court.

mod archive;
mod contacts;
mod events;

use super::explain::EveryVersion;
use super::ledger::sentence;
use super::statement::{known_by, must_be_issued, unknown};
use super::{following, paper};
use crate::args::EvidenceArgs;
use crate::failure::{Failure, file};
use crate::output::statement as shown;
use crate::output::{self, YELLOW, count};
use crate::project::{self, Project, now};
use anstream::adapter::strip_str;
use archive::Archive;
use chrono::NaiveDate;
use relance_core::day::{end_of_day, french_date};
use relance_core::dossier::Dossier;
use relance_core::interest::{Debt, statement};
use relance_core::journal::Line;
use relance_core::limitation::Limitation;
use relance_core::machine::Value;
use relance_core::money::Amount;
use relance_engine::runner::invoice_file;
use relance_engine::store::{DocumentKind, INVOICE_NAME, Store, invoice_key};
use relance_letters::brief::{Brief, Draft, Piece};
use relance_letters::{Account, Print, Refusal, brief_pdf, pdf};
use std::fmt::Write;
use std::path::Path;

/// What a litigation file is about.
struct Matter<'a> {
    project: &'a Project,
    store: &'a dyn Store,
    dossier: &'a Dossier,
    numbers: &'a [String],
    day: NaiveDate,
}

/// What is gathered.
#[derive(Default)]
struct Gathered {
    archive: Archive,
    pieces: Vec<Piece>,
    missing: Vec<String>,
}

impl Gathered {
    fn piece(&mut self, what: String, details: Vec<String>, file: Option<String>) {
        let number = self.pieces.len() + 1;
        self.pieces.push(Piece { number, what, details, file });
    }
}

/// Writes the file.
pub async fn run(dir: &Path, base: Option<&str>, args: &EvidenceArgs) -> Result<(), Failure> {
    archive::must_be_ours(&args.sortie)?;
    let project = project::open(dir, &[])?;
    let store = project.store(base).await?;
    let Some(client) = store.client_of(&args.facture).await? else {
        let (known, _) = store.everything_imported().await?;
        return Err(unknown(&args.facture, known.iter().filter_map(|(incoming, _)| incoming.invoice.as_ref())));
    };
    let program = following::current(&project, &*store).await?;
    let at = store.clock().await?.map_or_else(now, |clock| clock.max(now()));
    let loaded = store.load(std::slice::from_ref(&client), at, &[], true).await?;
    let world = loaded.into_iter().next().ok_or_else(|| unknown(&args.facture, []))?.world;
    let dossier = known_by(&program, world, at);
    let numbers = numbers(&dossier, args)?;
    let day = args.au.unwrap_or_else(|| project.today());
    for (number, file) in numbers.iter().filter_map(|number| dossier.invoices.get_key_value(number)) {
        must_be_issued(number, file, day)?;
    }
    let matter = Matter { project: &project, store: &*store, dossier: &dossier, numbers: &numbers, day };
    let (bytes, told, touched) = gather(&matter).await?;
    store.close().await;
    archive::write(&args.sortie, &bytes)?;
    output::print(&format!("Écrit : {}\n{told}", args.sortie.display()))?;
    if touched {
        let say = "Le journal de ce client a été touché : le dossier le dit, et `relance verifier-journal` le montre.";
        return Err(Failure::Findings(say.to_owned()));
    }
    Ok(())
}

/// The invoices that are meant, all of one client.
fn numbers(dossier: &Dossier, args: &EvidenceArgs) -> Result<Vec<String>, Failure> {
    let mut numbers = vec![args.facture.clone()];
    if args.client {
        let mut open: Vec<_> = dossier.invoices.iter().filter(|(_, file)| file.settled_on.is_none()).collect();
        open.sort_by_key(|(number, file)| (file.invoice.due, *number));
        numbers.extend(open.into_iter().map(|(number, _)| number.clone()));
    }
    numbers.extend(args.factures.iter().map(|number| number.trim().to_owned()).filter(|number| !number.is_empty()));
    let mut meant: Vec<String> = Vec::new();
    for number in numbers {
        if !dossier.invoices.contains_key(&number) {
            let Failure::Usage(message, help) = unknown(&number, dossier.invoices.keys()) else { continue };
            return Err(Failure::Usage(format!("{message} chez ce client"), help));
        }
        if !meant.contains(&number) {
            meant.push(number);
        }
    }
    Ok(meant)
}

/// The bytes of the ZIP, what is told of it, and whether the journal was touched.
async fn gather(matter: &Matter<'_>) -> Result<(Vec<u8>, String, bool), Failure> {
    let Matter { project, store, dossier, numbers, day } = *matter;
    let zone = project.config.creditor.zone;
    let known = lines(matter, None).await?;
    let lines: Vec<Line> = lines(matter, Some(end_of_day(day, zone))).await?;
    let told = store.record(&dossier.client).await?.imports;
    let mut gathered = Gathered::default();
    invoices(matter, &mut gathered).await?;
    let accounts = accounts(matter, &mut gathered)?;
    let unkept = contacts::gather(matter, &lines, &mut gathered).await?;
    let mut journal = String::new();
    for line in &lines {
        let text = serde_json::to_string(line).unwrap_or_default();
        let _ = writeln!(journal, "{text}");
    }
    let place = gathered.archive.put("", ("journal", "jsonl"), journal.into_bytes());
    gathered.piece("Journal de Relance sur ces factures, ligne par ligne".to_owned(), Vec::new(), Some(place));

    let (chain, touched) = chain(store, &dossier.client).await?;
    let mut remarks = vec![
        chain.clone(),
        "Chaque fichier a son empreinte SHA-256 dans empreintes.txt : `sha256sum -c empreintes.txt` les vérifie."
            .to_owned(),
    ];
    let unread = told.iter().filter(|thing| !thing.taken).count();
    if unread > 0 {
        let what = count(unread, "fait importé n’est", "faits importés ne sont");
        remarks.push(format!("{what} pas encore au journal ; la chronologie et les décomptes en tiennent compte."));
        let help = "`relance executer`, puis refaites le dossier";
        anstream::eprintln!("{YELLOW}attention{YELLOW:#} : {what} pas encore au journal ; {help}");
    }
    if unkept > 0 {
        let what =
            count(unkept, "message dont le contenu n’a pas été gardé", "messages dont le contenu n’a pas été gardé");
        remarks.push(format!("{what} : le journal dit quand et comment il est parti."));
    }
    for (number, file) in numbers.iter().filter_map(|number| dossier.invoices.get_key_value(number)) {
        remarks.extend(file.disputes.iter().map(|dispute| {
            let part = |cents| format!("pour {}", Amount::new(cents, file.invoice.currency()));
            let part = dispute.amount.map_or_else(|| "en entier".to_owned(), part);
            format!("Facture {number} : litige ouvert depuis le {}, {part}.", french_date(dispute.since))
        }));
    }
    remarks.extend(accounts.iter().flat_map(|account| {
        account
            .statement
            .gaps
            .iter()
            .map(|gap| format!("Facture {} : décompte provisoire, {}", account.number, gap.told()))
    }));
    let customer = &dossier.customer;
    let name = if customer.name.is_empty() { &dossier.client } else { &customer.name };
    let siren = customer.fields.get("siren").and_then(|value| match value {
        Value::Text(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    let asked = asked(&accounts, day);
    let brief = Brief::new(&Draft {
        creditor: &project.creditor(),
        debtor: (name, siren.as_deref(), customer.address.as_ref()),
        day,
        invoices: accounts.iter().map(|account| row(dossier, account)).collect(),
        limits: limits(matter),
        pieces: gathered.pieces.clone(),
        events: events::chronology(matter, &known, &told),
        calls: events::calls(matter, &known),
        asked: asked.clone(),
        remarks,
        accounts,
    });
    match brief_pdf(&brief) {
        Ok(bytes) => gathered.archive.put("", ("dossier", "pdf"), bytes),
        Err(Refusal::NotBuilt) => {
            anstream::eprintln!(
                "{YELLOW}attention{YELLOW:#} : ce programme a été compilé sans les lettres en PDF : le dossier est en texte (dossier.txt)"
            );
            gathered.archive.put("", ("dossier", "txt"), brief.text().into_bytes())
        }
        Err(refusal) => return Err(failed(refusal)),
    };
    let mut told = format!("  {}", count(gathered.pieces.len(), "pièce", "pièces"));
    if let Some((name, amount)) = asked.last() {
        let _ = write!(told, ", {} : {amount}", name.to_lowercase());
    }
    let _ = writeln!(told, ", {}", count(numbers.len(), "facture", "factures"));
    for missing in &gathered.missing {
        let _ = writeln!(told, "  {YELLOW}manque{YELLOW:#} : {missing}");
    }
    let about = vec![format!("Dossier de recouvrement arrêté au {}", french_date(day)), chain];
    Ok((gathered.archive.bytes(day, &about)?, told, touched))
}

/// The public lines of the journal about these invoices.
async fn lines(matter: &Matter<'_>, to: Option<relance_core::day::Instant>) -> Result<Vec<Line>, Failure> {
    let Matter { project, store, dossier, numbers, .. } = *matter;
    let places = EveryVersion::new(store.all_machines().await?);
    let rows = store.journal(Some(&dossier.client), None, None, to).await?;
    let ours = rows.iter().filter(|row| row.entry.invoice.as_ref().is_some_and(|number| numbers.contains(number)));
    let zone = project.config.creditor.zone;
    Ok(ours.filter_map(|row| Line::of(&row.entry, &row.client, row.currency, zone, &places)).collect())
}

/// The invoices themselves, from the folder of `[email] pieces`, else as they were imported.
async fn invoices(matter: &Matter<'_>, gathered: &mut Gathered) -> Result<(), Failure> {
    for number in matter.numbers {
        let what = format!("Facture {number}");
        let client = &matter.dossier.client;
        let named = matter.project.config.email.attached.as_ref().map(|pattern| invoice_file(pattern, number, client));
        let on_disk = named.as_ref().map(|named| on_disk(&matter.project.dir.join(named))).transpose()?.flatten();
        let found = match on_disk {
            Some(found) => Some(found),
            None => {
                let kept =
                    matter.store.document(client, &invoice_key(number), DocumentKind::Invoice, INVOICE_NAME).await?;
                kept.map(|bytes| ("pdf".to_owned(), bytes))
            }
        };
        let place = found.map(|(extension, bytes)| gathered.archive.put("factures/", (number, &extension), bytes));
        match (&place, named) {
            (Some(_), _) => {}
            (None, Some(named)) => gathered.missing.push(format!("la facture {number} (`{named}`)")),
            (None, None) => {
                gathered.missing.push(format!("la facture {number} (`pieces` dans [email] dit où sont les factures)"))
            }
        }
        gathered.piece(what, Vec::new(), place);
    }
    Ok(())
}

/// A file and its extension, if it is there.
fn on_disk(path: &Path) -> Result<Option<(String, Vec<u8>)>, Failure> {
    match std::fs::read(path) {
        Ok(bytes) => {
            let extension = path.extension().map_or_else(|| "pdf".to_owned(), |e| archive::safe(&e.to_string_lossy()));
            Ok(Some((extension, bytes)))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file(path, &error)),
    }
}

/// The statement of account of each invoice, also as a file.
fn accounts<'m>(matter: &Matter<'m>, gathered: &mut Gathered) -> Result<Vec<Account<'m>>, Failure> {
    let Matter { project, dossier, numbers, day, .. } = *matter;
    let mut accounts = Vec::new();
    let mut to_confirm = false;
    for number in numbers {
        let Some(invoice) = dossier.invoices.get(number) else { continue };
        let debt = Debt::of(dossier, invoice);
        let found = statement(&debt, &project.amounts, day);
        to_confirm |= found.slices().any(|slice| slice.to_confirm);
        let sheet = paper::statement_of(project, dossier, number, day)?;
        let print = Print { title: &sheet.title, letters: std::slice::from_ref(&sheet), two_sided: false };
        let (extension, bytes) = match pdf(&print) {
            Ok(sheets) => ("pdf", sheets.bytes),
            Err(Refusal::NotBuilt) => {
                let (terms, creditor) = (&project.amounts.terms, &project.config.creditor.name);
                let about = shown::About { number, dossier, file: invoice, debt: &debt, terms, creditor };
                ("txt", strip_str(&shown::text(&about, &found)).to_string().into_bytes())
            }
            Err(refusal) => return Err(failed(refusal)),
        };
        let place = gathered.archive.put("decomptes/", (number, extension), bytes);
        let what = format!("Décompte de la facture {number}, arrêté au {}", french_date(day));
        gathered.piece(what, Vec::new(), Some(place));
        accounts.push(Account { number, debt, statement: found, terms: &project.amounts.terms });
    }
    if to_confirm {
        paper::warn_of_rates("le dossier cite");
    }
    Ok(accounts)
}

fn failed(refusal: Refusal) -> Failure {
    let why = match refusal {
        Refusal::Failed(why) => why,
        Refusal::NotBuilt | Refusal::Empty => String::new(),
    };
    let help = "c’est un défaut de Relance : signalez-le".to_owned();
    Failure::Outside(format!("le dossier ne peut pas être mis en page : {why}"), help)
}

/// What is asked, the sum last; by currency.
fn asked(accounts: &[Account<'_>], day: NaiveDate) -> Vec<(String, String)> {
    let mut sums: Vec<(relance_core::money::Currency, [i64; 4])> = Vec::new();
    for Account { debt, statement, .. } in accounts {
        let parts = [statement.principal, statement.interest_due(), statement.fee_due(), statement.total()];
        match sums.iter_mut().find(|(currency, _)| *currency == debt.currency) {
            Some((_, sum)) => sum.iter_mut().zip(parts).for_each(|(sum, part)| *sum = sum.saturating_add(part)),
            None => sums.push((debt.currency, parts)),
        }
    }
    let total = format!("Total au {}", french_date(day));
    let names = ["Principal", "Intérêts et pénalités de retard", "Indemnité forfaitaire de recouvrement", &total];
    let rows = sums.into_iter().flat_map(|(currency, sum)| {
        names.into_iter().zip(sum).map(move |(name, cents)| (name.to_owned(), Amount::new(cents, currency).to_string()))
    });
    rows.collect()
}

fn row(dossier: &Dossier, account: &Account<'_>) -> [String; 5] {
    let number = account.number.to_owned();
    let Some(file) = dossier.invoices.get(account.number) else {
        return [number, String::new(), String::new(), String::new(), String::new()];
    };
    let due = Amount::new(account.statement.principal, account.debt.currency).to_string();
    let invoice = &file.invoice;
    [number, french_date(invoice.issued), french_date(invoice.due), invoice.amount.to_string(), due]
}

fn limits(matter: &Matter<'_>) -> Vec<(String, String)> {
    let files = matter.numbers.iter().filter_map(|number| matter.dossier.invoices.get_key_value(number));
    files.map(|(number, file)| (number.clone(), Limitation::of(matter.dossier, file).told())).collect()
}

/// What the chain of the client's journal says, and whether somebody touched it.
async fn chain(store: &dyn Store, client: &str) -> Result<(String, bool), Failure> {
    let client = [client.to_owned()];
    let ledgers = store.ledgers(&client).await?;
    let Some((ledger, _)) = ledgers.first() else { return Ok(("Le journal de ce client est vide.".to_owned(), false)) };
    let held = count(ledger.rows.len(), "entrée", "entrées");
    let found = ledger.verify();
    if found.is_empty() {
        return Ok((
            format!("Le journal de ce client ({held}) est entier : rien n’y manque, rien n’y a été changé."),
            false,
        ));
    }
    let found: Vec<String> = found.iter().map(sentence).collect();
    Ok((format!("ATTENTION : le journal de ce client ({held}) a été touché : {}.", found.join(" ; ")), true))
}
