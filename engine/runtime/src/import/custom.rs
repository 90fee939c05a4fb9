//! Columns of the custom facts that scenarios declare (`champ secteur : texte`): found by the field's name, read by its type.

use super::problem::Refusal;
use super::rows::RowReader;
use super::table::Cell;
use super::value::{amount, date, number, word};
use relance_core::day::Span;
use relance_core::machine::{Field, Value};
use relance_core::money::{Amount, Currency};
use relance_core::schema::Type;
use std::collections::BTreeMap;

/// A column that gives a custom fact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CustomColumn {
    /// Its column, from 0.
    pub column: usize,
    /// The field.
    pub field: Field,
}

/// Whether a heading is a field's name: case, accents and blanks aside.
pub(super) fn names(heading: &str, field: &Field) -> bool {
    let name = word::identifier(&field.name);
    !name.is_empty() && word::identifier(heading) == name
}

/// The custom facts of a row; an empty cell leaves the fact unknown. Amounts without a currency are in `currency`.
pub(super) fn values(row: &mut RowReader<'_, '_>, currency: Option<Currency>) -> BTreeMap<String, Value> {
    let layout = row.layout;
    let mut values = BTreeMap::new();
    for custom in &layout.custom {
        let value = value(row, custom.column, custom.field.ty, currency.unwrap_or(Currency::EUR));
        values.extend(value.map(|value| (custom.field.name.clone(), value)));
    }
    values
}

fn value(row: &mut RowReader<'_, '_>, column: usize, ty: Type, currency: Currency) -> Option<Value> {
    let cell = row.cell(column);
    let number_or = |cell: &Cell<'_>, of_number: fn(f64) -> _, of_text: fn(&str) -> _| match cell {
        Cell::Number(n) => of_number(*n),
        other => of_text(&other.shown()),
    };
    // An empty cell says nothing, and one that the spreadsheet could not work out is told as such.
    let text = row.text_at(column)?;
    let read: Result<Value, Refusal> = match ty {
        Type::Text | Type::Stage => Ok(Value::Text(text)),
        Type::Segment => Ok(Value::Text(word::identifier(&text))),
        Type::Regime => word::regime(&text).map(Value::Text),
        Type::Bool => word::yes_no(&text).map(Value::Bool),
        Type::Duration => word::days(&text).map(|n| Value::Duration(Span::Days(n))),
        Type::Number => number_or(cell, number::from_number, number::parse).map(Value::Number),
        Type::Percent => number_or(cell, number::percentage_from_number, number::percentage).map(Value::Number),
        Type::Amount => {
            let read = match cell {
                Cell::Number(n) => amount::from_number(*n),
                other => amount::parse(&other.shown()),
            };
            read.map(|w| Value::Amount(Amount::new(w.cents, w.currency.unwrap_or(currency))))
        }
        Type::Date => match cell {
            Cell::Number(n) => date::from_number(*n),
            Cell::Moment(at) => date::whole_day(*at),
            other => date::parse(&other.shown()),
        }
        .map(Value::Date),
    };
    row.checked_at(column, read)
}
