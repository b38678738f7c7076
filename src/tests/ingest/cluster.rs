//! The same on a cluster, whose servers come and go.

use belfry::domain::Act;
use belfry::server::broker::Address;
use redis::RedisResult;

use super::{DEAD, Gateway, Node, STREAM, until};
use crate::support::{
    cluster::{RedisCluster, eventually},
    database::Database,
};

/// What a program with a cluster client asks.
async fn ask<T: redis::FromRedisValue>(cluster: &RedisCluster, command: &[&str]) -> RedisResult<T> {
    let mut conn = Address::parse(&cluster.url()).unwrap().connect().await?;
    redis::cmd(command[0]).arg(&command[1..]).query_async(&mut conn).await
}

/// Adds an entry under a key, until that was heard.
async fn add(cluster: &RedisCluster, title: &str) {
    let entry = ["recipientId", "ada", "kind", "k", "title", title, "idempotencyKey", title];
    let command = [&["XADD", STREAM, "*"][..], &entry].concat();
    eventually(async || ask::<String>(cluster, &command).await.is_ok()).await;
}

#[tokio::test]
async fn on_a_cluster_the_stream_goes_on_where_its_key_is_after_a_failover() {
    let (database, mut cluster) = (Database::new(), RedisCluster::with_replicas().await);
    let node = Node::at(&database, &cluster.url(), false).await;
    add(&cluster, "before").await;
    assert_eq!(node.has("ada", 1).await, ["before"]);
    ask::<String>(&cluster, &["XADD", STREAM, "*", "nothing", "known"]).await.unwrap();
    until(async || ask::<u64>(&cluster, &["XLEN", DEAD]).await == Ok(1)).await;
    let mut owner = 0;
    // The others say where it is.
    while cluster.servers[owner].ask::<u64>(&format!("XLEN {STREAM}")).await.is_err() {
        owner += 1;
    }
    cluster.servers[owner].kill();
    add(&cluster, "after").await;
    eventually(async || node.titles("ada").await == ["before", "after"]).await;
}

#[tokio::test]
async fn on_a_cluster_neighbours_are_heard_and_told_at_whichever_server_they_are() {
    let (database, cluster) = (Database::new(), RedisCluster::start().await);
    let node = Node::at(&database, &cluster.url(), true).await;
    let mut gateways = Vec::new();
    for server in &cluster.servers {
        gateways.push(Gateway::over(&server.url()).await);
    }
    let message = r#"{"alertAdded": {"id": "n1", "title": "theirs"}}"#;
    // Until the bridge listens nobody hears it.
    eventually(async || {
        ask::<u64>(&cluster, &["PUBLISH", "alertAdded-bob", message]).await.unwrap();
        node.titles("bob").await == ["theirs"]
    })
    .await;
    let ours = node.raise("ada", "ours").await.id.to_string();
    node.alerts.mark(&"ada".parse().unwrap(), &ours, Act::Read, Vec::new()).await.unwrap();
    for gateway in &mut gateways {
        let mut heard = Vec::new();
        while heard.len() < 2 {
            let (channel, title) = gateway.title().await;
            if channel != "alertAdded-bob" {
                heard.push((channel, title));
            }
        }
        let expected =
            ["alertAdded-ada", "alertRead-ada"].map(|channel| (channel.to_owned(), "ours".to_owned()));
        assert_eq!(heard, expected);
    }
}
