//! The change log: what happened after a position, and in whose inbox anything happened.

use std::collections::{BTreeSet, HashMap};

use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Result, Store, StoreError, read, row};
use crate::{
    domain::{Alert, AlertId, Change, Position, UserId},
    server::store::{Changed, MOST_REPLAYED, Mark, Replay, Standing},
};

pub(super) const SINCE: &str = "
    select revision, what, alert_ids, subject, unread from changes
    where user_id = ?1 and revision > ?2 order by revision";

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

impl Store {
    /// What happened after a position, to the head, in one moment; or that the log cannot say.
    /// Changes whose alert has left the inbox since are passed over: its leaving is one of them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn replay(&self, user: &UserId, after: Option<Position>) -> Result<Replay, StoreError> {
        let (mut tx, standing) = self.begin_read(user).await?;
        let Some(after) = after.filter(|after| standing.reaches(*after)) else {
            return Ok(Replay::Reset(standing));
        };
        let missed = standing.position.revision - after.revision;
        if missed > MOST_REPLAYED {
            return Ok(Replay::Reset(standing));
        }
        let mut changes = since(&mut tx, user, after).await?;
        // The log is gapless, so a lower number says that its beginning was cut off.
        if changes.len() < missed as usize {
            return Ok(Replay::Reset(standing));
        }
        fill(&mut tx, user, &mut changes).await?;
        changes.retain(|change| !change.is_overtaken());
        Ok(Replay::Changes(changes))
    }

    /// Where the inbox stands. One that is not there yet is made.
    ///
    /// # Errors
    /// The database failed.
    pub async fn standing(&self, user: &UserId) -> Result<Standing, StoreError> {
        Ok(self.begin_read(user).await?.1)
    }

    /// What changed in any inbox since a look, whoever committed it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn changed_since(&self, mark: &Mark) -> Result<Changed, StoreError> {
        let mut tx = self.readers.begin().await?;
        let heads = sqlx::query(HEADS).bind(&mark.0).fetch_all(&mut *tx).await?;
        if heads.is_empty() {
            return Ok(Changed { heads: Vec::new(), ended: Vec::new(), mark: mark.clone() });
        }
        let ended = sqlx::query(ENDED).bind(&mark.0).fetch_all(&mut *tx).await?;
        let mark = Mark(sqlx::query_scalar(MARK).fetch_one(&mut *tx).await?);
        let heads = heads.iter().map(|row| self.head(row)).collect::<Result<_>>()?;
        Ok(Changed { heads, ended: ended.iter().map(right).collect::<Result<_>>()?, mark })
    }

    /// Where the log of all inboxes ends.
    ///
    /// # Errors
    /// The database failed.
    pub async fn log_end(&self) -> Result<Mark, StoreError> {
        Ok(Mark(sqlx::query_scalar(MARK).fetch_one(&self.readers).await?))
    }

    fn head(&self, row: &SqliteRow) -> Result<(UserId, Position)> {
        let inbox: i64 = row.try_get("id")?;
        let revision = row.try_get("revision")?;
        let position = Position { epoch: self.epoch, inbox: inbox.cast_unsigned(), revision };
        Ok((row::parsed(row.try_get("user_id")?)?, position))
    }
}

fn right(row: &SqliteRow) -> Result<(UserId, String)> {
    Ok((row::parsed(row.try_get("user_id")?)?, row.try_get("subject")?))
}

async fn since(conn: &mut SqliteConnection, user: &UserId, after: Position) -> Result<Vec<Change>> {
    let rows = sqlx::query(SINCE).bind(user.as_str()).bind(after.revision).fetch_all(conn).await?;
    rows.iter().map(|row| change(row, user, after)).collect()
}

fn change(row: &SqliteRow, user: &UserId, after: Position) -> Result<Change> {
    Ok(Change {
        user: user.clone(),
        position: Position { revision: row.try_get("revision")?, ..after },
        unread: row.try_get("unread")?,
        what: row::what(row)?,
        ids: row::ids(row.try_get("alert_ids")?)?,
        alerts: Vec::new(),
    })
}

/// Gives the changes their alerts as they stand now, each read once.
async fn fill(conn: &mut SqliteConnection, user: &UserId, changes: &mut [Change]) -> Result<()> {
    let told = |change: &&mut Change| change.carries_alerts();
    let ids: BTreeSet<AlertId> = changes.iter_mut().filter(told).flat_map(|it| it.ids.clone()).collect();
    let ids: Vec<AlertId> = ids.into_iter().collect();
    let alerts = read::by_ids(conn, user, &ids).await?;
    let alerts: HashMap<AlertId, Alert> = alerts.into_iter().map(|alert| (alert.id, alert)).collect();
    for change in changes.iter_mut().filter(told) {
        change.alerts = change.ids.iter().filter_map(|id| alerts.get(id).cloned()).collect();
    }
    Ok(())
}
