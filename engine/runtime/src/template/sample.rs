//! Example messages on which every template is tried: one invoice or several, everything known or as little as possible,
//! each regime, before and after the due date.

use super::answer::Answers;
use super::check::Called;
use super::context::{
    ClientView, CreditorView, Extras, InvoiceView, MessageContext, OwnerView, PromiseView, RecipientView, RemindersView,
};
use super::look::Look;
use chrono::NaiveDate;
use relance_core::day::add_days;
use relance_core::interest::Percent;
use relance_core::machine::Value;
use relance_core::money::Amount;
use rust_decimal::Decimal;

/// The choices that a sample makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SampleKind {
    /// How many invoices the message is about.
    pub invoices: usize,
    /// Whether everything that may be absent is there.
    pub complete: bool,
    /// `b2b`, `b2c` or `public`.
    pub regime: &'static str,
    /// Days past due of the first invoice.
    pub days_late: i64,
}

/// The samples of the check.
pub(super) fn kinds() -> Vec<SampleKind> {
    let mut kinds = Vec::new();
    for invoices in [1, 3] {
        for complete in [true, false] {
            for regime in ["b2b", "b2c", "public"] {
                for days_late in [18, 1, -5] {
                    kinds.push(SampleKind { invoices, complete, regime, days_late });
                }
            }
        }
    }
    kinds
}

/// An example message, for checks, previews and tests.
pub fn sample(kind: SampleKind) -> MessageContext {
    let today = NaiveDate::from_ymd_opt(2026, 3, 19).unwrap_or_default();
    let some = |text: &str| kind.complete.then(|| text.to_owned());
    let consumer = kind.regime == "b2c";
    let invoice = |i: i64| {
        let late = kind.days_late - 9 * i;
        let due = add_days(today, -late);
        let cents = 120_050 + 34_525 * i;
        // The first invoice was paid in part when everything is known.
        let paid = if kind.complete && i == 0 { 20_000 } else { 0 };
        let number = format!("F-2026-{:04}", 118 + i);
        InvoiceView {
            payment_link: kind.complete.then(|| format!("https://paiement.exemple.fr/{number}")),
            number,
            issued: add_days(due, -30),
            due,
            amount: Amount::eur(cents),
            balance_due: Amount::eur(cents - paid),
            // A part of it is in dispute when everything is known.
            collectable: Amount::eur(cents - paid - paid / 4),
            extras: Some(extras(kind, i, cents - paid, late)),
            days_late: late,
            regime: kind.regime.to_owned(),
            label: some("Maintenance du premier trimestre"),
        }
    };
    let count = i64::try_from(kind.invoices.max(1)).unwrap_or(1);
    let invoices: Vec<InvoiceView> = (0..count).map(invoice).collect();
    let last = (kind.complete && kind.days_late > 0).then(|| add_days(today, -8));
    MessageContext {
        // The page of a provider takes invoices one at a time.
        payment_link: invoices.first().filter(|_| count == 1).and_then(|only| only.payment_link.clone()),
        portal_link: some("https://relance.exemple.fr/espace/exemple"),
        creditor: CreditorView {
            name: "Ateliers Morel".to_owned(),
            siren: some("732 829 320"),
            address: some("12 rue des Tanneurs\n69003 Lyon"),
            phone: some("+33472000000"),
            email: some("compta@ateliers-morel.example"),
            site: some("https://www.ateliers-morel.example"),
            iban: some("FR7630006000011234567890189"),
            bic: some("AGRIFRPP882"),
            signatory: some("Claire Morel"),
            look: Look::default(),
        },
        client: ClientView {
            code: "C0042".to_owned(),
            name: if consumer { "Paul Lefèvre" } else { "Garage Lefèvre SARL" }.to_owned(),
            address: some("8 avenue de la République\n38000 Grenoble"),
            segment: if kind.complete { "regulier" } else { "aucun" }.to_owned(),
            country: some("FR"),
        },
        recipient: RecipientView {
            name: some(if consumer { "Paul Lefèvre" } else { "Nadia Benoît" }),
            role: some("comptabilité"),
            email: some("destinataire@exemple.fr"),
            phone: some("+33612345678"),
        },
        invoice: invoice(0),
        invoices,
        date: today,
        reminders: RemindersView { count: if last.is_some() { 2 } else { 0 }, last },
        promise: kind.complete.then(|| PromiseView { date: add_days(today, -3), amount: Some(Amount::eur(50_000)) }),
        owner: kind.complete.then(|| OwnerView {
            name: "Hugo Petit".to_owned(),
            email: some("hugo.petit@ateliers-morel.example"),
            phone: some("04 72 00 00 01"),
        }),
        language: None,
        answers: Answers::new(),
    }
}

/// What the invoice owes besides: a plausible rate, and a consumer's interest only when much is known.
fn extras(kind: SampleKind, i: i64, balance: i64, late: i64) -> Extras {
    let (consumer, public) = (kind.regime == "b2c", kind.regime == "public");
    let interest = |percent: i64| balance * percent * late.max(0) / 36_500;
    let legal = if consumer && kind.complete && i == 0 { interest(3) } else { 0 };
    let penalties = if consumer { 0 } else { interest(if public { 10 } else { 12 }) };
    let rates: &[&str] = match (penalties + legal > 0, public) {
        (false, _) => &[],
        (true, true) => &["10,15"],
        (true, false) if consumer => &["2,62"],
        (true, false) if i > 0 => &["14,25", "12,15"],
        (true, false) => &["12,15"],
    };
    Extras {
        penalties: Amount::eur(penalties),
        legal_interest: Amount::eur(legal),
        fee: Amount::eur(if consumer || late <= 0 { 0 } else { 4_000 }),
        rates: rates.iter().filter_map(|text| Percent::parse(text)).collect(),
    }
}

/// Example answers to the calls of a template: of the kind that their filter wants, or unknown.
pub(super) fn answers(called: &[Called], complete: bool) -> Answers {
    let day = NaiveDate::from_ymd_opt(2026, 4, 30).unwrap_or_default();
    let example = |called: &Called| match called.filter.as_deref() {
        Some("montant") => Value::Number(Decimal::new(125_050, 2)),
        Some("jours" | "pluriel") => Value::Number(Decimal::from(12)),
        Some("date" | "date_longue" | "plus_jours") => Value::Date(day),
        _ => Value::Text("exemple".to_owned()),
    };
    called.iter().map(|called| (called.call.key(), complete.then(|| example(called)))).collect()
}
