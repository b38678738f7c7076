//! The words of the bell as GraphQL sends them, and as the page carries them to its island.

use belfry::domain::{Actor, Alert, Counts, InboxEvent, Page, event::Head};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::server::{Server, alert};

/// Every part filled in, and the numbers as large as they get.
fn full() -> Alert {
    let day = Duration::days(1);
    Alert {
        link: Some("/builds/7".to_owned()),
        actor: Some(Actor {
            id: Some("ci".to_owned()),
            name: "Build bot".to_owned(),
            avatar_url: Some("/bot.png".to_owned()),
        }),
        data: Some(json!({ "run": 7, "ratio": 0.5 })),
        read_at: Some(OffsetDateTime::UNIX_EPOCH + day),
        archived_at: Some(OffsetDateTime::UNIX_EPOCH + 3 * day),
        snoozed_until: Some(OffsetDateTime::UNIX_EPOCH + 4 * day),
        expires_at: Some(OffsetDateTime::UNIX_EPOCH + 2 * day),
        ..alert(1, u32::MAX)
    }
}

fn head() -> Head {
    Head {
        revision: u32::MAX,
        position: "00ff".to_owned(),
        counts: Counts { unseen: 6, unread: u32::MAX, archived: 7, snoozed: 8 },
    }
}

/// The alert of [`full`] as the bell's selection gets it: without `data`, nothing else left out.
fn sent() -> Value {
    json!({
        "id": "00000000-0000-0000-0000-000000000001",
        "revision": 4_294_967_295_u32, "createdRevision": 4_294_967_295_u32,
        "kind": "build", "severity": "WARNING", "title": "Build 1 failed", "body": "",
        "link": "/builds/7", "actor": { "id": "ci", "name": "Build bot", "avatarUrl": "/bot.png" },
        "createdAt": "1970-01-01T00:00:00Z", "readAt": "1970-01-02T00:00:00Z", "archivedAt": "1970-01-04T00:00:00Z",
        "snoozedUntil": "1970-01-05T00:00:00Z",
        "expiresAt": "1970-01-03T00:00:00Z",
    })
}

/// An event with the head's fields beside its own.
fn event(typename: &str, fields: Value) -> InboxEvent {
    let mut event = json!({
        "__typename": typename,
        "revision": 4_294_967_295_u32, "position": "00ff", "counts": { "unseen": 6, "unread": 4_294_967_295_u32, "archived": 7, "snoozed": 8 },
    });
    let Value::Object(fields) = fields else { panic!("{fields} are no fields") };
    event.as_object_mut().unwrap().extend(fields);
    serde_json::from_str(&event.to_string()).unwrap()
}

#[test]
fn one_changed_alert_is_read_with_all_its_fields() {
    let alert = Alert { data: None, ..full() };
    let told = event("AlertChanged", json!({ "alertId": alert.id, "alert": sent() }));
    assert_eq!(told, InboxEvent::AlertChanged { alert_id: alert.id, alert: Some(alert), head: head() });
}

#[test]
fn an_alert_that_left_is_read_as_none() {
    let id = full().id;
    let told = event("AlertChanged", json!({ "alertId": id, "alert": null }));
    assert_eq!(told, InboxEvent::AlertChanged { alert_id: id, alert: None, head: head() });
}

#[test]
fn a_bulk_change_is_read_with_and_without_its_alerts() {
    let alert = Alert { data: None, ..full() };
    let named = event("AlertsChanged", json!({ "alertIds": [alert.id], "alerts": [sent()] }));
    let (alert_ids, alerts) = (Some(vec![alert.id]), Some(vec![alert]));
    assert_eq!(named, InboxEvent::AlertsChanged { alert_ids, alerts, head: head() });
    let too_many = event("AlertsChanged", json!({ "alertIds": null, "alerts": null }));
    assert_eq!(too_many, InboxEvent::AlertsChanged { alert_ids: None, alerts: None, head: head() });
}

#[test]
fn a_reset_is_read_from_its_head_alone() {
    assert_eq!(event("InboxReset", json!({})), InboxEvent::InboxReset { head: head() });
}

fn survives<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(told: &T) {
    let text = serde_json::to_string(told).unwrap();
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), *told, "{text}");
}

#[test]
fn alerts_pages_and_events_survive_their_text() {
    survives(&full());
    survives(&alert(2, 1));
    survives(&Page { head: head(), alerts: vec![full(), alert(2, 1)], next: Some("c".to_owned()) });
    survives(&Server::new().page(None));
    survives(&InboxEvent::AlertChanged { alert_id: full().id, alert: Some(full()), head: head() });
    let (alert_ids, alerts) = (Some(vec![full().id]), Some(vec![full()]));
    survives(&InboxEvent::AlertsChanged { alert_ids, alerts, head: head() });
    survives(&InboxEvent::InboxReset { head: head() });
}
