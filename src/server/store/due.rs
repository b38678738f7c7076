//! What time alone does to alerts. Both engines find it in their own words, by conditions that are the same.

use super::Standing;
use crate::domain::{Moves, Revision, State, What};

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
    fn after(&self) -> Option<State> {
        (self.what == What::Woken).then_some(State::RAISED)
    }

    /// What it does to the numbers of an inbox when it comes to an alert. What comes back is as new.
    pub(super) fn moves(&self, inbox: &Standing, created: Revision, before: State) -> Moves {
        let is_new = self.what == What::Woken || inbox.is_new(created);
        Moves::one(is_new, Some(before), self.after())
    }
}
