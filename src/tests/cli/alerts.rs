use serde_json::json;

use super::{done, misread, over, refused};
use crate::support::{
    app::{App, Folder},
    program::Ran,
    voice::titles,
};

const SEND: [&str; 8] = ["alert", "send", "--to", "ada", "--kind", "build", "--title", "Red"];

async fn send(folder: &Folder, more: &[&str]) -> Ran {
    over(folder, &[&SEND, more].concat()).await
}

/// Sends with another value for one of the flags that every alert has.
async fn send_with(folder: &Folder, flag: &str, value: &str) -> Ran {
    let mut arguments = SEND;
    let place = arguments.iter().position(|argument| *argument == flag).unwrap();
    arguments[place + 1] = value;
    over(folder, &arguments).await
}

#[tokio::test]
async fn every_field_reaches_the_inbox_and_the_id_is_printed() {
    let app = App::start().await;
    let more = [
        "--body",
        "Tests\nfailed",
        "--severity",
        "critical",
        "--link",
        "/builds/7",
        "--data",
        r#"{"n":7}"#,
        "--expires-at",
        "2090-01-31T19:00:00+01:00",
    ];
    let sent = send(&app.folder, &more).await;
    let query =
        "query ($id: ID!) { alert(id: $id) { kind title body severity link data expiresAt actor { id } } }";
    let alert = app.person("ada").data(query, &json!({ "id": done(&sent) })).await["alert"].take();
    let expected = json!({ "kind": "build", "title": "Red", "body": "Tests\nfailed", "severity": "CRITICAL",
        "link": "/builds/7", "data": { "n": 7 }, "expiresAt": "2090-01-31T18:00:00Z", "actor": null });
    assert_eq!(alert, expected);
}

#[tokio::test]
async fn the_same_key_sends_once() {
    let app = App::start().await;
    let first = send(&app.folder, &["--idempotency-key", "7"]).await;
    let again = send(&app.folder, &["--idempotency-key", "7"]).await;
    assert_eq!(done(&first), done(&again));
    let other = send(&app.folder, &["--idempotency-key", "7", "--body", "other"]).await;
    assert!(refused(&other).contains("idempotencyKey"));
    assert_eq!(titles(&app.person("ada").inbox().await), ["Red"]);
}

#[tokio::test]
async fn each_bad_field_is_named_and_nothing_is_stored() {
    let app = App::start().await;
    for (flag, value, named) in
        [("--to", "a b", "recipientId"), ("--kind", "", "kind"), ("--title", " ", "title")]
    {
        let ran = send_with(&app.folder, flag, value).await;
        assert!(refused(&ran).starts_with(named), "{ran:?}");
    }
    let long = "b".repeat(4_001);
    for (flag, value, named) in [
        ("--body", long.as_str(), "body"),
        ("--link", "ftp://x", "link"),
        ("--data", &format!("\"{long}{long}\""), "data"),
        ("--expires-at", "2020-01-01T00:00:00Z", "expiresAt"),
        ("--expires-at", "9999-12-31T23:59:59-01:00", "expiresAt"),
        ("--expires-at", "1970-01-01T00:00:00+01:00", "expiresAt"),
        ("--idempotency-key", "", "idempotencyKey"),
    ] {
        let ran = send(&app.folder, &[flag, value]).await;
        assert!(refused(&ran).starts_with(named), "{ran:?}");
    }
    for (flag, value) in [("--severity", "loud"), ("--data", "{"), ("--expires-at", "tomorrow")] {
        let ran = send(&app.folder, &[flag, value]).await;
        assert!(misread(&ran).contains(flag), "{ran:?}");
    }
    assert_eq!(app.person("ada").inbox().await["revision"], 0);
}

#[tokio::test]
async fn an_alert_without_what_it_must_have_is_not_sent() {
    let folder = Folder::new();
    for missing in ["--to", "--kind", "--title"] {
        let mut arguments = SEND.to_vec();
        let place = arguments.iter().position(|argument| *argument == missing).unwrap();
        arguments.drain(place..place + 2);
        assert!(misread(&over(&folder, &arguments).await).contains(missing));
    }
    assert!(!folder.path("belfry.db").exists());
}
