//! Browser sessions.

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use sqlx::{PgConnection, Row, postgres::PgRow};

use super::{PostgresStore, Result, StoreError, inbox, row};
use crate::{
    domain::{Change, Moves, UserId, What},
    server::store::{
        sessions::{
            Held, Lasting, MOST_LISTED, NewSession, Sessions, SignedIn, hash_of_right, hash_of_session,
            right_of,
        },
        unreadable::{pass_over, pass_over_damage},
    },
};

/// A password that is being changed is waited for: what comes of that decides.
const CREATE: &str = "
    with shown as (select from people where id = $2 and password_hash = $7 for share)
    insert into sessions (hash, user_id, data, browser, expires_at)
    select $1, $2, $3, $4, statement_timestamp() + least($5::float8, $6::float8) * interval '1 ms'
    where $7::text is null or exists (select from shown)
    on conflict do nothing";

pub(super) const LOAD: &str = "
    select hash, data, extract(epoch from expires_at - statement_timestamp())::float8 as remaining,
           used_at <= statement_timestamp() - interval '10 minutes' as stale
    from sessions
    where hash = any (array(select decode(name, 'hex') from unnest($1::text[]) as name))
      and expires_at > statement_timestamp()";

/// One that another node notes, or ends, is left to it.
pub(super) const USE: &str = "
    update sessions
    set used_at = statement_timestamp(),
        expires_at = least(statement_timestamp() + $2 * interval '1 ms', created_at + $3 * interval '1 ms')
    where hash in (
        select hash from sessions
        where hash = any (array(select decode(name, 'hex') from unnest($1::text[]) as name))
          and expires_at > statement_timestamp()
        for no key update skip locked)";

pub(super) const LIST: &str = "
    select hash, browser, created_at, used_at from sessions
    where user_id = $1 and expires_at > statement_timestamp()
    order by used_at desc, created_at desc limit $2";

const OWNER: &str = "select user_id from sessions where hash = $1";

const END_NOBODYS: &str = "delete from sessions where hash = $1 and user_id is null";

pub(super) const END_ONE: &str = "delete from sessions where hash = $2 and user_id = $1 returning hash";

/// All, or all but one.
pub(super) const END_ALL: &str = "
    delete from sessions where user_id = $1 and ($2::bytea is null or hash <> $2) returning hash";

pub(super) const END_OLDEST: &str = "
    delete from sessions where user_id = $1 and hash <> $2 and hash in (
        select hash from sessions where user_id = $1
        order by used_at desc, created_at desc offset 100)
    returning hash";

/// After those that were passed over.
pub(super) const EXPIRED: &str = "
    select hash from sessions where expires_at <= statement_timestamp()
    order by expires_at limit 100 offset $1";

#[async_trait]
impl Sessions for PostgresStore {
    async fn create_session(&self, session: &NewSession<'_>, lasting: Lasting) -> Result<bool, StoreError> {
        let create = sqlx::query(CREATE)
            .bind(hash_of_session(session.id))
            .bind(session.user.map(UserId::as_str))
            .bind(session.data)
            .bind(session.browser)
            .bind(row::millis(lasting.unused))
            .bind(row::millis(lasting.longest))
            .bind(session.password_hash);
        Ok(create.execute(&self.pool).await?.rows_affected() == 1)
    }

    async fn sessions(&self, rights: &[String]) -> Result<HashMap<String, Held>, StoreError> {
        let rows = sqlx::query(LOAD).bind(rights).fetch_all(&self.pool).await?;
        Ok(rows.iter().filter_map(readable).collect())
    }

    async fn use_sessions(&self, rights: &[String], lasting: Lasting) -> Result<(), StoreError> {
        let note = sqlx::query(USE).bind(rights);
        let note = note.bind(row::millis(lasting.unused)).bind(row::millis(lasting.longest));
        note.execute(&self.pool).await?;
        Ok(())
    }

    async fn sessions_of(&self, user: &UserId) -> Result<Vec<SignedIn>, StoreError> {
        let list = sqlx::query(LIST).bind(user.as_str()).bind(MOST_LISTED);
        let rows = list.fetch_all(&self.pool).await?;
        Ok(rows.iter().filter_map(|row| pass_over(signed_in(row), || named(row))).collect())
    }

    async fn end_session(&self, id: &str) -> Result<Option<Change>, StoreError> {
        Ok(self.end(&hash_of_session(id)).await?)
    }

    async fn end_session_of(&self, user: &UserId, right: &str) -> Result<Option<Change>, StoreError> {
        let Some(hash) = hash_of_right(right) else { return Ok(None) };
        let mut tx = self.begin_write().await?;
        let ended = end_of(&mut tx, user, END_ONE, Some(&hash)).await?;
        tx.commit().await?;
        Ok(ended.into_iter().next())
    }

    async fn end_sessions_of(&self, user: &UserId, but: Option<&str>) -> Result<Vec<Change>, StoreError> {
        let mut tx = self.begin_write().await?;
        let ended = end_of(&mut tx, user, END_ALL, but.and_then(hash_of_right).as_deref()).await?;
        tx.commit().await?;
        Ok(ended)
    }

    async fn end_oldest_sessions_of(&self, user: &UserId, but: &str) -> Result<Vec<Change>, StoreError> {
        let mut tx = self.begin_write().await?;
        let ended = end_of(&mut tx, user, END_OLDEST, hash_of_right(but).as_deref()).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// One transaction a session: no two inboxes are ever locked at once.
    async fn drop_expired_sessions(&self) -> Result<Vec<Change>, StoreError> {
        let mut passed: i64 = 0;
        loop {
            let find = sqlx::query_scalar(EXPIRED).bind(passed);
            let expired: Vec<Vec<u8>> = find.fetch_all(&self.pool).await?;
            let mut changes = Vec::new();
            for hash in &expired {
                let ended = self.end(hash).await;
                match pass_over_damage(ended, || format!("session {}", right_of(hash)))? {
                    Some(change) => changes.extend(change),
                    None => passed += 1,
                }
            }
            if expired.is_empty() || !changes.is_empty() {
                return Ok(changes);
            }
        }
    }
}

impl PostgresStore {
    /// Ends a session by the hash of its id.
    pub(super) async fn end(&self, hash: &[u8]) -> Result<Option<Change>> {
        let mut tx = self.begin_write().await?;
        let owner: Option<Option<String>> =
            sqlx::query_scalar(OWNER).bind(hash).fetch_optional(&mut *tx).await?;
        let ended = match owner.flatten() {
            Some(owner) => end_of(&mut tx, &row::parsed(&owner)?, END_ONE, Some(hash)).await?,
            None => {
                sqlx::query(END_NOBODYS).bind(hash).execute(&mut *tx).await?;
                Vec::new()
            }
        };
        tx.commit().await?;
        Ok(ended.into_iter().next())
    }
}

/// Ends those of a person's sessions that a statement takes away: which one it is about is its to say. The inbox
/// is locked first by whoever ends one, so that no two of them wait for each other.
pub(super) async fn end_of(
    conn: &mut PgConnection,
    user: &UserId,
    sql: &'static str,
    hash: Option<&[u8]>,
) -> Result<Vec<Change>> {
    inbox::make(conn, user).await?;
    let mut standing = inbox::lock(conn, user).await?.ok_or(sqlx::Error::RowNotFound)?;
    let take = sqlx::query_scalar(sql).bind(user.as_str()).bind(hash);
    let taken: Vec<Vec<u8>> = take.fetch_all(&mut *conn).await?;
    let mut changes = Vec::new();
    for hash in taken {
        standing = inbox::next(standing, Moves::none())?;
        let what = What::RightEnded(right_of(&hash));
        changes.push(inbox::record(conn, user, standing, what, Vec::new()).await?);
    }
    Ok(changes)
}

/// What a session holds, by its name as a right.
fn readable(row: &PgRow) -> Option<(String, Held)> {
    pass_over(held(row), || named(row))
}

fn held(row: &PgRow) -> Result<(String, Held)> {
    let left = Duration::try_from_secs_f64(row.try_get("remaining")?).map_err(row::damaged)?;
    let held = Held { data: row.try_get("data")?, left, stale: row.try_get("stale")? };
    Ok((right_of(row.try_get("hash")?), held))
}

fn signed_in(row: &PgRow) -> Result<SignedIn> {
    Ok(SignedIn {
        right: right_of(row.try_get("hash")?),
        browser: row.try_get("browser")?,
        created_at: row::needed_time(row, "created_at")?,
        used_at: row::needed_time(row, "used_at")?,
    })
}

/// A session, for the log.
fn named(row: &PgRow) -> String {
    format!("session {}", row.try_get("hash").map_or_else(|_| "?".to_owned(), right_of))
}
