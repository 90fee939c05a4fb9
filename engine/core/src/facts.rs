//! The facts of one invoice at one moment, read from its dossier.

use crate::calendar::Calendar;
use crate::day::add_days;
use crate::dossier::{Dossier, InvoiceFile};
use crate::eval::{Facts, Length, Val};
use crate::money::{Amount, Currency};
use crate::schema::Fact;
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// A dossier's view of one of its invoices.
#[derive(Clone, Copy)]
pub struct InvoiceFacts<'a> {
    /// The client's file.
    pub dossier: &'a Dossier,
    /// The invoice's number.
    pub number: &'a str,
    /// The invoice.
    pub file: &'a InvoiceFile,
    /// The day.
    pub today: NaiveDate,
    /// The calendar of working days.
    pub calendar: Calendar,
}

impl<'a> InvoiceFacts<'a> {
    fn amount(&self, cents: i64) -> Option<Val<'a>> {
        Some(Val::Amount(Amount::new(cents, self.file.invoice.currency())))
    }

    fn open(&self) -> impl Iterator<Item = &'a InvoiceFile> {
        self.dossier.invoices.values().filter(|file| file.is_open())
    }

    fn reminder(&self) -> Option<NaiveDate> {
        self.file.reminders.last().map(|(day, _)| *day)
    }

    fn oldest_due(&self) -> Option<NaiveDate> {
        self.open().map(|file| file.invoice.due).min()
    }

    /// What can be asked of the debtor now: balance − disputed − promised − announced − its share of the client's unallocated
    /// credits. In cents, never negative.
    pub fn collectable(&self) -> i64 {
        collectable(self.dossier, self.number, self.file, self.today)
    }
}

fn before_credits(file: &InvoiceFile, today: NaiveDate) -> i64 {
    (file.balance - file.disputed() - file.promised() - file.announced(today)).max(0)
}

/// See [`InvoiceFacts::collectable`]. Credits are deducted once, oldest due first, then by number.
pub fn collectable(dossier: &Dossier, number: &str, file: &InvoiceFile, today: NaiveDate) -> i64 {
    let own = before_credits(file, today);
    let currency: Currency = file.invoice.currency();
    let credit = dossier.credits.get(&currency).copied().unwrap_or(0);
    if credit <= 0 || own == 0 {
        return own;
    }
    let earlier: i64 = dossier
        .invoices
        .iter()
        .filter(|(other, f)| {
            f.is_open()
                && f.invoice.currency() == currency
                && (f.invoice.due, other.as_str()) < (file.invoice.due, number)
        })
        .map(|(_, f)| before_credits(f, today))
        .sum();
    own - (credit - earlier).clamp(0, own)
}

impl Facts for InvoiceFacts<'_> {
    fn fact(&self, fact: Fact) -> Option<Val<'_>> {
        let file = self.file;
        let invoice = &file.invoice;
        let customer = &self.dossier.customer;
        let number = |n: i64| Some(Val::Number(Decimal::from(n)));
        let days = |n: i64| Some(Val::Duration(Length::days(n)));
        let since = |day: NaiveDate| Some(Val::Duration(Length::days((self.today - day).num_days())));
        match fact {
            Fact::DaysLate => since(invoice.due),
            Fact::Segment => Some(Val::Text(customer.segment.as_deref().unwrap_or("aucun"))),
            Fact::Amount => self.amount(invoice.amount.cents),
            Fact::BalanceDue => self.amount(file.balance),
            Fact::Collectable => self.amount(self.collectable()),
            Fact::Disputed => self.amount(file.disputed()),
            Fact::Promised => self.amount(file.promised()),
            Fact::InDispute => Some(Val::Bool(!file.disputes.is_empty())),
            Fact::PromiseRunning => Some(Val::Bool(file.promise.is_some())),
            Fact::PromisesBroken => number(i64::from(file.promises_broken)),
            Fact::Number => Some(Val::Text(self.number)),
            Fact::Currency => Some(Val::Text(invoice.amount.currency.code())),
            Fact::IssueDate => Some(Val::Date(invoice.issued)),
            Fact::DueDate => Some(Val::Date(invoice.due)),
            Fact::Today => Some(Val::Date(self.today)),
            Fact::Regime => Some(Val::Text(invoice.regime.as_deref().or(customer.regime.as_deref()).unwrap_or("b2b"))),
            Fact::Owner => invoice.owner.as_deref().or(customer.owner.as_deref()).map(Val::Text),
            Fact::Reminders => number(i64::try_from(file.reminders.len()).unwrap_or(i64::MAX)),
            Fact::DaysSinceReminder => since(self.reminder()?),
            Fact::CustomerCode => Some(Val::Text(&self.dossier.client)),
            Fact::CustomerName => Some(Val::Text(&customer.name)),
            Fact::CustomerEmail => customer.email.as_deref().map(Val::Text),
            Fact::CustomerPhone => customer.phone.as_deref().map(Val::Text),
            Fact::CustomerCountry => customer.country.as_deref().map(Val::Text),
            Fact::CustomerUsualDelay => days(customer.usual_delay?),
            Fact::CustomerOutstanding => {
                self.amount(self.open().filter(|f| f.invoice.currency() == invoice.currency()).map(|f| f.balance).sum())
            }
            Fact::CustomerOverdue => self.amount(
                self.open()
                    .filter(|f| f.invoice.currency() == invoice.currency() && f.invoice.due < self.today)
                    .map(|f| f.balance)
                    .sum(),
            ),
            Fact::CustomerAverageDelay => {
                let (count, sum) = self.dossier.settled;
                // Rounded to the nearest day, halves away from zero.
                let n = i64::from(count);
                (count > 0).then(|| (2 * sum + sum.signum() * n) / (2 * n)).and_then(days)
            }
            Fact::CustomerLateInvoices => {
                number(i64::try_from(self.open().filter(|f| f.invoice.due < self.today).count()).unwrap_or(i64::MAX))
            }
            Fact::CustomerOpenInvoices => number(i64::try_from(self.open().count()).unwrap_or(i64::MAX)),
            Fact::CustomerOldestDelay => since(self.oldest_due()?),
        }
    }

    fn due(&self) -> NaiveDate {
        self.file.invoice.due
    }

    fn today(&self) -> NaiveDate {
        self.today
    }

    fn calendar(&self) -> Calendar {
        self.calendar
    }

    fn crossing(&self, fact: Fact, bound: &Val<'_>) -> Option<NaiveDate> {
        let tomorrow = add_days(self.today, 1);
        let boundary = |anchor: NaiveDate, length: Length| length.after(anchor, self.calendar);
        let crossed = match (fact, bound) {
            (Fact::DaysLate, Val::Duration(length)) => boundary(self.file.invoice.due, *length),
            (Fact::DaysSinceReminder, Val::Duration(length)) => boundary(self.reminder()?, *length),
            (Fact::CustomerOldestDelay, Val::Duration(length)) => boundary(self.oldest_due()?, *length),
            (Fact::Today, Val::Date(day)) => *day,
            (Fact::CustomerOverdue | Fact::CustomerLateInvoices, _) => {
                // Falling due is an event: the day after the next due date.
                return self.open().map(|f| add_days(f.invoice.due, 1)).filter(|day| *day > self.today).min();
            }
            _ => return Some(tomorrow),
        };
        if crossed > self.today {
            Some(crossed)
        } else {
            (add_days(crossed, 1) > self.today).then(|| add_days(crossed, 1))
        }
    }
}
