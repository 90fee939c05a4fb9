//! The filters of templates, and how a bare value is printed.

use super::answer::Exact;
use super::language::Lang;
use super::protect::{ABSENT, hide};
use super::value::{Absent, Day, Money};
use chrono::NaiveDate;
use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, Output, State, Value};
use relance_core::day::add_days;
use relance_core::money::Amount;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

/// A filter as the manual shows it.
pub struct FilterDoc {
    /// Its name.
    pub name: &'static str,
    /// How it is written.
    pub example: &'static str,
    /// What comes out.
    pub result: &'static str,
}

const fn doc(name: &'static str, example: &'static str, result: &'static str) -> FilterDoc {
    FilterDoc { name, example, result }
}

/// Every filter.
pub const FILTERS: &[FilterDoc] = &[
    doc("montant", "{{ total|montant }}", "1 500,50 €"),
    doc("date", "{{ date|date }}", "31/12/2026"),
    doc("date_longue", "{{ date|date_longue }}", "31 décembre 2026"),
    doc("plus_jours", "{{ date|plus_jours(8)|date_longue }}", "la date, huit jours plus tard"),
    doc("jours", "{{ facture.retard|jours }}", "1 jour, 15 jours"),
    doc("pluriel", "{{ nombre|pluriel(\"facture\") }}", "facture, factures (à partir de 2)"),
    doc("pluriel", "{{ nombre|pluriel(\"cette facture\", \"ces factures\") }}", "le mot qui convient"),
    doc("iban", "{{ creancier.iban|iban }}", "FR76 3000 6000 …"),
    doc("telephone", "{{ creancier.telephone|telephone }}", "01 23 45 67 89"),
    doc("majuscules", "{{ client.nom|majuscules }}", "DUPONT"),
    doc("minuscules", "{{ client.nom|minuscules }}", "dupont"),
    doc("ou", "{{ destinataire.nom|ou(\"Madame, Monsieur\") }}", "la valeur, ou le texte donné si elle est absente"),
    doc("longueur", "{{ factures|longueur }}", "le nombre d'éléments d'une liste"),
    doc("premier", "{{ factures|premier }}", "le premier élément d'une liste"),
    doc("dernier", "{{ factures|dernier }}", "le dernier élément d'une liste"),
];

/// An error in our own words, as opposed to those of the template engine.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Said(pub String);

/// The value of this name is absent from the message.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Lacking(pub String);

fn invalid(message: impl Into<String>) -> Error {
    Error::from(ErrorKind::InvalidOperation).with_source(Said(message.into()))
}

fn lacking(path: &str) -> Error {
    Error::from(ErrorKind::UndefinedError).with_source(Lacking(path.to_owned()))
}

/// The value, unless the message lacks it.
fn present(value: &Value) -> Result<&Value, Error> {
    match value.downcast_object_ref::<Absent>() {
        Some(absent) => Err(lacking(&absent.0)),
        None => Ok(value),
    }
}

fn kind_of(value: &Value) -> &'static str {
    if value.downcast_object_ref::<Money>().is_some() {
        return "un montant";
    }
    if value.downcast_object_ref::<Day>().is_some() {
        return "une date";
    }
    if value.downcast_object_ref::<Exact>().is_some() {
        return "un nombre";
    }
    match value.kind() {
        ValueKind::String => "un texte",
        ValueKind::Number => "un nombre",
        ValueKind::Bool => "un oui/non",
        ValueKind::Seq | ValueKind::Iterable => "une liste",
        _ => "une valeur d'une autre sorte",
    }
}

/// A number that a script answered.
fn exact(value: &Value) -> Option<Decimal> {
    let whole = || value.as_i64().filter(|_| value.kind() == ValueKind::Number).map(Decimal::from);
    value.downcast_object_ref::<Exact>().map(|exact| exact.0).or_else(whole)
}

/// A script counts in the currency of the invoice; to the cent, halves away from zero.
fn in_currency(n: Decimal, state: &State<'_, '_>) -> Option<Amount> {
    let total = state.lookup("total")?;
    let currency = total.downcast_object_ref::<Money>()?.0.currency;
    let cents = n.checked_mul(Decimal::ONE_HUNDRED)?;
    let cents = cents.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64()?;
    Some(Amount::new(cents, currency))
}

fn day_of(value: &Value, filter: &str) -> Result<(NaiveDate, Lang), Error> {
    let day = present(value)?.downcast_object_ref::<Day>().map(|day| (day.0, day.1));
    day.ok_or_else(|| invalid(format!("le filtre `{filter}` attend une date, pas {}", kind_of(value))))
}

fn number_of(value: &Value, filter: &str) -> Result<i64, Error> {
    let number = present(value)?.as_i64();
    number.ok_or_else(|| invalid(format!("le filtre `{filter}` attend un nombre, pas {}", kind_of(value))))
}

fn text_of(value: &Value, filter: &str) -> Result<String, Error> {
    match present(value)?.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(invalid(format!("le filtre `{filter}` attend un texte, pas {}", kind_of(value)))),
    }
}

/// Groups of four: on a narrow screen a line ends between two of them, never inside one.
pub(super) fn grouped_iban(iban: &str) -> String {
    let mut grouped = String::with_capacity(iban.len() + iban.len() / 4);
    for (i, c) in iban.chars().filter(|c| !c.is_whitespace()).enumerate() {
        if i > 0 && i.is_multiple_of(4) {
            grouped.push(' ');
        }
        grouped.push(c);
    }
    grouped
}

/// A French number by pairs, or with the code of France for who calls from elsewhere; any other as it is.
pub(super) fn grouped_phone(phone: &str, from_france: bool) -> String {
    let digits: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    let national = match digits.strip_prefix("+33") {
        Some(rest) => format!("0{}", rest.strip_prefix('0').unwrap_or(rest)),
        None => digits,
    };
    if national.len() != 10 || !national.starts_with('0') || national.contains('+') {
        return phone.to_owned();
    }
    let mut spoken = String::with_capacity(24);
    for (i, c) in national.chars().enumerate() {
        if i > 0 && i.is_multiple_of(2) {
            spoken.push('\u{a0}');
        }
        match (i, from_france) {
            (0, false) => spoken.push_str("+33\u{a0}"),
            _ => spoken.push(c),
        }
    }
    spoken
}

/// A French number by pairs; any other as it is.
pub fn spoken_phone(phone: &str) -> String {
    grouped_phone(phone, true)
}

/// The language of the message that is written.
fn language(state: &State<'_, '_>) -> Lang {
    state.lookup("langue").and_then(|code| code.as_str().map(Lang::of)).unwrap_or_default()
}

/// Adds the filters of [`FILTERS`] and the printing of bare values.
pub(super) fn install(env: &mut Environment<'static>) {
    env.add_filter("montant", |state: &State<'_, '_>, value: &Value| {
        if let Some(money) = present(value)?.downcast_object_ref::<Money>() {
            return Ok(money.1.amount(money.0));
        }
        let amount = exact(value).and_then(|n| in_currency(n, state));
        let told = amount.map(|amount| language(state).amount(amount));
        told.ok_or_else(|| invalid(format!("le filtre `montant` attend un montant, pas {}", kind_of(value))))
    });
    env.add_filter("date", |value: &Value| day_of(value, "date").map(|(day, lang)| lang.date(day)));
    env.add_filter("date_longue", |value: &Value| day_of(value, "date_longue").map(|(day, lang)| lang.long_date(day)));
    env.add_filter("plus_jours", |value: &Value, days: i64| {
        day_of(value, "plus_jours").map(|(day, lang)| Value::from_object(Day(add_days(day, days), lang)))
    });
    env.add_filter("jours", |state: &State<'_, '_>, value: &Value| {
        number_of(value, "jours").map(|n| language(state).days(n))
    });
    env.add_filter("pluriel", |state: &State<'_, '_>, value: &Value, one: String, many: Option<String>| {
        let n = number_of(value, "pluriel")?;
        Ok::<_, Error>(if language(state).is_plural(n) { many.unwrap_or_else(|| format!("{one}s")) } else { one })
    });
    env.add_filter("iban", |value: &Value| text_of(value, "iban").map(|text| grouped_iban(&text)));
    env.add_filter("telephone", |state: &State<'_, '_>, value: &Value| {
        text_of(value, "telephone").map(|text| language(state).phone(&text))
    });
    env.add_filter("majuscules", |value: &Value| text_of(value, "majuscules").map(|text| text.to_uppercase()));
    env.add_filter("minuscules", |value: &Value| text_of(value, "minuscules").map(|text| text.to_lowercase()));
    env.add_filter(
        "ou",
        |value: &Value, other: Value| {
            if value.downcast_object_ref::<Absent>().is_some() { other } else { value.clone() }
        },
    );
    env.add_filter("longueur", |value: &Value| {
        present(value)?.len().ok_or_else(|| invalid("le filtre `longueur` attend une liste"))
    });
    env.add_filter("premier", |value: &Value| end_of_list(value, "premier", true));
    env.add_filter("dernier", |value: &Value| end_of_list(value, "dernier", false));
    env.set_formatter(print);
}

fn end_of_list(value: &Value, filter: &str, first: bool) -> Result<Value, Error> {
    let mut items =
        present(value)?.try_iter().map_err(|_| invalid(format!("le filtre `{filter}` attend une liste")))?;
    let found = if first { items.next() } else { items.last() };
    found.ok_or_else(|| invalid(format!("le filtre `{filter}` a reçu une liste vide")))
}

/// What `{{ value }}` writes.
fn print(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let value = present(value)?;
    let text = match value.kind() {
        ValueKind::String | ValueKind::Number => value.to_string(),
        ValueKind::Bool => language(state).yes_no(value.is_true()).to_owned(),
        _ if value.downcast_object_ref::<Money>().is_some() => value.to_string(),
        _ if value.downcast_object_ref::<Day>().is_some() => value.to_string(),
        _ if value.downcast_object_ref::<Exact>().is_some() => value.to_string(),
        ValueKind::Undefined | ValueKind::None => return Err(invalid("une valeur inconnue serait écrite ici")),
        _ => {
            return Err(invalid(
                "une liste ou un groupe de valeurs ne s'écrit pas tel quel : choisissez une de ses parties",
            ));
        }
    };
    // An absent value joined to a text (`~`) left its mark in it.
    if let Some(path) = text.split(ABSENT).nth(1) {
        return Err(lacking(path));
    }
    // What a block captured is the template's own text: its values were hidden when they were printed into it.
    let written = if value.is_safe() { out.write_str(&text) } else { out.write_str(&hide(&text)) };
    written.map_err(|_| Error::new(ErrorKind::WriteFailure, "écriture impossible"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_forms() {
        assert_eq!(grouped_iban("FR7630006000011234567890189"), "FR76 3000 6000 0112 3456 7890 189");
        assert_eq!(spoken_phone("+33123456789").replace('\u{a0}', " "), "01 23 45 67 89");
        assert_eq!(spoken_phone("+41 22 345 67 89"), "+41 22 345 67 89");
        let plural = |n| Lang::French.is_plural(n);
        assert!(!plural(1) && !plural(0) && !plural(-1) && plural(2) && plural(-2));
    }
}
