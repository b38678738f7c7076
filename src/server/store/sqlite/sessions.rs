//! Browser sessions. The file holds hashes of their ids: whoever reads it can sign in as nobody.

use std::collections::HashMap;

use async_trait::async_trait;
use serde_json::json;
use sqlx::SqliteConnection;
use time::OffsetDateTime;

use super::{Result, SqliteStore, StoreError, inbox, row};
use crate::{
    domain::{Change, UserId, What},
    server::store::sessions::{Sessions, hash_of_session, right_of_session},
};

const CREATE: &str = "
    insert into sessions (hash, user_id, data, expires_at) values (?1, ?2, ?3, ?4)
    on conflict do nothing";

const SAVE: &str = "update sessions set user_id = ?2, data = ?3, expires_at = ?4 where hash = ?1";

pub(super) const LOAD: &str = "
    select lower(hex(hash)), data from sessions
    where hash in (select unhex(value) from json_each(?1)) and expires_at > (select now from clock)";

const END: &str = "delete from sessions where hash = ?1 returning user_id";

pub(super) const EXPIRED: &str = "
    select 1 from sessions where expires_at <= (select now from clock) limit 1";

pub(super) const DROP_EXPIRED: &str = "
    delete from sessions where hash in (
        select hash from sessions where expires_at <= (select now from clock) order by expires_at limit 100)
    returning user_id, lower(hex(hash))";

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
        let load = sqlx::query_as(LOAD).bind(json!(rights).to_string());
        let found: Vec<_> = load.fetch_all(&self.readers).await?;
        Ok(found.into_iter().collect())
    }

    async fn end_session(&self, id: &str) -> Result<Option<Change>, StoreError> {
        let mut tx = self.begin_write().await?;
        let end = sqlx::query_scalar(END).bind(hash_of_session(id));
        let owner: Option<Option<String>> = end.fetch_optional(&mut *tx).await?;
        let mut change = None;
        if let Some(owner) = owner.flatten() {
            change = Some(self.end_right(&mut tx, &owner, right_of_session(id)).await?);
        }
        tx.commit().await?;
        Ok(change)
    }

    async fn drop_expired_sessions(&self) -> Result<Vec<Change>, StoreError> {
        // The common case takes no lock: none has expired.
        if sqlx::query(EXPIRED).fetch_optional(&self.readers).await?.is_none() {
            return Ok(Vec::new());
        }
        let mut tx = self.begin_write().await?;
        let dropped: Vec<(Option<String>, String)> = sqlx::query_as(DROP_EXPIRED).fetch_all(&mut *tx).await?;
        let mut changes = Vec::new();
        for (owner, right) in dropped {
            if let Some(owner) = owner {
                changes.push(self.end_right(&mut tx, &owner, right).await?);
            }
        }
        tx.commit().await?;
        Ok(changes)
    }
}

impl SqliteStore {
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
