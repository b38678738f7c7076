//! `alertAdded` and `alertRead`: the source design's two events.

use serde_json::{Value, json};

use super::Ear;
use crate::support::{app::App, voice::Voice};

/// Listens to one of the two events, and goes on when it is sure to be heard: such a subscription
/// begins silently, so alerts are raised, and read, until one arrives.
async fn listening(event: &str, ada: &Voice, publisher: &Voice) -> Ear {
    let mut ear =
        Ear::on(ada, &format!("subscription {{ {event} {{ id title readAt }} }}"), &json!({})).await;
    let knocking = async {
        loop {
            let id = publisher.raise("ada", "knock").await;
            ada.mark_read(&id).await;
        }
    };
    tokio::select! {
        never = knocking => never,
        _ = ear.event() => {}
    }
    let last = publisher.raise("ada", "last knock").await;
    ada.mark_read(&last).await;
    while ear.event().await["title"] != "last knock" {}
    ear
}

fn ids(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["id"].as_str().unwrap()).collect()
}

async fn events(ear: &mut Ear, count: usize) -> Vec<Value> {
    let mut events = Vec::new();
    while events.len() < count {
        let event = ear.event().await;
        // One that was given up half-way may be told late.
        if event["title"] != "knock" {
            events.push(event);
        }
    }
    events
}

#[tokio::test]
async fn every_raised_alert_is_told_once_and_nothing_else() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    let mut ear = listening("alertAdded", &ada, &publisher).await;
    let first = publisher.raise("ada", "first").await;
    publisher.raise("grace", "not yours").await;
    ada.mark_read(&first).await;
    let second = publisher.raise("ada", "second").await;
    let told = events(&mut ear, 2).await;
    assert_eq!(ids(&told), [&first, &second]);
    assert_eq!(told[0], json!({ "id": first, "title": "first", "readAt": null }));
}

#[tokio::test]
async fn a_bulk_read_is_told_once_per_alert_in_creation_order() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    let mut ear = listening("alertRead", &ada, &publisher).await;
    // More than a change carries, and than are looked up at a time.
    let raised = publisher.raise_some("ada", 250).await;
    ada.mark_all_read(&ada.position().await).await;
    let told = events(&mut ear, 250).await;
    assert_eq!(ids(&told), raised.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(told.iter().all(|alert| alert["readAt"].is_string()));
}

#[tokio::test]
async fn reading_one_is_told_and_taking_it_back_is_not() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    let mut ear = listening("alertRead", &ada, &publisher).await;
    let raised = publisher.raise_some("ada", 2).await;
    ada.mark_read(&raised[1]).await;
    ada.data(
        "mutation ($id: ID!) { markAlertUnread(id: $id) { problem { code } } }",
        &json!({ "id": raised[1] }),
    )
    .await;
    ada.mark_read(&raised[0]).await;
    assert_eq!(ids(&events(&mut ear, 2).await), [&raised[1], &raised[0]]);
}
