//! How much one publisher, one address and one socket may say in a second.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    support::{
        app::{App, JWT_SECRET},
        voice::{Voice, plain},
    },
    ws::{
        bench::PATIENCE,
        peer::reason,
        raw::{CONTINUATION, Raw, TEXT, frame},
    },
};

const RAISE: &str =
    "mutation ($input: CreateAlertInput!) { createAlert(input: $input) { problem { message } } }";

async fn with(flags: &[&str]) -> App {
    App::with(&[&["--mode", "production", "--jwt-secret", JWT_SECRET], flags].concat()).await
}

async fn raise(publisher: &Voice) -> reqwest::Response {
    let body = json!({ "query": RAISE, "variables": { "input": plain("ada", "t") } });
    publisher.request(Method::POST, "/graphql").json(&body).send().await.unwrap()
}

#[tokio::test]
async fn a_publisher_is_told_what_is_left_and_beyond_that_when_to_come_again() {
    let app = with(&["--limit-requests", "1"]).await;
    let publisher = app.publisher().await;
    let first = raise(&publisher).await;
    assert_eq!(first.headers()["ratelimit-policy"], "\"publisher\";q=1;w=1");
    assert_eq!(first.headers()["ratelimit"], "\"publisher\";r=0;t=1");
    assert_eq!(first.status(), 200);
    let over = refused(&publisher).await;
    assert_eq!(over.headers()["retry-after"], "1");
    let errors: Value = over.json().await.unwrap();
    assert_eq!(errors["errors"][0]["extensions"]["code"], "RATE_LIMITED");
    assert_eq!(raise(&app.publisher_named("another").await).await.status(), 200);
}

/// Raises until one is refused: a second may pass between two.
async fn refused(publisher: &Voice) -> reqwest::Response {
    loop {
        let answer = raise(publisher).await;
        if answer.status() == 429 {
            return answer;
        }
    }
}

#[tokio::test]
async fn what_is_refused_stores_nothing() {
    let app = with(&["--limit-requests", "1"]).await;
    let publisher = app.publisher().await;
    let mut raised = 0;
    while raise(&publisher).await.status() == 200 {
        raised += 1;
    }
    assert_eq!(app.person("ada").unread().await, raised);
}

#[tokio::test]
async fn on_a_socket_the_same_is_an_error_of_the_operation() {
    let app = with(&["--limit-requests", "1"]).await;
    let mut peer = app.publisher().await.socket().await;
    for id in ["1", "2", "3", "4"] {
        let payload = json!({ "query": RAISE, "variables": { "input": plain("ada", "t") } });
        peer.say(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
    }
    let over = loop {
        let frame = peer.hear().await;
        if frame["type"] == "error" {
            break frame;
        }
    };
    assert_eq!(over["payload"][0]["extensions"]["code"], "RATE_LIMITED");
}

#[tokio::test]
async fn an_address_is_refused_beyond_its_rate_and_another_is_not() {
    let app = with(&["--limit-requests-address", "1", "--trusted-proxies", "127.0.0.1"]).await;
    let from = async |address: &str| {
        let request = app.nobody().request(Method::GET, "/login").header("x-forwarded-for", address);
        request.send().await.unwrap()
    };
    let over = loop {
        let answer = from("192.0.2.1").await;
        assert_eq!(answer.headers()["ratelimit-policy"], "\"address\";q=1;w=1");
        if answer.status() == 429 {
            break answer;
        }
    };
    assert_eq!(over.headers()["retry-after"], "1");
    assert_eq!(from("192.0.2.2").await.status(), 200);
    let own = app.nobody().get("/login").await;
    assert!(!own.headers().contains_key("ratelimit"));
    assert_eq!(app.nobody().get("/healthz").await.status(), 200);
}

#[tokio::test]
async fn a_socket_that_says_too_much_in_a_second_is_closed_with_1008() {
    let app = with(&["--limit-messages", "10"]).await;
    let mut peer = app.person("ada").socket().await;
    for _ in 0..30 {
        peer.say(json!({ "type": "pong" })).await;
    }
    assert_eq!(peer.closed().await, reason(1008, "Too many messages"));
}

#[tokio::test]
async fn a_socket_that_sends_too_many_bytes_in_a_second_is_closed_with_1008() {
    let app = with(&["--limit-bytes", "40000"]).await;
    let mut peer = app.person("ada").socket().await;
    for _ in 0..3 {
        peer.say(json!({ "type": "pong", "payload": { "pad": "x".repeat(20_000) } })).await;
    }
    assert_eq!(peer.closed().await, reason(1008, "Too many messages"));
}

#[tokio::test]
async fn empty_pieces_of_a_message_are_bytes_too() {
    let app = with(&["--limit-bytes", "40000", "--limit-messages", "100"]).await;
    let mut raw = Raw::upgraded(app.address).await;
    let pieces = [frame(TEXT, b"{"), frame(CONTINUATION, b"").repeat(10_000)].concat();
    // It may be gone before all was sent.
    drop(raw.try_send(&pieces).await);
    timeout(PATIENCE, raw.gone()).await.unwrap();
}

#[tokio::test]
async fn a_node_without_limits_lets_everybody_say_what_they_like() {
    let few = ["--limit-requests", "1", "--limit-messages", "1", "--limits", "off"];
    let app = with(&few).await;
    let publisher = app.publisher().await;
    for _ in 0..5 {
        assert_eq!(raise(&publisher).await.status(), 200);
    }
    let mut peer = app.person("ada").socket().await;
    for _ in 0..5 {
        peer.settle().await;
    }
}
