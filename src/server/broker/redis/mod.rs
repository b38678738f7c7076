//! The broker of many nodes: news goes over Redis pub/sub, one channel a user.
//!
//! Redis only makes it fast. What it drops, or cannot carry while it is away, is found in the log: by
//! a comparison whenever a channel was joined, and by the sweeper. No request waits for it.
//!
//! A node has two connections to each server that carries news, whatever the number of its sockets:
//! the [`subscriber`] hears, the [`publisher`] tells. There is one such server, or in a cluster one a
//! shard: news goes over sharded pub/sub, so that a cluster carries more the larger it is. The
//! [`shards`] are kept in line with what the cluster says of itself. Beside the news the source design's
//! programs are told, for which the [`herald`] puts changes in their words.
//!
//! The library's own cluster connection does the commands of others ([`Connection`]), but not this: a
//! pipeline of it goes to one slot, and it does not tell when it lost and regained a subscription.

mod address;
mod channels;
mod cluster;
mod connection;
mod herald;
mod line;
mod publisher;
mod sentinel;
mod server;
mod shards;
mod subscriber;
mod trial;
mod url;

use std::sync::Arc;

use tokio_util::task::AbortOnDropHandle;

use self::{
    channels::{Channels, slot_of},
    herald::Herald,
    publisher::Letter,
    shards::Routes,
    subscriber::Ear,
};
use super::{Broker, Hub, Interest, Link, wire};
use crate::{
    domain::Change,
    server::{metrics::Metrics, refusals::Refusals, store::Store},
};

pub use address::{Address, RedisError};
pub use connection::Connection;

/// Carries news over Redis.
pub struct Redis {
    ear: Arc<Ear>,
    routes: Routes,
    herald: Herald,
    _tasks: [AbortOnDropHandle<()>; 3],
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
        let hub = Hub::noting(interest.clone(), metrics);
        let (channels, node) = (Channels::new(prefix, address.is_cluster()), wire::Node::random());
        let refusals = Refusals::of("news");
        let (ear, routes) = (Arc::new(Ear { channels, key, node, hub, store, refusals }), Routes::default());
        let keeping = shards::keep(address.clone(), ear.clone(), routes.clone());
        let dispatching = shards::dispatch(interest, ear.clone(), routes.clone());
        let (herald, telling) = herald::start(ear.clone(), routes.clone());
        let tasks = [tokio::spawn(keeping), tokio::spawn(dispatching), tokio::spawn(telling)];
        Ok(Self { ear, routes, herald, _tasks: tasks.map(AbortOnDropHandle::new) })
    }
}

impl Broker for Redis {
    fn publish(&self, change: Change) {
        self.herald.tell(&change);
        self.relay(change);
    }

    fn relay(&self, change: Change) {
        let Ear { channels, key, node, hub, .. } = &*self.ear;
        let channel = channels.of(&change.user);
        let slot = slot_of(&channel);
        let news = Letter::news(channels.tell(), channel, wire::write(key, *node, &change));
        if !self.routes.send(slot, news) {
            hub.metrics().news.dropped_failed.inc();
        }
        hub.deliver(change);
    }

    fn hub(&self) -> &Hub {
        &self.ear.hub
    }

    fn link(&self) -> Link {
        if self.routes.are_up() { Link::Ok } else { Link::Away }
    }

    fn waiting(&self) -> usize {
        self.routes.waiting()
    }
}
