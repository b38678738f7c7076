//! Browser sessions.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{PostgresStore, Result, StoreError, inbox, row};
use crate::{
    domain::{Change, UserId, What},
    server::store::sessions::{Sessions, hash_of_session, right_of_session},
};

const CREATE: &str = "
    insert into sessions (hash, user_id, data, expires_at) values ($1, $2, $3, $4)
    on conflict do nothing";

const SAVE: &str = "update sessions set user_id = $2, data = $3, expires_at = $4 where hash = $1";

pub(super) const LOAD: &str =
    "select data from sessions where hash = $1 and expires_at > statement_timestamp()";

const END: &str = "delete from sessions where hash = $1 returning user_id";

pub(super) const DROP_EXPIRED: &str = "delete from sessions where expires_at <= statement_timestamp()";

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

    async fn load_session(&self, id: &str) -> Result<Option<String>, StoreError> {
        let load = sqlx::query_scalar(LOAD).bind(hash_of_session(id));
        Ok(load.fetch_optional(&self.pool).await?)
    }

    async fn end_session(&self, id: &str) -> Result<Option<Change>, StoreError> {
        let mut tx = self.begin_write().await?;
        let end = sqlx::query_scalar(END).bind(hash_of_session(id));
        let owner: Option<Option<String>> = end.fetch_optional(&mut *tx).await?;
        let mut change = None;
        if let Some(owner) = owner.flatten() {
            let user = row::parsed(&owner)?;
            inbox::make(&mut tx, &user).await?;
            let standing = inbox::lock(&mut tx, &user).await?.ok_or(sqlx::Error::RowNotFound)?;
            let what = What::RightEnded(right_of_session(id));
            let next = inbox::next(standing, 0)?;
            change = Some(inbox::record(&mut tx, &user, next, what, Vec::new()).await?);
        }
        tx.commit().await?;
        Ok(change)
    }

    async fn drop_expired_sessions(&self) -> Result<u64, StoreError> {
        Ok(sqlx::query(DROP_EXPIRED).execute(&self.pool).await?.rows_affected())
    }
}

impl PostgresStore {
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
