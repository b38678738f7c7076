//! From a commit to the sockets of its person: everything, once, in order, with the right count.

mod changes;
mod elsewhere;
mod events;
mod lost;
mod nodes;
mod operations;
mod rendering;
mod resuming;
mod sessions;
mod slow;
mod storm;
mod stranger;
mod threads;

use serde_json::{Value, json};

use crate::{support::voice::Voice, ws::peer::Peer};

/// What the bell asks for.
pub const INBOX_CHANGED: &str = "subscription ($after: Position) { inboxChanged(after: $after) { __typename \
    ... on AlertChanged { alertId alert { title readAt revision } revision position unreadCount } \
    ... on AlertsChanged { alertIds alerts { title readAt } revision position unreadCount } \
    ... on InboxReset { revision position unreadCount } } }";

/// A socket with one subscription.
pub struct Ear {
    pub peer: Peer,
}

impl Ear {
    /// Listens to an inbox after a position.
    pub async fn after(voice: &Voice, position: &str) -> Self {
        Self::on(voice, INBOX_CHANGED, &json!({ "after": position })).await
    }

    /// Listens to an inbox from where it is now.
    pub async fn now(voice: &Voice) -> Self {
        Self::after(voice, &voice.position().await).await
    }

    /// Runs any subscription.
    pub async fn on(voice: &Voice, query: &str, variables: &Value) -> Self {
        let mut peer = voice.socket().await;
        let payload = json!({ "query": query, "variables": variables });
        peer.say(json!({ "id": "ear", "type": "subscribe", "payload": payload })).await;
        Self { peer }
    }

    /// What it hears next. Pings, which come when a test takes long, are passed over.
    pub async fn frame(&mut self) -> Value {
        loop {
            let frame = self.peer.hear().await;
            if frame["type"] != "ping" {
                return frame;
            }
            self.peer.say(json!({ "type": "pong" })).await;
        }
    }

    /// The next result: its one field.
    pub async fn event(&mut self) -> Value {
        let mut frame = self.frame().await;
        assert_eq!(frame["type"], "next", "{frame}");
        assert_eq!(frame["payload"].get("errors"), None, "{frame}");
        let fields = frame["payload"]["data"].as_object_mut().unwrap();
        fields.values_mut().next().unwrap().take()
    }

    /// The next events' revisions and counts.
    pub async fn standings(&mut self, count: usize) -> Vec<(u64, u64)> {
        let mut standings = Vec::new();
        for _ in 0..count {
            standings.push(standing(&self.event().await));
        }
        standings
    }
}

/// An event's revision and count.
pub fn standing(event: &Value) -> (u64, u64) {
    (event["revision"].as_u64().unwrap(), event["unreadCount"].as_u64().unwrap())
}
