//! Queries, mutations and subscriptions over one socket.

use std::collections::HashMap;

use belfry::server::graphql::ws::Limits;
use serde_json::{Value, json};

use super::{
    bench::Bench,
    peer::{Peer, reason},
};

fn next(id: &str, data: &Value) -> Value {
    json!({ "id": id, "type": "next", "payload": { "data": data } })
}

fn complete(id: &str) -> Value {
    json!({ "id": id, "type": "complete" })
}

#[tokio::test]
async fn a_query_gives_one_result_and_completes() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.subscribe("1", "{ hello }").await;
    assert_eq!(peer.hear().await, next("1", &json!({ "hello": "world" })));
    assert_eq!(peer.hear().await, complete("1"));
}

#[tokio::test]
async fn a_mutation_takes_variables_and_a_name() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    let query = "query No { hello } mutation Yes($number: Int!) { double(number: $number) }";
    let payload = json!({ "query": query, "operationName": "Yes", "variables": { "number": 21 } });
    peer.say(json!({ "id": "m", "type": "subscribe", "payload": payload })).await;
    assert_eq!(peer.hear().await, next("m", &json!({ "double": 42 })));
    assert_eq!(peer.hear().await, complete("m"));
}

#[tokio::test]
async fn optional_members_may_be_null() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    let payload =
        json!({ "query": "{ hello }", "operationName": null, "variables": null, "extensions": null });
    peer.say(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
    assert_eq!(peer.hear().await, next("1", &json!({ "hello": "world" })));
}

#[tokio::test]
async fn a_subscription_gives_its_results_in_order_and_completes() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.subscribe("1", "subscription { count(to: 500) }").await;
    for number in 1..=500 {
        assert_eq!(peer.hear().await, next("1", &json!({ "count": number })));
    }
    assert_eq!(peer.hear().await, complete("1"));
    bench.alive(0).await;
}

#[tokio::test]
async fn an_id_comes_back_letter_by_letter() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    let id = "\"quoted\\ \u{7} née 🔔";
    peer.subscribe(id, "{ hello }").await;
    assert_eq!(peer.hear().await, next(id, &json!({ "hello": "world" })));
    assert_eq!(peer.hear().await, complete(id));
}

#[tokio::test]
async fn an_invalid_document_is_an_error_without_completion_and_the_socket_stays_open() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    for query in ["{ nothing }", "{", "subscription { count }"] {
        peer.subscribe("1", query).await;
        let error = peer.hear().await;
        assert_eq!((&error["id"], &error["type"]), (&json!("1"), &json!("error")));
        assert!(error["payload"][0]["message"].is_string(), "{error}");
        peer.settle().await;
    }
}

#[tokio::test]
async fn a_subscription_that_breaks_ends_with_its_error() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.subscribe("1", "subscription { fails }").await;
    assert_eq!(peer.hear().await, next("1", &json!({ "fails": 1 })));
    assert_eq!(peer.hear().await["payload"][0]["message"], "the stream broke");
    bench.alive(0).await;
    peer.settle().await;
}

#[tokio::test]
async fn a_completed_subscription_is_dropped_without_an_echo_and_its_id_is_free() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.subscribe("1", "subscription { never }").await;
    bench.alive(1).await;
    peer.complete("1").await;
    bench.alive(0).await;
    peer.settle().await;
    peer.subscribe("1", "{ hello }").await;
    assert_eq!(peer.hear().await, next("1", &json!({ "hello": "world" })));
}

#[tokio::test]
async fn a_query_completed_before_its_result_gives_none() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.subscribe("1", "{ slow }").await;
    bench.alive(1).await;
    peer.complete("1").await;
    bench.alive(0).await;
    bench.handles.gate.add_permits(1);
    peer.settle().await;
}

#[tokio::test]
async fn nothing_follows_a_completion_of_a_hot_stream() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.subscribe("1", "subscription { hot(bytes: 10) }").await;
    assert_eq!(peer.hear().await["type"], "next");
    peer.complete("1").await;
    bench.alive(0).await;
    peer.say(json!({ "type": "ping" })).await;
    // What was on its way still arrives.
    peer.hear_until("type", "pong").await;
    peer.settle().await;
}

#[tokio::test]
async fn completing_an_unknown_or_finished_operation_is_ignored() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::connect(&bench).await;
    peer.complete("before the init").await;
    peer.init_as("somebody").await;
    assert_eq!(peer.hear().await["type"], "connection_ack");
    peer.subscribe("1", "{ hello }").await;
    peer.hear().await;
    assert_eq!(peer.hear().await, complete("1"));
    peer.complete("1").await;
    peer.complete("1").await;
    peer.settle().await;
}

#[tokio::test]
async fn an_id_in_use_closes_with_4409() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.subscribe("bell", "subscription { never }").await;
    bench.alive(1).await;
    peer.subscribe("bell", "{ hello }").await;
    assert_eq!(peer.closed().await, reason(4409, "Subscriber for bell already exists"));
    bench.alive(0).await;
}

#[tokio::test]
async fn an_id_in_use_closes_with_4409_while_its_operation_prepares() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.subscribe("bell", "{ slow }").await;
    peer.subscribe("bell", "{ slow }").await;
    assert_eq!(peer.closed().await, reason(4409, "Subscriber for bell already exists"));
    bench.alive(0).await;
}

#[tokio::test]
async fn sockets_do_not_share_ids() {
    let bench = Bench::start(Limits::default()).await;
    let (mut one, mut two) = (Peer::admitted(&bench).await, Peer::admitted(&bench).await);
    one.subscribe("1", "subscription { never }").await;
    two.subscribe("1", "subscription { never }").await;
    bench.alive(2).await;
    one.settle().await;
    two.settle().await;
}

#[tokio::test]
async fn an_operation_past_the_cap_is_refused_and_the_socket_stays_open() {
    let bench = Bench::start(Limits { operations: 20, ..Limits::default() }).await;
    let mut peer = Peer::admitted(&bench).await;
    for id in 0..20 {
        peer.subscribe(&id.to_string(), "subscription { never }").await;
    }
    peer.subscribe("one more", "{ hello }").await;
    let error = peer.hear().await;
    assert_eq!((&error["id"], &error["type"]), (&json!("one more"), &json!("error")));
    assert_eq!(error["payload"][0]["extensions"]["code"], "TOO_MANY_OPERATIONS");
    bench.alive(20).await;

    peer.complete("7").await;
    peer.subscribe("one more", "{ hello }").await;
    assert_eq!(peer.hear().await, next("one more", &json!({ "hello": "world" })));
}

#[tokio::test]
async fn a_fast_operation_overtakes_a_slow_one() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.subscribe("slow", "{ slow }").await;
    peer.subscribe("fast", "{ hello }").await;
    assert_eq!(peer.hear().await["id"], "fast");
    assert_eq!(peer.hear().await, complete("fast"));
    bench.handles.gate.add_permits(1);
    assert_eq!(peer.hear().await, next("slow", &json!({ "slow": "at last" })));
}

#[tokio::test]
async fn hot_streams_take_turns() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    for id in ["a", "b", "c"] {
        peer.subscribe(id, "subscription { hot(bytes: 10) }").await;
    }
    let mut heard: HashMap<String, usize> = HashMap::new();
    while heard.len() < 3 {
        *heard.entry(peer.hear().await["id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    heard.clear();
    for _ in 0..300 {
        *heard.entry(peer.hear().await["id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert!(heard.values().all(|count| *count == 100), "{heard:?}");
}

#[tokio::test]
async fn a_hot_stream_starves_neither_another_operation_nor_the_peer() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.subscribe("hot", "subscription { hot(bytes: 10) }").await;
    assert_eq!(peer.hear().await["id"], "hot");
    peer.subscribe("1", "{ hello }").await;
    peer.hear_until("id", "1").await;
    peer.say(json!({ "type": "ping" })).await;
    peer.hear_until("type", "pong").await;
}
