//! SMS: a file, or a service that speaks Twilio's interface.

use super::reply::masked;
use super::{ChannelProblem, Outcome, Outgoing, Refusal, digest, http, refused};
use crate::config::{Taken, TwilioConfig};
use relance_core::phone::{self, Number};
use reqwest::{Client, StatusCode};
use serde::Deserialize;
use std::fmt;
use std::time::Duration;

/// The number of the first recipient that has a usable one: an SMS goes to one person. A fixed line gets none.
pub(super) fn number(outgoing: &Outgoing) -> Result<String, Outcome> {
    let country = outgoing.country.as_deref();
    let numbers: Vec<Number> =
        outgoing.to.iter().filter_map(|person| phone::read(person.phone.as_deref()?, country)).collect();
    if let Some(number) = numbers.iter().find(|number| number.mobile != Some(false)) {
        return Ok(number.e164.clone());
    }
    let say = if numbers.is_empty() {
        "aucun numéro de téléphone utilisable pour le destinataire : complétez la fiche du client"
    } else {
        "le numéro du destinataire est celui d'une ligne fixe, qui ne reçoit pas de SMS : donnez un numéro de portable"
    };
    Err(refused(Refusal::Address, say))
}

/// The message as a file: a few headers, a blank line, the text.
pub(super) fn as_file(outgoing: &Outgoing) -> Result<Vec<u8>, Outcome> {
    let key: String = outgoing.key.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let date = outgoing.date.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    Ok(format!("To: {}\nDate: {date}\nKey: {key}\n\n{}\n", number(outgoing)?, outgoing.rendered.text).into_bytes())
}

/// An SMS service.
pub(super) struct Twilio {
    pub(super) client: Client,
    pub(super) url: String,
    host: String,
    pub(super) account: String,
    pub(super) token: String,
    sender: String,
}

impl fmt::Debug for Twilio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Twilio").field("host", &self.host).finish_non_exhaustive()
    }
}

/// What the service says about a message.
#[derive(Deserialize, Default)]
struct Answer {
    #[serde(default)]
    sid: Option<String>,
    #[serde(default)]
    code: Option<i64>,
    #[serde(default)]
    message: Option<String>,
}

impl Twilio {
    /// Reads the token; connects to nothing.
    pub fn new(config: &TwilioConfig) -> Result<Twilio, ChannelProblem> {
        let token = http::token(&config.token_env, Taken::Sms)?;
        let client = http::client(config.timeout)?;
        let account: String = config.account.chars().filter(char::is_ascii_alphanumeric).collect();
        Ok(Twilio {
            client,
            url: format!("{}/2010-04-01/Accounts/{account}/Messages.json", config.base_url),
            host: config.base_url.clone(),
            account,
            token,
            sender: config.sender.clone(),
        })
    }

    /// Hands a message over to the service.
    pub async fn send(&self, outgoing: &Outgoing) -> Outcome {
        let to = match number(outgoing) {
            Ok(to) => to,
            Err(outcome) => return outcome,
        };
        let form = [("To", to.as_str()), ("From", self.sender.as_str()), ("Body", outgoing.rendered.text.as_str())];
        let request = self
            .client
            .post(&self.url)
            .basic_auth(&self.account, Some(&self.token))
            // A service that knows the header drops what it already took.
            .header("Idempotency-Key", digest(&outgoing.key))
            .form(&form);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return http::not_sent(Taken::Sms, &self.host, &error, "`base_url` et `compte`"),
        };
        let status = response.status();
        let pause = http::pause(response.headers());
        // An answer cut short changes nothing about the status already received.
        let body = response.bytes().await.unwrap_or_default();
        let answer: Answer = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() {
            return Outcome::Accepted { provider_id: answer.sid.map(|sid| sid.chars().take(100).collect()) };
        }
        self.judge(status, &answer, pause)
    }

    fn judge(&self, status: StatusCode, answer: &Answer, pause: Option<Duration>) -> Outcome {
        let code = answer.code.unwrap_or(0);
        let (class, advice) = match (status.as_u16(), code) {
            (_, 21211 | 21214 | 21217 | 21610 | 21612 | 21614) => (Refusal::Address, "vérifiez le numéro du client"),
            (_, 21212 | 21606 | 21659) => (Refusal::Configuration, "vérifiez `expediteur` dans [sms]"),
            (401 | 403, _) => (Refusal::Authentication, "vérifiez `compte` et le jeton de [sms]"),
            (429 | 503, _) => (Refusal::Temporary, "l'envoi sera retenté"),
            (300..=399 | 404 | 405, _) => (Refusal::Configuration, "vérifiez `base_url` et `compte` dans [sms]"),
            (400..=499, _) => (Refusal::Permanent, "le SMS ne passera pas tel quel"),
            // The service broke down while it held the message.
            _ => return http::doubtful(Taken::Sms, &self.host, &format!("erreur {}", status.as_u16())),
        };
        let said = masked(answer.message.as_deref().unwrap_or(""));
        let code = if code == 0 { String::new() } else { format!(", code {code}") };
        let said = if said.is_empty() { said } else { format!(" : {said}") };
        let detail = format!("le service de SMS refuse le message ({}{code}{said}) ; {advice}", status.as_u16());
        http::later(class, detail, pause)
    }
}
