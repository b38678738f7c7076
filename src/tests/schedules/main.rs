//! Claims about what threads share, under a scheduler: wherever one takes or gives back a lock of the
//! broker, or reads the log, the seed says which of them goes on. A thread that waits for ever fails.
//!
//! In a binary of its own, for it needs the crate with the feature `shuttle`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]

mod coming;
mod listener;
mod node;
mod reading;
mod telling;

use std::{
    env,
    panic::{AssertUnwindSafe, catch_unwind},
};

use shuttle::{
    Config, FailurePersistence, Runner,
    scheduler::{PctScheduler, RandomScheduler, Scheduler, UncontrolledNondeterminismCheckScheduler},
};

/// How often a schedule of few switches takes the turn from a thread that could go on, and one.
const DEPTH: usize = 3;

/// Runs a claim under one or more schedules.
fn run(claim: fn(), scheduler: impl Scheduler + 'static) {
    let mut config = Config::new();
    // Frames are large where nothing is optimized.
    config.stack_size = 1 << 19;
    // A seed is shorter than a schedule.
    config.failure_persistence = FailurePersistence::None;
    Runner::new(scheduler, config).run(claim);
}

/// A number from the environment.
fn setting(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |number| number.parse().unwrap())
}

/// Whether a claim holds under two schedules of each of as many seeds as `BELFRY_SEEDS` says, from
/// `BELFRY_SEED` on: one is all chance, the other takes a turn away at few places.
fn holds(claim: fn()) {
    let (first, count) = (setting("BELFRY_SEED", 0), setting("BELFRY_SEEDS", 500));
    for seed in first..first + count {
        let ran = catch_unwind(AssertUnwindSafe(|| {
            run(claim, RandomScheduler::new_from_seed(seed, 1));
            // The first of its runs only tells how long one is.
            run(claim, PctScheduler::new_from_seed(seed, DEPTH, 2));
        }));
        assert!(
            ran.is_ok(),
            "once more: BELFRY_SEED={seed} BELFRY_SEEDS=1 cargo test --features ssr,shuttle --test schedules"
        );
    }
}

/// Whether chance decides nothing but who goes on.
fn a_seed_is_a_run(claim: fn()) {
    run(claim, UncontrolledNondeterminismCheckScheduler::new(RandomScheduler::new_from_seed(7, 20)));
}
