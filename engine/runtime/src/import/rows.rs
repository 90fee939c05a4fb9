//! One row read field by field: each value that cannot be taken becomes a problem at its place.

use super::columns::Layout;
use super::problem::{Column, Problem, Refusal, shorten};
use super::table::{Cell, Row, Table};
use super::value::amount::Written;
use super::value::date::Moment;
use super::value::{amount, date, word};
use chrono::NaiveDate;
use relance_core::money::{Amount, Currency};

/// The most problems that are told of one file: whoever has more has one cause to look for.
const MAX_PROBLEMS: usize = 200;

/// The problems of one file, as many as anybody reads.
#[derive(Default)]
pub(super) struct Problems {
    pub list: Vec<Problem>,
    pub count: usize,
}

impl Problems {
    pub fn push(&mut self, problem: Problem) {
        self.count += 1;
        if self.list.len() < MAX_PROBLEMS {
            self.list.push(problem);
        }
    }

    /// The list, which says how many more there are.
    pub fn finish(mut self, file: &str) -> Vec<Problem> {
        let more = self.count.saturating_sub(self.list.len());
        if more > 0 {
            self.list.push(Problem::of_file(file, format!("et {more} autres erreurs du même fichier")));
        }
        self.list
    }
}

/// Reads the fields of one row.
pub(super) struct RowReader<'r, 't> {
    pub table: &'r Table<'t>,
    pub layout: &'r Layout,
    pub row: &'r Row<'t>,
    pub problems: &'r mut Problems,
    before: usize,
}

impl<'r, 't> RowReader<'r, 't> {
    pub fn new(table: &'r Table<'t>, layout: &'r Layout, row: &'r Row<'t>, problems: &'r mut Problems) -> Self {
        let before = problems.count;
        RowReader { table, layout, row, problems, before }
    }

    /// Whether nothing was wrong so far.
    pub fn good(&self) -> bool {
        self.problems.count == self.before
    }

    fn heading(&self, column: usize) -> String {
        self.table.headers.iter().find(|h| h.column == column).map(|h| h.text.clone()).unwrap_or_default()
    }

    fn refuse_at(&mut self, column: usize, value: Option<String>, refusal: Refusal) {
        let cell = Table::cell_name(column, self.row.line);
        let column = Column { heading: self.heading(column), cell, spreadsheet: self.table.sheet.is_some() };
        self.problems.push(Problem {
            file: self.table.file.clone(),
            line: Some(self.row.line),
            column: Some(Box::new(column)),
            value: value.map(|v| shorten(&v)),
            reason: refusal.reason,
            advice: refusal.advice,
        });
    }

    /// Refuses the value of a field for what another part of the row says.
    pub fn refuse(&mut self, field: &str, refusal: Refusal) {
        match self.layout.column(field) {
            Some(column) => {
                let value = Some(self.cell(column).shown()).filter(|v| !v.is_empty());
                self.refuse_at(column, value, refusal);
            }
            None => {
                let mut problem = Problem::of_file(&self.table.file, refusal.reason).at_line(self.row.line);
                problem.advice = refusal.advice;
                self.problems.push(problem);
            }
        }
    }

    /// The cell in a column; empty where the line is short.
    pub fn cell(&self, column: usize) -> &'r Cell<'t> {
        const NOTHING: Cell<'static> = Cell::Empty;
        self.row.cells.get(column).unwrap_or(&NOTHING)
    }

    /// The field's cell, unless the file lacks the column or the cell is empty.
    fn filled(&self, field: &str) -> Option<(usize, &'r Cell<'t>)> {
        let column = self.layout.column(field)?;
        Some((column, self.cell(column))).filter(|(_, cell)| !matches!(cell, Cell::Empty))
    }

    /// What was read of a column, or nothing and its problem.
    pub fn checked_at<T>(&mut self, column: usize, read: Result<T, Refusal>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(refusal) => {
                let value = self.cell(column).shown();
                self.refuse_at(column, Some(value), refusal);
                None
            }
        }
    }

    /// Whether nothing stands in a field: what stands there and cannot be read is told already.
    pub fn is_empty(&self, field: &str) -> bool {
        self.filled(field).is_none()
    }

    /// Says that a field is empty, when it is.
    fn need<T>(&mut self, field: &str, value: Option<T>) -> Option<T> {
        if value.is_none() && self.is_empty(field) {
            self.refuse(field, Refusal::bare(format!("cellule vide, alors que `{field}` est obligatoire")));
        }
        value
    }

    /// The text in a column, trimmed; a whole number of a spreadsheet is read without decimals.
    pub fn text_at(&mut self, column: usize) -> Option<String> {
        match self.cell(column) {
            Cell::Empty => None,
            Cell::Text(text) => Some(text.trim().to_owned()),
            Cell::Number(n) if n.fract() == 0.0 && n.abs() < 1e15 => Some((*n as i64).to_string()),
            Cell::Error(error) => {
                let refusal = Refusal::new("le tableur n'a pas su calculer cette cellule", "corrigez sa formule");
                self.refuse_at(column, Some(error.clone()), refusal);
                None
            }
            other => Some(other.shown()),
        }
    }

    /// A text.
    pub fn text(&mut self, field: &str) -> Option<String> {
        let column = self.layout.column(field)?;
        self.text_at(column)
    }

    /// A text that must be there.
    pub fn needed_text(&mut self, field: &str) -> Option<String> {
        let value = self.text(field);
        self.need(field, value)
    }

    /// A text read by a function.
    pub fn word<T>(&mut self, field: &str, read: impl Fn(&str) -> Result<T, Refusal>) -> Option<T> {
        let text = self.text(field)?;
        let column = self.layout.column(field)?;
        self.checked_at(column, read(&text))
    }

    /// An amount, with the currency that the digits or the column `devise` say.
    pub fn amount(&mut self, field: &str) -> Option<Written> {
        let (column, cell) = self.filled(field)?;
        let read = match cell {
            Cell::Number(n) => amount::from_number(*n),
            Cell::Moment(_) => Err(Refusal::new("c'est une date", "attendu : un montant, par exemple `1 234,56`")),
            Cell::Error(_) => return self.text_at(column).and(None),
            Cell::Text(text) => amount::parse(text),
            Cell::Empty => return None,
        };
        let mut written = self.checked_at(column, read)?;
        let named = self.word("devise", word::currency);
        if let (Some(beside), Some(named)) = (written.currency, named)
            && beside != named
        {
            let reason = format!("la devise {} contredit la colonne devise ({})", beside.code(), named.code());
            self.refuse(field, Refusal::bare(reason));
            return None;
        }
        written.currency = written.currency.or(named);
        Some(written)
    }

    /// An amount that must be there.
    pub fn needed_amount(&mut self, field: &str) -> Option<Written> {
        let value = self.amount(field);
        self.need(field, value)
    }

    /// A date.
    pub fn date(&mut self, field: &str) -> Option<NaiveDate> {
        let (column, cell) = self.filled(field)?;
        let read = match cell {
            Cell::Number(n) => date::from_number(*n),
            Cell::Moment(at) => date::whole_day(*at),
            Cell::Error(_) => return self.text_at(column).and(None),
            Cell::Text(text) => date::parse(text),
            Cell::Empty => return None,
        };
        self.checked_at(column, read)
    }

    /// A date that must be there.
    pub fn needed_date(&mut self, field: &str) -> Option<NaiveDate> {
        let value = self.date(field);
        self.need(field, value)
    }

    /// A date with an optional hour.
    pub fn moment(&mut self, field: &str) -> Option<Moment> {
        match self.filled(field)? {
            (_, Cell::Moment(at)) => Some(Moment(*at)),
            (column, Cell::Text(text)) => self.checked_at(column, date::parse_moment(text)),
            _ => self.date(field).map(|day| Moment(day.and_time(chrono::NaiveTime::MIN))),
        }
    }

    /// Cells to the right of the last heading mean that the line was cut elsewhere than the headings.
    pub fn check_width(&mut self) {
        let headings = self.table.headers.iter().map(|h| h.column + 1).max().unwrap_or(0);
        let beyond = self.row.cells.iter().skip(headings).find(|c| !matches!(c, Cell::Empty));
        if let Some(cell) = beyond {
            let found = self.row.cells.len();
            let reason = format!("la ligne a {found} cellules pour {headings} titres de colonnes");
            let advice = "mettez entre guillemets le texte ou le montant qui contient le séparateur";
            let problem = Problem::of_file(&self.table.file, reason).at_line(self.row.line).about(&cell.shown());
            self.problems.push(problem.advise(advice));
        }
    }
}

/// A written amount in its currency, the euro unless something says otherwise.
pub(super) fn in_currency(written: Written) -> Amount {
    Amount::new(written.cents, written.currency.unwrap_or(Currency::EUR))
}
