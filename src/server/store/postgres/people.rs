//! People and their passwords.

use async_trait::async_trait;
use sqlx::{Row, postgres::PgRow};

use super::{PostgresStore, Result, StoreError, inbox, row};
use crate::{
    domain::{User, UserId},
    server::store::People,
};

const NAME: &str = "select name from people where id = $1";
const RENAME: &str = "update people set name = $2 where id = $1";
const PERSON: &str = "select id, name, avatar_url from people where id = $1";
const PEOPLE: &str = "select id, name, avatar_url from people order by id";
const PASSWORD: &str = "select password_hash from people where id = $1";
const SET_PASSWORD: &str = "update people set password_hash = $2 where id = $1";

/// Whoever has a password is not made over.
const ADD: &str = "
    update people set name = $2, avatar_url = $3, password_hash = $4
    where id = $1 and password_hash is null";

#[async_trait]
impl People for PostgresStore {
    async fn ensure_person(&self, user: &UserId, name: Option<&str>) -> Result<(), StoreError> {
        let known: Option<String> =
            sqlx::query_scalar(NAME).bind(user.as_str()).fetch_optional(&self.pool).await?;
        let settled = known.is_some_and(|known| name.is_none_or(|name| name == known));
        if settled {
            return Ok(());
        }
        let mut tx = self.begin_write().await?;
        inbox::make(&mut tx, user).await?;
        if let Some(name) = name {
            sqlx::query(RENAME).bind(user.as_str()).bind(name).execute(&mut *tx).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn add_person(
        &self,
        user: &UserId,
        name: &str,
        avatar_url: Option<&str>,
        password_hash: &str,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin_write().await?;
        inbox::make(&mut tx, user).await?;
        let add = sqlx::query(ADD).bind(user.as_str()).bind(name).bind(avatar_url).bind(password_hash);
        let added = add.execute(&mut *tx).await?.rows_affected() == 1;
        tx.commit().await?;
        Ok(added)
    }

    async fn set_password(&self, user: &UserId, hash: &str) -> Result<bool, StoreError> {
        let set = sqlx::query(SET_PASSWORD).bind(user.as_str()).bind(hash).execute(&self.pool).await?;
        Ok(set.rows_affected() == 1)
    }

    async fn password_hash(&self, user: &UserId) -> Result<Option<String>, StoreError> {
        let found: Option<Option<String>> =
            sqlx::query_scalar(PASSWORD).bind(user.as_str()).fetch_optional(&self.pool).await?;
        Ok(found.flatten())
    }

    async fn person(&self, user: &UserId) -> Result<Option<User>, StoreError> {
        let found = sqlx::query(PERSON).bind(user.as_str()).fetch_optional(&self.pool).await?;
        Ok(found.as_ref().map(person).transpose()?)
    }

    async fn people(&self) -> Result<Vec<User>, StoreError> {
        let rows = sqlx::query(PEOPLE).fetch_all(&self.pool).await?;
        Ok(rows.iter().map(person).collect::<Result<_>>()?)
    }
}

fn person(row: &PgRow) -> Result<User> {
    let id: &str = row.try_get("id")?;
    Ok(User { id: row::parsed(id)?, name: row.try_get("name")?, avatar_url: row.try_get("avatar_url")? })
}
