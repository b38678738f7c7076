//! A log in memory, which can be cut, restored and lose commits, and all that ever was in it.

use std::sync::{Mutex, MutexGuard};

use belfry::{
    domain::{AlertId, Change, Counts, Position, UserId, What},
    server::store::{Changed, Mark, Replay, Standing},
};
use uuid::Uuid;

use super::{dice::Dice, reads::Read};

/// How many people have an inbox.
pub const PEOPLE: usize = 2;

/// How many changes are replayed one by one. More than a session queues.
const MOST_REPLAYED: usize = 90;

/// Every so many changes there is a heavy one.
const HEAVY: State = 12;

/// A state an inbox was in, by its place in the store's memory. It is also the count of unread alerts in
/// that state, so whoever is told a count is told which state is meant.
pub type State = usize;

/// What came of a change.
#[derive(Clone, Copy, Debug)]
pub struct Past {
    pub who: usize,
    pub position: Position,
    /// What it was made of; none where a history begins.
    pub before: Option<State>,
    /// The change by which its alert left the inbox: where that is known too, a replay passes it over.
    pub left_by: Option<State>,
    /// Its place among the changes of all inboxes.
    number: u64,
}

/// The store: a log for each person, reads under way, and all that ever was.
pub struct Store(Mutex<Inside>);

pub struct Inside {
    pub users: Vec<UserId>,
    epoch: u64,
    /// The last change of all inboxes.
    number: u64,
    /// Which server it is: another one after each failover.
    server: u64,
    logs: Vec<Live>,
    past: Vec<Past>,
    pub reads: Vec<Read>,
}

/// The history of an inbox as the store has it.
struct Live {
    states: Vec<State>,
    /// How many of its first states are nothing but a position.
    cut: usize,
}

impl Store {
    pub fn new() -> Self {
        let users = (0..PEOPLE).map(user).collect();
        let (logs, past, reads) = (Vec::new(), Vec::new(), Vec::new());
        let mut inside = Inside { users, epoch: 1, number: 0, server: 1, logs, past, reads };
        for who in 0..PEOPLE {
            inside.logs.push(Live { states: Vec::new(), cut: 1 });
            inside.remember(who, Position { epoch: 1, inbox: 100 + who as u64, revision: 0 }, None);
        }
        Self(Mutex::new(inside))
    }

    pub fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap()
    }
}

/// A person by number.
pub fn user(who: usize) -> UserId {
    format!("user{who}").parse().unwrap()
}

impl Inside {
    fn remember(&mut self, who: usize, position: Position, before: Option<State>) -> State {
        let state = self.past.len();
        self.past.push(Past { who, position, before, left_by: None, number: self.number });
        self.logs[who].states.push(state);
        state
    }

    pub fn past(&self, state: State) -> Past {
        self.past[state]
    }

    /// The state an inbox is in.
    pub fn head(&self, who: usize) -> State {
        self.logs[who].states[self.logs[who].states.len() - 1]
    }

    /// Whether an inbox is in a state, or was and remembers it.
    pub fn has(&self, state: State) -> bool {
        self.logs[self.past(state).who].states.binary_search(&state).is_ok()
    }

    /// Commits a change; the news of it.
    pub fn commit(&mut self, who: usize) -> Change {
        let head = self.head(who);
        let position = self.past(head).position;
        self.number += 1;
        let next = Position { revision: position.revision + 1, ..position };
        let state = self.remember(who, next, Some(head));
        self.change(state)
    }

    /// Commits that an alert leaves: nobody hears of its coming from the log any more.
    pub fn leave(&mut self, who: usize, dice: &mut Dice) -> Change {
        let states = &self.logs[who].states;
        let left = states[dice.below(states.len())];
        let change = self.commit(who);
        let leaving = self.head(who);
        self.past[left].left_by.get_or_insert(leaving);
        change
    }

    /// Takes the beginning of a log away.
    pub fn cut(&mut self, who: usize, dice: &mut Dice) {
        let Live { states, cut } = &mut self.logs[who];
        *cut += dice.below(states.len() + 1 - *cut);
    }

    /// An older state of everything, as a new history.
    pub fn restore(&mut self, dice: &mut Dice) {
        self.lose(dice);
        self.epoch += 1;
        for who in 0..PEOPLE {
            let position = Position { epoch: self.epoch, ..self.past(self.head(who)).position };
            self.logs[who] = Live { states: Vec::new(), cut: 1 };
            self.remember(who, position, None);
        }
    }

    /// Another server takes over, which has not all that was committed.
    pub fn fail_over(&mut self, dice: &mut Dice) {
        self.lose(dice);
        self.server += 1;
    }

    fn lose(&mut self, dice: &mut Dice) {
        self.number -= dice.below(12).min(usize::try_from(self.number).unwrap()) as u64;
        for who in 0..PEOPLE {
            let Live { states, cut } = &mut self.logs[who];
            let kept = states.partition_point(|state| self.past[*state].number <= self.number);
            states.truncate(kept.max(1));
            *cut = states.len().min(*cut);
        }
    }

    pub fn replay(&self, who: usize, after: Option<Position>) -> Replay {
        let (head, Live { states, cut }) = (self.head(who), &self.logs[who]);
        let missed = after.and_then(|after| {
            let position = self.past(head).position;
            let known = after.is_beside(position).then_some(after.revision)?;
            let first = self.past(states[cut - 1]).position.revision;
            let missed = position.revision.checked_sub(known)? as usize;
            (known >= first && missed <= MOST_REPLAYED).then_some(missed)
        });
        match missed {
            Some(missed) => {
                let missed = states[states.len() - missed..].iter();
                let told = missed.filter(|state| !self.past[**state].left_by.is_some_and(|by| self.has(by)));
                Replay::Changes(told.map(|state| self.change(*state)).collect())
            }
            None => {
                let position = self.past(head).position;
                Replay::Reset(Standing { position, counts: count(head), seen: 0 })
            }
        }
    }

    pub fn changed(&self, mark: &Mark) -> Changed {
        let (number, server) = mark.0.split_once('@').unwrap();
        let (number, server): (u64, u64) = (number.parse().unwrap(), server.parse().unwrap());
        let heads = (0..PEOPLE).map(|who| self.past(self.head(who)));
        let changed = heads.filter(|head| head.number > number);
        Changed {
            heads: changed.map(|head| (self.users[head.who].clone(), head.position)).collect(),
            ended: Vec::new(),
            epoch: self.epoch,
            moved: server != self.server || self.number < number,
            mark: self.mark(),
        }
    }

    pub fn mark(&self) -> Mark {
        Mark(format!("{}@{}", self.number, self.server))
    }

    fn change(&self, state: State) -> Change {
        let Past { who, position, .. } = self.past(state);
        // Some are so heavy that no more than two of them are kept of a replay.
        let named = if state.is_multiple_of(HEAVY) { 900 } else { 0 };
        let (what, ids, alerts) = (What::AllRead, vec![AlertId(Uuid::nil()); named], Vec::new());
        Change { user: self.users[who].clone(), position, counts: count(state), what, ids, alerts }
    }

    pub fn number_of(&self, user: &UserId) -> usize {
        self.users.iter().position(|known| known == user).unwrap()
    }
}

fn count(state: State) -> Counts {
    Counts { unread: u32::try_from(state).unwrap(), ..Counts::default() }
}
