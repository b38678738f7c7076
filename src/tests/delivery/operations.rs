//! Everything that can run on a socket of the real engine.

use serde_json::json;

use super::{Ear, INBOX_CHANGED};
use crate::support::{
    app::App,
    voice::{Voice, plain},
};

/// Runs a query or a mutation over a socket of its own: the one result.
async fn over_socket(voice: &Voice, query: &str, variables: serde_json::Value) -> serde_json::Value {
    let mut ear = Ear::on(voice, query, &variables).await;
    let mut frame = ear.frame().await;
    assert_eq!(frame["type"], "next", "{frame}");
    assert_eq!(ear.frame().await, json!({ "id": "ear", "type": "complete" }));
    frame["payload"].take()
}

#[tokio::test]
async fn queries_and_mutations_run_over_the_socket_as_over_http() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    let create = "mutation ($input: CreateAlertInput!) { createAlert(input: $input) { alert { title } problem { field } } }";
    let made = over_socket(&publisher, create, json!({ "input": plain("ada", "Hello") })).await;
    assert_eq!(made["data"]["createAlert"], json!({ "alert": { "title": "Hello" }, "problem": null }));
    let refused = over_socket(&publisher, create, json!({ "input": plain("ada", "") })).await;
    assert_eq!(refused["data"]["createAlert"], json!({ "alert": null, "problem": { "field": "title" } }));
    let query = "{ viewer { id } inbox { unreadCount alerts { edges { node { title } } } } }";
    assert_eq!(over_socket(&ada, query, json!({})).await, ada.ask(query, &json!({})).await);
}

#[tokio::test]
async fn a_document_that_cannot_run_is_an_error_and_the_socket_stays() {
    let app = App::start().await;
    let ada = app.person("ada");
    for (query, variables) in [
        ("{", json!({})),
        ("subscription { nothing }", json!({})),
        ("subscription { alertAdded { id } alertRead { id } }", json!({})),
        (
            "subscription { ...F alertRead { id } } fragment F on Subscription { alertAdded { id } }",
            json!({}),
        ),
        ("subscription { alertAdded @skip(if: true) { id } }", json!({})),
        ("mutation ($id: ID!) { markAlertRead(id: $id) { problem { code } } }", json!({})),
        (INBOX_CHANGED, json!({ "after": [] })),
    ] {
        let mut ear = Ear::on(&ada, query, &variables).await;
        let frame = ear.frame().await;
        assert_eq!(frame["type"], "error", "{query}: {frame}");
        assert!(frame["payload"][0]["message"].is_string());
        ear.peer.settle().await;
    }
}

#[tokio::test]
async fn an_inbox_is_for_its_person() {
    let app = App::start().await;
    for (voice, code) in [(app.publisher().await, "FORBIDDEN"), (app.nobody(), "UNAUTHENTICATED")] {
        for query in ["subscription { alertAdded { id } }", "subscription { inboxChanged { __typename } }"] {
            let frame = Ear::on(&voice, query, &json!({})).await.frame().await;
            assert_eq!(
                (&frame["type"], &frame["payload"][0]["extensions"]["code"]),
                (&json!("error"), &json!(code))
            );
        }
    }
}

#[tokio::test]
async fn fifty_operations_run_on_one_socket_and_one_more_is_refused() {
    let app = App::start().await;
    let ada = app.person("ada");
    let payload = json!({ "query": INBOX_CHANGED, "variables": { "after": ada.position().await } });
    let mut peer = ada.socket().await;
    for id in 0..=50 {
        peer.say(json!({ "id": id.to_string(), "type": "subscribe", "payload": payload })).await;
    }
    let refused = peer.hear().await;
    assert_eq!((&refused["type"], &refused["id"]), (&json!("error"), &json!("50")));
    app.publisher().await.raise("ada", "Hello").await;
    let mut told = Vec::new();
    for _ in 0..50 {
        let frame = peer.hear().await;
        assert_eq!(frame["payload"]["data"]["inboxChanged"]["alert"]["title"], "Hello");
        told.push(frame["id"].as_str().unwrap().parse::<u32>().unwrap());
    }
    told.sort_unstable();
    assert_eq!(told, (0..50).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_operation_that_was_completed_says_no_more() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    let mut ear = Ear::now(&ada).await;
    publisher.raise("ada", "heard").await;
    ear.event().await;
    ear.peer.complete("ear").await;
    ear.peer.settle().await;
    publisher.raise("ada", "not heard").await;
    ear.peer.settle().await;
}
