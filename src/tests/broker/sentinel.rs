//! A Redis under Sentinel: the master is followed to wherever it is.

use redis::RedisResult;

use super::{Neighbours, PREFIX};
use crate::support::{
    cluster::eventually,
    database::Database,
    redis::RedisServer,
    sentinel::{NAME, Watched},
};

/// Whether both nodes are subscribed to the channel of each person at a server.
async fn joined_by_both(server: &RedisServer, neighbours: usize) -> bool {
    let mut query = "PUBSUB NUMSUB".to_owned();
    for number in 0..neighbours {
        query += &format!(" {PREFIX}news:user{number}");
    }
    let counts: RedisResult<Vec<(String, usize)>> = server.ask(&query).await;
    counts.is_ok_and(|counts| counts.iter().all(|(_, count)| *count == 2))
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_when_the_master_is_killed() {
    let (database, mut watched) = (Database::new(), Watched::start().await);
    let mut neighbours = Neighbours::on(&database, &watched.url(), 10).await;
    eventually(async || joined_by_both(&watched.servers[0], 10).await).await;
    neighbours.raise().await;
    watched.servers[0].kill();
    neighbours.raise_until(async || joined_by_both(&watched.servers[1], 10).await).await;
    neighbours.heard_all().await;
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_when_the_master_is_made_a_replica_by_its_sentinels() {
    let (database, watched) = (Database::new(), Watched::start().await);
    let mut neighbours = Neighbours::on(&database, &watched.url(), 10).await;
    eventually(async || joined_by_both(&watched.servers[0], 10).await).await;
    neighbours.raise().await;
    let failover = format!("SENTINEL FAILOVER {NAME}");
    // Until the replica is found good enough.
    eventually(async || watched.sentinels[0].ask::<()>(&failover).await.is_ok()).await;
    neighbours.raise_until(async || joined_by_both(&watched.servers[1], 10).await).await;
    neighbours.heard_all().await;
}

#[tokio::test]
async fn a_master_that_became_a_replica_behind_open_connections_is_left() {
    let (database, mut watched) = (Database::new(), Watched::start().await);
    let mut neighbours = Neighbours::on(&database, &watched.url(), 10).await;
    eventually(async || joined_by_both(&watched.servers[0], 10).await).await;
    neighbours.raise().await;
    // Sentinels that do so end all connections, and could not.
    let [old, new] = &watched.servers;
    new.ask::<()>("REPLICAOF NO ONE").await.unwrap();
    old.ask::<()>(&format!("REPLICAOF 127.0.0.1 {}", new.port)).await.unwrap();
    assert!(joined_by_both(old, 10).await);
    watched.watch_anew(1).await;
    neighbours.raise_until(async || joined_by_both(&watched.servers[1], 10).await).await;
    neighbours.heard_all().await;
}

#[tokio::test]
async fn sentinels_are_tried_until_one_is_there() {
    let (database, mut watched) = (Database::new(), Watched::start().await);
    for sentinel in &mut watched.sentinels[..2] {
        sentinel.kill();
    }
    let mut neighbours = Neighbours::on(&database, &watched.url(), 10).await;
    eventually(async || joined_by_both(&watched.servers[0], 10).await).await;
    neighbours.raise().await;
    neighbours.heard_all().await;
}

#[tokio::test]
async fn a_user_with_the_rights_that_are_written_down_will_do_and_sentinels_need_not_know_it() {
    let (database, watched) = (Database::new(), Watched::start().await);
    let rights = "ACL SETUSER belfry on >secret &belfry:* &alertAdded-* &alertRead-* +@pubsub +hello +client +ping +info +role";
    for server in &watched.servers {
        server.ask::<()>(rights).await.unwrap();
    }
    let url = watched.url().replace("://", "://belfry:secret@");
    let said = super::opening::refusal(&url.replace("secret", "wrong")).await;
    assert!(said.contains("refuses the user or the password") && !said.contains("wrong"), "{said}");
    let mut neighbours = Neighbours::on(&database, &url, 10).await;
    eventually(async || joined_by_both(&watched.servers[0], 10).await).await;
    neighbours.raise().await;
    neighbours.heard_all().await;
}
