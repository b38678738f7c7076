//! Removing what was kept long enough, in short transactions: there is one writer.

use async_trait::async_trait;
use sqlx::{Row, sqlite::SqliteRow};

use super::{Result, SqliteStore, StoreError, row};
use crate::{
    domain::Change,
    server::store::{
        MOST_REPLAYED, Retention, Shortened, Upkeep, due,
        unreadable::pass_over,
        upkeep::{INBOXES_AT_ONCE, ROWS_AT_ONCE},
    },
};

/// One moment for all statements of a piece.
const AGO: &str = "select now - ?1 from clock";

pub(super) const GONE: &str = "
    select id from alerts where expired_at <= ?1 and coalesce(place, 'DELETED') = 'DELETED' order by expired_at limit ?2";

pub(super) const FORGET_KEYS: &str = "
    delete from idempotency where alert_id in (
        select id from alerts where expired_at <= ?1 and coalesce(place, 'DELETED') = 'DELETED' order by expired_at limit ?2)";

pub(super) const FORGET: &str = "
    delete from alerts where id in (
        select id from alerts where expired_at <= ?1 and coalesce(place, 'DELETED') = 'DELETED' order by expired_at limit ?2)";

/// Inboxes, up to which revision a piece may go from each log, and whether its beginning is old enough.
pub(super) const LOGS: &str = "
    select user_id, min(oldest + ?4 - 1, revision - ?3) as until,
           coalesce((select created_at <= ?2 and changes.revision <= page.revision - ?3 from changes
                     where changes.user_id = page.user_id and changes.revision = oldest), false) as is_long
    from (select user_id, revision,
                 (select min(changes.revision) from changes where changes.user_id = inboxes.user_id) as oldest
          from inboxes where user_id > ?1 order by user_id limit ?5) as page
    order by user_id";

pub(super) const SHORTEN: &str = "
    delete from changes where user_id = ?1 and revision <= ?2 and created_at <= ?3";

#[async_trait]
impl Upkeep for SqliteStore {
    async fn retire(&self, retention: &Retention) -> Result<Vec<Change>, StoreError> {
        let mut changes = self.take_out(&due::READ, retention.read).await?;
        changes.extend(self.take_out(&due::UNREAD, retention.unread).await?);
        changes.extend(self.take_out(&due::ARCHIVED, retention.read).await?);
        Ok(changes)
    }

    async fn forget(&self, retention: &Retention) -> Result<u64, StoreError> {
        let ago = self.ago(retention.expired).await?;
        // The common case takes no lock: nothing is old enough.
        let gone = sqlx::query(GONE).bind(ago).bind(1);
        if gone.fetch_optional(&self.readers).await?.is_none() {
            return Ok(0);
        }
        let mut tx = self.begin_write().await?;
        sqlx::query(FORGET_KEYS).bind(ago).bind(ROWS_AT_ONCE).execute(&mut *tx).await?;
        let gone = sqlx::query(FORGET).bind(ago).bind(ROWS_AT_ONCE).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(gone.rows_affected())
    }

    async fn shorten(&self, retention: &Retention, last: Option<&str>) -> Result<Shortened, StoreError> {
        let ago = self.ago(retention.log).await?;
        let logs = self.logs(last.unwrap_or_default(), ago).await?;
        let mut changes = 0;
        for log in &logs {
            let named = || format!("inbox {}", log.try_get("user_id").unwrap_or("?"));
            if let Some((user, until)) = pass_over(long(log), named).flatten() {
                let shorten = sqlx::query(SHORTEN).bind(user).bind(until).bind(ago);
                changes += shorten.execute(&self.writer).await?.rows_affected();
            }
        }
        let last = logs.iter().rev().find_map(|log| log.try_get("user_id").ok());
        Ok(Shortened { changes, last: last.filter(|_| logs.len() == INBOXES_AT_ONCE) })
    }
}

impl SqliteStore {
    async fn ago(&self, since: std::time::Duration) -> Result<i64> {
        sqlx::query_scalar(AGO).bind(row::duration(since)).fetch_one(&self.readers).await
    }

    async fn logs(&self, after: &str, ago: i64) -> Result<Vec<SqliteRow>> {
        sqlx::query(LOGS)
            .bind(after)
            .bind(ago)
            .bind(MOST_REPLAYED)
            .bind(ROWS_AT_ONCE)
            .bind(i64::try_from(INBOXES_AT_ONCE).map_err(row::damaged)?)
            .fetch_all(&self.readers)
            .await
    }
}

/// Whose log is too long, and up to where it may go.
fn long(log: &SqliteRow) -> Result<Option<(&str, i64)>> {
    let is_long: bool = log.try_get("is_long")?;
    is_long.then(|| Ok((log.try_get("user_id")?, log.try_get("until")?))).transpose()
}
