//! Notes that sessions are used, many in one statement: when everybody comes back at once, that is what it
//! costs the database. Nobody waits for it, and a request is answered whether or not it can be noted.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::session::LASTING;
use crate::server::store::{Store, leave_alone};

/// The most sessions of one statement. Those of more are noted when they are used again.
const MOST: usize = 500;

/// Notes uses. Cloning it is cheap; the last clone ends the task behind it.
#[derive(Clone)]
pub struct Uses {
    rights: mpsc::Sender<String>,
}

impl Uses {
    /// Notes them in `store`.
    pub fn of(store: Arc<dyn Store>) -> Self {
        let (rights, noted) = mpsc::channel(MOST);
        tokio::spawn(write(store, noted));
        Self { rights }
    }

    /// Notes that the session of a right is used now.
    pub fn note(&self, right: String) {
        // The next use comes for sure while the session matters to anybody.
        let _ = self.rights.try_send(right);
    }
}

async fn write(store: Arc<dyn Store>, mut noted: mpsc::Receiver<String>) {
    let mut rights = Vec::new();
    while noted.recv_many(&mut rights, MOST).await > 0 {
        rights.sort_unstable();
        rights.dedup();
        if let Err(error) = store.use_sessions(&rights, LASTING).await {
            tracing::warn!(%error, sessions = rights.len(), "the end of sessions was not put off");
            leave_alone().await;
        }
        rights.clear();
    }
}
