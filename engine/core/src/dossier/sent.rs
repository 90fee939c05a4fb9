//! Messages that left: which one a bounce speaks of, while they may still come back, and which e-mails a later one follows.

use super::InvoiceFile;
use crate::event::Tracking;
use crate::machine::Channel;
use crate::tracked::LetterStatus;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A message that comes back later than this many days after it was accepted starts nothing: mail servers give up within a week.
const RETURN_DAYS: i64 = 30;
/// A registered letter waits fifteen days at the post office, and its receipt travels: what is told of it later starts nothing.
pub const TRACKING_DAYS: i64 = 90;

/// How many of the latest e-mails of an invoice are remembered, besides its first one, once they no longer come back: a reminder
/// follows them in the recipient's mail program.
const THREAD: usize = 9;

/// A message that left.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SentMessage {
    /// The effect's key.
    pub key: String,
    /// The day on which it left; a letter, on which it was posted.
    pub on: NaiveDate,
    /// By which way.
    pub channel: Channel,
    /// Its template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The key of the message that it is part of, when several invoices are grouped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// It has failed for good.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub failed: bool,
    /// It is said to have reached its recipient.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub delivered: bool,
    /// A letter's tracking number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// How far a letter got, and when, in the order in which it became known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracked: Vec<(LetterStatus, NaiveDate)>,
    /// Digests of the proofs that were given of a letter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proofs: Vec<String>,
}

impl SentMessage {
    /// Whether later e-mails about the invoice follow it.
    pub fn is_in_thread(&self) -> bool {
        self.channel == Channel::Email && !self.failed
    }

    /// The key of the message that really left.
    pub fn whole(&self) -> &str {
        self.within.as_deref().unwrap_or(&self.key)
    }

    /// Whether a letter is known to have got there.
    pub fn has_got(&self, status: LetterStatus) -> bool {
        self.tracked.iter().any(|(known, _)| *known == status)
    }

    /// Whether something later than a status of this day is known of a letter.
    pub fn is_past(&self, status: LetterStatus, on: NaiveDate) -> bool {
        let past = |(known, day): &(LetterStatus, NaiveDate)| *day > on || known.is_final() && !status.is_final();
        self.tracked.iter().any(past)
    }

    /// The day on which nothing more was to come of a letter, once that is known.
    pub fn ended(&self) -> Option<NaiveDate> {
        self.tracked.iter().filter(|(status, _)| status.is_final()).map(|(_, on)| *on).max()
    }

    fn is_kept(&self, today: NaiveDate) -> bool {
        let days = if self.channel == Channel::RegisteredLetter { TRACKING_DAYS } else { RETURN_DAYS };
        (today - self.on).num_days() <= days
    }
}

impl InvoiceFile {
    /// The message that a bounce speaks of, failed already or not: the one of this key, or the latest of this channel.
    pub fn sent_message(&self, key: Option<&str>, channel: Option<Channel>, today: NaiveDate) -> Option<&SentMessage> {
        let is_meant = |sent: &&SentMessage| match (key, channel) {
            (Some(key), _) => sent.key == key,
            (None, Some(Channel::Letter)) => sent.channel.is_letter(),
            (None, channel) => channel.is_none_or(|channel| channel == sent.channel),
        };
        self.sent.iter().rev().filter(|sent| sent.is_kept(today)).find(is_meant)
    }

    /// Notes what left.
    pub(crate) fn note_sent(&mut self, message: SentMessage) {
        self.sent.retain(|sent| sent.key != message.key);
        self.sent.push(message);
        let Some(today) = self.sent.last().map(|sent| sent.on) else { return };
        let mut left = self.sent.iter().filter(|sent| sent.is_in_thread()).count();
        let mut first = true;
        self.sent.retain(|sent| {
            let (is_first, is_late) = (first, left <= THREAD);
            if sent.is_in_thread() {
                left = left.saturating_sub(1);
                first = false;
            }
            sent.is_kept(today) || (sent.is_in_thread() && (is_first || is_late))
        });
    }

    /// A message was really taken, or a letter posted, on this day.
    pub(crate) fn note_taken(&mut self, key: &str, today: NaiveDate) {
        self.sent.iter_mut().filter(|sent| sent.key == key).for_each(|sent| sent.on = today);
    }

    /// A message has reached its recipient.
    pub(crate) fn note_delivered(&mut self, key: &str) {
        self.sent.iter_mut().filter(|sent| sent.key == key).for_each(|sent| sent.delivered = true);
    }

    /// The letter of which something is told: the one of this key; else the one of this number, or the latest registered one without a
    /// number, posted by that day if any was.
    pub fn posted_letter(&self, key: Option<&str>, number: Option<&str>, on: NaiveDate) -> Option<&SentMessage> {
        let letters = || self.sent.iter().rev().filter(|sent| sent.channel.is_letter());
        if let Some(key) = key {
            return letters().find(|sent| sent.key == key);
        }
        let registered = || letters().filter(|sent| sent.channel == Channel::RegisteredLetter);
        let numbered = registered().find(|sent| number.is_some() && sent.number.as_deref() == number);
        let open = || registered().filter(|sent| number.is_none() || sent.number.is_none());
        numbered.or_else(|| open().find(|sent| sent.on <= on)).or_else(|| open().next())
    }

    /// A letter was posted with a tracking number.
    pub(crate) fn note_number(&mut self, key: &str, number: &str) {
        self.sent.iter_mut().filter(|sent| sent.key == key).for_each(|sent| sent.number = Some(number.to_owned()));
    }

    /// A letter got somewhere, or is proven to have.
    pub(crate) fn note_tracked(&mut self, news: &Tracking) {
        for sent in self.sent.iter_mut().filter(|sent| sent.key == news.key) {
            sent.delivered |= news.status == Some(LetterStatus::Delivered);
            sent.tracked.extend(news.status.map(|status| (status, news.on)));
            sent.proofs.extend(news.proof.as_ref().map(|proof| proof.sha256.clone()));
            sent.number = news.number.clone().or(sent.number.take());
        }
    }

    /// A message failed for good: it does not come back again.
    pub(crate) fn forget_returned(&mut self, key: &str) {
        self.returnable.retain(|sent| sent.key != key);
        self.sent.iter_mut().filter(|sent| sent.key == key).for_each(|sent| sent.failed = true);
    }
}

/// Whether what left on a day may still come back.
pub(super) fn is_recent(on: NaiveDate, today: NaiveDate) -> bool {
    (today - on).num_days() <= RETURN_DAYS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::day::Instant;
    use crate::incoming::Invoice;
    use crate::money::Amount;

    fn note(file: &mut InvoiceFile, number: u32, on: NaiveDate, channel: Channel) {
        let key = format!("F1#{number}");
        file.note_sent(SentMessage {
            key,
            on,
            channel,
            template: None,
            within: None,
            failed: false,
            delivered: false,
            number: None,
            tracked: Vec::new(),
            proofs: Vec::new(),
        });
    }

    #[test]
    fn a_thread_keeps_its_first_mail_and_the_latest_and_does_not_grow() {
        let first = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
        let mut file = InvoiceFile::new(Invoice::new(first, first, Amount::eur(100)), Instant::default());
        for month in 0..40 {
            let on = first + chrono::Days::new(40 * u64::from(month));
            note(&mut file, 2 * month, on, Channel::Email);
            note(&mut file, 2 * month + 1, on, Channel::Sms);
            assert!(file.sent.len() <= THREAD + 3, "{:?}", file.sent);
        }
        let keys: Vec<&str> = file.sent.iter().filter(|sent| sent.is_in_thread()).map(SentMessage::whole).collect();
        let expected: Vec<String> = std::iter::once(0).chain(31..40).map(|month| format!("F1#{}", 2 * month)).collect();
        assert_eq!(keys, expected);
        let today = file.sent.last().unwrap().on;
        let key = |channel| file.sent_message(None, Some(channel), today).map(|sent| sent.key.as_str());
        assert_eq!((key(Channel::Email), key(Channel::Sms)), (Some("F1#78"), Some("F1#79")));
        assert_eq!(file.sent_message(Some("F1#76"), None, today), None, "too old to come back");
    }
}
