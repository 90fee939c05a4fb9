//! What the editor features know from outside the files: templates, and the values of an invoice.

use chrono::NaiveDate;
use relance_core::machine::Channel;

/// What surrounds the scenarios of a project.
pub trait Around {
    /// The template file of this channel and name.
    fn template(&self, channel: Channel, name: &str) -> Option<TemplateCard>;

    /// The value of a fact or field for the invoice that is looked at.
    fn value(&self, name: &str) -> Option<CurrentValue>;

    /// The day from which examples count.
    fn today(&self) -> NaiveDate;
}

/// What is shown of a template.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TemplateCard {
    /// Its path in the project.
    pub file: String,
    /// The subject of its messages.
    pub subject: Option<String>,
    /// How its text begins.
    pub beginning: String,
}

/// A value and whose it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CurrentValue {
    /// The invoice's number.
    pub invoice: String,
    /// The value as the language writes it; `None` when it is unknown.
    pub value: Option<String>,
}

/// Files without a project around them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Around for Nothing {
    fn template(&self, _: Channel, _: &str) -> Option<TemplateCard> {
        None
    }

    fn value(&self, _: &str) -> Option<CurrentValue> {
        None
    }

    fn today(&self) -> NaiveDate {
        NaiveDate::default()
    }
}
