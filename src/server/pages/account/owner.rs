//! Whose account a request is about.

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};

use super::super::visitor::Visitor;
use crate::{
    domain::UserId,
    server::{
        auth::{Caller, Person},
        state::AppState,
    },
};

/// A person who is signed in here; whoever is not is sent to the login page. The host application's tokens
/// have no account here.
pub struct Owner {
    /// Who.
    pub id: UserId,
    /// Their session, by its name as a right.
    pub right: String,
}

impl FromRequestParts<AppState> for Owner {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        match Visitor::from_request_parts(parts, state).await?.0 {
            Caller::Person(Person { id, right: Some(right), .. }) => Ok(Self { id, right }),
            Caller::Person(_) | Caller::Publisher(_) | Caller::Nobody => {
                Err(Redirect::to("/login").into_response())
            }
        }
    }
}
