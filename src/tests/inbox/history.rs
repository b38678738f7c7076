//! All that one inbox ever was, in one epoch.

use belfry::domain::{Alert, AlertId, Counts, Moves, Revision};

/// What one revision did, and to which alerts.
#[derive(Clone)]
pub(super) enum Entry {
    Changed(AlertId),
    Gone(AlertId),
    Bulk(Vec<AlertId>),
    Seen,
}

/// The inbox at each revision, oldest alert first, and the change that led there.
#[derive(Clone)]
pub(super) struct History {
    pub(super) moments: Vec<Vec<Alert>>,
    /// What had been thrown away by then.
    pub(super) thrown: Vec<Vec<Alert>>,
    /// Up to which creation revision its reader had seen it by then.
    pub(super) seen: Vec<Revision>,
    pub(super) log: Vec<Entry>,
}

impl History {
    pub(super) fn new() -> Self {
        Self { moments: vec![vec![]], thrown: vec![vec![]], seen: vec![0], log: vec![] }
    }

    pub(super) fn push(&mut self, alerts: Vec<Alert>, thrown: Vec<Alert>, entry: Entry) {
        self.moments.push(alerts);
        self.thrown.push(thrown);
        self.seen.push(self.seen[self.log.len()]);
        self.log.push(entry);
    }

    /// Forgets the last revisions.
    pub(super) fn go_back(&mut self, revisions: usize) {
        let left = self.log.len().saturating_sub(revisions);
        self.log.truncate(left);
        self.moments.truncate(left + 1);
        self.thrown.truncate(left + 1);
        self.seen.truncate(left + 1);
    }

    /// The numbers at a revision.
    pub(super) fn counts(&self, revision: Revision) -> Counts {
        let revision = revision as usize;
        counts(&self.moments[revision], self.seen[revision])
    }
}

/// The numbers of some alerts, of which those up to a creation revision were seen.
pub(super) fn counts(alerts: &[Alert], seen: Revision) -> Counts {
    let raised = |sum: Counts, alert: &Alert| {
        sum.after(Moves::one(alert.created_revision > seen, None, Some(alert.state()))).unwrap()
    };
    alerts.iter().fold(Counts::default(), raised)
}
