//! A letter, as values: what stands where, nothing of how it looks.

use chrono::NaiveDate;
use relance_engine::template::{Block, Span};
use serde::Serialize;

/// A letter.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Letter {
    /// The language, two letters.
    pub language: String,
    /// What the file calls itself.
    pub title: String,
    /// The day on it.
    pub day: NaiveDate,
    /// Who writes.
    pub sender: Sender,
    /// To whom, at most six lines, for the envelope's window.
    pub recipient: Vec<String>,
    /// How it is sent, when the paper says so.
    pub dispatch: Option<String>,
    /// Place and date.
    pub dated: String,
    /// What to quote in an answer: name and value.
    pub references: Vec<(String, String)>,
    /// The subject, and the word before it.
    pub subject: Option<(String, String)>,
    /// The body.
    pub body: Vec<Part>,
    /// The account behind it.
    pub annex: Option<Annex>,
}

/// Who writes.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Sender {
    /// Name.
    pub name: String,
    /// Address.
    pub address: Vec<String>,
    /// How to answer.
    pub contacts: Vec<String>,
    /// Name, address and number in the register, for the foot of the page.
    pub footer: String,
}

/// A piece of the body.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "part", rename_all = "lowercase")]
pub enum Part {
    /// What the template says.
    Text {
        /// A paragraph, a list …
        block: Block,
    },
    /// How to pay.
    Payment(Payment),
    /// Who signs, with room above.
    Signature {
        /// The lines.
        spans: Vec<Span>,
    },
}

/// How to pay: what the template's frame says, and the same as a code.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Payment {
    /// The lines.
    pub rows: Vec<PaymentRow>,
    /// The code as SVG.
    pub code: Option<String>,
    /// The code for those who do not see it.
    pub described: String,
    /// What stands under the code.
    pub caption: String,
}

/// A line of the frame.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct PaymentRow {
    /// What stands before the colon.
    pub label: Option<String>,
    /// What stands behind it, or the whole line.
    pub spans: Vec<Span>,
}

/// The account behind a letter.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Annex {
    /// Its heading.
    pub title: String,
    /// All invoices.
    pub table: Option<Table>,
    /// How the amounts of each come about.
    pub accounts: Vec<Account>,
    /// What else has to be known.
    pub remarks: Vec<String>,
}

/// A table. Columns hold texts at left, or amounts and numbers at right.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Table {
    /// Names of the columns, and whether they stand at right.
    pub columns: Vec<(String, bool)>,
    /// Rows.
    pub rows: Vec<Vec<String>>,
    /// The sums; as many as there are columns.
    pub total: Option<Vec<String>>,
}

/// One invoice's account.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Account {
    /// What it is about.
    pub title: String,
    /// By which rules.
    pub rules: String,
    /// Movements and interest, by date.
    pub lines: Vec<Line>,
    /// What is owed: name and amount; the last is the sum.
    pub totals: Vec<(String, String)>,
}

/// A line of an account.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Line {
    /// A day, or from when to when.
    pub when: String,
    /// What happened.
    pub what: String,
    /// Its amount.
    pub amount: String,
}
