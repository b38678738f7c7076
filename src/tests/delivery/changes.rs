//! What `inboxChanged` says of each kind of change.

use serde_json::{Value, json};

use super::{Ear, standing};
use crate::support::app::App;

#[tokio::test]
async fn a_raised_alert_comes_with_all_that_was_asked() {
    let app = App::start().await;
    let mut ear = Ear::now(&app.person("ada")).await;
    let id = app.publisher().await.raise("ada", "Hello").await;
    let event = ear.event().await;
    assert_eq!((&event["__typename"], &event["alertId"]), (&json!("AlertChanged"), &json!(id)));
    assert_eq!(event["alert"], json!({ "title": "Hello", "readAt": null, "revision": 1 }));
    assert_eq!(standing(&event), (1, 1));
}

#[tokio::test]
async fn reading_on_one_socket_is_heard_on_another() {
    let app = App::start().await;
    let ada = app.person("ada");
    let id = app.publisher().await.raise("ada", "Hello").await;
    let (mut one, mut other) = (Ear::now(&ada).await, Ear::now(&ada).await);
    let query = format!("mutation {{ markAlertRead(id: \"{id}\") {{ inbox {{ unreadCount revision }} }} }}");
    other.peer.subscribe("read", &query).await;
    let event = one.event().await;
    assert_eq!((&event["alertId"], standing(&event)), (&json!(id), (2, 0)));
    assert!(event["alert"]["readAt"].is_string());
    // The socket that read it hears of it too, beside its reply.
    let frames = [other.frame().await, other.frame().await, other.frame().await];
    let told: Vec<_> = frames.iter().filter(|frame| frame["id"] == "ear").collect();
    assert_eq!(
        told,
        [&json!({ "id": "ear", "type": "next", "payload": { "data": { "inboxChanged": event } } })]
    );
}

#[tokio::test]
async fn marking_unread_is_a_change_and_marking_again_is_none() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    let id = publisher.raise("ada", "Hello").await;
    let mut ear = Ear::now(&ada).await;
    ada.mark_read(&id).await;
    ada.mark_read(&id).await;
    let query = "mutation ($id: ID!) { markAlertUnread(id: $id) { inbox { unreadCount } } }";
    ada.data(query, &json!({ "id": id })).await;
    assert_eq!(ear.standings(2).await, [(2, 0), (3, 1)]);
    publisher.raise("ada", "next").await;
    assert_eq!(ear.standings(1).await, [(4, 2)]);
}

#[tokio::test]
async fn a_bulk_read_is_one_event_with_its_alerts_in_creation_order() {
    let app = App::start().await;
    let ada = app.person("ada");
    let ids = app.publisher().await.raise_some("ada", 100).await;
    let mut ear = Ear::now(&ada).await;
    ada.mark_all_read(&ada.position().await).await;
    let event = ear.event().await;
    assert_eq!((&event["__typename"], standing(&event)), (&json!("AlertsChanged"), (101, 0)));
    assert_eq!(event["alertIds"], json!(ids));
    let alerts = event["alerts"].as_array().unwrap();
    assert_eq!((&alerts[0]["title"], &alerts[99]["title"]), (&json!("number 0"), &json!("number 99")));
    assert!(alerts.iter().all(|alert| alert["readAt"].is_string()));
}

#[tokio::test]
async fn a_bulk_read_of_more_than_100_says_that_alone() {
    let app = App::start().await;
    let ada = app.person("ada");
    app.publisher().await.raise_some("ada", 101).await;
    let position = ada.position().await;
    let mut live = Ear::after(&ada, &position).await;
    ada.mark_all_read(&position).await;
    let event = live.event().await;
    assert_eq!((&event["alertIds"], &event["alerts"]), (&Value::Null, &Value::Null));
    assert_eq!(standing(&event), (102, 0));
    assert_eq!(Ear::after(&ada, &position).await.event().await, event);
}

#[tokio::test]
async fn what_happens_to_somebody_else_is_not_heard() {
    let app = App::start().await;
    let publisher = app.publisher().await;
    let (ada, grace) = (app.person("ada"), app.person("grace"));
    let mut ear = Ear::now(&ada).await;
    let id = publisher.raise("grace", "for grace").await;
    grace.mark_read(&id).await;
    publisher.raise("ada", "for ada").await;
    let event = ear.event().await;
    assert_eq!((&event["alert"]["title"], standing(&event)), (&json!("for ada"), (1, 1)));
}
