//! Alerts that other programs raise with nothing but a Redis client.
//!
//! The `stream` is durable: an entry is done when its alert is committed. The `bridge` listens to the
//! source design's plain messages, which Redis keeps for nobody. Each is the work of one node at a time,
//! the holder of its lease (`duty`): what is committed under a lease is refused once another holds it.

pub mod bridge;
mod duty;
mod field;
mod lanes;
mod log;
pub mod stream;

use std::sync::Arc;

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{bridge::Bridge, stream::Stream};
use super::{
    alerts::Alerts,
    broker::Address,
    store::{Duty, Store},
};

/// What of it a node does.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where Redis is.
    pub address: Address,
    /// What the names of Belfry's own keys begin with.
    pub prefix: String,
    /// Whether it listens to the neighbours.
    pub bridge: bool,
}

/// The tasks of a node that reads and listens whenever it holds the lease.
pub struct Ingest {
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl Ingest {
    /// Starts them.
    pub fn start(plan: Plan, store: Arc<dyn Store>, alerts: &Alerts) -> Self {
        let (stopping, tasks) = (CancellationToken::new(), TaskTracker::new());
        let Plan { address, prefix, bridge } = plan;
        let stream = Stream::new(address.clone(), &prefix, alerts.clone());
        tasks.spawn(duty::hold(store.clone(), Duty::Stream, stopping.clone(), stream));
        if bridge {
            let bridge = Bridge::new(address, alerts.clone());
            tasks.spawn(duty::hold(store, Duty::Bridge, stopping.clone(), bridge));
        }
        tasks.close();
        Self { stopping, tasks }
    }

    /// Ends what is under way and gives the leases up, so that other nodes go on at once.
    pub async fn stop(&self) {
        self.stopping.cancel();
        self.tasks.wait().await;
    }
}

impl Drop for Ingest {
    fn drop(&mut self) {
        self.stopping.cancel();
    }
}
