//! What `shared.rs` names, under the scheduler of Shuttle: at each use it decides which thread goes on.

pub(super) use shuttle::sync::{Mutex, MutexGuard};
pub(super) use shuttle_dashmap::DashMap;

use shuttle::sync::atomic::{AtomicBool, Ordering::SeqCst};

/// Tokio's, one step for the scheduler: by itself it knows nothing of it.
#[derive(Default)]
pub(super) struct Notify {
    real: tokio::sync::Notify,
    /// Looked at for the turn that this gives to others.
    turn: AtomicBool,
}

impl Notify {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn notify_one(&self) {
        self.turn.load(SeqCst);
        self.real.notify_one();
    }

    /// Others have a turn between what was decided before the call and the wait.
    pub(super) fn notified(&self) -> impl Future<Output = ()> {
        self.turn.load(SeqCst);
        self.real.notified()
    }
}
