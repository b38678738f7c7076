//! Belfry's own client at Belfry's own server.

use belfry::{
    live::session::{Outcome, Status},
    server::graphql::ws::Limits,
};

use super::bench::{Bench, PATIENCE};
use crate::support::client::{Client, Event};

async fn connected(bench: &Bench) -> Client {
    let mut client = Client::open(&format!("ws://{}/graphql/ws", bench.address));
    assert_eq!(client.event().await, Event::Status(Status::Live));
    client
}

fn ask(client: &Client, query: &'static str) {
    client.subscribe(move || (query, "{}".into()));
}

#[tokio::test]
async fn the_own_client_gets_results_errors_and_completions() {
    let bench = Bench::start(Limits::default()).await;
    let mut client = connected(&bench).await;
    ask(&client, "subscription { count(to: 2) }");
    for number in 1..=2 {
        let result = format!(r#"{{"data":{{"count":{number}}}}}"#);
        assert_eq!(client.outcome().await, (0, Outcome::Next(result)));
    }
    assert_eq!(client.outcome().await, (0, Outcome::Complete));
    ask(&client, "{ nothing }");
    assert!(matches!(client.outcome().await, (1, Outcome::Error(_))));
}

#[tokio::test]
async fn the_own_client_wants_to_come_back_after_draining() {
    let bench = Bench::start(Limits::default()).await;
    let mut client = connected(&bench).await;
    bench.sockets.drain(PATIENCE).await;
    assert!(matches!(client.event().await, Event::Status(Status::Away { .. })));
}

#[tokio::test]
async fn the_own_client_stays_away_when_its_right_has_ended() {
    let bench = Bench::start(Limits::default()).await;
    let mut client = connected(&bench).await;
    bench.right.cancel();
    assert_eq!(client.event().await, Event::Status(Status::Refused(4401)));
}
