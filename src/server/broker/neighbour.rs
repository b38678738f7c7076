//! The source design's words on Redis: what its programs publish and listen to beside Belfry.

use serde::Serialize;
use serde_json::Value;

use crate::domain::{Alert, UserId};

/// What a message tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// An alert was raised.
    Added,
    /// An alert was read.
    Read,
}

/// What Belfry signs its messages with, so that its own bridge passes them over.
pub const VIA: &str = "belfry";

impl Event {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Added, Self::Read];

    /// Its name: the subscription's field in GraphQL, the one key of the message, and the first part
    /// of its channel.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "alertAdded",
            Self::Read => "alertRead",
        }
    }

    /// The channel on which one person's messages go. It has no prefix: others chose its name.
    pub fn channel(self, user: &UserId) -> String {
        format!("{}-{user}", self.name())
    }

    /// The message: the alert as GraphQL shows it, with whose it is. One that came over the bridge goes
    /// by the id of its `source`.
    pub fn message(self, user: &UserId, alert: &Alert, source: Option<&str>) -> Vec<u8> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Told<'a> {
            #[serde(flatten)]
            alert: Value,
            recipient_id: &'a UserId,
            via: &'static str,
        }
        // Everything in it has string keys and no failing parts; writing to memory does not fail.
        let mut alert = serde_json::to_value(alert).unwrap_or_default();
        if let Some(source) = source {
            alert["id"] = source.into();
        }
        let told = Told { alert, recipient_id: user, via: VIA };
        serde_json::to_vec(&serde_json::json!({ self.name(): told })).unwrap_or_default()
    }
}
