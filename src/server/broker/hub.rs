//! Which sessions of this process listen to whom.

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError},
    time::Duration,
};

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{
    Interest, News,
    cursor::Cursor,
    shared::{DashMap, Mutex, MutexGuard, Notify},
};
use crate::{
    domain::{Change, Position, Revision, UserId, What},
    server::metrics::Metrics,
};

/// How many sessions are sent to the log at once, and how long it is left alone then.
const WAVE: usize = 100;
const BETWEEN_WAVES: Duration = Duration::from_millis(50);

/// The sessions of this process by user. Cloning it is cheap.
#[derive(Clone, Default)]
pub struct Hub {
    users: Arc<DashMap<UserId, Listeners>>,
    /// Who is told when a user's first session comes and the last one goes.
    interest: Option<Arc<Interest>>,
    metrics: Arc<Metrics>,
}

/// Everyone in this process who listens to one user.
#[derive(Default)]
struct Listeners {
    sessions: Vec<Arc<Inlet>>,
    /// Sockets to close when their right ends, whether or not they have a subscription.
    guards: Vec<Guard>,
}

struct Guard {
    right: String,
    ended: CancellationToken,
}

/// Where news comes into a session.
pub(super) struct Inlet {
    cursor: Mutex<Cursor>,
    pub(super) woken: Notify,
}

impl Inlet {
    pub(super) fn cursor(&self) -> MutexGuard<'_, Cursor> {
        self.cursor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    /// A hub of one process.
    pub fn counting(metrics: Arc<Metrics>) -> Self {
        Self { users: Arc::default(), interest: None, metrics }
    }

    /// A hub that notes whose first session came and whose last one went.
    pub fn noting(interest: Arc<Interest>, metrics: Arc<Metrics>) -> Self {
        Self { users: Arc::default(), interest: Some(interest), metrics }
    }

    /// What is counted of delivery.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Whether a user has a session here.
    pub fn has(&self, user: &UserId) -> bool {
        self.users.contains_key(user)
    }

    /// Everybody who has a session here.
    pub fn users(&self) -> HashSet<UserId> {
        self.users.iter().map(|entry| entry.key().clone()).collect()
    }

    /// Hands a committed change to every session of its user. Never waits for any of them.
    pub fn deliver(&self, change: Change) {
        let Some(listeners) = self.users.get(&change.user) else { return };
        if let What::RightEnded(right) = &change.what {
            listeners.end(right);
        }
        let news = News::of(change);
        for inlet in &listeners.sessions {
            inlet.cursor().offer(&news);
            inlet.woken.notify_one();
        }
    }

    /// The revision after which a user's sessions lack something, when the inbox is at `head`.
    pub fn lacking(&self, user: &UserId, head: Position) -> Option<Revision> {
        let listeners = self.users.get(user)?;
        listeners.sessions.iter().filter_map(|inlet| inlet.cursor().lacks(head)).min()
    }

    /// Compares what sessions heard with where the log stands; where these differ the log is read.
    pub fn compare(&self, user: &UserId, head: Position) {
        let Some(listeners) = self.users.get(user) else { return };
        for inlet in &listeners.sessions {
            if inlet.cursor().compare(head) {
                inlet.woken.notify_one();
            }
        }
    }

    /// Sends every session to the log, for the history they stand in may have ended. What is queued of it
    /// is dropped; the reads go in waves as what is returned is awaited.
    pub fn forget(&self) -> impl Future<Output = ()> + Send + use<> {
        let inlets = self.users.iter().flat_map(|listeners| listeners.sessions.clone());
        let inlets: Vec<_> = inlets.inspect(|inlet| inlet.cursor().fall_behind()).collect();
        async move {
            for wave in inlets.chunks(WAVE) {
                wave.iter().for_each(|inlet| inlet.woken.notify_one());
                sleep(BETWEEN_WAVES.mul_f64(rand::random_range(0.5..1.5))).await;
            }
        }
    }

    /// Ends a right of a user whose end was found in the log.
    pub fn end(&self, user: &UserId, right: &str) {
        if let Some(listeners) = self.users.get(user) {
            listeners.end(right);
        }
    }

    /// Resolves when `right` of `user` ends. Listens from the call on, not from the first poll.
    pub fn ended(&self, user: &UserId, right: String) -> impl Future<Output = ()> + Send + use<> {
        let ended = CancellationToken::new();
        let guard = Guard { right, ended: ended.clone() };
        self.enter(user, |listeners| listeners.guards.push(guard));
        let leave = Leave { hub: self.clone(), user: user.clone(), who: Who::Guard(ended.clone()) };
        async move {
            ended.cancelled().await;
            drop(leave);
        }
    }

    pub(super) fn join(&self, user: &UserId, after: Option<Position>) -> (Arc<Inlet>, Leave) {
        let inlet = Arc::new(Inlet { cursor: Mutex::new(Cursor::new(after)), woken: Notify::new() });
        self.enter(user, |listeners| listeners.sessions.push(inlet.clone()));
        let leave = Leave { hub: self.clone(), user: user.clone(), who: Who::Session(inlet.clone()) };
        (inlet, leave)
    }

    fn enter(&self, user: &UserId, enter: impl FnOnce(&mut Listeners)) {
        let mut listeners = self.users.entry(user.clone()).or_default();
        let first = listeners.is_empty();
        enter(&mut listeners);
        drop(listeners);
        if first {
            self.note(user);
        }
    }

    fn note(&self, user: &UserId) {
        if let Some(interest) = &self.interest {
            interest.note(user);
        }
    }
}

impl Listeners {
    fn is_empty(&self) -> bool {
        self.sessions.is_empty() && self.guards.is_empty()
    }

    fn end(&self, right: &str) {
        self.guards.iter().filter(|guard| guard.right == right).for_each(|guard| guard.ended.cancel());
    }
}

/// Leaves the hub when dropped; the last one out takes the user's entry along.
pub(super) struct Leave {
    hub: Hub,
    user: UserId,
    who: Who,
}

enum Who {
    Session(Arc<Inlet>),
    Guard(CancellationToken),
}

impl Leave {
    pub(super) fn metrics(&self) -> &Metrics {
        &self.hub.metrics
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        // Under one lock of the user's shard, so that a join cannot fall between look and removal.
        let last = self.hub.users.remove_if_mut(&self.user, |_, listeners| {
            match &self.who {
                Who::Session(inlet) => listeners.sessions.retain(|it| !Arc::ptr_eq(it, inlet)),
                Who::Guard(ended) => {
                    ended.cancel();
                    listeners.guards.retain(|it| !it.ended.is_cancelled());
                }
            }
            listeners.is_empty()
        });
        if last.is_some() {
            self.hub.note(&self.user);
        }
    }
}
