//! What can be asked about tokens of publishers.

use async_trait::async_trait;

use super::StoreError;

/// A publisher token as its owner may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its name, unique for ever.
    pub name: String,
    /// The first characters of the secret.
    pub hint: String,
    /// When it was made.
    pub created_at: time::OffsetDateTime,
    /// When it was last seen, to the minute.
    pub used_at: Option<time::OffsetDateTime>,
    /// When it was revoked.
    pub revoked_at: Option<time::OffsetDateTime>,
}

/// Tokens of publishers. The store sees hashes, never a token.
#[async_trait]
pub trait Tokens {
    /// Keeps a new token. False: the name was given before.
    ///
    /// # Errors
    /// The database failed.
    async fn add_token(&self, name: &str, hint: &str, hash: &[u8; 32]) -> Result<bool, StoreError>;

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

    /// The name of the good token with this hash. Its use is noted, beside the request.
    ///
    /// # Errors
    /// The database failed.
    async fn token_named_by(&self, hash: &[u8; 32]) -> Result<Option<String>, StoreError>;
}
