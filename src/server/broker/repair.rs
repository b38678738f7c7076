//! Giving sessions what news did not bring, from the log.

use super::Hub;
use crate::{
    domain::{Position, UserId},
    server::store::{Log, Replay, StoreError},
};

/// Reads what a user's sessions lack, when the inbox is at `head`, once for all of them. Whoever stands
/// elsewhere after that is sent to the log itself: it is further back, the log was shortened, or the
/// store lost what was heard.
///
/// # Errors
/// The store's; then nobody was told.
pub async fn repair(log: &dyn Log, hub: &Hub, user: &UserId, head: Position) -> Result<(), StoreError> {
    if let Some(revision) = hub.lacking(user, head) {
        hub.metrics().delivery.gaps_repaired.inc();
        let after = Position { revision, ..head };
        if let Replay::Changes(changes) | Replay::Portion(changes) = log.replay(user, Some(after)).await? {
            changes.into_iter().for_each(|change| hub.deliver(change));
        }
    }
    hub.compare(user, head);
    Ok(())
}
