//! One revision of an inbox: what happened, to which alerts, and the counts after it.

use serde::{Deserialize, Serialize};

use super::{Act, Alert, AlertId, Counts, Position, Revision, UserId};

/// What happened in a revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// An alert was raised.
    Raised,
    /// An alert was read.
    Read,
    /// An alert was marked unread again.
    Unread,
    /// An alert was put away.
    Archived,
    /// An alert was put off.
    Snoozed,
    /// An alert that was put off came back by itself.
    Woken,
    /// An alert was thrown away.
    Deleted,
    /// An alert was taken back.
    Restored,
    /// All alerts of a filter were read at once.
    AllRead,
    /// The reader has looked at the inbox: what was raised, or came back, up to that revision is seen. No alert is
    /// another than before.
    Seen(Revision),
    /// An alert fell due and is gone.
    Expired,
    /// A right of the person ended: this session must hear no later change. Makes no event.
    RightEnded(String),
}

impl From<Act> for What {
    fn from(act: Act) -> Self {
        match act {
            Act::Read => Self::Read,
            Act::Unread => Self::Unread,
            Act::Archive => Self::Archived,
            Act::Snooze(_) => Self::Snoozed,
            Act::Delete => Self::Deleted,
            Act::Restore => Self::Restored,
        }
    }
}

/// One committed change of one inbox.
///
/// The alerts are as they were when the change was read, which may be later than the change.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Whose inbox.
    pub user: UserId,
    /// Where the inbox stands after it.
    pub position: Position,
    /// The numbers of the inbox after it.
    pub counts: Counts,
    /// What happened.
    pub what: What,
    /// To which alerts, in creation order.
    pub ids: Vec<AlertId>,
    /// Those of them that are not gone. Empty when there are more than [`Change::MOST_ALERTS`].
    pub alerts: Vec<Alert>,
}

impl Change {
    /// The largest bulk change that carries its alerts; of a larger one only the ids are told.
    pub const MOST_ALERTS: usize = 100;

    /// Whether it carries its alerts; a larger one only names them.
    pub fn carries_alerts(&self) -> bool {
        self.ids.len() <= Self::MOST_ALERTS
    }

    /// Whether an alert of it is gone since: its going has a change of its own.
    pub fn is_overtaken(&self) -> bool {
        match self.what {
            What::AllRead | What::Seen(_) | What::Deleted | What::Expired | What::RightEnded(_) => false,
            _ => self.alerts.is_empty(),
        }
    }
}
