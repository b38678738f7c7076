//! Looks at the store once a second for what no news told of.
//!
//! Another process may have written (the command line is one), and alerts fall due. The look costs
//! one range read of the global change number and one of the due dates, both empty while nothing
//! happens, whatever the number of connections.

use std::{pin::pin, sync::Arc, time::Duration};

use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

use super::{Broker, Hub, repair::repair};
use crate::server::store::{Mark, Store, StoreError};

/// How often the log is looked at, and so how late another process's alert can be.
pub const PERIOD: Duration = Duration::from_secs(1);

/// How long no look may succeed before what others raise counts as not arriving any more.
const BLIND: Duration = Duration::from_secs(2);

/// Sweeps for ever, from `mark` on. Says after each look, and while one takes too long, whether changes
/// arrive.
pub async fn run(
    store: Arc<dyn Store>,
    broker: Arc<dyn Broker>,
    mark: Mark,
    set_live: impl Fn(bool) + Send + Sync,
) {
    let mut known = Known { mark, epoch: None };
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut look, mut expiry) = (Health::of("look at the change log"), Health::of("expire what is due"));
    let mut blind_at = None;
    loop {
        ticks.tick().await;
        let (begin, metrics) = (Instant::now(), &broker.hub().metrics().sweeper);
        // The look comes first and stands alone: what cannot expire must not keep it from being told.
        let late = *blind_at.get_or_insert(begin + BLIND);
        let looked = watch(sweep(&*store, broker.hub(), &mut known), late, || set_live(false)).await;
        if looked.is_ok() {
            blind_at = None;
            set_live(true);
        }
        let expired = expire(&*store, &*broker).await;
        metrics.duration.observe(begin.elapsed().as_secs_f64());
        if looked.is_err() || expired.is_err() {
            metrics.failed.inc();
        }
        look.note(&looked);
        expiry.note(&expired);
    }
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

/// What the last look found.
struct Known {
    mark: Mark,
    /// None before the first.
    epoch: Option<u64>,
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

/// One look at the log: sessions that lack a change are given it.
async fn sweep(store: &dyn Store, hub: &Hub, known: &mut Known) -> Result<(), StoreError> {
    let changed = store.changed_since(&known.mark).await?;
    if known.epoch.replace(changed.epoch).is_some_and(|before| before != changed.epoch) {
        tracing::warn!("the store was restored: what its sessions knew does not count any more");
        tokio::spawn(hub.forget());
    }
    for (user, right) in &changed.ended {
        hub.end(user, right);
    }
    for (user, head) in &changed.heads {
        repair(store, hub, user, *head).await?;
    }
    known.mark = changed.mark;
    Ok(())
}

/// Takes all that has fallen due out of its inbox, and ends the sessions that have expired.
async fn expire(store: &dyn Store, broker: &dyn Broker) -> Result<(), StoreError> {
    loop {
        let mut expired = store.expire_due().await?;
        expired.extend(store.drop_expired_sessions().await?);
        if expired.is_empty() {
            return Ok(());
        }
        expired.into_iter().for_each(|change| broker.publish(change));
    }
}
