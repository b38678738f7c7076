//! What programs of the source design publish for each other.

use belfry::domain::{Act, Actor, Severity};
use serde_json::json;

use super::{Gateway, Node, Stranger, until};
use crate::support::{database::Database, redis::RedisServer};

/// A node with its bridge up, somebody who publishes and somebody who listens.
async fn works(database: &Database, redis: &RedisServer) -> (Node, Stranger, Gateway) {
    let (node, stranger) = (Node::with(database, redis, true).await, Stranger::on(redis).await);
    stranger.bridged().await;
    (node, stranger, Gateway::on(redis).await)
}

#[tokio::test]
async fn a_neighbours_alert_is_in_the_inbox() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger, _) = works(&database, &redis).await;
    let told = json!({
        "id": 17, "recipientId": "ada", "kind": "mention", "severity": "warning", "title": "Grace mentioned you",
        "body": "in #7", "link": "/7", "actor": { "id": 3, "name": "Grace", "avatarUrl": null, "role": "admin" },
        "data": { "n": 7 }, "createdAt": "yesterday", "read": false, "expiresAt": null
    });
    stranger.publish_added("ada", &told).await;
    node.has("ada", 1).await;
    let alert = node.inbox("ada").await.remove(0);
    assert!(alert.is_unread());
    assert_eq!((alert.kind.as_str(), alert.severity), ("mention", Severity::Warning));
    assert_eq!((alert.title.as_str(), alert.body.as_str()), ("Grace mentioned you", "in #7"));
    let actor = Actor { id: Some("3".into()), name: "Grace".into(), avatar_url: None };
    assert_eq!((alert.link.as_deref(), alert.actor), (Some("/7"), Some(actor)));
    assert_eq!(alert.data, Some(json!({ "n": 7 })));
    stranger.publish_added("ada", &json!({ "title": "bare" })).await;
    node.has("ada", 2).await;
    let bare = node.inbox("ada").await.remove(1);
    assert_eq!((bare.kind.as_str(), bare.severity, bare.body.as_str()), ("alert", Severity::Info, ""));
}

#[tokio::test]
async fn a_message_with_an_id_is_one_alert_and_without_one_each_is() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger, _) = works(&database, &redis).await;
    for _ in 0..2 {
        stranger.publish_added("ada", &json!({ "id": "a", "title": "once" })).await;
        stranger.publish_added("ada", &json!({ "title": "each" })).await;
    }
    stranger.publish_added("ada", &json!({ "id": "a", "title": "other" })).await;
    stranger.publish_added("bob", &json!({ "id": "a", "title": "once" })).await;
    stranger.publish_added("ada", &json!({ "id": "b", "title": "last" })).await;
    assert_eq!(node.has("ada", 4).await, ["once", "each", "each", "last"]);
    assert!(node.inbox("bob").await.is_empty());
}

#[tokio::test]
async fn the_neighbour_hears_nothing_of_what_it_told() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger, mut gateway) = works(&database, &redis).await;
    stranger.publish_added("ada", &json!({ "id": "n1", "title": "theirs" })).await;
    node.has("ada", 1).await;
    stranger.publish_read("ada", &json!({ "id": "n1", "title": "theirs" })).await;
    until(async || node.unread("ada").await == 0).await;
    node.raise("ada", "ours").await;
    // Its own two, and then at once Belfry's.
    let mut heard = Vec::new();
    for _ in 0..3 {
        heard.push(gateway.title().await);
    }
    let [added, read] = ["alertAdded-ada".to_owned(), "alertRead-ada".to_owned()];
    assert_eq!(heard, [(added.clone(), "theirs".into()), (read, "theirs".into()), (added, "ours".into())]);
}

#[tokio::test]
async fn a_neighbours_alert_that_is_read_here_goes_by_its_own_id() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger, mut gateway) = works(&database, &redis).await;
    stranger.publish_added("ada", &json!({ "id": "n1", "title": "theirs" })).await;
    node.has("ada", 1).await;
    let ours = node.raise("ada", "ours").await;
    let theirs = node.inbox("ada").await.remove(0);
    let ada = "ada".parse().unwrap();
    for id in [theirs.id, ours.id] {
        node.alerts.mark(&ada, &id.to_string(), Act::Read, Vec::new()).await.unwrap();
    }
    let mut heard = Vec::new();
    for _ in 0..4 {
        let (channel, alert) = gateway.hear().await;
        heard.push((channel, alert["id"].as_str().unwrap().to_owned()));
    }
    let ours = ours.id.to_string();
    let [added, read] = ["alertAdded-ada".to_owned(), "alertRead-ada".to_owned()];
    assert_eq!(
        heard,
        [(added.clone(), "n1".into()), (added, ours.clone()), (read.clone(), "n1".into()), (read, ours)]
    );
}

#[tokio::test]
async fn what_is_read_at_the_neighbour_is_read_here_and_nobody_elses() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger, _) = works(&database, &redis).await;
    let ours = node.raise("ada", "ours").await.id.to_string();
    let bobs = node.raise("bob", "bob's").await.id.to_string();
    stranger.publish_added("ada", &json!({ "id": 17, "title": "theirs" })).await;
    node.has("ada", 2).await;
    for id in [&bobs, "18", "nonsense"] {
        stranger.publish_read("ada", &json!({ "id": id })).await;
    }
    stranger.publish_read("ada", &json!({ "id": 17, "whatever": true })).await;
    until(async || node.unread("ada").await == 1).await;
    assert!(!node.inbox("ada").await[1].is_unread());
    stranger.publish_read("ada", &json!({ "id": ours })).await;
    until(async || node.unread("ada").await == 0).await;
    assert_eq!(node.unread("bob").await, 1);
}

#[tokio::test]
async fn what_belfry_said_itself_is_passed_over() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger, mut gateway) = works(&database, &redis).await;
    let ours = node.raise("ada", "ours").await;
    let (_, message) = gateway.hear().await;
    // Even where it is repeated by somebody who forgot its id.
    let mut repeated = message.clone();
    repeated.as_object_mut().unwrap().remove("id");
    stranger.publish_added("ada", &repeated).await;
    stranger.publish_read("ada", &message).await;
    stranger.publish_added("ada", &json!({ "title": "next" })).await;
    assert_eq!(node.has("ada", 2).await, ["ours", "next"]);
    assert_eq!((node.unread("ada").await, node.inbox("ada").await[0].id), (2, ours.id));
}

#[tokio::test]
async fn what_is_no_message_is_dropped_and_the_next_one_handled() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger, _) = works(&database, &redis).await;
    let good = json!({ "alertAdded": { "title": "bad" } }).to_string();
    for channel in
        ["alertAdded-", "alertAdded-a b", "alertAdded-*", "alertAdded", "alertRead-ada", "app:alertAdded-ada"]
    {
        stranger.publish(channel, &good).await;
    }
    stranger.publish(&format!("alertAdded-{}", "x".repeat(65)), &good).await;
    for message in [
        json!(null),
        json!([]),
        json!({}),
        json!({ "alertAdded": null }),
        json!({ "alertAdded": [] }),
        json!({ "alertRead": { "title": "bad" } }),
        json!({ "title": "bad" }),
        json!({ "alertAdded": {} }),
        json!({ "alertAdded": { "title": 7 } }),
        json!({ "alertAdded": { "title": "bad", "recipientId": "bob" } }),
        json!({ "alertAdded": { "title": "bad", "recipientId": ["ada"] } }),
        json!({ "alertAdded": { "title": "bad", "severity": "loud" } }),
        json!({ "alertAdded": { "title": "bad", "link": "javascript:alert(1)" } }),
        json!({ "alertAdded": { "title": "bad", "actor": "Grace" } }),
        json!({ "alertAdded": { "title": "bad", "id": { "n": 1 } } }),
        json!({ "alertAdded": { "title": "bad", "id": 1.5 } }),
        json!({ "alertAdded": { "title": "bad", "expiresAt": "2001-01-01T00:00:00Z" } }),
        json!({ "alertAdded": { "title": "x".repeat(1_000_000) } }),
    ] {
        stranger.publish("alertAdded-ada", message.to_string()).await;
    }
    stranger.publish("alertAdded-ada", &b"\xff\xfe"[..]).await;
    stranger.publish("alertAdded-ada", &good[..20]).await;
    for message in
        [json!({ "alertRead": {} }), json!({ "alertRead": { "id": null } }), json!({ "alertRead": 7 })]
    {
        stranger.publish("alertRead-ada", message.to_string()).await;
    }
    stranger.publish_added("ada", &json!({ "title": "good" })).await;
    assert_eq!(node.has("ada", 1).await, ["good"]);
    assert_eq!(node.store.people().await.unwrap().len(), 1);
}

#[tokio::test]
async fn of_several_nodes_one_listens_and_another_goes_on() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (here, stranger, _) = works(&database, &redis).await;
    let there = Node::with(&database, &redis, true).await;
    stranger.publish_added("ada", &json!({ "title": "first" })).await;
    assert_eq!(there.has("ada", 1).await, ["first"]);
    here.ingest.stop().await;
    // Until the other one listens nobody hears it.
    until(async || {
        stranger.publish_added("ada", &json!({ "id": "2", "title": "second" })).await;
        there.titles("ada").await == ["first", "second"]
    })
    .await;
}

#[tokio::test]
async fn a_bridge_that_lost_redis_is_up_again() {
    let (database, mut redis) = (Database::new(), RedisServer::start().await);
    let (node, ..) = works(&database, &redis).await;
    redis.kill();
    redis.restart().await;
    let stranger = Stranger::on(&redis).await;
    stranger.bridged().await;
    stranger.publish_added("ada", &json!({ "title": "after" })).await;
    assert_eq!(node.has("ada", 1).await, ["after"]);
}
