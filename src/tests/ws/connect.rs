//! From the upgrade to the acknowledgement.

use std::time::Duration;

use belfry::server::graphql::ws::Limits;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::{
    bench::Bench,
    peer::{Peer, reason},
};

#[tokio::test]
async fn the_protocol_is_chosen_among_others() {
    let bench = Bench::start(Limits::default()).await;
    let offer = "Sec-WebSocket-Protocol: graphql-ws\r\nSec-WebSocket-Protocol: x,  graphql-transport-ws\r\n";
    let (mut peer, head) = Peer::offering(&bench, offer).await;
    assert!(head.contains("sec-websocket-protocol: graphql-transport-ws\r\n"), "{head}");
    peer.settle().await;
}

#[tokio::test]
async fn without_a_common_protocol_the_socket_closes_with_4406() {
    let bench = Bench::start(Limits::default()).await;
    let offers = ["graphql-ws", "soap, wamp", "Graphql-Transport-WS"]
        .map(|protocols| format!("Sec-WebSocket-Protocol: {protocols}\r\n"));
    for offer in offers.iter().map(String::as_str).chain([""]) {
        let (mut peer, head) = Peer::offering(&bench, offer).await;
        assert!(!head.contains("sec-websocket-protocol"), "{head}");
        assert_eq!(peer.closed().await, reason(4406, "Subprotocol not acceptable"), "{offer}");
    }
}

#[tokio::test]
async fn an_init_without_a_payload_is_acknowledged() {
    let bench = Bench::start(Limits::default()).await;
    for init in [json!({ "type": "connection_init" }), json!({ "type": "connection_init", "payload": null })]
    {
        let mut peer = Peer::connect(&bench).await;
        peer.say(init).await;
        assert_eq!(peer.hear().await, json!({ "type": "connection_ack" }));
    }
}

#[tokio::test]
async fn without_an_init_the_socket_closes_with_4408() {
    let bench = Bench::start(Limits { init: Duration::from_millis(20), ..Limits::default() }).await;
    let mut peer = Peer::connect(&bench).await;
    assert_eq!(peer.closed().await, reason(4408, "Connection initialisation timeout"));
}

#[tokio::test]
async fn pings_do_not_put_the_init_timeout_off() {
    let bench = Bench::start(Limits { init: Duration::from_millis(200), ..Limits::default() }).await;
    let mut peer = Peer::connect(&bench).await;
    peer.settle().await;
    assert_eq!(peer.closed().await, reason(4408, "Connection initialisation timeout"));
}

#[tokio::test]
async fn refused_credentials_close_with_4403() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::connect(&bench).await;
    peer.init_as("intruder").await;
    assert_eq!(peer.closed().await, reason(4403, "Forbidden: an intruder"));
}

#[tokio::test]
async fn credentials_that_cannot_be_checked_close_with_1013() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::connect(&bench).await;
    peer.init_as("unlucky").await;
    assert_eq!(peer.closed().await, reason(1013, "Try again later"));
}

#[tokio::test]
async fn a_verdict_that_never_comes_closes_with_1013() {
    let bench = Bench::start(Limits { admit: Duration::from_millis(20), ..Limits::default() }).await;
    let mut peer = Peer::connect(&bench).await;
    peer.init_as("undecided").await;
    assert_eq!(peer.closed().await, reason(1013, "Try again later"));
}

#[tokio::test]
async fn a_second_init_closes_with_4429() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.init_as("somebody").await;
    assert_eq!(peer.closed().await, reason(4429, "Too many initialisation requests"));
}

#[tokio::test]
async fn a_second_init_closes_with_4429_while_the_first_is_pending() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::connect(&bench).await;
    peer.init_as("undecided").await;
    peer.init_as("somebody").await;
    assert_eq!(peer.closed().await, reason(4429, "Too many initialisation requests"));
}

#[tokio::test]
async fn an_operation_before_the_acknowledgement_closes_with_4401() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::connect(&bench).await;
    peer.subscribe("1", "{ hello }").await;
    assert_eq!(peer.closed().await, reason(4401, "Unauthorized"));

    let mut peer = Peer::connect(&bench).await;
    peer.init_as("patient").await;
    peer.subscribe("1", "{ hello }").await;
    assert_eq!(peer.closed().await, reason(4401, "Unauthorized"));
    bench.alive(0).await;
}

#[tokio::test]
async fn pings_are_answered_while_the_verdict_is_pending() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::connect(&bench).await;
    peer.init_as("patient").await;
    peer.settle().await;
    bench.handles.gate.add_permits(1);
    assert_eq!(peer.hear().await, json!({ "type": "connection_ack" }));
}

#[tokio::test]
async fn what_is_no_message_closes_with_4400() {
    let bench = Bench::start(Limits::default()).await;
    let ill_formed = [
        "",
        "{",
        "null",
        "[]",
        "\"ping\"",
        "{}",
        r#"{"type":"start"}"#,
        r#"{"type":1}"#,
        r#"{"type":"next"}"#,
        r#"{"type":"connection_ack"}"#,
        r#"{"type":"ping","payload":1}"#,
        r#"{"type":"connection_init","payload":"token"}"#,
        r#"{"type":"complete"}"#,
        r#"{"type":"subscribe","id":"","payload":{"query":"{ hello }"}}"#,
        r#"{"type":"subscribe","id":"1"}"#,
        r#"{"type":"subscribe","id":"1","payload":{}}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":"{ hello }","variables":[]}}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":"{ hello }","operationName":1}}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":"{ hello }","extensions":[]}}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":null}}"#,
        r#"{"type":"subscribe","id":1,"payload":{"query":"{ hello }"}}"#,
        r#"{"type":"error","id":"1","payload":[{"message":"no"}]}"#,
        r#"{"type":"PING"}"#,
        r#"{"type":"ping","type":"pong"}"#,
    ];
    for text in ill_formed {
        let mut peer = Peer::admitted(&bench).await;
        peer.send(Message::text(text)).await;
        let (code, why) = peer.closed().await;
        assert_eq!(code, 4400, "{text}: {why}");
        assert!(!why.is_empty() && why.len() <= 123, "{text}: {why}");
    }
}

#[tokio::test]
async fn what_is_no_message_closes_with_4400_also_before_the_init() {
    let bench = Bench::start(Limits::default()).await;
    for text in
        ["{}", r#"{"type":"subscribe","id":"1","payload":{}}"#, r#"{"type":"connection_init","payload":[]}"#]
    {
        let mut peer = Peer::connect(&bench).await;
        peer.send(Message::text(text)).await;
        assert_eq!(peer.closed().await.0, 4400, "{text}");
    }
}

#[tokio::test]
async fn a_close_reason_fits_whatever_was_sent() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::connect(&bench).await;
    peer.say(json!({ "type": "é".repeat(500) })).await;
    assert_eq!(peer.closed().await.0, 4400);

    let mut peer = Peer::admitted(&bench).await;
    let id = "é".repeat(500);
    peer.subscribe(&id, "subscription { never }").await;
    peer.subscribe(&id, "subscription { never }").await;
    let (code, why) = peer.closed().await;
    assert_eq!(code, 4409);
    assert!(why.starts_with("Subscriber for é") && why.ends_with("é already exists"), "{why}");
}

#[tokio::test]
async fn a_binary_frame_closes_with_4400() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.send(Message::binary(r#"{"type":"ping"}"#)).await;
    assert_eq!(peer.closed().await.0, 4400);
}
