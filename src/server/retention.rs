//! Removes what was kept long enough, a little at a time.
//!
//! Alerts leave their inboxes by changes like any other; what remains of them is deleted later, and change
//! logs are shortened. Every node does so: whoever comes first has done it.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};

use super::{
    broker::Broker,
    store::{Retention, Store, StoreError},
};

/// How long after it was all done to look again, give or take a half.
const PERIOD: Duration = Duration::from_secs(60 * 60);

/// The same after a failure.
const RETRY: Duration = Duration::from_secs(60);

/// How many times as long as a piece of work took it rests after it: what others write comes first.
const REST: u32 = 4;

/// Removes for ever.
pub async fn run(store: Arc<dyn Store>, broker: Arc<dyn Broker>, retention: Retention) {
    let keeper = Keeper { store, broker, retention };
    loop {
        let pause = match keeper.look().await {
            Ok(()) => PERIOD,
            Err(error) => {
                tracing::error!(%error, "cannot remove what was kept long enough; trying again in a minute");
                keeper.broker.hub().metrics().retention.failed.inc();
                RETRY
            }
        };
        sleep(pause.mul_f64(rand::random_range(0.5..1.5))).await;
    }
}

struct Keeper {
    store: Arc<dyn Store>,
    broker: Arc<dyn Broker>,
    retention: Retention,
}

impl Keeper {
    async fn look(&self) -> Result<(), StoreError> {
        self.retire().await?;
        self.forget().await?;
        self.shorten().await
    }

    async fn retire(&self) -> Result<(), StoreError> {
        loop {
            let begin = Instant::now();
            let changes = self.store.retire(&self.retention).await?;
            if changes.is_empty() {
                return Ok(());
            }
            self.broker.hub().metrics().retention.retired.inc_by(changes.len() as u64);
            changes.into_iter().for_each(|change| self.broker.publish(change));
            rest(begin).await;
        }
    }

    async fn forget(&self) -> Result<(), StoreError> {
        loop {
            let begin = Instant::now();
            let alerts = self.store.forget(&self.retention).await?;
            if alerts == 0 {
                return Ok(());
            }
            self.broker.hub().metrics().retention.alerts.inc_by(alerts);
            rest(begin).await;
        }
    }

    async fn shorten(&self) -> Result<(), StoreError> {
        let mut last: Option<String> = None;
        loop {
            let begin = Instant::now();
            let shortened = self.store.shorten(&self.retention, last.as_deref()).await?;
            self.broker.hub().metrics().retention.changes.inc_by(shortened.changes);
            rest(begin).await;
            if shortened.changes > 0 {
                continue;
            }
            if shortened.last.is_none() {
                return Ok(());
            }
            last = shortened.last;
        }
    }
}

async fn rest(begin: Instant) {
    sleep(begin.elapsed() * REST).await;
}
