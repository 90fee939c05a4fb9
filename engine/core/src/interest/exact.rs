//! Sums of interest without any rounding: fractions of a cent over one denominator that every slice shares.

use super::percent::Percent;
use super::terms::Base;

/// Interest in cents as a fraction over [`DENOMINATOR`]. A rate has four decimals and a year 365 or 366 days: nothing is ever cut off.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Exact(i128);

/// Percent × ten-thousandths × days of either kind of year.
const DENOMINATOR: i128 = 100 * 10_000 * 365 * 366;

impl Exact {
    /// `cents × rate × days / base`; `None` when it leaves what can be counted.
    pub fn interest(cents: i64, rate: Percent, days: i64, base: Base) -> Option<Exact> {
        let other = if base == Base::Days366 { 365 } else { 366 };
        let product = i128::from(cents).checked_mul(i128::from(rate.scaled()))?.checked_mul(i128::from(days))?;
        product.checked_mul(other).map(Exact)
    }

    /// The sum; `None` when it leaves what can be counted.
    pub fn plus(self, other: Exact) -> Option<Exact> {
        self.0.checked_add(other.0).map(Exact)
    }

    /// In whole cents, half up.
    pub fn cents(self) -> Option<i64> {
        self.rounded(1).and_then(|cents| i64::try_from(cents).ok())
    }

    /// In euros with four decimals, half up: `8,6466`.
    pub fn digits(self) -> String {
        let parts = self.rounded(100).unwrap_or(i128::MAX);
        format!("{},{:04}", parts / 10_000, (parts % 10_000).abs())
    }

    /// In `1 / unit` cents, half up; interest is never negative.
    fn rounded(self, unit: i128) -> Option<i128> {
        Some(self.0.checked_mul(2 * unit)?.checked_add(DENOMINATOR)?.div_euclid(2 * DENOMINATOR))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interest(cents: i64, rate: &str, days: i64, base: Base) -> Option<Exact> {
        Exact::interest(cents, Percent::parse(rate).unwrap_or_default(), days, base)
    }

    #[test]
    fn half_a_cent_goes_up() {
        // 36,50 € at 10 % for 50 days: 365 × 50 / 365 tenths of a cent, 50 cents; one day is a cent.
        assert_eq!(interest(3_650, "10", 50, Base::Days365).and_then(Exact::cents), Some(50));
        assert_eq!(interest(3_650, "5", 1, Base::Days365).and_then(Exact::cents), Some(1), "exactly half a cent");
        assert_eq!(interest(3_649, "5", 1, Base::Days365).and_then(Exact::cents), Some(0));
        assert_eq!(interest(3_660, "5", 1, Base::Days366).and_then(Exact::cents), Some(1));
    }

    #[test]
    fn nothing_overflows() {
        let most = interest(i64::MAX, "1000", 3_000_000, Base::Days365);
        assert!(most.is_some_and(|sum| sum.cents().is_none()), "counted, but no amount any more");
        assert_eq!(interest(i64::MAX, "1000", i64::MAX, Base::Days365), None);
        assert!(most.and_then(|sum| sum.plus(Exact(i128::MAX))).is_none());
    }
}
