//! The change log: what happened after a position, and in whose inbox anything happened.

use std::collections::HashMap;

use async_trait::async_trait;
use serde_json::json;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Result, SqliteStore, StoreError, read, row};
use crate::{
    domain::{Change, Counts, Position, UserId},
    server::store::{Changed, Log, Mark, Replay, Standing, log, unreadable::pass_over},
};

pub(super) const SINCE: &str = "
    select revision, what, alert_ids, subject, seen, unseen, unread, archived, snoozed from changes
    where user_id = ?1 and revision > ?2 and revision <= ?3 order by revision";

pub(super) const HEADS_OF: &str = "
    select inboxes.user_id, inboxes.id, inboxes.revision
    from json_each(?1) as wanted cross join inboxes on inboxes.user_id = wanted.value";

/// Numbers rise in commit order over all inboxes, for there is one writer at a time. The sign before
/// `user_id` keeps the database from walking the whole log in the order of people.
pub(super) const HEADS: &str = "
    select changed.user_id, inboxes.id, changed.revision
    from (select user_id, max(revision) as revision from changes
          where number > cast(?1 as integer) group by +user_id) as changed
    join inboxes using (user_id)";

pub(super) const ENDED: &str = "
    select user_id, subject from changes where number > cast(?1 as integer) and what = 'right_ended'";

pub(super) const MARK: &str = "select cast(coalesce(max(number), 0) as text) from changes";

#[async_trait]
impl Log for SqliteStore {
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
        Ok(log::replay(changes, &alerts, is_cut))
    }

    async fn heads(&self, users: &[UserId]) -> Result<HashMap<UserId, Position>, StoreError> {
        let users = json!(users).to_string();
        let rows = sqlx::query(HEADS_OF).bind(users).fetch_all(&self.readers).await?;
        Ok(rows.iter().filter_map(|row| self.head(row)).collect())
    }

    async fn news_key(&self) -> Result<[u8; 32], StoreError> {
        let key: Vec<u8> = sqlx::query_scalar("select news_key from store").fetch_one(&self.readers).await?;
        Ok(key.try_into().map_err(|_| row::damaged("a key of another length"))?)
    }

    async fn changed_since(&self, mark: &Mark) -> Result<Changed, StoreError> {
        let mut tx = self.readers.begin().await?;
        let now = Mark(sqlx::query_scalar(MARK).fetch_one(&mut *tx).await?);
        let (heads, ended) = (Vec::new(), Vec::new());
        let mut changed = Changed { heads, ended, epoch: self.epoch, moved: false, mark: now };
        if changed.mark == *mark {
            return Ok(changed);
        }
        let heads = sqlx::query(HEADS).bind(&mark.0).fetch_all(&mut *tx).await?;
        let ended = sqlx::query(ENDED).bind(&mark.0).fetch_all(&mut *tx).await?;
        changed.ended = ended.iter().filter_map(|row| pass_over(right(row), || named(row))).collect();
        // Numbers only rise: without an entry above it the mark is of what is lost.
        changed.moved = heads.is_empty();
        changed.heads = heads.iter().filter_map(|row| self.head(row)).collect();
        Ok(changed)
    }

    async fn log_end(&self) -> Result<Mark, StoreError> {
        Ok(Mark(sqlx::query_scalar(MARK).fetch_one(&self.readers).await?))
    }
}

impl SqliteStore {
    fn head(&self, row: &SqliteRow) -> Option<(UserId, Position)> {
        let read = || {
            let inbox: i64 = row.try_get("id")?;
            let revision = row.try_get("revision")?;
            let position = Position { epoch: self.epoch, inbox: inbox.cast_unsigned(), revision };
            Ok((row::parsed(row.try_get("user_id")?)?, position))
        };
        pass_over(read(), || named(row))
    }
}

fn right(row: &SqliteRow) -> Result<(UserId, String)> {
    Ok((row::parsed(row.try_get("user_id")?)?, row.try_get("subject")?))
}

fn named(row: &SqliteRow) -> String {
    format!("inbox {}", row.try_get("user_id").unwrap_or("?"))
}

/// The changes after one position up to another that can be read.
async fn since(
    conn: &mut SqliteConnection,
    user: &UserId,
    after: Position,
    head: Standing,
) -> Result<Vec<Change>> {
    let since = sqlx::query(SINCE).bind(user.as_str()).bind(after.revision).bind(head.position.revision);
    let rows = since.fetch_all(conn).await?;
    let revision = |row: &SqliteRow| row.try_get("revision").unwrap_or(0_i64);
    let read = |row| pass_over(change(row, user, head), || format!("change {} of {user}", revision(row)));
    Ok(rows.iter().filter_map(read).collect())
}

/// A version of before did not say all numbers: those that it left out are told as they are now.
fn change(row: &SqliteRow, user: &UserId, head: Standing) -> Result<Change> {
    let told = |column, now| row.try_get::<Option<u32>, _>(column).map(|told| told.unwrap_or(now));
    let (unread, now) = (row.try_get("unread")?, head.counts);
    let counts = Counts {
        unseen: told("unseen", now.unseen.min(unread))?,
        unread,
        archived: told("archived", now.archived)?,
        snoozed: told("snoozed", now.snoozed)?,
    };
    Ok(Change {
        user: user.clone(),
        position: Position { revision: row.try_get("revision")?, ..head.position },
        counts,
        what: row::what(row)?,
        ids: row::ids(row.try_get("alert_ids")?)?,
        alerts: Vec::new(),
    })
}
