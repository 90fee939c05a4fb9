//! The litigation file of one client, as values: what a bailiff or a court is given.

use crate::annex::{Account, view};
use crate::compose::sender;
use crate::letter::{Account as AccountView, Sender, Table};
use crate::words::{file_name, line, lines, narrow, shown};
use chrono::NaiveDate;
use relance_core::day::french_date;
use relance_engine::template::{CreditorView, Lang};
use serde::Serialize;
use std::fmt::Write;

/// What a litigation file is made of; texts as they come from the base.
#[derive(Debug)]
pub struct Draft<'a> {
    /// Who asks.
    pub creditor: &'a CreditorView,
    /// Name, number in the register and address of whom.
    pub debtor: (&'a str, Option<&'a str>, Option<&'a String>),
    /// The day of the accounts.
    pub day: NaiveDate,
    /// What is asked: name and amount, the sum last.
    pub asked: Vec<(String, String)>,
    /// The invoices: number, issued, due, amount, what is owed in principal.
    pub invoices: Vec<[String; 5]>,
    /// Their accounts.
    pub accounts: Vec<Account<'a>>,
    /// Until when a court can be seized: invoice and sentence.
    pub limits: Vec<(String, String)>,
    /// What is joined: number, what it is, the file or that it is missing.
    pub pieces: Vec<Piece>,
    /// What happened: day, invoice, sentence.
    pub events: Vec<[String; 3]>,
    /// The calls: day, invoice, outcome.
    pub calls: Vec<[String; 3]>,
    /// What else has to be known.
    pub remarks: Vec<String>,
}

/// A piece of the file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Piece {
    /// Its number.
    pub number: usize,
    /// What it is.
    pub what: String,
    /// What has to be known of it.
    pub details: Vec<String>,
    /// Where it is in the file; `None` when it is missing.
    pub file: Option<String>,
}

/// A litigation file, ready for paper.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Brief {
    title: String,
    pub(crate) day: NaiveDate,
    dated: String,
    sender: Sender,
    siren: Option<String>,
    debtor: Vec<String>,
    asked: Vec<(String, String)>,
    invoices: Table,
    limits: Vec<(String, String)>,
    pieces: Vec<Piece>,
    accounts: Vec<AccountView>,
    events: Table,
    calls: Table,
    remarks: Vec<String>,
}

fn table<const N: usize>(columns: [(&str, bool); N], rows: &[[String; N]]) -> Table {
    Table {
        columns: columns.iter().map(|(name, right)| ((*name).to_owned(), *right)).collect(),
        rows: rows.iter().map(|row| row.iter().map(|cell| narrow(cell)).collect()).collect(),
        total: None,
    }
}

impl Brief {
    /// Makes it.
    pub fn new(draft: &Draft<'_>) -> Brief {
        let (name, siren, address) = draft.debtor;
        let mut debtor = vec![shown(&line(name))];
        debtor.push(siren.map_or_else(|| "SIREN : à compléter".to_owned(), |siren| format!("SIREN {}", line(siren))));
        let address = lines(address);
        if address.is_empty() {
            debtor.push("Adresse : à compléter".to_owned());
        }
        debtor.extend(address.iter().map(|line| shown(line)));
        let three = [("Date", false), ("Facture", false), ("Fait", false)];
        let piece = |piece: &Piece| Piece {
            what: shown(&line(&piece.what)),
            details: piece.details.iter().map(|text| shown(&line(text))).collect(),
            file: piece.file.as_ref().map(|file| file_name(file)),
            ..piece.clone()
        };
        Brief {
            title: line(&format!("Dossier {name}")),
            day: draft.day,
            dated: Lang::of("fr").long_date(draft.day),
            sender: sender(draft.creditor),
            siren: draft.creditor.siren.as_ref().map(|siren| line(siren)),
            debtor,
            asked: draft.asked.clone(),
            invoices: table(
                [
                    ("Facture", false),
                    ("Date", false),
                    ("Échéance", false),
                    ("Montant TTC", true),
                    ("Principal dû", true),
                ],
                &draft.invoices,
            ),
            limits: draft.limits.iter().map(|(number, told)| (shown(number), shown(told))).collect(),
            pieces: draft.pieces.iter().map(piece).collect(),
            accounts: draft.accounts.iter().map(view).collect(),
            events: table(three, &draft.events),
            calls: table(three, &draft.calls),
            remarks: draft.remarks.iter().map(|text| shown(text)).collect(),
        }
    }

    /// The same as a plain text, for a program that was built without the typesetter.
    pub fn text(&self) -> String {
        let mut out = format!("DOSSIER DE RECOUVREMENT\nArrêté au {}\n\nCréancier\n", french_date(self.day));
        let siren = self.siren.as_ref().map(|siren| format!("SIREN {siren}"));
        for line in std::iter::once(&self.sender.name).chain(&siren).chain(&self.sender.address) {
            let _ = writeln!(out, "  {line}");
        }
        out.push_str("\nDébiteur\n");
        for line in &self.debtor {
            let _ = writeln!(out, "  {line}");
        }
        out.push_str("\nSommes demandées\n");
        for (name, amount) in &self.asked {
            let _ = writeln!(out, "  {name} : {amount}");
        }
        rows(&mut out, "Factures", &self.invoices);
        out.push_str("\nPrescription\n");
        for (number, told) in &self.limits {
            let _ = writeln!(out, "  {number} : {told}");
        }
        out.push_str("\nPièces\n");
        for piece in &self.pieces {
            let place = piece.file.as_deref().unwrap_or("MANQUANTE");
            let _ = writeln!(out, "  Pièce n° {} : {} ({place})", piece.number, piece.what);
            for detail in &piece.details {
                let _ = writeln!(out, "      {detail}");
            }
        }
        for account in &self.accounts {
            let _ = writeln!(out, "\n{} ({})", account.title, account.rules);
            for line in &account.lines {
                let _ = writeln!(out, "  {} | {} | {}", line.when, line.what, line.amount);
            }
            for (name, amount) in &account.totals {
                let _ = writeln!(out, "  {name} : {amount}");
            }
        }
        rows(&mut out, "Chronologie", &self.events);
        rows(&mut out, "Appels", &self.calls);
        out.push_str("\nÀ savoir\n");
        for remark in &self.remarks {
            let _ = writeln!(out, "  {remark}");
        }
        out.push_str(
            "\nCertifié sincère.\nFait à ____________________, le ____________________\nNom, qualité et signature :\n",
        );
        out
    }
}

fn rows(out: &mut String, title: &str, table: &Table) {
    let _ = writeln!(out, "\n{title}");
    for row in &table.rows {
        let _ = writeln!(out, "  {}", row.join(" | "));
    }
}
