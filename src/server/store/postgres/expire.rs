//! What falls due leaves the inbox or the archive, each alert by a revision of its own.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Row, postgres::PgRow};

use super::{PostgresStore, Result, inbox, row};
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
    /// By the time of the statement: an index cannot be asked for one that moves.
    fn condition(&self) -> String {
        format!("{} and {} <= statement_timestamp() - $1 * interval '1 ms'", self.which, self.since)
    }

    /// After those that were passed over. Whoever cannot be a user has nobody to tell.
    pub(super) fn find(&self) -> String {
        let (leaves, since) = (self.condition(), self.since);
        format!(
            "select user_id, id from alerts where {leaves} and user_id ~ '^[-A-Za-z0-9_.@:]{{1,64}}$'
                 and user_id <> all ($3::text[])
             order by {since} limit 100 offset $2"
        )
    }

    /// Nothing comes back when another node was faster, or the alert's owner was. By its id: "is true" keeps
    /// the database from looking for it among all that are old enough.
    pub(super) fn take(&self) -> String {
        let leaves = self.condition();
        format!(
            "update alerts set revision = $3, archived_at = null, expired_at = clock_timestamp()
             from (select id, archived_at is not null as archived from alerts where id = $2) as before
             where alerts.id = before.id and ({leaves}) is true
             returning read_at is null as unread, before.archived"
        )
    }
}

/// Whoever holds the inbox may be a node at the same work: it is left to that one.
const LOCK: &str = "
    select epoch, inboxes.id as inbox, revision, unread, archived from inboxes cross join store where user_id = $1
    for no key update of inboxes skip locked";

impl PostgresStore {
    pub(super) async fn expire_due(&self) -> Result<Vec<Change>> {
        let [listed, archived] = DUE;
        let mut changes = self.take_out(&listed, Duration::ZERO).await?;
        changes.extend(self.take_out(&archived, Duration::ZERO).await?);
        Ok(changes)
    }

    /// Takes out what is so since long enough, some at a time; none when nothing is left that can be.
    pub(super) async fn take_out(&self, leaving: &Leaving, since: Duration) -> Result<Vec<Change>> {
        let (since, mut passed) = (row::millis(since), Passed::default());
        loop {
            let find = sqlx::query(AssertSqlSafe(leaving.find())).bind(since).bind(passed.rows);
            let rows = find.bind(passed.inboxes()).fetch_all(&self.pool).await?;
            let mut changes = Vec::with_capacity(rows.len());
            for row in &rows {
                changes.extend(self.expire_or_pass(leaving, since, row, &mut passed).await?);
            }
            if rows.is_empty() || !changes.is_empty() {
                return Ok(changes);
            }
        }
    }

    async fn expire_or_pass(
        &self,
        leaving: &Leaving,
        since: f64,
        row: &PgRow,
        passed: &mut Passed,
    ) -> Result<Option<Change>> {
        let Some((user, id)) = pass_over(found(row), || format!("alert {}", row::named(row))) else {
            passed.rows += 1;
            return Ok(None);
        };
        if passed.holds(&user) {
            return Ok(None);
        }
        let expired = self.expire(leaving, since, &user, id).await;
        let change = pass_over_damage(expired, || format!("inbox {user}"))?.flatten();
        if change.is_none() {
            passed.leave(user);
        }
        Ok(change)
    }

    /// One transaction an alert: no two inboxes are ever locked at once.
    async fn expire(
        &self,
        leaving: &Leaving,
        since: f64,
        user: &UserId,
        id: AlertId,
    ) -> Result<Option<Change>> {
        let mut tx = self.begin_write().await?;
        let locked = sqlx::query(LOCK).bind(user.as_str()).fetch_optional(&mut *tx).await?;
        let Some(locked) = locked else { return Ok(None) };
        let standing = row::standing(&locked)?;
        let next = i64::from(standing.position.revision) + 1;
        let take = sqlx::query(AssertSqlSafe(leaving.take())).bind(since).bind(id.0).bind(next);
        let Some(gone) = take.fetch_optional(&mut *tx).await? else { return Ok(None) };
        let state = State { unread: gone.try_get("unread")?, archived: gone.try_get("archived")? };
        let standing = inbox::next(standing, Moves::new(1, Some(state), None))?;
        let change = inbox::record(&mut tx, user, standing, What::Expired, vec![id]).await?;
        tx.commit().await?;
        Ok(Some(change))
    }
}

fn found(row: &PgRow) -> Result<(UserId, AlertId)> {
    Ok((row::parsed(row.try_get("user_id")?)?, AlertId(row.try_get("id")?)))
}
