//! Reads of the log that go on by themselves.
//!
//! A session is at work only while its socket is: one whose peer takes nothing stops in the middle of
//! whatever it does. What it asks of the store must not stop with it, holding a connection that others
//! wait for; so each read is a task, with a bound to its time. Until the session goes on the task keeps
//! what it read: no more of it than a portion.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use super::{cursor::portion, turns::Turns};
use crate::{
    domain::{Position, UserId},
    server::store::{Changed, Log, Mark, Replay, StoreError},
};

/// How long a read may take before it counts as failed: the next one may have a better connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// A log, for sessions.
pub struct Detached {
    log: Arc<dyn Log>,
    /// Who may have changes read. So many at once: a storm leaves the store to everybody else; and whoever
    /// asks for thousands keeps nobody else waiting.
    replays: Arc<Turns>,
}

impl Detached {
    /// Reads a log, with the changes of at most so many inboxes at once.
    pub fn new(log: Arc<dyn Log>, at_once: usize) -> Self {
        Self { log, replays: Arc::new(Turns::new(at_once)) }
    }
}

#[async_trait]
impl Log for Detached {
    async fn replay(&self, user: &UserId, after: Option<Position>) -> Result<Replay, StoreError> {
        let (log, replays, user) = (self.log.clone(), self.replays.clone(), user.clone());
        to_its_end(async move {
            let read = async { within(log.replay(&user, after)).await.map(portion::of) };
            replays.take(&user, read).await
        })
        .await
    }

    async fn heads(&self, users: &[UserId]) -> Result<HashMap<UserId, Position>, StoreError> {
        let (log, users) = (self.log.clone(), users.to_vec());
        to_its_end(async move { within(log.heads(&users)).await }).await
    }

    async fn news_key(&self) -> Result<[u8; 32], StoreError> {
        self.log.news_key().await
    }

    async fn changed_since(&self, mark: &Mark) -> Result<Changed, StoreError> {
        self.log.changed_since(mark).await
    }

    async fn log_end(&self) -> Result<Mark, StoreError> {
        self.log.log_end().await
    }
}

async fn within<T>(read: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    timeout(PATIENCE, read).await.unwrap_or_else(|_| Err(StoreError::away()))
}

/// Runs a read in a task; who has left needs it no more.
async fn to_its_end<T: Send + 'static>(
    read: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    AbortOnDropHandle::new(tokio::spawn(read)).await.unwrap_or_else(|_| Err(StoreError::away()))
}
