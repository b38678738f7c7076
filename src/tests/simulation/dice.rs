//! What decides in a simulation: the same numbers for the same seed.

use rand::{RngExt, SeedableRng, rngs::SmallRng};

pub struct Dice(SmallRng);

impl Dice {
    pub fn of(seed: u64) -> Self {
        Self(SmallRng::seed_from_u64(seed))
    }

    /// A number below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        self.0.random_range(0..count)
    }

    /// Whether one of `count` came up.
    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}
