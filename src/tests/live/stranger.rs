//! The client against the reference library's server: a stranger that holds it to the protocol.

use std::time::Duration;

use belfry::live::session::{Input, Outcome, Status};
use serde_json::{Value, json};

use crate::support::{
    client::{Client, Event},
    peer::Peer,
};

/// A stranger that listens, and a client that is let in.
async fn connected() -> (Peer, Client) {
    let peer = Peer::start("use-server.mjs", 0).await;
    let mut client = Client::open(&url(peer.port));
    assert_eq!(client.event().await, Event::Status(Status::Live));
    (peer, client)
}

fn url(port: u16) -> String {
    format!("ws://127.0.0.1:{port}/graphql/ws")
}

fn ask(client: &Client, query: &'static str) {
    client.subscribe(move || (query, "{}".into()));
}

fn data(data: &Value) -> Outcome {
    Outcome::Next(json!({ "data": data }).to_string())
}

/// Runs a query or mutation to its end, as the operation of that number, and returns its data.
async fn answer(client: &mut Client, number: usize, query: &'static str) -> Value {
    ask(client, query);
    let (operation, outcome) = client.outcome().await;
    assert_eq!(operation, number);
    assert_eq!(client.outcome().await, (number, Outcome::Complete));
    let Outcome::Next(response) = outcome else { panic!("{outcome:?}") };
    serde_json::from_str::<Value>(&response).unwrap()["data"].take()
}

/// Wants the numbers after the last one seen, and expects the three that follow.
async fn numbers(client: &mut Client, after: u64) {
    for number in after + 1..=after + 3 {
        assert_eq!(client.outcome().await, (0, data(&json!({ "numbers": number }))));
    }
}

fn resume(client: &Client) {
    let mut after = -3;
    client.subscribe(move || {
        after += 3;
        let query = "subscription Numbers($after: Int!) { numbers(after: $after) }";
        (query, json!({ "after": after }).to_string())
    });
}

fn is_away(event: &Event) -> bool {
    matches!(event, Event::Status(Status::Away { attempts: 0 }))
}

#[tokio::test]
async fn a_query_is_answered_once_and_then_over() {
    let (_peer, mut client) = connected().await;
    client.subscribe(|| {
        let query = "query Hello($name: String!) { hello(name: $name) }";
        (query, json!({ "name": "\"é\u{1}" }).to_string())
    });
    assert_eq!(client.outcome().await, (0, data(&json!({ "hello": "hello \"é\u{1}" }))));
    assert_eq!(client.outcome().await, (0, Outcome::Complete));
}

#[tokio::test]
async fn subscriptions_run_side_by_side_to_their_ends() {
    let (_peer, mut client) = connected().await;
    ask(&client, "subscription { count(after: 0, to: 20) }");
    ask(&client, "subscription { count(after: 100, to: 120) }");
    let (mut heard, mut over) = ([0, 100], 0);
    while over < 2 {
        match client.outcome().await {
            (operation, Outcome::Complete) => {
                assert_eq!(heard[operation], [20, 120][operation]);
                over += 1;
            }
            (operation, outcome) => {
                heard[operation] += 1;
                assert_eq!(outcome, data(&json!({ "count": heard[operation] })));
            }
        }
    }
}

#[tokio::test]
async fn a_document_that_does_not_validate_ends_in_an_error_and_the_socket_stays() {
    let (_peer, mut client) = connected().await;
    ask(&client, "{ nope }");
    let (operation, outcome) = client.outcome().await;
    assert!(matches!(&outcome, Outcome::Error(errors) if errors.contains("nope")), "{outcome:?}");
    assert_eq!(operation, 0);
    assert_eq!(answer(&mut client, 1, "{ pings }").await, json!({ "pings": 0 }));
}

#[tokio::test]
async fn a_ping_of_the_server_gets_its_payload_back() {
    let (_peer, mut client) = connected().await;
    let answer = answer(&mut client, 0, r#"mutation { ping(note: "tower 7") }"#).await;
    assert_eq!(answer, json!({ "ping": "tower 7" }));
}

#[tokio::test]
async fn a_silent_connection_is_pinged_and_stays() {
    let (_peer, mut client) = connected().await;
    client.skip(Duration::from_secs(9));
    assert_eq!(answer(&mut client, 0, "{ pings }").await, json!({ "pings": 1 }));
}

#[tokio::test]
async fn an_operation_released_ends_on_the_server_too() {
    let (_peer, mut client) = connected().await;
    resume(&client);
    numbers(&mut client, 0).await;
    assert_eq!(answer(&mut client, 1, "{ running }").await, json!({ "running": 1 }));
    client.input(Input::Unsubscribe(0));
    assert_eq!(answer(&mut client, 2, "{ running }").await, json!({ "running": 0 }));
}

#[tokio::test]
async fn after_a_close_of_the_server_the_client_goes_on_from_where_it_stood() {
    let (_peer, mut client) = connected().await;
    resume(&client);
    numbers(&mut client, 0).await;
    answer(&mut client, 1, "mutation { hangUp(code: 1012) }").await;
    assert!(is_away(&client.event().await));
    assert_eq!(client.event().await, Event::Status(Status::Live));
    numbers(&mut client, 3).await;
}

#[tokio::test]
async fn a_server_that_dies_is_found_again_when_it_is_back() {
    let (peer, mut client) = connected().await;
    resume(&client);
    numbers(&mut client, 0).await;
    let port = peer.port;
    peer.stop().await;
    assert!(is_away(&client.event().await));
    let _peer = Peer::start("use-server.mjs", port).await;
    client.input(Input::Wake);
    numbers(&mut client, 3).await;
}

#[tokio::test]
async fn who_slept_for_an_hour_is_back_at_once() {
    let (_peer, mut client) = connected().await;
    resume(&client);
    numbers(&mut client, 0).await;
    client.skip(Duration::from_secs(3600));
    client.input(Input::Wake);
    assert!(is_away(&client.event().await));
    assert_eq!(client.event().await, Event::Status(Status::Live));
    numbers(&mut client, 3).await;
}

#[tokio::test]
async fn a_fatal_close_and_a_frame_that_is_none_are_the_end() {
    let (peer, mut client) = connected().await;
    answer(&mut client, 0, "mutation { hangUp(code: 4401) }").await;
    assert_eq!(client.event().await, Event::Status(Status::Refused(4401)));
    let mut client = Client::open(&url(peer.port));
    ask(&client, r#"mutation { say(frame: "{}") }"#);
    assert_eq!(client.event().await, Event::Status(Status::Live));
    assert_eq!(client.event().await, Event::Status(Status::Refused(4400)));
}
