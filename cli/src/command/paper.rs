//! What goes on paper: letters composed from the project's templates, set, and handed out.

use crate::failure::{Failure, file};
use crate::output::{self, YELLOW};
use crate::project::Project;
use chrono::NaiveDate;
use relance_core::dossier::Dossier;
use relance_core::interest::{Debt, statement};
use relance_engine::runner::context;
use relance_engine::template::{LetterText, MessageContext};
use relance_letters::{Account, Composed, Draft, Letter, Print, Refusal, Sheets, compose, pdf, statement_sheet};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

/// A letter, with the accounts of its invoices.
pub fn letter(
    project: &Project,
    message: &MessageContext,
    text: &LetterText,
    registered: bool,
    dossier: Option<&Dossier>,
) -> Composed {
    let accounts: Vec<Account<'_>> = message
        .invoices
        .iter()
        .filter_map(|invoice| {
            let dossier = dossier?;
            let debt = Debt::of(dossier, dossier.invoices.get(&invoice.number)?);
            let statement = statement(&debt, &project.amounts, message.date);
            Some(Account { number: &invoice.number, debt, statement, terms: &project.amounts.terms })
        })
        .collect();
    compose(&Draft { message, text, registered, accounts: &accounts })
}

/// The statement of account of an invoice on a day, as a page of its own.
pub fn statement_of(project: &Project, dossier: &Dossier, number: &str, day: NaiveDate) -> Result<Letter, Failure> {
    let message = project.sender().map(|sender| {
        let program = project.prepare(Vec::new());
        context(&sender, &program, dossier, (number, &[]), None, day)
    })?;
    let file = dossier.invoices.get(number);
    let (Some(message), Some(file)) = (message, file) else {
        return Err(crate::command::simulate::unknown("facture", number));
    };
    let debt = Debt::of(dossier, file);
    let statement = statement(&debt, &project.amounts, day);
    Ok(statement_sheet(&message, &Account { number, debt, statement, terms: &project.amounts.terms }))
}

/// Whoever sends out amounts knows that a rate behind them was read at one place only; the letter does not say so.
pub fn warn_of_rates(who: &str) {
    anstream::eprintln!(
        "{YELLOW}attention{YELLOW:#} : {who} des montants dont un taux est à confirmer : `relance taux` dit d’où il vient"
    );
}

/// Sets letters as one file.
pub fn set(title: &str, letters: &[Letter], two_sided: bool) -> Result<Sheets, Failure> {
    pdf(&Print { title, letters, two_sided }).map_err(|refusal| {
        match refusal {
        Refusal::NotBuilt => Failure::Usage(
            "ce programme a été compilé sans les lettres en PDF".to_owned(),
            "recompilez-le avec elles : `cargo build --release --features lettres` (plusieurs minutes la première fois)"
                .to_owned(),
        ),
        Refusal::Empty => Failure::Usage("il n’y a pas de lettre à mettre en page".to_owned(), String::new()),
        Refusal::Failed(why) => Failure::Outside(
            format!("la lettre ne peut pas être mise en page : {why}"),
            "c’est un défaut de Relance : signalez-le, avec le modèle".to_owned(),
        ),
    }
    })
}

/// Writes a PDF where it was asked for, and opens it on request.
pub fn hand_out(bytes: &[u8], to: Option<&Path>, show: bool) -> Result<(), Failure> {
    let path = match to {
        Some(path) => {
            std::fs::write(path, bytes).map_err(|error| file(path, &error))?;
            path.to_owned()
        }
        None if show => kept(bytes)?,
        None if std::io::stdout().is_terminal() => {
            return Err(Failure::Usage(
                "un PDF ne s’affiche pas dans un terminal".to_owned(),
                "dites où l’écrire : --sortie lettre.pdf, ou --ouvrir pour le voir".to_owned(),
            ));
        }
        None => {
            let mut out = std::io::stdout();
            return out.write_all(bytes).and_then(|()| out.flush()).map_err(|_| Failure::Silent);
        }
    };
    if !show {
        return output::print(&format!("Écrit : {}\n", path.display()));
    }
    open::that_detached(&path).map_err(|_| {
        Failure::Outside(
            "aucun programme ne s’est ouvert pour lire le PDF".to_owned(),
            format!("il est écrit dans `{}`, ouvrez-le vous-même", path.display()),
        )
    })?;
    output::print(&format!("Ouvert : {}\n", path.display()))
}

/// A file that stays until the system clears its temporary ones.
fn kept(bytes: &[u8]) -> Result<PathBuf, Failure> {
    let made = tempfile::Builder::new().prefix("relance-lettre-").suffix(".pdf").tempfile();
    let mut kept = made.map_err(|error| {
        Failure::Outside(format!("impossible d’écrire le PDF : {error}"), "dites où : --sortie FICHIER".to_owned())
    })?;
    kept.write_all(bytes).map_err(|error| file(kept.path(), &error))?;
    let (_, path) = kept.keep().map_err(|error| file(error.file.path(), &error.error))?;
    Ok(path)
}
