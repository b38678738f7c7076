//! What people do with their alerts.

use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Result, SqliteStore, filter, inbox, read, row};
use crate::{
    domain::{Act, Alert, AlertId, Change, Filter, Position, Revision, State, UserId, What},
    server::store::{List, MOST_READ_AT_ONCE, Marked, Standing, held::Held, place},
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

/// How many came after a revision and are unread.
pub(super) const NEWER: &str = "
    select count(*) from listed where user_id = ?1 and created_revision > ?2 and read_at is null";

impl SqliteStore {
    pub(super) async fn mark(
        &self,
        user: &UserId,
        id: AlertId,
        act: Act,
        lists: &[List],
    ) -> Result<Option<Marked>> {
        let mut tx = self.begin_write().await?;
        let Some(standing) = self.standing_in(&mut tx, user).await? else { return Ok(None) };
        let held = read::held(&mut tx, user, id).await?.filter(|held| held.state.admits(act));
        let Some(held) = held else { return Ok(None) };
        let marked = one(&mut tx, user, (standing, held), act, lists).await?;
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
        let Some(mut standing) = self.standing_in(&mut tx, user).await? else { return Ok(None) };
        if !standing.reaches(up_to) {
            return Ok(None);
        }
        let read = read_all(&mut tx, user, filter, (up_to, standing)).await?;
        let mut change = None;
        if !read.is_empty() {
            standing = inbox::next(standing, standing.all_read(filter, &read))?;
            let ids = read.into_iter().map(|(_, id)| id).collect();
            change = Some(inbox::record(&mut tx, user, standing, What::AllRead, ids).await?);
        }
        let marked = marked(&mut tx, user, standing, (None, change), lists).await?;
        tx.commit().await?;
        Ok(Some(marked))
    }

    pub(super) async fn see(&self, user: &UserId, up_to: Position, lists: &[List]) -> Result<Option<Marked>> {
        let mut tx = self.begin_write().await?;
        let Some(mut standing) = self.standing_in(&mut tx, user).await? else { return Ok(None) };
        if !standing.reaches(up_to) {
            return Ok(None);
        }
        let unseen = sqlx::query_scalar(NEWER).bind(user.as_str()).bind(up_to.revision);
        let next = standing.next_seen(up_to, unseen.fetch_one(&mut *tx).await?);
        let mut change = None;
        if let Some(next) = next {
            standing = next;
            change =
                Some(inbox::record(&mut tx, user, standing, What::Seen(standing.seen), Vec::new()).await?);
        }
        let marked = marked(&mut tx, user, standing, (None, change), lists).await?;
        tx.commit().await?;
        Ok(Some(marked))
    }
}

/// Does something with an alert, if it is not so already.
pub(super) async fn one(
    conn: &mut SqliteConnection,
    user: &UserId,
    (standing, held): (Standing, Held),
    act: Act,
    lists: &[List],
) -> Result<Marked> {
    if held.is_as_after(act) {
        let alert = held.state.place.is_some().then_some(held.alert);
        return marked(conn, user, standing, (alert, None), lists).await;
    }
    let id = held.alert.id;
    let standing = inbox::next(standing, standing.moved(&held, act))?;
    turn(conn, id, act, held.state.after(act), standing).await?;
    let change = inbox::record(conn, user, standing, act.into(), vec![id]).await?;
    let alert = change.alerts.first().cloned();
    marked(conn, user, standing, (alert, Some(change)), lists).await
}

async fn turn(conn: &mut SqliteConnection, id: AlertId, act: Act, after: State, now: Standing) -> Result<()> {
    let update = |sql| sqlx::query(sql).bind(id.0.into_bytes().to_vec()).bind(now.position.revision);
    let update = match act {
        Act::Read => update(READ),
        Act::Unread => update(UNREAD),
        _ => update(MOVE).bind(place::column(after.place)).bind(act.until().map(row::millis)),
    };
    update.execute(conn).await?;
    Ok(())
}

async fn marked(
    conn: &mut SqliteConnection,
    user: &UserId,
    standing: Standing,
    (alert, change): (Option<Alert>, Option<Change>),
    lists: &[List],
) -> Result<Marked> {
    let inbox = read::snapshot(conn, user, standing, lists).await?;
    Ok(Marked { alert, change, inbox })
}

/// Reads the oldest of what fits and was unread at the position seen, as the next revision; in creation order.
async fn read_all(
    conn: &mut SqliteConnection,
    user: &UserId,
    filter: &Filter,
    (seen, now): (Position, Standing),
) -> Result<Vec<(Revision, AlertId)>> {
    let rows = filter::query(read_all_sql(filter), user, filter)
        .bind(seen.revision)
        .bind(now.position.revision + 1)
        .bind(i64::try_from(MOST_READ_AT_ONCE).map_err(row::damaged)?)
        .fetch_all(conn)
        .await?;
    let keyed = |row: &SqliteRow| Ok((row.try_get("created_revision")?, row::id(row.try_get("id")?)?));
    let mut read = rows.iter().map(keyed).collect::<Result<Vec<_>>>()?;
    read.sort_unstable();
    Ok(read)
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
