//! Rows that this program cannot have written. They are passed over, and logged and counted once each.
//!
//! Of the process, as the log is: what a row says is read far from where a node's counters are.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Mutex, PoisonError},
};

use sqlx::error::ErrorKind;
use time::OffsetDateTime;

use crate::domain::UserId;

static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// How many rows are remembered; more are passed over in silence.
const MOST: usize = 10_000;

/// How many rows were found that cannot be read.
pub fn unreadable() -> usize {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).len()
}

/// What a row says; none when it cannot be read. `name` tells it from other rows.
pub(super) fn pass_over<T>(read: Result<T, sqlx::Error>, name: impl FnOnce() -> String) -> Option<T> {
    read.inspect_err(|error| note(error, name())).ok()
}

fn note(error: &sqlx::Error, name: String) {
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if seen.len() < MOST && !seen.contains(&name) {
        tracing::error!(row = name, %error, "a row of the database cannot be read and is passed over");
        seen.insert(name);
    }
}

/// What a row says that something cannot do without: it is noted, and fails that.
pub(super) fn needed<T>(
    read: Result<T, sqlx::Error>,
    name: impl FnOnce() -> String,
) -> Result<T, sqlx::Error> {
    read.inspect_err(|error| note(error, name()))
}

/// What came of some work; none when what it needs is damaged. Faults of the database go on.
pub(super) fn pass_over_damage<T>(
    done: Result<T, sqlx::Error>,
    name: impl FnOnce() -> String,
) -> Result<Option<T>, sqlx::Error> {
    match done {
        Err(error) if !is_damage(&error) => Err(error),
        done => Ok(pass_over(done, name)),
    }
}

/// Whether an error is about what is in the database, and not about the database.
pub(super) fn is_damage(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::RowNotFound => true,
        // What is to be written breaks a rule of its table: what it was made from does not fit together.
        sqlx::Error::Database(error) => error.kind() != ErrorKind::Other,
        _ => false,
    }
}

/// What some work left where it was on its way to what comes after it.
#[derive(Default)]
pub(super) struct Passed {
    /// How many rows, besides those of inboxes that are left alone.
    pub rows: i64,
    inboxes: HashSet<UserId>,
}

impl Passed {
    /// Leaves an inbox alone from here on: another holds it, or it is damaged, and trying each of its alerts
    /// would be dear. What could have been done in it after this waits for the next time, or for its mending.
    pub(super) fn leave(&mut self, user: UserId) {
        self.inboxes.insert(user);
    }

    /// Whether an inbox is left alone.
    pub(super) fn holds(&self, user: &UserId) -> bool {
        self.inboxes.contains(user)
    }

    /// Whose inboxes are left alone: what is due there is not looked for again.
    pub(super) fn inboxes(&self) -> Vec<&str> {
        self.inboxes.iter().map(UserId::as_str).collect()
    }
}

/// The longest text of an alert, in bytes: 4,000 characters, and room for what JSON adds. A longer one
/// would not fit into a frame for sure.
pub(super) const LONGEST: usize = 16 * 1024;

/// Whether RFC 3339 can say it.
pub(super) fn is_written(time: &OffsetDateTime) -> bool {
    (0..=9999).contains(&time.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_read_again_and_again_is_counted_once() {
        let before = unreadable();
        for _ in 0..3 {
            let broken: Result<(), _> = Err(sqlx::Error::RowNotFound);
            assert_eq!(pass_over(broken, || "a row of this test".to_owned()), None);
        }
        assert_eq!(pass_over(Ok(7), || "a row of this test too".to_owned()), Some(7));
        assert_eq!(unreadable(), before + 1);
    }
}
