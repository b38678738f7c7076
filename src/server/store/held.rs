//! An alert that its reader is about to do something with.

use crate::domain::{Act, Alert, Place, State};

/// An alert, with what was done with it: what was thrown away looks as it did before.
pub(super) struct Held {
    pub(super) alert: Alert,
    pub(super) state: State,
}

impl From<Alert> for Held {
    fn from(alert: Alert) -> Self {
        let state = alert.state();
        Self { alert, state }
    }
}

impl Held {
    /// It, at a place; none: it was thrown away.
    pub(super) fn at(alert: Alert, place: Option<Place>) -> Self {
        let state = State { unread: alert.is_unread(), place };
        Self { alert, state }
    }

    /// Whether an act would change nothing. To put off what is put off changes until when.
    pub(super) fn is_as_after(&self, act: Act) -> bool {
        let until = act.until();
        self.state.after(act) == self.state && (until.is_none() || self.alert.snoozed_until == until)
    }
}
