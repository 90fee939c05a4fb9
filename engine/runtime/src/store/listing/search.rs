//! Search by words: clients by what words of theirs begin with, invoices by the beginning or the end of their number.

use super::{Listing, Statement, currency};
use crate::store::StoreError;
use relance_core::money::Amount;
use relance_core::view::{Situation, folded, number_key, reversed};

/// A client that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CustomerHit {
    /// The code.
    pub client: String,
    /// The name.
    pub name: String,
}

/// An invoice that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvoiceHit {
    /// The number.
    pub number: String,
    /// The client.
    pub client: String,
    /// Its name.
    pub name: String,
    /// What is left to pay.
    pub balance: Amount,
    /// Where it stands.
    pub situation: Situation,
}

/// What was found, clients by code and invoices by number.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Found {
    /// Clients of whom every word is.
    pub customers: Vec<CustomerHit>,
    /// Invoices of that number, or of one that begins or ends with it.
    pub invoices: Vec<InvoiceHit>,
}

/// So few letters are the end of too many numbers.
const END: usize = 3;
/// More words than that say no more.
const WORDS: usize = 6;

/// What comes after all that begins with a text.
fn after(text: &str) -> String {
    format!("{text}\u{10FFFF}")
}

/// The words of a question, the longest, which says most, first.
fn words(text: &str) -> Vec<String> {
    let text = folded(text);
    // An e-mail address is a word as a whole, a telephone number without its blanks.
    if text.contains('@') {
        return vec![text.trim().to_owned()];
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() > 5 && text.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || ".-+()".contains(c)) {
        return vec![digits];
    }
    let split = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut words: Vec<String> = split.map(str::to_owned).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    words.truncate(WORDS);
    words
}

pub(super) fn customers(entity: &str, text: &str, limit: usize) -> Option<Statement> {
    let words = words(text);
    let (first, others) = words.split_first()?;
    let mut statement = Statement::new(entity);
    let mut wanted = format!("m.mot >= {} AND m.mot < {}", statement.text(first), statement.text(&after(first)));
    for word in others {
        wanted += &format!(
            " AND EXISTS (SELECT 1 FROM mots o WHERE o.entite = $1 AND o.client = m.client AND o.mot >= {} AND o.mot < {})",
            statement.text(word),
            statement.text(&after(word))
        );
    }
    // One client may have several words that begin so; enough of them are read to find so many clients.
    statement.text = format!(
        "SELECT client, (SELECT d.nom FROM dossiers d WHERE d.entite = $1 AND d.client = t.client) FROM ( \
         SELECT m.client AS client FROM mots m WHERE m.entite = $1 AND {wanted} LIMIT {}) t GROUP BY client ORDER BY client LIMIT {limit}",
        limit.saturating_mul(4)
    );
    Some(statement)
}

pub(super) fn invoices(entity: &str, hint: &str, column: &str, key: &str, limit: usize) -> Statement {
    let mut statement = Statement::new(entity);
    let (from, to) = (statement.text(key), statement.text(&after(key)));
    statement.text = format!(
        "SELECT facture, client, (SELECT d.nom FROM dossiers d WHERE d.entite = $1 AND d.client = i.client), reste, devise, situation \
         FROM instances i{hint} WHERE entite = $1 AND {column} IS NOT NULL AND {column} >= {from} AND {column} < {to} \
         ORDER BY {column}, client, facture LIMIT {limit}"
    );
    statement
}

type Raw = (String, String, Option<String>, i64, String, String);

fn hit((number, client, name, cents, code, situation): Raw) -> InvoiceHit {
    InvoiceHit {
        number,
        name: name.unwrap_or_else(|| client.clone()),
        client,
        balance: Amount::new(cents, currency(&code)),
        situation: Situation::read(&situation).unwrap_or(Situation::Open),
    }
}

impl Listing {
    /// Clients and invoices, at most so many of each.
    pub async fn search(&self, text: &str, limit: usize) -> Result<Found, StoreError> {
        let mut found = Found::default();
        if let Some(statement) = customers(&self.entity, text, limit) {
            let rows: Vec<(String, Option<String>)> = self.fetch(statement).await?;
            let hit = |(client, name): (String, Option<String>)| CustomerHit {
                name: name.unwrap_or_else(|| client.clone()),
                client,
            };
            found.customers = rows.into_iter().map(hit).collect();
        }
        let key = number_key(text);
        if key.is_empty() {
            return Ok(found);
        }
        let of = async |column: &str, key: &str| -> Result<Vec<InvoiceHit>, StoreError> {
            let hint = self.by(&format!("instances_{column}"));
            let rows: Vec<Raw> = self.fetch(invoices(&self.entity, &hint, column, key, limit)).await?;
            Ok(rows.into_iter().map(hit).collect())
        };
        found.invoices = of("cle", &key).await?;
        if key.chars().count() >= END && found.invoices.len() < limit {
            for ending in of("envers", &reversed(&key)).await? {
                if !found.invoices.contains(&ending) {
                    found.invoices.push(ending);
                }
            }
        }
        found.invoices.truncate(limit);
        Ok(found)
    }
}
