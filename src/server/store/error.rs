//! Faults of the database.

use std::{sync::Arc, time::Duration};

use sqlx::{Error, error::DatabaseError, postgres::PgDatabaseError};
use tokio::time::sleep;

use super::unreadable;

/// A fault of the database. What it says is for the log, never for a caller.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct StoreError(Arc<Error>);

/// How long to leave a store alone that could not be read, give or take a half.
const RETRY: Duration = Duration::from_secs(1);

/// Conditions of PostgreSQL that pass, by the beginnings of their codes: no connection, undone for another
/// transaction's sake, no room, stopped from outside, a server that only reads now.
/// <https://www.postgresql.org/docs/15/errcodes-appendix.html>
const PASSING: [&str; 5] = ["08", "40", "53", "57", "25006"];

/// The same of SQLite: `SQLITE_BUSY`, `SQLITE_IOERR`, `SQLITE_FULL`. <https://www.sqlite.org/rescode.html>
const PASSING_OF_FILE: [i32; 3] = [5, 10, 13];

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl StoreError {
    /// The database did not answer in time.
    pub fn away() -> Self {
        Error::PoolTimedOut.into()
    }

    /// Whether what was asked for is damaged, and only that: the database is well.
    pub fn is_damage(&self) -> bool {
        unreadable::is_damage(&self.0)
    }

    /// Whether the same may well succeed a little later: the database is away, or has too much to do.
    pub fn may_pass(&self) -> bool {
        match &*self.0 {
            Error::Io(_) | Error::Tls(_) | Error::PoolTimedOut | Error::PoolClosed => true,
            Error::Database(error) => passes(&**error),
            _ => false,
        }
    }
}

/// Waits before a store is read again that could not be: not all who wait for it come back at once.
pub async fn leave_alone() {
    sleep(RETRY.mul_f64(rand::random_range(0.5..1.5))).await;
}

fn passes(error: &dyn DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<PgDatabaseError>().is_some() {
        return PASSING.iter().any(|class| code.starts_with(class));
    }
    // The extended codes keep the primary one in their low byte.
    code.parse::<i32>().is_ok_and(|code| PASSING_OF_FILE.contains(&(code & 0xff)))
}
