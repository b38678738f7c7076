//! One subscription's walk through its inbox's history.

use std::{sync::Arc, time::Duration};

use super::{
    Hub, News,
    cursor::Next,
    hub::{Inlet, Leave},
};
use crate::{
    domain::{Position, UserId},
    server::store::{Replay, Standing, Store, StoreError},
};

/// How long to leave a store alone that could not be read.
const RETRY: Duration = Duration::from_secs(1);

/// Where a session begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With what came after this position.
    After(Position),
    /// With a reset that says where the inbox stands.
    Reset,
    /// Silently, with what comes from now on.
    Now,
}

/// What a session hears.
#[derive(Debug)]
pub enum Heard {
    /// The next change.
    News(Arc<News>),
    /// The log cannot say what came between: go on from here.
    Reset(Standing),
}

/// A place in the hub and in the log. Leaves the hub when dropped.
pub struct Session {
    store: Store,
    user: UserId,
    inlet: Arc<Inlet>,
    /// The last position given; none before the first look at the log.
    position: Option<Position>,
    silent: bool,
    _leave: Leave,
}

impl Session {
    /// Joins the hub at once and reads the log on the first [`Session::next`], in this order: what
    /// is committed in between is in the log, in the queue, or in both.
    pub fn open(hub: &Hub, store: Store, user: UserId, start: Start) -> Self {
        let (inlet, leave) = hub.join(&user);
        let position = match start {
            Start::After(position) => Some(position),
            Start::Reset | Start::Now => None,
        };
        Self { store, user, inlet, position, silent: start == Start::Now, _leave: leave }
    }

    /// The next thing to tell. Waits for ever while nothing changes, and while the store cannot be
    /// read. Call it only when the last one was written: the session's place moves with it.
    pub async fn next(&mut self) -> Heard {
        loop {
            let next = self.inlet.cursor().next();
            match next {
                Next::Give(news) => {
                    self.position = Some(news.change.position);
                    return Heard::News(news);
                }
                Next::Wait => self.inlet.woken.notified().await,
                Next::CatchUp => {
                    if let Some(standing) = self.catch_up().await {
                        return Heard::Reset(standing);
                    }
                }
            }
        }
    }

    async fn catch_up(&mut self) -> Option<Standing> {
        self.inlet.cursor().start_catching_up();
        match self.store.replay(&self.user, self.position).await {
            Ok(Replay::Changes(changes)) => {
                let at = self.position.map_or(0, |position| position.revision);
                self.inlet.cursor().stand(at, changes.into_iter().map(News::of));
                None
            }
            Ok(Replay::Reset(standing)) => {
                self.position = Some(standing.position);
                self.inlet.cursor().stand(standing.position.revision, []);
                (!std::mem::take(&mut self.silent)).then_some(standing)
            }
            Err(error) => {
                self.postpone(&error).await;
                None
            }
        }
    }

    async fn postpone(&self, error: &StoreError) {
        tracing::warn!(%error, user = %self.user, "cannot read the change log; trying again");
        self.inlet.cursor().fall_behind();
        tokio::time::sleep(RETRY).await;
    }
}
