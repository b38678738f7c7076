//! Rights whose end is not among what a socket hears: the log does not reach back to it any more, or it
//! lies before where a subscription begins. It is noticed before anything is told.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    delivery::{Ear, INBOX_CHANGED, standing},
    store::support::{alert, fresh, user},
    support::{app::App, voice::Voice},
    ws::peer::Peer,
};

/// More changes than are replayed one by one.
const MANY: usize = 301;

/// A server, and ada by a session of hers.
async fn signed_in() -> (App, Voice) {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let ada = app.sign_in("ada", "a word").await;
    (app, ada)
}

/// Ends all sessions without a word to anybody.
async fn end_sessions(app: &App) {
    app.folder.database.tamper("delete from sessions").await;
}

/// A bell that has heard how things stand.
async fn bell(voice: &Voice) -> Ear {
    let mut bell = Ear::on(voice, INBOX_CHANGED, &json!({})).await;
    assert_eq!(standing(&bell.event().await), (0, 0));
    bell
}

/// Puts more into an empty inbox than is replayed; the last of it is found by the sweeper.
async fn miss_many(app: &App) {
    app.folder.database.fill("ada", MANY).await;
    app.store.raise("other", fresh(), &alert(&user("ada"))).await.unwrap();
}

async fn is_reset(bell: &mut Ear) {
    let event = bell.event().await;
    assert_eq!((&event["__typename"], standing(&event)), (&json!("InboxReset"), (302, 302)));
}

/// It is closed for its right, and told nothing before that.
async fn is_sent_away(mut peer: Peer) {
    loop {
        match peer.next().await {
            Some(Ok(Message::Text(text))) => {
                let frame: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(frame["type"], "ping", "{frame}");
            }
            Some(Ok(Message::Close(Some(frame)))) => return assert_eq!(u16::from(frame.code), 4401),
            other => panic!("expected a close frame, heard {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_reset_is_not_told_to_whoever_has_no_right_any_more() {
    let (app, ada) = signed_in().await;
    let (ended, mut stays) = (bell(&ada).await, bell(&app.person("ada")).await);
    end_sessions(&app).await;
    miss_many(&app).await;
    is_sent_away(ended.peer).await;
    is_reset(&mut stays).await;
}

#[tokio::test]
async fn a_reset_is_told_only_when_it_can_be_known_whether_the_right_holds() {
    let (app, ada) = signed_in().await;
    let (mut unknown, mut known) = (bell(&ada).await, bell(&app.person("ada")).await);
    app.folder.lose("sessions").await;
    miss_many(&app).await;
    is_reset(&mut known).await;
    unknown.peer.settle().await;
    app.folder.find("sessions").await;
    is_reset(&mut unknown).await;
}

#[tokio::test]
async fn a_subscription_that_begins_after_its_right_ended_is_told_nothing() {
    let (app, ada) = signed_in().await;
    let position = ada.position().await;
    let mut peers = Vec::new();
    for _ in 0..3 {
        peers.push(ada.socket().await);
    }
    end_sessions(&app).await;
    let after = format!("subscription {{ inboxChanged(after: \"{position}\") {{ __typename }} }}");
    let queries =
        ["subscription { inboxChanged { __typename } }", &after, "subscription { alertAdded { title } }"];
    for (peer, query) in peers.iter_mut().zip(queries) {
        peer.subscribe("1", query).await;
    }
    // One that begins with what comes from now on may begin after an alert or two.
    let publisher = app.publisher().await;
    let alerts = async {
        loop {
            publisher.raise("ada", "after it").await;
        }
    };
    tokio::select! {
        () = alerts => {}
        _ = join_all(peers.into_iter().map(is_sent_away)) => {}
    }
}
