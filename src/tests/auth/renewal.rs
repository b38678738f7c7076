//! A socket renews its right before that ends, against a real server.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use belfry::live::{Outcome, Status};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use crate::support::{
    app::{App, in_seconds, token},
    client::{Client, Event},
};

const FOLLOW: &str = "subscription ($after: Position) { inboxChanged(after: $after) { \
    ... on AlertChanged { position alert { title } } ... on InboxReset { position } } }";

/// What changed.
fn told(outcome: &Outcome) -> Value {
    let Outcome::Next(response) = outcome else { panic!("{outcome:?}") };
    let mut response: Value = serde_json::from_str(response).unwrap();
    response["data"]["inboxChanged"].take()
}

#[tokio::test]
async fn a_socket_renews_itself_before_its_token_ends_and_every_alert_arrives_once() {
    let app = App::start().await;
    let publisher = app.publisher().await;
    let fresh = || {
        let token = token(&json!({ "sub": "ada", "exp": in_seconds(3) }));
        json!({ "authorization": format!("Bearer {token}") }).to_string()
    };
    let mut client = Client::renewing(&format!("ws://{}/graphql/ws", app.address), fresh);
    let position = Arc::new(Mutex::new(Value::Null));
    let after = position.clone();
    let ask = move || (FOLLOW, json!({ "after": *after.lock().unwrap() }).to_string());
    client.follow(ask, move |outcome| *position.lock().unwrap() = told(outcome)["position"].take());

    let (mut titles, mut statuses, mut raised) = (Vec::new(), Vec::new(), 0);
    let end = Instant::now() + Duration::from_secs(10);
    while Instant::now() < end {
        publisher.raise("ada", &raised.to_string()).await;
        raised += 1;
        let next = Instant::now() + Duration::from_millis(20);
        while let Ok(event) = timeout_at(next, client.next()).await {
            match event {
                Event::Status(status) => statuses.push(status),
                Event::Said(_, outcome) => {
                    titles.extend(told(&outcome)["alert"]["title"].as_str().map(str::to_owned));
                }
            }
        }
    }
    assert_eq!(statuses, [Status::Live], "nobody sees it");
    let once: HashSet<_> = titles.iter().collect();
    assert_eq!(once.len(), titles.len(), "one came twice");
    // The first ones may have been there before the client was; the last ones may be on their way.
    let first: usize = titles[0].parse().unwrap();
    let expected: Vec<_> = (first..first + titles.len()).map(|number| number.to_string()).collect();
    assert_eq!(titles, expected);
    assert!(first + titles.len() + 5 > raised, "{} of {raised}", titles.len());
}
