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
    /// What was shown is not the person's password any more.
    #[error("the password was changed meanwhile")]
    Outdated,
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
        let ending = async move { Ok(store.end_session_of(&user, &right).await?.map(|change| vec![change])) };
        Ok(told(self.broker.clone(), ending).await?.is_some())
    }

    /// Ends a person's sessions, all of them or all but one; how many.
    ///
    /// # Errors
    /// The store's.
    pub async fn end_sessions_of(&self, user: &UserId, but: Option<String>) -> Result<usize, StoreError> {
        let (store, user) = (self.store.clone(), user.clone());
        let ending = async move { store.end_sessions_of(&user, but.as_deref()).await.map(Some) };
        Ok(told(self.broker.clone(), ending).await?.unwrap_or_default())
    }

    /// Gives who has shown their password another one, which ends all their sessions; what they can sign in by at
    /// once.
    ///
    /// # Errors
    /// Nothing is changed then.
    pub async fn change_password(&self, shown: Proven, password: String) -> Result<Proven, NotChanged> {
        let Proven { user, hash: shown } = shown;
        let hash = self.passwords.hash(password).await?;
        let proven = Proven { user: user.clone(), hash: hash.clone() };
        let store = self.store.clone();
        let ending = async move { store.set_password(&user, &hash, Some(&shown)).await };
        told(self.broker.clone(), ending).await?.map(|_| proven).ok_or(NotChanged::Outdated)
    }
}

/// Ends rights and tells of it; how many, or none where there was nothing to do it to. In a task of its own: a
/// request that is dropped half-way can neither keep a right from ending nor its end from being told.
pub(super) async fn told(
    broker: Arc<dyn Broker>,
    ending: impl Future<Output = Result<Option<Vec<Change>>, StoreError>> + Send + 'static,
) -> Result<Option<usize>, StoreError> {
    let ended = tokio::spawn(async move {
        let Some(changes) = ending.await? else { return Ok(None) };
        let count = changes.len();
        changes.into_iter().for_each(|change| broker.publish(change));
        Ok(Some(count))
    });
    // It died: whether it ended them cannot be said.
    ended.await.unwrap_or_else(|_| Err(StoreError::away()))
}
