//! Canonical forms of values. What the compiler refuses keeps the form that it speaks of.

use crate::parse::Rule;
use pest::iterators::Pair;

/// Digits in groups of three.
fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// A number without its blanks.
pub(super) fn number(written: &str) -> String {
    written.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The number of an amount: grouped, two decimals or none.
fn amount_number(written: &str) -> String {
    let compact = number(written);
    if compact.contains('.') {
        return compact;
    }
    let (whole, decimals) = compact.split_once(',').unwrap_or((&compact, ""));
    let whole = grouped(without_zeros(whole));
    match decimals.len() {
        0 => whole,
        1 | 2 if decimals.chars().all(|c| c == '0') => whole,
        1 => format!("{whole},{decimals}0"),
        _ => format!("{whole},{decimals}"),
    }
}

/// How many of a unit: no blanks, no zeros before.
fn count(written: &str) -> String {
    let compact = number(written);
    if compact.chars().all(|c| c.is_ascii_digit()) { without_zeros(&compact).to_owned() } else { compact }
}

/// Digits without the zeros before them.
fn without_zeros(digits: &str) -> &str {
    let trimmed = digits.trim_start_matches('0');
    if trimmed.is_empty() { "0" } else { trimmed }
}

/// `1 jour`, `2 jours`.
fn plural(count: &str, singular: &str) -> String {
    let s = if matches!(count, "0" | "1") { "" } else { "s" };
    format!("{count} {singular}{s}")
}

/// A duration; days are words in `tous les 3 jours`, and `3j` elsewhere.
fn duration(count: &str, unit: &Pair<'_, Rule>, spelled: bool) -> String {
    let s = if matches!(count, "0" | "1") { "" } else { "s" };
    match unit.as_rule() {
        Rule::unit_business => format!("{} ouvré{s}", plural(count, "jour")),
        Rule::unit_ouvrable => format!("{} ouvrable{s}", plural(count, "jour")),
        Rule::unit_day if spelled => plural(count, "jour"),
        Rule::unit_day => format!("{count}j"),
        Rule::unit_week => plural(count, "semaine"),
        Rule::unit_month => format!("{count} mois"),
        _ => format!("{count} {}", unit.as_str().trim()),
    }
}

fn currency(unit: &Pair<'_, Rule>) -> String {
    match unit.as_str().trim() {
        "€" | "eur" | "euro" | "euros" => "€".to_owned(),
        code if unit.as_rule() == Rule::currency => code.to_uppercase(),
        kilo => number(kilo),
    }
}

fn date(written: &str) -> String {
    let parts: Vec<&str> = written.split('/').collect();
    match parts.as_slice() {
        [day, month, year] => format!("{day:0>2}/{month:0>2}/{year}"),
        _ => written.to_owned(),
    }
}

/// Whether a rule of the grammar is a value that several forms stand for.
pub(super) fn is_value(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::number
            | Rule::digits
            | Rule::duration
            | Rule::amount
            | Rule::euro_first
            | Rule::percent
            | Rule::date
            | Rule::iso_date
            | Rule::clock_hour
            | Rule::hour
            | Rule::offset
            | Rule::offset_glued
    )
}

/// The canonical form of a literal of the grammar, or `None` when the pair is something else.
pub(super) fn literal(pair: &Pair<'_, Rule>, spelled: bool) -> Option<String> {
    if !is_value(pair.as_rule()) {
        return None;
    }
    let written = pair.as_str().trim();
    let inner: Vec<Pair<'_, Rule>> = pair.clone().into_inner().collect();
    let first = inner.first().map_or("", |part| part.as_str());
    let second = inner.get(1);
    Some(match pair.as_rule() {
        Rule::number => number(written),
        Rule::digits => without_zeros(written).to_owned(),
        Rule::duration => duration(&count(first), second?, spelled),
        Rule::amount => format!("{} {}", amount_number(first), currency(second?)),
        Rule::euro_first => format!("€ {}", number(first)),
        Rule::percent => format!("{} %", count(first)),
        Rule::date => date(written),
        Rule::iso_date | Rule::clock_hour => written.to_owned(),
        Rule::hour => match second.map(|minutes| minutes.as_str()) {
            Some(minutes) if minutes.chars().any(|c| c != '0') => {
                format!("{}h{:0>2}", without_zeros(first), without_zeros(minutes))
            }
            _ => format!("{}h", without_zeros(first)),
        },
        Rule::offset => match second.map(|days| without_zeros(days.as_str())) {
            Some(days) if days != "0" => format!("J{first}{days}"),
            _ => "J".to_owned(),
        },
        Rule::offset_glued => format!("J{first}"),
        _ => return None,
    })
}

/// A text between straight quotes; between French ones when it contains a straight one.
pub(super) fn text(written: &str) -> String {
    let inside = match written.strip_prefix('«').and_then(|rest| rest.strip_suffix('»')) {
        // The blanks inside French quotes belong to them.
        Some(inside) => inside.trim(),
        None => {
            let mut chars = written.chars();
            chars.next();
            chars.next_back();
            chars.as_str()
        }
    };
    if inside.contains('"') { format!("« {inside} »") } else { format!("\"{inside}\"") }
}
