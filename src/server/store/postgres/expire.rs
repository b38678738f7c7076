//! What falls due leaves the inbox, each alert by a revision of its own.

use sqlx::Row;

use super::{PostgresStore, Result, inbox, row};
use crate::domain::{AlertId, Change, UserId, What};

/// The time of the statement: an index cannot be asked for one that moves.
pub(super) const DUE: &str = "
    select user_id, id from listed
    where expires_at <= statement_timestamp() order by expires_at limit 100";

/// Whoever holds the inbox may be a node at the same work: it is left to that one.
const LOCK: &str = "
    select epoch, inboxes.id as inbox, revision, unread from inboxes cross join store where user_id = $1
    for no key update of inboxes skip locked";

/// Nothing comes back when another node was faster.
const EXPIRE: &str = "
    update alerts set revision = $2, expired_at = clock_timestamp() where id = $1 and expired_at is null
    returning read_at is null as unread";

impl PostgresStore {
    pub(super) async fn expire_due(&self) -> Result<Vec<Change>> {
        let rows = sqlx::query(DUE).fetch_all(&self.pool).await?;
        let mut changes = Vec::with_capacity(rows.len());
        for row in &rows {
            let user: UserId = row::parsed(row.try_get("user_id")?)?;
            changes.extend(self.expire(&user, AlertId(row.try_get("id")?)).await?);
        }
        Ok(changes)
    }

    /// One transaction an alert: no two inboxes are ever locked at once.
    async fn expire(&self, user: &UserId, id: AlertId) -> Result<Option<Change>> {
        let mut tx = self.begin_write().await?;
        let locked = sqlx::query(LOCK).bind(user.as_str()).fetch_optional(&mut *tx).await?;
        let Some(locked) = locked else { return Ok(None) };
        let standing = row::standing(&locked)?;
        let expire = sqlx::query(EXPIRE).bind(id.0).bind(i64::from(standing.position.revision) + 1);
        let Some(gone) = expire.fetch_optional(&mut *tx).await? else { return Ok(None) };
        let fewer = i64::from(gone.try_get::<bool, _>("unread")?);
        let standing = inbox::next(standing, -fewer)?;
        let change = inbox::record(&mut tx, user, standing, What::Expired, vec![id]).await?;
        tx.commit().await?;
        Ok(Some(change))
    }
}
