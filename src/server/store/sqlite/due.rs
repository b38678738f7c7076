//! What time brings: what falls due leaves, and what was put off comes back, each alert by a revision of its own.

use std::time::Duration;

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection, sqlite::SqliteRow};

use super::{Result, SqliteStore, inbox, row};
use crate::{
    domain::{AlertId, Change, Revision, State, UserId, What},
    server::store::{
        due::{DUE, Due},
        unreadable::{Passed, pass_over, pass_over_damage},
    },
};

/// After those that were passed over. Whoever cannot be a user has nobody to tell.
pub(super) fn find(due: &Due) -> String {
    let Due { which, since, .. } = due;
    format!(
        "select user_id, id, created_revision, read_at is null as unread, place from alerts
         where {which} and {since} <= (select now from clock) - ?1
             and user_id not glob '*[^-A-Za-z0-9_.@:]*' and length(user_id) between 1 and 64
             and user_id not in (select value from json_each(?3))
         order by {since} limit 100 offset ?2"
    )
}

const EXPIRE: &str = "
    update alerts set revision = ?2, place = null, snoozed_until = null, expired_at = now from clock where id = ?1";

/// It is as new.
const WAKE: &str = "
    update alerts set revision = ?2, place = null, snoozed_until = null, expired_at = null, read_at = null,
                      unread_at = now, unread_since = ?2,
                      raised_revision = coalesce(raised_revision, created_revision), created_revision = ?2
    from clock where id = ?1";

struct Found {
    user: UserId,
    id: AlertId,
    created: Revision,
    state: State,
}

impl SqliteStore {
    pub(super) async fn fall_due(&self) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        for due in &DUE {
            changes.extend(self.take_out(due, Duration::ZERO).await?);
        }
        Ok(changes)
    }

    /// Takes out what is so since long enough, some at a time; none when nothing is left that can be.
    pub(super) async fn take_out(&self, due: &Due, since: Duration) -> Result<Vec<Change>> {
        let mut passed = Passed::default();
        while let Some(changes) = self.take_some_out(due, since, &mut passed).await? {
            if !changes.is_empty() {
                return Ok(changes);
            }
        }
        Ok(Vec::new())
    }

    /// The same after what was passed over. None: nothing comes after it.
    async fn take_some_out(
        &self,
        due: &Due,
        since: Duration,
        passed: &mut Passed,
    ) -> Result<Option<Vec<Change>>> {
        let (sql, since, after) = (find(due), row::duration(since), passed.rows);
        let left = json!(passed.inboxes()).to_string();
        let find = || sqlx::query(AssertSqlSafe(sql.clone())).bind(since).bind(after).bind(&left);
        // The common case takes no lock: nothing is due.
        if find().fetch_optional(&self.readers).await?.is_none() {
            return Ok(None);
        }
        let mut tx = self.begin_write().await?;
        let rows = find().fetch_all(&mut *tx).await?;
        let mut changes = Vec::with_capacity(rows.len());
        for row in &rows {
            changes.extend(self.happen_or_pass(&mut tx, due, row, passed).await?);
        }
        tx.commit().await?;
        Ok(Some(changes))
    }

    /// The others of a transaction stand, whatever comes of one.
    async fn happen_or_pass(
        &self,
        conn: &mut SqliteConnection,
        due: &Due,
        row: &SqliteRow,
        passed: &mut Passed,
    ) -> Result<Option<Change>> {
        let Some(found) = pass_over(found(row), || format!("alert {}", row::named(row))) else {
            passed.rows += 1;
            return Ok(None);
        };
        let user = found.user.clone();
        if passed.holds(&user) {
            return Ok(None);
        }
        let mut point = conn.begin().await?;
        let made = self.happen(&mut point, due, found).await;
        let change = pass_over_damage(made, || format!("inbox {user}"))?;
        if change.is_some() {
            point.commit().await?;
        } else {
            point.rollback().await?;
            passed.leave(user);
        }
        Ok(change)
    }

    async fn happen(&self, conn: &mut SqliteConnection, due: &Due, found: Found) -> Result<Change> {
        let Found { user, id, created, state } = found;
        let sql = if due.what == What::Woken { WAKE } else { EXPIRE };
        let standing = self.standing_in(conn, &user).await?.ok_or(sqlx::Error::RowNotFound)?;
        let standing = inbox::next(standing, due.moves(&standing, created, state))?;
        let update = sqlx::query(sql).bind(&id.0.as_bytes()[..]).bind(standing.position.revision);
        update.execute(&mut *conn).await?;
        inbox::record(conn, &user, standing, due.what.clone(), vec![id]).await
    }
}

fn found(row: &SqliteRow) -> Result<Found> {
    let (user, id, created) = (row.try_get("user_id")?, row.try_get("id")?, row.try_get("created_revision")?);
    Ok(Found { user: row::parsed(user)?, id: row::id(id)?, created, state: row::state(row)? })
}
