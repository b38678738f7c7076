//! What an inbox was at each of its revisions, as its log adds up.

use std::collections::HashMap;

use belfry::domain::{AlertId, Revision};

use super::history::{Committed, Seen};

/// How many alerts a page shows.
pub const PAGE: usize = 20;

/// What became of an alert in some revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Since this revision.
    Unread(Revision),
    Read,
    /// It left the inbox.
    Gone,
}

/// All states of all alerts of one inbox.
#[derive(Debug, Default)]
pub struct Ledger {
    /// In the order in which they were raised.
    alerts: Vec<AlertId>,
    states: HashMap<AlertId, Vec<(Revision, State)>>,
}

impl Ledger {
    pub fn of(log: &[Committed]) -> Self {
        let mut ledger = Self::default();
        for Committed { revision, what, ids, .. } in log {
            let state = match what.as_str() {
                "raised" | "unread" => State::Unread(*revision),
                "read" | "all_read" => State::Read,
                _ => State::Gone,
            };
            if what == "raised" {
                ledger.alerts.extend(ids);
            }
            ids.iter().for_each(|id| ledger.states.entry(*id).or_default().push((*revision, state)));
        }
        ledger
    }

    /// What an alert was at a revision, and since which one; none before it was raised.
    pub fn state(&self, id: AlertId, at: Revision) -> Option<(Revision, State)> {
        self.states.get(&id)?.iter().rev().find(|(revision, _)| *revision <= at).copied()
    }

    /// What a page shows at a revision.
    pub fn seen(&self, at: Revision) -> Seen {
        let states = || self.alerts.iter().rev().filter_map(|id| Some((*id, self.state(*id, at)?)));
        let unread = states().filter(|(_, (_, state))| matches!(state, State::Unread(_))).count();
        let list = states().filter(|(_, (_, state))| *state != State::Gone);
        let list = list.take(PAGE).map(|(id, (revision, _))| (id, revision)).collect();
        Seen { unread: u32::try_from(unread).unwrap(), list }
    }

    /// Whether nothing is unread at a revision that was unread since an earlier one, or that very one.
    pub fn is_read_up_to(&self, up_to: Revision, at: Revision) -> bool {
        let is_left = |id: &AlertId| match self.state(*id, at) {
            Some((_, State::Unread(since))) => since <= up_to,
            _ => false,
        };
        !self.alerts.iter().any(is_left)
    }
}
