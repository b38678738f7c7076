//! What the live stream tells a bell.

use serde::{Deserialize, Serialize};

use super::{Alert, AlertId, Counts, Revision};

/// One step of an inbox's history as a client hears it: the GraphQL union `InboxEvent`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "__typename")]
pub enum InboxEvent {
    /// One alert is new, or not what it was.
    #[serde(rename_all = "camelCase")]
    AlertChanged {
        /// Which one.
        alert_id: AlertId,
        /// As it is now; none when it is gone.
        alert: Option<Alert>,
        /// Where the inbox stands after it.
        #[serde(flatten)]
        head: Head,
    },
    /// A bulk change, or one of no alert: the inbox was seen.
    #[serde(rename_all = "camelCase")]
    AlertsChanged {
        /// Which ones; none when they are too many to name: load again.
        alert_ids: Option<Vec<AlertId>>,
        /// As they are now, without those that are gone.
        alerts: Option<Vec<Alert>>,
        /// Where the inbox stands after it.
        #[serde(flatten)]
        head: Head,
    },
    /// The stream cannot go on from where the client stood: load again, then go on from here.
    InboxReset {
        /// Where the inbox stands.
        #[serde(flatten)]
        head: Head,
    },
}

impl InboxEvent {
    /// Where the inbox stands after it.
    pub fn head(&self) -> &Head {
        match self {
            Self::AlertChanged { head, .. }
            | Self::AlertsChanged { head, .. }
            | Self::InboxReset { head } => head,
        }
    }
}

/// Where an inbox stands: the absolute counts with the revision they belong to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// The revision the counts belong to.
    pub revision: Revision,
    /// Opaque; handed back to resume.
    pub position: String,
    /// Its numbers.
    pub counts: Counts,
}
