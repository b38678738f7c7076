//! Looks at the store once a second for what no news told of.
//!
//! Another process may have written (the command line is one), and alerts fall due. The look costs
//! one range read of the global change number and one of the due dates, both empty while nothing
//! happens, whatever the number of connections.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::Hub;
use crate::server::store::{Store, StoreError};

/// How often the log is looked at, and so how late another process's alert can be.
pub const PERIOD: Duration = Duration::from_secs(1);

/// Sweeps for ever. Faults are logged once when they begin and once when they end.
pub async fn run(store: Store, hub: Hub, mut seen: i64) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        ticks.tick().await;
        let swept = sweep(&store, &hub, &mut seen).await;
        if let (Err(error), false) = (&swept, failing) {
            tracing::error!(%error, "the sweeper cannot read the store");
        }
        if swept.is_ok() && failing {
            tracing::info!("the sweeper reads the store again");
        }
        failing = swept.is_err();
    }
}

/// One look: what fell due leaves its inbox, and sessions that lack a change go to the log.
async fn sweep(store: &Store, hub: &Hub, seen: &mut i64) -> Result<(), StoreError> {
    for change in store.expire_due().await? {
        hub.publish(change);
    }
    let (heads, last) = store.heads_after(*seen).await?;
    if heads.is_empty() {
        return Ok(());
    }
    for (user, right) in store.rights_ended_after(*seen).await? {
        hub.end(&user, &right);
    }
    for (user, head) in heads {
        hub.compare(&user, head);
    }
    *seen = last;
    Ok(())
}
