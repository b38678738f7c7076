//! `createAlert`: what comes back is what was sent, once.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use crate::support::{
    app::App,
    voice::{plain, titles},
};

/// A moment well ahead, in whole milliseconds, as text in UTC and an hour east of it.
fn tomorrow() -> (String, String) {
    let moment = OffsetDateTime::now_utc() + Duration::days(1);
    let moment = moment.replace_millisecond(250).unwrap();
    let east = moment.to_offset(UtcOffset::from_hms(1, 0, 0).unwrap());
    (moment.format(&Rfc3339).unwrap(), east.format(&Rfc3339).unwrap())
}

#[tokio::test]
async fn every_field_comes_back_as_it_was_sent() {
    let app = App::start().await;
    let (utc, east) = tomorrow();
    let data = json!({ "pull": 7, "deep": [null, 1.5, { "ä": "\u{1f514}" }] });
    let input = json!({
        "recipientId": "ada", "kind": "mention", "title": "Grace “mentioned” you", "body": "line\nline\t\u{1f514}",
        "severity": "CRITICAL", "link": "https://example.org/x?y#z", "data": data, "expiresAt": east,
        "actor": { "id": "grace", "name": "Grace Murray", "avatarUrl": "/faces/grace.png" },
        "idempotencyKey": "the-first",
    });
    let payload = app.publisher().await.create(&input).await;
    assert_eq!(payload["problem"], Value::Null);
    let alert = &payload["alert"];
    for field in ["kind", "title", "body", "severity", "link", "data", "actor"] {
        assert_eq!(alert[field], input[field], "{field}");
    }
    assert_eq!(alert["expiresAt"], utc);
    assert_eq!((&alert["readAt"], &alert["revision"]), (&Value::Null, &json!(1)));
    assert!(OffsetDateTime::parse(alert["createdAt"].as_str().unwrap(), &Rfc3339).is_ok());
}

#[tokio::test]
async fn what_was_left_out_has_its_default() {
    let app = App::start().await;
    let alert = app.publisher().await.create(&plain("ada", "Hello")).await["alert"].take();
    assert_eq!((&alert["body"], &alert["severity"]), (&json!(""), &json!("INFO")));
    for field in ["link", "actor", "data", "expiresAt"] {
        assert_eq!(alert[field], Value::Null, "{field}");
    }
}

#[tokio::test]
async fn a_recipient_need_not_exist_before() {
    let app = App::start().await;
    app.publisher().await.raise("never.seen@example.org", "Hello").await;
    let person = app.person("never.seen@example.org");
    let viewer = person.data("{ viewer { id name } }", &json!({})).await;
    assert_eq!(viewer["viewer"], json!({ "id": "never.seen@example.org", "name": "never.seen@example.org" }));
    assert_eq!(titles(&person.inbox().await), ["Hello"]);
}

#[tokio::test]
async fn the_same_key_and_content_answer_with_the_first_alert() {
    let (app, mut input) = (App::start().await, plain("ada", "Once"));
    input["idempotencyKey"] = json!("order-7");
    let publisher = app.publisher().await;
    let first = publisher.create(&input).await;
    // That it was read is its reader's to know.
    app.person("ada").mark_read(first["alert"]["id"].as_str().unwrap()).await;
    // What a default stands for may be said.
    input["severity"] = json!("INFO");
    assert_eq!(publisher.create(&input).await, first);
    assert_eq!(app.person("ada").unread().await, 0);
}

#[tokio::test]
async fn the_same_key_with_other_content_is_a_conflict() {
    let (app, mut input) = (App::start().await, plain("ada", "Once"));
    input["idempotencyKey"] = json!("order-7");
    let publisher = app.publisher().await;
    publisher.create(&input).await;
    for (field, other) in [("title", json!("Twice")), ("recipientId", json!("grace")), ("data", json!(0))] {
        let mut changed = input.clone();
        changed[field] = other;
        let problem = publisher.create(&changed).await["problem"].take();
        assert_eq!((&problem["code"], &problem["field"]), (&json!("CONFLICT"), &json!("idempotencyKey")));
    }
    assert_eq!(app.person("ada").unread().await, 1);
}

#[tokio::test]
async fn keys_of_two_publishers_do_not_meet() {
    let (app, mut input) = (App::start().await, plain("ada", "Mine"));
    input["idempotencyKey"] = json!("1");
    let one = app.publisher_named("one").await.create(&input).await;
    input["title"] = json!("Mine too");
    let other = app.publisher_named("other").await.create(&input).await;
    assert_ne!(one["alert"]["id"], other["alert"]["id"]);
    assert_eq!(app.person("ada").unread().await, 2);
}

#[tokio::test]
async fn many_at_once_with_one_key_raise_one_alert() {
    let (app, mut input) = (App::start().await, plain("ada", "Once"));
    input["idempotencyKey"] = json!("storm");
    let publisher = app.publisher().await;
    let payloads = futures_util::future::join_all((0..20).map(|_| publisher.create(&input))).await;
    assert!(payloads.iter().all(|payload| payload["alert"]["id"] == payloads[0]["alert"]["id"]));
    assert_eq!(app.person("ada").unread().await, 1);
}
