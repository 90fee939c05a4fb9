//! Values: numbers, amounts, durations, dates, hours, with the ways in which people write them wrong.

use super::{Literal, Reader};
use crate::diagnostic::Code;
use crate::parse::Rule;
use crate::span::{Node, Span};
use chrono::NaiveDate;
use pest::iterators::Pair;
use relance_core::day::{self, french_date};
use relance_core::money::{Amount, Currency};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// No duration is longer: a hundred years.
const MAX_DAYS: i64 = 36_500;

/// The months, folded.
const MONTHS: [&str; 12] = [
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
];

/// Digits in groups of three, as the language writes them.
fn grouped(digits: &str) -> String {
    let length = digits.len();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (length - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

fn plural(n: &str) -> &'static str {
    if n == "1" || n == "0" { "" } else { "s" }
}

impl Literal {
    /// The value with its sign turned, when it has one.
    pub(crate) fn opposite(&self) -> Option<Literal> {
        Some(match self {
            Literal::Number(n) => Literal::Number(-*n),
            Literal::Percent(n) => Literal::Percent(-*n),
            Literal::Amount(a) => Literal::Amount(Amount::new(a.cents.checked_neg()?, a.currency)),
            Literal::Duration(day::Span::Days(n)) => Literal::Duration(day::Span::Days(-n)),
            Literal::Duration(day::Span::Months(n)) => Literal::Duration(day::Span::Months(-n)),
            Literal::Duration(day::Span::BusinessDays(n)) => Literal::Duration(day::Span::BusinessDays(-n)),
            _ => return None,
        })
    }
}

impl Reader<'_, '_, '_> {
    /// A literal of the grammar, or `None` when the pair is something else.
    pub fn literal(&mut self, pair: &Pair<'_, Rule>) -> Option<Node<Literal>> {
        let span = self.span(pair);
        let inner: Vec<Pair<'_, Rule>> = pair.clone().into_inner().collect();
        let value = match pair.as_rule() {
            Rule::number => self.number(pair.as_str(), span, "").map(Literal::Number),
            Rule::amount => self.amount(&inner, span),
            Rule::euro_first => {
                let digits = inner.first().map_or("", |p| p.as_str());
                let fix = format!("{} €", digits.trim());
                let found = self
                    .error(Code::BadNumber, "le signe `€` se met après le nombre", span)
                    .help(format!("écrivez `{fix}`"))
                    .fix(fix);
                self.sink.push(found);
                None
            }
            Rule::percent => {
                let number = inner.first().and_then(|p| self.number(p.as_str(), span, " %"));
                number.and_then(|n| n.checked_div(Decimal::ONE_HUNDRED)).map(Literal::Percent)
            }
            Rule::duration => self.duration(&inner, span),
            Rule::date => self.date(pair.as_str(), span),
            Rule::dashed_date => {
                let parts: Vec<&str> = pair.as_str().trim().split(['-', '.']).collect();
                let fix = match parts.as_slice() {
                    [day, month, year] => format!("{day:0>2}/{month:0>2}/{year}"),
                    _ => String::new(),
                };
                self.other_date(span, fix)
            }
            Rule::worded_date => {
                let number = |i: usize| inner.get(i).map_or("", |p| p.as_str());
                let month = MONTHS.iter().position(|month| *month == number(1)).map_or(0, |at| at + 1);
                self.other_date(span, format!("{:0>2}/{month:02}/{}", number(0), number(2)))
            }
            Rule::iso_date => {
                let parts: Vec<&str> = pair.as_str().trim().split('-').collect();
                let fix = match parts.as_slice() {
                    [year, month, day] => format!("{day:0>2}/{month:0>2}/{year}"),
                    _ => String::new(),
                };
                self.other_date(span, fix)
            }
            Rule::hour | Rule::clock_hour => self.hour(pair, span).map(Literal::Hour),
            Rule::offset => Some(Literal::Offset(self.offset(&inner, span))),
            Rule::offset_glued => {
                let digits = inner.first().map_or("", |p| p.as_str());
                let found = self
                    .error(Code::BadNumber, format!("`{}` : il manque le signe", self.written(span)), span)
                    .help(format!("écrivez `J+{digits}` après l'échéance, `J-{digits}` avant"))
                    .fix(format!("J+{digits}"));
                self.sink.push(found);
                Some(Literal::Offset(0))
            }
            Rule::text => Some(Literal::Text(self.text(pair).value)),
            Rule::truth => Some(Literal::Truth(pair.as_str().trim() == "oui")),
            _ => return None,
        };
        Some(Node::new(value.unwrap_or(Literal::Invalid), span))
    }

    /// A date in another form, and its right one.
    fn other_date(&mut self, span: Span, fix: String) -> Option<Literal> {
        let found = self.error(Code::BadDate, "une date s'écrit JJ/MM/AAAA", span);
        self.sink.push(found.help(format!("écrivez `{fix}`")).fix(fix));
        None
    }

    fn number(&mut self, written: &str, span: Span, unit: &str) -> Option<Decimal> {
        let compact: String = written.chars().filter(|c| !c.is_whitespace()).collect();
        if let Some((_, last)) = compact.rsplit_once('.') {
            let bare: String = compact.chars().filter(|c| *c != '.').collect();
            let first = compact.split('.').next().unwrap_or_default();
            let thousands =
                compact.split(',').next().unwrap_or_default().split('.').skip(1).all(|group| group.len() == 3);
            let found = self.error(Code::BadNumber, "un nombre ne s'écrit pas avec un point", span);
            let diagnostic = if compact.contains(',') || compact.matches('.').count() > 1 {
                let (whole, decimals) = bare.split_once(',').unwrap_or((&bare, ""));
                let comma = if decimals.is_empty() { "" } else { "," };
                let fix = format!("{}{comma}{decimals}{unit}", grouped(whole));
                found.help(format!("les milliers se séparent par un blanc : `{fix}`")).fix(fix)
            } else if thousands {
                let plain = grouped(&bare);
                let decimals = last.trim_end_matches('0');
                let decimals = if decimals.is_empty() { "00" } else { decimals };
                found.help(format!(
                    "écrivez `{plain}{unit}` pour les milliers, `{first},{decimals}{unit}` pour les décimales"
                ))
            } else {
                let fix = format!("{first},{last}{unit}");
                found.help(format!("les décimales suivent une virgule : `{fix}`")).fix(fix)
            };
            self.sink.push(diagnostic);
            return None;
        }
        match compact.replace(',', ".").parse::<Decimal>() {
            Ok(number) if compact.len() <= 20 => Some(number),
            _ => {
                let found = self
                    .error(Code::OutOfRange, "ce nombre est trop grand", span)
                    .help("vérifiez qu'il n'y a pas de chiffres en trop");
                self.sink.push(found);
                None
            }
        }
    }

    fn amount(&mut self, inner: &[Pair<'_, Rule>], span: Span) -> Option<Literal> {
        let (number, unit) = (inner.first()?, inner.get(1)?);
        if unit.as_rule() == Rule::kilo {
            let value = number.as_str().trim().replace(' ', "").replace(',', ".").parse::<Decimal>().ok();
            let thousand =
                value.and_then(|v| v.checked_mul(Decimal::ONE_THOUSAND)).map(|v| grouped(&v.trunc().to_string()));
            let found = self.error(Code::BadNumber, "les milliers d'euros s'écrivent en entier", span);
            self.sink.push(match thousand {
                Some(whole) => found.help(format!("écrivez `{whole} €`")).fix(format!("{whole} €")),
                None => found,
            });
            return None;
        }
        let currency = match unit.as_str().trim() {
            "€" | "eur" | "euro" | "euros" => Currency::EUR,
            code => Currency::parse(code)?,
        };
        let value = self.number(number.as_str(), span, &format!(" {}", currency.symbol()))?;
        let cents = value.checked_mul(Decimal::ONE_HUNDRED)?;
        if value.scale() > 2 {
            let written: String = number.as_str().chars().filter(|c| !c.is_whitespace()).collect();
            let (whole, decimals) = written.split_once(',').unwrap_or((&written, ""));
            let symbol = currency.symbol();
            let cut: String = decimals.chars().take(2).collect();
            let found = self.error(
                Code::BadNumber,
                format!("un montant a deux décimales au plus, celui-ci en a {}", decimals.len()),
                span,
            );
            self.sink.push(if decimals.len() == 3 {
                found.help(format!(
                    "écrivez `{} {symbol}` si la virgule sépare les milliers, `{whole},{cut} {symbol}` sinon",
                    grouped(&format!("{whole}{decimals}"))
                ))
            } else {
                found.help(format!("écrivez `{whole},{cut} {symbol}`"))
            });
            return None;
        }
        match cents.to_i64() {
            Some(cents) => Some(Literal::Amount(Amount::new(cents, currency))),
            None => {
                let found = self
                    .error(Code::OutOfRange, "ce montant est trop grand", span)
                    .help("vérifiez qu'il n'y a pas de chiffres en trop");
                self.sink.push(found);
                None
            }
        }
    }

    fn duration(&mut self, inner: &[Pair<'_, Rule>], span: Span) -> Option<Literal> {
        let (number, unit) = (inner.first()?, inner.get(1)?);
        let digits = number.as_str().trim();
        let refusal = match unit.as_rule() {
            Rule::unit_ouvrable => Some((
                "les durées se comptent en jours ou en jours ouvrés, pas en jours ouvrables".to_owned(),
                format!("écrivez `{digits} jour{s} ouvré{s}`", s = plural(digits)),
                format!("{digits} jour{s} ouvré{s}", s = plural(digits)),
            )),
            Rule::unit_year => {
                let months = digits.parse::<i64>().unwrap_or(1).saturating_mul(12);
                Some((
                    "une durée ne s'écrit pas en années".to_owned(),
                    format!("écrivez `{months} mois`"),
                    format!("{months} mois"),
                ))
            }
            Rule::unit_hours => {
                let days =
                    digits.parse::<i64>().ok().filter(|n| n % 24 == 0 && *n > 0 && unit.as_str().starts_with('h'));
                let fix = days.map_or_else(String::new, |hours| format!("{}j", hours / 24));
                let shown = if fix.is_empty() { "1j" } else { &fix };
                Some((
                    "une durée se compte en jours, pas en heures".to_owned(),
                    format!("écrivez par exemple `{shown}` ; l'heure de départ vient de `envois`"),
                    fix,
                ))
            }
            _ => None,
        };
        if let Some((message, help, fix)) = refusal {
            let found = self.error(Code::BadNumber, message, span).help(help);
            self.sink.push(if fix.is_empty() { found } else { found.fix(fix) });
            return None;
        }
        let value = self.number(digits, span, "j")?;
        if !value.fract().is_zero() {
            let found = self
                .error(Code::BadNumber, "une durée se compte en jours entiers", span)
                .help("arrondissez : `1j`, `2j` …");
            self.sink.push(found);
            return None;
        }
        let n = value.to_i64().unwrap_or(i64::MAX);
        let (span_of_time, days) = match unit.as_rule() {
            Rule::unit_business => (day::Span::BusinessDays(n), n),
            Rule::unit_week => (day::Span::Days(n.saturating_mul(7)), n.saturating_mul(7)),
            Rule::unit_month => (day::Span::Months(n), n.saturating_mul(30)),
            _ => (day::Span::Days(n), n),
        };
        if days > MAX_DAYS {
            let found = self
                .error(Code::OutOfRange, format!("`{}` est une durée trop longue", self.written(span)), span)
                .help("la limite est de cent ans");
            self.sink.push(found);
            return None;
        }
        Some(Literal::Duration(span_of_time))
    }

    fn date(&mut self, written: &str, span: Span) -> Option<Literal> {
        let parts: Vec<&str> = written.trim().split('/').collect();
        let [d, m, y] = parts.as_slice() else { return None };
        let (day, month) = (d.parse::<u32>().unwrap_or(0), m.parse::<u32>().unwrap_or(0));
        if y.len() != 4 {
            let fix = format!("{d:0>2}/{m:0>2}/20{y:0>2}");
            let found = self.error(Code::BadDate, "l'année s'écrit avec quatre chiffres", span);
            self.sink.push(if y.len() == 2 {
                found.help(format!("écrivez `{fix}`")).fix(fix)
            } else {
                found.help("écrivez la date JJ/MM/AAAA")
            });
            return None;
        }
        let year = y.parse::<i32>().unwrap_or(0);
        if let Some(date) = NaiveDate::from_ymd_opt(year, month, day).filter(|_| (1900..=2999).contains(&year)) {
            return Some(Literal::Date(date));
        }
        if NaiveDate::from_ymd_opt(year, month, day).is_some() {
            let message = format!("le {} est trop loin", written.trim());
            let found = self.error(Code::BadDate, message, span).help("une année va de 1900 à 2999");
            self.sink.push(found);
            return None;
        }
        let found = self.error(Code::BadDate, format!("le {} n'existe pas", written.trim()), span);
        let swapped = NaiveDate::from_ymd_opt(year, day, month);
        let last = NaiveDate::from_ymd_opt(year, month, 1).map(day::end_of_month);
        self.sink.push(match (swapped, last) {
            (Some(date), None) => {
                found.help(format!("le jour vient avant le mois : `{}`", french_date(date))).fix(french_date(date))
            }
            (_, Some(date)) if day > 28 => found.help(format!("ce mois finit le `{}`", french_date(date))),
            _ => found.help("une date s'écrit JJ/MM/AAAA, par exemple `31/12/2026`"),
        });
        None
    }

    fn hour(&mut self, pair: &Pair<'_, Rule>, span: Span) -> Option<u16> {
        let written = pair.as_str().trim();
        if pair.as_rule() == Rule::clock_hour {
            let (h, m) = written.split_once(':').unwrap_or((written, "00"));
            let h = h.trim_start_matches('0');
            let h = if h.is_empty() { "0" } else { h };
            let fix = if m == "00" { format!("{h}h") } else { format!("{h}h{m}") };
            let found = self
                .error(Code::BadHour, "une heure s'écrit avec un `h`", span)
                .help(format!("écrivez `{fix}`"))
                .fix(fix);
            self.sink.push(found);
            return None;
        }
        let mut numbers = pair.clone().into_inner().map(|p| p.as_str().trim().parse::<u16>().unwrap_or(u16::MAX));
        let (hours, minutes) = (numbers.next().unwrap_or(u16::MAX), numbers.next().unwrap_or(0));
        let total = hours.checked_mul(60).and_then(|m| m.checked_add(minutes));
        match total {
            Some(total) if minutes < 60 && total <= 24 * 60 => Some(total),
            _ => {
                let found = self
                    .error(Code::BadHour, format!("`{}` n'est pas une heure", self.written(span)), span)
                    .help("les heures vont de `0h` à `24h`, les minutes de 00 à 59 : `9h30`");
                self.sink.push(found);
                None
            }
        }
    }

    fn offset(&mut self, inner: &[Pair<'_, Rule>], span: Span) -> i64 {
        let negative = inner.first().is_some_and(|p| p.as_str() == "-");
        let Some(digits) = inner.get(1) else { return 0 };
        let days = digits.as_str().parse::<i64>().unwrap_or(i64::MAX);
        if days > MAX_DAYS {
            let found = self
                .error(Code::OutOfRange, format!("`{}` est trop loin de l'échéance", self.written(span)), span)
                .help("la limite est de cent ans");
            self.sink.push(found);
            return 0;
        }
        if negative { -days } else { days }
    }
}
