//! A session that ends by itself: when it does, by whose clock, and what becomes of its sockets.

use std::time::Duration;

use belfry::server::{auth::password, store::right_of_session};
use tokio::time::{Instant, timeout_at};

use crate::{
    support::{
        app::{App, Folder},
        program::{Serving, clock_off},
        voice::Voice,
    },
    ws::peer::reason,
};

const DAY: f64 = 24.0 * 60.0 * 60.0;

async fn signed_in() -> (App, Voice) {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let ada = app.sign_in("ada", "a word").await;
    (app, ada)
}

#[tokio::test]
async fn a_socket_ends_with_its_session_though_nobody_tells_of_it() {
    let (app, ada) = signed_in().await;
    app.folder.database.sessions_end_in(1_500).await;
    let mut peer = ada.socket().await;
    // Without it no node can say in the log that a right has ended.
    app.folder.lose("changes").await;
    assert_eq!(peer.closed().await, reason(4401, "Unauthorized"));
}

#[tokio::test]
async fn a_session_that_was_used_meanwhile_keeps_its_sockets() {
    let (app, ada) = signed_in().await;
    let database = &app.folder.database;
    database.sessions_end_in(1_500).await;
    let end = Instant::now() + Duration::from_millis(1_500);
    let mut peer = ada.socket().await;
    app.store.use_sessions(&[ada.right()], crate::store::support::LASTING).await.unwrap();
    assert!(timeout_at(end, peer.closed()).await.is_err(), "it was closed");
    let publisher = app.publisher().await;
    peer.subscribe("1", "subscription { alertAdded { title } }").await;
    peer.settle().await;
    publisher.raise("ada", "after that").await;
    assert_eq!(peer.hear().await["payload"]["data"]["alertAdded"]["title"], "after that");
}

#[tokio::test]
async fn an_expired_session_is_nobody_to_pages_and_to_sockets() {
    let (app, ada) = signed_in().await;
    let mut upgraded = ada.upgrade().await;
    app.folder.database.sessions_end_in(0).await;
    upgraded.say(serde_json::json!({ "type": "connection_init" })).await;
    assert_eq!(upgraded.closed().await, reason(4401, "Unauthorized"));
    assert_eq!(ada.get("/").await.status(), 303);
    let mut late = ada.socket().await;
    late.subscribe("1", "{ inbox { unreadCount } }").await;
    assert_eq!(
        late.hear().await["payload"]["errors"][0]["extensions"]["code"],
        "UNAUTHENTICATED",
        "whoever comes later is nobody"
    );
}

/// How long a session is good, in seconds, by the database.
async fn left(folder: &Folder, voice: &Voice) -> f64 {
    let store = folder.database.open().await;
    let left = store.sessions(&[voice.right()]).await.unwrap()[&voice.right()].left;
    store.close().await;
    left.as_secs_f64()
}

/// A node whose clock is off, and ada by a session of it.
async fn node(folder: &Folder, off: &'static str) -> (Serving, Voice) {
    let flags = folder.flags(&["--mode", "production"]);
    let node = Serving::under(&clock_off(off), &flags, &folder.path("log")).await;
    let voice = Voice::new(node.address.parse().unwrap(), None);
    let answer = voice.post("/login", &[("user", "ada"), ("password", "a word")]).await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let voice = Voice::new(node.address.parse().unwrap(), Some((reqwest::header::COOKIE, cookie)));
    (node, voice)
}

#[tokio::test]
async fn sessions_last_by_the_databases_clock_whatever_a_nodes_own_says() {
    let folder = Folder::on_server();
    let store = folder.database.open().await;
    let hash = password::hash("a word".to_owned()).await.unwrap();
    assert!(store.add_person(&"ada".parse().unwrap(), "Ada", None, &hash).await.unwrap());
    for off in ["FAKETIME=+1h", "FAKETIME=-1h"] {
        let (_node, ada) = node(&folder, off).await;
        let left = left(&folder, &ada).await;
        assert!(left > 30.0 * DAY - 60.0 && left <= 30.0 * DAY, "{off}: {left}");
        folder.database.sessions_end_in(30 * 60 * 1_000).await;
        assert_eq!(ada.get("/").await.status(), 200, "{off}");
        folder.database.sessions_end_in(1_500).await;
        let begun = Instant::now();
        assert_eq!(ada.socket().await.closed().await, reason(4401, "Unauthorized"), "{off}");
        let lasted = begun.elapsed();
        assert!(lasted > Duration::from_secs(1) && lasted < Duration::from_secs(5), "{off}: {lasted:?}");
        assert_eq!(ada.get("/").await.status(), 303, "{off}");
    }
}

#[tokio::test]
async fn a_session_of_a_node_of_before_is_good_and_ends_as_others_do() {
    let (app, _) = signed_in().await;
    let (database, right) = (&app.folder.database, right_of_session("AAAAAAAAAAAAAAAAAAAAAA"));
    // As such a node makes one, which knows nothing of what was added since.
    let hash = if database.url().starts_with("sqlite") {
        format!("unhex('{right}')")
    } else {
        format!("decode('{right}', 'hex')")
    };
    let data = r#"{"data":{"user":"ada","extended":1790000000},"expiry_date":[2026,365,1,2,3,4,0,0,0]}"#;
    let make = format!(
        "insert into sessions (hash, user_id, data, expires_at) values ({hash}, 'ada', '{data}', {})",
        database.ago(0)
    );
    database.tamper(&make).await;
    database.sessions_end_in(60_000).await;
    let cookie = "__Host-belfry=AAAAAAAAAAAAAAAAAAAAAA".to_owned();
    let ada = Voice::new(app.address, Some((reqwest::header::COOKIE, cookie)));
    let mut peer = ada.socket().await;
    assert!(ada.get("/account").await.text().await.unwrap().contains("A browser"));
    assert_eq!(ada.post("/account/sessions/end-all", &[]).await.status(), 303);
    assert_eq!(peer.closed().await, reason(4401, "Unauthorized"));
}
