//! While Redis is away, and when it comes back.

use std::time::{Duration, Instant};

use belfry::server::store::{self, Pool};
use tokio::time::timeout;

use super::{Node, PATIENCE, PREFIX, channels_are};
use crate::support::{cluster::eventually, database::Database, redis::RedisServer};

#[tokio::test]
async fn what_is_committed_while_redis_is_away_is_heard_when_it_is_back() {
    let (database, mut redis) = (Database::new(), RedisServer::start().await);
    let (here, there) = (Node::on(&database, &redis).await, Node::on(&database, &redis).await);
    let mut ear = there.listen("ada").await;
    channels_are(&redis, 1).await;
    redis.kill();
    for _ in 0..3 {
        here.raise("ada", "unheard").await;
    }
    redis.restart().await;
    assert_eq!(ear.revisions(3).await, [1, 2, 3]);
    channels_are(&redis, 1).await;
    here.raise("ada", "heard").await;
    assert_eq!(ear.revisions(1).await, [4]);
}

#[tokio::test]
async fn a_node_that_starts_without_redis_joins_when_it_comes() {
    let (database, mut redis) = (Database::new(), RedisServer::start().await);
    redis.kill();
    let (here, there) = (Node::on(&database, &redis).await, Node::on(&database, &redis).await);
    let mut ear = there.listen("ada").await;
    here.raise("ada", "unheard").await;
    redis.restart().await;
    assert_eq!(ear.revisions(1).await, [1]);
}

#[tokio::test]
async fn sessions_of_the_node_that_commits_hear_without_redis() {
    let (database, mut redis) = (Database::new(), RedisServer::start().await);
    let node = Node::on(&database, &redis).await;
    redis.kill();
    let mut ear = node.listen("ada").await;
    node.raise("ada", "here").await;
    assert_eq!(ear.revisions(1).await, [1]);
}

#[tokio::test]
async fn nobody_waits_for_a_redis_that_stands_still() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let node = Node::on(&database, &redis).await;
    let mut ear = node.listen("ada").await;
    channels_are(&redis, 1).await;
    redis.signal("-STOP");
    let begin = Instant::now();
    // More than the queue holds.
    for revision in 1..=1_100 {
        node.raise("ada", "at once").await;
        assert_eq!(ear.revisions(1).await, [revision]);
    }
    node.listen("grace").await;
    // Each of them would wait for seconds, if any did.
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_redis_that_stood_still_is_left_and_joined_anew() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (here, there) = (Node::on(&database, &redis).await, Node::on(&database, &redis).await);
    let mut ear = there.listen("ada").await;
    channels_are(&redis, 1).await;
    let callers = redis.callers();
    assert!(callers.len() >= 2);
    redis.signal("-STOP");
    here.raise("ada", "unheard").await;
    // Every connection it had is given up; by then the news is too old to be told.
    timeout(PATIENCE, eventually(async || redis.callers().is_disjoint(&callers))).await.unwrap();
    redis.signal("-CONT");
    assert_eq!(ear.revisions(1).await, [1]);
}

/// Between a comparison and the joining after it, news would reach nobody.
#[tokio::test]
async fn a_channel_is_joined_before_the_log_is_compared() {
    let (database, mut redis) = (Database::on_server(), RedisServer::start().await);
    // Its statements wait for longer than this test.
    let pool = Pool { statement: 3 * PATIENCE, ..Pool::default() };
    let store = store::open(&database.url(), pool).await.unwrap();
    let node = Node::over(store, &redis.url(), PREFIX).await;
    let mut ear = node.listen("ada").await;
    channels_are(&redis, 1).await;
    redis.kill();
    let mut holder = database.connect().await;
    holder.run("begin; lock table inboxes").await;
    redis.restart().await;
    channels_are(&redis, 1).await;
    holder.let_go().await;
    node.raise("ada", "after").await;
    assert_eq!(ear.revisions(1).await, [1]);
}
