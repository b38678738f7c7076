//! Finds out that publisher tokens of open sockets were revoked. A command line does that, which tells no
//! node: so each node asks the database, for all of its sockets in one query.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use dashmap::DashMap;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::server::store::{Store, StoreError};

/// How often it asks: a socket is to end within a second.
const INTERVAL: Duration = Duration::from_millis(400);

/// The tokens of open sockets, by their hashes. A socket holds what it waits for; here it is only known.
type Watched = DashMap<[u8; 32], Weak<CancellationToken>>;

/// Watches tokens. Cloning it is cheap; the last clone ends the task behind it.
#[derive(Clone)]
pub struct Revoked {
    watched: Arc<Watched>,
}

impl Revoked {
    /// Asks `store`.
    pub fn from(store: &Arc<dyn Store>) -> Self {
        let watched = Arc::<Watched>::default();
        tokio::spawn(watch(store.clone(), Arc::downgrade(&watched)));
        Self { watched }
    }

    /// Resolves when a token is found revoked. It is watched from the call on: who judges it after that
    /// misses no end.
    pub fn token(&self, hash: [u8; 32]) -> impl Future<Output = ()> + Send + use<> {
        let mut known = self.watched.entry(hash).or_default();
        let revoked = known.upgrade().unwrap_or_else(|| {
            let revoked = Arc::default();
            *known = Arc::downgrade(&revoked);
            revoked
        });
        async move { revoked.cancelled().await }
    }
}

async fn watch(store: Arc<dyn Store>, watched: Weak<Watched>) {
    loop {
        sleep(INTERVAL).await;
        let Some(watched) = watched.upgrade() else { return };
        if let Err(error) = look(&*store, &watched).await {
            tracing::debug!(%error, "cannot look whether tokens were revoked; trying again");
        }
    }
}

async fn look(store: &dyn Store, watched: &Watched) -> Result<(), StoreError> {
    watched.retain(|_, revoked| revoked.strong_count() > 0);
    let hashes: Vec<_> = watched.iter().map(|entry| *entry.key()).collect();
    if hashes.is_empty() {
        return Ok(());
    }
    let good = store.good_tokens(&hashes).await?;
    for hash in hashes.iter().filter(|hash| !good.contains(*hash)) {
        if let Some((_, revoked)) = watched.remove(hash)
            && let Some(revoked) = revoked.upgrade()
        {
            revoked.cancel();
        }
    }
    Ok(())
}
