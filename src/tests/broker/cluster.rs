//! A Redis Cluster: news goes by its shards, and goes on when they change.

use std::{collections::HashSet, time::Duration};

use belfry::server::broker::Address;
use tokio::time::timeout;

use super::{Neighbours, Node, PATIENCE, PREFIX};
use crate::support::{
    cluster::{RedisCluster, eventually},
    database::Database,
    redis::RedisServer,
};

/// Whether as many channels have two subscribers each, one a node, and none has another number.
async fn joined_by_both(cluster: &mut RedisCluster, channels: usize) -> bool {
    let subscribers = cluster.subscribers().await;
    subscribers.len() == channels && subscribers.values().all(|&count| count == 2)
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_when_a_primary_is_killed() {
    let (database, mut cluster) = (Database::new(), RedisCluster::with_replicas().await);
    let mut neighbours = Neighbours::on(&database, &cluster.url(), 30).await;
    eventually(async || joined_by_both(&mut cluster, 30).await).await;
    neighbours.raise().await;
    cluster.servers[0].kill();
    neighbours.raise_until(async || joined_by_both(&mut cluster, 30).await).await;
    neighbours.heard_all().await;
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_when_a_primary_becomes_a_replica() {
    let (database, mut cluster) = (Database::new(), RedisCluster::with_replicas().await);
    let mut neighbours = Neighbours::on(&database, &cluster.url(), 30).await;
    eventually(async || joined_by_both(&mut cluster, 30).await).await;
    neighbours.raise().await;
    cluster.servers[3].ask::<()>("CLUSTER FAILOVER").await.unwrap();
    // Redis may leave subscribers where they are: it tells a shard's replicas too what is published in it, once they
    // have found each other again.
    let taken_over = async || {
        let [old, new] = [&cluster.servers[0], &cluster.servers[3]];
        let (old, new): (Vec<redis::Value>, Vec<redis::Value>) =
            (old.ask("ROLE").await.unwrap(), new.ask("ROLE").await.unwrap());
        let word = |word: &str| redis::Value::BulkString(word.as_bytes().to_vec());
        new[0] == word("master") && old[0] == word("slave") && old[3] == word("connected")
    };
    neighbours.raise_until(taken_over).await;
    eventually(async || joined_by_both(&mut cluster, 30).await).await;
    neighbours.raise().await;
    neighbours.heard_all().await;
}

#[tokio::test]
async fn a_slot_that_moves_is_followed() {
    let (database, mut cluster) = (Database::new(), RedisCluster::start().await);
    let mut neighbours = Neighbours::on(&database, &cluster.url(), 10).await;
    eventually(async || joined_by_both(&mut cluster, 10).await).await;
    let (channel, from) = cluster.channel_of("user7").await;
    let to = (from + 1) % 3;
    cluster.move_slot(&channel, from, to).await;
    // Told to nobody who is still subscribed, or to both: whichever comes first.
    neighbours.raise().await;
    eventually(async || joined_by_both(&mut cluster, 10).await).await;
    assert_eq!(cluster.channel_of("user7").await, (channel, to));
    neighbours.raise().await;
    neighbours.heard_all().await;
}

#[tokio::test]
async fn a_slot_that_moves_while_nothing_is_told_is_followed_at_once() {
    let (database, mut cluster) = (Database::new(), RedisCluster::start().await);
    let _neighbours = Neighbours::on(&database, &cluster.url(), 10).await;
    eventually(async || joined_by_both(&mut cluster, 10).await).await;
    let (channel, from) = cluster.channel_of("user7").await;
    cluster.move_slot(&channel, from, (from + 1) % 3).await;
    // Only the server that lost it can have said so: well before the connection is tested.
    let followed = eventually(async || joined_by_both(&mut cluster, 10).await);
    timeout(Duration::from_secs(4), followed).await.unwrap();
    assert_eq!(cluster.channel_of("user7").await, (channel, (from + 1) % 3));
}

#[tokio::test]
async fn a_slot_that_was_nobodys_is_joined_when_somebody_has_it() {
    let (database, mut cluster) = (Database::new(), RedisCluster::start().await);
    let mut neighbours = Neighbours::on(&database, &cluster.url(), 10).await;
    eventually(async || joined_by_both(&mut cluster, 10).await).await;
    let (channel, from) = cluster.channel_of("user7").await;
    let slot: u16 = cluster.servers[from].ask(&format!("CLUSTER KEYSLOT {channel}")).await.unwrap();
    for server in &cluster.servers {
        server.ask::<()>("CONFIG SET cluster-require-full-coverage no").await.unwrap();
        server.ask::<()>(&format!("CLUSTER DELSLOTS {slot}")).await.unwrap();
    }
    // The others of the server that lost it are joined anew there.
    eventually(async || joined_by_both(&mut cluster, 9).await).await;
    neighbours.raise().await;
    let to = (from + 1) % 3;
    cluster.servers[to].ask::<()>(&format!("CLUSTER ADDSLOTS {slot}")).await.unwrap();
    neighbours.raise_until(async || joined_by_both(&mut cluster, 10).await).await;
    neighbours.heard_all().await;
}

#[tokio::test]
async fn connections_are_two_to_each_shard_whatever_the_number_of_sessions() {
    let (database, mut cluster) = (Database::new(), RedisCluster::start().await);
    let node = Node::at(&database, &cluster.url(), PREFIX).await;
    let mut ears = Vec::new();
    for count in [10, 2_000] {
        while ears.len() < count {
            ears.push(node.listen(&format!("user{}", ears.len())).await);
        }
        eventually(async || cluster.subscribers().await.len() == count).await;
        // Some of each shard, so that the connections that tell are there too.
        for number in 0..50 {
            node.raise(&format!("user{number}"), "once").await;
        }
        for server in &cluster.servers {
            eventually(async || server.connections().await == 2).await;
        }
    }
    drop(ears);
    eventually(async || cluster.subscribers().await.is_empty()).await;
}

#[tokio::test]
async fn seeds_are_tried_until_one_is_there_for_a_user_with_the_rights_that_are_written_down() {
    let (database, mut cluster) = (Database::new(), RedisCluster::start().await);
    let rights = "ACL SETUSER belfry on >secret &belfry:* &alertAdded-* &alertRead-* +@pubsub +hello +client +ping +info +cluster|info +cluster|slots";
    for server in &cluster.servers {
        server.ask::<()>(rights).await.unwrap();
    }
    let seeds = format!("127.0.0.1:1,127.0.0.1:2,{}", cluster.servers[2].name());
    let url = format!("redis-cluster://belfry:secret@{seeds}");
    let said = super::opening::refusal(&url.replace("secret", "wrong")).await;
    assert!(said.contains(&seeds) && said.contains("refuses the user or the password"), "{said}");
    assert!(!said.contains("wrong"), "{said}");
    let mut neighbours = Neighbours::on(&database, &url, 10).await;
    eventually(async || joined_by_both(&mut cluster, 10).await).await;
    neighbours.raise().await;
    neighbours.heard_all().await;
}

#[tokio::test]
async fn a_node_that_starts_without_its_cluster_joins_when_it_comes() {
    let (database, mut cluster) = (Database::new(), RedisCluster::start().await);
    cluster.servers.iter_mut().for_each(RedisServer::kill);
    let mut neighbours = Neighbours::on(&database, &cluster.url(), 10).await;
    neighbours.raise().await;
    for server in &mut cluster.servers {
        server.restart().await;
    }
    neighbours.raise_until(async || joined_by_both(&mut cluster, 10).await).await;
    neighbours.heard_all().await;
}

#[tokio::test]
async fn commands_of_others_find_their_server_and_go_on_after_a_failover() {
    let mut cluster = RedisCluster::with_replicas().await;
    let address = Address::parse(&cluster.url()).unwrap();
    let mut conn = address.connect().await.unwrap();
    let keys: Vec<_> = (0..20).map(|number| format!("key{number}")).collect();
    for key in &keys {
        redis::cmd("SET").arg(key).arg(key).exec_async(&mut conn).await.unwrap();
    }
    cluster.servers[0].kill();
    for key in &keys {
        let set = async || redis::cmd("SET").arg(key).arg("new").exec_async(&mut conn.clone()).await.is_ok();
        timeout(3 * PATIENCE, eventually(set)).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_published_plainly_is_heard_by_pattern_at_any_server() {
    let cluster = RedisCluster::start().await;
    let address = Address::parse(&cluster.url()).unwrap();
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let mut conn = address.listen(told).await.unwrap();
    conn.psubscribe("alertAdded-*").await.unwrap();
    let mut missing: HashSet<_> = cluster.servers.iter().map(|server| server.port).collect();
    let hear_all = async {
        while !missing.is_empty() {
            // Once more for those not heard: a cluster says that it is well before its members
            // are all connected, and drops what they would have told each other.
            for port in &missing {
                let server = cluster.servers.iter().find(|server| server.port == *port).unwrap();
                server.ask::<i64>(&format!("PUBLISH alertAdded-ada {port}")).await.unwrap();
            }
            let hear_those = async {
                while !missing.is_empty() {
                    let push = heard.recv().await.unwrap();
                    if push.kind == redis::PushKind::PMessage {
                        missing.remove(&redis::from_redis_value(push.data[2].clone()).unwrap());
                    }
                }
            };
            let _ = timeout(Duration::from_secs(1), hear_those).await;
        }
    };
    timeout(PATIENCE, hear_all).await.expect("each server passes on what it is told");
}
