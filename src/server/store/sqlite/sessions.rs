//! Browser sessions. The file holds hashes of their ids: whoever reads it can sign in as nobody.

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use serde_json::json;
use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteRow};

use super::{Result, SqliteStore, StoreError, inbox, row};
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

const CREATE: &str = "
    insert into sessions (hash, user_id, data, browser, expires_at, created_at, used_at)
    select ?1, ?2, ?3, ?4, now + min(?5, ?6), now, now from clock
    where ?7 is null or exists (select 1 from people where id = ?2 and password_hash = ?7)
    on conflict do nothing";

pub(super) const LOAD: &str = "
    select hash, data, expires_at - now as remaining, used_at <= now - 600000 as stale
    from sessions cross join clock
    where hash in (select unhex(value) from json_each(?1)) and expires_at > now";

pub(super) const USE: &str = "
    update sessions set used_at = now, expires_at = min(now + ?2, created_at + ?3) from clock
    where hash in (select unhex(value) from json_each(?1)) and expires_at > now";

pub(super) const LIST: &str = "
    select hash, browser, created_at, used_at from sessions cross join clock
    where user_id = ?1 and expires_at > now order by used_at desc, created_at desc limit ?2";

const END: &str = "delete from sessions where hash = ?1 returning user_id";

pub(super) const END_ONE: &str = "delete from sessions where hash = ?2 and user_id = ?1 returning hash";

/// All, or all but one.
pub(super) const END_ALL: &str = "
    delete from sessions where user_id = ?1 and (?2 is null or hash <> ?2) returning hash";

pub(super) const END_OLDEST: &str = "
    delete from sessions where user_id = ?1 and hash <> ?2 and hash in (
        select hash from sessions where user_id = ?1
        order by used_at desc, created_at desc limit -1 offset 100)
    returning hash";

/// After those that were passed over.
pub(super) const EXPIRED: &str = "
    select hash from sessions where expires_at <= (select now from clock)
    order by expires_at limit 100 offset ?1";

#[async_trait]
impl Sessions for SqliteStore {
    async fn create_session(&self, session: &NewSession<'_>, lasting: Lasting) -> Result<bool, StoreError> {
        let create = sqlx::query(CREATE)
            .bind(hash_of_session(session.id))
            .bind(session.user.map(UserId::as_str))
            .bind(session.data)
            .bind(session.browser)
            .bind(row::duration(lasting.unused))
            .bind(row::duration(lasting.longest))
            .bind(session.password_hash);
        Ok(create.execute(&self.writer).await?.rows_affected() == 1)
    }

    async fn sessions(&self, rights: &[String]) -> Result<HashMap<String, Held>, StoreError> {
        let load = sqlx::query(LOAD).bind(json!(rights).to_string());
        let rows = load.fetch_all(&self.readers).await?;
        Ok(rows.iter().filter_map(readable).collect())
    }

    async fn use_sessions(&self, rights: &[String], lasting: Lasting) -> Result<(), StoreError> {
        let note = sqlx::query(USE).bind(json!(rights).to_string());
        let note = note.bind(row::duration(lasting.unused)).bind(row::duration(lasting.longest));
        note.execute(&self.writer).await?;
        Ok(())
    }

    async fn sessions_of(&self, user: &UserId) -> Result<Vec<SignedIn>, StoreError> {
        let list = sqlx::query(LIST).bind(user.as_str()).bind(MOST_LISTED);
        let rows = list.fetch_all(&self.readers).await?;
        Ok(rows.iter().filter_map(|row| pass_over(signed_in(row), || named(row))).collect())
    }

    async fn end_session(&self, id: &str) -> Result<Option<Change>, StoreError> {
        let mut tx = self.begin_write().await?;
        let change = self.end(&mut tx, &hash_of_session(id)).await?;
        tx.commit().await?;
        Ok(change)
    }

    async fn end_session_of(&self, user: &UserId, right: &str) -> Result<Option<Change>, StoreError> {
        let Some(hash) = hash_of_right(right) else { return Ok(None) };
        let mut tx = self.begin_write().await?;
        let ended = self.end_of(&mut tx, user, END_ONE, Some(hash)).await?;
        tx.commit().await?;
        Ok(ended.into_iter().next())
    }

    async fn end_sessions_of(&self, user: &UserId, but: Option<&str>) -> Result<Vec<Change>, StoreError> {
        let mut tx = self.begin_write().await?;
        let ended = self.end_of(&mut tx, user, END_ALL, but.and_then(hash_of_right)).await?;
        tx.commit().await?;
        Ok(ended)
    }

    async fn end_oldest_sessions_of(&self, user: &UserId, but: &str) -> Result<Vec<Change>, StoreError> {
        let mut tx = self.begin_write().await?;
        let ended = self.end_of(&mut tx, user, END_OLDEST, hash_of_right(but)).await?;
        tx.commit().await?;
        Ok(ended)
    }

    async fn drop_expired_sessions(&self) -> Result<Vec<Change>, StoreError> {
        let mut passed = 0;
        while let Some(changes) = self.drop_some_expired(&mut passed).await? {
            if !changes.is_empty() {
                return Ok(changes);
            }
        }
        Ok(Vec::new())
    }
}

impl SqliteStore {
    /// Ends sessions that come after so many that cannot be ended. None: there are no more.
    async fn drop_some_expired(&self, passed: &mut i64) -> Result<Option<Vec<Change>>> {
        let after = *passed;
        let find = || sqlx::query_scalar::<_, Vec<u8>>(EXPIRED).bind(after);
        // The common case takes no lock: none has expired.
        if find().fetch_optional(&self.readers).await?.is_none() {
            return Ok(None);
        }
        let mut tx = self.begin_write().await?;
        let mut changes = Vec::new();
        for hash in find().fetch_all(&mut *tx).await? {
            match self.end_or_pass(&mut tx, &hash).await? {
                Some(change) => changes.extend(change),
                None => *passed += 1,
            }
        }
        tx.commit().await?;
        Ok(Some(changes))
    }

    /// The others of a transaction stand, whatever comes of one.
    async fn end_or_pass(&self, conn: &mut SqliteConnection, hash: &[u8]) -> Result<Option<Option<Change>>> {
        let mut point = conn.begin().await?;
        let ended = self.end(&mut point, hash).await;
        let ended = pass_over_damage(ended, || format!("session {}", right_of(hash)))?;
        if ended.is_some() {
            point.commit().await?
        } else {
            point.rollback().await?
        }
        Ok(ended)
    }

    /// Ends a session by the hash of its id.
    async fn end(&self, conn: &mut SqliteConnection, hash: &[u8]) -> Result<Option<Change>> {
        let owner: Option<Option<String>> =
            sqlx::query_scalar(END).bind(hash).fetch_optional(&mut *conn).await?;
        let Some(owner) = owner.flatten() else { return Ok(None) };
        self.end_right(conn, &owner, right_of(hash)).await.map(Some)
    }

    /// Ends those of a person's sessions that a statement takes away: which one it is about is its to say.
    pub(super) async fn end_of(
        &self,
        conn: &mut SqliteConnection,
        user: &UserId,
        sql: &'static str,
        hash: Option<Vec<u8>>,
    ) -> Result<Vec<Change>> {
        let take = sqlx::query_scalar(sql).bind(user.as_str()).bind(hash);
        let taken: Vec<Vec<u8>> = take.fetch_all(&mut *conn).await?;
        let mut changes = Vec::new();
        for hash in taken {
            changes.push(self.end_right(conn, user.as_str(), right_of(&hash)).await?);
        }
        Ok(changes)
    }

    /// Says in the owner's log from where on a right must hear nothing.
    pub(super) async fn end_right(
        &self,
        conn: &mut SqliteConnection,
        owner: &str,
        right: String,
    ) -> Result<Change> {
        let user = row::parsed(owner)?;
        let standing = inbox::next(self.standing_or_made(conn, &user).await?, Moves::none())?;
        inbox::record(conn, &user, standing, What::RightEnded(right), Vec::new()).await
    }
}

/// What a session holds, by its name as a right.
fn readable(row: &SqliteRow) -> Option<(String, Held)> {
    pass_over(held(row), || named(row))
}

fn held(row: &SqliteRow) -> Result<(String, Held)> {
    let left = Duration::from_millis(row.try_get("remaining")?);
    let held = Held { data: row.try_get("data")?, left, stale: row.try_get("stale")? };
    Ok((right_of(row.try_get("hash")?), held))
}

fn signed_in(row: &SqliteRow) -> Result<SignedIn> {
    Ok(SignedIn {
        right: right_of(row.try_get("hash")?),
        browser: row.try_get("browser")?,
        created_at: row::time(row.try_get("created_at")?)?,
        used_at: row::time(row.try_get("used_at")?)?,
    })
}

/// A session, for the log.
fn named(row: &SqliteRow) -> String {
    format!("session {}", row.try_get("hash").map_or_else(|_| "?".to_owned(), right_of))
}
