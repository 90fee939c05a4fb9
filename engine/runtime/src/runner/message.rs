//! What a message can say: a dossier's invoice as its template sees it.

use crate::payment_link::PaymentLinks;
use crate::portal_link::PortalLinks;
use crate::template::{
    Answers, ClientView, CreditorView, Extras, InvoiceView, MessageContext, OwnerView, PromiseView, RecipientView,
    RemindersView,
};
use chrono::NaiveDate;
use relance_core::dossier::{Dossier, InvoiceFile};
use relance_core::facts::collectable;
use relance_core::interest::{Debt, Percent, Regime, Statement, statement};
use relance_core::money::Amount;
use relance_core::program::{Program, Recipient};
use relance_core::schema::fold;
use relance_core::step::Grouped;

/// What messages say of the creditor.
#[derive(Clone, Debug, Default)]
pub struct Sender {
    /// The creditor.
    pub creditor: CreditorView,
    /// Makes the links by which debtors pay.
    pub links: Option<PaymentLinks>,
    /// Makes the links by which a client's contacts come to the client's page.
    pub portal: Option<PortalLinks>,
}

/// What a message about an invoice, and those that are grouped with it, can say on `date`; `None` when the dossier has no such invoice.
pub fn context(
    sender: &Sender,
    program: &Program,
    dossier: &Dossier,
    (number, others): (&str, &[Grouped]),
    recipient: Option<&Recipient>,
    date: NaiveDate,
) -> Option<MessageContext> {
    let file = dossier.invoices.get(number)?;
    let customer = &dossier.customer;
    let amounts = program.amounts.as_deref();
    let statement = |file| amounts.map(|amounts| statement(&Debt::of(dossier, file), amounts, date));
    let invoice = view(sender, dossier, number, (file, statement(file)), date);
    let mut invoices = vec![invoice.clone()];
    for other in others {
        let (number, file) = dossier.invoices.get_key_value(&other.invoice)?;
        invoices.push(view(sender, dossier, number, (file, statement(file)), date));
    }
    invoices.sort_by(|a, b| (a.due, &a.number).cmp(&(b.due, &b.number)));
    let owner = file.invoice.owner.as_ref().or(customer.owner.as_ref()).map(|name| {
        let person = program.people.iter().find(|(role, person)| {
            fold(role) == fold(name) || person.name.as_ref().is_some_and(|own| fold(own) == fold(name))
        });
        let person = person.map(|(_, person)| person);
        OwnerView {
            name: person.and_then(|p| p.name.clone()).unwrap_or_else(|| name.clone()),
            email: person.and_then(|p| p.email.clone()),
            phone: person.and_then(|p| p.phone.clone()),
        }
    });
    let of_all: Vec<(&str, Amount)> = invoices.iter().map(|one| (one.number.as_str(), one.collectable)).collect();
    let payment_link = sender.links.as_ref().and_then(|links| links.group(&dossier.client, &of_all));
    let portal_link = sender
        .portal
        .as_ref()
        .zip(recipient.and_then(|to| to.email.as_deref()))
        .and_then(|(links, email)| links.link((&dossier.client, customer), email, date));
    let mut message = MessageContext {
        payment_link,
        portal_link,
        creditor: sender.creditor.clone(),
        client: ClientView {
            code: dossier.client.clone(),
            name: if customer.name.is_empty() { dossier.client.clone() } else { customer.name.clone() },
            address: customer.address.clone(),
            segment: dossier.segment(file).to_owned(),
            country: customer.country.clone(),
        },
        recipient: recipient
            .map(|r| RecipientView {
                name: r.name.clone(),
                role: r.role.clone(),
                email: r.email.clone(),
                phone: r.phone.clone(),
            })
            .unwrap_or_default(),
        invoices,
        invoice,
        date,
        reminders: RemindersView {
            count: i64::try_from(file.reminders.len()).unwrap_or(i64::MAX),
            last: file.reminders.last().map(|(day, _)| *day),
        },
        promise: file.promise.as_ref().or(file.broken_promise.as_ref()).map(|p| PromiseView {
            date: p.by,
            amount: p.amount.map(|cents| Amount::new(cents, file.invoice.currency())),
        }),
        owner,
        language: None,
        answers: Answers::new(),
    };
    message.spare_consumers();
    Some(message)
}

fn view(
    sender: &Sender,
    dossier: &Dossier,
    number: &str,
    (file, statement): (&InvoiceFile, Option<Statement>),
    date: NaiveDate,
) -> InvoiceView {
    let data = &file.invoice;
    let collectable = Amount::new(collectable(dossier, number, file, date), data.currency());
    InvoiceView {
        number: number.to_owned(),
        issued: data.issued,
        due: data.due,
        amount: data.amount,
        balance_due: Amount::new(file.balance, data.currency()),
        collectable,
        extras: statement.and_then(|statement| extras(file, &statement)),
        days_late: (date - data.due).num_days(),
        regime: data.regime.clone().or_else(|| dossier.customer.regime.clone()).unwrap_or_else(|| "b2b".to_owned()),
        label: data.label.clone(),
        payment_link: sender.links.as_ref().and_then(|links| links.invoice(&dossier.client, number, collectable)),
    }
}

/// What an invoice owes besides its balance; none while that is not firm.
fn extras(file: &InvoiceFile, statement: &Statement) -> Option<Extras> {
    if !statement.gaps.is_empty() {
        return None;
    }
    let amount = |cents| Amount::new(cents, file.invoice.currency());
    // Payments that went to the interest first left more of the principal than the books say: together it is the same.
    let interest = statement.principal.saturating_add(statement.interest_due()).saturating_sub(file.balance).max(0);
    let (penalties, legal) = if statement.regime == Regime::Consumer { (0, interest) } else { (interest, 0) };
    Some(Extras {
        penalties: amount(penalties),
        legal_interest: amount(legal),
        fee: amount(statement.fee_due()),
        rates: rates(statement),
    })
}

/// The rates of a statement, by date.
fn rates(statement: &Statement) -> Vec<Percent> {
    let mut rates: Vec<Percent> = statement.slices().map(|slice| slice.rate).collect();
    rates.dedup();
    rates
}
