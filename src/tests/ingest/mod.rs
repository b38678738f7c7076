//! Alerts that other programs raise by Redis alone, and what Belfry tells them there.

mod bridge;
mod cluster;
mod faults;
mod flood;
mod garbage;
mod hostile;
mod neighbours;
mod nodes;
mod refused;
mod rights;
mod strangers;
mod stream;
mod trimming;
mod turns;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use belfry::{
    domain::{Alert, Filter, UserId, new_alert::Draft},
    server::{
        alerts::Alerts,
        broker::{Address, Broker, Redis, wire},
        ingest::{Ingest, Plan},
        store::{List, Store, Window},
    },
};
use futures_util::StreamExt;
use redis::{AsyncConnectionConfig, aio::MultiplexedConnection};
use serde_json::Value;
use tokio::time::{interval, timeout};

use crate::{
    support::{database::Database, redis::RedisServer},
    ws::bench::PATIENCE,
};

const STREAM: &str = "belfry:alerts";
const DEAD: &str = "belfry:alerts:dead";
const GROUP: &str = "belfry";

/// A node, but for its sweeper and its doors.
struct Node {
    alerts: Alerts,
    store: Arc<dyn Store>,
    ingest: Ingest,
}

impl Node {
    /// One that reads the stream.
    async fn on(database: &Database, redis: &RedisServer) -> Self {
        Self::with(database, redis, false).await
    }

    async fn with(database: &Database, redis: &RedisServer, bridge: bool) -> Self {
        Self::at(database, &redis.url(), bridge).await
    }

    async fn at(database: &Database, redis: &str, bridge: bool) -> Self {
        let store = database.open().await;
        let key = wire::Key(store.news_key().await.unwrap());
        let address = Address::parse(redis).unwrap();
        let prefix = "belfry:";
        let broker: Arc<dyn Broker> =
            Arc::new(Redis::open(&address, prefix, key, store.clone(), Arc::default()).await.unwrap());
        let alerts = Alerts::new(store.clone(), broker);
        let plan = Plan { address, prefix: prefix.to_owned(), bridge };
        let ingest = Ingest::start(plan, store.clone(), &alerts);
        Self { alerts, store, ingest }
    }

    async fn raise(&self, to: &str, title: &str) -> Alert {
        let draft =
            Draft { recipient_id: to.into(), kind: "k".into(), title: title.into(), ..Draft::default() };
        self.alerts.raise("test", draft).await.unwrap()
    }

    async fn inbox(&self, user: &str) -> Vec<Alert> {
        let window = Window::First { count: 10_000, after: None, before: None };
        let all = List { filter: Filter::default(), window };
        let user: UserId = user.parse().unwrap();
        let mut alerts = self.store.snapshot(&user, &[all]).await.unwrap().lists.remove(0).alerts;
        alerts.reverse();
        alerts
    }

    /// The titles of an inbox, oldest first.
    async fn titles(&self, user: &str) -> Vec<String> {
        self.inbox(user).await.into_iter().map(|alert| alert.title).collect()
    }

    /// Waits until an inbox has as many alerts; their titles.
    async fn has(&self, user: &str, count: usize) -> Vec<String> {
        until(async || self.inbox(user).await.len() >= count).await;
        self.titles(user).await
    }

    async fn unread(&self, user: &str) -> u32 {
        self.store.standing(&user.parse().unwrap()).await.unwrap().counts.unread
    }
}

/// Waits for something to be so.
async fn until(is: impl AsyncFn() -> bool) {
    let mut looks = interval(Duration::from_millis(10));
    let reached = async {
        while !is().await {
            looks.tick().await;
        }
    };
    timeout(PATIENCE, reached).await.unwrap();
}

/// Somebody with a Redis client.
struct Stranger(MultiplexedConnection);

impl Stranger {
    async fn on(redis: &RedisServer) -> Self {
        let client = redis::Client::open(redis.url()).unwrap();
        let patient = AsyncConnectionConfig::new().set_response_timeout(Some(PATIENCE));
        Self(client.get_multiplexed_async_connection_with_config(&patient).await.unwrap())
    }

    fn conn(&self) -> MultiplexedConnection {
        self.0.clone()
    }

    async fn ask<T: redis::FromRedisValue>(&self, command: &[&str]) -> T {
        let mut cmd = redis::cmd(command[0]);
        cmd.arg(&command[1..]).query_async(&mut self.conn()).await.unwrap()
    }

    /// Adds an entry; its id.
    async fn add(&self, fields: &[(&str, &str)]) -> String {
        self.add_bytes(
            &fields.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]).collect::<Vec<_>>(),
        )
        .await
    }

    async fn add_bytes(&self, fields: &[&[u8]]) -> String {
        let mut add = redis::cmd("XADD");
        add.arg(STREAM).arg("*").arg(fields);
        add.query_async(&mut self.conn()).await.unwrap()
    }

    async fn add_plain(&self, to: &str, title: &str) -> String {
        self.add(&[("recipientId", to), ("kind", "k"), ("title", title)]).await
    }

    /// How many entries were read and are not done.
    async fn pending(&self) -> u64 {
        let pending: redis::RedisResult<redis::Value> =
            redis::cmd("XPENDING").arg(STREAM).arg(GROUP).query_async(&mut self.conn()).await;
        match pending {
            Ok(redis::Value::Array(summary)) => redis::from_redis_value(summary[0].clone()).unwrap(),
            // The group is not there yet.
            _ => 0,
        }
    }

    async fn length(&self, key: &str) -> u64 {
        self.ask(&["XLEN", key]).await
    }

    /// The entries of a stream.
    async fn entries(&self, key: &str) -> Vec<Entry> {
        let entries: Vec<(String, Fields)> = self.ask(&["XRANGE", key, "-", "+"]).await;
        entries.into_iter().map(|(id, fields)| Entry { id, fields }).collect()
    }

    /// The refused entries: the fields of each, as text.
    async fn dead(&self) -> Vec<BTreeMap<String, String>> {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let fields =
            |entry: Entry| entry.fields.into_iter().map(|(name, value)| (text(name), text(value))).collect();
        self.entries(DEAD).await.into_iter().map(fields).collect()
    }

    async fn publish(&self, channel: &str, message: impl redis::ToSingleRedisArg + Send + Sync) -> u64 {
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(channel).arg(message).query_async(&mut self.conn()).await.unwrap()
    }

    async fn publish_added(&self, to: &str, alert: &Value) {
        let message = serde_json::json!({ "alertAdded": alert }).to_string();
        self.publish(&format!("alertAdded-{to}"), message).await;
    }

    async fn publish_read(&self, to: &str, alert: &Value) {
        let message = serde_json::json!({ "alertRead": alert }).to_string();
        self.publish(&format!("alertRead-{to}"), message).await;
    }

    /// Waits until somebody listens to the neighbours.
    async fn bridged(&self) {
        until(async || self.ask::<u64>(&["PUBSUB", "NUMPAT"]).await == 2).await;
    }
}

/// An entry of a stream.
struct Entry {
    id: String,
    fields: Fields,
}

/// Names and values.
type Fields = Vec<(Vec<u8>, Vec<u8>)>;

impl Entry {
    fn bytes(&self, name: &str) -> &[u8] {
        &self.fields.iter().find(|(field, _)| field == name.as_bytes()).unwrap().1
    }

    fn text(&self, name: &str) -> &str {
        str::from_utf8(self.bytes(name)).unwrap()
    }
}

/// A gateway of the source design, which listens.
struct Gateway(redis::aio::PubSubStream);

impl Gateway {
    async fn on(redis: &RedisServer) -> Self {
        Self::over(&redis.url()).await
    }

    async fn over(url: &str) -> Self {
        let mut pubsub = redis::Client::open(url).unwrap().get_async_pubsub().await.unwrap();
        pubsub
            .subscribe(&["alertAdded-ada", "alertRead-ada", "alertAdded-bob", "alertRead-bob"])
            .await
            .unwrap();
        Self(pubsub.into_on_message())
    }

    /// The next message: its channel and what it holds.
    async fn hear(&mut self) -> (String, Value) {
        let message = timeout(PATIENCE, self.0.next()).await.unwrap().unwrap();
        let channel = message.get_channel_name().to_owned();
        let mut told: Value = serde_json::from_slice(message.get_payload_bytes()).unwrap();
        let name = channel.split('-').next().unwrap();
        assert_eq!(told.as_object().unwrap().len(), 1);
        (channel.clone(), told[name].take())
    }

    /// The next message's channel and its alert's title.
    async fn title(&mut self) -> (String, String) {
        let (channel, alert) = self.hear().await;
        (channel, alert["title"].as_str().unwrap().to_owned())
    }
}
