//! The promises under faults: real nodes, real servers, the real client, and a checker that decides.
//!
//! Each trial runs load, lets something fail, and judges the whole history once everything is well
//! again. `make test` runs them short; `make faults` runs them long, one after the other, on the
//! release, and prints a table.

mod alone;
mod attacks;
mod callers;
mod checker;
mod clients;
mod crowd;
mod deploy;
mod fault;
mod floods;
mod history;
mod ledger;
mod nodes;
mod planted;
mod postgres;
mod random;
mod readers;
mod redis;
mod resp;
mod rights;
mod screen;
mod soak;
mod storm;
mod telling;
mod viewer;
mod walk;
mod world;
mod writer;
mod writers;

use std::{env, fs::OpenOptions, io::Write, time::Duration};

use tokio::time::sleep;

use self::{
    checker::{Verdict, check},
    history::now,
    world::World,
    writer::Writers,
};

/// How large a trial is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub people: usize,
    /// Open pages of each person.
    pub pages: usize,
    /// About how often each of three programs raises an alert.
    pub pace: Duration,
    /// What a fault's length is divided by.
    pub haste: u32,
    /// How long a page may lack something once the fault is over.
    pub bound: Duration,
}

/// Large when `BELFRY_FAULTS` is `long`.
pub fn size() -> Size {
    match env::var("BELFRY_FAULTS").as_deref() {
        Ok("long") => Size {
            people: 40,
            pages: 3,
            pace: Duration::from_millis(30),
            haste: 1,
            bound: Duration::from_secs(5),
        },
        // On a machine of any speed: what is late there says little.
        _ => Size {
            people: 6,
            pages: 2,
            pace: Duration::from_millis(60),
            haste: 12,
            bound: Duration::from_secs(20),
        },
    }
}

/// Lets a fault last: its time in a long run, a part of it in a short one.
pub async fn last(seconds: u32) {
    sleep(Duration::from_secs(seconds.into()) / size().haste).await;
}

/// Runs load, lets something fail, and judges.
pub async fn trial(name: &str, fault: impl AsyncFnOnce(&mut World)) {
    trial_in(World::start().await, name, fault).await;
}

/// The same, in a world of its own making.
pub async fn trial_in(mut world: World, name: &str, fault: impl AsyncFnOnce(&mut World)) {
    let writers = world.begin().await;
    fault(&mut world).await;
    heal(world, writers, name).await;
}

/// What failed is over: lets the writers go on a little, and judges.
pub async fn heal(mut world: World, writers: Writers, name: &str) {
    world.healed = world.healed.or(Some(now()));
    // What is raised now has to arrive as ever.
    sleep(Duration::from_secs(1)).await;
    world.acknowledged.extend(writers.stop().await);
    assert!(!world.marked.lock().unwrap().is_empty(), "{name}: nobody marked anything");
    judge(&world, name).await;
}

/// Waits until all is well, and judges what happened.
pub async fn judge(world: &World, name: &str) {
    let verdict = check(&world.history().await);
    note(name, &verdict);
    assert!(verdict.is_clean(), "{name}: {verdict:?}");
    assert!(verdict.slowest <= size().bound, "{name}: {verdict:?}");
}

/// Adds a row to the table in the file that `BELFRY_FAULTS_TABLE` names.
pub fn note(name: &str, verdict: &Verdict) {
    if let Some(file) = env::var_os("BELFRY_FAULTS_TABLE") {
        let mut table = OpenOptions::new().create(true).append(true).open(file).unwrap();
        writeln!(table, "| {name} | {verdict} |").unwrap();
    }
}
