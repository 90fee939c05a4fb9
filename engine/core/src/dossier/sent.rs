//! Messages that left, while they may still come back: which one a bounce speaks of.

use super::InvoiceFile;
use crate::machine::Channel;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A message that comes back later than this many days after it was accepted starts nothing: mail servers give up within a week.
const RETURN_DAYS: i64 = 30;

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
}

impl SentMessage {
    /// The key of the message that really left.
    pub fn whole(&self) -> &str {
        self.within.as_deref().unwrap_or(&self.key)
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
        self.sent.iter().rev().filter(|sent| is_recent(sent.on, today)).find(is_meant)
    }

    /// Notes what left.
    pub(crate) fn note_sent(&mut self, message: SentMessage) {
        self.sent.retain(|sent| is_recent(sent.on, message.on) && sent.key != message.key);
        self.sent.push(message);
    }

    /// A message was really taken, or a letter posted, on this day.
    pub(crate) fn note_taken(&mut self, key: &str, today: NaiveDate) {
        self.sent.iter_mut().filter(|sent| sent.key == key).for_each(|sent| sent.on = today);
    }

    /// A message has reached its recipient.
    pub(crate) fn note_delivered(&mut self, key: &str) {
        self.sent.iter_mut().filter(|sent| sent.key == key).for_each(|sent| sent.delivered = true);
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
