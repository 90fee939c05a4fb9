//! Accounts and rights: everybody's (`people`, `person`), one's own (`own`, `second`), keys of programs (`keys`), who did what (`audit`).

pub mod audit;
pub mod keys;
pub mod own;
pub mod people;
pub mod person;
pub mod second;

use super::visit::Visit;
use crate::auth::login::Visit as Coming;
use crate::auth::token::Token;
use crate::refusal::Refusal;
use relance_core::day::Instant;
use relance_engine::store::accounts::{AccountRow, Noted, SessionRow};

/// The tabs of the pages for whoever looks after accounts: address and words.
const TABS: [(&str, &str); 3] = [("comptes", "Personnes"), ("cles", "Clés d’interface"), ("audit", "Journal d’audit")];

/// A moment as people read it.
fn moment(visit: &Visit, at: Instant) -> String {
    at.with_timezone(&visit.tenant.project().config.creditor.zone).format("%d/%m/%Y à %H:%M").to_string()
}

/// The visitor as the gate knows them: passwords that are given again are counted.
fn coming(visit: &Visit) -> Coming<'_> {
    Coming { from: visit.address, agent: "", now: visit.tenant.now() }
}

/// Where a link that opens once is opened.
fn one_time(visit: &Visit, token: &Token) -> String {
    format!("{}/mot-de-passe/{}", visit.site.public, token.text())
}

/// A session as a page shows it.
pub struct Session {
    pub id: String,
    pub agent: String,
    pub since: String,
    pub seen: String,
    pub second: bool,
    pub here: bool,
}

impl Session {
    fn of(visit: &Visit, row: SessionRow) -> Session {
        Session {
            here: row.id == visit.person.session.id,
            agent: if row.agent.is_empty() { "navigateur inconnu".to_owned() } else { browser(&row.agent) },
            since: moment(visit, row.created),
            seen: moment(visit, row.seen),
            second: row.stage == relance_engine::store::accounts::Stage::OpenWithSecond,
            id: row.id,
        }
    }
}

/// The open sessions of an account.
async fn sessions(visit: &Visit, account: &str) -> Result<Vec<Session>, Refusal> {
    let now = visit.tenant.now();
    let rows = visit.site.gate.accounts.sessions_of(account, now, now - crate::auth::visitor::IDLE).await?;
    Ok(rows.into_iter().map(|row| Session::of(visit, row)).collect())
}

/// « Firefox, Windows » out of what a browser says of itself.
fn browser(agent: &str) -> String {
    let first =
        |words: &[(&str, &'static str)]| words.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name);
    let name = first(&[
        ("Edg/", "Edge"),
        ("Firefox/", "Firefox"),
        ("OPR/", "Opera"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (name, system) {
        (Some(name), Some(system)) => format!("{name}, {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => agent.chars().take(40).collect(),
    }
}

/// Writes down what somebody did to an account, and why.
async fn note(visit: &Visit, what: &str, account: &AccountRow, why: Option<&str>) -> Result<(), Refusal> {
    let outcome = why.map_or_else(|| "fait".to_owned(), |why| format!("fait : {}", cut(why)));
    let noted = Noted {
        account: Some(&visit.person.account.id),
        who: Some(visit.name()),
        address: Some(&visit.address.to_string()),
        what,
        on: Some(&account.login),
        entity: Some(&visit.tenant.entity),
        outcome: &outcome,
    };
    Ok(visit.site.gate.accounts.note(&noted, visit.tenant.now()).await?)
}

/// A reason as it is kept.
fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn a_browser_in_two_words() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1";
        let edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0";
        assert_eq!(
            [firefox, phone, edge, "curl/8"].map(browser),
            ["Firefox, Linux", "Safari, iPhone", "Edge, Windows", "curl/8"]
        );
    }
}
