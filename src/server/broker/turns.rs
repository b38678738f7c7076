//! One thing at a time of each person, where all persons share a few places.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::shared::DashMap;
use crate::domain::UserId;

/// Who has a turn, or waits for one.
#[derive(Default)]
pub(super) struct Turns(DashMap<UserId, Arc<Mutex<()>>>);

impl Turns {
    /// Does some work when all that this person asked for before has been done, or given up.
    pub(super) async fn take<T>(&self, user: &UserId, work: impl Future<Output = T>) -> T {
        // Left after the turn is given back.
        let _place = Place { turns: self, user };
        let turn = self.0.entry(user.clone()).or_default().clone();
        let _turn = turn.lock_owned().await;
        work.await
    }
}

/// A place in a person's row. The last one to leave takes the row along.
struct Place<'a> {
    turns: &'a Turns,
    user: &'a UserId,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.turns.0.remove_if(self.user, |_, turn| Arc::strong_count(turn) == 1);
    }
}
