//! What can be asked about browser sessions.

use std::collections::HashMap;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::StoreError;
use crate::domain::{Change, UserId};

/// The name of a session as a right, the one a [`What::RightEnded`](crate::domain::What) carries:
/// the SHA-256 of its id in hex, for the id itself is a secret.
pub fn right_of_session(id: &str) -> String {
    right_of(&hash_of_session(id))
}

/// The same, of the hash of its id.
pub(super) fn right_of(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn hash_of_session(id: &str) -> Vec<u8> {
    Sha256::digest(id).to_vec()
}

/// Browser sessions. The database holds hashes of their ids: whoever reads it can sign in as nobody.
#[async_trait]
pub trait Sessions: Sync {
    /// Keeps a new session. False: there is one of this id.
    ///
    /// # Errors
    /// The database failed.
    async fn create_session(
        &self,
        id: &str,
        user: Option<&UserId>,
        data: &str,
        expires_at: OffsetDateTime,
    ) -> Result<bool, StoreError>;

    /// Saves a session that was created. One that has ended stays ended: a request that was still
    /// under way at the logout does not bring it back.
    ///
    /// # Errors
    /// The database failed.
    async fn save_session(
        &self,
        id: &str,
        user: Option<&UserId>,
        data: &str,
        expires_at: OffsetDateTime,
    ) -> Result<(), StoreError>;

    /// What sessions hold, by their names as rights; those that have ended or expired are left out.
    ///
    /// # Errors
    /// The database failed.
    async fn sessions(&self, rights: &[String]) -> Result<HashMap<String, String>, StoreError>;

    /// What one session holds, by its id.
    ///
    /// # Errors
    /// The database failed.
    async fn load_session(&self, id: &str) -> Result<Option<String>, StoreError> {
        let right = right_of_session(id);
        Ok(self.sessions(std::slice::from_ref(&right)).await?.remove(&right))
    }

    /// Ends a session. If it was a person's, their log says from where on it must hear nothing.
    ///
    /// # Errors
    /// The database failed; then the session goes on.
    async fn end_session(&self, id: &str) -> Result<Option<Change>, StoreError>;

    /// Ends sessions that have expired, some at a time, as [`Sessions::end_session`] does.
    ///
    /// # Errors
    /// The database failed.
    async fn drop_expired_sessions(&self) -> Result<Vec<Change>, StoreError>;
}
