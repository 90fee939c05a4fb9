//! Files to a batch: each file by itself. What needs two files or the past is [`reconcile`](super::reconcile)'s.

use super::batch::{Batch, FileRead, Source};
use super::columns::{Layout, Overrides};
use super::custom;
use super::einvoice::{self, Seller};
use super::kind::{Kind, is_known_heading, unknown_kind};
use super::problem::{Info, Problem, count, list};
use super::rows::{Problems, RowReader};
use super::table::{self, Cell, Row, Table};
use super::{customers, events, instalments, invoices, payments};
use relance_core::machine::Field;
use relance_core::schema::fold;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How files are read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// Take the good rows of a file that has problems; otherwise such a file contributes nothing.
    pub tolerant: bool,
    /// Balances come with the invoices (`mode = "postes_ouverts"`), not from payments.
    pub open_items: bool,
    /// Columns named by the user, by kind of file: `[import.factures.colonnes]`.
    pub columns: BTreeMap<Kind, Overrides>,
    /// The custom facts that scenarios declare (`champ secteur : texte`).
    pub fields: Vec<Field>,
    /// The segments in which a person may put a client.
    pub segments: Vec<String>,
    /// Whose invoices these are: electronic ones of somebody else are refused.
    pub seller: Option<Seller>,
}

impl Options {
    /// Options out of a project's settings, whose kinds of file are named: `factures`, `clients` …; and the custom facts of its scenarios.
    pub fn new(tolerant: bool, open_items: bool, columns: &BTreeMap<String, Overrides>, fields: &[Field]) -> Options {
        let columns = columns.iter().filter_map(|(name, o)| Kind::find(name).map(|kind| (kind, o.clone()))).collect();
        Options { tolerant, open_items, columns, fields: fields.to_vec(), segments: Vec::new(), seller: None }
    }
}

/// Reads the files of one import. Their order does not matter.
pub fn read<N: AsRef<str>, B: AsRef<[u8]>>(files: &[(N, B)], options: &Options) -> Batch {
    let mut batch = Batch { tolerant: options.tolerant, open_items: options.open_items, ..Batch::default() };
    let mut sorted: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (n.as_ref(), b.as_ref())).collect();
    sorted.sort();
    for (index, (name, bytes)) in sorted.into_iter().enumerate() {
        let mut read = FileRead { name: name.to_owned(), kind: Kind::of_name(name), ..FileRead::default() };
        if einvoice::concerns(name, bytes) {
            electronic(&mut batch, index, &mut read, bytes, options);
        } else if let Err(problems) = one_file(&mut batch, index, &mut read, bytes, options) {
            batch.problems.extend(problems);
        }
        batch.files.push(read);
    }
    batch.problems.sort();
    batch
}

fn electronic(batch: &mut Batch, index: usize, read: &mut FileRead, bytes: &[u8], options: &Options) {
    (read.kind, read.electronic, read.rows) = (Some(Kind::Invoices), true, 1);
    match einvoice::read(read, index, bytes, options.seller.as_ref(), &mut batch.infos) {
        Ok(found) => {
            read.taken = 1;
            batch.electronic.push(found);
        }
        Err(problems) => batch.problems.extend(problems),
    }
}

fn one_file(
    batch: &mut Batch,
    index: usize,
    read: &mut FileRead,
    bytes: &[u8],
    options: &Options,
) -> Result<(), Vec<Problem>> {
    let named = options.columns.values().flat_map(|o| o.values()).map(|h| fold(h.trim())).collect::<Vec<_>>();
    let recognise = |text: &str| {
        let declared = options.fields.iter().any(|field| custom::names(text, field));
        is_known_heading(text) || named.contains(&fold(text.trim())) || declared
    };
    let decoded = table::decode(&read.name, bytes).map_err(|p| vec![p])?;
    let table = table::read(&read.name, &decoded, &recognise).map_err(|p| vec![p])?;
    let layout_of = |kind: Kind| Layout::of(&table, kind, options.columns.get(&kind), &options.fields);
    let kind = match read.kind.or_else(|| Kind::of_headings(&layout_of)) {
        Some(kind) => kind,
        None => return Err(vec![unknown_kind(&table)]),
    };
    read.kind = Some(kind);
    read.rows = table.rows.len();
    batch.infos.extend(table.infos.iter().cloned());
    let layout = layout_of(kind)?;
    batch.infos.extend(layout.infos.iter().cloned());
    read.spreadsheet = table.sheet.is_some();
    for (field, column) in layout.fields() {
        let heading = table.headers.iter().find(|h| h.column == column).map(|h| h.text.clone());
        read.headings.insert(field, (column, heading.unwrap_or_default()));
    }
    check_mode(&table, kind, &layout, options, &mut batch.infos).map_err(|p| vec![p])?;
    let mut found =
        Found { kind, index, open_items: options.open_items, problems: Problems::default(), rows: Rows::default() };
    for row in &table.rows {
        found.row(&table, &layout, row, &options.segments);
    }
    found.join(read);
    found.repeated(&table.file);
    found.finish(batch, read, options);
    Ok(())
}

/// A project has one source of balances: said at once when a file belongs to the other.
fn check_mode(
    table: &Table<'_>,
    kind: Kind,
    layout: &Layout,
    options: &Options,
    infos: &mut Vec<Info>,
) -> Result<(), Problem> {
    let balance = layout.column("solde").is_some();
    match kind {
        Kind::Payments if options.open_items => Err(Problem::of_file(
            &table.file,
            "en mode postes ouverts, les soldes viennent des factures : ces règlements compteraient deux fois",
        )
        .advise("retirez ce fichier, ou choisissez `mode = \"mouvements\"` dans relance.toml")),
        Kind::Invoices if options.open_items && !balance => Err(Problem::of_file(
            &table.file,
            "en mode postes ouverts, il faut une colonne `solde` (« Solde », « Reste dû » …)",
        )
        .at_line(table.header_line)
        .advise("ajoutez-la à l'export, ou choisissez `mode = \"mouvements\"` dans relance.toml")),
        Kind::Invoices if balance && !options.open_items => {
            let text = "la colonne du solde est ignorée : les soldes viennent des règlements \
                        (pour l'utiliser, `mode = \"postes_ouverts\"` dans relance.toml)";
            infos.push(Info::of_file(&table.file, text));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The rows of one file that are right so far.
#[derive(Default)]
struct Rows {
    customers: Vec<super::batch::CustomerRow>,
    invoices: Vec<super::batch::InvoiceRow>,
    credits: Vec<super::batch::CreditRow>,
    payments: Vec<super::batch::PaymentRow>,
    events: Vec<super::batch::EventRow>,
    /// Numbers of invoices on rows that are wrong.
    wrong: Vec<String>,
    /// Numbers of invoices on rows that may be a part of a payment plan, and are wrong.
    wrong_plans: Vec<String>,
    /// How many rows are a part of another one: instalments.
    folded: usize,
    totals: usize,
    odd_phones: customers::OddPhones,
}

/// What must be unique in a file, and where it stands.
type Key<'k> = (&'k str, Source);

struct Found {
    kind: Kind,
    index: usize,
    open_items: bool,
    problems: Problems,
    rows: Rows,
}

impl Found {
    fn row(&mut self, table: &Table<'_>, layout: &Layout, row: &Row<'_>, segments: &[String]) {
        if self.kind != Kind::Customers && is_total(layout, row) {
            self.rows.totals += 1;
            return;
        }
        let source = Source { file: self.index, line: row.line };
        let mut reader = RowReader::new(table, layout, row, &mut self.problems);
        match self.kind {
            Kind::Customers => {
                self.rows.customers.extend(customers::read(&mut reader, source, &mut self.rows.odd_phones));
            }
            Kind::Payments => self.rows.payments.extend(payments::read(&mut reader, source)),
            Kind::Events => match events::read(&mut reader, source, segments) {
                Some(event) => self.rows.events.push(event),
                None => self.rows.wrong_plans.extend(events::part_of_a_plan(layout, row)),
            },
            Kind::Invoices => match invoices::read(&mut reader, source, self.open_items) {
                Some(invoices::Row::Invoice(invoice)) => self.rows.invoices.push(invoice),
                Some(invoices::Row::Credit(credit)) => self.rows.credits.push(credit),
                None => self.rows.wrong.extend(layout.column("numero").and_then(|c| row.cells.get(c)).map(Cell::shown)),
            },
        }
    }

    /// Rows that are instalments of one invoice or one plan become one.
    fn join(&mut self, read: &FileRead) {
        let invoices = std::mem::take(&mut self.rows.invoices);
        let joined = instalments::invoices(invoices, &self.rows.wrong, read, &mut self.problems);
        self.rows.invoices = joined.rows;
        self.rows.wrong.extend(joined.refused);
        self.rows.folded += joined.folded;
        let events = std::mem::take(&mut self.rows.events);
        let joined = instalments::plans(events, &self.rows.wrong_plans, read, &mut self.problems);
        self.rows.events = joined.rows;
        self.rows.folded += joined.folded;
    }

    /// Numbers, codes and identifiers that stand on two lines: neither row can be trusted.
    fn repeated(&mut self, file: &str) {
        let rows = &self.rows;
        let mut invoices: Vec<Key<'_>> = rows.invoices.iter().map(|r| (r.number.as_str(), r.source)).collect();
        invoices.extend(rows.credits.iter().map(|r| (r.number.as_str(), r.source)));
        invoices.sort_by_key(|(_, source)| *source);
        let customers = rows.customers.iter().map(|r| (r.code.as_str(), r.source)).collect();
        let payments = rows.payments.iter().map(|r| (r.identifier.as_deref(), r.source));
        let events = rows.events.iter().map(|r| (r.identifier.as_deref(), r.source));
        let identified = payments.chain(events).filter_map(|(id, source)| Some((id?, source))).collect();
        let mut bad: BTreeSet<Source> = BTreeSet::new();
        let mut wrong = Vec::new();
        for (what, keys) in [("cette facture", invoices), ("ce client", customers), ("cet identifiant", identified)] {
            let mut first: HashMap<&str, Source> = HashMap::new();
            for (key, source) in keys {
                let Some(&other) = first.get(key) else {
                    first.insert(key, source);
                    continue;
                };
                let reason = format!("{what} est déjà à la ligne {}", other.line);
                let problem = Problem::of_file(file, reason).at_line(source.line).about(key);
                self.problems.push(problem.advise("gardez une seule des deux lignes"));
                bad.extend([other, source]);
                wrong.push(key.to_owned());
            }
        }
        if bad.is_empty() {
            return;
        }
        self.rows.customers.retain(|r| !bad.contains(&r.source));
        self.rows.invoices.retain(|r| !bad.contains(&r.source));
        self.rows.credits.retain(|r| !bad.contains(&r.source));
        self.rows.payments.retain(|r| !bad.contains(&r.source));
        self.rows.events.retain(|r| !bad.contains(&r.source));
        if self.kind == Kind::Invoices {
            self.rows.wrong.extend(wrong);
        }
    }

    fn finish(self, batch: &mut Batch, read: &mut FileRead, options: &Options) {
        let Found { problems, rows, .. } = self;
        if rows.totals > 0 {
            let text = count(rows.totals, "ligne de total ignorée", "lignes de total ignorées");
            batch.infos.push(Info::of_file(&read.name, text));
        }
        let customers::OddPhones { unread, fixed } = &rows.odd_phones;
        for (numbers, what) in [
            (unread, "numéros de téléphone gardés tels quels, faute de pouvoir les lire"),
            (fixed, "portables qui sont des lignes fixes, où n'arrive aucun SMS"),
        ] {
            if !numbers.is_empty() {
                let mut numbers: Vec<String> = numbers.iter().map(|n| format!("`{n}`")).collect();
                numbers.sort();
                batch.infos.push(Info::of_file(&read.name, format!("{what} : {}", list(&numbers, 10))));
            }
        }
        let wrong = problems.count > 0;
        batch.problems.extend(problems.finish(&read.name));
        batch.withheld.extend(rows.wrong.into_iter().map(|number| (number, read.name.clone())));
        if wrong && !options.tolerant {
            let numbers = rows.invoices.into_iter().map(|row| (row.number, read.name.clone()));
            batch.withheld.extend(numbers);
            return;
        }
        read.taken = rows.folded
            + rows.customers.len()
            + rows.invoices.len()
            + rows.credits.len()
            + rows.payments.len()
            + rows.events.len();
        batch.customers.extend(rows.customers);
        batch.invoices.extend(rows.invoices);
        batch.credits.extend(rows.credits);
        batch.payments.extend(rows.payments);
        batch.events.extend(rows.events);
    }
}

/// A line such as `Total;;;12 345,00`: it says so first, and no date stands on it.
fn is_total(layout: &Layout, row: &Row<'_>) -> bool {
    let Some(Cell::Text(first)) = row.cells.iter().find(|c| !matches!(c, Cell::Empty)) else { return false };
    let first = fold(first.trim());
    let words = ["total", "totaux", "sous-total", "sous total"];
    let total = words.iter().any(|w| first.strip_prefix(w).is_some_and(|r| !r.starts_with(char::is_alphanumeric)));
    let dated = ["date", "date_emission", "date_echeance"].iter().any(|field| {
        layout.column(field).is_some_and(|c| row.cells.get(c).is_some_and(|cell| !matches!(cell, Cell::Empty)))
    });
    total && !dated
}
