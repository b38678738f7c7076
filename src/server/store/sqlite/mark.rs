//! Reading alerts, and taking it back.

use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Result, SqliteStore, filter, read, row};
use crate::{
    domain::{Alert, AlertId, Change, Filter, Position, Revision, UserId, What},
    server::store::{List, MOST_READ_AT_ONCE, Marked},
};

const READ: &str = "
    update alerts set revision = ?2, read_at = (select now from clock) where id = ?1";

const UNREAD: &str = "
    update alerts set revision = ?2, unread_since = ?2, read_at = null, unread_at = (select now from clock)
    where id = ?1";

impl SqliteStore {
    pub(super) async fn mark(
        &self,
        user: &UserId,
        id: AlertId,
        read: bool,
        lists: &[List],
    ) -> Result<Option<Marked>> {
        let mut tx = self.begin_write().await?;
        let Some(alert) = read::one(&mut tx, user, id).await? else { return Ok(None) };
        let marked = self.mark_one(&mut tx, user, alert, read, lists).await?;
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
        let Some(standing) = self.standing_in(&mut tx, user).await? else { return Ok(None) };
        if !standing.reaches(up_to) {
            return Ok(None);
        }
        let revision = standing.position.revision + 1;
        let ids = read_all(&mut tx, user, filter, up_to.revision, revision).await?;
        let change = self.all_read(&mut tx, user, ids).await?;
        let marked = self.marked(&mut tx, user, None, change, lists).await?;
        tx.commit().await?;
        Ok(Some(marked))
    }

    /// Marks an alert of this person, if it is not so already.
    pub(super) async fn mark_one(
        &self,
        conn: &mut SqliteConnection,
        user: &UserId,
        mut alert: Alert,
        read: bool,
        lists: &[List],
    ) -> Result<Marked> {
        let mut change = None;
        if alert.is_unread() == read {
            let made = self.turn(conn, user, alert.id, read).await?;
            alert = made.alerts.first().cloned().unwrap_or(alert);
            change = Some(made);
        }
        self.marked(conn, user, Some(alert), change, lists).await
    }

    async fn turn(
        &self,
        conn: &mut SqliteConnection,
        user: &UserId,
        id: AlertId,
        read: bool,
    ) -> Result<Change> {
        let (what, sql, by) = if read { (What::Read, READ, -1) } else { (What::Unread, UNREAD, 1) };
        let standing = self.advance(conn, user, by).await?;
        let update = sqlx::query(sql).bind(&id.0.as_bytes()[..]).bind(standing.position.revision);
        update.execute(&mut *conn).await?;
        self.record(conn, user, standing, what, vec![id]).await
    }

    async fn all_read(
        &self,
        conn: &mut SqliteConnection,
        user: &UserId,
        ids: Vec<AlertId>,
    ) -> Result<Option<Change>> {
        if ids.is_empty() {
            return Ok(None);
        }
        let fewer = i64::try_from(ids.len()).map_err(row::damaged)?;
        let standing = self.advance(conn, user, -fewer).await?;
        self.record(conn, user, standing, What::AllRead, ids).await.map(Some)
    }

    async fn marked(
        &self,
        conn: &mut SqliteConnection,
        user: &UserId,
        alert: Option<Alert>,
        change: Option<Change>,
        lists: &[List],
    ) -> Result<Marked> {
        let standing = self.standing_in(conn, user).await?.ok_or(sqlx::Error::RowNotFound)?;
        let inbox = read::snapshot(conn, user, standing, lists).await?;
        Ok(Marked { alert, change, inbox })
    }
}

/// Reads the oldest of what fits and was unread at `seen`; their ids in creation order.
async fn read_all(
    conn: &mut SqliteConnection,
    user: &UserId,
    filter: &Filter,
    seen: Revision,
    revision: Revision,
) -> Result<Vec<AlertId>> {
    let most = i64::try_from(MOST_READ_AT_ONCE).map_err(row::damaged)?;
    let update = filter::query(read_all_sql(filter), user, filter).bind(seen).bind(revision).bind(most);
    let touched = update.fetch_all(conn).await?;
    let keyed = |row: &SqliteRow| Ok((row.try_get("created_revision")?, row::id(row.try_get("id")?)?));
    let mut touched: Vec<(Revision, AlertId)> = touched.iter().map(keyed).collect::<Result<_>>()?;
    touched.sort_unstable();
    Ok(touched.into_iter().map(|(_, id)| id).collect())
}

pub(super) fn read_all_sql(filter: &Filter) -> String {
    let fits = filter::condition(filter);
    format!(
        "update alerts set revision = ?5, read_at = (select now from clock)
         where id in (
             select id from listed where {fits} and read_at is null and unread_since <= ?4
             order by created_revision limit ?6)
         returning id, created_revision"
    )
}
