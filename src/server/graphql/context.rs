//! What resolvers may reach, and how their outcomes become errors.

use async_graphql::{Context, Error, ErrorExtensions};

use crate::{
    domain::UserId,
    server::{
        alerts::{Alerts, AlertsError, Refusal},
        auth::{Caller, Publisher},
    },
};

/// What a resolver asks its context for.
pub trait Ask {
    /// The use cases.
    fn alerts(&self) -> &Alerts;
    /// Who is asking.
    fn caller(&self) -> &Caller;

    /// The person who is asking: the one whose inbox is meant, always.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` for nobody, `FORBIDDEN` for a publisher.
    fn person(&self) -> Result<&UserId, Error> {
        match self.caller() {
            Caller::Person(person) => Ok(&person.id),
            Caller::Publisher(_) => Err(forbidden("a publisher has no inbox")),
            Caller::Nobody => Err(unauthenticated()),
        }
    }

    /// The publisher who is asking.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` for nobody, `FORBIDDEN` for a person.
    fn publisher(&self) -> Result<&Publisher, Error> {
        match self.caller() {
            Caller::Publisher(publisher) => Ok(publisher),
            Caller::Person(_) => Err(forbidden("raising alerts needs a publisher's token")),
            Caller::Nobody => Err(unauthenticated()),
        }
    }
}

impl Ask for Context<'_> {
    fn alerts(&self) -> &Alerts {
        self.data_unchecked()
    }

    fn caller(&self) -> &Caller {
        self.data_opt().unwrap_or(&Caller::Nobody)
    }
}

/// An error of GraphQL with its code.
pub fn coded(code: &str, message: impl Into<String>) -> Error {
    Error::new(message).extend_with(|_, extensions| extensions.set("code", code))
}

/// Nobody is asking.
pub fn unauthenticated() -> Error {
    coded("UNAUTHENTICATED", "sign in, or send a bearer token")
}

/// An alert is outside of a token's scope by this field of the input.
pub fn out_of_scope(field: &'static str) -> Error {
    let error = forbidden(&format!("{field} is outside of this token's scope"));
    error.extend_with(|_, extensions| extensions.set("field", field))
}

fn forbidden(why: &str) -> Error {
    coded("FORBIDDEN", why)
}

/// What a fault is to its caller; the log has the rest.
pub const INTERNAL: &str = "INTERNAL";
/// How it is told.
pub const FAULT: &str = "something went wrong here; try again";
/// What a fault is that may pass by itself: the same may be asked again.
pub const UNAVAILABLE: &str = "UNAVAILABLE";
/// How it is told.
pub const AWAY: &str = "not available now; try again in a moment";

/// Splits a use case's error: a refusal is data, a fault is answered blandly. Both are logged here.
pub fn refusal(error: AlertsError) -> Result<Refusal, Error> {
    match error {
        AlertsError::Refused(refusal) => {
            tracing::info!(why = refusal.to_string(), "refused");
            Ok(refusal)
        }
        failed => Err(fault(&failed)),
    }
}

/// The same where there is no payload to carry a refusal: the engine logs what becomes an error.
pub fn failure(error: AlertsError) -> Error {
    match error {
        AlertsError::Refused(refusal) => coded("BAD_USER_INPUT", refusal.to_string()),
        failed => fault(&failed),
    }
}

fn fault(error: &AlertsError) -> Error {
    tracing::error!(%error, "an operation failed");
    if error.may_pass() { coded(UNAVAILABLE, AWAY) } else { coded(INTERNAL, FAULT) }
}
