//! The inbox row and the change log: what every write goes through.
//!
//! A write takes its revision by [`SqliteStore::advance`], writes its alerts with it, and ends with
//! [`SqliteStore::record`]: one revision, one row of the log, one transaction.

use sqlx::{Row, Sqlite, SqliteConnection, Transaction, sqlite::SqliteRow};

use super::{Result, SqliteStore, read, row};
use crate::{
    domain::{AlertId, Change, Moves, Position, UserId, What},
    server::store::{Standing, unreadable::needed, what::columns},
};

const MAKE_PERSON: &str = "
    insert into people (id, name, created_at) select ?1, ?1, now from clock where true
    on conflict do nothing";

const MAKE_INBOX: &str = "
    insert into inboxes (user_id, id, revision, unread) values (?1, random(), 0, 0)
    on conflict do nothing";

pub(super) const STANDING: &str =
    "select id, revision, unread, archived, snoozed from inboxes where user_id = ?1";

const ADVANCE: &str = "
    update inboxes set revision = revision + 1, unread = unread + ?2, archived = archived + ?3, snoozed = snoozed + ?4
    where user_id = ?1 returning id, revision, unread, archived, snoozed";

const RECORD: &str = "
    insert into changes (user_id, revision, what, alert_ids, subject, unread, archived, snoozed, created_at)
    select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, now from clock";

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
        Ok(Standing { position, counts: row::counts(row)? })
    }

    /// Takes the inbox's next revision, in which some alerts go from one state to another.
    pub(super) async fn advance(
        &self,
        conn: &mut SqliteConnection,
        user: &UserId,
        moves: Moves,
    ) -> Result<Standing> {
        let advance = sqlx::query(ADVANCE)
            .bind(user.as_str())
            .bind(moves.by(|counts| counts.unread))
            .bind(moves.by(|counts| counts.archived))
            .bind(moves.by(|counts| counts.snoozed));
        self.standing_of(&advance.fetch_one(conn).await?)
    }

    /// Appends the revision taken to the log. The alerts must have been written before.
    pub(super) async fn record(
        &self,
        conn: &mut SqliteConnection,
        user: &UserId,
        standing: Standing,
        what: What,
        ids: Vec<AlertId>,
    ) -> Result<Change> {
        let Standing { position, counts } = standing;
        let (name, subject) = columns(&what);
        sqlx::query(RECORD)
            .bind(user.as_str())
            .bind(position.revision)
            .bind(name)
            .bind(row::id_bytes(&ids))
            .bind(subject)
            .bind(counts.unread)
            .bind(counts.archived)
            .bind(counts.snoozed)
            .execute(&mut *conn)
            .await?;
        let mut change = Change { user: user.clone(), position, counts, what, ids, alerts: Vec::new() };
        if change.carries_alerts() {
            change.alerts = read::by_ids(conn, user, &change.ids).await?;
        }
        Ok(change)
    }
}
