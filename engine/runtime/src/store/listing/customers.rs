//! Lists of clients.

use super::{Cursor, Listing, Order, Page, Statement, currency, day, page};
use crate::store::StoreError;
use relance_core::money::Currency;
use relance_core::view::CustomerView;
use std::collections::BTreeMap;

/// Which clients, in which order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct CustomerQuery {
    /// The segment that the data give.
    pub segment: Option<String>,
    /// Who follows them; an empty one: nobody.
    pub owner: Option<String>,
    /// One of these.
    pub clients: Option<Vec<String>>,
    /// In which order; with a filter, always that of what they owe.
    pub sort: CustomerSort,
}

/// In which order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum CustomerSort {
    /// What is left to pay, the largest first; in several currencies, the first one counts.
    #[default]
    Balance,
    /// By name.
    Name,
    /// By code.
    Code,
}

/// A client in a list.
#[derive(Clone, PartialEq, Debug)]
pub struct CustomerRow {
    /// The code.
    pub client: String,
    /// The columns, as of the file's last step.
    pub view: CustomerView,
    /// What sorts by name.
    folded: String,
    /// What sorts by balance.
    first: i64,
}

type Raw = (
    String,
    String,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    i64,
    String,
    i64,
    Option<String>,
    bool,
    bool,
);

fn row(raw: Raw) -> CustomerRow {
    let (client, name, folded, segment, owner, country, code, first, others, open, oldest, stopped, insolvent) = raw;
    let others: BTreeMap<String, i64> = serde_json::from_str(&others).unwrap_or_default();
    let mut balances: BTreeMap<Currency, i64> = others.iter().map(|(code, cents)| (currency(code), *cents)).collect();
    balances.extend(code.map(|code| (currency(&code), first)));
    let view = CustomerView {
        name,
        segment,
        owner: Some(owner).filter(|owner| !owner.is_empty()),
        country,
        balances,
        open: usize::try_from(open).unwrap_or(0),
        oldest: oldest.as_deref().map(day),
        stopped,
        insolvent,
    };
    CustomerRow { client, view, folded, first }
}

impl CustomerQuery {
    /// The order that is taken.
    pub fn order(&self) -> CustomerSort {
        if self.segment.is_some() || self.owner.is_some() { CustomerSort::Balance } else { self.sort }
    }

    pub(super) fn index(&self) -> Option<&'static str> {
        let owned = self.owner.as_ref().is_some_and(|owner| !owner.is_empty());
        Some(match self.order() {
            _ if self.clients.is_some() => return None,
            _ if owned => "dossiers_responsable",
            _ if self.segment.is_some() => "dossiers_segment",
            CustomerSort::Balance => "dossiers_encours",
            CustomerSort::Name => "dossiers_nom",
            CustomerSort::Code => return None,
        })
    }

    fn columns(&self) -> Order {
        let few = self.clients.is_some();
        match self.order() {
            CustomerSort::Balance => Order { columns: &["encours", "client"], number: true, down: true, few },
            CustomerSort::Name => Order { columns: &["nom_plie", "client"], number: false, down: false, few },
            CustomerSort::Code => Order { columns: &["client"], number: false, down: false, few: false },
        }
    }

    pub(super) fn statement(&self, entity: &str, hint: &str, from: Option<&Cursor>, limit: usize) -> Statement {
        let (mut statement, order) = (Statement::new(entity), self.columns());
        let mut wanted = "nom IS NOT NULL".to_owned();
        if let Some(segment) = &self.segment {
            wanted += &format!(" AND segment = {}", statement.text(segment));
        }
        match self.owner.as_deref() {
            Some("") => wanted += " AND responsable = ''",
            Some(owner) => wanted += &format!(" AND responsable <> '' AND responsable = {}", statement.text(owner)),
            None => {}
        }
        if let Some(clients) = &self.clients {
            wanted += &format!(" AND client IN ({})", statement.among(clients));
        }
        wanted += &order.after(&mut statement, from);
        statement.text = format!(
            "SELECT client, nom, nom_plie, segment, responsable, pays, devise, encours, encours_autres, ouvertes, echeance, arrete, \
             insolvable FROM dossiers{hint} WHERE entite = $1 AND {wanted}{}",
            order.by(from, limit)
        );
        statement
    }
}

impl Listing {
    /// Clients, page by page.
    pub async fn customers(
        &self,
        query: &CustomerQuery,
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<CustomerRow>, StoreError> {
        if query.clients.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Page { rows: Vec::new(), previous: None, next: None });
        }
        let hint = query.index().map(|index| self.by(index)).unwrap_or_default();
        let rows: Vec<Raw> = self.fetch(query.statement(&self.entity, &hint, from, limit)).await?;
        let order = query.order();
        Ok(page(rows.into_iter().map(row).collect(), from, limit, |row: &CustomerRow| match order {
            CustomerSort::Balance => vec![row.first.to_string(), row.client.clone()],
            CustomerSort::Name => vec![row.folded.clone(), row.client.clone()],
            CustomerSort::Code => vec![row.client.clone()],
        }))
    }
}
