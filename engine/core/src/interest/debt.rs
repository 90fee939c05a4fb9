//! A debt as its journal leaves it: all that its amounts depend on besides rates and terms.

use super::terms::{Clause, Terms};
use crate::dossier::{Dossier, InvoiceFile, Movement, Waivers};
use crate::money::Currency;
use chrono::NaiveDate;
use serde::Serialize;

/// Under which rules a debt stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Regime {
    /// Between companies.
    #[serde(rename = "b2b")]
    Business,
    /// A consumer owes.
    #[serde(rename = "b2c")]
    Consumer,
    /// A public buyer owes.
    #[serde(rename = "public")]
    Public,
}

impl Regime {
    /// The regime of an invoice: its own, else its client's, else `b2b`.
    pub fn of(dossier: &Dossier, file: &InvoiceFile) -> Regime {
        match file.invoice.regime.as_deref().or(dossier.customer.regime.as_deref()) {
            Some("b2c") => Regime::Consumer,
            Some("public") => Regime::Public,
            _ => Regime::Business,
        }
    }

    /// The first day of delay that brings the recovery fee; a consumer never owes it. Between companies since 1 January 2013 (loi
    /// n° 2012-387, art. 121; décret n° 2012-1115), for a public buyer since 1 May 2013 (décret n° 2013-269).
    pub(super) fn fee_since(self) -> Option<NaiveDate> {
        match self {
            Regime::Business => NaiveDate::from_ymd_opt(2013, 1, 1),
            Regime::Public => NaiveDate::from_ymd_opt(2013, 5, 1),
            Regime::Consumer => None,
        }
    }
}

/// A debt.
#[derive(Clone, PartialEq, Debug)]
pub struct Debt {
    /// Date of issue.
    pub issued: NaiveDate,
    /// Amount as issued, taxes included, in cents.
    pub cents: i64,
    /// Its currency.
    pub currency: Currency,
    /// Under which rules it stands.
    pub regime: Regime,
    /// Its own contract rate, between companies; `None` takes that of the settings.
    pub clause: Option<Clause>,
    /// What falls due when, by date; never empty.
    pub parts: Vec<(NaiveDate, i64)>,
    /// Payments, reversals and credit notes by date of effect.
    pub movements: Vec<Movement>,
    /// The day on which the first formal notice left.
    pub notice: Option<NaiveDate>,
    /// The judgment that froze it.
    pub judgment: Option<NaiveDate>,
    /// What the company has given up of it.
    pub waived: Waivers,
}

impl Debt {
    /// The debt of an invoice.
    pub fn of(dossier: &Dossier, file: &InvoiceFile) -> Debt {
        let invoice = &file.invoice;
        let mut parts: Vec<(NaiveDate, i64)> = file.instalments.iter().map(|part| (part.due, part.amount)).collect();
        if parts.is_empty() {
            parts.push((invoice.due, invoice.amount.cents));
        }
        let mut movements = file.movements.clone();
        movements.sort_by_key(|movement| movement.on);
        Debt {
            issued: invoice.issued,
            cents: invoice.amount.cents,
            currency: invoice.currency(),
            regime: Regime::of(dossier, file),
            clause: invoice.penalty_rate.or(dossier.customer.penalty_rate),
            parts,
            movements,
            notice: file.notice.as_ref().and_then(|notice| notice.on),
            judgment: dossier.insolvent.filter(|judgment| invoice.issued < *judgment),
            waived: file.waived,
        }
    }

    /// The contract rate by which it stands; none: the law's.
    pub fn clause_under(&self, terms: &Terms) -> Option<Clause> {
        self.clause.or(terms.clause)
    }

    /// The first day after which anything is late.
    pub fn first_due(&self) -> NaiveDate {
        self.parts.iter().map(|(due, _)| *due).min().unwrap_or(self.issued)
    }

    /// What falls due after a day, in cents.
    pub(super) fn to_come(&self, day: NaiveDate) -> i64 {
        self.parts.iter().filter(|(due, _)| *due > day).map(|(_, cents)| *cents).fold(0, i64::saturating_add)
    }

    /// The last day before the interest runs, if it does: the first due date, and for a consumer not before the formal notice
    /// (Code civil, art. 1231-6 and 1344-1).
    pub(super) fn interest_after(&self) -> Option<NaiveDate> {
        match self.regime {
            Regime::Consumer => self.notice.map(|notice| notice.max(self.first_due())),
            Regime::Business | Regime::Public => Some(self.first_due()),
        }
    }
}
