//! What time alone does to alerts. Both engines find it in their own words, by conditions that are the same.

use crate::domain::{State, What};

/// What comes to alerts that fit, some time after a moment of theirs. Both are SQL.
pub(super) struct Due {
    pub(super) which: &'static str,
    pub(super) since: &'static str,
    pub(super) what: What,
}

/// What falls due on a day of its own, in the inbox or elsewhere, and what comes back then.
pub(super) const DUE: [Due; 3] = [
    Due { which: "expired_at is null", since: "expires_at", what: What::Expired },
    Due { which: "place <> 'DELETED'", since: "expires_at", what: What::Expired },
    Due { which: "place = 'SNOOZED'", since: "snoozed_until", what: What::Woken },
];

/// What was read long ago.
pub(super) const READ: Due =
    Due { which: "expired_at is null and read_at is not null", since: "read_at", what: What::Expired };

/// What has been unread for long.
pub(super) const UNREAD: Due = Due {
    which: "expired_at is null and read_at is null",
    since: "coalesce(unread_at, created_at)",
    what: What::Expired,
};

/// What was put away long ago.
pub(super) const ARCHIVED: Due = Due { which: "place = 'ARCHIVE'", since: "expired_at", what: What::Expired };

impl Due {
    /// What an alert is then; none: it is gone.
    pub(super) fn after(&self) -> Option<State> {
        (self.what == What::Woken).then_some(State::RAISED)
    }
}
