//! Reading the log for sessions, in as few reads as will do.
//!
//! Thousands of sockets that come back at once mostly stand where they stood, at the head. So a session
//! asks for the head of its inbox first; whoever asks while heads are being read is answered by the next
//! read, all of them by one. Only who is not there has its changes read, a few sessions at a time: a
//! storm leaves the store to everybody else.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Mutex as Turn, Semaphore, oneshot};

use crate::{
    domain::{Position, UserId},
    server::store::{Log, Replay, StoreError},
};

/// Reads the log for the sessions of this process. Cloning it is cheap.
#[derive(Clone)]
pub struct Reader(Arc<Desk>);

struct Desk {
    log: Arc<dyn Log>,
    asked: Mutex<Vec<Asked>>,
    /// Taken by whoever reads heads for all who asked.
    turn: Turn<()>,
    replays: Semaphore,
}

struct Asked {
    user: UserId,
    answer: oneshot::Sender<Answer>,
}

/// Where an inbox stands; none when it is not there yet. A fault is told to all who asked.
type Answer = Result<Option<Position>, StoreError>;

impl Reader {
    /// Reads a log, with the changes of at most so many inboxes at once.
    pub fn new(log: Arc<dyn Log>, at_once: usize) -> Self {
        let replays = Semaphore::new(at_once.max(1));
        Self(Arc::new(Desk { log, asked: Mutex::default(), turn: Turn::default(), replays }))
    }

    /// What happened after a position, to a head that was read after the call.
    ///
    /// # Errors
    /// The store's.
    pub async fn replay(&self, user: &UserId, after: Option<Position>) -> Result<Replay, StoreError> {
        if after.is_some() && self.0.head(user).await? == after {
            return Ok(Replay::Changes(Vec::new()));
        }
        // It is never closed.
        let _permit = self.0.replays.acquire().await;
        self.0.log.replay(user, after).await
    }
}

impl Desk {
    async fn head(&self, user: &UserId) -> Answer {
        loop {
            let mut answered = self.ask(user);
            tokio::select! {
                biased;
                Ok(answer) = &mut answered => return answer,
                _turn = self.turn.lock() => self.answer().await,
            }
            if let Ok(answer) = answered.try_recv() {
                return answer;
            }
            // Whoever read it for this one as well went away half-way.
        }
    }

    fn ask(&self, user: &UserId) -> oneshot::Receiver<Answer> {
        let (answer, answered) = oneshot::channel();
        self.asked().push(Asked { user: user.clone(), answer });
        answered
    }

    fn asked(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads heads for all who have asked until now. The read begins after they did.
    async fn answer(&self) {
        let asked = mem::take(&mut *self.asked());
        let users: Vec<_> = asked.iter().map(|asked| asked.user.clone()).collect();
        let heads = self.log.heads(&users).await;
        for Asked { user, answer } in asked {
            let head = heads.as_ref().map(|heads| heads.get(&user).copied()).map_err(Clone::clone);
            // Whoever left meanwhile does not take it.
            let _ = answer.send(head);
        }
    }
}
