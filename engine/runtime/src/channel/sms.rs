//! SMS: a file, or a service that speaks Twilio's interface.

use super::reply::{certificate_problem, masked};
use super::{ChannelProblem, Outcome, Outgoing, Refusal, digest, refused, tls};
use crate::config::TwilioConfig;
use reqwest::{Client, StatusCode, redirect};
use serde::Deserialize;
use std::fmt;
use std::time::Duration;

/// Reaching the service takes less than this, or it is down.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// A number as carriers want it (E.164). A national French number is taken for one.
fn e164(phone: &str) -> Option<String> {
    let kept: String =
        phone.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')' | '/' | '\u{a0}' | '\u{202f}')).collect();
    // `+33 (0)6 …` is a common spelling.
    let number = match (kept.strip_prefix("+330"), kept.strip_prefix("00"), kept.strip_prefix('0')) {
        (Some(rest), _, _) => format!("+33{rest}"),
        (_, Some(rest), _) => format!("+{rest}"),
        (_, _, Some(rest)) if rest.len() == 9 => format!("+33{rest}"),
        _ => kept,
    };
    let digits = number.strip_prefix('+')?;
    let plausible =
        (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    plausible.then_some(number)
}

/// The number of the first recipient that has a usable one: an SMS goes to one person.
pub(super) fn number(outgoing: &Outgoing) -> Result<String, Outcome> {
    let found = outgoing.to.iter().filter_map(|person| person.phone.as_deref()).find_map(e164);
    found.ok_or_else(|| {
        refused(
            Refusal::Address,
            "aucun numéro de téléphone utilisable pour le destinataire : complétez la fiche du client",
        )
    })
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
        let token = std::env::var(&config.token_env).map_err(|_| {
            ChannelProblem(format!(
                "la variable d'environnement {} n'est pas définie : elle doit contenir le jeton de [sms]",
                config.token_env
            ))
        })?;
        let builder = Client::builder()
            .tls_backend_preconfigured(tls::client(Vec::new())?)
            .connect_timeout(CONNECT_PATIENCE.min(config.timeout))
            .timeout(config.timeout)
            // A token must not follow a redirection to somebody else.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("relance/", env!("CARGO_PKG_VERSION")));
        let client =
            builder.build().map_err(|_| ChannelProblem("service de SMS : client HTTP indisponible".to_owned()))?;
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
            Err(error) => return self.not_sent(&error),
        };
        let status = response.status();
        // An answer cut short changes nothing about the status already received.
        let body = response.bytes().await.unwrap_or_default();
        let answer: Answer = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() {
            return Outcome::Accepted { provider_id: answer.sid.map(|sid| sid.chars().take(100).collect()) };
        }
        self.judge(status, &answer)
    }

    fn not_sent(&self, error: &reqwest::Error) -> Outcome {
        if let Some(problem) = certificate_problem(error) {
            return refused(Refusal::Configuration, format!("service de SMS {} : {problem}", self.host));
        }
        if error.is_builder() {
            let say = "l'adresse du service de SMS est incorrecte ; vérifiez `base_url` et `compte` dans [sms]";
            return refused(Refusal::Configuration, say);
        }
        if error.is_connect() {
            let say = format!(
                "service de SMS {} injoignable ; l'envoi sera retenté ; vérifiez `base_url` si cela dure",
                self.host
            );
            return refused(Refusal::Temporary, say);
        }
        let why = if error.is_timeout() { "pas de réponse à temps" } else { "connexion perdue" };
        Outcome::Unknown { detail: self.doubtful(why) }
    }

    fn doubtful(&self, why: &str) -> String {
        format!(
            "service de SMS {} : {why} après la demande : le SMS est peut-être parti ; vérifiez chez le fournisseur avant de \
             le renvoyer",
            self.host
        )
    }

    fn judge(&self, status: StatusCode, answer: &Answer) -> Outcome {
        let code = answer.code.unwrap_or(0);
        let (class, advice) = match (status.as_u16(), code) {
            (_, 21211 | 21214 | 21217 | 21610 | 21612 | 21614) => (Refusal::Address, "vérifiez le numéro du client"),
            (_, 21212 | 21606 | 21659) => (Refusal::Configuration, "vérifiez `expediteur` dans [sms]"),
            (401 | 403, _) => (Refusal::Authentication, "vérifiez `compte` et le jeton de [sms]"),
            (429 | 503, _) => (Refusal::Temporary, "l'envoi sera retenté"),
            (300..=399 | 404 | 405, _) => (Refusal::Configuration, "vérifiez `base_url` et `compte` dans [sms]"),
            (400..=499, _) => (Refusal::Permanent, "le SMS ne passera pas tel quel"),
            // The service broke down while it held the message.
            _ => return Outcome::Unknown { detail: self.doubtful(&format!("erreur {}", status.as_u16())) },
        };
        let said = masked(answer.message.as_deref().unwrap_or(""));
        let code = if code == 0 { String::new() } else { format!(", code {code}") };
        let said = if said.is_empty() { said } else { format!(" : {said}") };
        refused(class, format!("le service de SMS refuse le message ({}{code}{said}) ; {advice}", status.as_u16()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (written, wanted) in [
            ("06 12 34 56 78", Some("+33612345678")),
            ("+33 (0)6.12.34.56.78", Some("+33612345678")),
            ("0033612345678", Some("+33612345678")),
            ("+41 79 123 45 67", Some("+41791234567")),
            ("poste 12", None),
            ("12", None),
            ("+", None),
            ("", None),
            ("+336123456789012345", None),
        ] {
            assert_eq!(e164(written).as_deref(), wanted, "{written}");
        }
    }
}
