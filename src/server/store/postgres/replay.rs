//! The change log: what happened after a position, and in whose inbox anything happened.

use std::collections::HashMap;

use async_trait::async_trait;
use sqlx::{PgConnection, Row, postgres::PgRow};

use super::{PostgresStore, Result, StoreError, read, row};
use crate::{
    domain::{Change, Position, UserId},
    server::store::{Changed, Log, Mark, Replay, log},
};

pub(super) const SINCE: &str = "
    select revision, what, alert_ids, subject, unread from changes
    where user_id = $1 and revision > $2 order by revision";

pub(super) const HEADS: &str = "
    select user_id, epoch, id as inbox, revision from inboxes cross join store where user_id = any($1)";

/// What a look can see, and when the server started that says so.
const MARK: &str = "
    select concat(pg_current_snapshot(), '@', extract(epoch from pg_postmaster_start_time()))";

/// Entries of transactions that the look before could not see: its own words say which those are.
/// One statement, so the mark is of the very moment of the entries. Transactions are numbered anew from
/// where a server finds itself when it takes over: then fewer have ended than before, or as it started
/// at another time.
pub(super) const LOOK: &str = "
    select concat(seen, '@', started) as mark, user_id, revision, ended, epoch,
           pg_snapshot_xmax(seen) < pg_snapshot_xmax(split_part($1, '@', 1)::pg_snapshot)
               or started::text <> split_part($1, '@', 2) as moved,
           (select id from inboxes where inboxes.user_id = changed.user_id) as inbox
    from (select pg_current_snapshot() as seen,
                 extract(epoch from pg_postmaster_start_time()) as started) as here
    cross join store
    left join (
        select user_id, max(revision) as revision,
               array_agg(subject) filter (where what = 'right_ended') as ended
        from changes
        where xid >= pg_snapshot_xmin(split_part($1, '@', 1)::pg_snapshot)
            and not pg_visible_in_snapshot(xid, split_part($1, '@', 1)::pg_snapshot)
        group by user_id
    ) as changed on true";

#[async_trait]
impl Log for PostgresStore {
    async fn replay(&self, user: &UserId, after: Option<Position>) -> Result<Replay, StoreError> {
        let (mut tx, standing) = self.begin_read(user).await?;
        let Some((after, missed)) = log::missed(standing, after) else {
            return Ok(Replay::Reset(standing));
        };
        let changes = since(&mut tx, user, after).await?;
        let alerts = read::by_ids(&mut tx, user, &log::alerts_of(&changes)).await?;
        tx.commit().await?;
        Ok(log::replay(standing, missed, changes, alerts))
    }

    async fn heads(&self, users: &[UserId]) -> Result<HashMap<UserId, Position>, StoreError> {
        let users: Vec<_> = users.iter().map(UserId::as_str).collect();
        let rows = sqlx::query(HEADS).bind(users).fetch_all(&self.pool).await?;
        Ok(rows.iter().map(head).collect::<Result<_>>()?)
    }

    async fn news_key(&self) -> Result<[u8; 32], StoreError> {
        let key: Vec<u8> = sqlx::query_scalar("select news_key from store").fetch_one(&self.pool).await?;
        Ok(key.try_into().map_err(|_| row::damaged("a key of another length"))?)
    }

    async fn changed_since(&self, mark: &Mark) -> Result<Changed, StoreError> {
        let rows = sqlx::query(LOOK).bind(&mark.0).fetch_all(&self.pool).await?;
        let (heads, ended) = (Vec::new(), Vec::new());
        let mut changed = Changed { heads, ended, epoch: 0, moved: false, mark: mark.clone() };
        for row in &rows {
            changed.mark = Mark(row.try_get("mark")?);
            changed.epoch = row.try_get::<i64, _>("epoch")?.cast_unsigned();
            changed.moved = row.try_get("moved")?;
            let Some(user) = row.try_get::<Option<&str>, _>("user_id")? else { break };
            let user: UserId = row::parsed(user)?;
            let ended: Option<Vec<String>> = row.try_get("ended")?;
            changed.ended.extend(ended.into_iter().flatten().map(|right| (user.clone(), right)));
            changed.heads.push((user, row::position(row)?));
        }
        Ok(changed)
    }

    async fn log_end(&self) -> Result<Mark, StoreError> {
        Ok(Mark(sqlx::query_scalar(MARK).fetch_one(&self.pool).await?))
    }
}

async fn since(conn: &mut PgConnection, user: &UserId, after: Position) -> Result<Vec<Change>> {
    let since = sqlx::query(SINCE).bind(user.as_str()).bind(i64::from(after.revision));
    since.fetch_all(conn).await?.iter().map(|row| change(row, user, after)).collect()
}

fn head(row: &PgRow) -> Result<(UserId, Position)> {
    Ok((row::parsed(row.try_get("user_id")?)?, row::position(row)?))
}

fn change(row: &PgRow, user: &UserId, after: Position) -> Result<Change> {
    Ok(Change {
        user: user.clone(),
        position: Position { revision: row::count(row, "revision")?, ..after },
        unread: row::count(row, "unread")?,
        what: row::what(row)?,
        ids: row::ids(row, "alert_ids")?,
        alerts: Vec::new(),
    })
}
