//! Charts as pieces of SVG: what lies across is in percent, what stands up in pixels. Whole numbers only.

use relance_core::money::{Amount, Currency};

/// The line on which bars stand, and how high the highest is.
const FLOOR: i64 = 170;
const HEIGHT: i64 = 135;

/// A piece of a bar that lies, with a link.
pub struct Piece {
    /// Where it begins and how wide it is, as SVG writes it.
    pub x: String,
    pub width: String,
    /// Its place among the ages.
    pub age: usize,
    pub link: String,
    pub title: String,
}

/// A bar that stands, with a link.
pub struct Bar {
    pub x: String,
    pub width: String,
    /// The middle.
    pub middle: String,
    pub y: i64,
    pub height: i64,
    pub link: String,
    pub title: String,
    pub label: String,
    /// Left out where there is little room.
    pub spare: bool,
    /// Whether it is of the month that runs.
    pub now: bool,
}

/// A line across, with its figure.
pub struct Rule {
    pub y: i64,
    /// Where its figure stands.
    pub above: i64,
    pub label: String,
}

/// `n` of ten thousand parts, as a percentage.
fn percent(n: i128) -> String {
    format!("{}.{:02}%", n / 100, n % 100)
}

/// A bar of parts of a whole: each cents, its link and its title. Nothing below 0 is drawn.
pub fn pieces(parts: &[(i64, String, String)]) -> Vec<Piece> {
    let whole: i128 = parts.iter().map(|(cents, ..)| i128::from((*cents).max(0))).sum();
    let (mut done, mut pieces) = (0i128, Vec::new());
    for (age, (cents, link, title)) in parts.iter().enumerate() {
        let own = i128::from((*cents).max(0));
        if own > 0 {
            let (from, to) = (done * 10_000 / whole, (done + own) * 10_000 / whole);
            let (link, title) = (link.clone(), title.clone());
            pieces.push(Piece { x: percent(from), width: percent(to - from), age, link, title });
        }
        done += own;
    }
    pieces
}

/// The smallest of 1, 2 and 5 times a power of ten that goes at most three times into an amount, in cents.
fn step(most: i64) -> i64 {
    let powers = std::iter::successors(Some(100i64), |power| power.checked_mul(10));
    let mut steps = powers.flat_map(|power| [1, 2, 5].into_iter().filter_map(move |times| power.checked_mul(times)));
    steps.find(|step| most / step <= 3).unwrap_or(most)
}

/// An amount in few letters.
fn short(cents: i64, currency: Currency) -> String {
    let (units, symbol) = (cents / 100, currency.symbol());
    match units {
        ..1_000 => format!("{units} {symbol}"),
        1_000..1_000_000 => format!("{} k{symbol}", units / 1_000),
        _ => format!("{},{} M{symbol}", units / 1_000_000, units / 100_000 % 10),
    }
}

/// Bars of amounts, one beside the other: label, cents, link.
pub fn bars(columns: &[(String, i64, String)], currency: Currency) -> (Vec<Bar>, Vec<Rule>) {
    let most = columns.iter().map(|(_, cents, _)| *cents).max().unwrap_or(0).max(1);
    let high =
        |cents: i64| i64::try_from(i128::from(cents.max(0)) * i128::from(HEIGHT) / i128::from(most)).unwrap_or(0);
    let many = i128::try_from(columns.len().max(1)).unwrap_or(1);
    // Figures of the lines stand at the left.
    let (left, room) = (900, 9_100);
    let mut bars = Vec::new();
    for (i, (label, cents, link)) in columns.iter().enumerate() {
        let from = left + room * i128::try_from(i).unwrap_or(0) / many;
        let width = room * 7 / (many * 10);
        bars.push(Bar {
            x: percent(from),
            width: percent(width),
            middle: percent(from + width / 2),
            y: FLOOR - high(*cents),
            height: high(*cents),
            link: link.clone(),
            title: format!("{label} : {}", Amount::new(*cents, currency)),
            label: label.clone(),
            spare: i % 2 == 1,
            now: i + 1 == columns.len(),
        });
    }
    let step = step(most);
    let lines = (1..=3).map(|n| n * step).filter(|cents| *cents <= most);
    let rules = lines.map(|cents| {
        let y = FLOOR - high(cents);
        Rule { y, above: y - 4, label: short(cents, currency) }
    });
    (bars, rules.collect())
}

#[cfg(test)]
mod tests {
    use super::{bars, pieces, step};
    use relance_core::money::Currency;

    #[test]
    fn pieces_fill_the_bar_and_bars_stand_on_the_floor() {
        let part = |cents| (cents, String::new(), String::new());
        let found = pieces(&[part(1), part(0), part(-5), part(2)]);
        let told: Vec<(usize, &str, &str)> = found.iter().map(|p| (p.age, p.x.as_str(), p.width.as_str())).collect();
        assert_eq!(told, [(0, "0.00%", "33.33%"), (3, "33.33%", "66.67%")]);
        assert!(pieces(&[part(0)]).is_empty());
        let column = |cents| ("mois".to_owned(), cents, String::new());
        let (drawn, rules) = bars(&[column(1_000_000), column(-3), column(500_000)], Currency::EUR);
        assert!(drawn.iter().all(|bar| bar.y + bar.height == 170 && bar.height <= 135));
        assert_eq!(drawn.iter().map(|bar| bar.height).collect::<Vec<_>>(), [135, 0, 67]);
        assert_eq!(rules.iter().map(|rule| rule.label.as_str()).collect::<Vec<_>>(), ["5 k€", "10 k€"]);
        assert!(bars(&[], Currency::EUR).0.is_empty());
    }

    #[test]
    fn the_lines_across_are_round_and_few() {
        for most in [1, 99, 100, 350, 4_000, 123_456_789, 1_234_567_890_123] {
            let step = step(most);
            assert!(most / step <= 3, "{most} {step}");
            let digits = step.to_string();
            assert!(["1", "2", "5"].contains(&digits.trim_end_matches('0')), "{step}");
        }
    }
}
