//! A node with one inbox: its hub, its reader, and a log that is slow.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use belfry::{
    domain::{Change, Counts, Position, UserId, What},
    server::{
        broker::{Hub, Reader, Session, Start},
        store::{Changed, Log, Mark, Replay, Standing, StoreError},
    },
};
use shuttle::future::{block_on, yield_now};

/// Where the inbox stands at first.
pub const HEAD: Position = Position { epoch: 1, inbox: 1, revision: 7 };

/// Where it stands in the history after that.
pub const ANEW: Position = Position { epoch: 2, ..HEAD };

pub fn ada() -> UserId {
    "ada".parse().unwrap()
}

/// What ada's inbox went through. Each look at it is of one moment; the scheduler knows nothing of it.
struct Inbox(Mutex<Vec<Change>>);

/// Cloning it is cheap.
#[derive(Clone)]
pub struct Node {
    pub hub: Hub,
    pub reader: Reader,
    inbox: Arc<Inbox>,
}

impl Node {
    /// Around a hub.
    pub fn of(hub: Hub) -> Self {
        let inbox = Arc::new(Inbox(Mutex::new(vec![change(HEAD, What::Read)])));
        Self { hub, reader: Reader::new(inbox.clone()), inbox }
    }

    pub fn new() -> Self {
        Self::of(Hub::default())
    }

    /// Commits a change, and tells nobody.
    pub fn commit(&self, what: What) -> Change {
        let mut changes = self.inbox.0.lock().unwrap();
        let head = changes.last().unwrap().position;
        changes.push(change(Position { revision: head.revision + 1, ..head }, what));
        changes.last().unwrap().clone()
    }

    /// Commits a change, and tells the sessions.
    pub fn change(&self) {
        self.hub.deliver(self.commit(What::Read));
    }

    /// Where the inbox stands.
    pub fn head(&self) -> Position {
        self.inbox.0.lock().unwrap().last().unwrap().position
    }

    /// Whether some right ended.
    pub fn has_ended(&self) -> bool {
        self.inbox.0.lock().unwrap().iter().any(|change| matches!(change.what, What::RightEnded(_)))
    }

    /// Begins another history.
    pub fn begin_anew(&self) {
        *self.inbox.0.lock().unwrap() = vec![change(ANEW, What::Read)];
    }

    pub fn open(&self, start: Start) -> Session {
        block_on(Session::open(&self.hub, self.reader.clone(), ada(), start)).unwrap()
    }
}

fn change(position: Position, what: What) -> Change {
    Change { user: ada(), position, counts: Counts::default(), what, ids: Vec::new(), alerts: Vec::new() }
}

#[async_trait]
impl Log for Inbox {
    async fn replay(&self, _: &UserId, after: Option<Position>) -> Result<Replay, StoreError> {
        yield_now().await;
        let changes = self.0.lock().unwrap().clone();
        yield_now().await;
        let known = after.and_then(|after| changes.iter().position(|change| change.position == after));
        Ok(match known {
            Some(known) => Replay::Changes(changes[known + 1..].to_vec()),
            None => Replay::Reset(Standing {
                position: changes.last().unwrap().position,
                counts: Counts::default(),
                seen: 0,
            }),
        })
    }

    async fn heads(&self, users: &[UserId]) -> Result<HashMap<UserId, Position>, StoreError> {
        yield_now().await;
        let head = self.0.lock().unwrap().last().unwrap().position;
        yield_now().await;
        Ok(users.iter().map(|user| (user.clone(), head)).collect())
    }

    async fn news_key(&self) -> Result<[u8; 32], StoreError> {
        unreachable!()
    }

    async fn changed_since(&self, _: &Mark) -> Result<Changed, StoreError> {
        unreachable!()
    }

    async fn log_end(&self) -> Result<Mark, StoreError> {
        unreachable!()
    }
}
