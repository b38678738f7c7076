//! Removing what was kept long enough, in small pieces. Nodes that are at it together pass each other's
//! rows over.

use async_trait::async_trait;
use sqlx::{Row, postgres::PgRow};

use super::{PostgresStore, Result, StoreError, row};
use crate::{
    domain::Change,
    server::store::{
        MOST_REPLAYED, Retention, Shortened, Upkeep, due,
        unreadable::pass_over,
        upkeep::{INBOXES_AT_ONCE, ROWS_AT_ONCE},
    },
};

pub(super) const FORGET: &str = "
    with old as (
        select id from alerts where expired_at <= statement_timestamp() - $1 * interval '1 ms'
            and coalesce(place, 'DELETED') = 'DELETED'
        order by expired_at limit $2 for update skip locked
    ), gone as (
        delete from alerts using old where alerts.id = old.id returning alerts.id
    ), keys as (
        delete from idempotency using gone where alert_id = gone.id
    )
    select count(*) from gone";

/// Inboxes, up to which revision a piece may go from each log, and whether its beginning is old enough.
pub(super) const LOGS: &str = "
    select page.user_id, least(oldest.revision, page.revision - $3 - $4 + 1) + $4 - 1 as until,
           coalesce(oldest.revision <= page.revision - $3
                    and oldest.created_at <= statement_timestamp() - $2 * interval '1 ms', false) as is_long
    from (select user_id, revision from inboxes where user_id > $1 order by user_id limit $5) as page
    left join lateral (
        select revision, created_at from changes where changes.user_id = page.user_id
        order by revision limit 1) as oldest on true
    order by page.user_id";

pub(super) const SHORTEN: &str = "
    delete from changes where user_id = $1 and revision <= $2
        and created_at <= statement_timestamp() - $3 * interval '1 ms'";

#[async_trait]
impl Upkeep for PostgresStore {
    async fn retire(&self, retention: &Retention) -> Result<Vec<Change>, StoreError> {
        let mut changes = self.take_out(&due::READ, retention.read).await?;
        changes.extend(self.take_out(&due::UNREAD, retention.unread).await?);
        changes.extend(self.take_out(&due::ARCHIVED, retention.read).await?);
        Ok(changes)
    }

    async fn forget(&self, retention: &Retention) -> Result<u64, StoreError> {
        let forget = sqlx::query_scalar(FORGET).bind(row::millis(retention.expired)).bind(ROWS_AT_ONCE);
        let gone: i64 = forget.fetch_one(&self.pool).await?;
        Ok(gone.unsigned_abs())
    }

    async fn shorten(&self, retention: &Retention, last: Option<&str>) -> Result<Shortened, StoreError> {
        let since = row::millis(retention.log);
        let logs = self.logs(last.unwrap_or_default(), since).await?;
        let mut changes = 0;
        for log in &logs {
            let named = || format!("inbox {}", log.try_get("user_id").unwrap_or("?"));
            if let Some((user, until)) = pass_over(long(log), named).flatten() {
                let shorten = sqlx::query(SHORTEN).bind(user).bind(until).bind(since);
                changes += shorten.execute(&self.pool).await?.rows_affected();
            }
        }
        let last = logs.iter().rev().find_map(|log| log.try_get("user_id").ok());
        Ok(Shortened { changes, last: last.filter(|_| logs.len() == INBOXES_AT_ONCE) })
    }
}

impl PostgresStore {
    async fn logs(&self, after: &str, since: f64) -> Result<Vec<PgRow>> {
        sqlx::query(LOGS)
            .bind(after)
            .bind(since)
            .bind(i64::from(MOST_REPLAYED))
            .bind(ROWS_AT_ONCE)
            .bind(i64::try_from(INBOXES_AT_ONCE).map_err(row::damaged)?)
            .fetch_all(&self.pool)
            .await
    }
}

/// Whose log is too long, and up to where it may go.
fn long(log: &PgRow) -> Result<Option<(&str, i64)>> {
    let is_long: bool = log.try_get("is_long")?;
    is_long.then(|| Ok((log.try_get("user_id")?, log.try_get("until")?))).transpose()
}
