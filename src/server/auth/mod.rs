//! Who is asking: a person by cookie session or by the host application's JWT, or a publisher by
//! its token. The person of an inbox comes from here and never from an argument.

mod account;
mod browser;
mod caller;
mod jwt;
mod keys;
mod looks;
pub mod password;
mod revoked;
mod session;
mod throttle;
mod token;
mod uses;

use std::{net::IpAddr, sync::Arc, time::Duration};

use serde_json::Value;
use time::OffsetDateTime;
use tokio::time::sleep;

pub use account::NotChanged;
pub use caller::{Asking, Caller, Person, Publisher};
pub use jwt::{Jwt, JwtError};
pub use looks::Looks;
pub use password::PasswordError;
pub use revoked::Revoked;
pub use session::{Sessions, cookie_name, layer, removable, sign_in, sign_out};
pub use throttle::{Allowed, Throttle};
pub use token::Secret;
pub use uses::Uses;

use super::{
    broker::Broker,
    store::{Known, Store, StoreError, leave_alone},
};
use crate::{
    domain::{Name, Scope, UserId},
    live::message::Object,
};

/// Verifies what callers show. Cloning it is cheap.
#[derive(Clone)]
pub struct Auth {
    store: Arc<dyn Store>,
    broker: Arc<dyn Broker>,
    looks: Looks,
    uses: Uses,
    revoked: Revoked,
    jwt: Option<Arc<Jwt>>,
    passwords: Arc<password::Checks>,
    throttle: Throttle,
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
pub enum SignIn {
    /// They are this person's.
    Right(Proven),
    /// They are nobody's.
    Wrong,
    /// They were not looked at: too many sign in at once.
    Busy,
    /// They were not looked at: this account, or this address, was tried too often. Again after so long.
    Throttled(Duration),
}

/// A person who has shown their password.
pub struct Proven {
    /// Who.
    pub user: UserId,
    /// The hash it fits: a session is made only while that is the person's.
    hash: String,
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
    /// Verifies against `store`, and host applications' tokens by `jwt`; tells by `broker` of rights that end.
    pub fn new(store: Arc<dyn Store>, broker: Arc<dyn Broker>, jwt: Option<Jwt>, throttle: Throttle) -> Self {
        let (looks, uses) = (Looks::at(store.clone()), Uses::of(store.clone()));
        let revoked = Revoked::from(&store);
        Self {
            store,
            broker,
            looks,
            uses,
            revoked,
            jwt: jwt.map(Arc::new),
            passwords: Arc::default(),
            throttle,
        }
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
            let (scope, ends_at) = (Scope::default(), Some(claims.ends_at));
            return Ok(Caller::Publisher(Publisher { name, scope, token: None, ends_at }));
        }
        self.store.ensure_person(&claims.user, claims.name.as_ref().map(Name::as_str)).await?;
        Ok(Caller::Person(Person { id: claims.user, right: None, ends_at: Some(claims.ends_at) }))
    }

    async fn token(&self, hash: [u8; 32]) -> Result<Publisher, AuthError> {
        let unknown = || AuthError::Refused("the publisher token is unknown or revoked".to_owned());
        let Known { name, scope } = self.store.publisher_of(&hash).await?.ok_or_else(unknown)?;
        Ok(Publisher { name: format!("token:{name}"), scope, token: Some(hash), ends_at: None })
    }

    /// Whether the right of a session is good still, at some moment after this was called.
    ///
    /// # Errors
    /// The store's.
    pub async fn holds(&self, right: &str) -> Result<bool, AuthError> {
        Ok(self.looks.session(right.to_owned()).await?.is_some())
    }

    /// Resolves when a session has ended by itself, which it would at `ends_at` if it were not used until then.
    pub async fn expired(self, right: String, ends_at: OffsetDateTime) {
        let mut left = from_now(ends_at);
        loop {
            sleep(left).await;
            left = match self.looks.session(right.clone()).await {
                Ok(Some(held)) => held.left,
                Ok(None) => return,
                Err(error) => {
                    tracing::debug!(%error, "cannot look whether a session has expired; trying again");
                    leave_alone().await;
                    Duration::ZERO
                }
            };
        }
    }

    /// Resolves within a second after the publisher token of this hash was revoked, wherever that was done;
    /// it counts from the call on.
    pub fn revoked(&self, token: [u8; 32]) -> impl Future<Output = ()> + Send + 'static {
        self.revoked.token(token)
    }

    /// Judges once more who was let in before; whom the host application's token let in, that says itself when
    /// it ends.
    ///
    /// # Errors
    /// Refused when the session or the publisher token has ended meanwhile.
    pub async fn again(&self, caller: &Caller) -> Result<(), AuthError> {
        match caller {
            Caller::Publisher(Publisher { token: Some(hash), .. }) => self.token(*hash).await.map(drop),
            Caller::Person(Person { right: Some(right), .. }) => match self.holds(right).await? {
                true => Ok(()),
                false => Err(AuthError::Refused("the session has ended".to_owned())),
            },
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

    /// Checks a name and a password that come from an address. Takes the same time for unknown people.
    ///
    /// # Errors
    /// The store's.
    pub async fn password(
        &self,
        user: &str,
        password: String,
        address: Option<IpAddr>,
    ) -> Result<SignIn, StoreError> {
        // A name that nobody can have is no account to be tried; whoever tries it counts all the same.
        let user = user.parse::<UserId>().ok();
        let begun = match self.throttle.begin(user.as_ref(), address) {
            Ok(begun) => begun,
            Err(wait) => return Ok(SignIn::Throttled(wait)),
        };
        let checked = self.checked(user, password).await;
        if !matches!(checked, Ok(SignIn::Wrong)) {
            begun.give_back();
        }
        checked
    }

    async fn checked(&self, user: Option<UserId>, password: String) -> Result<SignIn, StoreError> {
        let hash = match &user {
            Some(user) => self.store.password_hash(user).await?,
            None => None,
        };
        Ok(match (self.passwords.verify(password, hash.clone()).await, user.zip(hash)) {
            (Ok(true), Some((user, hash))) => SignIn::Right(Proven { user, hash }),
            (Ok(_), _) => SignIn::Wrong,
            (Err(_), _) => SignIn::Busy,
        })
    }
}

/// How long it is until a moment.
pub fn from_now(moment: OffsetDateTime) -> Duration {
    Duration::try_from(moment - OffsetDateTime::now_utc()).unwrap_or_default()
}

/// The token of an `Authorization` header (RFC 6750, section 2.1).
fn bearer_token(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
