//! News between nodes, without the sweeper, which would make good in a second whatever is lost.

mod away;
mod carried;
mod contract;
mod opening;
mod strangers;

use std::{sync::Arc, time::Duration};

use belfry::{
    domain::{Filter, UserId, new_alert::Draft},
    server::{
        alerts::Alerts,
        broker::{Address, Broker, Heard, Redis, Session, Start, wire},
        store::Store,
    },
};
use tokio::time::timeout;

use crate::support::{database::Database, redis::RedisServer};

/// How long anything may take before a test is given up.
const PATIENCE: Duration = Duration::from_secs(20);

const PREFIX: &str = "belfry:";

/// A node, but for its sweeper and its doors.
struct Node {
    alerts: Alerts,
    broker: Arc<dyn Broker>,
    store: Arc<dyn Store>,
}

impl Node {
    async fn on(database: &Database, redis: &RedisServer) -> Self {
        Self::named(database, redis, PREFIX).await
    }

    async fn named(database: &Database, redis: &RedisServer, prefix: &str) -> Self {
        let store = database.open().await;
        let key = wire::Key(store.news_key().await.unwrap());
        let address = Address::parse(&redis.url()).unwrap();
        let broker = Redis::open(&address, prefix, key, store.clone(), Arc::default()).await.unwrap();
        Self::with(store, Arc::new(broker))
    }

    fn with(store: Arc<dyn Store>, broker: Arc<dyn Broker>) -> Self {
        Self { alerts: Alerts::new(store.clone(), broker.clone()), broker, store }
    }

    async fn raise(&self, to: &str, title: &str) {
        let draft =
            Draft { recipient_id: to.into(), kind: "k".into(), title: title.into(), ..Draft::default() };
        self.alerts.raise("test", draft).await.unwrap();
    }

    async fn read_all(&self, user: &UserId) {
        let head = self.alerts.inbox(user, &[]).await.unwrap().standing.position.to_string();
        self.alerts.mark_all(user, &head, Filter::default(), Vec::new()).await.unwrap();
    }

    async fn listen(&self, user: &str) -> Ear {
        Ear(self.alerts.listen(user.parse().unwrap(), Start::Now).await.unwrap())
    }
}

/// A session that is listened to.
struct Ear(Session);

impl Ear {
    /// The revisions of the next changes.
    async fn revisions(&mut self, count: usize) -> Vec<u32> {
        let mut revisions = Vec::new();
        for _ in 0..count {
            match timeout(PATIENCE, self.0.next()).await.unwrap() {
                Heard::News(news) => revisions.push(news.change.position.revision),
                Heard::Reset(standing) => panic!("reset to {standing:?}"),
            }
        }
        revisions
    }
}

/// The channels somebody is subscribed to.
async fn channels(redis: &RedisServer) -> Vec<String> {
    let mut conn = redis.connect().await;
    let mut names: Vec<String> = redis::cmd("PUBSUB").arg("CHANNELS").query_async(&mut conn).await.unwrap();
    names.sort_unstable();
    names
}

/// Waits until as many channels are subscribed to.
async fn channels_are(redis: &RedisServer, count: usize) {
    let reached = async { while channels(redis).await.len() != count {} };
    timeout(PATIENCE, reached).await.unwrap();
}
