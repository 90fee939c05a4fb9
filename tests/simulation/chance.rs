//! Chance that is the same for the same seed, on any machine.

/// SplitMix64: small, quick, and good enough to choose who goes on and what fails.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance(seed ^ 0x5851_f42d_4c95_7f2d)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of the first so many numbers, from 0.
    pub fn below(&mut self, many: usize) -> usize {
        usize::try_from(self.next() % many.max(1) as u64).unwrap()
    }

    /// A number from one to the other, both included.
    pub fn within(&mut self, from: i64, to: i64) -> i64 {
        from + i64::try_from(self.next() % u64::try_from(to - from + 1).unwrap()).unwrap()
    }

    /// True in so many cases of a thousand.
    pub fn one_in_a_thousand(&mut self, times: u32) -> bool {
        self.next() % 1_000 < u64::from(times)
    }

    /// One of several.
    pub fn of<T: Copy>(&mut self, several: &[T]) -> T {
        several[self.below(several.len())]
    }
}
