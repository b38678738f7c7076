//! What Redis carries, and what carrying it costs.

use super::{Node, channels_are};
use crate::support::{database::Database, redis::RedisServer};

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
async fn channels_are_those_of_users_with_a_session_and_connections_are_two() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let node = Node::on(&database, &redis).await;
    // Once, so that the connection that tells is there too.
    node.raise("ada", "first").await;
    let mut ears = Vec::new();
    for count in [10, 2_000] {
        while ears.len() < count {
            ears.push(node.listen(&format!("user{}", ears.len())).await);
        }
        channels_are(&redis, count).await;
        assert_eq!(redis.connections().await, 2);
    }
    // A second session of a user costs nothing, and its end ends nothing.
    drop(node.listen("user7").await);
    node.raise("user7", "still heard").await;
    assert_eq!(ears[7].revisions(1).await, [1]);
    drop(ears);
    channels_are(&redis, 0).await;
}
