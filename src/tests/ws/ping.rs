//! Pings and pongs, both ways.

use std::time::Duration;

use belfry::server::graphql::ws::Limits;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::{bench::Bench, peer::Peer};

#[tokio::test]
async fn a_ping_is_answered_before_the_init() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::connect(&bench).await;
    peer.say(json!({ "type": "ping" })).await;
    assert_eq!(peer.hear().await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn a_pong_carries_the_payload_of_its_ping() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.say(json!({ "type": "ping", "payload": { "sent": 1.5, "deep": { "list": [null] } } })).await;
    let pong = json!({ "type": "pong", "payload": { "sent": 1.5, "deep": { "list": [null] } } });
    assert_eq!(peer.hear().await, pong);
}

#[tokio::test]
async fn a_pong_is_not_answered() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::connect(&bench).await;
    peer.say(json!({ "type": "pong", "payload": { "unasked": true } })).await;
    peer.settle().await;
}

#[tokio::test]
async fn a_ping_of_the_websocket_layer_is_answered_there() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::connect(&bench).await;
    peer.send(Message::Ping("alive?".into())).await;
    assert_eq!(peer.next().await.unwrap().unwrap(), Message::Pong("alive?".into()));
}

#[tokio::test]
async fn a_silent_peer_is_pinged_and_then_dropped() {
    let limits =
        Limits { ping: Duration::from_millis(40), silence: Duration::from_millis(100), ..Limits::default() };
    let bench = Bench::start(limits).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.subscribe("1", "subscription { never }").await;
    assert_eq!(peer.hear().await, json!({ "type": "ping" }));
    assert_eq!(peer.hear().await, json!({ "type": "ping" }));
    bench.alive(0).await;
    peer.dropped().await;
}

#[tokio::test]
async fn a_flood_of_pings_is_answered_in_order() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::connect(&bench).await;
    for number in 0..2_000 {
        peer.say(json!({ "type": "ping", "payload": { "number": number } })).await;
    }
    for number in 0..2_000 {
        assert_eq!(peer.hear().await, json!({ "type": "pong", "payload": { "number": number } }));
    }
}

#[tokio::test]
async fn every_socket_is_told_that_changes_do_not_arrive_and_that_they_do_again() {
    let bench = Bench::start(Limits::default()).await;
    let told = |live: bool| json!({ "type": "ping", "payload": { "live": live } });
    let mut early = Peer::admitted(&bench).await;
    bench.sockets.set_live(false);
    assert_eq!(early.hear().await, told(false));
    let mut late = Peer::admitted(&bench).await;
    assert_eq!(late.hear().await, told(false));
    bench.sockets.set_live(true);
    assert_eq!((early.hear().await, late.hear().await), (told(true), told(true)));
}
