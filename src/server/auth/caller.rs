//! Who is asking, taken from a request.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use time::OffsetDateTime;

use super::{Auth, AuthError, bearer_token, session};
use crate::domain::UserId;

/// Who is asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// No credentials were shown.
    Nobody,
    /// Somebody with an inbox.
    Person(Person),
    /// A program that may raise alerts; the text is the name space of its idempotency keys.
    Publisher(String),
}

/// A person who is asking, and how long they may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Whose inbox it is.
    pub id: UserId,
    /// The right by which they are let in, as the change log names it when it ends; none for a JWT,
    /// which ends by its own date.
    pub right: Option<String>,
    /// When the right ends by itself.
    pub ends_at: Option<OffsetDateTime>,
}

/// Credentials were shown and do not do; the text says why.
#[derive(Debug)]
pub struct Unauthenticated(pub String);

/// The outcome of looking who is asking, for handlers that answer a refusal in their own way.
pub type Asking = Result<Caller, Unauthenticated>;

impl<S> FromRequestParts<S> for Caller
where
    Auth: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Unauthenticated;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Unauthenticated> {
        let auth = Auth::from_ref(state);
        let Some(shown) = parts.headers.get(header::AUTHORIZATION) else {
            return Ok(session::person(parts).await.map_or(Self::Nobody, Self::Person));
        };
        let token = shown.to_str().ok().and_then(bearer_token);
        let token =
            token.ok_or_else(|| Unauthenticated("Authorization must be \"Bearer <token>\"".to_owned()))?;
        auth.bearer(token).await.map_err(Unauthenticated::from)
    }
}

impl From<AuthError> for Unauthenticated {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Refused(why) => {
                tracing::info!(?why, "credentials refused");
                Self(why)
            }
            AuthError::Store(error) => {
                tracing::error!(%error, "cannot look up who is asking");
                Self("cannot look up who is asking; try again".to_owned())
            }
        }
    }
}

impl IntoResponse for Unauthenticated {
    fn into_response(self) -> Response {
        (StatusCode::UNAUTHORIZED, self.0).into_response()
    }
}
