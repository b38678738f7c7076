//! A Redis Cluster of a test's own.

use std::{collections::HashMap, time::Duration};

use futures_util::future::join_all;
use redis::Value;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::redis::{RedisServer, free_port};

/// How long a cluster may take to agree on something.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long its servers may take to know each other before they are introduced again.
const MEETING: Duration = Duration::from_secs(5);

const SHARDS: usize = 3;

/// Three shards. Ends with the test.
pub struct RedisCluster {
    /// The first three began as primaries, the others as replicas of theirs in the same order.
    pub servers: Vec<RedisServer>,
}

impl RedisCluster {
    /// Three primaries.
    pub async fn start() -> Self {
        let cluster = Self::of(SHARDS).await;
        cluster.agree("cluster_state:ok").await;
        cluster
    }

    /// Three primaries, each with a replica that takes its place when it is gone.
    pub async fn with_replicas() -> Self {
        let cluster = Self::of(2 * SHARDS).await;
        for (number, replica) in cluster.servers[SHARDS..].iter().enumerate() {
            let primary: String = cluster.servers[number].ask("CLUSTER MYID").await.unwrap();
            // Until it has heard of it.
            eventually(async || replica.ask::<()>(&format!("CLUSTER REPLICATE {primary}")).await.is_ok())
                .await;
        }
        cluster.agree("cluster_state:ok").await;
        for replica in &cluster.servers[SHARDS..] {
            eventually(async || {
                let said: String = replica.ask("INFO replication").await.unwrap();
                said.contains("master_link_status:up")
            })
            .await;
        }
        for server in &cluster.servers {
            // Each shard is a row: its slots, its primary, its replica.
            eventually(async || {
                let rows: Vec<Vec<Value>> = server.ask("CLUSTER SLOTS").await.unwrap();
                rows.len() == SHARDS && rows.iter().all(|row| row.len() == 4)
            })
            .await;
        }
        cluster
    }

    async fn of(count: usize) -> Self {
        let servers = join_all((0..count).map(|_| RedisServer::with_options(|port, _| options(port)))).await;
        for (number, server) in servers[..SHARDS].iter().enumerate() {
            let (from, to) = (number * 16_384 / SHARDS, (number + 1) * 16_384 / SHARDS - 1);
            server.ask::<()>(&format!("CLUSTER ADDSLOTSRANGE {from} {to}")).await.unwrap();
        }
        for (number, server) in servers.iter().enumerate() {
            server.ask::<()>(&format!("CLUSTER SET-CONFIG-EPOCH {}", number + 1)).await.unwrap();
        }
        let cluster = Self { servers };
        let known = format!("cluster_known_nodes:{count}\r");
        // A server that is slow to answer at the first time is forgotten: it is met again.
        let met = async {
            cluster.meet().await;
            while timeout(MEETING, cluster.agree(&known)).await.is_err() {
                cluster.meet().await;
            }
        };
        timeout(PATIENCE, met).await.unwrap();
        cluster
    }

    async fn meet(&self) {
        for server in &self.servers {
            let said: String = server.ask("CONFIG GET cluster-port").await.map(second).unwrap();
            let meet = format!("CLUSTER MEET 127.0.0.1 {} {said}", server.port);
            self.servers[0].ask::<()>(&meet).await.unwrap();
        }
    }

    /// Waits until every server says so of the cluster.
    async fn agree(&self, said: &str) {
        for server in &self.servers {
            eventually(async || server.ask::<String>("CLUSTER INFO").await.unwrap().contains(said)).await;
        }
    }

    pub fn url(&self) -> String {
        let names: Vec<_> = self.servers.iter().map(RedisServer::name).collect();
        format!("redis-cluster://{}", names.join(","))
    }

    /// How many subscribers each channel has, at whichever server.
    pub async fn subscribers(&mut self) -> HashMap<String, usize> {
        let mut subscribers = HashMap::new();
        for server in &mut self.servers {
            if server.lives() {
                for channel in server.ask::<Vec<String>>("PUBSUB SHARDCHANNELS").await.unwrap() {
                    let (_, count): (String, usize) =
                        server.ask(&format!("PUBSUB SHARDNUMSUB {channel}")).await.unwrap();
                    *subscribers.entry(channel).or_default() += count;
                }
            }
        }
        subscribers
    }

    /// The channel of a user, and the number of the server at which somebody is subscribed to it.
    pub async fn channel_of(&self, user: &str) -> (String, usize) {
        for (number, server) in self.servers.iter().enumerate() {
            let names: Vec<String> = server.ask(&format!("PUBSUB SHARDCHANNELS *:{user}")).await.unwrap();
            if let Some(name) = names.into_iter().next() {
                return (name, number);
            }
        }
        panic!("nobody is subscribed to {user}");
    }

    /// Moves the slot of a channel from one primary to another.
    pub async fn move_slot(&self, channel: &str, from: usize, to: usize) {
        let slot: u16 = self.servers[from].ask(&format!("CLUSTER KEYSLOT {channel}")).await.unwrap();
        let ids = [from, to].map(|number| self.servers[number].ask::<String>("CLUSTER MYID"));
        let ids = join_all(ids).await.into_iter().collect::<Result<Vec<_>, _>>().unwrap();
        let set = async |number: usize, what: String| {
            self.servers[number].ask::<()>(&format!("CLUSTER SETSLOT {slot} {what}")).await.unwrap();
        };
        set(to, format!("IMPORTING {}", ids[0])).await;
        set(from, format!("MIGRATING {}", ids[1])).await;
        for number in [to, from] {
            set(number, format!("NODE {}", ids[1])).await;
        }
    }
}

fn options(port: u16) -> Vec<String> {
    let bus = free_port();
    let options = format!(
        "--port {port} --cluster-enabled yes --cluster-port {bus} --cluster-node-timeout 2000 \
         --repl-diskless-sync-delay 0"
    );
    options.split_whitespace().map(str::to_owned).collect()
}

fn second((_, value): (String, String)) -> String {
    value
}

/// Waits until something is so.
pub async fn eventually(mut so: impl AsyncFnMut() -> bool) {
    let mut looks = interval(Duration::from_millis(20));
    // However long a look takes, others come to their turn in between.
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let reached = async {
        while !so().await {
            looks.tick().await;
        }
    };
    timeout(PATIENCE, reached).await.unwrap();
}
