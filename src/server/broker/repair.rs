//! Giving sessions what news did not bring, from the log.

use super::Hub;
use crate::{
    domain::{Position, UserId},
    server::store::{Replay, Store, StoreError},
};

/// Reads what a user's sessions lack, when the inbox is at `head`, once for all of them. Whoever lacks
/// something after that, for it is further back or the log was shortened, is sent to the log itself.
///
/// # Errors
/// The store's; then nobody was told.
pub async fn repair(store: &dyn Store, hub: &Hub, user: &UserId, head: Position) -> Result<(), StoreError> {
    if let Some(revision) = hub.lacking(user, head.revision) {
        hub.metrics().delivery.gaps_repaired.inc();
        let after = Position { revision, ..head };
        if let Replay::Changes(changes) = store.replay(user, Some(after)).await? {
            changes.into_iter().for_each(|change| hub.deliver(change));
        }
    }
    hub.compare(user, head.revision);
    Ok(())
}
