//! What only one node does at a time, and what it writes while it does.

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;

use super::{Marked, Raised, StoreError};
use crate::domain::{AlertId, NewAlert, UserId};

/// What only one node may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Reading the stream of alerts on Redis.
    Stream,
    /// Listening to the neighbours' messages on Redis.
    Bridge,
}

impl Duty {
    /// Its name: the one of its lease, and the publisher of what is raised under it. Publishers with a
    /// token or a JWT have names with a colon.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Bridge => "bridge",
        }
    }
}

/// The right to do a duty. Whoever takes it over has a higher number, and what is written under a
/// lower one is refused: so a holder that stood still and wakes up cannot write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The right to what.
    pub duty: Duty,
    /// Rises with each new holder.
    pub number: i64,
}

/// What came of a write under a lease.
#[derive(Clone, Debug, PartialEq)]
pub enum Under<T> {
    /// It was the holder's.
    Done(T),
    /// The lease is another's by now; nothing was written.
    Lost,
}

impl<T> Under<T> {
    /// What was done; none when the lease was lost.
    pub fn done(self) -> Option<T> {
        match self {
            Self::Done(done) => Some(done),
            Self::Lost => None,
        }
    }
}

/// Leases, by the database's clock.
#[async_trait]
pub trait Leases {
    /// Takes a lease that is nobody's, for a term. None: somebody holds it.
    ///
    /// # Errors
    /// The database failed.
    async fn take_lease(&self, duty: Duty, term: Duration) -> Result<Option<Lease>, StoreError>;

    /// Holds a lease for a term from now. False: it is another's.
    ///
    /// # Errors
    /// The database failed.
    async fn renew_lease(&self, lease: Lease, term: Duration) -> Result<bool, StoreError>;

    /// Lets go of a lease: the next one need not wait for its end.
    ///
    /// # Errors
    /// The database failed; then it ends with its term.
    async fn give_up_lease(&self, lease: Lease) -> Result<(), StoreError>;

    /// As [`Inboxes::raise`](super::Inboxes::raise), by the duty as the publisher.
    ///
    /// # Errors
    /// The database failed; then nothing is stored.
    async fn raise_under(
        &self,
        lease: Lease,
        id: AlertId,
        alert: &NewAlert,
    ) -> Result<Under<Raised>, StoreError>;

    /// Marks an alert read, as [`Inboxes::mark`](super::Inboxes::mark) does. It is named by its id, or by
    /// the id of its source if it came over the bridge.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    async fn read_under(
        &self,
        lease: Lease,
        user: &UserId,
        name: &str,
    ) -> Result<Under<Option<Marked>>, StoreError>;

    /// The ids that those of the alerts have at their sources which came over the bridge with one.
    ///
    /// # Errors
    /// The database failed.
    async fn sources(&self, ids: &[AlertId]) -> Result<HashMap<AlertId, String>, StoreError>;
}
