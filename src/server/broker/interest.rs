//! Whose first session came and whose last one went, for who carries news between processes.
//!
//! It notes only that something changed for a user; what holds now is asked of the hub when it is
//! acted on. So a leave that races a join cannot end in the wrong state: whichever is acted on last
//! sees both.

use std::{collections::HashSet, mem, sync::PoisonError};

use super::shared::{Mutex, Notify};
use crate::domain::UserId;

/// Users to look at again.
#[derive(Default)]
pub struct Interest {
    changed: Mutex<HashSet<UserId>>,
    woken: Notify,
}

impl Interest {
    pub(super) fn note(&self, user: &UserId) {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner).insert(user.clone());
        self.woken.notify_one();
    }

    /// Waits for users to look at again, and takes all that have come together since.
    pub async fn changed(&self) -> HashSet<UserId> {
        loop {
            let changed = mem::take(&mut *self.changed.lock().unwrap_or_else(PoisonError::into_inner));
            if !changed.is_empty() {
                return changed;
            }
            self.woken.notified().await;
        }
    }
}
