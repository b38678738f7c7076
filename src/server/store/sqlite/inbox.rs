//! The inbox row and the change log: what every write goes through.
//!
//! A write finds out where the inbox stands, writes its alerts, and ends with [`record`]: one revision, one row of
//! the log, one transaction. There is one writer at a time, so nothing changes in between.

use sqlx::{Row, Sqlite, SqliteConnection, Transaction, sqlite::SqliteRow};

use super::{Result, SqliteStore, read, row};
use crate::{
    domain::{AlertId, Change, Moves, Position, UserId, What},
    server::store::{Standing, seen::unseen, unreadable::needed, what},
};

const MAKE_PERSON: &str = "
    insert into people (id, name, created_at) select ?1, ?1, now from clock where true
    on conflict do nothing";

const MAKE_INBOX: &str = "
    insert into inboxes (user_id, id, revision, unread) values (?1, random(), 0, 0)
    on conflict do nothing";

pub(super) const STANDING: &str = concat!(
    "select id, revision, ",
    unseen!(),
    " as unseen, unread, archived, snoozed, seen from inboxes where user_id = ?1"
);

const ADVANCE: &str = "
    update inboxes set revision = ?2, counted_at = ?2, unseen = ?3, unread = ?4, archived = ?5, snoozed = ?6, seen = ?7
    where user_id = ?1";

const RECORD: &str = "
    insert into changes (user_id, revision, unseen, unread, archived, snoozed, what, alert_ids, subject, seen, created_at)
    select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, now from clock";

/// Makes the person and the inbox where they are missing.
pub(super) async fn make(conn: &mut SqliteConnection, user: &UserId) -> Result<()> {
    for sql in [MAKE_PERSON, MAKE_INBOX] {
        sqlx::query(sql).bind(user.as_str()).execute(&mut *conn).await?;
    }
    Ok(())
}

impl SqliteStore {
    /// Begins a read transaction and reads where the inbox stands in it.
    /// Only the first look at an inbox that is not there yet writes: it makes it.
    pub(super) async fn begin_read(&self, user: &UserId) -> Result<(Transaction<'static, Sqlite>, Standing)> {
        let mut tx = self.readers.begin().await?;
        if let Some(standing) = self.standing_in(&mut tx, user).await? {
            return Ok((tx, standing));
        }
        drop(tx);
        self.make_inbox(user).await?;
        let mut tx = self.readers.begin().await?;
        let standing = self.standing_in(&mut tx, user).await?.ok_or(sqlx::Error::RowNotFound)?;
        Ok((tx, standing))
    }

    async fn make_inbox(&self, user: &UserId) -> Result<()> {
        let mut tx = self.begin_write().await?;
        make(&mut tx, user).await?;
        tx.commit().await
    }

    /// Where the inbox stands in this transaction; none when there is no inbox.
    pub(super) async fn standing_in(
        &self,
        conn: &mut SqliteConnection,
        user: &UserId,
    ) -> Result<Option<Standing>> {
        let found = sqlx::query(STANDING).bind(user.as_str()).fetch_optional(conn).await?;
        let read = |row| needed(self.standing_of(&row), || format!("inbox {user}"));
        found.map(read).transpose()
    }

    fn standing_of(&self, row: &SqliteRow) -> Result<Standing> {
        let inbox: i64 = row.try_get("id")?;
        let revision = row.try_get("revision")?;
        let position = Position { epoch: self.epoch, inbox: inbox.cast_unsigned(), revision };
        Ok(Standing { position, counts: row::counts(row)?, seen: row.try_get("seen")? })
    }

    /// The same of one that is made where it is missing.
    pub(super) async fn standing_or_made(
        &self,
        conn: &mut SqliteConnection,
        user: &UserId,
    ) -> Result<Standing> {
        if let Some(standing) = self.standing_in(conn, user).await? {
            return Ok(standing);
        }
        make(conn, user).await?;
        self.standing_in(conn, user).await?.ok_or(sqlx::Error::RowNotFound)
    }
}

/// Where an inbox stands after its next change, in which some alerts go from one state to another.
pub(super) fn next(standing: Standing, moves: Moves) -> Result<Standing> {
    standing.next(moves).ok_or_else(|| row::damaged("a count below zero"))
}

/// Moves an inbox on to its next standing and appends that to the log. The alerts must have been written before.
pub(super) async fn record(
    conn: &mut SqliteConnection,
    user: &UserId,
    standing: Standing,
    what: What,
    ids: Vec<AlertId>,
) -> Result<Change> {
    let Standing { position, counts, seen } = standing;
    let numbered = |sql| {
        let query = sqlx::query(sql).bind(user.as_str()).bind(position.revision);
        query.bind(counts.unseen).bind(counts.unread).bind(counts.archived).bind(counts.snoozed)
    };
    numbered(ADVANCE).bind(seen).execute(&mut *conn).await?;
    let (name, subject) = what::columns(&what);
    let recorded =
        numbered(RECORD).bind(name).bind(row::id_bytes(&ids)).bind(subject).bind(what::seen(&what));
    recorded.execute(&mut *conn).await?;
    let mut change = Change { user: user.clone(), position, counts, what, ids, alerts: Vec::new() };
    if change.carries_alerts() {
        change.alerts = read::by_ids(conn, user, &change.ids).await?;
    }
    Ok(change)
}
