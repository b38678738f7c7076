//! What is added to the stream is raised.

use std::time::Instant;

use belfry::domain::{Actor, Severity};
use serde_json::json;
use time::OffsetDateTime;

use super::{DEAD, Node, STREAM, Stranger, until};
use crate::support::{database::Database, redis::RedisServer};

#[tokio::test]
async fn an_entry_is_an_alert_with_all_its_fields() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    stranger
        .add(&[
            ("recipientId", "ada"),
            ("kind", "build"),
            ("title", "Build 7 is red"),
            ("body", "Two tests\nfailed."),
            ("severity", "critical"),
            ("link", "/builds/7"),
            ("actor", r#"{"id": "ci", "name": "CI", "avatarUrl": "/ci.png"}"#),
            ("data", r#"{"build": 7}"#),
            ("expiresAt", "2096-10-02T07:06:40Z"),
            ("idempotencyKey", "build-7"),
        ])
        .await;
    node.has("ada", 1).await;
    let alert = node.inbox("ada").await.remove(0);
    assert_eq!((alert.kind.as_str(), alert.title.as_str()), ("build", "Build 7 is red"));
    assert_eq!((alert.body.as_str(), alert.severity), ("Two tests\nfailed.", Severity::Critical));
    let actor = Actor { id: Some("ci".into()), name: "CI".into(), avatar_url: Some("/ci.png".into()) };
    assert_eq!((alert.link.as_deref(), alert.actor), (Some("/builds/7"), Some(actor)));
    let until = OffsetDateTime::from_unix_timestamp(4_000_000_000).unwrap();
    assert_eq!((alert.data, alert.expires_at), (Some(json!({ "build": 7 })), Some(until)));
}

#[tokio::test]
async fn what_an_entry_leaves_out_is_as_in_graphql() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    let required = [("recipientId", "ada"), ("kind", "k"), ("title", "t")];
    stranger.add(&required).await;
    stranger.add(&[&required[..], &[("actor", "null"), ("data", "null"), ("body", "")]].concat()).await;
    node.has("ada", 2).await;
    for alert in node.inbox("ada").await {
        assert_eq!((alert.body.as_str(), alert.severity), ("", Severity::Info));
        assert_eq!((alert.link, alert.actor, alert.data, alert.expires_at), (None, None, None, None));
    }
}

#[tokio::test]
async fn what_was_added_before_any_node_ran_is_raised_in_order_and_leaves_the_stream() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let stranger = Stranger::on(&redis).await;
    let people = ["ada", "bob", "eve"];
    for number in 0..900 {
        stranger.add_plain(people[number % 3], &(number / 3).to_string()).await;
    }
    let node = Node::on(&database, &redis).await;
    let expected: Vec<_> = (0..300).map(|number| number.to_string()).collect();
    for user in people {
        assert_eq!(node.has(user, 300).await, expected);
    }
    until(async || stranger.length(STREAM).await == 0).await;
    assert_eq!((stranger.pending().await, stranger.length(DEAD).await), (0, 0));
}

#[tokio::test]
async fn the_same_key_is_one_alert_however_often_it_is_added() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    for _ in 0..3 {
        let fields = [("recipientId", "ada"), ("kind", "k"), ("title", "once"), ("idempotencyKey", "1")];
        stranger.add(&fields).await;
    }
    for _ in 0..2 {
        stranger.add_plain("ada", "each").await;
    }
    assert_eq!(node.has("ada", 3).await, ["once", "each", "each"]);
    assert_eq!(stranger.length(DEAD).await, 0);
}

#[tokio::test]
async fn an_entry_whose_id_was_used_before_is_an_alert_all_the_same() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    let id = "1-1";
    let add = async |id: &str, fields: &[&str]| {
        let plain = ["XADD", STREAM, id, "recipientId", "ada", "kind", "k", "title"];
        stranger.ask::<String>(&[&plain[..], fields].concat()).await
    };
    add("1-0", &["somebody's", "idempotencyKey", id]).await;
    add(id, &["another's"]).await;
    assert_eq!(node.has("ada", 2).await, ["somebody's", "another's"]);
    // As a Redis that lost its end: the same id once more, for something else, which is read twice.
    for _ in 0..2 {
        until(async || stranger.length(STREAM).await == 0).await;
        stranger.ask::<u8>(&["DEL", STREAM]).await;
        add(id, &["a later one's"]).await;
    }
    until(async || stranger.length(STREAM).await == 0).await;
    assert_eq!(node.titles("ada").await, ["somebody's", "another's", "a later one's"]);
    assert_eq!(stranger.length(DEAD).await, 0);
}

#[tokio::test]
async fn a_lone_entry_is_raised_as_it_comes() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    stranger.add_plain("ada", "first").await;
    node.has("ada", 1).await;
    let begin = Instant::now();
    for count in 2..=21 {
        stranger.add_plain("ada", "lone").await;
        node.has("ada", count).await;
    }
    // Looked for once a second, they would take ten times as long.
    assert!(begin.elapsed().as_secs() < 5, "{:?}", begin.elapsed());
}
