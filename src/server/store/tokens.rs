//! What can be asked about tokens of publishers.

use std::collections::HashSet;

use async_trait::async_trait;
use serde_json::json;

use super::StoreError;
use crate::domain::Scope;

/// A publisher token as its owner may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its name, unique for ever.
    pub name: String,
    /// The first characters of the secret.
    pub hint: String,
    /// What it may raise.
    pub scope: Scope,
    /// When it was made.
    pub created_at: time::OffsetDateTime,
    /// When it was last seen, to the minute.
    pub used_at: Option<time::OffsetDateTime>,
    /// When it was revoked.
    pub revoked_at: Option<time::OffsetDateTime>,
}

/// A publisher, as its good token names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// What it may raise.
    pub scope: Scope,
}

/// A scope as it is kept: JSON, or nothing where it leaves everything open.
pub(super) fn kept(scope: &Scope) -> Option<String> {
    (!scope.is_any()).then(|| json!(scope).to_string())
}

/// Tokens of publishers. The store sees hashes, never a token.
#[async_trait]
pub trait Tokens {
    /// Keeps a new token. False: the name was given before.
    ///
    /// # Errors
    /// The database failed.
    async fn add_token(
        &self,
        name: &str,
        hint: &str,
        hash: &[u8; 32],
        scope: &Scope,
    ) -> Result<bool, StoreError>;

    /// All tokens ever made, by name.
    ///
    /// # Errors
    /// The database failed.
    async fn tokens(&self) -> Result<Vec<Token>, StoreError>;

    /// Ends a token. False: there is no good one of that name.
    ///
    /// # Errors
    /// The database failed.
    async fn revoke_token(&self, name: &str) -> Result<bool, StoreError>;

    /// Whom the good token with this hash names. Its use is noted, beside the request.
    ///
    /// # Errors
    /// The database failed.
    async fn publisher_of(&self, hash: &[u8; 32]) -> Result<Option<Known>, StoreError>;

    /// Those of these hashes whose tokens are good.
    ///
    /// # Errors
    /// The database failed.
    async fn good_tokens(&self, hashes: &[[u8; 32]]) -> Result<HashSet<[u8; 32]>, StoreError>;
}
