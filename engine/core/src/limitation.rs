//! Until when a debt can be brought before a judge: the limitation period. It runs whatever the plan does, and no reminder and no
//! formal notice interrupts it.

use crate::day::french_date;
use crate::dossier::{Dossier, InvoiceFile, Movement, MovementKind};
use crate::interest::Regime;
use chrono::{Datelike, Months, NaiveDate};
use serde::Serialize;

/// The last days on which a court can still be seized for an invoice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Limitation {
    /// By which period.
    #[serde(rename = "delai")]
    pub period: Period,
    /// The careful day: counted from the end of the performance, and from the issue of the invoice where that is not known; nothing
    /// interrupts it. Case law lets the period run from the performance (Cass. com., 26 February 2020, no. 18-25.036; Cass. 1re civ.,
    /// 19 May 2021, no. 20-12.520).
    #[serde(rename = "prudente")]
    pub careful: NaiveDate,
    /// The usual day: counted from the due date, and anew from each payment of a part, which acknowledges the debt (Code civil, art.
    /// 2240 and 2231).
    #[serde(rename = "usuelle")]
    pub usual: NaiveDate,
    /// The payment from which the usual day counts, if one does.
    #[serde(rename = "reconnue_le", skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<NaiveDate>,
    /// Whether the end of the performance is known.
    #[serde(rename = "prestation_connue")]
    pub performed: bool,
}

/// A limitation period.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum Period {
    /// Five years between companies (Code de commerce, art. L. 110-4; Code civil, art. 2224).
    #[serde(rename = "cinq ans")]
    FiveYears,
    /// Two years against a consumer (Code de la consommation, art. L. 218-2).
    #[serde(rename = "deux ans")]
    TwoYears,
    /// Four years from the 1st of January that follows, against a public buyer (law no. 68-1250 of 31 December 1968, art. 1).
    #[serde(rename = "quatre années civiles")]
    FourCivilYears,
}

impl Period {
    /// The period of a regime.
    pub fn of(regime: Regime) -> Period {
        match regime {
            Regime::Business => Period::FiveYears,
            Regime::Consumer => Period::TwoYears,
            Regime::Public => Period::FourCivilYears,
        }
    }

    /// In French: `cinq ans`.
    pub fn french(self) -> &'static str {
        match self {
            Period::FiveYears => "cinq ans",
            Period::TwoYears => "deux ans",
            Period::FourCivilYears => "quatre années civiles",
        }
    }

    /// Its last day, when it runs from the day after `start`.
    fn last_day(self, start: NaiveDate) -> NaiveDate {
        let later = |years: u32| start.checked_add_months(Months::new(12 * years)).unwrap_or(NaiveDate::MAX);
        match self {
            Period::FiveYears => later(5),
            Period::TwoYears => later(2),
            Period::FourCivilYears => NaiveDate::from_ymd_opt(start.year() + 4, 12, 31).unwrap_or(NaiveDate::MAX),
        }
    }
}

impl Limitation {
    /// That of an invoice, as its file knows it.
    pub fn of(dossier: &Dossier, file: &InvoiceFile) -> Limitation {
        let invoice = &file.invoice;
        let due = file.instalments.iter().map(|part| part.due).min().unwrap_or(invoice.due);
        let period = Period::of(Regime::of(dossier, file));
        let found = Limitation::new(period, invoice.performed.unwrap_or(invoice.issued), due, &file.movements);
        Limitation { performed: invoice.performed.is_some(), ..found }
    }

    /// Both days, in one French sentence without its point: `le 14/02/2031 au plus prudent (cinq ans depuis l’émission), …`.
    pub fn told(&self) -> String {
        let from = if self.performed { "la fin de la prestation" } else { "l’émission" };
        let then = match self.acknowledged {
            Some(paid) => format!("du paiement d’une partie le {}", french_date(paid)),
            None => "de l’échéance".to_owned(),
        };
        format!(
            "le {} au plus prudent ({} depuis {from}), le {} à compter {then}",
            french_date(self.careful),
            self.period.french(),
            french_date(self.usual)
        )
    }

    fn new(period: Period, performed: NaiveDate, due: NaiveDate, movements: &[Movement]) -> Limitation {
        let careful = period.last_day(performed.min(due));
        // Which payment was taken back is not known: none before a reversal is relied on.
        let reversed = movements.iter().filter(|m| m.kind == MovementKind::Reversal).map(|m| m.on).max();
        let mut payments: Vec<NaiveDate> = movements
            .iter()
            .filter(|m| m.kind == MovementKind::Payment && reversed.is_none_or(|reversed| m.on > reversed))
            .map(|m| m.on)
            .collect();
        payments.sort_unstable();
        let mut start = due;
        let mut acknowledged = None;
        for paid in payments {
            // What is already lost does not come back by a payment.
            if paid > start && paid <= period.last_day(start) {
                start = paid;
                acknowledged = Some(paid);
            }
        }
        Limitation { period, careful, usual: period.last_day(start), acknowledged, performed: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn paid(on: &str, kind: MovementKind) -> Movement {
        Movement { on: day(on), kind, cents: 100 }
    }

    fn days(period: Period, performed: &str, due: &str, movements: &[Movement]) -> (String, String) {
        let found = Limitation::new(period, day(performed), day(due), movements);
        (found.careful.to_string(), found.usual.to_string())
    }

    fn two(careful: &str, usual: &str) -> (String, String) {
        (careful.to_owned(), usual.to_owned())
    }

    #[test]
    fn by_regime() {
        let of = |period| days(period, "2024-02-29", "2024-03-31", &[]);
        assert_eq!(of(Period::FiveYears), two("2029-02-28", "2029-03-31"));
        assert_eq!(of(Period::TwoYears), two("2026-02-28", "2026-03-31"));
        assert_eq!(of(Period::FourCivilYears), two("2028-12-31", "2028-12-31"));
    }

    #[test]
    fn paying_a_part_acknowledges_the_debt() {
        use MovementKind::{Credit, Payment, Reversal};
        let of = |movements: &[Movement]| days(Period::TwoYears, "2024-01-10", "2024-02-10", movements);
        assert_eq!(of(&[paid("2025-06-01", Payment)]), two("2026-01-10", "2027-06-01"));
        // Twice, in any order; a payment before the due date does not shorten it.
        let twice = [paid("2026-12-01", Payment), paid("2025-06-01", Payment), paid("2024-01-15", Payment)];
        assert_eq!(of(&twice), two("2026-01-10", "2028-12-01"));
        // Too late, a credit note, and what was taken back.
        assert_eq!(of(&[paid("2026-02-11", Payment)]), two("2026-01-10", "2026-02-10"));
        assert_eq!(of(&[paid("2025-06-01", Credit)]), two("2026-01-10", "2026-02-10"));
        assert_eq!(of(&[paid("2025-06-01", Payment), paid("2025-06-20", Reversal)]), two("2026-01-10", "2026-02-10"));
    }

    #[test]
    fn the_performance_comes_first() {
        // Due before it was performed (paid in advance): the earlier of the two is the careful one.
        assert_eq!(days(Period::FiveYears, "2024-06-01", "2024-05-01", &[]), two("2029-05-01", "2029-05-01"));
    }
}
