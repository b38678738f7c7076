//! An alert that its reader is about to do something with.

use crate::domain::{Act, Alert, State};

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
    /// It, where `deleted` says whether it was thrown away.
    pub(super) fn new(alert: Alert, deleted: bool) -> Self {
        let state = alert.state();
        Self { alert, state: if deleted { state.after(Act::Delete) } else { state } }
    }

    /// Whether an act would change nothing. To put off what is put off changes until when.
    pub(super) fn is_as_after(&self, act: Act) -> bool {
        let until = act.until();
        self.state.after(act) == self.state && (until.is_none() || self.alert.snoozed_until == until)
    }
}
