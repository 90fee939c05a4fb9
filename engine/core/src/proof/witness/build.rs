//! From values of facts to the data of an invoice that has them.

use super::super::domain::{Facts, TERM, usual_due};
use super::super::solve::{Model, Var};
use super::occasion::happen;
use crate::day::{Span, add_days, french_date};
use crate::incoming::{Customer, Incoming, Invoice, What};
use crate::machine::{PLAN, Reaction, Value};
use crate::money::{Amount, Currency};
use crate::schema::{Fact, Type};
use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

/// How the invoice of an example comes to where it is looked at.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Way<'a> {
    /// Followed from its issue on.
    Followed,
    /// Taken over on the day that matters, with its past.
    TakenOver,
    /// Moved by a person to the state that matters.
    Moved,
    /// Followed from its issue on, or moved to the state that matters, until the event of a reaction happens.
    Met(&'a Reaction),
}

/// The number of the invoice of every example.
pub(super) const NUMBER: &str = "F1";
/// Its client's code.
pub(super) const CLIENT: &str = "C1";

/// The data of an example, and how to tell them.
pub(super) struct Given {
    pub things: Vec<Incoming>,
    pub amount: Amount,
    pub issued: NaiveDate,
    pub due: NaiveDate,
    /// The day that matters.
    pub day: NaiveDate,
    pub details: Vec<String>,
    pub events: Vec<(NaiveDate, String)>,
}

struct Builder<'a> {
    model: &'a Model,
    facts: &'a Facts<'a>,
}

/// An invoice that has the values of the model on the day that matters; `None` when there is no such invoice, or none that is simple.
pub(super) fn build(model: &Model, facts: &Facts<'_>, way: Way<'_>) -> Option<Given> {
    Builder { model, facts }.build(way)
}

fn date(days: i128) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(i32::try_from(days).ok()?)
}

impl Builder<'_> {
    fn number(&self, fact: Fact) -> Option<i64> {
        self.model.numbers.get(&Var::Fact(fact)).and_then(|n| i64::try_from(*n).ok())
    }

    fn word(&self, fact: Fact) -> Option<&str> {
        self.model.words.get(&Var::Fact(fact)).map(String::as_str)
    }

    fn flag(&self, fact: Fact) -> bool {
        self.model.flags.get(&Var::Fact(fact)).copied().unwrap_or(false)
    }

    fn unknown(&self, fact: Fact) -> bool {
        self.model.unknown.contains(&Var::Fact(fact))
    }

    fn build(&self, way: Way<'_>) -> Option<Given> {
        let due = match self.model.numbers.get(&Var::Fact(Fact::DueDate)) {
            Some(days) => date(*days)?,
            None => usual_due(),
        };
        let day = add_days(due, self.number(Fact::DaysLate).unwrap_or(0));
        let issued = match self.model.numbers.get(&Var::Fact(Fact::IssueDate)) {
            Some(days) => date(*days)?,
            None => add_days(due, -i64::try_from(TERM).unwrap_or(30)).min(add_days(day, -1)),
        };
        let usual = |day: NaiveDate| (1990..=2200).contains(&day.year());
        if !usual(due) || !usual(day) || !usual(issued) || self.flag(Fact::Instalments) {
            return None;
        }
        let currency = self.word(Fact::Currency).map_or(Some(Currency::EUR), Currency::parse)?;
        let cents = self.number(Fact::Amount).or(self.number(Fact::BalanceDue)).unwrap_or(120_000);
        if cents <= 0 {
            return None;
        }
        let amount = Amount::new(cents, currency);
        let mut given = Given { things: Vec::new(), amount, issued, due, day, details: Vec::new(), events: Vec::new() };
        if self.model.numbers.contains_key(&Var::Fact(Fact::IssueDate)) {
            given.details.push(format!("émise le {}", french_date(issued)));
        }
        self.customer(&mut given)?;
        self.invoice(&mut given, way);
        self.balance(&mut given)?;
        if matches!(way, Way::TakenOver | Way::Moved) {
            self.history(&mut given)?;
        }
        self.other_invoices(&mut given);
        let stage = self.facts.state.filter(|state| *state != PLAN);
        if way == Way::Moved && stage.is_none() {
            return None;
        }
        if let (Way::Moved | Way::Met(_), Some(state)) = (way, stage) {
            let days = self.model.numbers.get(&Var::StateDays).and_then(|n| i64::try_from(*n).ok());
            let since = add_days(day, -days.unwrap_or(i64::from(way != Way::Moved)));
            given.add("saut", since, What::Jump { state: state.to_owned() });
            given.events.push((since, format!("une personne la place à l’étape `{state}`")));
        }
        if let Way::Met(reaction) = way {
            happen(reaction, &mut given)?;
        }
        Some(given)
    }

    fn customer(&self, given: &mut Given) -> Option<()> {
        let text = |fact: Fact, usual: &str| (!self.unknown(fact)).then(|| self.word(fact).unwrap_or(usual).to_owned());
        let segment = self.word(Fact::Segment).filter(|word| *word != "aucun").map(str::to_owned);
        let regime = self.word(Fact::Regime).map(str::to_owned);
        let owner = self.word(Fact::Owner).map(str::to_owned);
        match self.word(Fact::Segment) {
            Some("aucun") => given.details.push("client sans segment".to_owned()),
            Some(segment) => given.details.push(format!("client du segment `{segment}`")),
            None => {}
        }
        if let Some(regime) = &regime {
            given.details.push(format!("régime `{regime}`"));
        }
        let told = [Fact::Owner, Fact::CustomerName, Fact::CustomerCountry, Fact::CustomerEmail, Fact::CustomerPhone];
        for fact in told {
            if let Some(word) = self.word(fact) {
                given.details.push(format!("`{}` « {word} »", fact.name()));
            } else if self.unknown(fact) {
                given.details.push(format!("`{}` inconnu", fact.name()));
            }
        }
        let usual_delay = self.number(Fact::CustomerUsualDelay);
        if let Some(days) = usual_delay {
            given.details.push(format!("`{}` de {}", Fact::CustomerUsualDelay.name(), Span::Days(days)));
        }
        if self.word(Fact::Number).is_some() || self.word(Fact::CustomerCode).is_some() {
            return None; // The examples have a number and a client of their own.
        }
        let customer = Customer {
            name: self.word(Fact::CustomerName).unwrap_or("Durand").to_owned(),
            segment,
            email: text(Fact::CustomerEmail, "compta@client.example"),
            phone: text(Fact::CustomerPhone, "+33639980001"),
            address: Some("1 rue de la Paix\n75002 Paris".to_owned()),
            country: text(Fact::CustomerCountry, "FR"),
            language: None,
            regime,
            penalty_rate: None,
            usual_delay,
            owner,
            fields: self.fields(given)?,
            contacts: Vec::new(),
        };
        let since = given.issued.min(add_days(given.day, -400));
        given.push("client", None, since, What::Customer(customer));
        Some(())
    }

    fn fields(&self, given: &mut Given) -> Option<std::collections::BTreeMap<String, Value>> {
        let mut fields = std::collections::BTreeMap::new();
        for field in &self.facts.machine.fields {
            let var = Var::Field(field.name.clone());
            let number = self.model.numbers.get(&var).copied();
            let value = match field.ty {
                Type::Bool => self.model.flags.get(&var).map(|flag| Value::Bool(*flag)),
                Type::Number | Type::Percent => {
                    let exact = number.map(|n| Decimal::try_from_i128_with_scale(n, 6)).transpose().ok()?;
                    exact.map(|n| Value::Number(n.normalize()))
                }
                Type::Amount => {
                    number.map(|n| i64::try_from(n).map(|n| Value::Amount(Amount::eur(n)))).transpose().ok()?
                }
                Type::Duration => {
                    let days = |n| Value::Duration(Span::Days(n));
                    number.map(|n| i64::try_from(n).map(days)).transpose().ok()?
                }
                Type::Date => number.and_then(date).map(Value::Date),
                Type::Text | Type::Segment | Type::Regime | Type::Stage => {
                    self.model.words.get(&var).map(|word| Value::Text(word.clone()))
                }
            };
            if let Some(value) = value {
                given.details.push(format!("`{}` = {value}", field.name));
                fields.insert(field.name.clone(), value);
            }
        }
        Some(fields)
    }

    fn invoice(&self, given: &mut Given, way: Way<'_>) {
        let mut invoice = Invoice::new(given.issued, given.due, given.amount);
        match way {
            Way::TakenOver => {
                invoice.taken_over = Some(given.day);
                given.details.push(format!("prise en charge le {}", french_date(given.day)));
            }
            Way::Moved => {
                let before = add_days(given.day, -400).max(given.issued);
                invoice.taken_over = Some(before);
            }
            Way::Followed | Way::Met(_) => {}
        }
        given.push("facture", Some(NUMBER), given.issued, What::Invoice(invoice));
    }

    /// What was paid, is disputed, promised, or covered by a credit.
    fn balance(&self, given: &mut Given) -> Option<()> {
        let currency = given.amount.currency;
        let balance = self.number(Fact::BalanceDue).unwrap_or(given.amount.cents);
        let paid = given.amount.cents - balance;
        let before = add_days(given.day, -1).max(given.issued);
        if balance <= 0 {
            return None;
        }
        if paid > 0 {
            given.add("reglement", before, What::Payment { amount: Amount::new(paid, currency) });
            given.events.push((before, format!("paiement de {}", Amount::new(paid, currency))));
        } else if paid < 0 {
            given.add("avoir", before, What::CreditNote { amount: Amount::new(paid, currency) });
            given.events.push((before, format!("facture corrigée de {} en plus", Amount::new(-paid, currency))));
        }
        let disputed = self.number(Fact::Disputed).unwrap_or(0).max(i64::from(self.flag(Fact::InDispute)));
        if disputed > 0 {
            let amount = Some(Amount::new(disputed, currency));
            given.add("litige", before, What::DisputeOpened { amount, reason: None });
            given.events.push((before, format!("litige sur {}", Amount::new(disputed, currency))));
        }
        let promised = self.number(Fact::Promised).unwrap_or(0).max(i64::from(self.flag(Fact::PromiseRunning)));
        if promised > 0 {
            let by = add_days(given.day, 10);
            given.add("promesse", before, What::Promise { by, amount: Some(Amount::new(promised, currency)) });
            given
                .events
                .push((before, format!("promesse de {} pour le {}", Amount::new(promised, currency), french_date(by))));
        }
        let collectable =
            self.number(Fact::Collectable).unwrap_or(balance.saturating_sub(disputed).saturating_sub(promised));
        let taken = disputed.saturating_add(promised).saturating_add(collectable);
        let credit = balance.saturating_sub(taken);
        if credit > 0 {
            given.push("credit", None, before, What::Payment { amount: Amount::new(credit, currency) });
            given.events.push((before, format!("paiement de {} sans facture", Amount::new(credit, currency))));
        }
        if self.flag(Fact::CustomerInsolvent) {
            let judgment = add_days(given.issued, -10);
            given.push("procedure", None, given.issued, What::Insolvency { judgment });
            given.details.push(format!("client en procédure collective depuis le {}", french_date(judgment)));
        }
        Some(())
    }

    /// Reminders and broken promises from before.
    fn history(&self, given: &mut Given) -> Option<()> {
        let since = self.number(Fact::DaysSinceReminder);
        let count = self.number(Fact::Reminders).unwrap_or(i64::from(since.is_some()));
        if !(0..=20).contains(&count) {
            return None;
        }
        let last = add_days(given.day, -since.unwrap_or(10));
        for n in 0..count {
            given.add(
                &format!("relance{n}"),
                add_days(last, -7 * n),
                What::PastReminder { channel: None, formal: false },
            );
        }
        match count {
            0 => {}
            1 => given.details.push(format!("relancée le {}", french_date(last))),
            n => given.details.push(format!("relancée {n} fois, la dernière le {}", french_date(last))),
        }
        let broken = self.number(Fact::PromisesBroken).unwrap_or(0);
        if !(0..=5).contains(&broken) {
            return None;
        }
        for n in 1..=broken {
            let made = add_days(given.day, -20 * n);
            given.add(&format!("promesse{n}"), made, What::Promise { by: add_days(made, 3), amount: None });
            given.events.push((made, format!("promesse pour le {}, qui sera rompue", french_date(add_days(made, 3)))));
        }
        Some(())
    }

    /// What the client owes besides, and how it paid before.
    fn other_invoices(&self, given: &mut Given) {
        let balance = self.number(Fact::BalanceDue).unwrap_or(given.amount.cents);
        let more = self.number(Fact::CustomerOutstanding).unwrap_or(balance) - balance;
        let late = (given.day - given.due).num_days();
        let oldest = self.number(Fact::CustomerOldestDelay).unwrap_or(late);
        let open = self.number(Fact::CustomerOpenInvoices).unwrap_or(1);
        let overdue = self.number(Fact::CustomerOverdue).unwrap_or(0) > if late > 0 { balance } else { 0 };
        let late_ones = self.number(Fact::CustomerLateInvoices).unwrap_or(0) > i64::from(late > 0);
        let count = (open - 1).clamp(i64::from(more > 0 || oldest > late || late_ones), 10);
        for n in 0..count {
            let rest = more.max(count) - (count - 1);
            let cents = if n == 0 { rest } else { 1 };
            let due = if oldest > late || overdue || late_ones {
                add_days(given.day, -oldest.clamp(1, 100_000))
            } else {
                add_days(given.day, 60)
            };
            let amount = Amount::new(cents.max(1), given.amount.currency);
            let number = format!("F{}", n + 2);
            let issued = add_days(due.min(given.day), -60);
            let invoice = What::Invoice(Invoice::new(issued, due, amount));
            given.push(&format!("autre{n}"), Some(&number), issued, invoice);
            given.details.push(format!("autre facture ouverte de {amount} au {}", french_date(due)));
        }
        if let Some(delay) = self.number(Fact::CustomerAverageDelay) {
            let due = add_days(given.issued, -200 - delay.saturating_abs().min(100_000));
            let paid = add_days(due, delay.clamp(-100_000, 100_000));
            let invoice = What::Invoice(Invoice::new(add_days(due, -30), due, Amount::new(100, given.amount.currency)));
            given.push("soldee", Some("F0"), add_days(due, -30), invoice);
            given.push(
                "soldee_reglement",
                Some("F0"),
                paid,
                What::Payment { amount: Amount::new(100, given.amount.currency) },
            );
            given.details.push(format!("client qui paie en moyenne avec {} de retard", Span::Days(delay)));
        }
    }
}

impl Given {
    pub(super) fn add(&mut self, id: &str, effective: NaiveDate, what: What) {
        self.push(id, Some(NUMBER), effective, what);
    }

    fn push(&mut self, id: &str, invoice: Option<&str>, effective: NaiveDate, what: What) {
        self.things.push(Incoming {
            id: id.to_owned(),
            client: CLIENT.to_owned(),
            invoice: invoice.map(str::to_owned),
            effective,
            known: None,
            said: None,
            what,
        });
    }
}
