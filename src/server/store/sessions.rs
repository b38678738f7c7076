//! What can be asked about browser sessions.

use std::{collections::HashMap, time::Duration};

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
    super::hex(hash)
}

pub(super) fn hash_of_session(id: &str) -> Vec<u8> {
    Sha256::digest(id).to_vec()
}

/// The hash that a right is named by; none when it is no session's name.
pub(super) fn hash_of_right(right: &str) -> Option<Vec<u8>> {
    let digits: Vec<_> = right.chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>()?;
    let (pairs, _) = digits.as_chunks();
    let bytes = pairs.iter().map(|[high, low]| u8::try_from(high * 16 + low).ok());
    bytes.collect::<Option<Vec<_>>>().filter(|_| digits.len() == 64)
}

/// How long sessions are good, by the database's clock.
#[derive(Clone, Copy, Debug)]
pub struct Lasting {
    /// One that nobody uses.
    pub unused: Duration,
    /// Each, however much it is used.
    pub longest: Duration,
}

/// A session to be made.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewSession<'a> {
    /// Its secret.
    pub id: &'a str,
    /// Whose.
    pub user: Option<&'a UserId>,
    /// What the session layer keeps.
    pub data: &'a str,
    /// The browser, in a few words.
    pub browser: Option<&'a str>,
    /// The hash of the password that was shown for it: if the person has another one by now, none is made.
    pub password_hash: Option<&'a str>,
}

/// A session that is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// What the session layer keeps.
    pub data: String,
    /// How long it is good from now on, if nobody uses it.
    pub left: Duration,
    /// Whether its last use was noted ten minutes ago or more.
    pub stale: bool,
}

/// A good session as its person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Its name as a right.
    pub right: String,
    /// The browser, in a few words; none when it is not known.
    pub browser: Option<String>,
    /// Since when it is good.
    pub created_at: OffsetDateTime,
    /// When it was last used, to ten minutes.
    pub used_at: OffsetDateTime,
}

/// How many of a person's sessions are listed, at most: all that they have, but for a moment.
pub(super) const MOST_LISTED: i64 = 100;

/// Browser sessions. The database holds hashes of their ids: whoever reads it can sign in as nobody.
///
/// A session that has ended stays ended: nothing brings it back.
#[async_trait]
pub trait Sessions: Sync {
    /// Keeps a new session. False: there is one of this id, or the password is another by now.
    ///
    /// # Errors
    /// The database failed.
    async fn create_session(&self, session: &NewSession<'_>, lasting: Lasting) -> Result<bool, StoreError>;

    /// Good sessions, by their names as rights; those that have ended or expired are left out.
    ///
    /// # Errors
    /// The database failed.
    async fn sessions(&self, rights: &[String]) -> Result<HashMap<String, Held>, StoreError>;

    /// One session, by its id.
    ///
    /// # Errors
    /// The database failed.
    async fn load_session(&self, id: &str) -> Result<Option<Held>, StoreError> {
        let right = right_of_session(id);
        Ok(self.sessions(std::slice::from_ref(&right)).await?.remove(&right))
    }

    /// Notes that good sessions are used now, which puts their end off.
    ///
    /// # Errors
    /// The database failed.
    async fn use_sessions(&self, rights: &[String], lasting: Lasting) -> Result<(), StoreError>;

    /// The good sessions of a person, the one that was used last first; the first hundred of them.
    ///
    /// # Errors
    /// The database failed.
    async fn sessions_of(&self, user: &UserId) -> Result<Vec<SignedIn>, StoreError>;

    /// Ends a session. If it was a person's, their log says from where on it must hear nothing.
    ///
    /// # Errors
    /// The database failed; then the session goes on.
    async fn end_session(&self, id: &str) -> Result<Option<Change>, StoreError>;

    /// Ends a person's session by its name as a right. None: they have no such session.
    ///
    /// # Errors
    /// The database failed; then the session goes on.
    async fn end_session_of(&self, user: &UserId, right: &str) -> Result<Option<Change>, StoreError>;

    /// Ends a person's sessions, all of them or all but one.
    ///
    /// # Errors
    /// The database failed; then all of them go on.
    async fn end_sessions_of(&self, user: &UserId, but: Option<&str>) -> Result<Vec<Change>, StoreError>;

    /// Ends those of a person's sessions that come after the hundred that were used last, but not this one.
    ///
    /// # Errors
    /// The database failed; then all of them go on.
    async fn end_oldest_sessions_of(&self, user: &UserId, but: &str) -> Result<Vec<Change>, StoreError>;

    /// Ends sessions that have expired, some at a time, as [`Sessions::end_session`] does.
    ///
    /// # Errors
    /// The database failed.
    async fn drop_expired_sessions(&self) -> Result<Vec<Change>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_read_back_and_nothing_else_is_one() {
        let right = right_of_session("s1");
        assert_eq!(hash_of_right(&right), Some(hash_of_session("s1")));
        for bad in ["", "00", &right[1..], &format!("{right}00"), &right.replace(&right[..1], "g"), "é"] {
            assert_eq!(hash_of_right(bad), None, "{bad}");
        }
    }
}
