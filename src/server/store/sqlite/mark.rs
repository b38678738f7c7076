//! What people do with their alerts.

use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Result, SqliteStore, filter, read, row};
use crate::{
    domain::{Act, Alert, AlertId, Change, Filter, Moves, Position, Revision, State, UserId, What},
    server::store::{List, MOST_READ_AT_ONCE, Marked},
};

const READ: &str = "
    update alerts set revision = ?2, read_at = (select now from clock) where id = ?1";

const UNREAD: &str = "
    update alerts set revision = ?2, unread_since = ?2, read_at = null, unread_at = (select now from clock),
                      archived_at = null, expired_at = null
    where id = ?1";

/// Both at one moment: out of the inbox, and in the archive.
const ARCHIVE: &str = "
    update alerts set revision = ?2, unread_since = ?2, archived_at = now, expired_at = now from clock where id = ?1";

const UNARCHIVE: &str = "
    update alerts set revision = ?2, unread_since = ?2, archived_at = null, expired_at = null where id = ?1";

fn sql(act: Act) -> &'static str {
    match act {
        Act::Read => READ,
        Act::Unread => UNREAD,
        Act::Archive => ARCHIVE,
        Act::Unarchive => UNARCHIVE,
    }
}

impl SqliteStore {
    pub(super) async fn mark(
        &self,
        user: &UserId,
        id: AlertId,
        act: Act,
        lists: &[List],
    ) -> Result<Option<Marked>> {
        let mut tx = self.begin_write().await?;
        let Some(alert) = read::one(&mut tx, user, id).await? else { return Ok(None) };
        let marked = self.mark_one(&mut tx, user, alert, act, lists).await?;
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
        let change = self.all_read(&mut tx, user, filter, ids).await?;
        let marked = self.marked(&mut tx, user, None, change, lists).await?;
        tx.commit().await?;
        Ok(Some(marked))
    }

    /// Does something with an alert of this person, if it is not so already.
    pub(super) async fn mark_one(
        &self,
        conn: &mut SqliteConnection,
        user: &UserId,
        mut alert: Alert,
        act: Act,
        lists: &[List],
    ) -> Result<Marked> {
        let mut change = None;
        if alert.state().after(act) != alert.state() {
            let made = self.turn(conn, user, &alert, act).await?;
            alert = made.alerts.first().cloned().unwrap_or(alert);
            change = Some(made);
        }
        self.marked(conn, user, Some(alert), change, lists).await
    }

    async fn turn(
        &self,
        conn: &mut SqliteConnection,
        user: &UserId,
        alert: &Alert,
        act: Act,
    ) -> Result<Change> {
        let moves = Moves::new(1, Some(alert.state()), Some(alert.state().after(act)));
        let standing = self.advance(conn, user, moves).await?;
        let update = sqlx::query(sql(act)).bind(&alert.id.0.as_bytes()[..]).bind(standing.position.revision);
        update.execute(&mut *conn).await?;
        self.record(conn, user, standing, act.into(), vec![alert.id]).await
    }

    async fn all_read(
        &self,
        conn: &mut SqliteConnection,
        user: &UserId,
        filter: &Filter,
        ids: Vec<AlertId>,
    ) -> Result<Option<Change>> {
        if ids.is_empty() {
            return Ok(None);
        }
        let unread = State { unread: true, archived: filter.archived };
        let alerts = ids.len().try_into().map_err(row::damaged)?;
        let moves = Moves::new(alerts, Some(unread), Some(unread.after(Act::Read)));
        let standing = self.advance(conn, user, moves).await?;
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
    let (place, fits) = (filter::place(filter), filter::condition(filter));
    format!(
        "update alerts set revision = ?5, read_at = (select now from clock)
         where id in (
             select id from {place} where {fits} and read_at is null and unread_since <= ?4
             order by created_revision limit ?6)
         returning id, created_revision"
    )
}
