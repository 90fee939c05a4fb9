//! A file as a table, whatever its format: headings with their place, and rows of cells with their line.

use super::csv_text::{Records, open_quote, sniff};
use super::problem::{Info, Problem, count};
use super::{text, workbook};
use chrono::NaiveDateTime;
use std::borrow::Cow;

/// The most rows that a file may have.
pub const MAX_ROWS: usize = 2_000_000;
/// The most bytes that a file may have.
pub const MAX_BYTES: u64 = 200 * 1024 * 1024;
/// The most columns that a line may have.
pub const MAX_COLUMNS: usize = 1_000;

/// What stands in a cell.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Cell<'a> {
    /// Nothing, or blanks only.
    #[default]
    Empty,
    /// Text, as written.
    Text(Cow<'a, str>),
    /// A number of a spreadsheet.
    Number(f64),
    /// A date of a spreadsheet, with its hour.
    Moment(NaiveDateTime),
    /// A spreadsheet's error value, such as `#REF!`.
    Error(String),
}

impl Cell<'_> {
    /// What a person would read in the cell.
    pub fn shown(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.trim().to_owned(),
            Cell::Number(n) => n.to_string().replace('.', ","),
            Cell::Moment(at) => at.format("%d/%m/%Y %H:%M").to_string().trim_end_matches(" 00:00").to_owned(),
            Cell::Error(error) => error.clone(),
        }
    }
}

/// A line of the file.
#[derive(Clone, PartialEq, Debug)]
pub struct Row<'a> {
    /// Its line (row, in a spreadsheet), from 1.
    pub line: u64,
    /// Its cells; those missing at the end are empty.
    pub cells: Vec<Cell<'a>>,
}

impl Row<'_> {
    /// Whether nothing stands on the line.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| matches!(cell, Cell::Empty))
    }
}

/// A heading and its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
    /// As written, trimmed.
    pub text: String,
    /// Its column, from 0.
    pub column: usize,
}

/// A file as a table.
#[derive(Clone, PartialEq, Debug)]
pub struct Table<'a> {
    /// The file's name.
    pub file: String,
    /// The sheet, in a workbook.
    pub sheet: Option<String>,
    /// The headings that say something.
    pub headers: Vec<Header>,
    /// The line of the headings.
    pub header_line: u64,
    /// The rows below them, blank ones left out.
    pub rows: Vec<Row<'a>>,
    /// What was left out and how the file was read.
    pub infos: Vec<Info>,
}

impl Table<'_> {
    /// The spreadsheet name of a cell: `C12`.
    pub fn cell_name(column: usize, line: u64) -> String {
        let mut letters = Vec::new();
        let mut rest = column + 1;
        while rest > 0 {
            letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or(0)));
            rest = (rest - 1) / 26;
        }
        letters.iter().rev().chain(line.to_string().chars().collect::<Vec<_>>().iter()).collect::<String>()
    }
}

/// A file's bytes as text, ready to be cut into a table.
pub enum Decoded<'a> {
    /// A text file, and the name of its encoding when it is not UTF-8.
    Text(Cow<'a, str>, Option<&'static str>),
    /// An XLSX workbook.
    Workbook(&'a [u8]),
}

/// Finds out what the file is. The text must outlive the table, which points into it.
pub fn decode<'a>(file: &str, bytes: &'a [u8]) -> Result<Decoded<'a>, Problem> {
    let convert = "enregistrez-le en CSV (séparateur point-virgule) ou en classeur XLSX";
    if bytes.len() as u64 > MAX_BYTES {
        return Err(too_big(file, bytes.len() as u64));
    }
    match bytes {
        [] => Err(Problem::of_file(file, "le fichier est vide")),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Ok(Decoded::Workbook(bytes)),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => {
            Err(Problem::of_file(file, "c'est un ancien classeur Excel (.xls)").advise(convert))
        }
        [b'%', b'P', b'D', b'F', ..] => Err(Problem::of_file(file, "c'est un PDF").advise(convert)),
        _ => text::decode(file, bytes).map(|(text, name)| Decoded::Text(text, name)),
    }
}

/// Cuts a file into a table. `recognise` says whether a text is a known heading: it tells the line of the headings, the
/// separator and the sheet.
pub fn read<'t>(file: &str, decoded: &'t Decoded<'_>, recognise: &dyn Fn(&str) -> bool) -> Result<Table<'t>, Problem> {
    match decoded {
        Decoded::Text(text, encoding) => {
            let mut table = read_text(file, text, recognise)?;
            if let Some(name) = encoding {
                table.infos.push(Info::of_file(file, format!("lu en {name}")));
            }
            Ok(table)
        }
        Decoded::Workbook(bytes) => {
            let (sheet, rows) = workbook::read(file, bytes, &|rows| known_headings(rows, recognise).0 >= 2)?;
            if rows.len() > MAX_ROWS {
                return Err(too_many_rows(file));
            }
            let mut table = with_headers(file, rows, recognise)?;
            table.infos.push(Info::of_file(file, format!("feuille « {sheet} » lue")));
            table.sheet = Some(sheet);
            Ok(table)
        }
    }
}

fn read_text<'t>(file: &str, text: &'t str, recognise: &dyn Fn(&str) -> bool) -> Result<Table<'t>, Problem> {
    let mut records = Records::new(text, sniff(text, recognise));
    let mut rows = Vec::new();
    for record in records.by_ref() {
        if record.cells.len() > MAX_COLUMNS {
            let reason = format!("plus de {MAX_COLUMNS} colonnes");
            return Err(Problem::of_file(file, reason).at_line(record.line));
        }
        if rows.len() > MAX_ROWS {
            return Err(too_many_rows(file));
        }
        let cells = record.cells.into_iter();
        let cells = cells.map(|c| if c.trim().is_empty() { Cell::Empty } else { Cell::Text(c) }).collect();
        rows.push(Row { line: record.line, cells });
    }
    match records.open_quote {
        Some(line) => Err(open_quote(file, line)),
        None => with_headers(file, rows, recognise),
    }
}

/// The number of known headings on the best of the first rows, and which row that is.
fn known_headings(rows: &[Row<'_>], recognise: &dyn Fn(&str) -> bool) -> (usize, usize) {
    let mut best = (0, rows.iter().position(|row| !row.is_blank()).unwrap_or(0));
    for (i, row) in rows.iter().take(30).enumerate() {
        let known = row.cells.iter().filter(|cell| matches!(cell, Cell::Text(text) if recognise(text))).count();
        if known > best.0 {
            best = (known, i);
        }
    }
    best
}

/// Exports often carry a title, a date of printing and blank lines above the headings.
fn with_headers<'a>(
    file: &str,
    mut rows: Vec<Row<'a>>,
    recognise: &dyn Fn(&str) -> bool,
) -> Result<Table<'a>, Problem> {
    let (_, at) = known_headings(&rows, recognise);
    let mut infos = Vec::new();
    let mut rest = rows.split_off(at.min(rows.len())).into_iter();
    let Some(heading) = rest.next() else { return Err(Problem::of_file(file, "le fichier est vide")) };
    let above = rows.iter().filter(|row| !row.is_blank()).count();
    if above > 0 {
        let lines = count(above, "ligne ignorée", "lignes ignorées");
        infos.push(Info::of_file(file, format!("{lines} au-dessus des titres de colonnes")));
    }
    let headers: Vec<Header> = heading
        .cells
        .iter()
        .enumerate()
        .map(|(column, cell)| Header { text: cell.shown(), column })
        .filter(|header| !header.text.is_empty())
        .collect();
    if headers.is_empty() {
        return Err(Problem::of_file(file, "le fichier est vide"));
    }
    let (blank, kept): (Vec<_>, Vec<_>) = rest.partition(Row::is_blank);
    if !blank.is_empty() {
        let lines = count(blank.len(), "ligne vide ignorée", "lignes vides ignorées");
        infos.push(Info::of_file(file, lines));
    }
    Ok(Table { file: file.to_owned(), sheet: None, headers, header_line: heading.line, rows: kept, infos })
}

/// The problem of a file beyond [`MAX_BYTES`].
pub(super) fn too_big(file: &str, bytes: u64) -> Problem {
    let mega = 1024 * 1024;
    let reason = format!("le fichier pèse {} Mo, la limite est de {} Mo", bytes / mega, MAX_BYTES / mega);
    Problem::of_file(file, reason).advise("découpez-le, par exemple par année")
}

/// The problem of a file beyond [`MAX_ROWS`].
pub(super) fn too_many_rows(file: &str) -> Problem {
    Problem::of_file(file, "le fichier dépasse 2 millions de lignes").advise("découpez-le, par exemple par année")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table<'static> {
        let decoded = Decoded::Text(Cow::Owned(text.to_owned()), None);
        let known = |heading: &str| ["Date", "Client", "Montant"].contains(&heading.trim());
        let table = read("t.csv", &decoded, &known).unwrap();
        let owned = |cell: &Cell<'_>| match cell {
            Cell::Text(text) => Cell::Text(Cow::Owned(text.to_string())),
            _ => Cell::Empty,
        };
        let rows = table.rows.iter();
        let rows = rows.map(|r| Row { line: r.line, cells: r.cells.iter().map(owned).collect() }).collect();
        Table { rows, ..Table { rows: Vec::new(), ..table.clone() } }
    }

    fn lines(text: &str) -> Vec<(u64, Vec<String>)> {
        table(text).rows.iter().map(|r| (r.line, r.cells.iter().map(Cell::shown).collect())).collect()
    }

    #[test]
    fn cell_names() {
        for (column, name) in [(0, "A2"), (25, "Z2"), (26, "AA2"), (701, "ZZ2"), (702, "AAA2")] {
            assert_eq!(Table::cell_name(column, 2), name);
        }
    }

    #[test]
    fn lines_stay_right_after_blank_lines_and_cells_of_several_lines() {
        let text = "Société X\r\n\r\nDate;Client;Montant\r\n\r\na;\"b\r\nb\";c\r\nd;\"e \"\"f\"\"\";g\r\n;;\r\n";
        assert_eq!(
            lines(text),
            [(5, vec!["a".into(), "b\nb".into(), "c".into()]), (7, vec!["d".into(), "e \"f\"".into(), "g".into()])]
        );
        assert_eq!(table(text).header_line, 3);
        assert_eq!(table(text).infos.len(), 2);
    }

    #[test]
    fn every_separator_and_line_end_gives_the_same_table() {
        let plain = lines("Date;Client;Montant\n1;a b;105\n2;c;\"1 000\"\n");
        for separator in [";", ",", "\t"] {
            for end in ["\n", "\r\n", "\r"] {
                for first in ["", "sep=S\n"] {
                    let text = format!("{first}DateSClientSMontant\n1Sa bS105\n2ScS\"1 000\"");
                    let text = text.replace('S', separator).replace('\n', end);
                    let shift = u64::from(!first.is_empty());
                    let got: Vec<_> = lines(&text).into_iter().map(|(line, cells)| (line - shift, cells)).collect();
                    assert_eq!(got, plain, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn an_open_quote_is_told_at_its_line() {
        let decoded = Decoded::Text(Cow::Borrowed("Date;Client\n1;a\n2;\"b\n3;c\n"), None);
        let problem = read("t.csv", &decoded, &|h| h == "Date").unwrap_err();
        assert_eq!(problem.line, Some(3));
    }
}
