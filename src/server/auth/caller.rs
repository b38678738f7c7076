//! Who is asking, taken from a request.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use time::OffsetDateTime;

use super::{Auth, AuthError, bearer_token, session};
use crate::{
    domain::{Scope, UserId},
    server::request::unavailable,
};

/// Who is asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// No credentials were shown.
    Nobody,
    /// Somebody with an inbox.
    Person(Person),
    /// A program that may raise alerts.
    Publisher(Publisher),
}

/// A person who is asking, and how long they may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Whose inbox it is.
    pub id: UserId,
    /// The right by which they are let in, as the change log names it when it ends; none for a JWT,
    /// which ends by its own date.
    pub right: Option<String>,
    /// When the right ends by itself; that of a session if it is not used until then.
    pub ends_at: Option<OffsetDateTime>,
}

/// A program that is asking, and how long it may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publisher {
    /// The name space of its idempotency keys.
    pub name: String,
    /// What it may raise.
    pub scope: Scope,
    /// The hash of its opaque token, to look up whether that is good still; none for a JWT.
    pub token: Option<[u8; 32]>,
    /// When the right ends by itself.
    pub ends_at: Option<OffsetDateTime>,
}

/// The outcome of looking who is asking, for handlers that answer a refusal in their own way.
pub type Asking = Result<Caller, AuthError>;

impl<S> FromRequestParts<S> for Caller
where
    Auth: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = AuthError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Asking {
        let auth = Auth::from_ref(state);
        let Some(shown) = parts.headers.get(header::AUTHORIZATION) else {
            return Ok(session::person(parts).await?.map_or(Self::Nobody, Self::Person));
        };
        let malformed = || AuthError::Refused("Authorization must be \"Bearer <token>\"".to_owned());
        let token = shown.to_str().ok().and_then(bearer_token).ok_or_else(malformed)?;
        auth.bearer(token).await
    }
}

impl IntoResponse for AuthError {
    fn into_response(self) -> Response {
        self.note();
        match self {
            Self::Refused(why) => {
                (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], why).into_response()
            }
            Self::Store(_) | Self::Session(_) => unavailable(),
        }
    }
}
