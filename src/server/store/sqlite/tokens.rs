//! Tokens of publishers. The store sees hashes, never a token.

use std::collections::HashSet;

use async_trait::async_trait;
use serde_json::json;
use sqlx::{Row, sqlite::SqliteRow};

use super::{Result, SqliteStore, StoreError, row};
use crate::{
    domain::Scope,
    server::store::{Known, Token, Tokens, hex, tokens::kept},
};

const ADD: &str = "
    insert into tokens (name, hint, hash, scope, created_at) select ?1, ?2, ?3, ?4, now from clock where true
    on conflict (name) do nothing";

const ALL: &str = "select name, hint, scope, created_at, used_at, revoked_at from tokens order by name";

const REVOKE: &str = "
    update tokens set revoked_at = (select now from clock) where name = ?1 and revoked_at is null";

/// `stale`: the last use was noted a minute ago or more.
pub(super) const NAMED_BY: &str = "
    select name, coalesce(used_at <= now - 60000, true) as stale, scope
    from tokens cross join clock where hash = ?1 and revoked_at is null";

pub(super) const GOOD: &str = "
    select hash from tokens
    where hash in (select unhex(value) from json_each(?1)) and revoked_at is null";

const USED: &str = "update tokens set used_at = (select now from clock) where name = ?1";

#[async_trait]
impl Tokens for SqliteStore {
    async fn add_token(
        &self,
        name: &str,
        hint: &str,
        hash: &[u8; 32],
        scope: &Scope,
    ) -> Result<bool, StoreError> {
        let add = sqlx::query(ADD).bind(name).bind(hint).bind(&hash[..]).bind(kept(scope));
        Ok(add.execute(&self.writer).await?.rows_affected() == 1)
    }

    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let rows = sqlx::query(ALL).fetch_all(&self.readers).await?;
        Ok(rows.iter().map(token).collect::<Result<_>>()?)
    }

    async fn revoke_token(&self, name: &str) -> Result<bool, StoreError> {
        Ok(sqlx::query(REVOKE).bind(name).execute(&self.writer).await?.rows_affected() == 1)
    }

    async fn publisher_of(&self, hash: &[u8; 32]) -> Result<Option<Known>, StoreError> {
        let found = sqlx::query(NAMED_BY).bind(&hash[..]).fetch_optional(&self.readers).await?;
        let Some(found) = found else { return Ok(None) };
        let name: String = found.try_get("name")?;
        if found.try_get("stale")? {
            self.note_use(name.clone());
        }
        Ok(Some(Known { name, scope: row::json(&found, "scope")?.unwrap_or_default() }))
    }

    async fn good_tokens(&self, hashes: &[[u8; 32]]) -> Result<HashSet<[u8; 32]>, StoreError> {
        let hashes: Vec<_> = hashes.iter().map(|hash| hex(hash)).collect();
        let good = sqlx::query_scalar::<_, Vec<u8>>(GOOD).bind(json!(hashes).to_string());
        let good = good.fetch_all(&self.readers).await?;
        Ok(good.iter().filter_map(|hash| hash.as_slice().try_into().ok()).collect())
    }
}

impl SqliteStore {
    /// Beside the request: noting the use neither delays nor fails what the token was used for.
    fn note_use(&self, name: String) {
        let store = self.clone();
        tokio::spawn(async move {
            if let Err(error) = sqlx::query(USED).bind(&name).execute(&store.writer).await {
                tracing::debug!(%error, name, "the use of a token was not noted");
            }
        });
    }
}

fn token(row: &SqliteRow) -> Result<Token> {
    Ok(Token {
        name: row.try_get("name")?,
        hint: row.try_get("hint")?,
        scope: row::json(row, "scope")?.unwrap_or_default(),
        created_at: row::time(row.try_get("created_at")?)?,
        used_at: row::optional_time(row, "used_at")?,
        revoked_at: row::optional_time(row, "revoked_at")?,
    })
}
