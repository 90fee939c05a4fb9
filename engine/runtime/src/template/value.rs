//! Template values: amounts, dates, absent values and records, and how the context becomes them.

use super::answer::{Answers, function};
use super::context::{Extras, InvoiceView, MessageContext, Regime};
use super::language::Lang;
use super::protect::{ABSENT, value};
use chrono::NaiveDate;
use minijinja::Value;
use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr};
use relance_core::creditor_reference::creditor_reference;
use relance_core::money::Amount;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// An amount; printed bare it has the form of the message's language.
#[derive(Debug)]
pub(super) struct Money(pub Amount, pub Lang);

impl Object for Money {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.0.cents != 0
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<Money>()?;
        Some(self.0.currency.cmp(&other.0.currency).then(self.0.cents.cmp(&other.0.cents)))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.1.amount(self.0))
    }
}

/// A date; printed bare it is short.
#[derive(Debug)]
pub(super) struct Day(pub NaiveDate, pub Lang);

impl Object for Day {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Day>().map(|other| self.0.cmp(&other.0))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.1.date(self.0))
    }
}

/// A value that this message lacks: false in `{% if %}`, an error when printed. It knows its name, for the message.
#[derive(Debug)]
pub(super) struct Absent(pub String);

impl Object for Absent {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn is_true(self: &Arc<Self>) -> bool {
        false
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        key.as_str().map(|key| absent(format!("{}.{key}", self.0)))
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Absent>().map(|_| Ordering::Equal)
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ABSENT}{}{ABSENT}", self.0)
    }
}

/// Named parts.
#[derive(Debug)]
struct Record(BTreeMap<&'static str, Value>);

impl Object for Record {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key.as_str()?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.keys().map(|key| Value::from(*key)).collect())
    }
}

/// The variables of a message, and the functions that its scripts answered for.
#[derive(Debug)]
struct Root {
    known: Value,
    answers: Arc<Answers>,
    lang: Lang,
}

impl Object for Root {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let known = self.known.get_item(key).ok().filter(|value| !value.is_undefined());
        known.or_else(|| function(key.as_str()?, &self.answers, self.lang))
    }
}

pub(super) fn absent(path: impl Into<String>) -> Value {
    Value::from_object(Absent(path.into()))
}

fn record<const N: usize>(parts: [(&'static str, Value); N]) -> Value {
    Value::from_object(Record(BTreeMap::from(parts)))
}

fn text(text: &str) -> Value {
    Value::from(value(text))
}

fn text_or_absent(given: Option<&String>, path: &str) -> Value {
    match given.map(|text| value(text)).filter(|text| !text.trim().is_empty()) {
        Some(text) => Value::from(text),
        None => absent(path),
    }
}

fn invoice(invoice: &InvoiceView, lang: Lang) -> Value {
    let date = |day| Value::from_object(Day(day, lang));
    let money = |amount| Value::from_object(Money(amount, lang));
    let money_or_absent = |amount: Option<Amount>, path| amount.map_or_else(|| absent(path), money);
    let extra = |of: fn(&Extras) -> Amount, path| money_or_absent(invoice.extras.as_ref().map(of), path);
    let rates = invoice.extras.as_ref().and_then(|extras| lang.rates(&extras.rates));
    record([
        ("penalites", extra(|extras| extras.penalties, "facture.penalites")),
        ("interet_legal", extra(|extras| extras.legal_interest, "facture.interet_legal")),
        ("indemnite", extra(|extras| extras.fee, "facture.indemnite")),
        ("total_a_payer", money_or_absent(invoice.payable(), "facture.total_a_payer")),
        ("taux_interets", text_or_absent(rates.as_ref(), "facture.taux_interets")),
        ("numero", text(&invoice.number)),
        ("date_emission", date(invoice.issued)),
        ("date_echeance", date(invoice.due)),
        ("montant", money(invoice.amount)),
        ("reste_du", money(invoice.balance_due)),
        ("montant_exigible", money(invoice.collectable)),
        ("retard", Value::from(invoice.days_late)),
        ("regime", text(&invoice.regime)),
        ("libelle", text_or_absent(invoice.label.as_ref(), "facture.libelle")),
        (
            "reference_virement",
            text_or_absent(creditor_reference(&invoice.number).as_ref(), "facture.reference_virement"),
        ),
        ("lien_paiement", text_or_absent(invoice.payment_link.as_ref(), "facture.lien_paiement")),
    ])
}

/// The variables of [`schema`](super::schema), with the values of one message in a language.
pub(super) fn variables(message: &MessageContext, code: &str) -> Value {
    let lang = Lang::of(code);
    let date = |day| Value::from_object(Day(day, lang));
    let money = |amount| Value::from_object(Money(amount, lang));
    let money_or_absent = |amount: Option<Amount>, path| amount.map_or_else(|| absent(path), money);
    let (creditor, client, to) = (&message.creditor, &message.client, &message.recipient);
    let regime = message.regime();
    let extra = |of: fn(&Extras) -> Amount, path| {
        money_or_absent(message.extra(|invoice| invoice.extras.as_ref().map(of)), path)
    };
    let known = record([
        (
            "creancier",
            record([
                ("nom", text(&creditor.name)),
                ("siren", text_or_absent(creditor.siren.as_ref(), "creancier.siren")),
                ("adresse", text_or_absent(creditor.address.as_ref(), "creancier.adresse")),
                ("telephone", text_or_absent(creditor.phone.as_ref(), "creancier.telephone")),
                ("email", text_or_absent(creditor.email.as_ref(), "creancier.email")),
                ("site", text_or_absent(creditor.site.as_ref(), "creancier.site")),
                ("iban", text_or_absent(creditor.iban.as_ref(), "creancier.iban")),
                ("bic", text_or_absent(creditor.bic.as_ref(), "creancier.bic")),
                ("signataire", text_or_absent(creditor.signatory.as_ref(), "creancier.signataire")),
            ]),
        ),
        (
            "client",
            record([
                ("code", text(&client.code)),
                ("nom", text(&client.name)),
                ("adresse", text_or_absent(client.address.as_ref(), "client.adresse")),
                ("segment", text(&client.segment)),
                ("pays", text_or_absent(client.country.as_ref(), "client.pays")),
            ]),
        ),
        (
            "destinataire",
            record([
                ("nom", text_or_absent(to.name.as_ref(), "destinataire.nom")),
                ("role", text_or_absent(to.role.as_ref(), "destinataire.role")),
                ("email", text_or_absent(to.email.as_ref(), "destinataire.email")),
                ("telephone", text_or_absent(to.phone.as_ref(), "destinataire.telephone")),
            ]),
        ),
        ("langue", Value::from(code)),
        ("facture", invoice(&message.invoice, lang)),
        ("factures", Value::from(message.invoices.iter().map(|one| invoice(one, lang)).collect::<Vec<_>>())),
        ("lien_paiement", text_or_absent(message.payment_link.as_ref(), "lien_paiement")),
        ("lien_espace", text_or_absent(message.portal_link.as_ref(), "lien_espace")),
        ("nombre", Value::from(message.invoices.len())),
        ("total", money(message.total())),
        ("total_exigible", money(message.total_collectable())),
        ("total_penalites", extra(|extras| extras.penalties, "total_penalites")),
        ("total_interet_legal", extra(|extras| extras.legal_interest, "total_interet_legal")),
        ("total_indemnites", extra(|extras| extras.fee, "total_indemnites")),
        ("total_a_payer", money_or_absent(message.extra(InvoiceView::payable), "total_a_payer")),
        ("date", date(message.date)),
        ("b2b", Value::from(regime == Regime::Business)),
        ("b2c", Value::from(regime == Regime::Consumer)),
        ("public", Value::from(regime == Regime::Public)),
        (
            "relance",
            record([
                ("nombre", Value::from(message.reminders.count)),
                ("derniere", message.reminders.last.map_or_else(|| absent("relance.derniere"), date)),
            ]),
        ),
        (
            "promesse",
            message.promise.map_or_else(
                || absent("promesse"),
                |promise| {
                    let amount = promise.amount.map_or_else(|| absent("promesse.montant"), money);
                    record([("date", date(promise.date)), ("montant", amount)])
                },
            ),
        ),
        (
            "responsable",
            message.owner.as_ref().map_or_else(
                || absent("responsable"),
                |owner| {
                    record([
                        ("nom", text(&owner.name)),
                        ("email", text_or_absent(owner.email.as_ref(), "responsable.email")),
                        ("telephone", text_or_absent(owner.phone.as_ref(), "responsable.telephone")),
                    ])
                },
            ),
        ),
    ]);
    Value::from_object(Root { known, answers: Arc::new(message.answers.clone()), lang })
}
