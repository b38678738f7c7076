//! What a subscription tells: views of the change log.

use async_graphql::{ID, SimpleObject, Union};

use super::{
    object::{Alert, Counts},
    scalar::Position,
};
use crate::{
    domain::{self, Change, Revision, What},
    server::store::Standing,
};

/// One step of an inbox's history.
#[derive(Union)]
pub enum InboxEvent {
    /// One alert.
    One(AlertChanged),
    /// Many.
    Many(AlertsChanged),
    /// No telling: load again.
    Reset(InboxReset),
}

/// One alert is new, or not what it was.
#[derive(SimpleObject)]
pub struct AlertChanged {
    /// Which one.
    pub alert_id: ID,
    /// As it is now; null when it is gone.
    pub alert: Option<Alert>,
    /// The inbox's revision after it.
    pub revision: Revision,
    /// What to hand to `inboxChanged` to go on from here.
    pub position: Position,
    /// How many alerts are unread after it: `counts.unread`.
    pub unread_count: u32,
    /// The inbox's numbers after it.
    pub counts: Counts,
}

/// A bulk change, or one of no alert: the inbox was seen.
#[derive(SimpleObject)]
pub struct AlertsChanged {
    /// Which ones; null when they are more than 100: load again.
    pub alert_ids: Option<Vec<ID>>,
    /// As they are now, without those that are gone; null when they are more than 100.
    #[graphql(complexity = "Change::MOST_ALERTS * child_complexity")]
    pub alerts: Option<Vec<Alert>>,
    /// The inbox's revision after it.
    pub revision: Revision,
    /// What to hand to `inboxChanged` to go on from here.
    pub position: Position,
    /// How many alerts are unread after it: `counts.unread`.
    pub unread_count: u32,
    /// The inbox's numbers after it.
    pub counts: Counts,
}

/// The stream cannot go on from where the client stood: load again, then go on from here.
#[derive(SimpleObject)]
pub struct InboxReset {
    /// The inbox's revision.
    pub revision: Revision,
    /// What to hand to `inboxChanged` to go on from here.
    pub position: Position,
    /// How many alerts are unread: `counts.unread`.
    pub unread_count: u32,
    /// The inbox's numbers.
    pub counts: Counts,
}

impl InboxEvent {
    /// What a change says to a bell; nothing when only a right ended.
    pub fn of(change: &Change) -> Option<Self> {
        match &change.what {
            What::RightEnded(_) => None,
            What::AllRead | What::Seen(_) => Some(Self::Many(AlertsChanged::of(change))),
            _ => AlertChanged::of(change).map(Self::One),
        }
    }

    /// What a hole in the log says to a bell.
    pub fn reset(standing: Standing) -> Self {
        Self::Reset(InboxReset {
            revision: standing.position.revision,
            position: Position(standing.position.to_string()),
            unread_count: standing.counts.unread,
            counts: standing.counts.into(),
        })
    }
}

impl AlertChanged {
    fn of(change: &Change) -> Option<Self> {
        Some(Self {
            alert_id: change.ids.first()?.to_string().into(),
            alert: change.alerts.first().cloned().map(Alert),
            revision: change.position.revision,
            position: Position(change.position.to_string()),
            unread_count: change.counts.unread,
            counts: change.counts.into(),
        })
    }
}

impl AlertsChanged {
    fn of(change: &Change) -> Self {
        let few = change.carries_alerts();
        let ids = || change.ids.iter().map(|id| ID(id.to_string())).collect();
        let alerts = || change.alerts.iter().cloned().map(Alert).collect();
        Self {
            alert_ids: few.then(ids),
            alerts: few.then(alerts),
            revision: change.position.revision,
            position: Position(change.position.to_string()),
            unread_count: change.counts.unread,
            counts: change.counts.into(),
        }
    }
}

/// What one result of a subscription shows.
#[derive(Clone, Debug)]
pub enum Told {
    /// To `inboxChanged`: a change.
    Change(Change),
    /// To `inboxChanged`: a hole.
    Reset(Standing),
    /// To `alertAdded` and `alertRead`.
    Alert(domain::Alert),
}
