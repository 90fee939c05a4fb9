//! The statement of account of an invoice, for people and as JSON.

use super::{BOLD, CYAN, DIM, YELLOW};
use chrono::NaiveDate;
use relance_core::day::french_date;
use relance_core::dossier::{Dossier, InvoiceFile};
use relance_core::interest::{Debt, Line, Regime, Statement, Terms};
use relance_core::money::Amount;
use relance_letters::statement::{Mark, Row, rows, rule, settings, totals};
use serde_json::{Value, json};
use std::fmt::Write;

/// What a statement is about.
pub struct About<'a> {
    /// The invoice's number.
    pub number: &'a str,
    /// Its client's file.
    pub dossier: &'a Dossier,
    /// The invoice.
    pub file: &'a InvoiceFile,
    /// The debt.
    pub debt: &'a Debt,
    /// By which terms.
    pub terms: &'a Terms,
    /// Who it is owed to.
    pub creditor: &'a str,
}

impl About<'_> {
    fn amount(&self, cents: i64) -> Amount {
        Amount::new(cents, self.debt.currency)
    }

    fn client(&self) -> &str {
        let name = &self.dossier.customer.name;
        if name.is_empty() { &self.dossier.client } else { name }
    }
}

/// When, what, and the amount as digits.
fn row(row: Row) -> (String, String, String) {
    let mark = match row.mark {
        Some(mark @ Mark::Provisional) => format!(" {YELLOW}({}){YELLOW:#}", mark.word()),
        Some(mark @ Mark::ToConfirm) => format!(" ({})", mark.word()),
        None => String::new(),
    };
    (row.when, [row.what, mark].concat(), row.amount)
}

/// For people.
pub fn text(about: &About<'_>, statement: &Statement) -> String {
    let mut out = String::new();
    let title = if statement.gaps.is_empty() { "Décompte" } else { "Décompte PROVISOIRE" };
    let _ = writeln!(
        out,
        "{BOLD}{title} de la facture {}{BOLD:#}, arrêté au {}",
        about.number,
        french_date(statement.as_of)
    );
    let _ = writeln!(out, "  Créancier : {}", about.creditor);
    let _ = writeln!(out, "  Débiteur : {} ({})", about.client(), about.dossier.client);
    let dues: Vec<String> = match about.debt.parts.as_slice() {
        [(due, _)] => vec![french_date(*due)],
        parts => parts.iter().map(|(due, cents)| format!("{} ({})", french_date(*due), about.amount(*cents))).collect(),
    };
    let _ = writeln!(out, "  Échéance : {}", dues.join(", "));
    let _ = writeln!(out, "  Règle : {} ; {}\n", rule(about.debt, about.terms), settings(about.terms));
    let rows: Vec<_> = rows(about.debt, statement).into_iter().map(row).collect();
    let plain = |text: &str| anstream::adapter::strip_str(text).to_string().chars().count();
    let widest = |of: fn(&(String, String, String)) -> &str| rows.iter().map(|row| plain(of(row))).max().unwrap_or(0);
    let (when, what, sum) = (widest(|r| &r.0), widest(|r| &r.1), widest(|r| &r.2));
    for (date, told, amount) in &rows {
        let pad = " ".repeat(what.saturating_sub(plain(told)));
        let _ = writeln!(out, "{}", format!("  {date:<when$}  {told}{pad}  {amount:>sum$}").trim_end());
    }
    out.push('\n');
    let totals = totals(about.debt, statement);
    for (n, (label, amount)) in totals.iter().enumerate() {
        let amount = amount.to_string();
        let _ = if n + 1 == totals.len() {
            writeln!(out, "  {BOLD}{label:<24}{amount:>18}{BOLD:#}")
        } else {
            writeln!(out, "  {label:<24}{amount:>18}")
        };
    }
    remarks(&mut out, about, statement);
    out
}

/// What a reader has to know besides the sums.
fn remarks(out: &mut String, about: &About<'_>, statement: &Statement) {
    if statement.interest > 0 {
        let paid = statement.interest_paid.min(statement.interest);
        let paid = if paid > 0 { format!(", dont {} déjà payés", about.amount(paid)) } else { String::new() };
        let total = about.amount(statement.interest);
        let _ = writeln!(
            out,
            "  {DIM}Intérêts courus : {total}{paid} ; arrondis une seule fois, au centime le plus proche.{DIM:#}"
        );
    }
    if statement.surplus > 0 {
        let _ = writeln!(out, "  Trop-perçu : {}.", about.amount(statement.surplus));
    }
    for dispute in &about.file.disputes {
        let amount =
            dispute.amount.map_or_else(|| "en entier".to_owned(), |cents| format!("pour {}", about.amount(cents)));
        let since = french_date(dispute.since);
        let _ = writeln!(
            out,
            "  {YELLOW}Litige{YELLOW:#} ouvert depuis le {since}, {amount} : les intérêts courent quand même."
        );
    }
    let waived = about.debt.waived;
    for (since, what) in [(waived.penalties, "aux intérêts"), (waived.fee, "à l’indemnité forfaitaire")] {
        if let Some(since) = since.filter(|since| *since <= statement.as_of) {
            let since = french_date(since);
            let _ = writeln!(out, "  Renonciation {what} depuis le {since} : rien n’en est plus demandé.");
        }
    }
    if statement.regime == Regime::Consumer && about.debt.notice.is_none() {
        out.push_str("  Aucune mise en demeure n’est partie : un particulier ne doit pas d’intérêts.\n");
    }
    for gap in &statement.gaps {
        let _ = writeln!(out, "  {YELLOW}Attention{YELLOW:#} : {}.", gap.what());
        let _ = writeln!(out, "  aide : {CYAN}{}{CYAN:#}", gap.remedy());
    }
}

/// As JSON: amounts in cents, interest of slices exact to four decimals of the currency.
pub fn json(about: &About<'_>, statement: &Statement) -> Value {
    let amount = |cents: i64| json!(about.amount(cents));
    let lines: Vec<Value> = statement.lines.iter().map(|line| line_json(about, line)).collect();
    let parts = about.debt.parts.iter().map(|(due, cents)| json!({ "date": due, "montant": amount(*cents) }));
    let gaps = statement.gaps.iter().map(|gap| json!({ "message": gap.what(), "aide": gap.remedy() }));
    let disputes = about
        .file
        .disputes
        .iter()
        .map(|dispute| json!({ "depuis": dispute.since, "montant": dispute.amount.map(amount) }));
    json!({
        "facture": about.number, "client": about.dossier.client, "nom": about.client(), "creancier": about.creditor,
        "au": statement.as_of, "regime": statement.regime, "regle": rule(about.debt, about.terms), "reglages": settings(about.terms),
        "echeances": parts.collect::<Vec<_>>(), "lignes": lines, "litiges": disputes.collect::<Vec<_>>(),
        "principal": amount(statement.principal), "interets": amount(statement.interest_due()),
        "interets_courus": amount(statement.interest), "interets_payes": amount(statement.interest_paid),
        "indemnite": amount(statement.fee_due()), "indemnite_payee": amount(statement.fee_paid),
        "trop_percu": amount(statement.surplus), "total": amount(statement.total()),
        "provisoire": !statement.gaps.is_empty(), "manques": gaps.collect::<Vec<_>>(),
    })
}

fn line_json(about: &About<'_>, line: &Line) -> Value {
    let dated = |kind: &str, on: &NaiveDate, cents: Option<i64>| json!({ "ligne": kind, "le": on, "montant": cents.map(|cents| about.amount(cents)) });
    match line {
        Line::Issued { on, cents } => dated("facture", on, Some(*cents)),
        Line::Fee { on, cents } => dated("indemnite", on, Some(*cents)),
        Line::Notice { on } => dated("mise_en_demeure", on, None),
        Line::Judgment { on } => dated("jugement", on, None),
        Line::Waived { on, what, cents } => json!({
            "ligne": "renonciation", "le": on, "a": what, "montant": about.amount(*cents),
        }),
        Line::Moved(moved) => json!({
            "ligne": moved.movement.kind, "le": moved.movement.on, "montant": about.amount(moved.movement.cents),
            "imputation_en_centimes": moved.piece,
        }),
        Line::Slice(slice) => json!({
            "ligne": "interets", "du": slice.from, "au": slice.to, "jours": slice.days, "base": slice.base.days(),
            "principal": about.amount(slice.principal), "taux": slice.rate, "interets": slice.interest.digits().replace(',', "."),
            "provisoire": slice.provisional, "a_confirmer": slice.to_confirm,
        }),
    }
}
