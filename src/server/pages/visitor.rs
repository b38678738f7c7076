//! Who looks at a page.

use axum::{
    body::Body,
    extract::{FromRequestParts, Request},
    http::request::Parts,
    response::{IntoResponse, Response},
};

use super::show::fault;
use crate::server::{
    auth::{AuthError, Caller},
    state::AppState,
};

/// Whoever asks for a page. Where that cannot be looked up the answer is the page for faults:
/// sending a signed-in person to the login page would say what is not so.
pub struct Visitor(pub Caller);

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        match Caller::from_request_parts(parts, state).await {
            Ok(caller) => Ok(Self(caller)),
            Err(refused @ AuthError::Refused(_)) => Err(refused.into_response()),
            Err(failed) => {
                let request = Request::from_parts(parts.clone(), Body::empty());
                Err(fault(state, failed, request).await)
            }
        }
    }
}
