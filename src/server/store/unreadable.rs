//! Rows that this program cannot have written. They are passed over, and logged and counted once each.
//!
//! Of the process, as the log is: what a row says is read far from where a node's counters are.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use time::OffsetDateTime;

static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// How many rows are remembered; more are passed over in silence.
const MOST: usize = 10_000;

/// How many rows were found that cannot be read.
pub fn unreadable() -> usize {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).len()
}

/// What a row says; none when it cannot be read. `name` tells it from other rows.
pub(super) fn pass_over<T>(read: Result<T, sqlx::Error>, name: impl FnOnce() -> String) -> Option<T> {
    let error = match read {
        Ok(said) => return Some(said),
        Err(error) => error,
    };
    let name = name();
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if seen.len() < MOST && seen.insert(name.clone()) {
        tracing::error!(row = name, %error, "a row of the database cannot be read and is passed over");
    }
    None
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
