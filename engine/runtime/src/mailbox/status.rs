//! What a mail server says of a message that it could not deliver: enhanced status codes (RFC 3463), reply codes, and the words that
//! servers use where they give none or a vague one.

/// An enhanced status code: `5.1.1`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Status {
    /// 2 success, 4 not now, 5 never.
    pub class: u16,
    /// What it is about: 1 the address, 2 the mailbox, 4 the network, 7 a policy …
    pub subject: u16,
    /// Which trouble.
    pub detail: u16,
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

impl Status {
    /// A word that is a code, with or without punctuation around it.
    pub fn parse(word: &str) -> Option<Status> {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let mut parts = word.split('.');
        let mut number = |most: u16| {
            let part = parts.next()?;
            let digits = (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            part.parse::<u16>().ok().filter(|n| digits && *n <= most)
        };
        let status = Status { class: number(5)?, subject: number(7)?, detail: number(999)? };
        (parts.next().is_none() && matches!(status.class, 2 | 4 | 5)).then_some(status)
    }

    /// The first code in a text, permanent ones first: a diagnosis often quotes earlier, temporary troubles.
    pub fn find(text: &str) -> Option<Status> {
        let all = || text.split(|c: char| c.is_whitespace() || ",;()<>[]\"'=#-".contains(c)).filter_map(Status::parse);
        all().find(|status| status.class == 5).or_else(|| all().next())
    }

    /// Whether it says nothing but success or failure.
    fn is_vague(self) -> bool {
        self.subject == 0 || (self.subject, self.detail) == (5, 0)
    }
}

/// Why a message came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The address does not exist: nobody reads it.
    Address,
    /// The mailbox is full.
    Full,
    /// The recipient's server does not want our messages: reputation, spam, authentication.
    Policy,
    /// It does not take this message: too large, or its content.
    Message,
    /// The server was not reached for days.
    Unreachable,
    /// Nobody says.
    Unknown,
}

impl Cause {
    /// In French, for the journal.
    pub fn words(self) -> &'static str {
        match self {
            Cause::Address => "cette adresse n’existe pas",
            Cause::Full => "la boîte du destinataire est pleine",
            Cause::Policy => "le serveur du destinataire refuse nos messages",
            Cause::Message => "le serveur du destinataire refuse ce message",
            Cause::Unreachable => "le serveur du destinataire n’a pas répondu",
            Cause::Unknown => "le message est revenu, sans raison claire",
        }
    }

    /// Whether mending the client's address would change nothing.
    pub fn address_is_right(self) -> bool {
        !matches!(self, Cause::Address | Cause::Unknown)
    }
}

/// Servers say it in many ways; these are common to most of them.
const ADDRESS: &[&str] = &[
    "user unknown",
    "unknown user",
    "no such user",
    "no such recipient",
    "no such mailbox",
    "no mailbox here",
    "user not found",
    "recipient not found",
    "mailbox not found",
    "address not found",
    "recipient unknown",
    "unknown recipient",
    "unknown address",
    "invalid recipient",
    "invalid mailbox",
    "does not exist",
    "doesn't exist",
    "doesn't have a yahoo",
    "mailbox unavailable",
    "account is disabled",
    "account has been disabled",
    "account disabled",
    "not a valid recipient",
    "host not found",
    "domain not found",
    "unrouteable address",
    "unrouteable mail domain",
    "nxdomain",
    "name or service not known",
    "couldn't find any host",
    "recipient address rejected: access denied",
    "utilisateur inconnu",
    "destinataire inconnu",
    "adresse inconnue",
    "adresse introuvable",
    "n'existe pas",
    "n’existe pas",
    "adresse d au moins un destinataire invalide",
    "empfänger unbekannt",
    "existiert nicht",
];
const FULL: &[&str] = &[
    "mailbox full",
    "mailbox is full",
    "over quota",
    "overquota",
    "quota exceeded",
    "exceeded storage",
    "out of storage",
    "boite pleine",
    "boîte pleine",
    "boîte aux lettres est pleine",
    "quota dépassé",
    "insufficient system storage",
];
const POLICY: &[&str] = &[
    "spam",
    "blacklist",
    "blocklist",
    "blocked",
    "block list",
    "denylist",
    "reputation",
    "spamhaus",
    "dmarc",
    "spf ",
    "dkim",
    "policy",
    "unauthenticated",
    "not authorized",
    "not accepted for policy",
    "service refuse",
    "ofr_",
    "ofr00",
    "lpn00",
    "unsolicited",
    "junk mail",
];
const MESSAGE: &[&str] =
    &["too large", "too big", "size limit", "message size", "maximum size", "virus", "trop volumineux"];
const UNREACHABLE: &[&str] = &[
    "connection timed out",
    "connection refused",
    "retry timeout exceeded",
    "delivery time expired",
    "message expired",
    "too old",
    "couldn't connect",
    "could not connect",
    "in the queue too long",
];

fn says(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// Why a message came back, from the code of its report and what the server wrote.
pub fn cause(status: Option<Status>, diagnosis: &str) -> (Cause, Option<Status>) {
    let text = diagnosis.to_lowercase().replace(['\r', '\n'], " ");
    // A vague code in the report, a precise one in what the server wrote.
    let written = Status::find(&text).filter(|found| found.class != 2 && !found.is_vague());
    let status = status.filter(|status| !status.is_vague()).or(written).or(status);
    let by_code = status.and_then(|status| match (status.subject, status.detail) {
        // The sender's address, not the recipient's.
        (1, 7 | 8) => Some(Cause::Policy),
        (1, _) => Some(Cause::Address),
        (2, 1) => Some(Cause::Address),
        (2, 2) => Some(Cause::Full),
        (2, 3) | (3, 4) | (6, _) => Some(Cause::Message),
        // No such domain; and what Microsoft's servers say of a recipient whom the domain does not have.
        (4, 4 | 310) => Some(Cause::Address),
        (4, 1) if text.contains("access denied") => Some(Cause::Address),
        (4, _) => Some(Cause::Unreachable),
        // Some servers file unknown recipients under policies.
        (7, _) if says(&text, ADDRESS) && !says(&text, POLICY) => Some(Cause::Address),
        (7, _) => Some(Cause::Policy),
        _ => None,
    });
    let by_words = || {
        let kinds = [
            (FULL, Cause::Full),
            (ADDRESS, Cause::Address),
            (MESSAGE, Cause::Message),
            (POLICY, Cause::Policy),
            (UNREACHABLE, Cause::Unreachable),
        ];
        kinds.into_iter().find(|(words, _)| says(&text, words)).map(|(_, cause)| cause)
    };
    (by_code.or_else(by_words).unwrap_or(Cause::Unknown), status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_and_nothing_else_is_one() {
        let code = |text: &str| Status::find(text).map(|status| status.to_string());
        assert_eq!(code("smtp; 550-5.1.1 The email account"), Some("5.1.1".to_owned()));
        assert_eq!(code("(#5.7.1)"), Some("5.7.1".to_owned()));
        assert_eq!(code("451 4.7.1 greylisted then 550 5.4.310 gone"), Some("5.4.310".to_owned()));
        for not in ["", "192.168.1.1", "5.1", "5.1.1.1", "3.1.1", "v5.8.1", "5.9.1", "5.1.1000", "127.0.0.1"] {
            assert_eq!(code(not), None, "{not}");
        }
    }

    #[test]
    fn causes() {
        let of = |code: &str, text: &str| cause(Status::parse(code), text).0;
        assert_eq!(of("5.1.1", ""), Cause::Address);
        assert_eq!(of("5.0.0", "smtp; 550 5.2.2 quota"), Cause::Full);
        assert_eq!(of("5.0.0", "smtp; 550 No such user here"), Cause::Address);
        assert_eq!(of("5.7.1", "rejected: spam"), Cause::Policy);
        assert_eq!(of("5.7.1", "554 5.7.1 <a@b>: Recipient unknown"), Cause::Address);
        assert_eq!(of("5.1.8", "sender denied"), Cause::Policy);
        assert_eq!(of("4.4.7", "delivery time expired"), Cause::Unreachable);
        assert_eq!(of("5.4.1", "Recipient address rejected: Access denied"), Cause::Address);
        assert_eq!(of("", ""), Cause::Unknown);
    }
}
