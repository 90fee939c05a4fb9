//! Payments received.

use super::{Cursor, Listing, Order, Page, Statement, currency, day, page};
use crate::store::StoreError;
use chrono::NaiveDate;
use relance_core::money::Amount;

/// A payment, or one that was reversed, below 0.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaymentRow {
    /// The client.
    pub client: String,
    /// Its name.
    pub name: String,
    /// The invoice.
    pub invoice: String,
    /// The day of effect.
    pub day: NaiveDate,
    /// How much.
    pub amount: Amount,
    position: i64,
}

/// Client, its name, invoice, day, cents, currency, position.
type Raw = (String, Option<String>, String, String, i64, String, i64);

const ORDER: Order = Order { columns: &["jour", "client", "position"], number: false, down: true, few: false };

pub(super) fn statement(
    entity: &str,
    hint: &str,
    (from_day, to_day): (NaiveDate, NaiveDate),
    from: Option<&Cursor>,
    limit: usize,
) -> Statement {
    let mut statement = Statement::new(entity);
    let (first, last) = (statement.day(from_day), statement.day(to_day));
    // A position is a number, which a cursor has last.
    let after = match from.and_then(Cursor::parts::<3>) {
        Some([day, client, position]) => {
            let position = super::Given::Number(position.parse().unwrap_or(0));
            let places = [statement.text(&day), statement.text(&client), statement.give(position)].join(", ");
            let sign = if from.is_some_and(|from| from.before) { ">" } else { "<" };
            format!(" AND (jour, client, position) {sign} ({places})")
        }
        None => String::new(),
    };
    statement.text = format!(
        "SELECT client, (SELECT d.nom FROM dossiers d WHERE d.entite = $1 AND d.client = e.client), facture, jour, montant, devise, position \
         FROM encaissements e{hint} WHERE entite = $1 AND jour >= {first} AND jour <= {last}{after}{}",
        ORDER.by(from, limit)
    );
    statement
}

impl Listing {
    /// Payments of these days, the last first.
    pub async fn payments(
        &self,
        days: (NaiveDate, NaiveDate),
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<PaymentRow>, StoreError> {
        let hint = self.by("encaissements_jour");
        let rows: Vec<Raw> = self.fetch(statement(&self.entity, &hint, days, from, limit)).await?;
        let row = |(client, name, invoice, on, cents, code, position): Raw| {
            let name = name.unwrap_or_else(|| client.clone());
            let amount = Amount::new(cents, currency(&code));
            PaymentRow { client, name, invoice, day: day(&on), amount, position }
        };
        let place = |row: &PaymentRow| vec![row.day.to_string(), row.client.clone(), row.position.to_string()];
        Ok(page(rows.into_iter().map(row).collect(), from, limit, place))
    }
}
