//! What services over HTTP have in common: the connection, its failures, and when to come back.

use super::reply::certificate_problem;
use super::{ChannelProblem, Outcome, Refusal, refused, tls};
use crate::config::Taken;
use chrono::DateTime;
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Client, redirect};
use std::time::Duration;

/// Reaching the service takes less than this, or it is down.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// No service is left alone for longer, whatever it says.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// The secret in an environment variable.
pub(super) fn token(variable: &str, taken: Taken) -> Result<String, ChannelProblem> {
    std::env::var(variable).map_err(|_| {
        ChannelProblem(format!(
            "la variable d'environnement {variable} n'est pas définie : elle doit contenir le jeton de [{}]",
            taken.section()
        ))
    })
}

/// Connections that wait so long for an answer.
pub(crate) fn client(timeout: Duration) -> Result<Client, ChannelProblem> {
    Client::builder()
        .tls_backend_preconfigured(tls::client(Vec::new())?)
        .connect_timeout(CONNECT_PATIENCE.min(timeout))
        .timeout(timeout)
        // A token must not follow a redirection to somebody else.
        .redirect(redirect::Policy::none())
        .user_agent(concat!("relance/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|_| ChannelProblem("client HTTP indisponible".to_owned()))
}

/// What it means that a request got no answer. `keys` are those of the settings that say where it goes.
pub(super) fn not_sent(taken: Taken, host: &str, error: &reqwest::Error, keys: &str) -> Outcome {
    let (service, section) = (taken.service(), taken.section());
    if let Some(problem) = certificate_problem(error) {
        return refused(Refusal::Configuration, format!("{service} {host} : {problem}"));
    }
    if error.is_builder() {
        let say = format!("l'adresse du {service} est incorrecte ; vérifiez {keys} dans [{section}]");
        return refused(Refusal::Configuration, say);
    }
    if error.is_connect() {
        let first = keys.split(' ').next().unwrap_or_default();
        let say = format!("{service} {host} injoignable ; l'envoi sera retenté ; vérifiez {first} si cela dure");
        return refused(Refusal::Temporary, say);
    }
    doubtful(taken, host, if error.is_timeout() { "pas de réponse à temps" } else { "connexion perdue" })
}

/// The service may have taken the message.
pub(super) fn doubtful(taken: Taken, host: &str, why: &str) -> Outcome {
    let service = taken.service();
    let (left, again) = match taken {
        Taken::Sms => ("le SMS est peut-être parti", "le renvoyer"),
        Taken::Letters => ("la lettre est peut-être partie", "la redonner"),
    };
    let detail =
        format!("{service} {host} : {why} après la demande : {left} ; vérifiez chez le fournisseur avant de {again}");
    Outcome::Unknown { detail }
}

/// A refusal; one for now lasts as long as the service says.
pub(super) fn later(class: Refusal, detail: String, pause: Option<Duration>) -> Outcome {
    match pause.filter(|_| class == Refusal::Temporary) {
        Some(pause) => Outcome::Busy { detail, pause },
        None => refused(class, detail),
    }
}

/// How long the service asks to be left alone: `Retry-After` in seconds, or as a date, which counts from the `Date` of the answer (RFC
/// 9110, §10.2.3).
pub(crate) fn pause(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let asked = text(RETRY_AFTER)?;
    let seconds = match asked.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let until = DateTime::parse_from_rfc2822(asked).ok()?;
            let from = DateTime::parse_from_rfc2822(text(DATE)?).ok()?;
            u64::try_from((until - from).num_seconds()).ok()?
        }
    };
    Some(Duration::from_secs(seconds).min(LONGEST_PAUSE)).filter(|pause| !pause.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses() {
        let asked = |after: &'static str, date: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, after.parse().unwrap());
            headers.insert(DATE, date.parse().unwrap());
            pause(&headers).map(|pause| pause.as_secs())
        };
        let noon = "Mon, 16 Mar 2026 12:00:00 GMT";
        for (after, wanted) in [
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("0", None),
            ("-5", None),
            ("bientôt", None),
            ("99999999999", Some(86_400)),
            ("99999999999999999999999", None),
            ("Mon, 16 Mar 2026 12:30:00 GMT", Some(1_800)),
            ("Mon, 16 Mar 2026 11:00:00 GMT", None),
        ] {
            assert_eq!(asked(after, noon), wanted, "{after}");
        }
        assert_eq!(asked("Mon, 16 Mar 2026 12:30:00 GMT", "hier"), None);
        assert_eq!(pause(&HeaderMap::new()), None);
    }
}
