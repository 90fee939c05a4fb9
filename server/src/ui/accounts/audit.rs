//! Journal d'audit: who did what, when, from where; nothing of it changes.

use super::{TABS, moment};
use crate::auth::role::Permission;
use crate::refusal::Refusal;
use crate::ui::frame::Frame;
use crate::ui::visit::Visit;
use crate::ui::{Answer, encoded, file, filters, page};
use askama::Template;
use axum::extract::Query;
use chrono::{Days, NaiveDate};
use relance_core::act::ACTS;
use relance_core::day::{Instant, start_of_day};
use relance_engine::store::accounts::{AuditFilter, AuditRow};
use serde::Deserialize;
use std::fmt::Write as _;

/// Lines on a page.
const PAGE: usize = 50;
/// Lines of an export, at most: more is asked for by dates.
const MOST: usize = 100_000;
/// Lines that are read at once for it.
const CHUNK: usize = 2_000;

/// Everything that is written down and is no act, by the words of the base; acts have their own.
pub const KINDS: [&str; 23] = [
    "connexion",
    "second facteur",
    "mot de passe",
    "codes de secours",
    "nom",
    "sessions fermées",
    "invitation",
    "rôle",
    "compte suspendu",
    "compte réactivé",
    "second facteur retiré",
    "lien de mot de passe",
    "clé faite",
    "clé retirée",
    "demande",
    "demande accordée",
    "demande refusée",
    "demande retirée",
    "export de l’audit",
    "import",
    "publication",
    "espace_ouvert",
    "espace_ferme",
];

#[derive(Template)]
#[template(path = "accounts/audit.html")]
struct View {
    frame: Frame,
    tabs: [(&'static str, &'static str); 3],
    asked: Asked,
    people: Vec<(String, String)>,
    kinds: Vec<(&'static str, &'static str)>,
    rows: Vec<Line>,
    older: Option<String>,
    export: String,
}

/// A line as people read it.
struct Line {
    at: String,
    who: String,
    what: String,
    on: String,
    invoice: bool,
    outcome: String,
    from: String,
}

/// What is asked for.
#[derive(Deserialize, Default)]
pub struct Asked {
    #[serde(default)]
    qui: String,
    #[serde(default)]
    geste: String,
    #[serde(default)]
    du: String,
    #[serde(default)]
    au: String,
    #[serde(default)]
    avant: Option<i64>,
}

impl Asked {
    /// The same, as an address goes on.
    fn query(&self) -> String {
        let all = [("qui", &self.qui), ("geste", &self.geste), ("du", &self.du), ("au", &self.au)];
        let said = all.iter().filter(|(_, text)| !text.is_empty());
        said.map(|(name, text)| format!("{name}={}", encoded(text))).collect::<Vec<_>>().join("&")
    }

    fn filter<'a>(&'a self, visit: &'a Visit) -> AuditFilter<'a> {
        let zone = visit.tenant.project().config.creditor.zone;
        let day = |text: &str, more: u64| -> Option<Instant> {
            let day = text.parse::<NaiveDate>().ok()?.checked_add_days(Days::new(more))?;
            Some(start_of_day(day, zone))
        };
        AuditFilter {
            account: Some(self.qui.as_str()).filter(|text| !text.is_empty()),
            entity: Some(&visit.tenant.entity),
            with_logins: true,
            what: Some(self.geste.as_str()).filter(|text| !text.is_empty()),
            from: day(&self.du, 0),
            until: day(&self.au, 1),
            before: self.avant,
        }
    }
}

/// The page.
pub async fn list(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    visit.may(Permission::Audit)?;
    let accounts = &visit.site.gate.accounts;
    let rows = accounts.audit(&asked.filter(&visit), PAGE).await?;
    let roles = accounts.roles_in(&visit.tenant.entity).await?;
    let people = accounts.accounts().await?.into_iter();
    let people = people.filter(|one| roles.iter().any(|(id, _)| *id == one.id)).map(|one| (one.id, one.name)).collect();
    let query = asked.query();
    let older = (rows.len() == PAGE).then(|| rows.last().map(|last| last.number)).flatten();
    let kinds = KINDS.iter().map(|word| (*word, *word)).chain(ACTS.iter().map(|row| (row.name, row.title)));
    let view = View {
        frame: Frame::new(&visit, "audit", "Journal d’audit"),
        tabs: TABS,
        people,
        kinds: kinds.collect(),
        older: older.map(|before| format!("?{query}{}avant={before}", if query.is_empty() { "" } else { "&" })),
        export: format!("{}/audit.csv?{query}", visit.home()),
        rows: rows.into_iter().map(|row| line(&visit, row)).collect(),
        asked,
    };
    page(&view)
}

fn line(visit: &Visit, row: AuditRow) -> Line {
    let act = ACTS.iter().find(|act| act.name == row.what);
    Line {
        at: moment(visit, row.at),
        who: row.who.unwrap_or_else(|| "inconnu".to_owned()),
        what: act.map_or(row.what, |act| act.title.to_owned()),
        invoice: act.is_some(),
        on: row.on.unwrap_or_default(),
        outcome: row.outcome,
        from: row.address.unwrap_or_default(),
    }
}

/// The same as a table for other programs.
pub async fn export(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    visit.may(Permission::Audit)?;
    let mut filter = asked.filter(&visit);
    let mut text = "\u{feff}numero;le;qui;quoi;sur;issue;adresse\r\n".to_owned();
    let mut many = 0;
    while many < MOST {
        let rows = visit.site.gate.accounts.audit(&filter, CHUNK).await?;
        for row in &rows {
            let at = row.at.with_timezone(&visit.tenant.project().config.creditor.zone).to_rfc3339();
            let number = row.number.to_string();
            let words = |text: &Option<String>| text.clone().unwrap_or_default();
            let cells = [
                number,
                at,
                words(&row.who),
                row.what.clone(),
                words(&row.on),
                row.outcome.clone(),
                words(&row.address),
            ];
            let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
            write!(text, "{}\r\n", cells.join(";")).map_err(|_| Refusal::Unknown)?;
        }
        many += rows.len();
        match rows.last() {
            Some(last) if rows.len() == CHUNK => filter.before = Some(last.number),
            _ => break,
        }
    }
    visit.audit("export de l’audit", &many.to_string()).await?;
    file(text.into_bytes(), "text/csv; charset=utf-8", "audit.csv", false)
}

/// A cell of a table: no spreadsheet takes it for a formula.
fn cell(text: &str) -> String {
    let guarded = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if guarded.contains([';', '"', '\n', '\r']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_no_formula_and_stays_one_cell() {
        let cells = ["Anne", "=1+1", "a;b", "dit \"oui\"", "-2", "@x\n"].map(cell);
        assert_eq!(cells, ["Anne", "'=1+1", "\"a;b\"", "\"dit \"\"oui\"\"\"", "'-2", "\"'@x\n\""]);
    }

    /// What is written down anywhere in the server can be asked for.
    #[test]
    fn every_kind_that_is_written_is_in_the_list() {
        fn read(dir: &std::path::Path, all: &mut String) {
            for entry in std::fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    read(&path, all);
                } else if path.extension().is_some_and(|end| end == "rs") {
                    all.push_str(&std::fs::read_to_string(path).unwrap());
                }
            }
        }
        let mut all = String::new();
        read(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
        let mut found = 0;
        for call in ["visit.audit(\"", "note(visit, \""] {
            for rest in all.split(call).skip(1) {
                let word = rest.split('"').next().unwrap();
                assert!(KINDS.contains(&word), "{word} is written down and not in the list");
                found += 1;
            }
        }
        assert!(found > 12, "{found}");
    }
}
