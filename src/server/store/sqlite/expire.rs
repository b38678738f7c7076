//! What falls due leaves the inbox, each alert by a revision of its own.

use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Result, SqliteStore, row};
use crate::domain::{AlertId, Change, UserId, What};

pub(super) const DUE: &str = "
    select user_id, id, read_at is null as unread from listed
    where expires_at <= (select now from clock) order by expires_at limit 100";

const EXPIRE: &str = "
    update alerts set revision = ?2, expired_at = (select now from clock) where id = ?1";

struct Due {
    user: UserId,
    id: AlertId,
    unread: bool,
}

impl SqliteStore {
    pub(super) async fn expire_due(&self) -> Result<Vec<Change>> {
        // The common case takes no lock: nothing is due.
        if sqlx::query(DUE).fetch_optional(&self.readers).await?.is_none() {
            return Ok(Vec::new());
        }
        let mut tx = self.begin_write().await?;
        let rows = sqlx::query(DUE).fetch_all(&mut *tx).await?;
        let mut changes = Vec::with_capacity(rows.len());
        for row in &rows {
            changes.push(self.expire(&mut tx, due(row)?).await?);
        }
        tx.commit().await?;
        Ok(changes)
    }

    async fn expire(&self, conn: &mut SqliteConnection, due: Due) -> Result<Change> {
        let standing = self.advance(conn, &due.user, -i64::from(due.unread)).await?;
        let update = sqlx::query(EXPIRE).bind(&due.id.0.as_bytes()[..]).bind(standing.position.revision);
        update.execute(&mut *conn).await?;
        self.record(conn, &due.user, standing, What::Expired, vec![due.id]).await
    }
}

fn due(row: &SqliteRow) -> Result<Due> {
    let user: &str = row.try_get("user_id")?;
    Ok(Due { user: row::parsed(user)?, id: row::id(row.try_get("id")?)?, unread: row.try_get("unread")? })
}
