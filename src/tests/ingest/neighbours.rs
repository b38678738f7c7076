//! What Belfry tells the programs of the source design.

use std::collections::BTreeSet;

use async_graphql::parser::{
    parse_schema,
    types::{TypeKind, TypeSystemDefinition},
};
use belfry::{domain::Filter, server::graphql::sdl};
use serde_json::json;

use super::{Gateway, Node};
use crate::support::{app::App, app::JWT_SECRET, database::Database, redis::RedisServer};

/// The fields of the GraphQL type `Alert`.
fn fields() -> BTreeSet<String> {
    let schema = parse_schema(sdl()).unwrap();
    let alert = schema.definitions.iter().find_map(|definition| match definition {
        TypeSystemDefinition::Type(defined) if defined.node.name.node == "Alert" => Some(&defined.node.kind),
        _ => None,
    });
    let Some(TypeKind::Object(alert)) = alert else { panic!("no Alert") };
    alert.fields.iter().map(|field| field.node.name.node.to_string()).collect()
}

async fn app(redis: &RedisServer) -> App {
    let url = redis.url();
    App::with(&["--mode", "production", "--jwt-secret", JWT_SECRET, "--redis-url", &url]).await
}

#[tokio::test]
async fn a_raised_alert_is_told_once_as_graphql_shows_it() {
    let redis = RedisServer::start().await;
    let app = app(&redis).await;
    let mut gateway = Gateway::on(&redis).await;
    let input = json!({
        "recipientId": "ada", "kind": "build", "severity": "CRITICAL", "title": "Build 7 is red", "body": "two\nlines",
        "link": "/7", "actor": { "name": "CI" }, "data": { "n": [1, 2.5] }, "expiresAt": "2096-10-02T07:06:40.5Z"
    });
    let publisher = app.publisher().await;
    let mut expected = publisher.create(&input).await["alert"].take();
    let (channel, told) = gateway.hear().await;
    assert_eq!(channel, "alertAdded-ada");
    let names: BTreeSet<_> = told.as_object().unwrap().keys().cloned().collect();
    let extra: BTreeSet<_> = ["recipientId", "via"].map(str::to_owned).into();
    assert_eq!(names, &fields() | &extra);
    expected["recipientId"] = json!("ada");
    expected["via"] = json!("belfry");
    assert_eq!(told, expected);
    publisher.raise("ada", "next").await;
    assert_eq!(gateway.title().await.1, "next");
}

#[tokio::test]
async fn reading_is_told_and_marking_unread_is_not() {
    let redis = RedisServer::start().await;
    let app = app(&redis).await;
    let mut gateway = Gateway::on(&redis).await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    let id = publisher.raise("ada", "read").await;
    ada.mark_read(&id).await;
    let query = "mutation ($id: ID!) { markAlertUnread(id: $id) { problem { message } } }";
    ada.data(query, &json!({ "id": id })).await;
    ada.mark_read(&id).await;
    assert_eq!(gateway.hear().await.0, "alertAdded-ada");
    for revision in [2, 4] {
        let (channel, told) = gateway.hear().await;
        assert_eq!(
            (channel.as_str(), &told["id"], &told["revision"]),
            ("alertRead-ada", &json!(id), &json!(revision))
        );
        assert!(told["readAt"].is_string());
    }
}

#[tokio::test]
async fn a_bulk_read_is_told_alert_by_alert_in_creation_order() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let node = Node::on(&database, &redis).await;
    let ada = "ada".parse().unwrap();
    for count in [3, 450] {
        for number in 0..count {
            node.raise("ada", &number.to_string()).await;
        }
        let mut gateway = Gateway::on(&redis).await;
        let head = node.store.standing(&ada).await.unwrap().position.to_string();
        node.alerts.mark_all(&ada, &head, Filter::default(), Vec::new()).await.unwrap();
        for number in 0..count {
            // What was raised may be on its way yet.
            let (channel, title) = loop {
                let (channel, title) = gateway.title().await;
                if channel != "alertAdded-ada" {
                    break (channel, title);
                }
            };
            assert_eq!((channel.as_str(), title), ("alertRead-ada", number.to_string()));
        }
    }
}

#[tokio::test]
async fn only_the_node_that_committed_tells() {
    let redis = RedisServer::start().await;
    let here = app(&redis).await;
    let url = redis.url();
    let flags = ["--mode", "production", "--jwt-secret", JWT_SECRET, "--redis-url", &url];
    let there = App::in_folder(here.folder.clone(), &flags).await;
    let mut gateway = Gateway::on(&redis).await;
    let publisher = here.publisher().await;
    // A session on the other node, so that its sweeper and its subscriber have work.
    let mut peer = there.person("ada").socket().await;
    peer.subscribe("ear", "subscription { alertAdded { title } }").await;
    for number in 0..3 {
        publisher.raise("ada", &number.to_string()).await;
        assert_eq!(gateway.title().await, ("alertAdded-ada".to_owned(), number.to_string()));
    }
    // What falls due makes no message: the neighbours have no word for it.
    here.folder.database.make_due("true").await;
    let ada = here.person("ada");
    super::until(async || ada.unread().await == 0).await;
    publisher.raise("ada", "after").await;
    assert_eq!(gateway.title().await.1, "after");
}
