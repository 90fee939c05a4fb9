//! An XLSX workbook to rows of cells, typed: a number is never read through what the screen shows.

use super::problem::Problem;
use super::table::{Cell, MAX_COLUMNS, MAX_ROWS, Row, too_many_rows};
use calamine::{DataRef, Reader, Xlsx};
use std::borrow::Cow;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use zip::ZipArchive;

/// A sheet: its name and its rows that hold something.
pub(super) type Sheet = (String, Vec<Row<'static>>);

/// Cells of one sheet, all told: a sheet of 2 million rows of a dozen columns.
const MAX_CELLS: usize = 30_000_000;
/// What a workbook may unpack to, in bytes: a million rows of a dozen columns.
const MAX_UNPACKED: u64 = 600_000_000;
/// What the texts of one sheet may be together, in bytes: one that stands once in the file may stand in every cell.
const MAX_TEXT: usize = 600_000_000;

/// Reads the sheets one by one until `wanted` takes one; otherwise gives the first that holds something.
pub(super) fn read(file: &str, bytes: &[u8], wanted: &dyn Fn(&[Row<'static>]) -> bool) -> Result<Sheet, Problem> {
    // The library is the only code here that we do not hold to « never panics on any bytes ».
    match catch_unwind(AssertUnwindSafe(|| sheets(file, bytes, wanted))) {
        Ok(result) => result,
        Err(_) => Err(unreadable(file)),
    }
}

/// The library says why in English, in terms of the format: nothing that a reader could act on.
fn unreadable(file: &str) -> Problem {
    Problem::of_file(file, "ce n'est pas un classeur XLSX, ou il est abîmé ou protégé")
        .advise("ouvrez-le dans votre tableur et enregistrez-le de nouveau en XLSX, ou en CSV")
}

/// Unpacked, a file may be a thousand times as large: the library would hold it whole. Counted as it unpacks, since sizes that an archive
/// gives of itself may be wrong.
fn must_fit(file: &str, bytes: &[u8]) -> Result<(), Problem> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| unreadable(file))?;
    let mut left = MAX_UNPACKED;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(|_| unreadable(file))?;
        let read = std::io::copy(&mut entry.take(left + 1), &mut std::io::sink()).map_err(|_| unreadable(file))?;
        left = left.checked_sub(read).ok_or_else(|| too_large(file))?;
    }
    Ok(())
}

fn too_large(file: &str) -> Problem {
    let what = format!("le classeur contient, décompressé, plus de {} Mo", MAX_UNPACKED / 1_000_000);
    Problem::of_file(file, what).advise("découpez-le, par exemple par année, ou enregistrez-le en CSV")
}

fn sheets(file: &str, bytes: &[u8], wanted: &dyn Fn(&[Row<'static>]) -> bool) -> Result<Sheet, Problem> {
    must_fit(file, bytes)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|_| unreadable(file))?;
    let mut first: Option<Sheet> = None;
    for name in book.sheet_names() {
        let Ok(rows) = rows(file, &mut book, &name)? else { continue };
        if wanted(&rows) {
            return Ok((name, rows));
        }
        if first.is_none() && !rows.is_empty() {
            first = Some((name, rows));
        }
    }
    first.ok_or_else(|| Problem::of_file(file, "le classeur ne contient aucune ligne"))
}

type Book<'b> = Xlsx<Cursor<&'b [u8]>>;

/// The rows of one sheet; the inner error is a sheet that holds no cells (a chart).
fn rows(file: &str, book: &mut Book<'_>, name: &str) -> Result<Result<Vec<Row<'static>>, ()>, Problem> {
    // Cell by cell: a range would be allocated whole, and one stray cell at XFD1048576 would fill the memory.
    let Ok(mut reader) = book.worksheet_cells_reader(name) else { return Ok(Err(())) };
    let mut rows: Vec<Row<'static>> = Vec::new();
    let (mut cells, mut text) = (0, 0usize);
    while let Some(cell) = reader.next_cell().map_err(|_| unreadable(file))? {
        let (row, column) = cell.get_position();
        let value = typed(cell.get_value());
        if matches!(value, Cell::Empty) {
            continue;
        }
        let line = u64::from(row) + 1;
        let column = column as usize;
        cells += 1;
        if let Cell::Text(own) = &value {
            text = text.saturating_add(own.len());
        }
        if text > MAX_TEXT {
            return Err(too_large(file));
        }
        if cells > MAX_CELLS || rows.len() > MAX_ROWS {
            return Err(too_many_rows(file));
        }
        if column >= MAX_COLUMNS {
            return Err(Problem::of_file(file, format!("plus de {MAX_COLUMNS} colonnes")).at_line(line));
        }
        // Rows come in order, but a file made by hand may say otherwise.
        let row = match rows.last_mut() {
            Some(last) if last.line == line => last,
            _ => {
                rows.push(Row { line, cells: Vec::new() });
                let Some(last) = rows.last_mut() else { continue };
                last
            }
        };
        if row.cells.len() <= column {
            row.cells.resize(column + 1, Cell::Empty);
        }
        if let Some(slot) = row.cells.get_mut(column) {
            *slot = value;
        }
    }
    Ok(Ok(rows))
}

fn typed(data: &DataRef<'_>) -> Cell<'static> {
    match data {
        DataRef::Empty => Cell::Empty,
        DataRef::Int(n) => Cell::Number(*n as f64),
        DataRef::Float(n) => Cell::Number(*n),
        DataRef::String(text) => text_cell(text),
        DataRef::SharedString(text) => text_cell(text),
        DataRef::Bool(b) => Cell::Text(Cow::Borrowed(if *b { "oui" } else { "non" })),
        DataRef::DateTime(at) if at.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            chrono::NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day))
                .and_then(|d| d.and_hms_opt(u32::from(hour), u32::from(minute), u32::from(second)))
                .map_or(Cell::Number(at.as_f64()), Cell::Moment)
        }
        DataRef::DateTime(at) => Cell::Number(at.as_f64()),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text_cell(text),
        DataRef::Error(error) => Cell::Error(error.to_string()),
    }
}

fn text_cell(text: &str) -> Cell<'static> {
    if text.trim().is_empty() { Cell::Empty } else { Cell::Text(Cow::Owned(text.to_owned())) }
}
