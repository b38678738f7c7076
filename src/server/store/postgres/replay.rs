//! The change log: what happened after a position, and in whose inbox anything happened.

use std::collections::HashMap;

use async_trait::async_trait;
use sqlx::{PgConnection, Row, postgres::PgRow};

use super::{PostgresStore, Result, StoreError, read, row};
use crate::{
    domain::{Change, Counts, Position, UserId},
    server::store::{Changed, Log, Mark, Replay, Standing, log, unreadable::pass_over},
};

pub(super) const SINCE: &str = "
    select revision, what, alert_ids, subject, seen, unseen, unread, archived, snoozed from changes
    where user_id = $1 and revision > $2 and revision <= $3 order by revision";

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
        let mut changes = since(&mut tx, user, after, standing).await?;
        // The log is gapless: fewer say that its beginning was cut off, or that one cannot be read.
        if changes.len() < missed as usize {
            return Ok(Replay::Reset(standing));
        }
        let is_cut = log::cut(&mut changes);
        let alerts = read::found(&mut tx, user, &log::alerts_of(&changes)).await?;
        tx.commit().await?;
        Ok(log::replay(changes, &alerts, is_cut))
    }

    async fn heads(&self, users: &[UserId]) -> Result<HashMap<UserId, Position>, StoreError> {
        let users: Vec<_> = users.iter().map(UserId::as_str).collect();
        let rows = sqlx::query(HEADS).bind(users).fetch_all(&self.pool).await?;
        Ok(rows.iter().filter_map(head).collect())
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
            if row.try_get::<Option<&str>, _>("user_id")?.is_none() {
                break;
            }
            let Some((user, head)) = head(row) else { continue };
            let ended: Option<Vec<Option<String>>> = row.try_get("ended")?;
            let ended = ended.into_iter().flatten().flatten();
            changed.ended.extend(ended.map(|right| (user.clone(), right)));
            changed.heads.push((user, head));
        }
        Ok(changed)
    }

    async fn log_end(&self) -> Result<Mark, StoreError> {
        Ok(Mark(sqlx::query_scalar(MARK).fetch_one(&self.pool).await?))
    }
}

/// The changes after one position up to another that can be read.
async fn since(
    conn: &mut PgConnection,
    user: &UserId,
    after: Position,
    head: Standing,
) -> Result<Vec<Change>> {
    let since = sqlx::query(SINCE)
        .bind(user.as_str())
        .bind(i64::from(after.revision))
        .bind(i64::from(head.position.revision));
    let rows = since.fetch_all(conn).await?;
    let revision = |row: &PgRow| row.try_get("revision").unwrap_or(0_i64);
    let read = |row| pass_over(change(row, user, head), || format!("change {} of {user}", revision(row)));
    Ok(rows.iter().filter_map(read).collect())
}

fn head(row: &PgRow) -> Option<(UserId, Position)> {
    let read = || Ok((row::parsed(row.try_get("user_id")?)?, row::position(row)?));
    pass_over(read(), || format!("inbox {}", row.try_get("user_id").unwrap_or("?")))
}

/// A version of before did not say all numbers: those that it left out are told as they are now.
fn change(row: &PgRow, user: &UserId, head: Standing) -> Result<Change> {
    let told = |column, now| {
        let told: Option<i64> = row.try_get(column)?;
        told.map_or(Ok(now), |told| told.try_into().map_err(row::damaged))
    };
    let (unread, now) = (row::count(row, "unread")?, head.counts);
    let counts = Counts {
        unseen: told("unseen", now.unseen.min(unread))?,
        unread,
        archived: told("archived", now.archived)?,
        snoozed: told("snoozed", now.snoozed)?,
    };
    Ok(Change {
        user: user.clone(),
        position: Position { revision: row::count(row, "revision")?, ..head.position },
        counts,
        what: row::what(row)?,
        ids: row::ids(row, "alert_ids")?,
        alerts: Vec::new(),
    })
}
