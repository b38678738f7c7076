//! Reads under way: asked, looked at, answered, each when the scheduler says so.

use std::collections::HashMap;

use async_trait::async_trait;
use belfry::{
    domain::{Position, UserId},
    server::store::{Changed, Log, Mark, Replay, StoreError},
};
use tokio::sync::oneshot;

use super::{
    dice::Dice,
    store::{Inside, Store},
};

/// A read that somebody waits for.
pub struct Read {
    ask: Ask,
    found: Option<Found>,
    answer: oneshot::Sender<Result<Found, StoreError>>,
}

enum Ask {
    Replay(usize, Option<Position>),
    Heads(Vec<usize>),
    Changed(Mark),
}

enum Found {
    Replay(Replay),
    Heads(HashMap<UserId, Position>),
    Changed(Changed),
}

impl Inside {
    /// Looks at what a read asks for, or answers one that looked before. False: there is none.
    pub fn go_on(&mut self, dice: &mut Dice) -> bool {
        let Some(index) = self.pick(dice) else { return false };
        if self.reads[index].found.is_none() {
            let found = self.find(&self.reads[index].ask);
            self.reads[index].found = Some(found);
        } else {
            let Read { found, answer, .. } = self.reads.swap_remove(index);
            let _ = answer.send(Ok(found.unwrap()));
        }
        true
    }

    /// Fails a read. False: there is none.
    pub fn fail(&mut self, dice: &mut Dice) -> bool {
        let Some(index) = self.pick(dice) else { return false };
        let _ = self.reads.swap_remove(index).answer.send(Err(sqlx::Error::PoolTimedOut.into()));
        true
    }

    /// Whether nobody waits for a read.
    pub fn is_idle(&self) -> bool {
        self.reads.iter().all(|read| read.answer.is_closed())
    }

    fn pick(&mut self, dice: &mut Dice) -> Option<usize> {
        self.reads.retain(|read| !read.answer.is_closed());
        (!self.reads.is_empty()).then(|| dice.below(self.reads.len()))
    }

    fn find(&self, ask: &Ask) -> Found {
        match ask {
            Ask::Replay(who, after) => Found::Replay(self.replay(*who, *after)),
            Ask::Heads(people) => {
                let head = |who: &usize| (self.users[*who].clone(), self.past(self.head(*who)).position);
                Found::Heads(people.iter().map(head).collect())
            }
            Ask::Changed(mark) => Found::Changed(self.changed(mark)),
        }
    }
}

impl Store {
    async fn ask(&self, ask: Ask) -> Result<Found, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.inside().reads.push(Read { ask, found: None, answer });
        answered.await.unwrap()
    }
}

#[async_trait]
impl Log for Store {
    async fn replay(&self, user: &UserId, after: Option<Position>) -> Result<Replay, StoreError> {
        let who = self.inside().number_of(user);
        match self.ask(Ask::Replay(who, after)).await? {
            Found::Replay(replay) => Ok(replay),
            _ => unreachable!(),
        }
    }

    async fn heads(&self, users: &[UserId]) -> Result<HashMap<UserId, Position>, StoreError> {
        let people = users.iter().map(|user| self.inside().number_of(user)).collect();
        match self.ask(Ask::Heads(people)).await? {
            Found::Heads(heads) => Ok(heads),
            _ => unreachable!(),
        }
    }

    async fn changed_since(&self, mark: &Mark) -> Result<Changed, StoreError> {
        match self.ask(Ask::Changed(mark.clone())).await? {
            Found::Changed(changed) => Ok(changed),
            _ => unreachable!(),
        }
    }

    async fn news_key(&self) -> Result<[u8; 32], StoreError> {
        unreachable!("there is no Redis")
    }

    async fn log_end(&self) -> Result<Mark, StoreError> {
        unreachable!("the sweeper begins at the beginning")
    }
}
