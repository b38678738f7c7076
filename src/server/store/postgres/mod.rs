//! The store in PostgreSQL: any number of nodes on one database.
//!
//! - A write locks the inbox row to its commit, so numbers are gapless and in commit order, and no
//!   lock lies between users. Where one statement can do the whole of a write, it does.
//! - Every answer about an inbox is one `repeatable read` transaction, and so one moment.
//! - Times are the database's, what is in an inbox is said by the view `listed`.
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
use sqlx::{PgPool, Postgres, Transaction};

use super::{Inboxes, List, Marked, PoolUse, Raised, Snapshot, Standing, Store, StoreError};
use crate::domain::{Act, Alert, AlertId, Change, Filter, NewAlert, Position, State, UserId};

type Result<T, E = sqlx::Error> = std::result::Result<T, E>;

const RENEW: &str = "
    update store set epoch = hashtextextended(gen_random_uuid()::text, 0),
                     news_key = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())";

/// The numbers of another server's transactions mean nothing here, and may lie in the future.
const RENUMBER: &str = "update changes set xid = default";

/// A PostgreSQL database.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pool: PgPool,
}

#[async_trait]
impl Store for PostgresStore {
    async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("select epoch from store").fetch_one(&self.pool).await?;
        Ok(())
    }

    async fn renew(&self) -> Result<(), StoreError> {
        let mut tx = self.begin_write().await?;
        // The log may be long, and nobody waits for this.
        for sql in ["set local statement_timeout = 0", RENEW, RENUMBER] {
            sqlx::query(sql).execute(&mut *tx).await?;
        }
        Ok(tx.commit().await?)
    }

    fn pool_use(&self) -> PoolUse {
        PoolUse::of(&self.pool)
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}

/// Each by the module of its name.
#[async_trait]
impl Inboxes for PostgresStore {
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
        Ok(self.standing(user).await?)
    }

    async fn alert(&self, user: &UserId, id: AlertId) -> Result<Option<Alert>, StoreError> {
        let mut conn = self.pool.acquire().await?;
        Ok(read::one(&mut conn, user, id).await?)
    }

    async fn held(&self, user: &UserId, id: AlertId) -> Result<Option<(Alert, State)>, StoreError> {
        let mut conn = self.pool.acquire().await?;
        Ok(read::held(&mut conn, user, id).await?.map(|held| (held.alert, held.state)))
    }

    async fn alerts(&self, user: &UserId, ids: &[AlertId]) -> Result<Vec<Alert>, StoreError> {
        let mut conn = self.pool.acquire().await?;
        Ok(read::by_ids(&mut conn, user, ids).await?)
    }
}

impl PostgresStore {
    async fn begin_write(&self) -> Result<Transaction<'static, Postgres>> {
        self.begin("begin").await
    }

    async fn begin_snapshot(&self) -> Result<Transaction<'static, Postgres>> {
        self.begin("begin isolation level repeatable read, read only").await
    }

    /// In a task of its own, which whoever drops this does not cancel: sqlx (0.9) forgets a transaction
    /// whose beginning was under way, and gives its connection to the next, who would be in it.
    async fn begin(&self, statement: &'static str) -> Result<Transaction<'static, Postgres>> {
        let pool = self.pool.clone();
        let begun = tokio::spawn(async move { pool.begin_with(statement).await });
        begun.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }
}
