//! What can be asked about people.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{Change, User, UserId};

/// People and their passwords.
#[async_trait]
pub trait People {
    /// Makes the person and their inbox when missing, and takes over the name when given.
    ///
    /// # Errors
    /// The database failed.
    async fn ensure_person(&self, user: &UserId, name: Option<&str>) -> Result<(), StoreError>;

    /// Adds a person who can sign in. False: somebody with a password has the id already.
    ///
    /// # Errors
    /// The database failed.
    async fn add_person(
        &self,
        user: &UserId,
        name: &str,
        avatar_url: Option<&str>,
        password_hash: &str,
    ) -> Result<bool, StoreError>;

    /// Makes a person of demo mode, marked as one. False: somebody has the id already.
    ///
    /// # Errors
    /// The database failed.
    async fn add_demo_person(
        &self,
        user: &UserId,
        name: &str,
        password_hash: &str,
    ) -> Result<bool, StoreError>;

    /// The people of demo mode, by id.
    ///
    /// # Errors
    /// The database failed.
    async fn demo_people(&self) -> Result<Vec<UserId>, StoreError>;

    /// Takes the passwords and the sessions of the people of demo mode away; who they were. From
    /// then on they are people like others.
    ///
    /// # Errors
    /// The database failed.
    async fn end_demo(&self) -> Result<Vec<UserId>, StoreError>;

    /// Gives a person another password, and ends all their sessions with it. None: nobody has the id; or the
    /// password that was shown for it, by its hash, is not theirs any more.
    ///
    /// # Errors
    /// The database failed; then all is as it was.
    async fn set_password(
        &self,
        user: &UserId,
        hash: &str,
        shown: Option<&str>,
    ) -> Result<Option<Vec<Change>>, StoreError>;

    /// The hash of a person's password; none when there is no such person or no password.
    ///
    /// # Errors
    /// The database failed.
    async fn password_hash(&self, user: &UserId) -> Result<Option<String>, StoreError>;

    /// A person.
    ///
    /// # Errors
    /// The database failed.
    async fn person(&self, user: &UserId) -> Result<Option<User>, StoreError>;

    /// Everybody, by id.
    ///
    /// # Errors
    /// The database failed.
    async fn people(&self) -> Result<Vec<User>, StoreError>;
}
