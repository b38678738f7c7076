//! Three nodes on PostgreSQL and Redis, and a publisher in another language.

use std::path::Path;

use futures_util::future::join_all;
use serde_json::json;
use tokio::process::Command;

use super::{DEAD, STREAM, Stranger, until};
use crate::{
    support::{
        app::{App, Folder, JWT_SECRET},
        redis::RedisServer,
    },
    ws::peer::Peer,
};

const PEOPLE: usize = 50;

/// How many alerts each of them gets.
const ALERTS: usize = 20;

async fn node(folder: &Folder, redis: &RedisServer) -> App {
    let redis = redis.url();
    let flags = ["--mode", "production", "--jwt-secret", JWT_SECRET, "--redis-url", &redis];
    App::in_folder(folder.clone(), &[&flags[..], &["--redis-prefix", "belfry:"]].concat()).await
}

/// Runs the publisher to its end.
async fn publish(redis: &RedisServer) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/ingest/publisher.py");
    let url = url::Url::parse(&redis.url()).unwrap();
    let (host, port) = (url.host_str().unwrap().to_owned(), url.port().unwrap().to_string());
    let done = Command::new("python3").arg(script).args([host, port]).status().await.unwrap();
    assert!(done.success());
}

/// What a socket was told: revision, unread count and title of each alert.
async fn hear(mut peer: Peer) -> Vec<(u64, u64, String)> {
    let mut heard = Vec::new();
    while heard.len() < ALERTS {
        let frame = peer.hear().await;
        if frame["type"] == "ping" {
            // Setting all of it up may take longer than a server bears silence.
            peer.say(json!({ "type": "pong" })).await;
            continue;
        }
        let event = &frame["payload"]["data"]["inboxChanged"];
        let number = |name: &str| event[name].as_u64().unwrap();
        let title = event["alert"]["title"].as_str().unwrap().to_owned();
        heard.push((number("revision"), number("unreadCount"), title));
    }
    heard
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_alerts_by_the_stream_reach_two_sockets_of_each_of_fifty_people_once_and_in_order() {
    let (folder, redis) = (Folder::on_server(), RedisServer::start().await);
    let nodes = [node(&folder, &redis).await, node(&folder, &redis).await, node(&folder, &redis).await];
    let query = "subscription ($after: Position) { inboxChanged(after: $after) { \
                 ... on AlertChanged { alert { title } revision unreadCount } } }";
    let mut ears = Vec::new();
    for number in 0..PEOPLE {
        for node in [&nodes[number % 3], &nodes[(number + 1) % 3]] {
            let voice = node.person(&format!("person{number}"));
            let mut peer = voice.socket().await;
            let payload = json!({ "query": query, "variables": { "after": voice.position().await } });
            peer.say(json!({ "id": "ear", "type": "subscribe", "payload": payload })).await;
            ears.push(tokio::spawn(hear(peer)));
        }
    }
    let expected: Vec<_> =
        (1..=ALERTS as u64).map(|number| (number, number, format!("number {}", number - 1))).collect();
    publish(&redis).await;
    for heard in join_all(ears).await {
        assert_eq!(heard.unwrap(), expected);
    }

    // All of it once more under the same keys changes nothing.
    publish(&redis).await;
    let stranger = Stranger::on(&redis).await;
    until(async || stranger.length(STREAM).await == 0 && stranger.pending().await == 0).await;
    assert_eq!(stranger.length(DEAD).await, 0);
    for number in 0..PEOPLE {
        let inbox = nodes[0].person(&format!("person{number}")).inbox().await;
        assert_eq!((&inbox["revision"], &inbox["unreadCount"]), (&json!(ALERTS), &json!(ALERTS)));
    }
}
