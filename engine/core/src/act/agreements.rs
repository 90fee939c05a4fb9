//! What is agreed with the client: promises, disputes, announced payments, payment plans; over several invoices too.

use super::call::{disputed, not_past};
use super::check::{Work, open};
use super::{Instalment, Part, Refusal, Share, Sum, parts, spread};
use crate::dispute::DisputeCode;
use crate::incoming::{DueAmount, Incoming, What};
use crate::money::{Amount, Currency};
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// The most instalments that a plan takes.
const MOST_INSTALMENTS: usize = 120;

impl Work<'_> {
    pub fn promise(&self, by: NaiveDate, amount: Option<Sum>) -> Result<Vec<Incoming>, Refusal> {
        not_past(by, self.case.today(), "le jour promis")?;
        self.shared(amount, |amount| What::Promise { by, amount })
    }

    pub fn announce(&self, amount: Option<Sum>) -> Result<Vec<Incoming>, Refusal> {
        self.shared(amount, |amount| What::PaymentAnnounced { amount })
    }

    /// The reason of a dispute stands in the dispute, after its code.
    pub fn dispute(&self, code: DisputeCode, amount: Option<Sum>) -> Result<Vec<Incoming>, Refusal> {
        let reason = self.stamp.said.reason.as_deref();
        let bare = self.stamp.without_reason();
        let work = Work { case: self.case, on: self.on, stamp: &bare };
        work.shared(amount, |amount| disputed(Some(code), amount, reason))
    }

    /// The invoices, those that are due first before the others, each with what is left of it.
    fn parts(&self) -> Result<Vec<Part>, Refusal> {
        for number in self.on {
            open(number, self.file(number)?)?;
        }
        // The order of the amount is that of the person who names them; the client's own debts come oldest first.
        Ok(parts(self.case.dossier, self.on, None))
    }

    /// An amount over the invoices that are named.
    fn shared(&self, amount: Option<Sum>, what: impl Fn(Option<Amount>) -> What) -> Result<Vec<Incoming>, Refusal> {
        let parts = self.parts()?;
        let amount = match (amount, one_currency(&parts)) {
            (None, _) => None,
            (Some(sum), Some(currency)) => Some(sum.amount(currency)?),
            (Some(_), None) => return Err(several_currencies()),
        };
        let shares = spread(&parts, amount)?;
        Ok(shares.into_iter().map(|Share { invoice, amount, .. }| self.invoice(&invoice, what(amount))).collect())
    }

    /// A plan over the invoices: each instalment pays the oldest of them that is not paid yet.
    pub fn plan(&self, instalments: &[Instalment]) -> Result<Vec<Incoming>, Refusal> {
        let wrong = |code, what: String, help: &str| Err(Refusal::new(code, what, help));
        if instalments.is_empty() || instalments.len() > MOST_INSTALMENTS {
            let what = format!("un échéancier a de 1 à {MOST_INSTALMENTS} échéances");
            return wrong("echeances", what, "donnez chaque échéance et son montant");
        }
        let parts = self.parts()?;
        let Some(currency) = one_currency(&parts) else { return Err(several_currencies()) };
        let mut dues = BTreeSet::new();
        let mut sum = 0i64;
        for Instalment { due, amount } in instalments {
            not_past(*due, self.case.today(), "le jour d’une échéance")?;
            if !dues.insert(*due) {
                let what = format!("deux échéances tombent le {}", crate::day::french_date(*due));
                return wrong("echeances", what, "réunissez-les en une");
            }
            sum = sum.saturating_add(amount.amount(currency)?.cents);
        }
        let left = parts.iter().fold(0i64, |sum, part| sum.saturating_add(part.left.cents));
        if sum != left {
            let (sum, left) = (Amount::new(sum, currency), Amount::new(left, currency));
            let what = format!("l’échéancier fait {sum}, et il reste {left} à payer");
            return wrong("somme", what, "corrigez un montant : les échéances couvrent tout ce qui reste dû");
        }
        let mut sorted: Vec<&Instalment> = instalments.iter().collect();
        sorted.sort_by_key(|part| part.due);
        let mut to_pay =
            sorted.into_iter().map(|part| (part.due, part.amount.cents)).collect::<std::collections::VecDeque<_>>();
        let mut all = Vec::new();
        for part in &parts {
            let mut own = Vec::new();
            let mut rest = part.left.cents;
            while rest > 0
                && let Some((due, cents)) = to_pay.front_mut()
            {
                let paid = rest.min(*cents);
                own.push(DueAmount { due: *due, amount: Amount::new(paid, currency) });
                (rest, *cents) = (rest - paid, *cents - paid);
                if *cents == 0 {
                    to_pay.pop_front();
                }
            }
            all.push(self.invoice(&part.invoice, What::PaymentPlan { instalments: own }));
        }
        Ok(all)
    }
}

fn one_currency(parts: &[Part]) -> Option<Currency> {
    let first = parts.first()?.left.currency;
    parts.iter().all(|part| part.left.currency == first).then_some(first)
}

fn several_currencies() -> Refusal {
    let what = "ces factures sont en plusieurs devises";
    Refusal::new("devise", what, "faites-le pour chaque devise, ou sans montant")
}
