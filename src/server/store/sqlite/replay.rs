//! The change log: what happened after a position, and in whose inbox anything happened.

use std::collections::{BTreeSet, HashMap};

use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Result, Store, StoreError, read, row};
use crate::{
    domain::{Alert, AlertId, Change, Position, Revision, UserId},
    server::store::{MOST_REPLAYED, Replay, Standing},
};

pub(super) const SINCE: &str = "
    select revision, what, alert_ids, subject, unread from changes
    where user_id = ?1 and revision > ?2 order by revision";

/// The sign before `user_id` keeps the database from walking the whole log in the order of people.
pub(super) const HEADS: &str = "
    select user_id, max(revision) as revision, max(number) as number from changes
    where number > ?1 group by +user_id";

const ENDED: &str = "
    select user_id, subject from changes where number > ?1 and what = 'right_ended'";

pub(super) const LAST: &str = "select coalesce(max(number), 0) from changes";

impl Store {
    /// What happened after a position, to the head, in one moment; or that the log cannot say.
    /// Changes whose alert has left the inbox since are passed over: its leaving is one of them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn replay(&self, user: &UserId, after: Option<Position>) -> Result<Replay, StoreError> {
        let (mut tx, standing) = self.look(user).await?;
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
        Ok(self.look(user).await?.1)
    }

    /// The heads of the inboxes that changed after a change number, and the last number seen.
    ///
    /// Numbers rise in commit order over all inboxes, whoever commits; gaps between them mean nothing.
    ///
    /// # Errors
    /// The database failed.
    pub async fn heads_after(&self, number: i64) -> Result<(Vec<(UserId, Revision)>, i64), StoreError> {
        let rows = sqlx::query(HEADS).bind(number).fetch_all(&self.readers).await?;
        let mut last = number;
        let mut heads = Vec::with_capacity(rows.len());
        for row in &rows {
            last = last.max(row.try_get("number")?);
            let user: &str = row.try_get("user_id")?;
            heads.push((row::parsed(user)?, row.try_get("revision")?));
        }
        Ok((heads, last))
    }

    /// The rights that ended after a change number.
    ///
    /// # Errors
    /// The database failed.
    pub async fn rights_ended_after(&self, number: i64) -> Result<Vec<(UserId, String)>, StoreError> {
        let rows = sqlx::query(ENDED).bind(number).fetch_all(&self.readers).await?;
        let ended =
            rows.iter().map(|row| Ok((row::parsed(row.try_get("user_id")?)?, row.try_get("subject")?)));
        Ok(ended.collect::<Result<_>>()?)
    }

    /// The number of the last change of any inbox; 0 before the first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn last_change(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(LAST).fetch_one(&self.readers).await?)
    }
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
    let told = |change: &&mut Change| change.ids.len() <= Change::MOST_ALERTS;
    let ids: BTreeSet<AlertId> = changes.iter_mut().filter(told).flat_map(|it| it.ids.clone()).collect();
    let ids: Vec<AlertId> = ids.into_iter().collect();
    let alerts = read::by_ids(conn, user, &ids).await?;
    let alerts: HashMap<AlertId, Alert> = alerts.into_iter().map(|alert| (alert.id, alert)).collect();
    for change in changes.iter_mut().filter(told) {
        change.alerts = change.ids.iter().filter_map(|id| alerts.get(id).cloned()).collect();
    }
    Ok(())
}
