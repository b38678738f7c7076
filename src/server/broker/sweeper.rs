//! Looks at the store once a second for what no news told of.
//!
//! Another process may have written (the command line is one), and alerts fall due. The look costs
//! one range read of the global change number and one of the due dates, both empty while nothing
//! happens, whatever the number of connections.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::Hub;
use crate::{
    domain::{Position, UserId},
    server::store::{Mark, Replay, Store, StoreError},
};

/// How often the log is looked at, and so how late another process's alert can be.
pub const PERIOD: Duration = Duration::from_secs(1);

/// Sweeps for ever, from `mark` on.
pub async fn run(store: Store, hub: Hub, mut mark: Mark) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut look, mut expiry) = (Health::of("look at the change log"), Health::of("expire what is due"));
    loop {
        ticks.tick().await;
        // The look comes first and stands alone: what cannot expire must not keep it from being told.
        look.note(sweep(&store, &hub, &mut mark).await);
        expiry.note(expire(&store, &hub).await);
    }
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

    fn note(&mut self, outcome: Result<(), StoreError>) {
        match (&outcome, self.failing) {
            (Err(error), false) => tracing::error!(%error, "the sweeper cannot {}", self.duty),
            (Ok(()), true) => tracing::info!("the sweeper can {} again", self.duty),
            _ => {}
        }
        self.failing = outcome.is_err();
    }
}

/// One look at the log: sessions that lack a change are given it.
async fn sweep(store: &Store, hub: &Hub, mark: &mut Mark) -> Result<(), StoreError> {
    let changed = store.changed_since(mark).await?;
    for (user, right) in &changed.ended {
        hub.end(user, right);
    }
    for (user, head) in &changed.heads {
        repair(store, hub, user, *head).await?;
    }
    *mark = changed.mark;
    Ok(())
}

/// Reads what a user's sessions lack once for all of them. Whoever lacks something after that, for
/// it is further back or the log was shortened, is sent to the log itself.
async fn repair(store: &Store, hub: &Hub, user: &UserId, head: Position) -> Result<(), StoreError> {
    if let Some(revision) = hub.lacking(user, head.revision) {
        let after = Position { revision, ..head };
        if let Replay::Changes(changes) = store.replay(user, Some(after)).await? {
            changes.into_iter().for_each(|change| hub.publish(change));
        }
    }
    hub.compare(user, head.revision);
    Ok(())
}

/// Takes all that has fallen due out of its inbox.
async fn expire(store: &Store, hub: &Hub) -> Result<(), StoreError> {
    loop {
        let expired = store.expire_due().await?;
        if expired.is_empty() {
            return Ok(());
        }
        expired.into_iter().for_each(|change| hub.publish(change));
    }
}
