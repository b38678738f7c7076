//! A few places that all persons share, of which one person never has them all.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::shared::DashMap;
use crate::domain::UserId;

/// Who has places, or waits for one.
pub(super) struct Turns {
    rows: DashMap<UserId, Arc<Semaphore>>,
    places: Semaphore,
    /// How many places one person has at most: half of them, where there are two.
    share: usize,
}

impl Turns {
    /// So many places.
    pub(super) fn new(places: usize) -> Self {
        let places = places.max(1);
        Self { rows: DashMap::default(), places: Semaphore::new(places), share: places.div_ceil(2) }
    }

    /// Does some work once the person's share and the places have room for it.
    pub(super) async fn take<T>(&self, user: &UserId, work: impl Future<Output = T>) -> T {
        // Left after the turn is given back.
        let _row = Row { turns: self, user };
        let row =
            self.rows.entry(user.clone()).or_insert_with(|| Arc::new(Semaphore::new(self.share))).clone();
        // Neither is ever closed.
        let _turn = row.acquire_owned().await;
        let _place = self.places.acquire().await;
        work.await
    }
}

/// A person's row. The last one to leave takes it along.
struct Row<'a> {
    turns: &'a Turns,
    user: &'a UserId,
}

impl Drop for Row<'_> {
    fn drop(&mut self) {
        self.turns.rows.remove_if(self.user, |_, row| Arc::strong_count(row) == 1);
    }
}
