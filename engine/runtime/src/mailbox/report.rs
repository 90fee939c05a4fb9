//! Reports of delivery in their standard form (RFC 3464), and what can be read of those that are mere text.

use super::status::{Cause, Status, cause};

/// What became of a message for one recipient.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fate {
    /// Whose, in small letters, when it is said.
    pub recipient: Option<String>,
    /// What.
    pub end: End,
}

/// What a report says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// It came back for good.
    Failed(Cause, Option<Status>),
    /// It is late: the server goes on trying.
    Delayed,
    /// It has arrived.
    Delivered,
}

/// More recipients than any message of ours has.
const MOST: usize = 50;

/// The fields of the groups of a report: names in small letters, folded lines joined.
fn groups(text: &str) -> Vec<Vec<(String, String)>> {
    let mut groups: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for line in text.lines() {
        if line.trim().is_empty() {
            if groups.last().is_some_and(|group| !group.is_empty()) && groups.len() <= MOST {
                groups.push(Vec::new());
            }
            continue;
        }
        let Some(group) = groups.last_mut() else { continue };
        match (line.starts_with([' ', '\t']), group.last_mut(), line.split_once(':')) {
            (true, Some((_, value)), _) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (_, _, Some((name, value))) => group.push((name.trim().to_lowercase(), value.trim().to_owned())),
            _ => {}
        }
    }
    groups
}

/// `rfc822; paul@exemple.fr` without its type.
fn address(value: &str) -> Option<String> {
    let bare = value.split_once(';').map_or(value, |(_, address)| address);
    let bare = bare.trim().trim_matches(['<', '>']).to_lowercase();
    bare.contains('@').then_some(bare)
}

/// Reads the part of a report that is meant for machines.
pub fn read(text: &str) -> Vec<Fate> {
    let mut fates = Vec::new();
    for group in groups(text) {
        let field = |wanted: &str| group.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        let recipient =
            field("original-recipient").and_then(address).or_else(|| field("final-recipient").and_then(address));
        let status = field("status").and_then(|text| text.split_whitespace().next()).and_then(Status::parse);
        let action = field("action").unwrap_or_default().to_lowercase();
        let diagnosis = field("diagnostic-code").unwrap_or_default();
        let failed = || {
            let (cause, status) = cause(status, diagnosis);
            End::Failed(cause, status)
        };
        let end = match (action.split([' ', ';', '(']).next().unwrap_or_default(), status.map(|status| status.class)) {
            ("failed", _) => failed(),
            ("delayed", _) => End::Delayed,
            // Handed over to a system that sends no reports: it went the whole way that can be seen.
            ("delivered" | "relayed" | "expanded", _) => End::Delivered,
            (_, Some(5)) => failed(),
            (_, Some(4)) => End::Delayed,
            (_, Some(2)) => End::Delivered,
            _ => continue,
        };
        fates.push(Fate { recipient, end });
    }
    fates
}

/// Words by which servers say that they go on trying.
const DELAYS: &[&str] = &[
    "delayed",
    "will be retried",
    "will continue to be attempted",
    "delivery attempts will continue",
    "not yet been delivered",
    "has not yet been",
    "warning message only",
    "you do not need to resend",
    "retardé",
    "n'a pas encore été remis",
    "n’a pas encore été remis",
    "nouvelles tentatives",
    "delivery incomplete",
];
/// Where a text begins to quote the message that it is about.
const QUOTED: &[&str] = &[
    "return-path:",
    "received:",
    "------ this is a copy",
    "--- below this line",
    "----- original message",
    "message-id:",
];

/// What a notice without a report for machines says; what it quotes of our message says nothing.
pub fn notice(subject: &str, text: &str) -> End {
    let mut told = String::new();
    for line in text.lines().take(200) {
        let low = line.trim().to_lowercase();
        if QUOTED.iter().any(|mark| low.starts_with(mark)) {
            break;
        }
        told.push_str(&low);
        told.push('\n');
    }
    let late = |words: &str| DELAYS.iter().any(|mark| words.contains(mark));
    if late(&subject.to_lowercase()) || late(&told) {
        return End::Delayed;
    }
    let (cause, status) = cause(None, &told);
    match (status, cause) {
        // A temporary trouble that nobody calls final: it may still arrive.
        (Some(Status { class: 4, .. }), Cause::Unknown | Cause::Full | Cause::Policy) => End::Delayed,
        _ => End::Failed(cause, status),
    }
}
