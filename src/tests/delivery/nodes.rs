//! Several nodes on one PostgreSQL and one Redis.

use futures_util::future::join_all;

use super::Ear;
use crate::{
    support::{
        app::{App, Folder, JWT_SECRET},
        redis::RedisServer,
    },
    ws::peer::reason,
};

const PEOPLE: usize = 10;

/// How many alerts each person gets from each node.
const ALERTS: usize = 20;

async fn node(folder: &Folder, redis: &RedisServer) -> App {
    let redis = redis.url();
    let flags = ["--mode", "production", "--jwt-secret", JWT_SECRET, "--redis-url", &redis];
    App::in_folder(folder.clone(), &flags).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_of_a_person_on_two_nodes_hear_the_same_once_and_in_order() {
    let (folder, redis) = (Folder::on_server(), RedisServer::start().await);
    let nodes = [node(&folder, &redis).await, node(&folder, &redis).await];
    let mut ears = Vec::new();
    for number in 0..PEOPLE {
        for node in &nodes {
            ears.push(Ear::now(&node.person(&format!("person{number}"))).await);
        }
    }
    let mut publishers = Vec::new();
    for (number, node) in nodes.iter().enumerate() {
        publishers.push(node.publisher_named(&format!("ci{number}")).await);
    }
    let raising = join_all(publishers.iter().map(async |publisher| {
        for number in 0..PEOPLE * ALERTS {
            publisher.raise(&format!("person{}", number % PEOPLE), "news").await;
        }
    }));
    let expected: Vec<_> = (1..=2 * ALERTS as u64).map(|number| (number, number)).collect();
    let hearing = join_all(ears.iter_mut().map(|ear| ear.standings(2 * ALERTS)));
    let (_, heard) = tokio::join!(raising, hearing);
    assert!(heard.iter().all(|heard| *heard == expected), "{heard:?}");
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
