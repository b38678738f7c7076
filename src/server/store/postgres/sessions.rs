//! Browser sessions.

use std::collections::HashMap;

use async_trait::async_trait;
use sqlx::{Row, postgres::PgRow};
use time::OffsetDateTime;

use super::{PostgresStore, Result, StoreError, inbox, row};
use crate::{
    domain::{Change, UserId, What},
    server::store::{
        sessions::{Sessions, hash_of_session, right_of},
        unreadable::{pass_over, pass_over_damage},
    },
};

const CREATE: &str = "
    insert into sessions (hash, user_id, data, expires_at) values ($1, $2, $3, $4)
    on conflict do nothing";

const SAVE: &str = "update sessions set user_id = $2, data = $3, expires_at = $4 where hash = $1";

pub(super) const LOAD: &str = "
    select hash, data from sessions
    where hash = any (array(select decode(name, 'hex') from unnest($1::text[]) as name))
      and expires_at > statement_timestamp()";

const END: &str = "delete from sessions where hash = $1 returning user_id";

/// After those that were passed over.
pub(super) const EXPIRED: &str = "
    select hash from sessions where expires_at <= statement_timestamp()
    order by expires_at limit 100 offset $1";

#[async_trait]
impl Sessions for PostgresStore {
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
        let rows = sqlx::query(LOAD).bind(rights).fetch_all(&self.pool).await?;
        Ok(rows.iter().filter_map(readable).collect())
    }

    async fn end_session(&self, id: &str) -> Result<Option<Change>, StoreError> {
        Ok(self.end(&hash_of_session(id)).await?)
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
            sqlx::query_scalar(END).bind(hash).fetch_optional(&mut *tx).await?;
        let mut change = None;
        if let Some(owner) = owner.flatten() {
            let user = row::parsed(&owner)?;
            inbox::make(&mut tx, &user).await?;
            let standing = inbox::lock(&mut tx, &user).await?.ok_or(sqlx::Error::RowNotFound)?;
            let what = What::RightEnded(right_of(hash));
            let next = inbox::next(standing, 0)?;
            change = Some(inbox::record(&mut tx, &user, next, what, Vec::new()).await?);
        }
        tx.commit().await?;
        Ok(change)
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
            .bind(row::cut(expires_at));
        Ok(put.execute(&self.pool).await?.rows_affected() == 1)
    }
}

/// What a session holds, by its name as a right.
fn readable(row: &PgRow) -> Option<(String, String)> {
    let right = row.try_get("hash").map(right_of);
    let name = format!("session {}", right.as_deref().unwrap_or("?"));
    pass_over(right.and_then(|right| Ok((right, row.try_get("data")?))), || name)
}
