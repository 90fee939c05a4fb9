//! What a mistyped name probably meant.

use crate::schema::fold;

/// The candidate nearest to `name`, if one is near enough to be what was meant.
pub(super) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = fold(name).chars().take(64).collect();
    let allowed = (wanted.len() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (far(&wanted, &fold(candidate).chars().collect::<Vec<_>>()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The distance, or 1 when only the end of a long name is missing or mistyped.
fn far(wanted: &[char], candidate: &[char]) -> usize {
    let begins = wanted.len() >= 4 && candidate.starts_with(wanted.get(..wanted.len() - 1).unwrap_or(wanted));
    if begins { distance(wanted, candidate).min(1) } else { distance(wanted, candidate) }
}

/// How many letters must be added, removed or replaced.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let replaced = diagonal + usize::from(x != y);
            diagonal = *cell;
            left = replaced.min(*cell + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        assert_eq!(nearest("retrad", ["segment", "retard"]), Some("retard"));
        assert_eq!(nearest("Reste_du", ["reste_dû", "retard"]), Some("reste_dû"));
        assert_eq!(nearest("délais", ["email", "délai_habituel"]), Some("délai_habituel"));
        assert_eq!(nearest("banane", ["segment", "retard"]), None);
        assert_eq!(distance(&['a', 'b'], &[]), 2);
    }
}
