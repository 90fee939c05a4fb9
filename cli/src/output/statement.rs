//! The statement of account of an invoice, for people and as JSON.

use super::{BOLD, CYAN, DIM, YELLOW};
use chrono::NaiveDate;
use relance_core::day::french_date;
use relance_core::dossier::{Dossier, InvoiceFile, MovementKind};
use relance_core::interest::{Allocation, Debt, Line, Piece, Regime, Slice, Statement, Terms, Year};
use relance_core::money::{Amount, decimal_comma};
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

    /// By which rules the interest is computed.
    fn rule(&self) -> String {
        match (self.debt.regime, self.debt.clause_under(self.terms)) {
            (Regime::Consumer, _) => "particulier : intérêt légal depuis la mise en demeure".to_owned(),
            (Regime::Public, _) => "acheteur public : BCE + 8 points, au taux du semestre où ils commencent".to_owned(),
            (Regime::Business, None) => "entreprise : BCE + 10 points".to_owned(),
            (Regime::Business, Some(clause)) => format!("entreprise : taux contractuel, {clause}"),
        }
    }

    fn settings(&self) -> String {
        let year = if self.terms.year == Year::Exact { "année exacte" } else { "année de 365 jours" };
        let order = match self.terms.allocation {
            Allocation::PrincipalFirst => "un paiement va d’abord au principal",
            Allocation::InterestFirst => "un paiement va d’abord aux intérêts",
        };
        format!("{year}, {order}")
    }
}

fn name(kind: MovementKind, cents: i64) -> &'static str {
    match kind {
        MovementKind::Payment => "paiement",
        MovementKind::Reversal => "rejet d’un paiement",
        MovementKind::Credit if cents < 0 => "correction à la hausse",
        MovementKind::Credit => "avoir",
    }
}

/// How the interest of a slice comes about: `1 200,00 € × 13,15 % × 20 jours / 365`.
fn product(about: &About<'_>, slice: &Slice) -> String {
    let Slice { principal, rate, days, base, .. } = slice;
    let plural = if *days > 1 { "s" } else { "" };
    format!("{} × {rate} × {days} jour{plural} / {}", about.amount(*principal), base.days())
}

/// Where the money of a movement went, when not all of it to the principal.
fn spread(about: &About<'_>, piece: &Piece) -> String {
    let parts = [
        ("principal", piece.principal),
        ("intérêts", piece.interest),
        ("indemnité", piece.fee),
        ("trop-perçu", piece.surplus),
    ];
    let told: Vec<String> = parts
        .iter()
        .filter(|(_, cents)| *cents != 0)
        .map(|(name, cents)| format!("{name} {}", about.amount(cents.saturating_abs())))
        .collect();
    if told.len() < 2 && piece.principal != 0 { String::new() } else { format!(" ({})", told.join(", ")) }
}

/// Interest with four decimals and blanks between thousands.
fn grouped(slice: &Slice) -> String {
    let digits = slice.interest.digits();
    let (euros, rest) = digits.split_once(',').unwrap_or((&digits, ""));
    let cents = euros.parse::<i64>().map_or(i64::MAX, |euros| euros.saturating_mul(100));
    format!("{},{rest}", decimal_comma(cents).trim_end_matches(",00"))
}

/// When, what, and the amount as digits.
fn row(about: &About<'_>, line: &Line) -> (String, String, String) {
    match line {
        Line::Issued { on, cents } => (french_date(*on), "facture".to_owned(), decimal_comma(*cents)),
        Line::Moved(moved) => {
            let movement = &moved.movement;
            let sign = if movement.kind == MovementKind::Reversal { 1 } else { -1 };
            let what = format!("{}{}", name(movement.kind, movement.cents), spread(about, &moved.piece));
            (french_date(movement.on), what, decimal_comma(movement.cents.saturating_mul(sign)))
        }
        Line::Notice { on } => (french_date(*on), "mise en demeure : l’intérêt légal court".to_owned(), String::new()),
        Line::Fee { on, cents } => {
            (french_date(*on), "indemnité forfaitaire de recouvrement".to_owned(), decimal_comma(*cents))
        }
        Line::Slice(slice) => {
            let mark = match (slice.provisional, slice.to_confirm) {
                (true, _) => format!(" {YELLOW}(provisoire){YELLOW:#}"),
                (false, true) => " (taux à confirmer)".to_owned(),
                (false, false) => String::new(),
            };
            let days = format!("{} – {}", french_date(slice.from), french_date(slice.to));
            (days, format!("{}{mark}", product(about, slice)), grouped(slice))
        }
        Line::Judgment { on } => {
            let what = "procédure collective : le jugement arrête les intérêts".to_owned();
            (french_date(*on), what, String::new())
        }
    }
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
    let _ = writeln!(out, "  Règle : {} ; {}\n", about.rule(), about.settings());
    let rows: Vec<_> = statement.lines.iter().map(|line| row(about, line)).collect();
    let plain = |text: &str| anstream::adapter::strip_str(text).to_string().chars().count();
    let widest = |of: fn(&(String, String, String)) -> &str| rows.iter().map(|row| plain(of(row))).max().unwrap_or(0);
    let (when, what, sum) = (widest(|r| &r.0), widest(|r| &r.1), widest(|r| &r.2));
    for (date, told, amount) in &rows {
        let pad = " ".repeat(what.saturating_sub(plain(told)));
        let _ = writeln!(out, "{}", format!("  {date:<when$}  {told}{pad}  {amount:>sum$}").trim_end());
    }
    out.push('\n');
    let mut totals = vec![("Principal", statement.principal)];
    totals.push(("Intérêts", statement.interest_due()));
    if statement.regime != Regime::Consumer {
        totals.push(("Indemnité forfaitaire", statement.fee_due()));
    }
    for (label, cents) in totals {
        let _ = writeln!(out, "  {label:<24}{:>18}", about.amount(cents).to_string());
    }
    let _ = writeln!(out, "  {BOLD}{:<24}{:>18}{BOLD:#}", "Total dû", about.amount(statement.total()).to_string());
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
        "au": statement.as_of, "regime": statement.regime, "regle": about.rule(), "reglages": about.settings(),
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
