//! What Redis carries, and what carrying it costs.

use super::{Node, channels, channels_are};
use crate::support::{database::Database, redis::RedisServer};

#[tokio::test]
async fn what_one_node_commits_the_sessions_of_another_hear_once_and_in_order() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (here, there) = (Node::on(&database, &redis).await, Node::on(&database, &redis).await);
    let (mut one, mut other) = (here.listen("ada").await, there.listen("ada").await);
    let mut stranger = there.listen("grace").await;
    for number in 0..50 {
        let node = if number % 2 == 0 { &here } else { &there };
        node.raise("ada", "news").await;
    }
    here.raise("grace", "hers").await;
    let expected: Vec<_> = (1..=50).collect();
    assert_eq!(one.revisions(50).await, expected);
    assert_eq!(other.revisions(50).await, expected);
    assert_eq!(stranger.revisions(1).await, [1]);
}

#[tokio::test]
async fn a_change_too_large_to_travel_is_read_in_the_log() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (here, there) = (Node::on(&database, &redis).await, Node::on(&database, &redis).await);
    for _ in 0..2_000 {
        here.raise("ada", "one of many").await;
    }
    let mut ear = there.listen("ada").await;
    channels_are(&redis, 1).await;
    here.read_all(&"ada".parse().unwrap()).await;
    assert_eq!(ear.revisions(1).await, [2_001]);
}

#[tokio::test]
async fn a_leave_that_races_a_join_loses_nothing() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (here, there) = (Node::on(&database, &redis).await, Node::on(&database, &redis).await);
    let mut ear = there.listen("ada").await;
    for revision in 1..=100 {
        // The last session goes and the first comes at once, while news is on its way.
        drop(ear);
        ear = there.listen("ada").await;
        here.raise("ada", "now").await;
        assert_eq!(ear.revisions(1).await, [revision]);
    }
    assert_eq!(channels(&redis).await, ["belfry:news:ada"]);
}

#[tokio::test]
async fn channels_are_those_of_users_with_a_session_and_connections_are_two() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let node = Node::on(&database, &redis).await;
    // Once, so that the connection that tells is there too.
    node.raise("ada", "first").await;
    let connections = async || {
        let mut conn = redis.connect().await;
        let list: String = redis::cmd("CLIENT").arg("LIST").query_async(&mut conn).await.unwrap();
        // This one aside.
        list.lines().filter(|line| !line.contains("cmd=client")).count()
    };
    let mut ears = Vec::new();
    for count in [10, 2_000] {
        while ears.len() < count {
            ears.push(node.listen(&format!("user{}", ears.len())).await);
        }
        channels_are(&redis, count).await;
        assert_eq!(connections().await, 2);
    }
    // A second session of a user costs nothing, and its end ends nothing.
    drop(node.listen("user7").await);
    node.raise("user7", "still heard").await;
    assert_eq!(ears[7].revisions(1).await, [1]);
    drop(ears);
    channels_are(&redis, 0).await;
}

#[tokio::test]
async fn a_right_that_ends_on_one_node_ends_on_the_others() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (here, there) = (Node::on(&database, &redis).await, Node::on(&database, &redis).await);
    let ada = "ada".parse().unwrap();
    here.store.ensure_person(&ada, None).await.unwrap();
    let soon = time::OffsetDateTime::now_utc() + time::Duration::minutes(1);
    here.store.create_session("s1", Some(&ada), "x", soon).await.unwrap();
    let right = belfry::server::store::right_of_session("s1");
    let ended = there.broker.hub().ended(&ada, right);
    channels_are(&redis, 1).await;
    here.broker.publish(here.store.end_session("s1").await.unwrap().unwrap());
    tokio::time::timeout(super::PATIENCE, ended).await.unwrap();
}
