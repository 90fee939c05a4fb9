//! What an e-mail provider tells the service of messages that came back or arrived: in our own signed form, or in Mailgun's.

use super::callback::Wrong;
use crate::config::BounceForm;
use crate::mailbox::{Action, Read, Told};
use crate::signature::{Refused, Seal, bytes};
use crate::store::Store;
use chrono::{DateTime, TimeDelta};
use relance_core::day::Instant;
use ring::hmac;
use serde::Deserialize;
use serde_json::Value;

/// The largest request: some providers send the message's headers along.
pub(super) const LARGEST: usize = 256 * 1024;
/// Mailgun goes on telling for eight hours, and signs the moment and not the body.
const MAILGUN_FRESH: TimeDelta = TimeDelta::hours(9);

/// Who may tell, and in which form.
#[derive(Clone, Debug)]
pub struct Bounces {
    form: Form,
    zone: chrono_tz::Tz,
}

#[derive(Clone)]
enum Form {
    Own(Seal),
    Mailgun(hmac::Key),
}

impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Form::Own(_) => "Own",
            Form::Mailgun(_) => "Mailgun",
        })
    }
}

/// Our own form.
#[derive(Deserialize)]
struct Own {
    #[serde(default)]
    id: String,
    message_id: String,
    destinataire: String,
    etat: State,
    #[serde(default)]
    code: String,
    #[serde(default)]
    texte: String,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum State {
    Echec,
    Retard,
    Remis,
}

impl Bounces {
    /// For everybody who has the secret.
    pub fn new(secret: &str, form: BounceForm, zone: chrono_tz::Tz) -> Bounces {
        let form = match form {
            BounceForm::Own => Form::Own(Seal::new(secret)),
            BounceForm::Mailgun => Form::Mailgun(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())),
        };
        Bounces { form, zone }
    }

    /// Whether a request comes from somebody who has the secret, and not of old.
    pub(super) fn allows(&self, signature: Option<&str>, body: &[u8], now: Instant) -> Result<(), Refused> {
        let key = match &self.form {
            Form::Own(seal) => return seal.check(signature, body, now),
            Form::Mailgun(key) => key,
        };
        let body: Value = serde_json::from_slice(body).map_err(|_| Refused::Forged)?;
        let text = |name: &str| body.get("signature").and_then(|s| s.get(name)).and_then(Value::as_str).unwrap_or("");
        let (moment, token) = (text("timestamp"), text("token"));
        let tag = bytes(text("signature")).ok_or(Refused::Forged)?;
        hmac::verify(key, [moment, token].concat().as_bytes(), &tag).map_err(|_| Refused::Forged)?;
        let at = moment.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        if at.is_some_and(|at| (now - at).abs() <= MAILGUN_FRESH) { Ok(()) } else { Err(Refused::Stale) }
    }

    /// Writes down what a request says; none when it says nothing of a message of ours.
    pub(super) async fn note(&self, store: &dyn Store, body: &[u8], now: Instant) -> Result<Option<Read>, Wrong> {
        let told = match &self.form {
            Form::Own(_) => Some(own(body)?),
            Form::Mailgun(_) => mailgun(body)?,
        };
        let Some(told) = told else { return Ok(None) };
        told.take_in(store, now, self.zone).await.map_err(|_| Wrong::Base)
    }
}

fn own(body: &[u8]) -> Result<Told, Wrong> {
    let Own { id, message_id, destinataire, etat, code, texte } =
        serde_json::from_slice(body).map_err(|_| Wrong::Unreadable)?;
    let action = match etat {
        State::Echec => Action::Failed,
        State::Retard => Action::Delayed,
        State::Remis => Action::Delivered,
    };
    Ok(Told { id, message: message_id, recipient: destinataire, action, status: code, diagnosis: texte })
}

/// An event of Mailgun; none when it is about nothing that we keep (an opening, a click …).
fn mailgun(body: &[u8]) -> Result<Option<Told>, Wrong> {
    let body: Value = serde_json::from_slice(body).map_err(|_| Wrong::Unreadable)?;
    let data = body.get("event-data").ok_or(Wrong::Unreadable)?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let action = match (text(data.get("event")).as_str(), text(data.get("severity")).as_str()) {
        ("failed", "temporary") => Action::Delayed,
        ("failed", _) => Action::Failed,
        ("delivered", _) => Action::Delivered,
        _ => return Ok(None),
    };
    let message = text(data.pointer("/message/headers/message-id"));
    if message.is_empty() {
        return Err(Wrong::Unreadable);
    }
    let status = data.get("delivery-status");
    let of = |name: &str| text(status.and_then(|status| status.get(name)));
    let number = status.and_then(|status| status.get("code")).and_then(Value::as_i64);
    let number = number.map(|number| number.to_string()).unwrap_or_default();
    Ok(Some(Told {
        id: text(data.get("id")),
        message,
        recipient: text(data.get("recipient")),
        action,
        status: of("enhanced-code"),
        diagnosis: [number, of("message"), of("description")].join(" "),
    }))
}
