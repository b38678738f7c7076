//! People and their passwords.

use async_trait::async_trait;
use sqlx::{Row, postgres::PgRow};

use super::{
    PostgresStore, Result, StoreError, inbox, row,
    sessions::{END_ALL, end_of},
};
use crate::{
    domain::{Change, User, UserId},
    server::store::People,
};

const NAME: &str = "select name from people where id = $1";
const RENAME: &str = "update people set name = $2 where id = $1";
const PERSON: &str = "select id, name, avatar_url from people where id = $1";
const PEOPLE: &str = "select id, name, avatar_url from people order by id";
const PASSWORD: &str = "select password_hash from people where id = $1";
/// Where one was shown, only if that is still theirs.
const SET_PASSWORD: &str = "
    update people set password_hash = $2
    where id = $1 and ($3::text is null or password_hash = $3)";

/// Whoever has a password is not made over.
const ADD: &str = "
    update people set name = $2, avatar_url = $3, password_hash = $4
    where id = $1 and password_hash is null";

/// Whoever exists is left alone.
const ADD_DEMO: &str = "
    insert into people (id, name, password_hash, demo) values ($1, $2, $3, true) on conflict do nothing";

const DEMO: &str = "select id from people where demo order by id";

const DEMO_SESSIONS: &str = "
    select hash from sessions where user_id in (select id from people where demo)";

const END_PASSWORDS: &str = "update people set password_hash = null where demo";
const END_DEMO: &str = "update people set demo = false where demo";

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

    async fn add_demo_person(
        &self,
        user: &UserId,
        name: &str,
        password_hash: &str,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin_write().await?;
        let add = sqlx::query(ADD_DEMO).bind(user.as_str()).bind(name).bind(password_hash);
        let added = add.execute(&mut *tx).await?.rows_affected() == 1;
        inbox::make(&mut tx, user).await?;
        tx.commit().await?;
        Ok(added)
    }

    async fn demo_people(&self) -> Result<Vec<UserId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(DEMO).fetch_all(&self.pool).await?;
        Ok(ids.iter().map(|id| row::parsed(id)).collect::<Result<_>>()?)
    }

    /// The passwords first, so that no new session comes; the mark last, so that a start that was cut
    /// off half-way is made good by the next one.
    async fn end_demo(&self) -> Result<Vec<UserId>, StoreError> {
        let people = self.demo_people().await?;
        if people.is_empty() {
            return Ok(people);
        }
        sqlx::query(END_PASSWORDS).execute(&self.pool).await?;
        let sessions: Vec<Vec<u8>> = sqlx::query_scalar(DEMO_SESSIONS).fetch_all(&self.pool).await?;
        for hash in sessions {
            self.end(&hash).await?;
        }
        sqlx::query(END_DEMO).execute(&self.pool).await?;
        Ok(people)
    }

    async fn set_password(
        &self,
        user: &UserId,
        hash: &str,
        shown: Option<&str>,
    ) -> Result<Option<Vec<Change>>, StoreError> {
        let mut tx = self.begin_write().await?;
        let set = sqlx::query(SET_PASSWORD).bind(user.as_str()).bind(hash).bind(shown);
        if set.execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(None);
        }
        let ended = end_of(&mut tx, user, END_ALL, None).await?;
        tx.commit().await?;
        Ok(Some(ended))
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
