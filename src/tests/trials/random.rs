//! Faults at random, one after the other and two at a time, for ten minutes.

use std::{env, time::Duration};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::time::{Instant, sleep};

use super::{fault::Fault, size, trial, world::NODES};

/// What goes on between two of them.
fn pause(random: &mut StdRng) -> Duration {
    Duration::from_millis(random.random_range(0..3_000))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anything_fails_at_any_time() {
    let given = env::var("BELFRY_FAULTS_SEED").ok().filter(|seed| !seed.is_empty());
    let seed: u32 = given.map_or_else(rand::random, |seed| seed.parse().unwrap());
    let length = Duration::from_secs(600) / (2 * size().haste - 1);
    let name = format!("random faults, {} s, seed {seed}", length.as_secs());
    trial(&name, async |world| {
        let mut random = StdRng::seed_from_u64(seed.into());
        let until = Instant::now() + length;
        let mut struck: Vec<Fault> = Vec::new();
        while Instant::now() < until {
            if struck.len() == 2 {
                struck.remove(random.random_range(0..2)).heal(world).await;
            }
            let faults = Fault::all(random.random_range(0..NODES));
            let fault = faults[random.random_range(0..faults.len())];
            if struck.iter().all(|other| fault.goes_with(*other)) {
                fault.strike(world).await;
                struck.push(fault);
            }
            sleep(pause(&mut random)).await;
        }
        for fault in struck {
            fault.heal(world).await;
        }
    })
    .await;
}
