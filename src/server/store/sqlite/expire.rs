//! What falls due leaves the inbox or the archive, each alert by a revision of its own.

use std::time::Duration;

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection, sqlite::SqliteRow};

use super::{Result, SqliteStore, row};
use crate::{
    domain::{AlertId, Change, Moves, State, UserId, What},
    server::store::unreadable::{Passed, pass_over, pass_over_damage},
};

/// Alerts that are to leave: those that fit, some time after a moment of theirs.
pub(super) struct Leaving {
    which: &'static str,
    since: &'static str,
}

/// What falls due on a day of its own, and the same of the archive.
pub(super) const DUE: [Leaving; 2] = [
    Leaving { which: "expired_at is null", since: "expires_at" },
    Leaving { which: "archived_at is not null", since: "expires_at" },
];

/// What was read long ago, has been unread for long, was put away long ago.
pub(super) const READ: Leaving =
    Leaving { which: "expired_at is null and read_at is not null", since: "read_at" };
pub(super) const UNREAD: Leaving =
    Leaving { which: "expired_at is null and read_at is null", since: "coalesce(unread_at, created_at)" };
pub(super) const ARCHIVED: Leaving = Leaving { which: "archived_at is not null", since: "archived_at" };

impl Leaving {
    /// After those that were passed over. Whoever cannot be a user has nobody to tell.
    pub(super) fn find(&self) -> String {
        let Self { which, since } = self;
        format!(
            "select user_id, id, read_at is null as unread, archived_at is not null as archived from alerts
             where {which} and {since} <= (select now from clock) - ?1
                 and user_id not glob '*[^-A-Za-z0-9_.@:]*' and length(user_id) between 1 and 64
                 and user_id not in (select value from json_each(?3))
             order by {since} limit 100 offset ?2"
        )
    }
}

const EXPIRE: &str = "
    update alerts set revision = ?2, archived_at = null, expired_at = now from clock where id = ?1";

struct Found {
    user: UserId,
    id: AlertId,
    state: State,
}

impl SqliteStore {
    pub(super) async fn expire_due(&self) -> Result<Vec<Change>> {
        let [listed, archived] = DUE;
        let mut changes = self.take_out(&listed, Duration::ZERO).await?;
        changes.extend(self.take_out(&archived, Duration::ZERO).await?);
        Ok(changes)
    }

    /// Takes out what is so since long enough, some at a time; none when nothing is left that can be.
    pub(super) async fn take_out(&self, leaving: &Leaving, since: Duration) -> Result<Vec<Change>> {
        let mut passed = Passed::default();
        while let Some(changes) = self.take_some_out(leaving, since, &mut passed).await? {
            if !changes.is_empty() {
                return Ok(changes);
            }
        }
        Ok(Vec::new())
    }

    /// The same after what was passed over. None: nothing comes after it.
    async fn take_some_out(
        &self,
        leaving: &Leaving,
        since: Duration,
        passed: &mut Passed,
    ) -> Result<Option<Vec<Change>>> {
        let (sql, since, after) = (leaving.find(), row::duration(since), passed.rows);
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
            changes.extend(self.expire_or_pass(&mut tx, row, passed).await?);
        }
        tx.commit().await?;
        Ok(Some(changes))
    }

    /// The others of a transaction stand, whatever comes of one.
    async fn expire_or_pass(
        &self,
        conn: &mut SqliteConnection,
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
        let expired = self.expire(&mut point, found).await;
        let change = pass_over_damage(expired, || format!("inbox {user}"))?;
        if change.is_some() {
            point.commit().await?;
        } else {
            point.rollback().await?;
            passed.leave(user);
        }
        Ok(change)
    }

    async fn expire(&self, conn: &mut SqliteConnection, found: Found) -> Result<Change> {
        let Found { user, id, state } = found;
        let standing = self.advance(conn, &user, Moves::new(1, Some(state), None)).await?;
        let update = sqlx::query(EXPIRE).bind(&id.0.as_bytes()[..]).bind(standing.position.revision);
        update.execute(&mut *conn).await?;
        self.record(conn, &user, standing, What::Expired, vec![id]).await
    }
}

fn found(row: &SqliteRow) -> Result<Found> {
    let user: &str = row.try_get("user_id")?;
    let state = State { unread: row.try_get("unread")?, archived: row.try_get("archived")? };
    Ok(Found { user: row::parsed(user)?, id: row::id(row.try_get("id")?)?, state })
}
