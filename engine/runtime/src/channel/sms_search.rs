//! Whether an SMS service has a message of ours. It knows nothing of our keys: the message is recognised by its number and its text, among
//! those that no other attempt explains.

use super::sms::{Twilio, number};
use super::{Answer, Found, Outgoing};
use chrono::DateTime;
use relance_core::day::Instant;
use reqwest::{Response, Url};
use serde::Deserialize;
use std::collections::BTreeSet;

/// How many messages of one number are looked at, the latest first.
const LOOKED_AT: &str = "200";
/// The largest answer that is read.
const LARGEST: usize = 4 * 1024 * 1024;

/// What the service lists.
#[derive(Deserialize)]
struct List {
    messages: Vec<Listed>,
}

/// One of its messages.
#[derive(Deserialize)]
struct Listed {
    sid: String,
    to: String,
    body: String,
    status: String,
    date_created: String,
}

impl Listed {
    fn created(&self) -> Option<Instant> {
        DateTime::parse_from_rfc2822(&self.date_created).ok().map(|at| at.to_utc())
    }
}

impl Twilio {
    /// The first message to this number with this text that the service took since a moment, but those of these names.
    pub async fn find(&self, outgoing: &Outgoing, since: Instant, taken: &BTreeSet<String>) -> Answer {
        let Ok(to) = number(outgoing) else { return Answer::Nothing };
        let Ok(url) = Url::parse_with_params(&self.url, [("To", to.as_str()), ("PageSize", LOOKED_AT)]) else {
            return Answer::Silent;
        };
        let request = self.client.get(url).basic_auth(&self.account, Some(&self.token));
        let Ok(response) = request.send().await else { return Answer::Silent };
        if !response.status().is_success() {
            return Answer::Silent;
        }
        let list = read(response).await.and_then(|body| serde_json::from_slice::<List>(&body).ok());
        let Some(List { messages }) = list else { return Answer::Silent };
        let text = outgoing.rendered.text.trim();
        let ours = messages.into_iter().filter_map(|message| {
            let created = message.created().filter(|created| *created >= since)?;
            let same = message.to == to && message.body.trim() == text && !taken.contains(&message.sid);
            same.then_some((created, message))
        });
        match ours.min_by(|(a, one), (b, other)| (a, &one.sid).cmp(&(b, &other.sid))) {
            Some((_, message)) => {
                let failed = matches!(message.status.as_str(), "failed" | "undelivered" | "canceled");
                Answer::Found(Found { name: message.sid.chars().take(100).collect(), failed })
            }
            None => Answer::Nothing,
        }
    }
}

async fn read(mut response: Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.ok()? {
        body.extend_from_slice(&piece);
        if body.len() > LARGEST {
            return None;
        }
    }
    Some(body)
}
