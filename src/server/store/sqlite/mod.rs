//! The store in one SQLite file: one connection that writes, a handful that read.
//!
//! - Every write is one `begin immediate` transaction; every answer about an inbox is one read
//!   transaction, and so one moment.
//! - Times come from the view `clock`, what is in an inbox from the view `listed`: no statement
//!   says either again.
//! - A future dropped on the way rolls its transaction back.

mod expire;
mod filter;
mod inbox;
mod mark;
mod open;
mod people;
#[cfg(test)]
mod plans;
mod raise;
mod read;
mod replay;
mod row;
mod sessions;
mod tokens;

use sqlx::{Sqlite, SqlitePool, Transaction};

use super::StoreError;

type Result<T, E = sqlx::Error> = std::result::Result<T, E>;

/// The database in a SQLite file. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
    epoch: u64,
}

impl Store {
    /// Identity of this history: part of every position.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Waits for what is under way, then leaves the file with its log folded in.
    ///
    /// The writer goes last: only a connection that may write can fold the log in.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("select epoch from store").fetch_one(&self.readers).await?;
        Ok(())
    }

    async fn begin_write(&self) -> Result<Transaction<'static, Sqlite>> {
        self.writer.begin_with("begin immediate").await
    }
}
