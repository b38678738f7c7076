//! The bell's own operations at a whole server, read by the bell's own reader.

use belfry::{
    domain::{Alert, InboxEvent, Reply},
    ui::api::{
        Failure, INBOX_CHANGED, MARK_ALL_READ, MARK_READ, MARK_UNREAD, PAGE,
        read::{error_code, inbox_event, page, reply},
    },
};
use serde_json::{Value, json};

use crate::support::{app::App, voice::Voice};

/// Does a mutation as the bell does.
async fn does(ada: &Voice, text: &str, variables: Value) -> Result<Reply, Failure> {
    reply(&ada.ask(text, &variables).await.to_string())
}

#[tokio::test]
async fn pages_follow_each_other_to_the_end() {
    let app = App::start().await;
    let (ada, ci) = (app.person("ada"), app.publisher().await);
    ci.raise_some("ada", 21).await;
    let first = page(&ada.ask(PAGE, &json!({ "after": null })).await.to_string()).unwrap();
    assert_eq!((first.head.counts.unread, first.alerts.len()), (21, 20));
    assert_eq!(first.alerts[0].title, "number 20");
    let last = page(&ada.ask(PAGE, &json!({ "after": first.next })).await.to_string()).unwrap();
    assert_eq!((last.alerts[0].title.as_str(), last.alerts.len(), last.next), ("number 0", 1, None));
}

#[tokio::test]
async fn an_alert_with_all_it_may_have_is_read_whole() {
    let app = App::start().await;
    let actor = json!({ "id": "grace", "name": "Grace \"Amazing\"", "avatarUrl": "/grace.png" });
    let input = json!({
        "recipientId": "ada", "kind": "k", "severity": "CRITICAL", "title": "Fire \u{1f525}",
        "body": "a\nb\t\\", "link": "/x?y#z", "actor": actor, "data": { "a": [1.5] },
        "expiresAt": "2999-12-31T23:59:59.5Z",
    });
    let made = app.publisher().await.create(&input).await["alert"].take();
    let expected: Alert = serde_json::from_value(made).unwrap();
    let seen = page(&app.person("ada").ask(PAGE, &json!({})).await.to_string()).unwrap();
    assert_eq!(seen.alerts, [Alert { data: None, ..expected }]);
}

#[tokio::test]
async fn marking_is_answered_with_the_alert_and_the_count_or_in_words() {
    let app = App::start().await;
    let (ada, ci) = (app.person("ada"), app.publisher().await);
    let id = ci.raise("ada", "one").await;
    let read = does(&ada, MARK_READ, json!({ "id": id })).await.unwrap();
    assert_eq!((read.alert.map(|it| it.is_unread()), read.counts.unread), (Some(false), 0));
    let unread = does(&ada, MARK_UNREAD, json!({ "id": id })).await.unwrap();
    assert_eq!((unread.alert.map(|it| it.is_unread()), unread.counts.unread), (Some(true), 1));
    let position = ada.position().await;
    let all = does(&ada, MARK_ALL_READ, json!({ "upTo": position })).await.unwrap();
    assert_eq!((all.alert, all.counts.unread, all.revision), (None, 0, unread.revision + 1));
    let nobodys = json!({ "id": "0190a0b0-0000-7000-8000-000000000000" });
    assert!(matches!(does(&ada, MARK_READ, nobodys).await, Err(Failure::Problem(_))));
}

#[tokio::test]
async fn who_is_signed_out_is_told_so() {
    let app = App::start().await;
    let answer = app.nobody().ask(PAGE, &json!({})).await.to_string();
    assert_eq!(page(&answer), Err(Failure::SignedOut));
}

#[tokio::test]
async fn why_a_stream_did_not_begin_is_told_by_a_code() {
    let app = App::start().await;
    for (voice, after, code) in
        [(app.nobody(), "", "UNAUTHENTICATED"), (app.person("ada"), "of another version", "BAD_USER_INPUT")]
    {
        let mut peer = voice.socket().await;
        let payload = json!({ "query": INBOX_CHANGED, "variables": { "after": after } });
        peer.say(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
        let error = peer.hear().await;
        assert_eq!(error["type"], "error", "{error}");
        assert_eq!(error_code(&error["payload"].to_string()).as_deref(), Some(code));
    }
}

#[tokio::test]
async fn each_kind_of_event_is_read_from_the_stream() {
    let app = App::start().await;
    let (ada, ci) = (app.person("ada"), app.publisher().await);
    let mut peer = ada.socket().await;
    let payload = json!({ "query": INBOX_CHANGED, "variables": {} });
    peer.say(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
    let mut events = Vec::new();
    for step in 0..3 {
        match step {
            0 => {}
            1 => _ = ci.raise("ada", "one").await,
            _ => ada.mark_all_read(&ada.position().await).await,
        }
        events.push(inbox_event(&peer.hear().await["payload"].to_string()).unwrap());
    }
    assert!(matches!(&events[0], InboxEvent::InboxReset { .. }));
    assert!(matches!(&events[1], InboxEvent::AlertChanged { alert: Some(one), .. } if one.title == "one"));
    assert!(matches!(&events[2], InboxEvent::AlertsChanged { alerts: Some(all), .. } if all.len() == 1));
}
