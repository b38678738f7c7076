//! What an inbox was at each of its revisions, as its log adds up.

use std::collections::HashMap;

use belfry::domain::{self, Act, AlertId, Counts, Moves, Revision};

use super::history::{Committed, Seen};

/// How many alerts a page shows.
pub const PAGE: usize = 20;

/// What an alert was from some revision on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is in the inbox or the archive; if it is unread, since when so and there.
    Here { state: domain::State, since: Revision },
    /// It left both.
    Gone,
}

impl State {
    /// What somebody's act, or its raising, makes of it.
    fn after(self, act: Act, revision: Revision) -> Self {
        match self {
            Self::Here { state, since } => {
                let since = if act == Act::Read { since } else { revision };
                Self::Here { state: state.after(act), since }
            }
            Self::Gone => Self::Gone,
        }
    }

    /// What its reader has done with it, unless it is gone.
    pub fn here(self) -> Option<domain::State> {
        match self {
            Self::Here { state, .. } => Some(state),
            Self::Gone => None,
        }
    }
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
            if what == "raised" {
                ledger.alerts.extend(ids);
            }
            for id in ids {
                let states = ledger.states.entry(*id).or_default();
                let raised = State::Here { state: domain::State::RAISED, since: *revision };
                let before = states.last().map_or(raised, |(_, state)| *state);
                states.push((*revision, next(before, what, *revision)));
            }
        }
        ledger
    }

    /// What an alert was at a revision, and since which one; none before it was raised.
    pub fn state(&self, id: AlertId, at: Revision) -> Option<(Revision, State)> {
        self.states.get(&id)?.iter().rev().find(|(revision, _)| *revision <= at).copied()
    }

    /// What a page shows at a revision.
    pub fn seen(&self, at: Revision) -> Seen {
        let here = |id: &AlertId| {
            let (revision, state) = self.state(*id, at)?;
            Some((*id, revision, state.here()?))
        };
        let here: Vec<_> = self.alerts.iter().rev().filter_map(here).collect();
        let counts = here.iter().fold(Counts::default(), |sum, (.., state)| {
            sum.after(Moves::new(1, None, Some(*state))).unwrap()
        });
        let listed = here.iter().filter(|(.., state)| !state.archived);
        Seen { counts, list: listed.take(PAGE).map(|(id, revision, _)| (*id, *revision)).collect() }
    }

    /// Whether nothing of the inbox is unread at a revision that was so since an earlier one, or that very one.
    pub fn is_read_up_to(&self, up_to: Revision, at: Revision) -> bool {
        let is_left = |id: &AlertId| match self.state(*id, at) {
            Some((_, State::Here { state, since })) => state == domain::State::RAISED && since <= up_to,
            _ => false,
        };
        !self.alerts.iter().any(is_left)
    }
}

/// What an entry of the log makes of an alert.
fn next(before: State, what: &str, revision: Revision) -> State {
    match what {
        "raised" => before,
        "unread" => before.after(Act::Unread, revision),
        "read" | "all_read" => before.after(Act::Read, revision),
        "archived" => before.after(Act::Archive, revision),
        "unarchived" => before.after(Act::Unarchive, revision),
        _ => State::Gone,
    }
}
