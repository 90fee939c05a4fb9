//! The fold: how a journal entry changes a dossier. Nothing else does.
//!
//! An entry changes the client's own data and the invoice that it names; one about the client may change every invoice that is not
//! settled ([`Entry::concerns_every_invoice`]). Settled invoices may be absent: nothing but an entry that names them changes them.

mod amounts;
mod carried;
mod invoice;

use crate::day::civil_date;
use crate::dossier::{ChosenSegment, ContactRecord, Dossier, InvoiceFile, OwnTask, parse_key};
use crate::event::{Entry, Event, Stopping};
use crate::machine::Nature;
use chrono::NaiveDate;

impl Entry {
    /// Whether it may change invoices that it does not name.
    pub fn concerns_every_invoice(&self) -> bool {
        matches!(self.event, Event::Customer { .. } | Event::SegmentChosen(_))
    }
}

impl Dossier {
    /// The file that a journal leads to; days are those of `zone`.
    pub fn replay<'e>(client: &str, entries: impl IntoIterator<Item = &'e Entry>, zone: chrono_tz::Tz) -> Dossier {
        let mut dossier = Dossier::new(client);
        for entry in entries {
            dossier.apply(entry, civil_date(entry.at, zone));
        }
        dossier
    }

    /// Applies an entry. Total: an entry that does not fit the state changes nothing.
    pub fn apply(&mut self, entry: &Entry, today: NaiveDate) {
        self.entries += 1;
        self.clock = Some(entry.at);
        self.apply_task(entry, today);
        match (&entry.invoice, &entry.event) {
            (_, Event::Customer { customer }) => {
                if self.customer.segment != customer.segment || self.customer.owner != customer.owner {
                    self.resegment(today);
                }
                self.customer = customer.clone();
                self.to_mend.clear();
                self.forget_addresses();
            }
            (_, Event::Address(news)) => self.apply_address(news),
            (_, Event::Insolvent { judgment }) => self.insolvent = Some(*judgment),
            (_, Event::InsolvencyClosed) => self.insolvent = None,
            (_, Event::SegmentChosen(choice)) => {
                let by = entry.said.as_ref().and_then(|said| said.by.clone());
                self.chosen_segment =
                    choice.segment.as_ref().map(|segment| ChosenSegment { segment: segment.clone(), on: today, by });
                self.resegment(today);
            }
            (None, Event::Stopped(Stopping { reason, until })) => {
                (self.stopped, self.stopped_until) = (Some(reason.clone()), *until);
            }
            (None, Event::Resumed(_)) => (self.stopped, self.stopped_until) = (None, None),
            (None, Event::PastReminder { .. }) => self.apply_contact(&entry.event, today),
            (_, Event::Program { digest }) => self.program = *digest,
            (_, Event::ClientCredit { amount, currency }) => *self.credits.entry(*currency).or_default() += amount,
            (_, Event::Orphan { incoming }) => self.orphans.push((**incoming).clone()),
            (Some(number), Event::Adopted) => self.orphans.retain(|o| o.invoice.as_ref() != Some(number)),
            (Some(number), Event::Known { invoice, takeover }) => {
                self.invoices.entry(number.clone()).or_insert_with(|| InvoiceFile::new(invoice.clone(), *takeover));
            }
            (Some(number), event) => {
                self.apply_contact(event, today);
                if let Some(file) = self.invoices.get_mut(number) {
                    let settled_before = file.settled_on.map(|on| (on - file.invoice.due).num_days());
                    let surplus_before = file.surplus;
                    file.apply(event, entry.at, today);
                    if matches!(event, Event::Reopened { .. }) {
                        file.reselect |= file.taken_over && self.resegmented > file.selected_on;
                    }
                    let settled_after = file.settled_on.map(|on| (on - file.invoice.due).num_days());
                    // An invoice of nothing was never paid late or early.
                    if settled_before != settled_after && file.invoice.amount.cents > 0 {
                        self.settled.0 =
                            self.settled.0 + u32::from(settled_after.is_some()) - u32::from(settled_before.is_some());
                        self.settled.1 += settled_after.unwrap_or(0) - settled_before.unwrap_or(0);
                    }
                    if file.surplus != surplus_before {
                        *self.credits.entry(file.invoice.currency()).or_default() += file.surplus - surplus_before;
                    }
                }
            }
            (None, _) => {}
        }
    }

    /// The client is in another segment, or another person's: the selections of its invoices are read again.
    fn resegment(&mut self, today: NaiveDate) {
        self.resegmented = Some(today);
        // A settled invoice may not even be in memory: it learns of it should it reopen.
        let unsettled = self.invoices.values_mut().filter(|file| file.settled_on.is_none());
        unsettled.for_each(|file| file.reselect |= file.taken_over);
    }

    fn apply_contact(&mut self, event: &Event, today: NaiveDate) {
        match event {
            Event::Departed { key, nature, unit, .. } | Event::Sent { key, nature, unit, .. }
                if *nature != Nature::Information && !self.contacts.iter().any(|c| c.key == *key) =>
            {
                self.contacts.push(ContactRecord { on: today, unit: unit.clone(), key: key.clone() });
            }
            Event::Completed { key, channel: Some(_), over: true, .. } => {
                // A listed call reserves its day; made on another day, it counts there.
                if let Some(record) = self.contacts.iter_mut().find(|c| c.key == *key) {
                    record.on = today;
                }
            }
            Event::Failed { key, .. } => self.unmake_contact(key),
            Event::Delayed { key, .. } => self.contacts.retain(|c| c.key != *key),
            Event::PastReminder { on, unit, .. } => {
                self.contacts.push(ContactRecord { on: *on, unit: unit.clone(), key: unit.clone() });
            }
            Event::Task { own: Some(OwnTask::Mend(channel)), .. } => {
                self.to_mend.insert(*channel);
            }
            _ => {}
        }
    }
}

impl Dossier {
    /// A contact that failed for good was none: it is no reminder either, unless another one was started together with it.
    fn unmake_contact(&mut self, key: &str) {
        let Some(at) = self.contacts.iter().position(|c| c.key == key) else { return };
        let unit = self.contacts.remove(at).unit;
        let Some((number, ..)) = parse_key(key) else { return };
        let is_own = |key: &str| parse_key(key).is_some_and(|(other, ..)| other == number);
        if !self.contacts.iter().any(|c| c.unit == unit && is_own(&c.key))
            && let Some(file) = self.invoices.get_mut(number)
        {
            file.reminders.retain(|(_, own)| *own != unit);
        }
    }
}
