//! News between nodes, without the sweeper, which would make good in a second whatever is lost.

mod away;
mod carried;
mod cluster;
mod contract;
mod opening;
mod secured;
mod sentinel;
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
        Self::at(database, &redis.url(), prefix).await
    }

    async fn at(database: &Database, url: &str, prefix: &str) -> Self {
        Self::over(database.open().await, url, prefix).await
    }

    async fn over(store: Arc<dyn Store>, url: &str, prefix: &str) -> Self {
        let key = wire::Key(store.news_key().await.unwrap());
        let address = Address::parse(url).unwrap();
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

/// Two nodes, and sessions of the same people on both.
struct Neighbours {
    nodes: [Node; 2],
    people: Vec<String>,
    ears: Vec<Ear>,
    /// How often each person was raised an alert.
    raised: u32,
}

impl Neighbours {
    async fn on(database: &Database, url: &str, people: usize) -> Self {
        let nodes = [Node::at(database, url, PREFIX).await, Node::at(database, url, PREFIX).await];
        let people: Vec<_> = (0..people).map(|number| format!("user{number}")).collect();
        let mut ears = Vec::new();
        for person in &people {
            for node in &nodes {
                ears.push(node.listen(person).await);
            }
        }
        Self { nodes, people, ears, raised: 0 }
    }

    /// Raises an alert for everybody on each node.
    async fn raise(&mut self) {
        for person in &self.people {
            for node in &self.nodes {
                node.raise(person, "news").await;
            }
        }
        self.raised += 2;
    }

    /// Raises more and more until something is so, and at last once more. There is no sweeper: what came
    /// last is heard only when news goes its way again, and what came before it only from the log.
    async fn raise_until(&mut self, mut so: impl AsyncFnMut() -> bool) {
        let mut looks = tokio::time::interval(Duration::from_millis(50));
        let reached = async {
            while !so().await {
                // No more than a session may be behind without a reset.
                if self.raised < 200 {
                    self.raise().await;
                }
                looks.tick().await;
            }
        };
        timeout(3 * PATIENCE, reached).await.unwrap();
        self.raise().await;
    }

    /// Everybody heard everything on both nodes, once and in order.
    async fn heard_all(&mut self) {
        let expected: Vec<_> = (1..=self.raised).collect();
        for ear in &mut self.ears {
            assert_eq!(ear.revisions(expected.len()).await, expected);
        }
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
