//! The broker of many nodes: news goes over Redis pub/sub, one channel a user.
//!
//! Redis only makes it fast. What it drops, or cannot carry while it is away, is found in the log: by
//! a comparison whenever a channel was joined, and by the sweeper. No request waits for it.
//!
//! A node has two connections whatever the number of its sockets: the [`subscriber`] hears, the
//! [`publisher`] tells.

mod address;
mod publisher;
mod subscriber;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio_util::task::AbortOnDropHandle;

use self::{publisher::Outbox, subscriber::Subscriber};
use super::{Broker, Hub, Interest, Link, wire};
use crate::{
    domain::{Change, UserId},
    server::{metrics::Metrics, store::Store},
};

pub use address::{Address, RedisError};

/// Carries news over Redis.
pub struct Redis {
    hub: Hub,
    channels: Channels,
    key: wire::Key,
    outbox: Outbox,
    /// Whether the subscriber hears.
    up: Arc<AtomicBool>,
    _tasks: [AbortOnDropHandle<()>; 2],
}

/// The names of channels.
#[derive(Clone)]
struct Channels(Arc<str>);

impl Channels {
    fn of(&self, user: &UserId) -> String {
        format!("{}news:{user}", self.0)
    }
}

impl Redis {
    /// Joins the nodes on a Redis. The first attempt is made here, so that what is wrong with the
    /// address stops the start; a server that cannot be reached does not.
    ///
    /// # Errors
    /// One sentence that names the server and says what to do.
    pub async fn open(
        address: &Address,
        prefix: &str,
        key: wire::Key,
        store: Arc<dyn Store>,
        metrics: Arc<Metrics>,
    ) -> Result<Self, RedisError> {
        address.try_out().await?;
        let interest = Arc::new(Interest::default());
        let hub = Hub::noting(interest.clone(), metrics.clone());
        let up = Arc::new(AtomicBool::new(false));
        let channels = Channels(prefix.into());
        let subscriber = Subscriber::new(
            address.clone(),
            channels.clone(),
            key.clone(),
            hub.clone(),
            interest,
            store,
            up.clone(),
        );
        let (outbox, sending) = publisher::start(address.clone(), metrics);
        let tasks = [tokio::spawn(subscriber.run()), tokio::spawn(sending)].map(AbortOnDropHandle::new);
        Ok(Self { hub, channels, key, outbox, up, _tasks: tasks })
    }
}

impl Broker for Redis {
    fn publish(&self, change: Change) {
        self.outbox.send(self.channels.of(&change.user), wire::write(&self.key, &change));
        self.hub.deliver(change);
    }

    fn hub(&self) -> &Hub {
        &self.hub
    }

    fn link(&self) -> Link {
        if self.up.load(Ordering::Relaxed) { Link::Ok } else { Link::Away }
    }

    fn waiting(&self) -> usize {
        self.outbox.waiting()
    }
}
