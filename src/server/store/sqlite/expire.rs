//! What falls due leaves the inbox, each alert by a revision of its own.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Row, SqliteConnection, sqlite::SqliteRow};

use super::{Result, SqliteStore, row};
use crate::domain::{AlertId, Change, UserId, What};

/// Alerts that are to leave: those that fit, some time after a moment of theirs.
pub(super) struct Leaving {
    which: &'static str,
    since: &'static str,
}

/// What falls due on a day of its own.
pub(super) const DUE: Leaving = Leaving { which: "true", since: "expires_at" };

/// What was read long ago.
pub(super) const READ: Leaving = Leaving { which: "read_at is not null", since: "read_at" };

/// What has been unread for long.
pub(super) const UNREAD: Leaving =
    Leaving { which: "read_at is null", since: "coalesce(unread_at, created_at)" };

impl Leaving {
    /// Whoever cannot be a user has nobody to tell.
    pub(super) fn find(&self) -> String {
        let Self { which, since } = self;
        format!(
            "select user_id, id, read_at is null as unread from alerts
             where expired_at is null and {which} and {since} <= (select now from clock) - ?1
                 and user_id not glob '*[^-A-Za-z0-9_.@:]*' and length(user_id) between 1 and 64
             order by {since} limit 100"
        )
    }
}

const EXPIRE: &str = "
    update alerts set revision = ?2, expired_at = (select now from clock) where id = ?1";

struct Found {
    user: UserId,
    id: AlertId,
    unread: bool,
}

impl SqliteStore {
    pub(super) async fn expire_due(&self) -> Result<Vec<Change>> {
        self.take_out(&DUE, Duration::ZERO).await
    }

    /// Takes out what is so since long enough.
    pub(super) async fn take_out(&self, leaving: &Leaving, since: Duration) -> Result<Vec<Change>> {
        let (find, since) = (|| sqlx::query(AssertSqlSafe(leaving.find())), row::duration(since));
        // The common case takes no lock: nothing is due.
        if find().bind(since).fetch_optional(&self.readers).await?.is_none() {
            return Ok(Vec::new());
        }
        let mut tx = self.begin_write().await?;
        let rows = find().bind(since).fetch_all(&mut *tx).await?;
        let mut changes = Vec::with_capacity(rows.len());
        for row in &rows {
            changes.push(self.expire(&mut tx, found(row)?).await?);
        }
        tx.commit().await?;
        Ok(changes)
    }

    async fn expire(&self, conn: &mut SqliteConnection, found: Found) -> Result<Change> {
        let Found { user, id, unread } = found;
        let standing = self.advance(conn, &user, -i64::from(unread)).await?;
        let update = sqlx::query(EXPIRE).bind(&id.0.as_bytes()[..]).bind(standing.position.revision);
        update.execute(&mut *conn).await?;
        self.record(conn, &user, standing, What::Expired, vec![id]).await
    }
}

fn found(row: &SqliteRow) -> Result<Found> {
    let user: &str = row.try_get("user_id")?;
    Ok(Found { user: row::parsed(user)?, id: row::id(row.try_get("id")?)?, unread: row.try_get("unread")? })
}
