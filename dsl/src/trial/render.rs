//! A test that failed, for a person: the differences, then both timelines side by side.

use super::{Line, Outcome, Row, Verdict};
use crate::cases::TestCase;
use chrono::{Datelike, NaiveDate};
use relance_core::day::french_date;

/// More days than this are not shown: the free ones without a difference give way first.
const DAYS: usize = 40;
/// A column is never narrower than this.
const NARROWEST: usize = 16;
/// `≠ ven 20/03/2026  ` before the columns.
const MARGIN: usize = 18;

/// What is wrong, and both timelines side by side, at most `width` columns wide as far as words can be broken.
pub fn render(case: &TestCase, outcome: &Outcome, width: usize) -> String {
    let mut out = format!("{} ({}:{})\n", case.name, case.place.file, case.place.line);
    for problem in &outcome.problems {
        indented(&mut out, problem, width);
    }
    for difference in &outcome.differences {
        let place = &difference.place;
        indented(&mut out, &format!("{}:{} : {}", place.file, place.line, difference.message), width);
        if let Some(reason) = &difference.reason {
            indented(&mut out, &format!("  → {reason}"), width);
        }
    }
    out.push('\n');
    Table { column: (width.saturating_sub(MARGIN + 3) / 2).max(NARROWEST), out: &mut out }.write(outcome);
    out
}

fn indented(out: &mut String, text: &str, width: usize) {
    let hang = if text.starts_with("  ") { 6 } else { 4 };
    for (n, part) in wrapped(text.trim(), width.saturating_sub(hang).max(NARROWEST)).iter().enumerate() {
        let blanks = if n == 0 { hang - 2 } else { hang };
        out.push_str(&format!("{:blanks$}{part}\n", ""));
    }
}

struct Table<'a> {
    column: usize,
    out: &'a mut String,
}

impl Table<'_> {
    fn write(&mut self, outcome: &Outcome) {
        let (shown, hidden) = chosen(&outcome.rows);
        self.cells(" ", "", "attendu", "obtenu");
        for row in shown {
            let mut date = short_date(row.date);
            let empty = Line { expected: None, actual: None, verdict: Verdict::Same, place: None };
            let lines: Vec<&Line> = if row.lines.is_empty() { vec![&empty] } else { row.lines.iter().collect() };
            for line in lines {
                let mark = if line.verdict.differs() { "≠" } else { " " };
                let (left, right) = texts(row, line);
                self.cells(mark, &date, &left, &right);
                date.clear();
            }
        }
        if hidden > 0 {
            let s = if hidden > 1 { "s" } else { "" };
            self.out.push_str(&format!("  … et {hidden} autre{s} jour{s}\n"));
        }
        for end in &outcome.ends {
            let mark = if end.differs() { "≠" } else { " " };
            let of = |state: &str| format!("{} : {state}", end.invoice);
            self.cells(mark, "état final", &of(&end.expected), &of(&end.actual));
        }
    }

    fn cells(&mut self, mark: &str, date: &str, left: &str, right: &str) {
        let (left, right) = (wrapped(left, self.column), wrapped(right, self.column));
        for n in 0..left.len().max(right.len()).max(1) {
            let part = |of: &[String]| of.get(n).cloned().unwrap_or_default();
            let (mark, date) = if n == 0 { (mark, date) } else { (" ", "") };
            let column = self.column;
            let line = format!("{mark} {date:<14}  {:<column$} | {}", part(&left), part(&right));
            self.out.push_str(line.trim_end());
            self.out.push('\n');
        }
    }
}

/// Both cells of a line.
fn texts(row: &Row, line: &Line) -> (String, String) {
    let given = |text: &Option<String>| text.as_ref().map(|text| format!("· {text}")).unwrap_or_default();
    let plain = |text: &Option<String>| text.clone().unwrap_or_default();
    match line.verdict {
        Verdict::Given => (given(&line.expected), given(&line.actual)),
        Verdict::Free => ("(libre)".to_owned(), plain(&line.actual)),
        Verdict::Unsaid => (String::new(), format!("({})", plain(&line.actual))),
        Verdict::Missing => (plain(&line.expected), "—".to_owned()),
        Verdict::Surplus if row.closed => ("rien".to_owned(), plain(&line.actual)),
        Verdict::Surplus => ("—".to_owned(), plain(&line.actual)),
        Verdict::Same if line.expected.is_none() => ("rien".to_owned(), "rien".to_owned()),
        Verdict::Same | Verdict::Instead => (plain(&line.expected), plain(&line.actual)),
    }
}

/// The days to show, and how many are left out.
fn chosen(rows: &[Row]) -> (Vec<&Row>, usize) {
    let matters = |row: &&Row| row.place.is_some() || row.lines.iter().any(|line| line.verdict.differs());
    let mut shown: Vec<&Row> = rows.iter().collect();
    if shown.len() > DAYS {
        shown.retain(matters);
    }
    shown.truncate(DAYS);
    let hidden = rows.len() - shown.len();
    (shown, hidden)
}

fn short_date(day: NaiveDate) -> String {
    let names = ["lun", "mar", "mer", "jeu", "ven", "sam", "dim"];
    let name = names.get(day.weekday().num_days_from_monday() as usize).copied().unwrap_or_default();
    format!("{name} {}", french_date(day))
}

/// Breaks a text between words, and inside a word that is longer than a line.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let text = text.replace("« ", "«\u{a0}").replace(" »", "\u{a0}»").replace(" : ", "\u{a0}: ");
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut length = 0;
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        if length > 0 && length + 1 + word.len() > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        }
        while word.len() > width {
            let rest = word.split_off(width);
            lines.push(word.into_iter().collect());
            word = rest;
        }
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        length += word.len();
        line.extend(word);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}
