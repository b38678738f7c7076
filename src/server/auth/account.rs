//! What people do with their own account: see where they are signed in, end that, change the password.

use std::sync::Arc;

use super::{Auth, PasswordError, Proven};
use crate::{
    domain::{Change, UserId},
    server::{
        broker::Broker,
        store::{SignedIn, StoreError},
    },
};

/// Why a password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    /// It was not worked on.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Auth {
    /// Where a person is signed in.
    ///
    /// # Errors
    /// The store's.
    pub async fn sessions_of(&self, user: &UserId) -> Result<Vec<SignedIn>, StoreError> {
        self.store.sessions_of(user).await
    }

    /// Ends one of a person's sessions, by its name as a right. False: they have no such session.
    ///
    /// # Errors
    /// The store's.
    pub async fn end_session_of(&self, user: &UserId, right: String) -> Result<bool, StoreError> {
        let (store, user) = (self.store.clone(), user.clone());
        let ending = async move { Ok(store.end_session_of(&user, &right).await?.into_iter().collect()) };
        Ok(told(self.broker.clone(), ending).await? > 0)
    }

    /// Ends a person's sessions, all of them or all but one; how many.
    ///
    /// # Errors
    /// The store's.
    pub async fn end_sessions_of(&self, user: &UserId, but: Option<String>) -> Result<usize, StoreError> {
        let (store, user) = (self.store.clone(), user.clone());
        told(self.broker.clone(), async move { store.end_sessions_of(&user, but.as_deref()).await }).await
    }

    /// Gives a person another password, which ends all their sessions; what they can sign in by at once.
    ///
    /// # Errors
    /// Nothing is changed then.
    pub async fn change_password(&self, user: &UserId, password: String) -> Result<Proven, NotChanged> {
        let hash = self.passwords.hash(password).await?;
        let proven = Proven { user: user.clone(), hash: hash.clone() };
        let (store, user) = (self.store.clone(), user.clone());
        let ending = async move { Ok(store.set_password(&user, &hash).await?.unwrap_or_default()) };
        told(self.broker.clone(), ending).await?;
        Ok(proven)
    }
}

/// Ends rights and tells of it; how many. In a task of its own: a request that is dropped half-way can neither
/// keep a right from ending nor its end from being told.
pub(super) async fn told(
    broker: Arc<dyn Broker>,
    ending: impl Future<Output = Result<Vec<Change>, StoreError>> + Send + 'static,
) -> Result<usize, StoreError> {
    let ended = tokio::spawn(async move {
        let changes = ending.await?;
        let count = changes.len();
        changes.into_iter().for_each(|change| broker.publish(change));
        Ok(count)
    });
    // It died: whether it ended them cannot be said.
    ended.await.unwrap_or_else(|_| Err(StoreError::away()))
}
