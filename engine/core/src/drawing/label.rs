//! The words of a drawing: names of rungs, conditions without the part that the rung already says, limits of the sendings.

use crate::day::Span;
use crate::machine::{
    Bound, Branch, Clock, Compare, Expr, Machine, Reaction, Repeat, Settings, Trigger, Value, Window,
};
use crate::schema::Fact;
use crate::step::rung_label;

/// The stop of a branch on its clock: the clock, its name, and about how many days lie between it and the clock's day 0; `None` when
/// that depends on the invoice. `None` for a free branch.
pub(crate) fn stop(branch: &Branch) -> Option<(Clock, String, Option<i64>)> {
    let [first, others @ ..] = branch.bounds.as_slice() else { return None };
    if others.is_empty() {
        return Some((first.clock, bound(first), days(first)));
    }
    // The latest of several bounds counts.
    let clock = if branch.bounds.iter().all(|b| b.clock == Clock::State) { Clock::State } else { Clock::Due };
    let known: Option<Vec<i64>> = branch.bounds.iter().map(days).collect();
    let same_clock = branch.bounds.iter().all(|b| b.clock == clock);
    if let Some(known) = known.filter(|_| same_clock)
        && let Some((at, latest)) = known.into_iter().zip(&branch.bounds).max_by_key(|(at, _)| *at)
    {
        return Some((clock, bound(latest), Some(at)));
    }
    let names: Vec<String> = branch.bounds.iter().map(bound).collect();
    Some((clock, format!("au plus tard de {}", names.join(" et ")), None))
}

/// About how many days a span lasts: for the order of stops only.
fn about(span: Span) -> i64 {
    match span {
        Span::Days(n) => n,
        Span::Months(n) => n.saturating_mul(61) / 2,
        Span::BusinessDays(n) => n.saturating_mul(7) / 5,
    }
}

fn literal(expr: &Expr) -> Option<Span> {
    match expr {
        Expr::Literal(Value::Duration(span)) => Some(*span),
        _ => None,
    }
}

fn days(bound: &Bound) -> Option<i64> {
    let length = about(literal(&bound.offset)?);
    // `fin de mois` moves by half a month on average.
    Some(length.saturating_add(bound.extra_days).saturating_add(if bound.end_of_month { 15 } else { 0 }))
}

/// Days as a span; the lowest number has no opposite, which the plural needs.
fn in_days(n: i64) -> Span {
    Span::Days(n.max(-i64::MAX))
}

fn bound(bound: &Bound) -> String {
    let days = match literal(&bound.offset) {
        Some(Span::Days(n)) => Some(n.saturating_add(bound.extra_days)),
        _ => None,
    };
    let extra = match bound.extra_days {
        0 => String::new(),
        n => format!(" + {}", in_days(n)),
    };
    let end = if bound.end_of_month { " fin de mois" } else { "" };
    match (bound.clock, days) {
        (Clock::Due, Some(n)) => format!("{}{end}", rung_label(n)),
        (Clock::Due, None) => match literal(&bound.offset) {
            Some(Span::Months(n)) => format!("J{n:+}\u{a0}mois{extra}{end}"),
            Some(Span::BusinessDays(n)) => {
                let plural = if n.unsigned_abs() > 1 { "s" } else { "" };
                format!("J{n:+}\u{a0}jour{plural} ouvré{plural}{extra}{end}")
            }
            _ => format!("J + {}{extra}{end}", bound.offset),
        },
        (Clock::State, Some(n)) => format!("après {}{end}", in_days(n)),
        (Clock::State, None) => format!("après {}{extra}{end}", bound.offset),
    }
}

/// Whether a part of a condition only repeats a bound: `retard >= 15j` on the rung J+15.
fn repeats(part: &Expr, bounds: &[Bound]) -> bool {
    let (extra, offset) = match part {
        Expr::Compare(Compare::GreaterOrEqual, left, right) if **left == Expr::Fact(Fact::DaysLate) => (0, right),
        Expr::Compare(Compare::Greater, left, right) if **left == Expr::Fact(Fact::DaysLate) => (1, right),
        Expr::Compare(Compare::LessOrEqual, left, right) if **right == Expr::Fact(Fact::DaysLate) => (0, left),
        Expr::Compare(Compare::Less, left, right) if **right == Expr::Fact(Fact::DaysLate) => (1, left),
        _ => return false,
    };
    bounds.iter().any(|b| b.clock == Clock::Due && b.extra_days == extra && b.offset == **offset && !b.end_of_month)
}

/// The condition of a branch besides its clock, `None` when nothing is left of it.
pub(super) fn condition(branch: &Branch) -> Option<String> {
    let parts: Vec<&Expr> = match &branch.guard {
        Expr::And(parts) => parts.iter().filter(|part| !repeats(part, &branch.bounds)).collect(),
        whole if repeats(whole, &branch.bounds) => Vec::new(),
        whole => vec![whole],
    };
    match parts.as_slice() {
        [] => None,
        [one] => Some(one.to_string()),
        many => Some(Expr::And(many.iter().map(|part| (*part).clone()).collect()).to_string()),
    }
}

/// A condition as it stands after `si`, `None` when it always holds.
pub(super) fn guard(guard: &Expr) -> Option<String> {
    (!guard.is_always()).then(|| guard.to_string())
}

/// `quand promesse rompue si montant > 1 000,00 €`.
pub(super) fn reaction(reaction: &Reaction) -> String {
    let mut words = format!("quand {}", reaction.on.words());
    if let (Trigger::External, Some(name)) = (reaction.on, &reaction.name) {
        words.push_str(&format!(" « {name} »"));
    }
    if let Some(guard) = guard(&reaction.guard) {
        words.push_str(&format!(" si {guard}"));
    }
    words
}

/// `tous les 7 jours (au plus 3 fois)`.
pub(super) fn repeat(repeat: &Repeat) -> String {
    let every = format!("tous les {}", repeat.every);
    match repeat.at_most {
        Some(most) => format!("{every} (au plus {most} fois)"),
        None => every,
    }
}

/// Which invoices the scenario takes.
pub fn takes(machine: &Machine) -> String {
    match &machine.selection {
        Some(selection) => format!("Prend les factures où {selection}."),
        None => "Prend les factures qu’aucun autre scénario ne prend.".to_owned(),
    }
}

/// When and how much may leave.
pub(crate) fn limits(settings: &Settings) -> String {
    let mut said = vec![window(&settings.window)];
    said.push(match settings.cap {
        Some(cap) => {
            let contacts = if cap.contacts > 1 { "contacts" } else { "contact" };
            let period = if cap.days > 1 { format!("tous les {} jours", cap.days) } else { "par jour".to_owned() };
            format!("au plus {} {contacts} {period} et par client", cap.contacts)
        }
        None => "sans plafond de contacts".to_owned(),
    });
    if let Some(minimum) = settings.minimum {
        said.push(format!("rien en dessous de {minimum} ou à ce montant"));
    }
    if settings.group {
        said.push("messages regroupés par client".to_owned());
    }
    if settings.step_by_step {
        said.push("rattrapage pas à pas".to_owned());
    }
    if let Some(hours) = settings.fresh_payments {
        said.push(format!("paiements à jour depuis moins de {hours}h"));
    }
    said.join(" · ")
}

fn window(window: &Window) -> String {
    const DAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
    let open: Vec<usize> = (0..7).filter(|day| window.days.get(*day) == Some(&true)).collect();
    let name = |day: &usize| DAYS.get(*day).copied().unwrap_or_default();
    let in_a_row = open.windows(2).all(|pair| matches!(pair, [a, b] if a + 1 == *b));
    let days = match open.as_slice() {
        [] => return "aucun jour d’envoi".to_owned(),
        [one] => format!("le {}", name(one)),
        [first, .., last] if in_a_row && open.len() > 2 => format!("du {} au {}", name(first), name(last)),
        several => format!("les {}", several.iter().map(name).collect::<Vec<_>>().join(", ")),
    };
    let hour = |minutes: u16| match (minutes / 60, minutes % 60) {
        (hours, 0) => format!("{hours}h"),
        (hours, rest) => format!("{hours}h{rest:02}"),
    };
    format!("Envois {days} de {} à {}", hour(window.opens), hour(window.closes))
}
