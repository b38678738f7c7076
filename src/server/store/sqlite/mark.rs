//! What people do with their alerts.

use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Result, SqliteStore, filter, read, row};
use crate::{
    domain::{Act, Alert, AlertId, Change, Filter, Moves, Position, Revision, State, UserId, What},
    server::store::{List, MOST_READ_AT_ONCE, Marked, held::Held, place},
};

const READ: &str = "
    update alerts set revision = ?2, read_at = (select now from clock) where id = ?1";

const UNREAD: &str = "
    update alerts set revision = ?2, unread_since = ?2, read_at = null, unread_at = (select now from clock),
                      place = null, snoozed_until = null, expired_at = null
    where id = ?1";

/// Into another place, the inbox where it has no name, or until another time.
const MOVE: &str = "
    update alerts set revision = ?2, unread_since = ?2, place = ?3, snoozed_until = ?4,
                      expired_at = iif(?3 is null, null, now)
    from clock where id = ?1";

impl SqliteStore {
    pub(super) async fn mark(
        &self,
        user: &UserId,
        id: AlertId,
        act: Act,
        lists: &[List],
    ) -> Result<Option<Marked>> {
        let mut tx = self.begin_write().await?;
        let held = read::held(&mut tx, user, id).await?.filter(|held| held.state.admits(act));
        let Some(held) = held else { return Ok(None) };
        let marked = self.mark_one(&mut tx, user, held, act, lists).await?;
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
        held: Held,
        act: Act,
        lists: &[List],
    ) -> Result<Marked> {
        if held.is_as_after(act) {
            let alert = held.state.place.is_some().then_some(held.alert);
            return self.marked(conn, user, alert, None, lists).await;
        }
        let change = self.turn(conn, user, &held, act).await?;
        let alert = change.alerts.first().cloned();
        self.marked(conn, user, alert, Some(change), lists).await
    }

    async fn turn(
        &self,
        conn: &mut SqliteConnection,
        user: &UserId,
        held: &Held,
        act: Act,
    ) -> Result<Change> {
        let (id, after) = (held.alert.id, held.state.after(act));
        let standing = self.advance(conn, user, Moves::new(1, Some(held.state), Some(after))).await?;
        let update = |sql| sqlx::query(sql).bind(id.0.into_bytes().to_vec()).bind(standing.position.revision);
        let update = match act {
            Act::Read => update(READ),
            Act::Unread => update(UNREAD),
            _ => update(MOVE).bind(place::column(after.place)).bind(act.until().map(row::millis)),
        };
        update.execute(&mut *conn).await?;
        self.record(conn, user, standing, act.into(), vec![id]).await
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
        let unread = State { unread: true, place: Some(filter.place) };
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
