//! Who is asking: a person by cookie session or by the host application's JWT, or a publisher by
//! its token. The person of an inbox comes from here and never from an argument.

mod caller;
mod jwt;
mod keys;
mod looks;
pub mod password;
mod session;
mod token;

use std::sync::Arc;

use serde_json::Value;

pub use caller::{Asking, Caller, Person, Publisher};
pub use jwt::{Jwt, JwtError};
pub use looks::Looks;
pub use password::PasswordError;
pub use session::{Sessions, layer, sign_in, sign_out};
pub use token::Secret;

use super::store::{Store, StoreError};
use crate::{
    domain::{Name, UserId},
    live::message::Object,
};

/// Verifies what callers show. Cloning it is cheap.
#[derive(Clone)]
pub struct Auth {
    store: Arc<dyn Store>,
    looks: Looks,
    jwt: Option<Arc<Jwt>>,
    passwords: Arc<password::Checks>,
}

/// Why nobody was let in.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// What was shown does not do; the text is for the caller.
    #[error("{0}")]
    Refused(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store failed behind the sessions library.
    #[error(transparent)]
    Session(#[from] tower_sessions::session::Error),
}

/// What a name and a password come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// They are this person's.
    Right(UserId),
    /// They are nobody's.
    Wrong,
    /// They were not looked at: too many sign in at once.
    Busy,
}

impl AuthError {
    /// The line of the log that belongs to the answer, for whoever gives it.
    pub fn note(&self) {
        match self {
            Self::Refused(why) => tracing::info!(why, "credentials refused"),
            Self::Store(_) | Self::Session(_) => {
                tracing::error!(error = %self, "cannot look up who is asking");
            }
        }
    }
}

impl Auth {
    /// Verifies against `store`, and host applications' tokens by `jwt`.
    pub fn new(store: Arc<dyn Store>, jwt: Option<Jwt>) -> Self {
        let looks = Looks::at(store.clone());
        Self { store, looks, jwt: jwt.map(Arc::new), passwords: Arc::default() }
    }

    /// Who shows this bearer token. The first valid JWT of a person makes that person.
    ///
    /// # Errors
    /// Refused when it is no publisher's live token and no valid JWT.
    pub async fn bearer(&self, token: &str) -> Result<Caller, AuthError> {
        if let Some(secret) = Secret::parse(token) {
            return self.token(secret.hash()).await.map(Caller::Publisher);
        }
        let jwt = self.jwt.as_ref();
        let jwt =
            jwt.ok_or_else(|| AuthError::Refused("the bearer token is not a publisher token".to_owned()))?;
        let claims = jwt.verify(token).map_err(|error| AuthError::Refused(error.to_string()))?;
        if claims.publishes {
            let name = format!("jwt:{}", claims.user);
            return Ok(Caller::Publisher(Publisher { name, token: None, ends_at: Some(claims.ends_at) }));
        }
        self.store.ensure_person(&claims.user, claims.name.as_ref().map(Name::as_str)).await?;
        Ok(Caller::Person(Person { id: claims.user, right: None, ends_at: Some(claims.ends_at) }))
    }

    async fn token(&self, hash: [u8; 32]) -> Result<Publisher, AuthError> {
        let unknown = || AuthError::Refused("the publisher token is unknown or revoked".to_owned());
        let name = self.store.token_named_by(&hash).await?.ok_or_else(unknown)?;
        Ok(Publisher { name: format!("token:{name}"), token: Some(hash), ends_at: None })
    }

    /// Whether the right of a session is good still, at some moment after this was called.
    ///
    /// # Errors
    /// The store's.
    pub async fn holds(&self, right: &str) -> Result<bool, AuthError> {
        Ok(self.looks.session(right.to_owned()).await?.is_some())
    }

    /// Judges once more who was let in before. Of all rights only a publisher token ends without a
    /// word: a JWT says when it will, and the end of a session is in the change log.
    ///
    /// # Errors
    /// Refused when the token was revoked meanwhile.
    pub async fn again(&self, caller: &Caller) -> Result<(), AuthError> {
        match caller {
            Caller::Publisher(Publisher { token: Some(hash), .. }) => self.token(*hash).await.map(drop),
            Caller::Publisher(_) | Caller::Person(_) | Caller::Nobody => Ok(()),
        }
    }

    /// Who shows the bearer token in this `connection_init` payload; none when there is none in it.
    ///
    /// # Errors
    /// Refused when the token does not do.
    pub async fn connection(&self, payload: Option<&Object>) -> Result<Option<Caller>, AuthError> {
        let shown = payload.and_then(|payload| payload.get("authorization"));
        match shown {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(header)) => match bearer_token(header) {
                Some(token) => self.bearer(token).await.map(Some),
                None => Err(AuthError::Refused("authorization must be \"Bearer <token>\"".to_owned())),
            },
            Some(_) => Err(AuthError::Refused("authorization must be a string".to_owned())),
        }
    }

    /// Checks a name and a password. Takes the same time for unknown people.
    ///
    /// # Errors
    /// The store's.
    pub async fn password(&self, user: &str, password: String) -> Result<SignIn, StoreError> {
        let user: Option<UserId> = user.parse().ok();
        let hash = match &user {
            Some(user) => self.store.password_hash(user).await?,
            None => None,
        };
        Ok(match (self.passwords.verify(password, hash).await, user) {
            (Ok(true), Some(user)) => SignIn::Right(user),
            (Ok(_), _) => SignIn::Wrong,
            (Err(_), _) => SignIn::Busy,
        })
    }
}

/// The token of an `Authorization` header (RFC 6750, section 2.1).
fn bearer_token(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
