//! What is said on sockets and between nodes.

use std::{sync::Arc, time::Instant};

use belfry::{
    live::{
        json::Json,
        message::{ClientMessage, Request, ServerMessage, subscribe},
    },
    server::{
        broker::wire::{self, Heard, Key, Node, NotNews},
        graphql::ws::{
            Limits,
            core::{Action, Core},
        },
    },
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json, value::RawValue};
use sha2::Sha256;

use super::{fuzz, text};

#[test]
fn what_a_client_says_is_understood_as_it_was_said() {
    fuzz(
        "client_message",
        text(|text| match ClientMessage::decode(text) {
            Ok(ClientMessage::Subscribe { id, payload }) => {
                assert!(!id.is_empty());
                let Request { query, variables, .. } = &payload;
                let variables = Value::Object(variables.clone().unwrap_or_default()).to_string();
                let again = ClientMessage::decode(&subscribe(&id, query, &variables)).unwrap();
                let ClientMessage::Subscribe { id: same, payload: again } = again else {
                    panic!("{again:?}")
                };
                assert_eq!((&same, &again.query), (&id, query));
                assert_eq!(again.variables.unwrap_or_default(), payload.variables.unwrap_or_default());
            }
            Ok(ClientMessage::Ping { payload } | ClientMessage::Pong { payload }) => {
                assert!(payload.is_none_or(|payload| text.contains(payload.get())));
            }
            Ok(_) | Err(_) => {}
        }),
    );
}

#[test]
fn whatever_a_client_says_is_answered_by_a_frame_that_can_be_sent() {
    fuzz(
        "client_message",
        text(|text| {
            let now = Instant::now();
            let mut core = Core::new(Arc::new(Limits::default()), now);
            core.text(r#"{"type":"connection_init"}"#, now);
            core.admitted(None, None, now);
            match core.text(text, now) {
                Some(Action::Send(frame)) => assert!(serde_json::from_str::<&RawValue>(&frame).is_ok()),
                Some(Action::Close(frame)) => assert!(frame.reason.len() <= 123 && frame.code >= 4_400),
                _ => {}
            }
        }),
    );
}

#[test]
fn what_a_server_says_is_understood_as_it_was_said() {
    fuzz(
        "server_message",
        text(|text| {
            let Ok(message) = ServerMessage::decode(text) else { return };
            let again = message.encode();
            assert_eq!(ServerMessage::decode(&again).unwrap().encode(), again);
            assert!(serde_json::from_str::<&RawValue>(&again).is_ok(), "{again}");
        }),
    );
}

#[test]
fn both_readers_of_json_take_the_same() {
    fuzz(
        "server_message",
        text(|text| {
            let ours = Json::parse(text).map(Json::text);
            // A value as it was written: numbers out of range are JSON all the same. It may nest as it likes.
            let theirs = serde_json::from_str::<&RawValue>(text).ok().map(|raw| raw.get().trim());
            let may_be_too_deep = text.matches(['[', '{']).count() > 127;
            assert!(ours == theirs || (ours.is_none() && may_be_too_deep), "{ours:?} {theirs:?}");
        }),
    );
}

const KEY: Key = Key([7; 32]);

/// Text as a node with the store's key would send it (RFC 2104).
fn sealed(text: &[u8]) -> Vec<u8> {
    let node = [9; 16];
    let mac =
        Hmac::<Sha256>::new_from_slice(&KEY.0).unwrap().chain_update(node).chain_update(text).finalize();
    [&node[..], &mac.into_bytes(), text].concat()
}

#[test]
fn news_under_the_right_key_is_news_within_limits_or_none() {
    fuzz("news", |text| match wire::read(&KEY, &sealed(text)) {
        Ok(Heard::Change(change)) => {
            let again = wire::write(&KEY, Node::random(), &change);
            assert!(again.len() <= wire::MOST_BYTES);
            match wire::read(&KEY, &again).unwrap() {
                Heard::Change(same) => assert_eq!(same, change),
                Heard::Head(user, position) => assert_eq!((user, position), (change.user, change.position)),
            }
        }
        Ok(Heard::Head(user, _)) => assert!(json!(user).to_string().len() <= 66),
        // What is longer than news may be is not even hashed, so whose it is stays unknown.
        Err(NotNews::Forged) => assert!(sealed(text).len() > wire::MOST_BYTES),
        Err(refused) => assert_eq!(refused, NotNews::Malformed),
    });
}

#[test]
fn news_under_no_key_is_forged() {
    fuzz("news", |bytes| assert_eq!(wire::read(&KEY, bytes), Err(NotNews::Forged)));
}
