//! How many days of turnover are outstanding.

/// Days, in tenths.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dso {
    /// Tenths of days.
    pub tenths: i64,
    /// Whether the months that are known did not suffice: it is at least that.
    pub at_least: bool,
}

/// By exhaustion: what is outstanding is taken out of the turnover of the months, the latest first, each with its days; the last one in
/// proportion. A month without turnover adds its days. None where there is no turnover at all.
pub fn by_exhaustion(outstanding: i64, months: &[(i64, i64)]) -> Option<Dso> {
    let known = months.iter().rposition(|(_, turnover)| *turnover > 0)?;
    let (mut left, mut tenths) = (outstanding.max(0), 0i64);
    for (days, turnover) in months.iter().take(known + 1) {
        if left == 0 {
            break;
        }
        if *turnover >= left {
            let share = i128::from(left) * i128::from(*days) * 10;
            let turnover = i128::from(*turnover);
            // Half of a tenth goes up.
            tenths = tenths.saturating_add(i64::try_from((share * 2 + turnover) / (turnover * 2)).unwrap_or(i64::MAX));
            left = 0;
        } else {
            left = left.saturating_sub((*turnover).max(0));
            tenths = tenths.saturating_add(days.saturating_mul(10));
        }
    }
    Some(Dso { tenths, at_least: left > 0 })
}

#[cfg(test)]
mod tests {
    use super::{Dso, by_exhaustion};

    #[test]
    fn what_is_outstanding_is_taken_out_of_the_latest_months() {
        let dso = |outstanding, months: &[(i64, i64)]| by_exhaustion(outstanding, months);
        let exact = |tenths| Some(Dso { tenths, at_least: false });
        assert_eq!(dso(2_500, &[(30, 1_200), (31, 800), (30, 700)]), exact(824));
        assert_eq!(dso(600, &[(30, 1_200)]), exact(150));
        assert_eq!(dso(0, &[(30, 1_200)]), exact(0));
        assert_eq!(dso(500, &[(10, 0), (31, 1_000)]), exact(100 + 155));
        assert_eq!(dso(500, &[(10, -300), (31, 1_000)]), exact(100 + 155));
        assert_eq!(dso(5_000, &[(30, 1_200), (31, 800), (28, 0)]), Some(Dso { tenths: 610, at_least: true }));
        assert_eq!(dso(500, &[(30, 0)]), None);
        assert_eq!(dso(500, &[]), None);
    }
}
