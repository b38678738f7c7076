//! Looks at the store once a second for what no news told of.
//!
//! Another process may have written (the command line is one), and alerts fall due. The two looks cost
//! a range read each, of the global change number and of the due dates, both empty while nothing
//! happens, whatever the number of connections.

use std::{pin::pin, sync::Arc, time::Duration};

use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout, timeout_at};
use tokio_util::task::AbortOnDropHandle;

use super::{Broker, Hub, repair::repair};
use crate::server::store::{Log, Mark, Store, StoreError};

/// How often the log is looked at, and so how late another process's alert can be.
pub const PERIOD: Duration = Duration::from_secs(1);

/// How long no look may succeed before what others raise counts as not arriving any more.
const BLIND: Duration = Duration::from_secs(2);

/// How long one look may take: the next one may have a better connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sweeps for ever, from `mark` on. Says after each look, and while one takes too long, whether changes
/// arrive.
pub async fn run(
    store: Arc<dyn Store>,
    broker: Arc<dyn Broker>,
    mark: Mark,
    set_live: impl Fn(bool) + Send + Sync,
) {
    // What cannot expire, or is long about it, must not keep what others raised from being told.
    tokio::join!(look_on(&*store, broker.hub(), mark, set_live), keep_time(&*store, &*broker));
}

async fn look_on(store: &dyn Store, hub: &Hub, mark: Mark, set_live: impl Fn(bool)) {
    let (mut sweeper, metrics) = (Sweeper::new(hub.clone(), mark), &hub.metrics().sweeper);
    let (mut ticks, mut health) = (ticks(), Health::of("look at the change log"));
    let mut blind_at = None;
    loop {
        ticks.tick().await;
        let begin = Instant::now();
        let late = *blind_at.get_or_insert(begin + BLIND);
        let look = timeout(PATIENCE, sweeper.look(store));
        let looked = watch(look, late, || set_live(false)).await;
        let looked = looked.unwrap_or_else(|_| Err(StoreError::away()));
        if looked.is_ok() {
            blind_at = None;
            set_live(true);
        } else {
            metrics.failed.inc();
        }
        metrics.duration.observe(begin.elapsed().as_secs_f64());
        health.note(&looked);
    }
}

async fn keep_time(store: &dyn Store, broker: &dyn Broker) {
    let (mut ticks, mut health) = (ticks(), Health::of("expire what is due"));
    loop {
        ticks.tick().await;
        let done = fall_due(store, broker).await;
        if done.is_err() {
            broker.hub().metrics().sweeper.failed.inc();
        }
        health.note(&done);
    }
}

fn ticks() -> Interval {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Waits for a look, however long it takes; says so when that is too long.
async fn watch<T>(look: impl Future<Output = T>, late: Instant, tell: impl FnOnce()) -> T {
    let mut look = pin!(look);
    if let Ok(looked) = timeout_at(late, &mut look).await {
        return looked;
    }
    tell();
    look.await
}

/// Whether one of the sweeper's duties works: its faults are logged when they begin and end.
struct Health {
    duty: &'static str,
    failing: bool,
}

impl Health {
    fn of(duty: &'static str) -> Self {
        Self { duty, failing: false }
    }

    fn note(&mut self, outcome: &Result<(), StoreError>) {
        match (outcome, self.failing) {
            (Err(error), false) => tracing::error!(%error, "the sweeper cannot {}", self.duty),
            (Ok(()), true) => tracing::info!("the sweeper can {} again", self.duty),
            _ => {}
        }
        self.failing = outcome.is_err();
    }
}

/// What looks at the log, and what its last look found.
pub struct Sweeper {
    hub: Hub,
    mark: Mark,
    /// None before the first.
    epoch: Option<u64>,
    /// Sends everybody to the log, in waves.
    waves: Option<AbortOnDropHandle<()>>,
}

impl Sweeper {
    /// One that looks from a mark on.
    pub fn new(hub: Hub, mark: Mark) -> Self {
        Self { hub, mark, epoch: None, waves: None }
    }

    /// One look: sessions that lack a change are given it, and where the store may not be what it was,
    /// all of them go to the log.
    ///
    /// # Errors
    /// The store's; then the next look begins where this one did.
    pub async fn look(&mut self, log: &dyn Log) -> Result<(), StoreError> {
        let changed = log.changed_since(&self.mark).await?;
        let restored = self.epoch.replace(changed.epoch).is_some_and(|before| before != changed.epoch);
        if restored || changed.moved {
            tracing::warn!(restored, "the store may not be what it was: every session asks it where it is");
            self.waves = Some(AbortOnDropHandle::new(tokio::spawn(self.hub.forget())));
        }
        for (user, right) in &changed.ended {
            self.hub.end(user, right);
        }
        for (user, head) in &changed.heads {
            match repair(log, &self.hub, user, *head).await {
                // Of that inbox nothing can be told; of the others it must be. Its sessions ask by themselves
                // until somebody has mended it: the next look does not see this change again.
                Err(error) if error.is_damage() => self.hub.compare(user, *head),
                repaired => repaired?,
            }
        }
        self.mark = changed.mark;
        Ok(())
    }
}

/// Takes all that has fallen due out of its inbox, brings back what was put off until now, and ends the sessions that
/// have expired.
async fn fall_due(store: &dyn Store, broker: &dyn Broker) -> Result<(), StoreError> {
    loop {
        let mut changes = store.fall_due().await?;
        changes.extend(store.drop_expired_sessions().await?);
        if changes.is_empty() {
            return Ok(());
        }
        changes.into_iter().for_each(|change| broker.publish(change));
    }
}
