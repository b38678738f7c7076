//! Reading alerts, and taking it back.

use sqlx::{PgConnection, Row};

use super::{PostgresStore, Result, filter, inbox, read, row};
use crate::{
    domain::{Alert, AlertId, Change, Filter, Position, UserId, What},
    server::store::{List, MOST_READ_AT_ONCE, Marked, Standing},
};

const READ: &str = "
    update alerts set revision = $2, read_at = clock_timestamp() where id = $1";

const UNREAD: &str = "
    update alerts set revision = $2, unread_since = $2, read_at = null, unread_at = clock_timestamp()
    where id = $1";

impl PostgresStore {
    pub(super) async fn mark(
        &self,
        user: &UserId,
        id: AlertId,
        read: bool,
        lists: &[List],
    ) -> Result<Option<Marked>> {
        let mut tx = self.begin_write().await?;
        let Some(standing) = inbox::lock(&mut tx, user).await? else { return Ok(None) };
        let Some(alert) = read::one(&mut tx, user, id).await? else { return Ok(None) };
        let marked = one(&mut tx, user, (standing, alert), read, lists).await?;
        tx.commit().await?;
        Ok(Some(marked))
    }

    pub(super) async fn mark_all(
        &self,
        user: &UserId,
        up_to: Position,
        filter: &Filter,
        lists: &[List],
    ) -> Result<Option<Marked>> {
        let mut tx = self.begin_write().await?;
        let Some(mut standing) = inbox::lock(&mut tx, user).await? else { return Ok(None) };
        if !standing.reaches(up_to) {
            return Ok(None);
        }
        let ids = read_all(&mut tx, user, filter, (up_to, standing)).await?;
        let mut change = None;
        if !ids.is_empty() {
            standing = inbox::next(standing, -i64::try_from(ids.len()).map_err(row::damaged)?)?;
            change = Some(inbox::record(&mut tx, user, standing, What::AllRead, ids).await?);
        }
        let marked = marked(&mut tx, user, standing, (None, change), lists).await?;
        tx.commit().await?;
        Ok(Some(marked))
    }
}

/// Marks an alert of a locked inbox, if it is not so already.
pub(super) async fn one(
    conn: &mut PgConnection,
    user: &UserId,
    (mut standing, mut alert): (Standing, Alert),
    read: bool,
    lists: &[List],
) -> Result<Marked> {
    let mut change = None;
    if alert.is_unread() == read {
        standing = inbox::next(standing, if read { -1 } else { 1 })?;
        let made = turn(conn, user, alert.id, read, standing).await?;
        alert = made.alerts.first().cloned().unwrap_or(alert);
        change = Some(made);
    }
    marked(conn, user, standing, (Some(alert), change), lists).await
}

async fn turn(
    conn: &mut PgConnection,
    user: &UserId,
    id: AlertId,
    read: bool,
    standing: Standing,
) -> Result<Change> {
    let (what, sql) = if read { (What::Read, READ) } else { (What::Unread, UNREAD) };
    let update = sqlx::query(sql).bind(id.0).bind(i64::from(standing.position.revision));
    update.execute(&mut *conn).await?;
    inbox::record(conn, user, standing, what, vec![id]).await
}

/// The inbox is locked, so its lists are of the moment of its standing.
async fn marked(
    conn: &mut PgConnection,
    user: &UserId,
    standing: Standing,
    (alert, change): (Option<Alert>, Option<Change>),
    lists: &[List],
) -> Result<Marked> {
    let inbox = read::snapshot(conn, user, standing, lists).await?;
    Ok(Marked { alert, change, inbox })
}

/// Reads the oldest of what fits and was unread at the position seen, as the next revision; their ids in
/// creation order.
async fn read_all(
    conn: &mut PgConnection,
    user: &UserId,
    filter: &Filter,
    (seen, now): (Position, Standing),
) -> Result<Vec<AlertId>> {
    let rows = filter::query(read_all_sql(filter), user, filter)
        .bind(i64::from(seen.revision))
        .bind(i64::from(now.position.revision) + 1)
        .bind(i64::try_from(MOST_READ_AT_ONCE).map_err(row::damaged)?)
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| Ok(AlertId(row.try_get("id")?))).collect()
}

pub(super) fn read_all_sql(filter: &Filter) -> String {
    let fits = filter::condition(filter);
    format!(
        "with touched as (
             update alerts set revision = $5, read_at = clock_timestamp()
             where id in (
                 select id from listed where {fits} and read_at is null and unread_since <= $4
                 order by created_revision limit $6)
             returning id, created_revision)
         select id from touched order by created_revision"
    )
}
