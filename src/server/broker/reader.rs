//! Reading the log for sessions, in as few reads as will do.
//!
//! Thousands of sockets that come back at once mostly stand where they stood, at the head. So a session
//! asks for the head of its inbox first; whoever asks while heads are being read is answered by the next
//! read, all of them by one. Only who is not there has its changes read.
//!
//! A read belongs to all who wait for it: whichever of them is at work brings it on. So one that leaves
//! half-way, or whose socket takes nothing, keeps nobody waiting.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};

use super::shared::{Mutex, MutexGuard};
use crate::{
    domain::{Position, UserId},
    server::store::{Log, Replay, StoreError},
};

/// Reads the log for the sessions of this process. Cloning it is cheap.
#[derive(Clone)]
pub struct Reader(Arc<Desk>);

struct Desk {
    log: Arc<dyn Log>,
    /// The read that began last, or is to begin next.
    last: Mutex<Option<Batch>>,
}

/// One read of heads.
struct Batch {
    /// Whose; none once it has begun, and takes in nobody any more.
    users: Arc<Mutex<Option<Vec<UserId>>>>,
    read: Read,
}

type Read = Shared<BoxFuture<'static, Result<Arc<HashMap<UserId, Position>>, StoreError>>>;

impl Reader {
    /// Reads a log.
    pub fn new(log: Arc<dyn Log>) -> Self {
        Self(Arc::new(Desk { log, last: Mutex::default() }))
    }

    /// What happened after a position, to a head that was read after the call.
    ///
    /// # Errors
    /// The store's.
    pub async fn replay(&self, user: &UserId, after: Option<Position>) -> Result<Replay, StoreError> {
        if after.is_some() && self.0.heads_with(user).await?.get(user).copied() == after {
            return Ok(Replay::Changes(Vec::new()));
        }
        self.0.log.replay(user, after).await
    }
}

impl Desk {
    /// A read of heads, this user's among them, that has not begun yet.
    fn heads_with(&self, user: &UserId) -> Read {
        let mut last = locked(&self.last);
        if let Some(batch) = &*last
            && let Some(users) = &mut *locked(&batch.users)
        {
            users.push(user.clone());
            return batch.read.clone();
        }
        let users = Arc::new(Mutex::new(Some(vec![user.clone()])));
        let before = last.take().map(|batch| batch.read);
        let read = heads(self.log.clone(), users.clone(), before).boxed().shared();
        *last = Some(Batch { users, read: read.clone() });
        read
    }
}

/// Reads the heads of all who have asked by the time the read before this one has ended.
async fn heads(
    log: Arc<dyn Log>,
    users: Arc<Mutex<Option<Vec<UserId>>>>,
    before: Option<Read>,
) -> Result<Arc<HashMap<UserId, Position>>, StoreError> {
    if let Some(before) = before {
        // What it came to is for those who asked for it.
        let _ = before.await;
    }
    let users = locked(&users).take().unwrap_or_default();
    log.heads(&users).await.map(Arc::new)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
