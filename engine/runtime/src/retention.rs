//! When the file of a client may be erased: nothing is left to pay or to do, and the time has gone during which it must be kept.

use crate::store::Record;
use chrono::{Months, NaiveDate};
use chrono_tz::Tz;
use relance_core::day::civil_date;
use relance_core::dossier::Dossier;
use relance_core::incoming::What;

/// Why a file may not be erased.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Obstacle {
    /// Invoices are open.
    Open(Vec<String>),
    /// Something was imported that no run has taken in, or a message has not come to its end.
    Unfinished,
    /// It must still be kept: since the last movement, until when.
    Kept {
        /// The day of the last movement.
        last: NaiveDate,
        /// The first day on which it may be erased.
        until: NaiveDate,
    },
}

/// The last day on which anything moved: what was imported took effect, an invoice was settled, a message was decided.
pub fn last_movement(dossier: &Dossier, record: &Record, zone: Tz) -> Option<NaiveDate> {
    let moved = record.imports.iter().filter(|thing| !matches!(thing.incoming.what, What::Customer(_)));
    let settled = dossier.invoices.values().filter_map(|file| file.settled_on);
    let messages = record.messages.iter().map(|message| civil_date(message.decided, zone));
    moved.map(|thing| thing.incoming.effective).chain(settled).chain(messages).max()
}

/// Why a client's file may not be erased on a day, `months` being the time that it must be kept.
pub fn obstacle(dossier: &Dossier, record: &Record, months: u32, today: NaiveDate, zone: Tz) -> Option<Obstacle> {
    let open: Vec<String> =
        dossier.invoices.iter().filter(|(_, file)| file.is_open()).map(|(number, _)| number.clone()).collect();
    if !open.is_empty() {
        return Some(Obstacle::Open(open));
    }
    if record.imports.iter().any(|thing| !thing.taken) || record.messages.iter().any(|message| message.open) {
        return Some(Obstacle::Unfinished);
    }
    let last = last_movement(dossier, record, zone)?;
    let until = last.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX);
    (today < until).then_some(Obstacle::Kept { last, until })
}
