//! Looks at browser sessions, many in one query: when everybody comes back at once, that is what their
//! sockets cost the database.
//!
//! Nothing is remembered. While one query is under way whoever asks waits for the next, so that no answer
//! is older than its question: a socket that first listens for the end of its right and then looks misses
//! no end (see `EngineHost::ended`), which an answer from before that could hide.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};
use tokio_util::task::AbortOnDropHandle;

use crate::server::store::{Held, Store, StoreError};

/// The most sessions of one query.
const MOST: usize = 500;

/// How long a query may take: the next ones wait for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// A session; none when it has ended or expired.
type Answer = Result<Option<Held>, StoreError>;

/// A session by its name as a right, and who wants to know.
type Question = (String, oneshot::Sender<Answer>);

/// Looks at sessions. Cloning it is cheap; the last clone ends the task behind it.
#[derive(Clone)]
pub struct Looks {
    questions: mpsc::Sender<Question>,
}

impl Looks {
    /// Looks into `store`.
    pub fn at(store: Arc<dyn Store>) -> Self {
        let (questions, asked) = mpsc::channel(MOST);
        tokio::spawn(answer(store, asked));
        Self { questions }
    }

    /// The session of a right, at some moment after this was called.
    ///
    /// # Errors
    /// The store's.
    pub async fn session(&self, right: String) -> Answer {
        let (tell, told) = oneshot::channel();
        let questions = self.questions.clone();
        // In a task: a socket that stands still would keep its turn in a full queue, and so everybody behind it.
        let ask = tokio::spawn(async move { questions.send((right, tell)).await });
        let _asking = AbortOnDropHandle::new(ask);
        told.await.unwrap_or_else(|_| Err(StoreError::away()))
    }
}

async fn answer(store: Arc<dyn Store>, mut asked: mpsc::Receiver<Question>) {
    let mut questions = Vec::new();
    while asked.recv_many(&mut questions, MOST).await > 0 {
        let rights: Vec<_> = questions.iter().map(|(right, _)| right.clone()).collect();
        let found =
            timeout(PATIENCE, store.sessions(&rights)).await.unwrap_or_else(|_| Err(StoreError::away()));
        for (right, tell) in questions.drain(..) {
            let answer = found.as_ref().map(|found| found.get(&right).cloned());
            // Who has stopped waiting needs no answer.
            let _ = tell.send(answer.map_err(Clone::clone));
        }
    }
}
