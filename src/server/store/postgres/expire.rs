//! What time brings: what falls due leaves, and what was put off comes back, each alert by a revision of its own.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Row, postgres::PgRow};

use super::{PostgresStore, Result, inbox, row};
use crate::{
    domain::{AlertId, Change, Moves, State, UserId, What},
    server::store::unreadable::{Passed, pass_over, pass_over_damage},
};

/// What time brings: to alerts that fit, some time after a moment of theirs.
pub(super) struct Due {
    which: &'static str,
    since: &'static str,
    what: What,
}

/// What falls due on a day of its own, in the inbox or elsewhere, and what comes back then.
pub(super) const DUE: [Due; 3] = [
    Due { which: "expired_at is null", since: "expires_at", what: What::Expired },
    Due { which: "place <> 'DELETED'", since: "expires_at", what: What::Expired },
    Due { which: "place = 'SNOOZED'", since: "snoozed_until", what: What::Woken },
];

/// What was read long ago, has been unread for long, was put away long ago.
pub(super) const READ: Due =
    Due { which: "expired_at is null and read_at is not null", since: "read_at", what: What::Expired };
pub(super) const UNREAD: Due = Due {
    which: "expired_at is null and read_at is null",
    since: "coalesce(unread_at, created_at)",
    what: What::Expired,
};
pub(super) const ARCHIVED: Due = Due { which: "place = 'ARCHIVE'", since: "expired_at", what: What::Expired };

impl Due {
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
        let (due, made) = (self.condition(), if self.what == What::Woken { WOKEN } else { EXPIRED });
        format!(
            "update alerts set revision = $3, snoozed_until = null, place = null, {made}
             from (select id, read_at is null as unread, place as was from alerts where id = $2) as before
             where alerts.id = before.id and ({due}) is true
             returning before.unread, before.was as place"
        )
    }

    /// What an alert is then; none: it is gone.
    fn after(&self) -> Option<State> {
        (self.what == What::Woken).then_some(State::RAISED)
    }
}

const EXPIRED: &str = "expired_at = clock_timestamp()";

const WOKEN: &str = "
    expired_at = null, read_at = null, unread_at = clock_timestamp(), unread_since = $3,
    raised_revision = coalesce(raised_revision, created_revision), created_revision = $3";

/// Whoever holds the inbox may be a node at the same work: it is left to that one.
const LOCK: &str = "
    select epoch, inboxes.id as inbox, revision, unread, archived, snoozed from inboxes cross join store where user_id = $1
    for no key update of inboxes skip locked";

impl PostgresStore {
    pub(super) async fn expire_due(&self) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        for due in &DUE {
            changes.extend(self.take_out(due, Duration::ZERO).await?);
        }
        Ok(changes)
    }

    /// Takes out what is so since long enough, some at a time; none when nothing is left that can be.
    pub(super) async fn take_out(&self, due: &Due, since: Duration) -> Result<Vec<Change>> {
        let (since, mut passed) = (row::millis(since), Passed::default());
        loop {
            let find = sqlx::query(AssertSqlSafe(due.find())).bind(since).bind(passed.rows);
            let rows = find.bind(passed.inboxes()).fetch_all(&self.pool).await?;
            let mut changes = Vec::with_capacity(rows.len());
            for row in &rows {
                changes.extend(self.expire_or_pass(due, since, row, &mut passed).await?);
            }
            if rows.is_empty() || !changes.is_empty() {
                return Ok(changes);
            }
        }
    }

    async fn expire_or_pass(
        &self,
        due: &Due,
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
        let expired = self.expire(due, since, &user, id).await;
        let change = pass_over_damage(expired, || format!("inbox {user}"))?.flatten();
        if change.is_none() {
            passed.leave(user);
        }
        Ok(change)
    }

    /// One transaction an alert: no two inboxes are ever locked at once.
    async fn expire(&self, due: &Due, since: f64, user: &UserId, id: AlertId) -> Result<Option<Change>> {
        let mut tx = self.begin_write().await?;
        let locked = sqlx::query(LOCK).bind(user.as_str()).fetch_optional(&mut *tx).await?;
        let Some(locked) = locked else { return Ok(None) };
        let standing = row::standing(&locked)?;
        let next = i64::from(standing.position.revision) + 1;
        let take = sqlx::query(AssertSqlSafe(due.take())).bind(since).bind(id.0).bind(next);
        let Some(gone) = take.fetch_optional(&mut *tx).await? else { return Ok(None) };
        let moves = Moves::new(1, Some(row::state(&gone)?), due.after());
        let standing = inbox::next(standing, moves)?;
        let change = inbox::record(&mut tx, user, standing, due.what.clone(), vec![id]).await?;
        tx.commit().await?;
        Ok(Some(change))
    }
}

fn found(row: &PgRow) -> Result<(UserId, AlertId)> {
    Ok((row::parsed(row.try_get("user_id")?)?, AlertId(row.try_get("id")?)))
}
