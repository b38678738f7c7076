//! The inbox row, which a write locks, and the change log, with which it ends.

use sqlx::{PgConnection, Postgres, Transaction, postgres::PgQueryResult};

use super::{PostgresStore, Result, read, row};
use crate::{
    domain::{AlertId, Change, Moves, Position, UserId, What},
    server::store::{Standing, unreadable::needed, what::columns},
};

const MAKE: &str = "
    with made as (insert into people (id, name) values ($1, $1) on conflict do nothing)
    insert into inboxes (user_id) values ($1) on conflict do nothing";

pub(super) const STANDING: &str = "
    select epoch, inboxes.id as inbox, revision, unread, archived, snoozed from inboxes cross join store where user_id = $1";

pub(super) const LOCK: &str = "
    select epoch, inboxes.id as inbox, revision, unread, archived, snoozed from inboxes cross join store where user_id = $1
    for no key update of inboxes";

/// The inbox is locked before, so its new revision and counts are known.
pub(super) const RECORD: &str = "
    with advanced as (
        update inboxes set revision = $2, unread = $3, archived = $4, snoozed = $5 where user_id = $1
    )
    insert into changes (user_id, revision, unread, archived, snoozed, what, subject, alert_ids)
    values ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Makes the person and the inbox where they are missing.
pub(super) async fn make(conn: &mut PgConnection, user: &UserId) -> Result<PgQueryResult> {
    sqlx::query(MAKE).bind(user.as_str()).execute(conn).await
}

/// Where the inbox stands in this transaction; none when there is no inbox.
pub(super) async fn standing(conn: &mut PgConnection, user: &UserId) -> Result<Option<Standing>> {
    let found = sqlx::query(STANDING).bind(user.as_str()).fetch_optional(conn).await?;
    found.map(|row| needed(row::standing(&row), || format!("inbox {user}"))).transpose()
}

/// Locks the inbox to the end of the transaction. None: there is no inbox.
pub(super) async fn lock(conn: &mut PgConnection, user: &UserId) -> Result<Option<Standing>> {
    let found = sqlx::query(LOCK).bind(user.as_str()).fetch_optional(conn).await?;
    found.as_ref().map(row::standing).transpose()
}

/// Where a locked inbox stands after its next change, in which some alerts go from one state to another.
pub(super) fn next(standing: Standing, moves: Moves) -> Result<Standing> {
    let Standing { position, counts } = standing;
    let counts = counts.after(moves).ok_or_else(|| row::damaged("a count below zero"))?;
    Ok(Standing { position: Position { revision: position.revision + 1, ..position }, counts })
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
    let Standing { position, counts } = standing;
    let (name, subject) = columns(&what);
    sqlx::query(RECORD)
        .bind(user.as_str())
        .bind(i64::from(position.revision))
        .bind(i64::from(counts.unread))
        .bind(i64::from(counts.archived))
        .bind(i64::from(counts.snoozed))
        .bind(name)
        .bind(subject)
        .bind(row::uuids(&ids))
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
