//! The store in one SQLite file: one connection that writes, a handful that read.
//!
//! - Every write is one `begin immediate` transaction; every answer about an inbox is one read
//!   transaction, and so one moment.
//! - Times come from the view `clock`, what is in an inbox, in its archive, or in either
//!   from the views `listed`, `archived` and `here`: no statement says any of it again.
//! - A future dropped on the way rolls its transaction back.

mod due;
mod filter;
mod inbox;
mod leases;
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
mod upkeep;

use async_trait::async_trait;
pub(super) use open::transport;
use sqlx::{Sqlite, SqlitePool, Transaction};

use super::{Inboxes, List, Marked, PoolUse, Raised, Snapshot, Standing, Store, StoreError};
use crate::domain::{Act, Alert, AlertId, Change, Filter, NewAlert, Position, State, UserId};

type Result<T, E = sqlx::Error> = std::result::Result<T, E>;

/// The database in a SQLite file. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
    epoch: u64,
}

#[async_trait]
impl Store for SqliteStore {
    async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("select epoch from store").fetch_one(&self.readers).await?;
        Ok(())
    }

    async fn renew(&self) -> Result<(), StoreError> {
        sqlx::query("update store set epoch = random(), news_key = randomblob(32)")
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    fn pool_use(&self) -> PoolUse {
        let (writer, readers) = (PoolUse::of(&self.writer), PoolUse::of(&self.readers));
        PoolUse {
            open: writer.open + readers.open,
            idle: writer.idle + readers.idle,
            most: writer.most + readers.most,
        }
    }

    /// Folds the log into the file. The writer goes last: only a connection that may write can.
    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Each by the module of its name.
#[async_trait]
impl Inboxes for SqliteStore {
    async fn raise(&self, publisher: &str, id: AlertId, alert: &NewAlert) -> Result<Raised, StoreError> {
        let raised = self.raise(None, publisher, id, alert).await?;
        Ok(raised.done().ok_or(sqlx::Error::RowNotFound)?)
    }

    async fn mark(
        &self,
        user: &UserId,
        id: AlertId,
        act: Act,
        lists: &[List],
    ) -> Result<Option<Marked>, StoreError> {
        Ok(self.mark(user, id, act, lists).await?)
    }

    async fn mark_all(
        &self,
        user: &UserId,
        up_to: Position,
        filter: &Filter,
        lists: &[List],
    ) -> Result<Option<Marked>, StoreError> {
        Ok(self.mark_all(user, up_to, filter, lists).await?)
    }

    async fn see(
        &self,
        user: &UserId,
        up_to: Position,
        lists: &[List],
    ) -> Result<Option<Marked>, StoreError> {
        Ok(self.see(user, up_to, lists).await?)
    }

    async fn fall_due(&self) -> Result<Vec<Change>, StoreError> {
        Ok(self.fall_due().await?)
    }

    async fn snapshot(&self, user: &UserId, lists: &[List]) -> Result<Snapshot, StoreError> {
        Ok(self.snapshot(user, lists).await?)
    }

    async fn standing(&self, user: &UserId) -> Result<Standing, StoreError> {
        Ok(self.begin_read(user).await?.1)
    }

    async fn alert(&self, user: &UserId, id: AlertId) -> Result<Option<Alert>, StoreError> {
        let mut conn = self.readers.acquire().await?;
        Ok(read::one(&mut conn, user, id).await?)
    }

    async fn held(&self, user: &UserId, id: AlertId) -> Result<Option<(Alert, State)>, StoreError> {
        let mut conn = self.readers.acquire().await?;
        Ok(read::held(&mut conn, user, id).await?.map(|held| (held.alert, held.state)))
    }

    async fn alerts(&self, user: &UserId, ids: &[AlertId]) -> Result<Vec<Alert>, StoreError> {
        let mut conn = self.readers.acquire().await?;
        Ok(read::by_ids(&mut conn, user, ids).await?)
    }
}

impl SqliteStore {
    async fn begin_write(&self) -> Result<Transaction<'static, Sqlite>> {
        self.writer.begin_with("begin immediate").await
    }
}
