//! A slow reader costs itself, not others, and is told everything all the same.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::{Ear, standing};
use crate::support::{
    app::App,
    voice::{Voice, plain},
};

/// How many alerts are raised while a reader sleeps.
const ALERTS: u64 = 1_000;

/// So wide a selection that all events together fit no buffer on the way: 20 kB each.
const WIDE: &str = "subscription ($after: Position) { inboxChanged(after: $after) { __typename \
    ... on AlertChanged { revision position unreadCount alert { a: body b: body c: body d: body e: body } } \
    ... on InboxReset { revision position unreadCount } } }";

async fn raise_many(publisher: &Voice) {
    let mut alert = plain("ada", "one of many");
    alert["body"] = json!("x".repeat(4_000));
    let raising = (0..ALERTS).map(|_| publisher.create(&alert));
    let raised = futures_util::StreamExt::buffer_unordered(futures_util::stream::iter(raising), 8);
    futures_util::StreamExt::for_each(raised, |_| async {}).await;
}

/// The next event, or none once the socket was given up, with a word or without.
async fn event_or_end(ear: &mut Ear) -> Option<Value> {
    loop {
        match ear.peer.next().await {
            Some(Ok(Message::Text(text))) => {
                let mut frame: Value = serde_json::from_str(&text).unwrap();
                match frame["type"].as_str().unwrap() {
                    "next" => return Some(frame["payload"]["data"]["inboxChanged"].take()),
                    // Of while it slept: nobody waits for an answer any more.
                    "ping" => {}
                    _ => panic!("heard {frame}"),
                }
            }
            Some(Ok(Message::Close(Some(frame)))) => {
                assert_eq!((u16::from(frame.code), frame.reason.as_str()), (1013, "Too slow"));
                return None;
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return None,
        }
    }
}

/// Reads on to the head, coming back from the last position when the socket was given up. Each event
/// is the next one, unless it is a reset further on.
async fn catch_up(ada: &Voice, mut ear: Ear, mut position: String) {
    let mut revision = 0;
    while revision < ALERTS {
        let Some(event) = event_or_end(&mut ear).await else {
            ear = Ear::on(ada, WIDE, &json!({ "after": position })).await;
            continue;
        };
        let (told, unread) = standing(&event);
        assert_eq!(told, unread);
        match event["__typename"].as_str().unwrap() {
            "InboxReset" => assert!(told > revision),
            _ => assert_eq!(told, revision + 1),
        }
        revision = told;
        position = event["position"].as_str().unwrap().to_owned();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_sleeps_delays_nobody_and_catches_up() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    let position = ada.position().await;
    let asleep = Ear::on(&ada, WIDE, &json!({ "after": position })).await;
    let mut awake = Ear::after(&ada, &position).await;
    let raising = tokio::spawn(async move { raise_many(&publisher).await });
    let mut revision = 0;
    while revision < ALERTS {
        let (told, unread) = standing(&awake.event().await);
        assert_eq!((told, unread), (revision + 1, revision + 1));
        revision = told;
    }
    raising.await.unwrap();
    catch_up(&ada, asleep, position).await;
}
