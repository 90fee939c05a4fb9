//! Registered letters, deposited at a service that `relance.toml` describes.

use super::described::{Described, Known};
use super::{ChannelProblem, Outcome, Outgoing, Refusal, refused};
use crate::config::RegisteredConfig;
use relance_core::registered::Registered;

/// The service.
#[derive(Debug)]
pub(super) struct Deposits {
    service: Described,
    form: Registered,
    asked: Option<String>,
}

/// To whom a letter goes, as it says it itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Envelope {
    /// The client's name.
    pub name: String,
    /// The lines of its window: six at most, the name among them.
    pub lines: Vec<String>,
    /// The client's postal address as the data has it, lines separated by `\n`.
    pub address: Option<String>,
    /// What the letter is about: the numbers of its invoices.
    pub reference: String,
}

/// No longer than this is a name, a subject or a reference.
const LONGEST: usize = 250;
/// The words in braces for the lines of the window.
const LINES: [&str; 6] = ["{ligne1}", "{ligne2}", "{ligne3}", "{ligne4}", "{ligne5}", "{ligne6}"];

impl Deposits {
    /// Reads the token; connects to nothing.
    pub fn new(config: &RegisteredConfig) -> Result<Deposits, ChannelProblem> {
        let service = Described::new(&config.service)?;
        Ok(Deposits { service, form: config.form, asked: config.asked.clone() })
    }

    /// Hands a letter over to the service.
    pub async fn send(&self, outgoing: &Outgoing) -> Outcome {
        let (Some(envelope), Some(document)) = (&outgoing.envelope, outgoing.attached.first()) else {
            return refused(Refusal::Permanent, "la lettre manque : c'est un défaut de Relance, signalez-le");
        };
        let country = outgoing.country.clone().unwrap_or_else(|| "FR".to_owned());
        let place = place(envelope.address.as_deref(), &country);
        let email = outgoing.to.iter().find_map(|to| to.email.clone());
        if self.form == Registered::Electronic && email.is_none() {
            let say = "aucune adresse électronique pour le destinataire : complétez la fiche du client";
            return refused(Refusal::Address, say);
        }
        if place.is_none() && (self.service.uses("{code_postal}") || self.service.uses("{ville}")) {
            let say = "ni le code postal ni la ville ne se lisent dans l'adresse du client, et le service les demande : \
                       complétez sa fiche (`code_postal`, `ville`)";
            return refused(Refusal::Address, say);
        }
        let (code, town) = place.unwrap_or_default();
        let mut words = vec![
            ("{nom}", plain(&envelope.name)),
            ("{adresse}", envelope.lines.join("\n")),
            ("{code_postal}", code),
            ("{ville}", town),
            ("{pays}", country),
            ("{email}", email.unwrap_or_default()),
            ("{objet}", plain(outgoing.rendered.subject.as_deref().unwrap_or_default())),
            ("{reference}", plain(&envelope.reference)),
        ];
        let lines = envelope.lines.iter().map(String::as_str).chain(std::iter::repeat(""));
        words.extend(LINES.into_iter().zip(lines).map(|(place, line)| (place, line.to_owned())));
        self.service.deliver(&outgoing.key, words, Some(document)).await
    }

    /// Whether it can be asked for a letter.
    pub fn can_be_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Asks for a letter by our own reference.
    pub async fn ask(&self, key: &str) -> Known {
        match &self.asked {
            Some(address) => self.service.ask(address, key).await,
            None => Known::Silent,
        }
    }
}

/// On one line, without what turns the reading direction.
fn plain(text: &str) -> String {
    super::header_text(text, LONGEST)
}

/// Postal code and town of an address, where the country writes them so at the beginning of the last line, and the code has its length.
fn place(address: Option<&str>, country: &str) -> Option<(String, String)> {
    let digits = match country {
        "FR" | "MC" | "DE" | "ES" | "IT" => 5,
        "BE" | "CH" | "LU" | "AT" => 4,
        _ => return None,
    };
    let last = address?.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    let (code, town) = last.split_once(' ')?;
    let is_code = code.len() == digits && code.bytes().all(|byte| byte.is_ascii_digit());
    let town = plain(town);
    (is_code && !town.is_empty()).then(|| (code.to_owned(), town))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_only_where_they_stand() {
        let told =
            |address: &str, country: &str| place(Some(address), country).map(|(code, town)| format!("{code}|{town}"));
        assert_eq!(told("1 rue A\n38000 Grenoble\n", "FR").as_deref(), Some("38000|Grenoble"));
        assert_eq!(told("Rue B 2\n1000 Bruxelles", "BE").as_deref(), Some("1000|Bruxelles"));
        for (address, country) in [
            ("1 rue A\nGrenoble", "FR"),
            ("38000", "FR"),
            ("1 rue A\n1000 X", "FR"),
            ("1012 AB Amsterdam", "NL"),
            ("", "FR"),
        ] {
            assert_eq!(told(address, country), None, "{address}");
        }
        assert_eq!(place(None, "FR"), None);
    }
}
