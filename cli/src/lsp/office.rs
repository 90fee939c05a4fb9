//! What hover tells of the project around the scenarios: its templates, and the values of an invoice.

use super::load::Values;
use chrono::NaiveDate;
use relance_core::machine::Channel;
use relance_dsl::ide::{Around, CurrentValue, TemplateCard};
use std::path::PathBuf;

/// Lines of a template that are shown.
const SHOWN: usize = 6;

/// A project folder, as hover sees it.
#[derive(Debug, Default)]
pub struct Office {
    /// The folder.
    pub dir: PathBuf,
    /// The invoice that is looked at, and its facts by name; `None` is unknown.
    pub invoice: Option<Values>,
}

impl Around for Office {
    fn template(&self, channel: Channel, name: &str) -> Option<TemplateCard> {
        let file = format!("modeles/{}/{name}.md", channel.folder());
        let text = std::fs::read_to_string(self.dir.join(&file)).ok()?;
        let (front, body) = text
            .strip_prefix("---")
            .and_then(|rest| rest.split_once("\n---"))
            .map_or(("", text.as_str()), |(front, body)| (front, body.split_once('\n').map_or("", |(_, body)| body)));
        let subject = front.lines().find_map(|line| line.strip_prefix("objet:")).map(|words| {
            let words = words.trim();
            words.trim_matches('"').to_owned()
        });
        let beginning = body.trim().lines().take(SHOWN).collect::<Vec<_>>().join("\n");
        Some(TemplateCard { file, subject, beginning })
    }

    fn value(&self, name: &str) -> Option<CurrentValue> {
        let (invoice, facts) = self.invoice.as_ref()?;
        let value = facts.get(name)?;
        Some(CurrentValue { invoice: invoice.clone(), value: value.clone() })
    }

    fn today(&self) -> NaiveDate {
        chrono::Utc::now().date_naive()
    }
}
