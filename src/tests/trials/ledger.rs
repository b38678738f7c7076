//! What an inbox was at each of its revisions, as its log adds up.

use std::collections::HashMap;

use belfry::domain::{self, Act, AlertId, Counts, Moves, Place, Revision};
use time::OffsetDateTime;

use super::history::{Committed, Seen};

/// How many alerts a page shows.
pub const PAGE: usize = 20;

/// What an alert was from some revision on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is its reader's; if it is unread, since when so and there, and where lists have it.
    Held { state: domain::State, since: Revision, created: Revision },
    /// It is nobody's any more.
    Gone,
}

impl State {
    fn raised(revision: Revision) -> Self {
        Self::Held { state: domain::State::RAISED, since: revision, created: revision }
    }

    /// What its reader's act makes of it.
    fn after(self, act: Act, revision: Revision) -> Self {
        match self {
            Self::Held { state, since, created } => {
                let since = if act == Act::Read { since } else { revision };
                Self::Held { state: state.after(act), since, created }
            }
            Self::Gone => Self::Gone,
        }
    }

    /// Where lists have it, or had it when it was there.
    fn created(self) -> Option<Revision> {
        match self {
            Self::Held { created, .. } => Some(created),
            Self::Gone => None,
        }
    }

    /// What its reader has done with it, unless it is gone or thrown away.
    pub fn here(self) -> Option<domain::State> {
        match self {
            Self::Held { state, .. } => Some(state).filter(|state| state.place.is_some()),
            Self::Gone => None,
        }
    }
}

/// All states of all alerts of one inbox.
#[derive(Debug, Default)]
pub struct Ledger {
    states: HashMap<AlertId, Vec<(Revision, State)>>,
    /// At which revision its reader had seen it, and up to which creation revision.
    seen: Vec<(Revision, Revision)>,
}

impl Ledger {
    pub fn of(log: &[Committed]) -> Self {
        let mut ledger = Self::default();
        for Committed { revision, what, ids, seen, .. } in log {
            ledger.seen.extend(seen.map(|up_to| (*revision, up_to)));
            for id in ids {
                let states = ledger.states.entry(*id).or_default();
                let before = states.last().map_or(State::Gone, |(_, state)| *state);
                states.push((*revision, next(before, what, *revision)));
            }
        }
        ledger
    }

    /// What an alert was at a revision, and since which one; none before it was raised.
    pub fn state(&self, id: AlertId, at: Revision) -> Option<(Revision, State)> {
        self.states.get(&id)?.iter().rev().find(|(revision, _)| *revision <= at).copied()
    }

    /// Whether an alert was gone or thrown away at some moment after a revision, up to another.
    pub fn was_away(&self, id: AlertId, after: Revision, until: Revision) -> bool {
        let states = self.states.get(&id).into_iter().flatten();
        let mut between = states.filter(|(revision, _)| (after + 1..=until).contains(revision));
        between.any(|(_, state)| state.here().is_none())
    }

    /// Up to which creation revision the inbox had been seen at a revision.
    pub fn seen_up_to(&self, at: Revision) -> Revision {
        self.seen.iter().rev().find(|(revision, _)| *revision <= at).map_or(0, |(_, up_to)| *up_to)
    }

    /// What a revision does to the counts by what it does to an alert.
    pub fn moves(&self, id: AlertId, at: Revision) -> Moves {
        let (before, after) = (self.state(id, at - 1), self.state(id, at));
        let created = [after, before].into_iter().flatten().find_map(|(_, state)| state.created());
        let here = |state: Option<(Revision, State)>| state.and_then(|(_, state)| state.here());
        Moves::one(created.is_some_and(|created| created > self.seen_up_to(at)), here(before), here(after))
    }

    /// The counts at a revision.
    pub fn counts(&self, at: Revision) -> Counts {
        let seen = self.seen_up_to(at);
        self.held(at).fold(Counts::default(), |sum, (.., created, state)| {
            sum.after(Moves::one(created > seen, None, Some(state))).unwrap()
        })
    }

    /// What a page shows at a revision.
    pub fn page(&self, at: Revision) -> Seen {
        let mut listed: Vec<_> = self.held(at).filter(|held| held.3.place == Some(Place::Inbox)).collect();
        listed.sort_unstable_by_key(|(.., created, _)| std::cmp::Reverse(*created));
        let list = listed.iter().take(PAGE).map(|(id, revision, ..)| (*id, *revision)).collect();
        Seen { counts: self.counts(at), list }
    }

    /// The alerts that are their reader's at a revision: since when so, where lists have it, and as what.
    fn held(&self, at: Revision) -> impl Iterator<Item = (AlertId, Revision, Revision, domain::State)> {
        self.states.keys().filter_map(move |id| match self.state(*id, at)? {
            (revision, State::Held { state, created, .. }) => Some((*id, revision, created, state)),
            (_, State::Gone) => None,
        })
    }

    /// Whether nothing of the inbox is unseen at a revision that is there since an earlier one, or that very one.
    pub fn is_seen_up_to(&self, up_to: Revision, at: Revision) -> bool {
        let unseen = self.seen_up_to(at) + 1..=up_to;
        !self.held(at).any(|(.., created, state)| state == domain::State::RAISED && unseen.contains(&created))
    }

    /// Whether nothing of the inbox is unread at a revision that was so since an earlier one, or that very one.
    pub fn is_read_up_to(&self, up_to: Revision, at: Revision) -> bool {
        let is_left = |id: &AlertId| match self.state(*id, at) {
            Some((_, State::Held { state, since, .. })) => state == domain::State::RAISED && since <= up_to,
            _ => false,
        };
        !self.states.keys().any(is_left)
    }
}

/// What an entry of the log makes of an alert.
fn next(before: State, what: &str, revision: Revision) -> State {
    match what {
        "raised" | "woken" => State::raised(revision),
        "unread" => before.after(Act::Unread, revision),
        "read" | "all_read" => before.after(Act::Read, revision),
        "archived" => before.after(Act::Archive, revision),
        "snoozed" => before.after(Act::Snooze(OffsetDateTime::UNIX_EPOCH), revision),
        "deleted" => before.after(Act::Delete, revision),
        "restored" => before.after(Act::Restore, revision),
        _ => State::Gone,
    }
}
