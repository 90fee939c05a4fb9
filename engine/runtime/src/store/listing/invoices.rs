//! Lists of invoices.

use super::{Cursor, Listing, Order, Page, Statement, currency, day, page};
use crate::store::{StoreError, read};
use chrono::NaiveDate;
use relance_core::dossier::InvoiceFile;
use relance_core::view::{InvoiceView, Situation};

/// Which invoices, in which order. Without anything: what is open, the largest first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct InvoiceQuery {
    /// Where they stand.
    pub situation: Option<Situation>,
    /// Which scenario runs them.
    pub scenario: Option<String>,
    /// The segment that guards see.
    pub segment: Option<String>,
    /// Who follows them; an empty one: nobody.
    pub owner: Option<String>,
    /// Due on that day or later.
    pub due_from: Option<NaiveDate>,
    /// Due on that day or before.
    pub due_to: Option<NaiveDate>,
    /// The day of [`InvoiceSort`] is that one or later; for orders by what was promised, or settled.
    pub from: Option<NaiveDate>,
    /// The same, or before.
    pub to: Option<NaiveDate>,
    /// Of one of these clients, however many they are.
    pub clients: Option<Vec<String>>,
    /// Of one of these numbers.
    pub numbers: Option<Vec<String>>,
    /// In which order.
    pub sort: InvoiceSort,
}

/// In which order; some are lists of their own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum InvoiceSort {
    /// What is left to pay, the largest first.
    #[default]
    Balance,
    /// The due day, the earliest first.
    Due,
    /// Those that are promised, by the day promised, the next first.
    Promise,
    /// Those of which a promise was broken, by the day promised, the last first.
    Broken,
    /// Those that are settled, the last first.
    Settled,
}

/// An invoice in a list.
#[derive(Clone, PartialEq, Debug)]
pub struct InvoiceRow {
    /// The client.
    pub client: String,
    /// Its name.
    pub name: String,
    /// The number.
    pub number: String,
    /// The columns, as of the file's last step.
    pub view: InvoiceView,
    /// All of it but what is its client's; none when it cannot be read.
    pub file: Option<InvoiceFile>,
}

type Raw = (
    String,
    Option<String>,
    String,
    String,
    String,
    String,
    i64,
    i64,
    String,
    String,
    String,
    Option<String>,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
);

const COLUMNS: &str = "client, (SELECT d.nom FROM dossiers d WHERE d.entite = $1 AND d.client = i.client), facture, etat, emission, echeance, \
     montant, reste, devise, segment, responsable, scenario, situation, promis_le, rompue_le, soldee_le";

fn row(raw: Raw) -> InvoiceRow {
    let (client, name, number, state, issued, due, amount, balance, code, segment, owner, scenario, situation, ..) =
        raw;
    let (promised, broken, settled) = (raw.13, raw.14, raw.15);
    let view = InvoiceView {
        issued: day(&issued),
        due: day(&due),
        amount,
        balance,
        currency: currency(&code),
        segment,
        owner: Some(owner).filter(|owner| !owner.is_empty()),
        scenario,
        situation: Situation::read(&situation).unwrap_or(Situation::Open),
        promised: promised.as_deref().map(day),
        broken_promise: broken.as_deref().map(day),
        settled: settled.as_deref().map(day),
    };
    let file = read("facture", &state).ok();
    InvoiceRow { name: name.unwrap_or_else(|| client.clone()), client, number, view, file }
}

impl InvoiceQuery {
    /// The order that is taken: what a scenario runs is by due day.
    pub fn order(&self) -> InvoiceSort {
        match self.sort {
            InvoiceSort::Balance if self.scenario.is_some() && self.named().is_none() => InvoiceSort::Due,
            sort => sort,
        }
    }

    /// Whether clients or numbers are given.
    fn named(&self) -> Option<()> {
        (self.clients.is_some() || self.numbers.is_some()).then_some(())
    }

    /// The index that serves it: by the first filter, in the order asked for.
    pub(super) fn index(&self) -> Option<&'static str> {
        let owned = self.owner.as_ref().is_some_and(|owner| !owner.is_empty());
        let stands = self.situation.is_some_and(|situation| situation != Situation::Open);
        let due = match self.order() {
            // Clients are found by the table's own order.
            _ if self.named().is_some() => return self.numbers.is_some().then_some("instances_facture"),
            InvoiceSort::Promise => return Some("instances_promesses"),
            InvoiceSort::Broken => return Some("instances_rompues"),
            InvoiceSort::Settled => return Some("instances_soldees"),
            InvoiceSort::Due => true,
            InvoiceSort::Balance => false,
        };
        Some(match (self.scenario.is_some(), stands, owned, self.segment.is_some(), due) {
            (_, true, _, _, true) => "instances_situation_echeance",
            (_, true, _, _, false) => "instances_situation_reste",
            (true, ..) => "instances_scenario",
            (_, _, true, _, true) => "instances_responsable_echeance",
            (_, _, true, _, false) => "instances_responsable_reste",
            (_, _, _, true, true) => "instances_segment_echeance",
            (_, _, _, true, false) => "instances_segment_reste",
            (.., true) => "instances_echeance",
            (.., false) => "instances_reste",
        })
    }

    /// The columns of the order.
    fn columns(&self) -> Order {
        let few = self.named().is_some();
        let by = |columns: &'static [&'static str], number: bool, down: bool| Order { columns, number, down, few };
        match self.order() {
            InvoiceSort::Balance => by(&["reste", "client", "facture"], true, true),
            InvoiceSort::Due => by(&["echeance", "client", "facture"], false, false),
            InvoiceSort::Promise => by(&["promis_le", "client", "facture"], false, false),
            InvoiceSort::Broken => by(&["rompue_le", "client", "facture"], false, true),
            InvoiceSort::Settled => by(&["soldee_le", "client", "facture"], false, true),
        }
    }

    /// The statement, with the words that name an index before the condition.
    pub(super) fn statement(&self, entity: &str, hint: &str, from: Option<&Cursor>, limit: usize) -> Statement {
        let mut statement = Statement::new(entity);
        let order = self.columns();
        // Conditions of the indexes stand as they do there.
        let mut wanted = match self.order() {
            InvoiceSort::Settled => "soldee_le IS NOT NULL".to_owned(),
            InvoiceSort::Broken => "rompue_le IS NOT NULL AND ouverte".to_owned(),
            InvoiceSort::Promise => "situation = 'promesse' AND ouverte".to_owned(),
            InvoiceSort::Balance | InvoiceSort::Due => "ouverte".to_owned(),
        };
        if let Some(situation) = self.situation {
            wanted += &format!(" AND situation = '{}'", situation.word());
            if situation != Situation::Open {
                wanted += " AND situation <> 'ouverte'";
            }
        }
        if let Some(scenario) = &self.scenario {
            wanted += &format!(" AND scenario IS NOT NULL AND scenario = {}", statement.text(scenario));
        }
        if let Some(segment) = &self.segment {
            wanted += &format!(" AND segment = {}", statement.text(segment));
        }
        match self.owner.as_deref() {
            Some("") => wanted += " AND responsable = ''",
            Some(owner) => wanted += &format!(" AND responsable <> '' AND responsable = {}", statement.text(owner)),
            None => {}
        }
        if let Some(numbers) = &self.numbers {
            wanted += &format!(" AND facture IN ({})", statement.among(numbers));
        } else if let Some(clients) = &self.clients {
            wanted += &format!(" AND client IN ({})", statement.among(clients));
        }
        let first = order.columns.first().copied().filter(|_| !order.number);
        for (column, sign, limit) in [
            (Some("echeance"), ">=", self.due_from),
            (Some("echeance"), "<=", self.due_to),
            (first, ">=", self.from),
            (first, "<=", self.to),
        ] {
            if let (Some(column), Some(limit)) = (column, limit) {
                wanted += &format!(" AND {column} {sign} {}", statement.day(limit));
            }
        }
        wanted += &order.after(&mut statement, from);
        statement.text =
            format!("SELECT {COLUMNS} FROM instances i{hint} WHERE entite = $1 AND {wanted}{}", order.by(from, limit));
        statement
    }
}

impl Listing {
    /// Invoices, page by page.
    pub async fn invoices(
        &self,
        query: &InvoiceQuery,
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<InvoiceRow>, StoreError> {
        let none = |list: &Option<Vec<String>>| list.as_ref().is_some_and(Vec::is_empty);
        if none(&query.numbers) || (query.numbers.is_none() && none(&query.clients)) {
            return Ok(Page { rows: Vec::new(), previous: None, next: None });
        }
        let hint = query.index().map(|index| self.by(index)).unwrap_or_default();
        let statement = query.statement(&self.entity, &hint, from, limit);
        let rows: Vec<Raw> = self.fetch(statement).await?;
        let order = query.order();
        Ok(page(rows.into_iter().map(row).collect(), from, limit, |row: &InvoiceRow| {
            let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
            let first = match order {
                InvoiceSort::Balance => row.view.balance.to_string(),
                InvoiceSort::Due => row.view.due.to_string(),
                InvoiceSort::Promise => day(row.view.promised),
                InvoiceSort::Broken => day(row.view.broken_promise),
                InvoiceSort::Settled => day(row.view.settled),
            };
            vec![first, row.client.clone(), row.number.clone()]
        }))
    }
}
