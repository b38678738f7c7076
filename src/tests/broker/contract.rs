//! What every broker does. Two nodes of the one in process are two views of one process.

use std::sync::Arc;

use belfry::server::broker::Memory;
use tokio::time::timeout;

use super::{Node, PATIENCE, PREFIX};
use crate::{
    store::support::{LASTING, session},
    support::{cluster::RedisCluster, database::Database, redis::RedisServer},
};

/// Two nodes on one broker.
struct Pair {
    here: Node,
    there: Node,
    _database: Database,
    _redis: Option<RedisServer>,
    _cluster: Option<RedisCluster>,
}

impl Pair {
    async fn of_each() -> [Self; 3] {
        [Self::in_process().await, Self::on_redis().await, Self::on_cluster().await]
    }

    async fn in_process() -> Self {
        let database = Database::new();
        let (store, broker) = (database.open().await, Arc::new(Memory::default()));
        let node = || Node::with(store.clone(), broker.clone());
        Self { here: node(), there: node(), _database: database, _redis: None, _cluster: None }
    }

    async fn on_redis() -> Self {
        let (database, redis) = (Database::new(), RedisServer::start().await);
        let (here, there) = (Node::on(&database, &redis).await, Node::on(&database, &redis).await);
        Self { here, there, _database: database, _redis: Some(redis), _cluster: None }
    }

    async fn on_cluster() -> Self {
        let (database, cluster) = (Database::new(), RedisCluster::start().await);
        let node = async || Node::at(&database, &cluster.url(), PREFIX).await;
        let (here, there) = (node().await, node().await);
        Self { here, there, _database: database, _redis: None, _cluster: Some(cluster) }
    }
}

#[tokio::test]
async fn what_one_node_commits_the_sessions_of_another_hear_once_and_in_order() {
    for Pair { here, there, .. } in Pair::of_each().await {
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
}

#[tokio::test]
async fn a_leave_that_races_a_join_loses_nothing() {
    for Pair { here, there, .. } in Pair::of_each().await {
        let mut ear = there.listen("ada").await;
        for revision in 1..=100 {
            // The last session goes and the first comes at once, while news is on its way.
            drop(ear);
            ear = there.listen("ada").await;
            here.raise("ada", "now").await;
            assert_eq!(ear.revisions(1).await, [revision]);
        }
    }
}

#[tokio::test]
async fn a_right_that_ends_on_one_node_ends_on_the_others() {
    for Pair { here, there, .. } in Pair::of_each().await {
        let ada = "ada".parse().unwrap();
        here.store.ensure_person(&ada, None).await.unwrap();
        assert!(here.store.create_session(&session("s1", &ada), LASTING).await.unwrap());
        let right = belfry::server::store::right_of_session("s1");
        let ended = there.broker.hub().ended(&ada, right);
        // Told until it is heard: a channel that is being joined may miss the first.
        let change = here.store.end_session("s1").await.unwrap().unwrap();
        let telling = async {
            loop {
                here.broker.publish(change.clone());
                tokio::task::yield_now().await;
            }
        };
        let ended = async {
            tokio::select! { () = ended => {}, () = telling => {} }
        };
        timeout(PATIENCE, ended).await.unwrap();
    }
}
