//! What happens to what was kept long enough.

use std::time::Duration;

use async_trait::async_trait;

use super::StoreError;
use crate::domain::Change;

/// How long things are kept, by the state they are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// An alert that was read, since then.
    pub read: Duration,
    /// An unread alert, since it was raised or last marked unread.
    pub unread: Duration,
    /// What remains of an alert that left its inbox, since then; the key it was raised under with it.
    pub expired: Duration,
    /// A change that is not replayed any more, for the inbox has had
    /// [`MOST_REPLAYED`](super::MOST_REPLAYED) since.
    pub log: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        let days = |days: u64| Duration::from_secs(days * 24 * 60 * 60);
        Self { read: days(90), unread: days(365), expired: days(7), log: days(7) }
    }
}

/// What came of shortening some change logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortened {
    /// How many changes were deleted; none when these logs are short enough.
    pub changes: u64,
    /// The last inbox of these; none when no more come after it.
    pub last: Option<String>,
}

/// Removing what was kept long enough, by the database's clock. Each call is a small piece of the work,
/// and any number of nodes may be at it.
#[async_trait]
pub trait Upkeep {
    /// Takes alerts out of their inboxes, as [`Inboxes::fall_due`](super::Inboxes::fall_due) does.
    ///
    /// # Errors
    /// The database failed; what it had taken out by then stays out.
    async fn retire(&self, retention: &Retention) -> Result<Vec<Change>, StoreError>;

    /// Deletes what remains of alerts that left their inboxes; how many.
    ///
    /// # Errors
    /// The database failed; then nothing is deleted.
    async fn forget(&self, retention: &Retention) -> Result<u64, StoreError>;

    /// Deletes the oldest changes of some inboxes, those that come after `last`. The newest ones that may
    /// be replayed always stay.
    ///
    /// # Errors
    /// The database failed; what it had deleted by then is.
    async fn shorten(&self, retention: &Retention, last: Option<&str>) -> Result<Shortened, StoreError>;
}

/// How many inboxes one piece of shortening looks at.
pub(super) const INBOXES_AT_ONCE: usize = 500;

/// How many rows one statement deletes at most: others wait for it only so long.
pub(super) const ROWS_AT_ONCE: i64 = 200;
