//! A real session, and somebody who knows what it may hear.

use std::mem;

use belfry::server::broker::{Heard, Hub, Reader, Session, Start};

use super::{
    Wrong,
    store::{Inside, State, Store, user},
    task::Task,
};

pub struct Listener {
    pub who: usize,
    doing: Doing,
    is_begun: bool,
    /// Where it stands, as far as can be said: one that begins now is in any of the states that its
    /// inbox was in meanwhile, and one that begins with a reset in none yet.
    at: Vec<State>,
}

enum Doing {
    Waiting(Task<Option<(Session, Option<Heard>)>>),
    /// It writes to its socket what it heard last.
    Writing(Session),
    /// It could not begin.
    Gone,
}

impl Listener {
    /// One that begins in one of some states.
    pub fn new(hub: &Hub, reader: &Reader, who: usize, start: Start, at: Vec<State>) -> Self {
        let (hub, reader) = (hub.clone(), reader.clone());
        let opening = async move {
            let session = Session::open(&hub, reader, user(who), start).await.ok()?;
            Some((session, None))
        };
        Self { who, doing: Doing::Waiting(Task::of(opening)), is_begun: false, at }
    }

    /// Takes note of a state that its inbox came into.
    pub fn note(&mut self, head: State) {
        if !self.is_begun && !self.at.is_empty() {
            self.at.push(head);
        }
    }

    pub fn is_gone(&self) -> bool {
        matches!(self.doing, Doing::Gone)
    }

    /// Whether it has something to do.
    pub fn is_awake(&self) -> bool {
        match &self.doing {
            Doing::Waiting(task) => task.is_woken(),
            Doing::Writing(_) => true,
            Doing::Gone => false,
        }
    }

    /// Whether it knows all that happened.
    pub fn is_whole(&self, inside: &Inside) -> bool {
        self.at.contains(&inside.head(self.who))
    }

    /// Goes on to what it hears next, and gives the state that it is in then.
    pub fn go_on(&mut self, store: &Store) -> Result<Option<State>, Wrong> {
        self.doing = match mem::replace(&mut self.doing, Doing::Gone) {
            Doing::Writing(session) => Doing::Waiting(next(session)),
            other => other,
        };
        let Doing::Waiting(task) = &mut self.doing else { return Ok(None) };
        let Some(done) = task.go_on() else { return Ok(None) };
        self.is_begun = true;
        self.doing = Doing::Gone;
        let Some((session, heard)) = done else { return Ok(None) };
        self.doing = Doing::Writing(session);
        let Some(heard) = heard else { return Ok(None) };
        let state = self.check(&store.inside(), &heard)?;
        self.at = vec![state];
        Ok(Some(state))
    }

    fn check(&self, inside: &Inside, heard: &Heard) -> Result<State, Wrong> {
        let (position, unread) = match heard {
            Heard::News(news) => (news.change.position, news.change.counts.unread),
            Heard::Reset(standing) => (standing.position, standing.counts.unread),
        };
        let (state, at, who) = (unread as State, &self.at, self.who);
        let past = inside.past(state);
        if past.position != position || past.who != who {
            return Err(format!("user{who} hears of {position:?} with another state's count: {past:?}"));
        }
        match heard {
            Heard::News(_) if !self.follows(inside, state) => {
                Err(format!("user{who} stands in {at:?} and hears {state}: {past:?}"))
            }
            _ => Ok(state),
        }
    }

    /// Whether a state is the next one: all between have an alert that left since.
    fn follows(&self, inside: &Inside, state: State) -> bool {
        let mut before = inside.past(state).before;
        while let Some(state) = before {
            if self.at.contains(&state) {
                return true;
            }
            before = inside.past(state).before.filter(|_| inside.past(state).left_by.is_some());
        }
        false
    }
}

fn next(mut session: Session) -> Task<Option<(Session, Option<Heard>)>> {
    Task::of(async move {
        let heard = session.next().await;
        Some((session, Some(heard)))
    })
}
