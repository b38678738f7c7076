//! A Redis under Sentinel of a test's own.

use super::{cluster::eventually, redis::RedisServer};

/// What the sentinels call the master.
pub const NAME: &str = "news";

/// A master, a replica, and three sentinels. Ends with the test.
pub struct Watched {
    pub servers: [RedisServer; 2],
    pub sentinels: Vec<RedisServer>,
}

impl Watched {
    pub async fn start() -> Self {
        let server = |replica_of: Option<u16>| {
            RedisServer::with_options(move |port, _| {
                let replica_of = replica_of.map(|master| format!("--replicaof 127.0.0.1 {master}"));
                let rest = replica_of.unwrap_or_default();
                words(&format!("--port {port} --repl-diskless-sync-delay 0 {rest}"))
            })
        };
        let master = server(None).await;
        let replica = server(Some(master.port)).await;
        // A sentinel that finds no replica when it comes looks again only after ten seconds.
        eventually(async || {
            let said: String = master.ask("INFO replication").await.unwrap();
            said.contains("state=online")
        })
        .await;
        let mut sentinels = Vec::new();
        for _ in 0..3 {
            sentinels.push(
                RedisServer::with_options(|port, folder| {
                    std::fs::write(folder.join("sentinel.conf"), watch(port, master.port)).unwrap();
                    words("sentinel.conf --sentinel")
                })
                .await,
            );
        }
        let watched = Self { servers: [master, replica], sentinels };
        watched.agree().await;
        watched
    }

    /// Waits until each sentinel knows the others and a replica.
    pub async fn agree(&self) {
        for sentinel in &self.sentinels {
            eventually(async || {
                let said: Vec<String> = sentinel.ask(&format!("SENTINEL MASTER {NAME}")).await.unwrap();
                let is = |what: &str, count: &str| said.chunks(2).any(|pair| pair == [what, count]);
                is("num-slaves", "1") && is("num-other-sentinels", "2")
            })
            .await;
        }
    }

    /// Makes the sentinels watch a server anew, as if they had never known another.
    pub async fn watch_anew(&mut self, server: usize) {
        for sentinel in &mut self.sentinels {
            sentinel.kill();
            sentinel.write("sentinel.conf", &watch(sentinel.port, self.servers[server].port));
            sentinel.restart().await;
        }
    }

    pub fn url(&self) -> String {
        let names: Vec<_> = self.sentinels.iter().map(RedisServer::name).collect();
        format!("redis-sentinel://{}/{NAME}", names.join(","))
    }
}

fn watch(port: u16, master: u16) -> String {
    format!(
        "port {port}\nbind 127.0.0.1\nsentinel monitor {NAME} 127.0.0.1 {master} 2\n\
         sentinel down-after-milliseconds {NAME} 1500\nsentinel failover-timeout {NAME} 10000\n"
    )
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
