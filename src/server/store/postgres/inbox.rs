//! The inbox row, which a write locks, and the change log, with which it ends.

use sqlx::{PgConnection, Postgres, Row, Transaction, postgres::PgQueryResult};

use super::{PostgresStore, Result, read, row};
use crate::{
    domain::{AlertId, Change, Moves, UserId, What},
    server::store::{Standing, seen::unseen, unreadable::needed, what},
};

const MAKE: &str = "
    with made as (insert into people (id, name) values ($1, $1) on conflict do nothing)
    insert into inboxes (user_id) values ($1) on conflict do nothing";

pub(super) const STANDING: &str = concat!(
    "select epoch, inboxes.id as inbox, revision, ",
    unseen!(),
    " as unseen, unread, archived, snoozed, seen from inboxes cross join store where user_id = $1"
);

macro_rules! lock {
    ($if_held:literal) => {
        concat!(
            "select epoch, inboxes.id as inbox, revision, unseen, unread, archived, snoozed, seen,
                    counted_at = revision as counted
             from inboxes cross join store where user_id = $1 for no key update of inboxes",
            $if_held
        )
    };
}

pub(super) const LOCK: &str = lock!("");

/// The same, unless somebody else holds the inbox.
pub(super) const LOCK_IF_FREE: &str = lock!(" skip locked");

/// Keeps what was counted anew.
const COUNTED: &str = "
    update inboxes set unseen = $2, counted_at = revision where user_id = $1 and counted_at <> revision";

/// The inbox is locked before, so its new revision and counts are known.
pub(super) const RECORD: &str = "
    with advanced as (
        update inboxes set revision = $2, counted_at = $2, unseen = $3, unread = $4, archived = $5, snoozed = $6, seen = $7
        where user_id = $1
    )
    insert into changes (user_id, revision, unseen, unread, archived, snoozed, what, subject, alert_ids, seen)
    values ($1, $2, $3, $4, $5, $6, $8, $9, $10, $11)";

/// Makes the person and the inbox where they are missing.
pub(super) async fn make(conn: &mut PgConnection, user: &UserId) -> Result<PgQueryResult> {
    sqlx::query(MAKE).bind(user.as_str()).execute(conn).await
}

/// Where the inbox stands in this transaction; none when there is no inbox.
pub(super) async fn standing(conn: &mut PgConnection, user: &UserId) -> Result<Option<Standing>> {
    let found = sqlx::query(STANDING).bind(user.as_str()).fetch_optional(conn).await?;
    found.map(|row| needed(row::standing(&row), || format!("inbox {user}"))).transpose()
}

/// Locks the inbox to the end of the transaction, by [`LOCK`] or [`LOCK_IF_FREE`]. None: there is no inbox to lock.
pub(super) async fn lock_by(
    sql: &'static str,
    conn: &mut PgConnection,
    user: &UserId,
) -> Result<Option<Standing>> {
    let found = sqlx::query(sql).bind(user.as_str()).fetch_optional(&mut *conn).await?;
    let Some(found) = found else { return Ok(None) };
    if found.try_get("counted")? {
        return row::standing(&found).map(Some);
    }
    // By a statement of its own: that one does not see what others wrote while it waited.
    standing(conn, user).await
}

/// Locks the inbox to the end of the transaction. None: there is no inbox.
pub(super) async fn lock(conn: &mut PgConnection, user: &UserId) -> Result<Option<Standing>> {
    lock_by(LOCK, conn, user).await
}

/// Makes the person and the inbox where they are missing, and counts what has to be counted anew.
pub(super) async fn prepare(conn: &mut PgConnection, user: &UserId) -> Result<()> {
    make(conn, user).await?;
    let Some(standing) = lock(conn, user).await? else { return Ok(()) };
    let counted = sqlx::query(COUNTED).bind(user.as_str()).bind(i64::from(standing.counts.unseen));
    counted.execute(conn).await?;
    Ok(())
}

/// Where a locked inbox stands after its next change, in which some alerts go from one state to another.
pub(super) fn next(standing: Standing, moves: Moves) -> Result<Standing> {
    standing.next(moves).ok_or_else(|| row::damaged("a count below zero"))
}

/// Moves a locked inbox on to its next standing and appends that to the log. The alerts must have
/// been written before.
pub(super) async fn record(
    conn: &mut PgConnection,
    user: &UserId,
    standing: Standing,
    what: What,
    ids: Vec<AlertId>,
) -> Result<Change> {
    let Standing { position, counts, seen } = standing;
    let (name, subject) = what::columns(&what);
    sqlx::query(RECORD)
        .bind(user.as_str())
        .bind(i64::from(position.revision))
        .bind(i64::from(counts.unseen))
        .bind(i64::from(counts.unread))
        .bind(i64::from(counts.archived))
        .bind(i64::from(counts.snoozed))
        .bind(i64::from(seen))
        .bind(name)
        .bind(subject)
        .bind(row::uuids(&ids))
        .bind(what::seen(&what).map(i64::from))
        .execute(&mut *conn)
        .await?;
    let mut change = Change { user: user.clone(), position, counts, what, ids, alerts: Vec::new() };
    if change.carries_alerts() {
        change.alerts = read::by_ids(conn, user, &change.ids).await?;
    }
    Ok(change)
}

impl PostgresStore {
    /// Begins a look at one moment and reads where the inbox stands in it.
    /// Only the first look at an inbox that is not there yet writes: it makes it.
    pub(super) async fn begin_read(
        &self,
        user: &UserId,
    ) -> Result<(Transaction<'static, Postgres>, Standing)> {
        let mut tx = self.begin_snapshot().await?;
        if let Some(standing) = standing(&mut tx, user).await? {
            return Ok((tx, standing));
        }
        tx.rollback().await?;
        make(&mut *self.pool.acquire().await?, user).await?;
        let mut tx = self.begin_snapshot().await?;
        let standing = standing(&mut tx, user).await?.ok_or(sqlx::Error::RowNotFound)?;
        Ok((tx, standing))
    }

    /// Where the inbox stands. One statement is one moment.
    pub(super) async fn standing(&self, user: &UserId) -> Result<Standing> {
        let mut conn = self.pool.acquire().await?;
        if let Some(standing) = standing(&mut conn, user).await? {
            return Ok(standing);
        }
        make(&mut conn, user).await?;
        standing(&mut conn, user).await?.ok_or(sqlx::Error::RowNotFound)
    }
}
