//! Several nodes on one PostgreSQL and one Redis.

use futures_util::future::join_all;

use super::Ear;
use crate::{
    support::{
        app::{App, Folder, JWT_SECRET},
        cluster::RedisCluster,
        redis::RedisServer,
        sentinel::Watched,
    },
    ws::peer::reason,
};

const PEOPLE: usize = 10;

/// How many alerts each person gets from each node.
const ALERTS: usize = 20;

async fn node(folder: &Folder, redis: &RedisServer) -> App {
    node_at(folder, &redis.url()).await
}

async fn node_at(folder: &Folder, redis: &str) -> App {
    let flags = ["--mode", "production", "--jwt-secret", JWT_SECRET, "--redis-url", redis];
    App::in_folder(folder.clone(), &flags).await
}

/// Raises alerts on both nodes at once, for people with a socket on each; half-way something happens.
async fn all_hear_the_same(nodes: &[App; 2], halfway: impl FnOnce()) {
    let mut ears = Vec::new();
    for number in 0..PEOPLE {
        for node in nodes {
            ears.push(Ear::now(&node.person(&format!("person{number}"))).await);
        }
    }
    let mut publishers = Vec::new();
    for (number, node) in nodes.iter().enumerate() {
        publishers.push(node.publisher_named(&format!("ci{number}")).await);
    }
    let raise_half = async || {
        join_all(publishers.iter().map(async |publisher| {
            for number in 0..PEOPLE * ALERTS / 2 {
                publisher.raise(&format!("person{}", number % PEOPLE), "news").await;
            }
        }))
        .await;
    };
    let raising = async {
        raise_half().await;
        halfway();
        raise_half().await;
    };
    let expected: Vec<_> = (1..=2 * ALERTS as u64).map(|number| (number, number)).collect();
    let hearing = join_all(ears.iter_mut().map(|ear| ear.standings(2 * ALERTS)));
    let ((), heard) = tokio::join!(raising, hearing);
    assert!(heard.iter().all(|heard| *heard == expected), "{heard:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_of_a_person_on_two_nodes_hear_the_same_once_and_in_order() {
    let (folder, redis) = (Folder::on_server(), RedisServer::start().await);
    all_hear_the_same(&[node(&folder, &redis).await, node(&folder, &redis).await], || ()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_hear_the_same_while_a_primary_of_the_cluster_is_killed() {
    let (folder, mut cluster) = (Folder::on_server(), RedisCluster::with_replicas().await);
    let url = cluster.url();
    let nodes = [node_at(&folder, &url).await, node_at(&folder, &url).await];
    all_hear_the_same(&nodes, || cluster.servers[0].kill()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_hear_the_same_while_the_master_under_sentinel_is_killed() {
    let (folder, mut watched) = (Folder::on_server(), Watched::start().await);
    let url = watched.url();
    let nodes = [node_at(&folder, &url).await, node_at(&folder, &url).await];
    all_hear_the_same(&nodes, || watched.servers[0].kill()).await;
}

#[tokio::test]
async fn reading_on_one_node_is_heard_on_the_other() {
    let (folder, redis) = (Folder::on_server(), RedisServer::start().await);
    let (here, there) = (node(&folder, &redis).await, node(&folder, &redis).await);
    let id = here.publisher().await.raise("ada", "news").await;
    let mut ear = Ear::now(&there.person("ada")).await;
    here.person("ada").mark_read(&id).await;
    assert_eq!(ear.standings(1).await, [(2, 0)]);
}

#[tokio::test]
async fn signing_out_on_one_node_ends_the_sockets_of_the_other() {
    let (folder, redis) = (Folder::on_server(), RedisServer::start().await);
    let (here, there) = (node(&folder, &redis).await, node(&folder, &redis).await);
    here.can_sign_in("ada", "a word").await;
    let ada = here.sign_in("ada", "a word").await;
    let mut ear = Ear::now(&ada.at(there.address)).await;
    assert_eq!(ada.post("/logout", &[]).await.status().as_u16(), 303);
    assert_eq!(ear.peer.closed().await, reason(4401, "Unauthorized"));
}
