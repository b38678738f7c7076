//! One subscription's walk through its inbox's history: hands for what a [`Cursor`] decides.
//!
//! [`Cursor`]: super::cursor::Cursor

use std::sync::Arc;

use super::{
    Hub, News, Reader,
    cursor::Next,
    hub::{Inlet, Leave},
};
use crate::{
    domain::{Position, UserId},
    server::{
        metrics::Counted,
        store::{Standing, StoreError, leave_alone},
    },
};

/// Where a session begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With what came after this position.
    After(Position),
    /// With a reset that says where the inbox stands.
    Reset,
    /// With what comes from now on.
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
    reader: Reader,
    user: UserId,
    inlet: Arc<Inlet>,
    leave: Leave,
    _counted: Counted,
}

impl Session {
    /// Joins the hub, and only then looks where the inbox stands, here or on the first
    /// [`Session::next`]: what is committed in between is in the log, in the queue, or in both.
    ///
    /// # Errors
    /// The store cannot say where now is. A start that names its place does not ask it yet.
    pub async fn open(hub: &Hub, reader: Reader, user: UserId, start: Start) -> Result<Self, StoreError> {
        let after = match start {
            Start::After(position) => Some(position),
            Start::Reset | Start::Now => None,
        };
        let (inlet, leave) = hub.join(&user, after);
        let counted = Counted::by(&hub.metrics().delivery.subscriptions);
        let session = Self { reader, user, inlet, leave, _counted: counted };
        if start == Start::Now {
            session.begin().await?;
        }
        Ok(session)
    }

    /// Takes the reset with which a session without a position begins as heard.
    async fn begin(&self) -> Result<(), StoreError> {
        if let Next::CatchUp(after) = self.step() {
            let replay = self.reader.replay(&self.user, after).await?;
            self.inlet.cursor().read(replay);
            self.step();
        }
        Ok(())
    }

    fn step(&self) -> Next {
        self.inlet.cursor().next()
    }

    /// The next thing to tell. Waits for ever while nothing changes, and while the store cannot be
    /// read. Call it only when the last one was written: the session's place moves with it.
    pub async fn next(&mut self) -> Heard {
        loop {
            match self.step() {
                Next::Give(news) => {
                    self.leave.metrics().delivery.given.inc();
                    return Heard::News(news);
                }
                Next::Reset(standing) => return Heard::Reset(standing),
                Next::CatchUp(after) => self.catch_up(after).await,
                Next::Wait => self.inlet.woken.notified().await,
            }
        }
    }

    async fn catch_up(&self, after: Option<Position>) {
        self.leave.metrics().delivery.catch_ups.inc();
        match self.reader.replay(&self.user, after).await {
            Ok(replay) => self.inlet.cursor().read(replay),
            Err(error) => {
                // One line for each session would flood the log: the sweeper reports a store that fails.
                tracing::debug!(%error, user = %self.user, "cannot read the change log; trying again");
                self.inlet.cursor().fall_behind();
                leave_alone().await;
            }
        }
    }
}
