//! Browser sessions. The file holds hashes of their ids: whoever reads it can sign in as nobody.

use std::collections::HashMap;

use async_trait::async_trait;
use serde_json::json;
use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteRow};
use time::OffsetDateTime;

use super::{Result, SqliteStore, StoreError, inbox, row};
use crate::{
    domain::{Change, UserId, What},
    server::store::{
        sessions::{Sessions, hash_of_session, right_of},
        unreadable::{pass_over, pass_over_damage},
    },
};

const CREATE: &str = "
    insert into sessions (hash, user_id, data, expires_at) values (?1, ?2, ?3, ?4)
    on conflict do nothing";

const SAVE: &str = "update sessions set user_id = ?2, data = ?3, expires_at = ?4 where hash = ?1";

pub(super) const LOAD: &str = "
    select hash, data from sessions
    where hash in (select unhex(value) from json_each(?1)) and expires_at > (select now from clock)";

const END: &str = "delete from sessions where hash = ?1 returning user_id";

/// After those that were passed over.
pub(super) const EXPIRED: &str = "
    select hash from sessions where expires_at <= (select now from clock)
    order by expires_at limit 100 offset ?1";

#[async_trait]
impl Sessions for SqliteStore {
    async fn create_session(
        &self,
        id: &str,
        user: Option<&UserId>,
        data: &str,
        expires_at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        Ok(self.put(CREATE, id, user, data, expires_at).await?)
    }

    async fn save_session(
        &self,
        id: &str,
        user: Option<&UserId>,
        data: &str,
        expires_at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.put(SAVE, id, user, data, expires_at).await?;
        Ok(())
    }

    async fn sessions(&self, rights: &[String]) -> Result<HashMap<String, String>, StoreError> {
        let load = sqlx::query(LOAD).bind(json!(rights).to_string());
        let rows = load.fetch_all(&self.readers).await?;
        Ok(rows.iter().filter_map(readable).collect())
    }

    async fn end_session(&self, id: &str) -> Result<Option<Change>, StoreError> {
        let mut tx = self.begin_write().await?;
        let change = self.end(&mut tx, &hash_of_session(id)).await?;
        tx.commit().await?;
        Ok(change)
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

    /// Says in the owner's log from where on a right must hear nothing.
    pub(super) async fn end_right(
        &self,
        conn: &mut SqliteConnection,
        owner: &str,
        right: String,
    ) -> Result<Change> {
        let user = row::parsed(owner)?;
        inbox::make(conn, &user).await?;
        let standing = self.advance(conn, &user, 0).await?;
        self.record(conn, &user, standing, What::RightEnded(right), Vec::new()).await
    }

    async fn put(
        &self,
        sql: &'static str,
        id: &str,
        user: Option<&UserId>,
        data: &str,
        expires_at: OffsetDateTime,
    ) -> Result<bool> {
        let put = sqlx::query(sql)
            .bind(hash_of_session(id))
            .bind(user.map(UserId::as_str))
            .bind(data)
            .bind(row::millis(expires_at));
        Ok(put.execute(&self.writer).await?.rows_affected() == 1)
    }
}

/// What a session holds, by its name as a right.
fn readable(row: &SqliteRow) -> Option<(String, String)> {
    let right = row.try_get("hash").map(right_of);
    let name = format!("session {}", right.as_deref().unwrap_or("?"));
    pass_over(right.and_then(|right| Ok((right, row.try_get("data")?))), || name)
}
