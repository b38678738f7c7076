//! Doing what only one node may do, whenever this node holds the lease of it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::log::Health;
use crate::server::store::{Duty, Lease, Store};

/// How long a lease lasts, and so how long a node that died is waited for.
const TERM: Duration = Duration::from_secs(5);

/// How often its holder renews it.
const RENEWAL: Duration = Duration::from_millis(1_500);

/// How often the others look whether it is free, give or take a half.
const LOOK: Duration = Duration::from_secs(1);

/// The work of a duty.
#[async_trait]
pub(super) trait Work: Send + Sync + 'static {
    /// Works until it is told to stop or finds the lease lost. Dropped half-way when the lease ends.
    async fn work(&self, lease: Lease, stop: &CancellationToken);
}

/// Works whenever the lease is this node's, until `stop`; then gives it up.
pub(super) async fn hold(store: Arc<dyn Store>, duty: Duty, stop: CancellationToken, work: impl Work) {
    let health = Health::of(format!("take its turn at the {}", duty.name()));
    while !stop.is_cancelled() {
        match health.note(store.take_lease(duty, TERM).await) {
            Some(Some(lease)) => hold_once(&*store, lease, &stop, &work).await,
            Some(None) | None => {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = sleep(LOOK.mul_f64(rand::random_range(0.5..1.5))) => {}
                }
            }
        }
    }
}

async fn hold_once(store: &dyn Store, lease: Lease, stop: &CancellationToken, work: &impl Work) {
    tracing::debug!(duty = lease.duty.name(), number = lease.number, "this node has the lease");
    tokio::select! {
        () = work.work(lease, stop) => {}
        () = lose(store, lease) => {}
    }
    give_up(store, lease).await;
}

async fn give_up(store: &dyn Store, lease: Lease) {
    tracing::debug!(duty = lease.duty.name(), number = lease.number, "this node's lease has ended");
    if let Err(error) = store.give_up_lease(lease).await {
        tracing::warn!(%error, "a lease was not given up; it ends by itself");
    }
}

/// Renews a lease for as long as it can be; returns when another may have it.
async fn lose(store: &dyn Store, lease: Lease) {
    let mut renewed = Instant::now();
    loop {
        sleep(RENEWAL).await;
        let now = Instant::now();
        match store.renew_lease(lease, TERM).await {
            Ok(true) => renewed = now,
            Ok(false) => return,
            Err(_) if renewed.elapsed() < TERM => {}
            Err(_) => return,
        }
    }
}
