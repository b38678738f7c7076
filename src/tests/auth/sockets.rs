//! Rights on sockets: how they begin, and that their end is heard at once.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    support::app::{App, Folder, in_seconds, token},
    ws::{
        bench::PATIENCE,
        peer::{Peer, reason},
    },
};

const ALERTS: &str = "subscription { inboxChanged { ... on AlertChanged { alert { title } } } }";

const CREATE: &str = "mutation { createAlert(input: { recipientId: \"ada\", kind: \"k\", title: \"t\" }) { \
    problem { message } } }";

/// Listens, and hears the reset that says that it does.
async fn listen(peer: &mut Peer) {
    peer.subscribe("ear", ALERTS).await;
    assert_eq!(peer.hear().await["type"], "next");
}

#[tokio::test]
async fn the_token_may_come_with_connection_init() {
    let app = App::start().await;
    let mut peer = app.nobody().upgrade().await;
    let bearer = format!("Bearer {}", token(&json!({ "sub": "ada", "exp": in_seconds(60) })));
    peer.say(json!({ "type": "connection_init", "payload": { "authorization": bearer } })).await;
    assert_eq!(peer.hear().await["type"], "connection_ack");
    peer.subscribe("1", "{ viewer { id } }").await;
    assert_eq!(peer.hear().await["payload"]["data"]["viewer"]["id"], "ada");
}

#[tokio::test]
async fn the_token_of_connection_init_comes_before_the_cookie() {
    let app = App::start().await;
    app.can_sign_in("grace", "a word").await;
    let mut peer = app.sign_in("grace", "a word").await.upgrade().await;
    let bearer = format!("bearer {}", token(&json!({ "sub": "ada", "exp": in_seconds(60) })));
    peer.say(json!({ "type": "connection_init", "payload": { "authorization": bearer } })).await;
    assert_eq!(peer.hear().await["type"], "connection_ack");
    peer.subscribe("1", "{ viewer { id } }").await;
    assert_eq!(peer.hear().await["payload"]["data"]["viewer"]["id"], "ada");
}

#[tokio::test]
async fn a_token_that_is_not_good_closes_with_4403() {
    let app = App::start().await;
    let expired = format!("Bearer {}", token(&json!({ "sub": "ada", "exp": in_seconds(-5) })));
    for (shown, why) in [
        (json!("Bearer garbage"), "the token is neither a publisher token nor a JWT"),
        (json!(expired), "the token has expired"),
        (json!("ada"), "authorization must be \"Bearer <token>\""),
        (json!(7), "authorization must be a string"),
    ] {
        let mut peer = app.nobody().upgrade().await;
        peer.say(json!({ "type": "connection_init", "payload": { "authorization": shown } })).await;
        assert_eq!(peer.closed().await, reason(4403, &format!("Forbidden: {why}")), "{shown}");
    }
}

#[tokio::test]
async fn a_token_that_expires_closes_its_socket_with_4403() {
    let app = App::start().await;
    let ada = app.bearer(&token(&json!({ "sub": "ada", "exp": in_seconds(3) })));
    let mut peer = ada.socket().await;
    listen(&mut peer).await;
    assert_eq!(peer.closed().await, reason(4403, "Credentials expired"));
}

#[tokio::test]
async fn a_publishers_token_that_expires_closes_its_socket_with_4403() {
    let app = App::start().await;
    let shop = app.bearer(&token(&json!({ "sub": "shop", "scope": "publish", "exp": in_seconds(2) })));
    let mut peer = shop.socket().await;
    assert_eq!(peer.closed().await, reason(4403, "Credentials expired"));
}

#[tokio::test]
async fn a_revoked_token_raises_nothing_more_over_its_open_socket() {
    let app = App::start().await;
    let mut peer = app.publisher_named("ci").await.socket().await;
    peer.subscribe("1", CREATE).await;
    assert_eq!(peer.hear().await["payload"]["data"]["createAlert"]["problem"], Value::Null);
    assert_eq!(peer.hear().await["type"], "complete");
    assert!(app.store.revoke_token("ci").await.unwrap());
    peer.subscribe("2", CREATE).await;
    assert_eq!(peer.closed().await, reason(4401, "Unauthorized"));
    assert_eq!(app.person("ada").unread().await, 1);
}

#[tokio::test]
async fn a_revoked_token_closes_its_sockets_within_a_second_and_those_of_no_other() {
    let (app, pause) = (App::start().await, Duration::from_secs(1));
    let (ci, shop) = (app.publisher_named("ci").await, app.publisher_named("shop").await);
    let (mut one, mut another, mut stays) = (ci.socket().await, ci.socket().await, shop.socket().await);
    assert!(app.store.revoke_token("ci").await.unwrap());
    let revoked = Instant::now();
    for peer in [&mut one, &mut another] {
        assert_eq!(peer.closed().await, reason(4401, "Unauthorized"));
    }
    assert!(revoked.elapsed() < pause, "{:?}", revoked.elapsed());
    stays.subscribe("1", CREATE).await;
    assert_eq!(stays.hear().await["payload"]["data"]["createAlert"]["problem"], Value::Null);
    assert!(app.store.revoke_token("shop").await.unwrap());
    stays.hear().await;
    assert_eq!(stays.closed().await, reason(4401, "Unauthorized"));
}

#[tokio::test]
async fn an_answer_that_is_ready_after_its_session_has_ended_is_nobodys() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    for query in
        ["{ inbox { unreadCount } }", "mutation { markAlertRead(id: \"x\") { problem { message } } }"]
    {
        let mut peer = app.sign_in("ada", "a word").await.socket().await;
        // As another process does it, which tells no node.
        assert_eq!(app.store.end_sessions_of(&"ada".parse().unwrap(), None).await.unwrap().len(), 1);
        peer.subscribe("1", query).await;
        match peer.next().await {
            Some(Ok(Message::Close(Some(frame)))) => assert_eq!(u16::from(frame.code), 4401),
            other => panic!("{query}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn signing_out_closes_the_sockets_of_that_session_and_of_no_other() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let (one, other) = (app.sign_in("ada", "a word").await, app.sign_in("ada", "a word").await);
    let (mut listening, mut idle, mut stays) = (one.socket().await, one.socket().await, other.socket().await);
    listen(&mut listening).await;
    listen(&mut stays).await;
    one.post("/logout", &[]).await;
    assert_eq!(listening.closed().await, reason(4401, "Unauthorized"));
    assert_eq!(idle.closed().await, reason(4401, "Unauthorized"));
    app.publisher().await.raise("ada", "for the other session").await;
    let event = stays.hear().await["payload"]["data"]["inboxChanged"].take();
    assert_eq!(event["alert"]["title"], "for the other session");
}

#[tokio::test]
async fn signing_out_between_the_upgrade_and_the_init_is_noticed() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let ada = app.sign_in("ada", "a word").await;
    let mut peer = ada.upgrade().await;
    ada.post("/logout", &[]).await;
    peer.say(json!({ "type": "connection_init" })).await;
    assert_eq!(peer.closed().await, reason(4401, "Unauthorized"));
}

/// From here on whoever has read a session waits for a lock before it says so.
const WAITS: &str = "
    alter table sessions rename to kept;
    create function waits() returns boolean language plpgsql as
        $$ begin perform pg_advisory_xact_lock_shared(7); return true; end $$;
    create view sessions as select * from kept where waits()";

const WAITING: &str = "
    select count(*)::text from pg_locks join pg_database on pg_database.oid = database
    where datname = current_database() and locktype = 'advisory' and not granted";

#[tokio::test]
async fn sockets_are_looked_up_together_and_never_by_a_look_from_before_they_listened() {
    let app = App::in_folder(Folder::on_server(), &["--mode", "production"]).await;
    app.can_sign_in("ada", "a word").await;
    let ada = app.sign_in("ada", "a word").await;
    let (mut early, mut late) = (ada.upgrade().await, Vec::new());
    for _ in 0..20 {
        late.push(ada.upgrade().await);
    }
    let (mut lock, mut other) = (app.folder.database.connect().await, app.folder.database.connect().await);
    other.run(WAITS).await;
    lock.run("select pg_advisory_lock(7)").await;
    early.say(json!({ "type": "connection_init" })).await;
    timeout(PATIENCE, async { while other.text(WAITING).await != "1" {} }).await.unwrap();
    // The session was there when that look began. Now it ends, and nobody is told of it any more.
    other.run("delete from kept").await;
    for peer in &mut late {
        peer.say(json!({ "type": "connection_init" })).await;
        peer.settle().await;
    }
    assert_eq!(other.text(WAITING).await, "1", "no look but the first is under way");
    lock.run("select pg_advisory_unlock(7)").await;
    assert_eq!(early.hear().await["type"], "connection_ack");
    for mut peer in late {
        assert_eq!(peer.closed().await, reason(4401, "Unauthorized"));
    }
}

#[tokio::test]
async fn a_change_committed_after_the_right_ended_is_not_delivered() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let (publisher, session) = (app.publisher().await, app.sign_in("ada", "a word").await);
    let mut peers = Vec::new();
    for _ in 0..20 {
        let mut peer = session.socket().await;
        listen(&mut peer).await;
        peers.push(peer);
    }
    publisher.raise("ada", "before").await;
    session.post("/logout", &[]).await;
    publisher.raise("ada", "after").await;
    for mut peer in peers {
        assert_eq!(titles_until_closed(&mut peer).await, ["before"]);
    }
}

#[tokio::test]
async fn a_right_ended_by_another_process_closes_its_sockets_too() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let session = app.sign_in("ada", "a word").await;
    let mut peer = session.socket().await;
    let another = App::in_folder(app.folder.clone(), &["--mode", "production"]).await;
    session.at(another.address).post("/logout", &[]).await;
    assert_eq!(peer.closed().await, reason(4401, "Unauthorized"));
}

/// The titles a peer is told of until it is closed for its right.
async fn titles_until_closed(peer: &mut Peer) -> Vec<String> {
    use tokio_tungstenite::tungstenite::Message;
    let mut titles = Vec::new();
    loop {
        match peer.next().await {
            Some(Ok(Message::Text(text))) => {
                let frame: Value = serde_json::from_str(&text).unwrap();
                let title = &frame["payload"]["data"]["inboxChanged"]["alert"]["title"];
                titles.extend(title.as_str().map(str::to_owned));
            }
            Some(Ok(Message::Close(Some(frame)))) => {
                assert_eq!(u16::from(frame.code), 4401);
                return titles;
            }
            other => panic!("expected a close frame, heard {other:?}"),
        }
    }
}

#[tokio::test]
async fn an_upgrade_with_a_bad_token_is_401() {
    let app = App::start().await;
    let answer = app.bearer("garbage").upgrade_refused().await;
    assert_eq!(answer, 401);
}
