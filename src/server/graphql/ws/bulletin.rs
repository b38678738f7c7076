//! What a node tells all its sockets at once. Each acts on it at a moment of its own, so that their
//! clients do not all come back in the same instant.

use std::time::Duration;

use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::sync::watch;

/// How things stand with a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bulletin {
    /// Whether changes arrive: not while the node cannot read its store.
    pub live: bool,
    /// Set when the node is about to stop: within what time all sockets are to go.
    pub leave_within: Option<Duration>,
}

impl Default for Bulletin {
    fn default() -> Self {
        Self { live: true, leave_within: None }
    }
}

/// Every bulletin from now on; of several that come at once the last. Never ends.
pub(super) fn following(bulletin: watch::Receiver<Bulletin>) -> BoxStream<'static, Bulletin> {
    let changes = stream::unfold(bulletin, |mut bulletin| async move {
        bulletin.changed().await.ok()?;
        let now = *bulletin.borrow_and_update();
        Some((now, bulletin))
    });
    changes.chain(stream::pending()).boxed()
}
