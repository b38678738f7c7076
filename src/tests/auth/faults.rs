//! A store that fails is a fault of ours: it makes nobody a stranger.

use belfry::ui::api::{Failure, read::page};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    support::{
        app::{App, location},
        voice::Voice,
    },
    ws::{bench::PATIENCE, peer::reason},
};

/// Status and body of a caller's GraphQL.
async fn asked(voice: &Voice) -> (u16, Value) {
    let body = json!({ "query": "{ viewer { id } }" });
    let answer = voice.request(Method::POST, "/graphql").json(&body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn who_cannot_be_looked_up_is_told_to_ask_again() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let signed_in = app.sign_in("ada", "a word").await;
    let publisher = app.publisher().await;
    for (table, voice) in [("sessions", signed_in), ("tokens", publisher), ("people", app.person("ada"))] {
        app.folder.lose(table).await;
        let (status, answer) = asked(&voice).await;
        assert_eq!(
            (status, &answer["errors"][0]["extensions"]["code"]),
            (503, &json!("UNAVAILABLE")),
            "{table}"
        );
        assert_eq!(answer.get("data"), None);
        assert_eq!(page(&answer.to_string()), Err(Failure::Fault));
        app.folder.find(table).await;
    }
}

#[tokio::test]
async fn a_signed_in_person_sees_the_page_for_faults_and_not_the_login() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let ada = app.sign_in("ada", "a word").await;
    app.folder.lose("sessions").await;
    for answer in [ada.get("/").await, ada.get("/login").await, ada.post("/alerts/read-all", &[]).await] {
        assert_eq!((answer.status().as_u16(), location(&answer)), (503, ""));
        assert_eq!(answer.headers()["retry-after"], "1");
        assert!(answer.text().await.unwrap().contains("Something went wrong"));
    }
}

#[tokio::test]
async fn a_socket_whose_caller_cannot_be_looked_up_is_told_to_come_back() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let ada = app.sign_in("ada", "a word").await;
    app.folder.lose("sessions").await;
    let mut peer = ada.upgrade().await;
    peer.say(json!({ "type": "connection_init" })).await;
    assert_eq!(peer.closed().await, reason(1013, "Try again later"));
}

#[tokio::test]
async fn an_operation_whose_token_cannot_be_judged_again_is_a_fault_and_the_socket_stays() {
    let app = App::start().await;
    let mut peer = app.publisher().await.socket().await;
    app.folder.lose("tokens").await;
    peer.subscribe("1", "{ __typename }").await;
    assert_eq!(peer.hear().await["payload"][0]["extensions"]["code"], "UNAVAILABLE");
    app.folder.find("tokens").await;
    peer.subscribe("1", "{ __typename }").await;
    assert_eq!(peer.hear().await["payload"]["data"], json!({ "__typename": "Query" }));
}

#[tokio::test]
async fn a_node_whose_store_fails_is_not_ready() {
    let app = App::start().await;
    assert_eq!(app.nobody().get("/readyz").await.status(), 200);
    app.folder.lose("store").await;
    // What it has just answered is good for a moment.
    timeout(PATIENCE, async { while app.nobody().get("/readyz").await.status() != 503 {} }).await.unwrap();
    assert_eq!(app.nobody().get("/healthz").await.status(), 200);
}
