//! The facts of one invoice at one moment, read from its dossier.

use crate::calendar::{Calendar, FRANCE};
use crate::day::add_days;
use crate::dossier::{Dossier, InvoiceFile};
use crate::eval::{Facts, Length, Quick, Val, literal, owned};
use crate::limitation::Limitation;
use crate::machine::{Call, MessageCall, Value};
use crate::money::{Amount, Currency};
use crate::program::Program;
use crate::schema::Fact;
use crate::script::{ScriptFacts, Scripts};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

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
    /// Days past due.
    pub(crate) late: i64,
    /// The calendar of working days.
    pub calendar: &'a Calendar,
    /// The state that `étape` tells: the invoice's, or the one in which a sequence began.
    pub state: &'a str,
    /// The rung that `palier_atteint` tells: the invoice's, or the one on which it stood when a sequence began.
    pub rung: Option<i64>,
    /// The states that `passée_par` tells, besides that one.
    pub visited: &'a BTreeSet<String>,
    /// The project's scripts.
    pub scripts: Option<&'a Scripts>,
    /// Where a script that fails says so.
    pub failure: Option<&'a Failure>,
}

/// The first failure of a script during an evaluation.
#[derive(Debug, Default)]
pub struct Failure(RefCell<Option<String>>);

impl Failure {
    /// Takes the failure out, in French.
    pub fn take(&self) -> Option<String> {
        self.0.borrow_mut().take()
    }

    fn note(&self, reason: String) {
        self.0.borrow_mut().get_or_insert(reason);
    }
}

impl<'a> InvoiceFacts<'a> {
    /// What a function called by a message answers; `Ok(None)` is unknown, `Err` why the script failed.
    fn answer(&self, call: &MessageCall) -> Result<Option<Value>, String> {
        let Some(scripts) = self.scripts else {
            return Err(format!("la fonction `{}` n’a pas de script", call.function));
        };
        let arguments: Vec<Val<'_>> = call.arguments.iter().map(literal).collect();
        scripts.print(&call.function, &arguments, self).map_err(|error| error.to_string())
    }

    /// What the scripts answer to the calls of a message, by [`MessageCall::key`].
    pub fn answers<'c>(
        &self,
        calls: impl IntoIterator<Item = &'c MessageCall>,
    ) -> Result<BTreeMap<String, Option<Value>>, String> {
        calls.into_iter().map(|call| Ok((call.key(), self.answer(call)?))).collect()
    }

    /// The facts of an invoice on a day, in its own state.
    pub fn new(
        program: &'a Program,
        dossier: &'a Dossier,
        number: &'a str,
        file: &'a InvoiceFile,
        today: NaiveDate,
    ) -> InvoiceFacts<'a> {
        let scenario = file.scenario.as_ref().and_then(|s| program.scenario(&s.name));
        let calendar = scenario.map_or(&FRANCE, |s| &s.settings().calendar);
        let scripts = program.scripts.as_deref();
        let late = (today - file.invoice.due).num_days();
        InvoiceFacts {
            dossier,
            number,
            file,
            today,
            late,
            calendar,
            state: &file.state,
            rung: file.position,
            visited: &file.visited,
            scripts,
            failure: None,
        }
    }

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

    /// What can be asked of the debtor now: balance − instalments to come − disputed − promised − announced − its share of the client's unallocated
    /// credits. In cents, never negative.
    pub fn collectable(&self) -> i64 {
        collectable(self.dossier, self.number, self.file, self.today)
    }
}

fn before_credits(file: &InvoiceFile, today: NaiveDate) -> i64 {
    (file.balance - file.to_come(today) - file.disputed() - file.promised() - file.announced(today)).max(0)
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

fn text(text: &str) -> Option<Val<'_>> {
    Some(Val::Text(Cow::Borrowed(text)))
}

impl Facts for InvoiceFacts<'_> {
    #[inline]
    fn quick(&self, fact: Fact) -> Option<Quick<'_>> {
        let (file, customer) = (self.file, &self.dossier.customer);
        let currency = file.invoice.amount.currency;
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        Some(match fact {
            Fact::DaysLate => Quick::Days(self.late),
            Fact::Segment => Quick::Word(self.dossier.segment(file)),
            Fact::Amount => Quick::Cents(file.invoice.amount.cents, currency),
            Fact::BalanceDue => Quick::Cents(file.balance, currency),
            Fact::InDispute => Quick::Flag(!file.disputes.is_empty()),
            Fact::PromiseRunning => Quick::Flag(file.promise.is_some()),
            Fact::PromisesBroken => Quick::Count(i64::from(file.promises_broken)),
            Fact::Regime => Quick::Word(file.invoice.regime.as_deref().or(customer.regime.as_deref()).unwrap_or("b2b")),
            Fact::Reminders => Quick::Count(count(file.reminders.len())),
            Fact::Stage => Quick::Word(self.state),
            Fact::Instalments => Quick::Flag(!file.instalments.is_empty()),
            Fact::InstalmentsMissed => Quick::Count(count(file.instalments.iter().filter(|part| part.missed).count())),
            Fact::CustomerInsolvent => Quick::Flag(self.dossier.insolvent.is_some()),
            Fact::Currency => Quick::Word(file.invoice.amount.currency.code()),
            Fact::Number => Quick::Word(self.number),
            Fact::CustomerCode => Quick::Word(&self.dossier.client),
            Fact::CustomerName => Quick::Word(&customer.name),
            _ => return None,
        })
    }

    fn fact(&self, fact: Fact) -> Option<Val<'_>> {
        if let Some(quick) = self.quick(fact) {
            return Some(quick.into());
        }
        let file = self.file;
        let invoice = &file.invoice;
        let customer = &self.dossier.customer;
        let number = |n: i64| Some(Val::Number(Decimal::from(n)));
        let days = |n: i64| Some(Val::Duration(Length::days(n)));
        let since = |day: NaiveDate| Some(Val::Duration(Length::days((self.today - day).num_days())));
        match fact {
            Fact::DaysLate
            | Fact::Segment
            | Fact::Amount
            | Fact::BalanceDue
            | Fact::InDispute
            | Fact::PromiseRunning
            | Fact::PromisesBroken
            | Fact::Regime
            | Fact::Reminders
            | Fact::Stage
            | Fact::Instalments
            | Fact::InstalmentsMissed
            | Fact::CustomerInsolvent
            | Fact::Currency
            | Fact::Number
            | Fact::CustomerCode
            | Fact::CustomerName => None,
            Fact::Collectable => self.amount(self.collectable()),
            Fact::Disputed => self.amount(file.disputed()),
            Fact::Promised => self.amount(file.promised()),
            Fact::IssueDate => Some(Val::Date(invoice.issued)),
            Fact::DueDate => Some(Val::Date(invoice.due)),
            Fact::LimitationDate => Some(Val::Date(Limitation::of(self.dossier, file).careful)),
            Fact::Today => Some(Val::Date(self.today)),
            Fact::Owner => invoice.owner.as_deref().or(customer.owner.as_deref()).and_then(text),
            Fact::DaysSinceReminder => since(self.reminder()?),
            Fact::RungReached => days(self.rung?),
            Fact::CustomerEmail => customer.email.as_deref().and_then(text),
            Fact::CustomerPhone => customer.phone.as_deref().and_then(text),
            Fact::CustomerCountry => customer.country.as_deref().and_then(text),
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

    fn calendar(&self) -> &Calendar {
        self.calendar
    }

    fn state_day(&self, length: Length) -> Option<NaiveDate> {
        let clock = self.file.clock?;
        Some(self.file.business_clock.filter(|_| length.counts_business_days()).unwrap_or(clock))
    }

    fn field(&self, name: &str) -> Option<Val<'_>> {
        let value = self.file.invoice.fields.get(name).or_else(|| self.dossier.customer.fields.get(name))?;
        Some(literal(value))
    }

    fn visited(&self, state: &str) -> bool {
        self.state == state || self.visited.contains(state)
    }

    fn call(&self, call: &Call, arguments: Vec<Option<Val<'_>>>) -> Option<Val<'_>> {
        let arguments = arguments.into_iter().collect::<Option<Vec<Val<'_>>>>()?;
        let result = match self.scripts {
            Some(scripts) => scripts.call(&call.function, &arguments, call.ty, self).map_err(|error| error.to_string()),
            None => Err(format!("la fonction `{}` n’a pas de script", call.function)),
        };
        match result {
            Ok(value) => value.map(owned),
            Err(reason) => {
                if let Some(failure) = self.failure {
                    failure.note(reason);
                }
                None
            }
        }
    }

    fn call_moves(&self, call: &Call) -> bool {
        self.scripts
            .and_then(|scripts| scripts.reads(&call.function, call.arguments.len()))
            .is_none_or(|reads| reads.moves_with_time())
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

impl ScriptFacts for InvoiceFacts<'_> {
    fn fact(&self, fact: Fact) -> Option<Val<'_>> {
        Facts::fact(self, fact)
    }

    fn field(&self, name: &str) -> Option<Val<'_>> {
        Facts::field(self, name)
    }

    fn currency(&self) -> Currency {
        self.file.invoice.currency()
    }
}
