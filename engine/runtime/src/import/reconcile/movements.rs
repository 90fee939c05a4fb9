//! Payments and events: whose they are, and which of them are already known.

use super::Attempt;
use crate::import::batch::{EventRow, PaymentRow, Source};
use crate::import::events::concerns_client;
use crate::import::known::{part, payment_id, prefix};
use crate::import::problem::{Info, Problem, count, list};
use crate::import::value::date::Moment;
use chrono::NaiveDate;
use relance_core::day::start_of_day;
use relance_core::incoming::What;
use relance_core::machine::Channel;
use relance_core::money::{Amount, Currency};
use relance_core::said::Said;
use std::collections::BTreeSet;

/// Whom a row concerns.
pub(super) struct Subject<'s> {
    pub client: &'s str,
    /// The invoice's currency, when the invoice is known.
    pub currency: Option<Currency>,
    /// Whether it names an invoice that is not known yet.
    pub waits: bool,
}

/// A row that is right: what it brings, once its place among identical rows is known.
struct Movement<'s> {
    base: String,
    /// Another id under which an earlier import may have taken it.
    alias: Option<String>,
    identified: bool,
    source: Source,
    client: &'s str,
    invoice: Option<&'s str>,
    date: NaiveDate,
    known: Option<Moment>,
    said: Option<Said>,
    what: What,
}

impl<'a> Attempt<'a> {
    /// Whom a row concerns; `None` when that is a problem, which is then told.
    pub(super) fn subject<'s>(
        &mut self,
        source: Source,
        client: Option<&'s str>,
        invoice: Option<&str>,
        field: &str,
    ) -> Option<Subject<'s>>
    where
        'a: 's,
    {
        let Some(number) = invoice else {
            return client.map(|client| Subject { client, currency: None, waits: false });
        };
        let (batch, known) = (self.batch, self.known);
        let owner: Option<(&'a str, Currency)> = match self.invoices.get(number) {
            Some(row) => Some((row.client.as_str(), row.invoice.currency())),
            None => known.invoices.get(number).map(|k| (k.client.as_str(), k.invoice.currency())),
        };
        match (owner, client) {
            (Some((owner, _)), Some(client)) if owner != client => {
                let reason = format!("la facture {number} est au client {owner}");
                let problem =
                    batch.problem(source, "client", client, reason).advise("corrigez le client ou la facture");
                self.problem(source, problem);
                None
            }
            (Some((owner, currency)), _) => Some(Subject { client: owner, currency: Some(currency), waits: false }),
            (None, Some(client)) => Some(Subject { client, currency: None, waits: true }),
            (None, None) => {
                // One cause, one message: every row of a file may hang on it.
                if !self.refused_invoices().is_empty() {
                    *self.orphans.entry(source.file).or_default() += 1;
                    self.bad_files.insert(source.file);
                    return None;
                }
                let reason = match self.withheld.get(number) {
                    Some(file) => format!("cette facture est dans {file}, mais sa ligne n'a pas été prise"),
                    None => "cette facture n'est pas connue".to_owned(),
                };
                let problem = batch.problem(source, field, number, reason);
                self.problem(
                    source,
                    problem.advise("importez la facture, ou donnez le client pour que la ligne l'attende"),
                );
                None
            }
        }
    }

    /// The currency of a row's amount: as written, else the invoice's, else the euro.
    fn currency(&mut self, source: Source, written: Option<Currency>, subject: &Subject<'_>) -> Option<Currency> {
        match (written, subject.currency) {
            (Some(written), Some(invoice)) if written != invoice => {
                let reason = format!("la facture est en {}", invoice.code());
                let problem = self.batch.problem(source, "montant", written.code(), reason);
                self.problem(source, problem.advise("convertissez le montant, ou corrigez la devise"));
                None
            }
            (Some(currency), _) | (None, Some(currency)) => Some(currency),
            (None, None) => Some(Currency::EUR),
        }
    }

    pub(super) fn payments(&mut self) {
        let batch = self.batch;
        let mut movements = Vec::new();
        let mut waiting = BTreeSet::new();
        let mut waiting_rows = 0;
        for row in &batch.payments {
            if !self.keeps(row.source) {
                continue;
            }
            let Some(invoice) = self.invoice_of(row) else { continue };
            let Some(subject) = self.subject(row.source, row.client.as_deref(), invoice, "facture") else { continue };
            let Some(currency) = self.currency(row.source, row.amount.currency, &subject) else { continue };
            if subject.waits {
                waiting_rows += 1;
                waiting.extend(row.invoice.clone());
            }
            movements.push(payment(row, invoice, &subject, currency));
        }
        self.movements(movements);
        if !waiting.is_empty() {
            let rows = count(
                waiting_rows,
                "règlement attend sa facture, pas encore connue",
                "règlements attendent leur facture, pas encore connue",
            );
            let numbers: Vec<String> = waiting.into_iter().collect();
            self.infos.push(Info::general(format!("{rows} : {}", list(&numbers, 10))));
        }
    }

    pub(super) fn events(&mut self) {
        let batch = self.batch;
        let mut movements = Vec::new();
        let mut waiting = BTreeSet::new();
        for row in &batch.events {
            if !self.keeps(row.source) {
                continue;
            }
            let (client, invoice) = (row.client.as_deref(), row.invoice.as_deref());
            let Some(subject) = self.subject(row.source, client, invoice, "facture") else { continue };
            let mut what = row.what.clone();
            let amounts = amounts_of(&mut what);
            if let Some(first) = amounts.first() {
                let written = row.currency_written.then_some(first.currency);
                let Some(currency) = self.currency(row.source, written, &subject) else { continue };
                for amount in amounts {
                    amount.currency = currency;
                }
            }
            if subject.waits && !concerns_client(row.kind) {
                waiting.extend(row.invoice.clone());
            }
            movements.push(event(row, &subject, what));
        }
        let before = self.out.len();
        self.movements(movements);
        self.tell_plans(before);
        if !waiting.is_empty() {
            let numbers: Vec<String> = waiting.into_iter().collect();
            let text = format!("des événements attendent leur facture, pas encore connue : {}", list(&numbers, 10));
            self.infos.push(Info::general(text));
        }
    }

    /// The k-th identical row of a file is the k-th already known.
    fn movements(&mut self, mut movements: Vec<Movement<'_>>) {
        movements.sort_by(|a, b| (&a.base, a.source.file, a.known).cmp(&(&b.base, b.source.file, b.known)));
        let mut previous: Option<(String, usize)> = None;
        let mut k = 0;
        for movement in movements {
            let Movement { base, alias, identified, source, client, invoice, date, known, said, what } = movement;
            let file = source.file;
            let same = previous.as_ref().is_some_and(|(b, f)| *b == base && *f == file);
            k = if same { k + 1 } else { 1 };
            let numbered = |base: &str| if identified { base.to_owned() } else { format!("{base}:{k}") };
            let id = numbered(&base);
            let taken = |id: &String| self.known.ids.contains(id);
            if taken(&id) || alias.as_deref().map(numbered).as_ref().is_some_and(taken) {
                self.counts.already_known += 1;
            } else if let Some(problem) = self.unknown_message(source, invoice, date, known, &what) {
                self.problem(source, problem);
            } else {
                self.emit_known(id, client, invoice, date, (known, said), what);
            }
            previous = Some((base, file));
        }
    }

    /// What is wrong with a bounce or a delivery: the base has lived past it, and no message of the invoice is the one that is meant.
    fn unknown_message(
        &self,
        source: Source,
        invoice: Option<&str>,
        date: NaiveDate,
        known: Option<Moment>,
        what: &What,
    ) -> Option<Problem> {
        let (key, channel, told) = match what {
            What::Bounced { key, channel, .. } | What::Delivered { key, channel } => (key, *channel, None),
            What::Tracked(told) => (&told.key, Some(Channel::RegisteredLetter), Some(told)),
            _ => return None,
        };
        let messages = &self.known.messages;
        let at = known.map_or_else(|| start_of_day(date, self.zone), |moment| moment.instant(self.zone));
        if messages.until.is_none_or(|until| until < at) {
            return None;
        }
        let file = invoice.and_then(|number| messages.invoices.get(number));
        let found = file.and_then(|file| match told {
            Some(told) => file.posted_letter(key.as_deref(), told.number.as_deref(), date),
            None => file.sent_message(key.as_deref(), channel, self.today),
        });
        if found.is_some() {
            return None;
        }
        let value = key.as_deref().or(channel.map(Channel::name)).unwrap_or_default();
        if told.is_some() {
            let reason = "aucune lettre recommandée de cette facture n'est connue";
            let advice = "vérifiez la facture et le numéro de suivi";
            return Some(self.batch.problem(source, "detail", value, reason).advise(advice));
        }
        let reason = "aucun message de ce canal ou de cette clé n'est parti pour cette facture depuis trente jours";
        let number = invoice.unwrap_or_default();
        let advice = format!("cherchez la clé du message (`cle`) : relance journal --facture {number} --format jsonl");
        Some(self.batch.problem(source, "detail", value, reason).advise(advice))
    }
}

fn payment<'s>(
    row: &'s PaymentRow,
    invoice: Option<&'s str>,
    subject: &Subject<'s>,
    currency: Currency,
) -> Movement<'s> {
    let cents = row.amount.cents;
    let base = |currency: Currency| {
        let invoice = part(invoice.unwrap_or_default());
        let (client, code) = (part(subject.client), currency.code());
        format!("{}{}:{client}:{invoice}:{cents}:{code}", prefix::PAYMENT, row.date)
    };
    // Before its invoice was known, an amount without currency was taken as euros.
    let alias = (row.amount.currency.is_none() && currency != Currency::EUR).then(|| base(Currency::EUR));
    let own = row.identifier.as_deref().map(payment_id);
    let amount = Amount::new(cents.saturating_abs(), currency);
    Movement {
        identified: own.is_some(),
        base: own.unwrap_or_else(|| base(currency)),
        alias: alias.filter(|_| row.identifier.is_none()),
        source: row.source,
        client: subject.client,
        invoice,
        date: row.date,
        known: row.known,
        said: None,
        what: if cents < 0 { What::Reversal { amount } } else { What::Payment { amount } },
    }
}

fn event<'s>(row: &'s EventRow, subject: &Subject<'s>, what: What) -> Movement<'s> {
    let own = row.identifier.as_deref().map(|id| format!("{}id:{}", prefix::EVENT, part(id)));
    let named = row.invoice.as_deref().filter(|_| !concerns_client(row.kind));
    let invoice = part(named.unwrap_or_default());
    let base = || {
        let (client, details) = (part(subject.client), part(&row.details));
        format!("{}{}:{}:{client}:{invoice}:{details}", prefix::EVENT, row.kind, row.date)
    };
    Movement {
        identified: own.is_some(),
        base: own.unwrap_or_else(base),
        alias: None,
        source: row.source,
        client: subject.client,
        invoice: named,
        date: row.date,
        known: row.known,
        said: row.said.clone(),
        what,
    }
}

fn amounts_of(what: &mut What) -> Vec<&mut Amount> {
    match what {
        What::Payment { amount } | What::Reversal { amount } | What::CreditNote { amount } => vec![amount],
        What::DisputeOpened { amount, .. } | What::Promise { amount, .. } | What::PaymentAnnounced { amount } => {
            amount.iter_mut().collect()
        }
        What::PaymentPlan { instalments } => instalments.iter_mut().map(|part| &mut part.amount).collect(),
        _ => Vec::new(),
    }
}
