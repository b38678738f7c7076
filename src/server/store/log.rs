//! What can be asked of the change log.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;

use super::{Standing, StoreError};
use crate::domain::{Alert, AlertId, Change, Position, Revision, UserId};

/// What happened after a position.
#[derive(Clone, Debug, PartialEq)]
pub enum Replay {
    /// Every change since, in order, read to the head in one snapshot.
    Changes(Vec<Change>),
    /// The first of them, as many as are read or kept at once; one at least.
    Portion(Vec<Change>),
    /// The log cannot say: the position is too old, too far back, of another history, or ahead.
    Reset(Standing),
}

/// Up to where the log of all inboxes was looked at. Its text is the engine's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark(pub String);

/// What a look at the log of all inboxes found that the look before it could not see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Where the inboxes stand in which something changed.
    pub heads: Vec<(UserId, Position)>,
    /// The rights that ended, with whose they were.
    pub ended: Vec<(UserId, String)>,
    /// Which history this is: another one than before when the store was restored meanwhile.
    pub epoch: u64,
    /// The store is older than it was at that look, or another server answers for it: what was committed
    /// before may be lost.
    pub moved: bool,
    /// Where the next look begins.
    pub mark: Mark,
}

/// How many changes are replayed one by one before a reset is the better answer.
pub const MOST_REPLAYED: u32 = 300;

/// The change log of every inbox.
#[async_trait]
pub trait Log: Send + Sync {
    /// What happened after a position, to the head, in one moment; the first of it where that is about many alerts;
    /// or that the log cannot say.
    /// Changes whose alert has left the inbox since are passed over: its leaving is one of them. Those of
    /// an alert that cannot be read tell of it as of one that left.
    ///
    /// # Errors
    /// The database failed.
    async fn replay(&self, user: &UserId, after: Option<Position>) -> Result<Replay, StoreError>;

    /// Where the inboxes of some people stand; those without one are left out.
    ///
    /// # Errors
    /// The database failed.
    async fn heads(&self, users: &[UserId]) -> Result<HashMap<UserId, Position>, StoreError>;

    /// The key that authenticates news between the nodes of this store.
    ///
    /// # Errors
    /// The database failed.
    async fn news_key(&self) -> Result<[u8; 32], StoreError>;

    /// What changed in any inbox since a look, whoever committed it and however long that took.
    ///
    /// # Errors
    /// The database failed.
    async fn changed_since(&self, mark: &Mark) -> Result<Changed, StoreError>;

    /// Where the log of all inboxes ends.
    ///
    /// # Errors
    /// The database failed.
    async fn log_end(&self) -> Result<Mark, StoreError>;
}

/// What is to be read of a log for who stands after a position: from where, and how many changes.
/// None when the log cannot say, or too many were missed.
pub(super) fn missed(head: Standing, after: Option<Position>) -> Option<(Position, Revision)> {
    let after = after.filter(|after| head.reaches(*after))?;
    let missed = head.position.revision - after.revision;
    (missed <= MOST_REPLAYED).then_some((after, missed))
}

/// Alerts that are in an inbox, by id; none for one that cannot be read.
pub(super) type Found = HashMap<AlertId, Option<Alert>>;

/// How many alerts one replay reads at most. More than changes of one alert each come to, so what is cut off
/// comes after a bulk change: that is told in any case, and the next replay begins after it.
const MOST_ALERTS: usize = 1_000;

/// Keeps the first of some changes, whose alerts are not too many to be read. Whether others are cut off.
pub(super) fn cut(changes: &mut Vec<Change>) -> bool {
    let mut alerts = 0;
    let fits = |change: &&Change| {
        alerts += if change.carries_alerts() { change.ids.len() } else { 0 };
        alerts <= MOST_ALERTS
    };
    let (fitting, all) = (changes.iter().take_while(fits).count(), changes.len());
    changes.truncate(fitting);
    fitting < all
}

/// The alerts that changes carry, each once.
pub(super) fn alerts_of(changes: &[Change]) -> Vec<AlertId> {
    let carrying = changes.iter().filter(|change| change.carries_alerts());
    let ids: BTreeSet<_> = carrying.flat_map(|change| change.ids.iter().copied()).collect();
    ids.into_iter().collect()
}

/// The changes kept, with the alerts of them that are in the inbox as they stand now.
pub(super) fn replay(mut changes: Vec<Change>, alerts: &Found, is_cut: bool) -> Replay {
    for change in changes.iter_mut().filter(|change| change.carries_alerts()) {
        change.alerts = change.ids.iter().filter_map(|id| alerts.get(id)?.clone()).collect();
    }
    // No change of its own says that an alert cannot be read any more: whoever hears of it hears the count.
    let is_here = |change: &Change| change.ids.iter().any(|id| alerts.contains_key(id));
    changes.retain(|change| !change.is_overtaken() || is_here(change));
    if is_cut { Replay::Portion(changes) } else { Replay::Changes(changes) }
}
