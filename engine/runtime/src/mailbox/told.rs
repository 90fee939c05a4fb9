//! What an e-mail provider tells of a message by itself, without a mail: read as the delivery report that it would have written.

use super::mail::{Class, Mail, digests};
use super::owner::Registry;
use super::{Read, report, understand, write_down};
use crate::store::{Store, StoreError};
use relance_core::day::Instant;
use sha2::{Digest, Sha256};

/// What became of a message, in the words of RFC 3464.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// It came back for good.
    Failed,
    /// The server goes on trying.
    Delayed,
    /// It arrived.
    Delivered,
}

/// What a provider tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// Its own name for this piece of news.
    pub id: String,
    /// The message's `Message-ID`.
    pub message: String,
    /// For whom.
    pub recipient: String,
    /// What.
    pub action: Action,
    /// The enhanced status code, such as `5.1.1`; empty when it is not known.
    pub status: String,
    /// What the recipient's server said.
    pub diagnosis: String,
}

impl Told {
    /// Writes down what it means. None when no message of ours is meant; the same news again change nothing.
    pub async fn take_in(
        &self,
        store: &dyn Store,
        at: Instant,
        zone: chrono_tz::Tz,
    ) -> Result<Option<Read>, StoreError> {
        let mail = self.mail();
        let registry = Registry::read(store, None, at).await?;
        let (mut read, event) = understand(&registry, &[], String::new(), &mail, (at, zone)).await?;
        if read.client.is_none() {
            return Ok(None);
        }
        if let Some(event) = event {
            read.new = write_down(store, &[event], (at, zone)).await?.contains(&true);
        }
        Ok(Some(read))
    }

    fn mail(&self) -> Mail {
        let line = |text: &str| text.split(char::is_control).collect::<Vec<_>>().join(" ");
        let action = match self.action {
            Action::Failed => "failed",
            Action::Delayed => "delayed",
            Action::Delivered => "delivered",
        };
        // Without a code, the class alone says as much as the action does.
        let status = match (self.status.trim(), self.action) {
            ("", Action::Failed) => "5.0.0".to_owned(),
            ("", Action::Delayed) => "4.0.0".to_owned(),
            ("", Action::Delivered) => "2.0.0".to_owned(),
            (code, _) => line(code),
        };
        let text = format!(
            "Final-Recipient: rfc822; {}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {}\n",
            line(&self.recipient),
            line(&self.diagnosis)
        );
        let mut mentions = Vec::new();
        // Some write it without its brackets.
        digests(&format!("<{}>", self.message.trim().trim_matches(['<', '>'])), &mut mentions);
        let name = format!("{}\n{}\n{action}", self.id, self.message);
        Mail {
            id: Sha256::digest(name.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect(),
            from: None,
            to: Vec::new(),
            subject: String::new(),
            mentions,
            class: Class::Report(report::read(&text)),
        }
    }
}
