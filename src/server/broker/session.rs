//! One subscription's walk through its inbox's history.

use std::{sync::Arc, time::Duration};

use super::{
    Hub, News,
    cursor::Next,
    hub::{Inlet, Leave},
};
use crate::{
    domain::{Position, UserId},
    server::{
        metrics::Counted,
        store::{Replay, Standing, Store, StoreError},
    },
};

/// How long to leave a store alone that could not be read, give or take a half.
const RETRY: Duration = Duration::from_secs(1);

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
    store: Arc<dyn Store>,
    user: UserId,
    inlet: Arc<Inlet>,
    /// The last position given; none before the first look at the log.
    position: Option<Position>,
    leave: Leave,
    _counted: Counted,
}

impl Session {
    /// Joins the hub, and only then looks where the inbox stands, here or on the first
    /// [`Session::next`]: what is committed in between is in the log, in the queue, or in both.
    ///
    /// # Errors
    /// The store cannot say where now is. A start that names its place does not ask it yet.
    pub async fn open(
        hub: &Hub,
        store: Arc<dyn Store>,
        user: UserId,
        start: Start,
    ) -> Result<Self, StoreError> {
        let (inlet, leave) = hub.join(&user);
        let counted = Counted::by(&hub.metrics().delivery.subscriptions);
        let position = match start {
            Start::After(position) => Some(position),
            Start::Reset => None,
            Start::Now => {
                inlet.cursor().start_catching_up();
                let now = store.standing(&user).await?.position;
                inlet.cursor().stand(now.revision, []);
                Some(now)
            }
        };
        Ok(Self { store, user, inlet, position, leave, _counted: counted })
    }

    /// The next thing to tell. Waits for ever while nothing changes, and while the store cannot be
    /// read. Call it only when the last one was written: the session's place moves with it.
    pub async fn next(&mut self) -> Heard {
        loop {
            let next = self.inlet.cursor().next();
            match next {
                Next::Give(news) if self.follows(&news) => {
                    self.position = Some(news.change.position);
                    self.leave.metrics().delivery.given.inc();
                    return Heard::News(news);
                }
                Next::Give(_) => self.inlet.cursor().fall_behind(),
                Next::Wait => self.inlet.woken.notified().await,
                Next::CatchUp => {
                    if let Some(standing) = self.catch_up().await {
                        return Heard::Reset(standing);
                    }
                }
            }
        }
    }

    /// Whether news is of the history this session stands in: after a restore only the log can say.
    fn follows(&self, news: &News) -> bool {
        let Position { epoch, inbox, .. } = news.change.position;
        self.position.is_none_or(|position| (position.epoch, position.inbox) == (epoch, inbox))
    }

    async fn catch_up(&mut self) -> Option<Standing> {
        self.leave.metrics().delivery.catch_ups.inc();
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
                Some(standing)
            }
            Err(error) => {
                self.postpone(&error).await;
                None
            }
        }
    }

    /// One line for each session would flood the log: the sweeper reports a store that fails.
    async fn postpone(&self, error: &StoreError) {
        tracing::debug!(%error, user = %self.user, "cannot read the change log; trying again");
        self.inlet.cursor().fall_behind();
        tokio::time::sleep(RETRY.mul_f64(rand::random_range(0.5..1.5))).await;
    }
}
