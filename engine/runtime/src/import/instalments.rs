//! Rows that belong together: the due dates of one invoice, and those of one payment plan. They are taken together or not at all.

use super::batch::{EventRow, FileRead, InvoiceRow, Source};
use super::problem::Problem;
use super::rows::Problems;
use chrono::NaiveDate;
use relance_core::day::french_date;
use relance_core::incoming::{DueAmount, Invoice, What};
use relance_core::money::Amount;
use std::collections::{BTreeMap, HashSet};

/// The most due dates that one invoice or one plan may have.
const MOST: usize = 120;

/// What became of rows that were to be joined.
pub(super) struct Joined<R> {
    /// One row for each invoice or plan.
    pub rows: Vec<R>,
    /// How many rows went into another.
    pub folded: usize,
    /// Numbers of the invoices that cannot be joined.
    pub refused: Vec<String>,
}

/// Joins the rows of each invoice number; `wrong` are the numbers of rows that could not be read.
pub(super) fn invoices(
    rows: Vec<InvoiceRow>,
    wrong: &[String],
    file: &FileRead,
    problems: &mut Problems,
) -> Joined<InvoiceRow> {
    let (single, several) = by_number(rows, wrong);
    let mut joined = Joined { rows: single, folded: 0, refused: Vec::new() };
    for (number, group) in several {
        let facts = Facts {
            what: "la facture",
            name: &number,
            field: "date_echeance",
            incomplete: wrong.contains(&number),
            dues: group.iter().map(|row| (row.invoice.due, row.source)).collect(),
        };
        let told = facts.problem(file).or_else(|| contradiction(&group, file));
        if let Some(problem) = told {
            problems.push(problem);
            joined.refused.push(number);
            continue;
        }
        joined.folded += group.len() - 1;
        joined.rows.extend(one_invoice(group));
    }
    joined
}

/// Joins the rows of each payment plan: those of one invoice and one date. Other events stay as they are.
pub(super) fn plans(
    rows: Vec<EventRow>,
    wrong: &[String],
    file: &FileRead,
    problems: &mut Problems,
) -> Joined<EventRow> {
    let (plans, others): (Vec<EventRow>, Vec<EventRow>) = rows.into_iter().partition(|row| part(row).is_some());
    let mut joined = Joined { rows: others, folded: 0, refused: Vec::new() };
    let mut groups: BTreeMap<(String, NaiveDate), Vec<EventRow>> = BTreeMap::new();
    for row in plans {
        groups.entry((row.invoice.clone().unwrap_or_default(), row.date)).or_default().push(row);
    }
    for ((invoice, _), group) in groups {
        let facts = Facts {
            what: "l'échéancier de la facture",
            name: &invoice,
            field: "date_prevue",
            incomplete: wrong.contains(&invoice),
            dues: group.iter().filter_map(|row| Some((part(row)?.due, row.source))).collect(),
        };
        let told = facts.problem(file).or_else(|| mixed(&group, file));
        if let Some(problem) = told {
            problems.push(problem);
            continue;
        }
        joined.folded += group.len() - 1;
        joined.rows.extend(one_plan(group));
    }
    joined
}

/// Invoices whose number stands once, and the rows of the others by number; those of a `wrong` number are never single.
fn by_number(rows: Vec<InvoiceRow>, wrong: &[String]) -> (Vec<InvoiceRow>, BTreeMap<String, Vec<InvoiceRow>>) {
    let mut seen: HashSet<&str> = HashSet::with_capacity(rows.len());
    let mut several: HashSet<String> = wrong.iter().cloned().collect();
    for row in &rows {
        if !seen.insert(&row.number) {
            several.insert(row.number.clone());
        }
    }
    let (grouped, single): (Vec<InvoiceRow>, Vec<InvoiceRow>) =
        rows.into_iter().partition(|row| several.contains(&row.number));
    let mut groups: BTreeMap<String, Vec<InvoiceRow>> = BTreeMap::new();
    for row in grouped {
        groups.entry(row.number.clone()).or_default().push(row);
    }
    (single, groups)
}

/// What may be wrong with rows that belong together, of either kind.
struct Facts<'f> {
    what: &'f str,
    name: &'f str,
    field: &'f str,
    /// A row that belongs to them could not be read.
    incomplete: bool,
    dues: Vec<(NaiveDate, Source)>,
}

impl Facts<'_> {
    fn problem(mut self, file: &FileRead) -> Option<Problem> {
        self.dues.sort_by_key(|(_, source)| *source);
        let first = self.dues.first()?.1;
        if self.incomplete {
            let problem = file.problem(first.line, "", self.name, "une autre ligne de cette facture est en erreur");
            return Some(problem.advise("corrigez-la : les échéances se prennent toutes ou aucune"));
        }
        if self.dues.len() > MOST {
            let reason = format!("{} échéances, la limite est de {MOST}", self.dues.len());
            return Some(file.problem(first.line, "", self.name, reason));
        }
        let mut seen: BTreeMap<NaiveDate, Source> = BTreeMap::new();
        for (due, source) in self.dues {
            if let Some(other) = seen.insert(due, source) {
                let reason = format!("{} {} a déjà cette échéance à la ligne {}", self.what, self.name, other.line);
                let problem = file.problem(source.line, self.field, &french_date(due), reason);
                return Some(problem.advise("gardez une seule des deux lignes"));
            }
        }
        None
    }
}

/// The first two rows of an invoice that cannot both be right.
fn contradiction(group: &[InvoiceRow], file: &FileRead) -> Option<Problem> {
    let mut rows: Vec<&InvoiceRow> = group.iter().collect();
    rows.sort_by_key(|row| row.source);
    for (i, row) in rows.iter().enumerate() {
        for other in rows.iter().take(i) {
            if let Some((field, value)) = differs(other, row) {
                let line = other.source.line;
                let reason = match file.headings.contains_key(field.as_str()) {
                    true => format!("contredit la ligne {line}, qui est de la même facture"),
                    false => format!("le champ `{field}` contredit la ligne {line}, qui est de la même facture"),
                };
                let problem = file.problem(row.source.line, &field, &value, reason);
                return Some(
                    problem.advise("les échéances d'une facture ne diffèrent que par leur date et leur montant"),
                );
            }
        }
    }
    None
}

/// What an instalment says that another one contradicts: the field, and its value. An empty cell contradicts nothing, and a label
/// may name the instalment.
fn differs(a: &InvoiceRow, b: &InvoiceRow) -> Option<(String, String)> {
    let both = |a: &Option<String>, b: &Option<String>| match (a, b) {
        (Some(a), Some(b)) if a != b => Some(b.clone()),
        _ => None,
    };
    let (old, new) = (&a.invoice, &b.invoice);
    let told = |field: &str, value: String| Some((field.to_owned(), value));
    if a.client != b.client {
        return told("client", b.client.clone());
    }
    if old.issued != new.issued {
        return told("date_emission", french_date(new.issued));
    }
    if old.currency() != new.currency() {
        return told("montant_ttc", new.amount.to_string());
    }
    if let Some(regime) = both(&old.regime, &new.regime) {
        return told("regime", regime);
    }
    if let (Some(a), Some(b)) = (old.penalty_rate, new.penalty_rate)
        && a != b
    {
        return told("taux_penalites", b.to_string());
    }
    if let Some(owner) = both(&old.owner, &new.owner) {
        return told("responsable", owner);
    }
    if let (Some(a), Some(b)) = (old.performed, new.performed)
        && a != b
    {
        return told("date_fin_prestation", french_date(b));
    }
    if let (Some(a), Some(b)) = (old.taken_over, new.taken_over)
        && a != b
    {
        return told("prise_en_charge", french_date(b));
    }
    let differing = new.fields.iter().find(|(name, value)| old.fields.get(*name).is_some_and(|other| other != *value));
    differing.map(|(name, value)| (name.clone(), relance_core::machine::Expr::Literal(value.clone()).to_string()))
}

/// The invoice that rows without a contradiction make.
fn one_invoice(mut group: Vec<InvoiceRow>) -> Option<InvoiceRow> {
    group.sort_by_key(|row| row.invoice.due);
    let source = group.iter().map(|row| row.source).min()?;
    let instalments: Vec<DueAmount> =
        group.iter().map(|row| DueAmount { due: row.invoice.due, amount: row.invoice.amount }).collect();
    let total = instalments.iter().fold(0i64, |sum, part| sum.saturating_add(part.amount.cents));
    let balance = group.iter().map(|row| row.balance).reduce(|a, b| Some(a?.saturating_add(b?))).flatten();
    let mut rows = group.into_iter();
    let mut whole = rows.next()?;
    for row in rows {
        let Invoice { performed, regime, penalty_rate, owner, label, fields, taken_over, .. } = row.invoice;
        whole.client_name = whole.client_name.or(row.client_name);
        whole.invoice.performed = whole.invoice.performed.or(performed);
        whole.invoice.regime = whole.invoice.regime.or(regime);
        whole.invoice.penalty_rate = whole.invoice.penalty_rate.or(penalty_rate);
        whole.invoice.owner = whole.invoice.owner.or(owner);
        whole.invoice.label = whole.invoice.label.or(label);
        whole.invoice.taken_over = whole.invoice.taken_over.or(taken_over);
        for (name, value) in fields {
            whole.invoice.fields.entry(name).or_insert(value);
        }
    }
    whole.invoice.amount = Amount::new(total, whole.invoice.currency());
    whole.invoice.instalments = instalments;
    Some(InvoiceRow { source, balance, ..whole })
}

/// The instalment that a row of a payment plan gives.
fn part(row: &EventRow) -> Option<&DueAmount> {
    match &row.what {
        What::PaymentPlan { instalments } => instalments.first(),
        _ => None,
    }
}

/// Instalments of one plan for two clients or in two currencies.
fn mixed(group: &[EventRow], file: &FileRead) -> Option<Problem> {
    let mut rows: Vec<&EventRow> = group.iter().collect();
    rows.sort_by_key(|row| row.source);
    let mut clients = rows.iter().filter_map(|row| Some((row.source, row.client.as_deref()?)));
    if let Some((_, first)) = clients.next()
        && let Some((source, other)) = clients.find(|(_, client)| *client != first)
    {
        return Some(file.problem(source.line, "client", other, "les échéances d'un même plan sont d'un seul client"));
    }
    let written: Vec<&EventRow> = rows.into_iter().filter(|row| row.currency_written).collect();
    let first = part(written.first()?)?.amount.currency;
    let other = written.into_iter().find(|row| part(row).is_some_and(|p| p.amount.currency != first))?;
    let amount = part(other)?.amount.to_string();
    Some(file.problem(other.source.line, "montant", &amount, "les échéances d'un même plan sont dans une seule devise"))
}

/// The plan that rows make.
fn one_plan(group: Vec<EventRow>) -> Option<EventRow> {
    let source = group.iter().map(|row| row.source).min()?;
    let currency = group.iter().filter(|row| row.currency_written).find_map(part).map(|part| part.amount.currency);
    let mut instalments: Vec<DueAmount> = group.iter().filter_map(part).cloned().collect();
    instalments.sort_by_key(|part| part.due);
    for part in &mut instalments {
        part.amount.currency = currency.unwrap_or(part.amount.currency);
    }
    let details: Vec<String> = instalments.iter().map(|part| format!("{}={}", part.due, part.amount.cents)).collect();
    // The plan is known when all of it is.
    let known = group.iter().map(|row| row.known).max().flatten();
    let client = group.iter().find_map(|row| row.client.clone());
    let identifier = group.iter().map(|row| &row.identifier).reduce(|a, b| if a == b { a } else { &None });
    let identifier = identifier.cloned().flatten();
    let first = group.into_iter().min_by_key(|row| row.source)?;
    let what = What::PaymentPlan { instalments };
    let details = details.join("/");
    Some(EventRow { source, client, what, details, known, identifier, currency_written: currency.is_some(), ..first })
}
