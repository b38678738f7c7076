//! What time brings: what falls due leaves, and what was put off comes back, each alert by a revision of its own.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Row, postgres::PgRow};

use super::{PostgresStore, Result, inbox, row};
use crate::{
    domain::{AlertId, Change, UserId, What},
    server::store::{
        due::{DUE, Due},
        unreadable::{Passed, pass_over, pass_over_damage},
    },
};

/// By the time of the statement: an index cannot be asked for one that moves.
fn condition(due: &Due) -> String {
    format!("{} and {} <= statement_timestamp() - $1 * interval '1 ms'", due.which, due.since)
}

/// After those that were passed over. Whoever cannot be a user has nobody to tell.
pub(super) fn find(due: &Due) -> String {
    let (is_due, since) = (condition(due), due.since);
    format!(
        "select user_id, id from alerts where {is_due} and user_id ~ '^[-A-Za-z0-9_.@:]{{1,64}}$'
             and user_id <> all ($3::text[])
         order by {since} limit 100 offset $2"
    )
}

/// Nothing comes back when another node was faster, or the alert's owner was. By its id: "is true" keeps
/// the database from looking for it among all that are old enough.
pub(super) fn take(due: &Due) -> String {
    let (is_due, made) = (condition(due), if due.what == What::Woken { WOKEN } else { EXPIRED });
    format!(
        "update alerts set revision = $3, snoozed_until = null, place = null, {made}
         from (select id, created_revision as created, read_at is null as unread, place as was
               from alerts where id = $2) as before
         where alerts.id = before.id and ({is_due}) is true
         returning before.created, before.unread, before.was as place"
    )
}

const EXPIRED: &str = "expired_at = clock_timestamp()";

const WOKEN: &str = "
    expired_at = null, read_at = null, unread_at = clock_timestamp(), unread_since = $3,
    raised_revision = coalesce(raised_revision, created_revision), created_revision = $3";

impl PostgresStore {
    pub(super) async fn fall_due(&self) -> Result<Vec<Change>> {
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
            let find = sqlx::query(AssertSqlSafe(find(due))).bind(since).bind(passed.rows);
            let rows = find.bind(passed.inboxes()).fetch_all(&self.pool).await?;
            let mut changes = Vec::with_capacity(rows.len());
            for row in &rows {
                changes.extend(self.happen_or_pass(due, since, row, &mut passed).await?);
            }
            if rows.is_empty() || !changes.is_empty() {
                return Ok(changes);
            }
        }
    }

    async fn happen_or_pass(
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
        let made = self.happen(due, since, &user, id).await;
        let change = pass_over_damage(made, || format!("inbox {user}"))?.flatten();
        if change.is_none() {
            passed.leave(user);
        }
        Ok(change)
    }

    /// One transaction an alert: no two inboxes are ever locked at once. Whoever holds the inbox may be a node at
    /// the same work: it is left to that one.
    async fn happen(&self, due: &Due, since: f64, user: &UserId, id: AlertId) -> Result<Option<Change>> {
        let mut tx = self.begin_write().await?;
        let locked = inbox::lock_by(inbox::LOCK_IF_FREE, &mut tx, user).await?;
        let Some(standing) = locked else { return Ok(None) };
        let next = i64::from(standing.position.revision) + 1;
        let take = sqlx::query(AssertSqlSafe(take(due))).bind(since).bind(id.0).bind(next);
        let Some(before) = take.fetch_optional(&mut *tx).await? else { return Ok(None) };
        let created = row::count(&before, "created")?;
        let standing = inbox::next(standing, due.moves(&standing, created, row::state(&before)?))?;
        let change = inbox::record(&mut tx, user, standing, due.what.clone(), vec![id]).await?;
        tx.commit().await?;
        Ok(Some(change))
    }
}

fn found(row: &PgRow) -> Result<(UserId, AlertId)> {
    Ok((row::parsed(row.try_get("user_id")?)?, AlertId(row.try_get("id")?)))
}
