//! The delivery core under a scheduler: real sessions, hub, reader and sweeper over a log that is slow, lost,
//! restored, and news that comes late, twice, in any order or never. No clock and no thread decides
//! anything: a seed is a run.
//!
//! Each session is checked at every step: what it hears follows what it heard, with the count of that
//! very state, or it is a reset. When all faults are over everybody knows everything.

mod crowd;
mod dice;
mod listener;
mod reads;
mod setbacks;
mod step;
mod store;
mod task;
mod world;

use std::{
    env,
    panic::{AssertUnwindSafe, catch_unwind},
};

use tokio::runtime::{Builder, Runtime};

use dice::Dice;
use step::{Faults, Step};
use world::World;

/// What a session heard that it should not, or did not hear.
type Wrong = String;

/// Takes the steps of a seed, then lets all faults end. The steps are what was taken so far.
async fn run(faults: Faults, seed: u64, steps: &mut Vec<Step>) -> Result<(), Wrong> {
    let mut world = World::new(faults, seed).await?;
    for _ in 0..20 + Dice::of(seed).below(100) {
        steps.push(world.step().await?);
    }
    world.rest().await?;
    world.is_whole()
}

/// A number from the environment.
fn setting(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |number| number.parse().unwrap())
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// As many seeds as `BELFRY_SEEDS` says, from `BELFRY_SEED` on.
fn all_are_right(faults: Faults) {
    let (first, count) = (setting("BELFRY_SEED", 0), setting("BELFRY_SEEDS", 2_000));
    let runtime = runtime();
    for seed in first..first + count {
        let mut steps = Vec::new();
        let ran = catch_unwind(AssertUnwindSafe(|| runtime.block_on(run(faults, seed, &mut steps))));
        let wrong = match ran {
            Ok(Ok(())) => continue,
            Ok(Err(wrong)) => wrong,
            Err(_) => "it panics".into(),
        };
        panic!(
            "{wrong}, after {steps:?}\nonce more: BELFRY_SEED={seed} BELFRY_SEEDS=1 \
             cargo test --features ssr --test tests simulation"
        );
    }
}

#[test]
fn news_late_twice_and_in_any_order_reaches_every_session_without_a_sweeper() {
    all_are_right(Faults::Late);
}

#[test]
fn whatever_is_lost_restored_or_failed_over_every_session_is_whole_or_reset() {
    all_are_right(Faults::Lost);
}

#[test]
fn a_seed_is_a_run() {
    let runtime = runtime();
    let run = |seed| {
        let mut steps = Vec::new();
        let done = runtime.block_on(async {
            let mut world = World::new(Faults::Lost, seed).await?;
            for _ in 0..200 {
                steps.push(world.step().await?);
            }
            Ok::<_, Wrong>(world.heard())
        });
        (done.unwrap(), format!("{steps:?}"))
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}
