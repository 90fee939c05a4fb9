//! The account behind a letter: its invoices in a table, and how the amounts of each come about.

use crate::letter::{Account as View, Annex, Line, Table};
use crate::statement::{Mark, Row, rows, rule, settings, totals};
use crate::words::{narrow, shown};
use relance_core::day::french_date;
use relance_core::interest::{Debt, Statement, Terms};
use relance_core::money::{Amount, decimal_comma};
use relance_engine::template::{InvoiceView, Lang, MessageContext};

/// What an invoice owes, and by which terms.
#[derive(Clone, Debug)]
pub struct Account<'a> {
    /// The invoice's number.
    pub number: &'a str,
    /// The debt.
    pub debt: Debt,
    /// What is owed on the day of the letter.
    pub statement: Statement,
    /// The company's terms.
    pub terms: &'a Terms,
}

/// The annex of a letter: of one that is about several invoices the table, of one that states what is owed besides the accounts too.
pub(crate) fn annex(message: &MessageContext, computed: bool, accounts: &[Account<'_>]) -> Option<Annex> {
    let stated = computed && owes_besides(message);
    if message.invoices.len() < 2 && !stated {
        return None;
    }
    let (accounts, mut remarks) = if stated { detail(accounts) } else { (Vec::new(), Vec::new()) };
    remarks.extend(left_out(message).filter(|_| stated));
    Some(Annex {
        title: format!("Décompte arrêté au {}", Lang::of("fr").long_date(message.date)),
        table: Some(table(message, stated)),
        accounts,
        remarks,
    })
}

/// How the amounts of each invoice come about, unless they are too many; and what is to be said of it.
fn detail(accounts: &[Account<'_>]) -> (Vec<View>, Vec<String>) {
    let detailed = accounts.len() <= DETAILED;
    let on_demand = "Le détail du calcul, facture par facture, vous est envoyé sur simple demande.";
    let remarks = [Some(ROUNDED), (!detailed).then_some(on_demand)];
    let views = accounts.iter().filter(|_| detailed).map(view).collect();
    (views, remarks.into_iter().flatten().map(str::to_owned).collect())
}

/// Whether something is owed besides the accounts.
fn owes_besides(message: &MessageContext) -> bool {
    let besides = |invoice: &InvoiceView| invoice.payable().is_some_and(|all| all.cents > invoice.collectable.cents);
    message.invoices.iter().any(besides)
}

const ROUNDED: &str = "Les intérêts de chaque facture sont additionnés sans arrondi, puis arrondis une seule fois, au centime le plus proche.";

/// Of more invoices than this, how each amount comes about would fill a book that nobody reads, and take longer to set than a message may.
const DETAILED: usize = 50;

/// The whole account of a message: of several invoices the table, and how the amounts of each come about, unless they are too many.
pub(crate) fn whole(message: &MessageContext, accounts: &[Account<'_>]) -> Annex {
    let (views, mut remarks) = detail(accounts);
    remarks.extend(left_out(message));
    Annex {
        title: format!("Décompte arrêté au {}", Lang::of("fr").long_date(message.date)),
        table: (accounts.len() > 1).then(|| table(message, owes_besides(message))),
        accounts: views,
        remarks,
    }
}

/// Why less is asked for than is owed.
fn left_out(message: &MessageContext) -> Option<String> {
    let cents = |invoice: &InvoiceView| invoice.balance_due.cents.saturating_sub(invoice.collectable.cents);
    let cents = message.invoices.iter().map(cents).fold(0, i64::saturating_add);
    let asked = message.asked(true);
    (cents > 0).then(|| {
        format!(
            "Du principal, {} ne sont pas réclamés à ce jour : cette part est contestée, promise ou pas encore échue. Les intérêts courent \
             sur tout le principal échu ; la somme demandée est de {asked}.",
            Amount::new(cents, asked.currency)
        )
    })
}

/// How the amounts of one invoice come about.
pub(crate) fn view(account: &Account<'_>) -> View {
    let of = |row: Row| Line {
        when: row.when,
        // What is ours to confirm is no business of the debtor's; whoever prints is told.
        what: match row.mark {
            Some(Mark::Provisional) => format!("{} ({})", capital(&row.what), Mark::Provisional.word()),
            Some(Mark::ToConfirm) | None => capital(&row.what),
        },
        amount: row.amount,
    };
    View {
        title: format!("Facture {}", shown(account.number)),
        rules: format!("{} ; {}", capital(&rule(&account.debt, account.terms)), settings(account.terms)),
        lines: rows(&account.debt, &account.statement).into_iter().map(of).collect(),
        totals: totals(&account.debt, &account.statement)
            .into_iter()
            .map(|(name, amount)| (name.to_owned(), amount.to_string()))
            .collect(),
    }
}

/// A column: its name, whether it stands at right, its cell, and what its sum adds.
type Column<'a> = (&'a str, bool, Box<dyn Fn(&InvoiceView) -> String>, Option<Box<dyn Fn(&InvoiceView) -> i64>>);

/// Every invoice of the letter on a line; columns in which nothing would stand are left out.
fn table(message: &MessageContext, stated: bool) -> Table {
    let all = &message.invoices;
    let currency = message.invoice.amount.currency;
    let sum = |name, cents: fn(&InvoiceView) -> i64| -> Column<'_> {
        (name, true, Box::new(move |invoice| decimal_comma(cents(invoice))), Some(Box::new(cents)))
    };
    let mut columns: Vec<Column<'_>> = vec![
        ("Facture", false, Box::new(|invoice| narrow(&invoice.number)), None),
        ("Date", false, Box::new(|invoice| french_date(invoice.issued)), None),
        ("Échéance", false, Box::new(|invoice| french_date(invoice.due)), None),
        sum("Montant TTC", |invoice| invoice.amount.cents),
    ];
    let paid = |invoice: &InvoiceView| invoice.amount.cents.saturating_sub(invoice.balance_due.cents);
    if all.iter().any(|invoice| paid(invoice) != 0) {
        columns.push(sum("Réglé ou avoir", |invoice| invoice.amount.cents.saturating_sub(invoice.balance_due.cents)));
    }
    columns.push(sum("Reste dû", |invoice| invoice.balance_due.cents));
    if all.iter().any(|invoice| invoice.collectable.cents != invoice.balance_due.cents) {
        columns.push(sum("Exigible", |invoice| invoice.collectable.cents));
    }
    columns.push(("Retard", true, Box::new(|invoice| late(invoice.days_late)), None));
    if stated {
        let interest = if all.iter().any(|invoice| invoice.regime == "b2b") { "Pénalités" } else { "Intérêts" };
        columns.push(sum(interest, interest_cents));
        if all.iter().any(|invoice| fee_cents(invoice) != 0) {
            columns.push(sum("Indemnité", fee_cents));
        }
        columns.push(sum("À payer", |invoice| invoice.payable().map_or(invoice.collectable.cents, |all| all.cents)));
    }
    let total = |column: &Column<'_>| {
        let cents = column.3.as_ref().map(|cents| all.iter().map(cents).fold(0, i64::saturating_add));
        cents.map_or_else(String::new, |cents| Amount::new(cents, currency).to_string())
    };
    let mut totals: Vec<String> = columns.iter().map(total).collect();
    if let Some(first) = totals.first_mut() {
        "Total".clone_into(first);
    }
    Table {
        rows: all.iter().map(|invoice| columns.iter().map(|column| column.2(invoice)).collect()).collect(),
        total: (all.len() > 1).then_some(totals),
        columns: columns.iter().map(|(name, right, ..)| ((*name).to_owned(), *right)).collect(),
    }
}

/// With a capital at its beginning.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn interest_cents(invoice: &InvoiceView) -> i64 {
    invoice.extras.as_ref().map_or(0, |extras| extras.penalties.cents.saturating_add(extras.legal_interest.cents))
}

fn fee_cents(invoice: &InvoiceView) -> i64 {
    invoice.extras.as_ref().map_or(0, |extras| extras.fee.cents)
}

fn late(days: i64) -> String {
    if days > 0 { format!("{days}\u{a0}j") } else { "–".to_owned() }
}
