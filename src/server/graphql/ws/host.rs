//! The seam between the protocol and what it carries: the socket knows frames and ids, its [`Host`]
//! knows people and operations.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use axum::extract::ws::Utf8Bytes;
use futures_util::{future::BoxFuture, stream::BoxStream};

use crate::live::message::{Object, Request};

/// Who is behind a socket and what operations answer: made once per upgrade, so that it can hold the
/// caller of the HTTP request's cookie.
pub trait Host: Clone + Send + Sync + 'static {
    /// The person or program a socket was admitted for.
    type Caller: Clone + Send + Sync + 'static;

    /// Answers `connection_init`: who is asking, or a refusal.
    fn admit(
        &self,
        payload: Option<Object>,
    ) -> impl Future<Output = Result<Admitted<Self::Caller>, Refused>> + Send;

    /// Starts a query, a mutation or a subscription. Must not block: the work belongs in its steps.
    fn operation(&self, caller: &Self::Caller, request: Request) -> Operation;
}

/// A right to a socket, and how it ends.
pub struct Admitted<C> {
    /// Who was let in.
    pub caller: C,
    /// When the credentials expire; the socket then closes with 4403.
    pub ends_at: Option<Instant>,
    /// How long they last, to be told to the client; none when they end by no date.
    pub lasts: Option<Duration>,
    /// Resolves when the right is taken away; the socket then closes with 4401.
    pub ended: BoxFuture<'static, ()>,
}

/// Why nobody was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The credentials are not good: 4403, with the reason why.
    Forbidden(String),
    /// The right by which the upgrade was made has ended since: 4401.
    Ended,
    /// The credentials could not be checked now; the client may come back: 1013.
    Unavailable,
    /// This caller has as many sockets as they may; the client may come back: 1013.
    Crowded,
}

/// What an operation gives, in order. The stream's end is its completion; after anything but
/// [`Step::Next`] the stream is dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// One `ExecutionResult`, as JSON text.
    Next(Utf8Bytes),
    /// The operation failed as a whole: a JSON list of GraphQL errors.
    Error(Utf8Bytes),
    /// The caller's right ended while the operation ran: the socket closes with 4401.
    Ended,
}

/// The steps of an operation.
pub type Steps = BoxStream<'static, Step>;

/// A running operation.
pub struct Operation {
    /// What it gives.
    pub steps: Steps,
    /// Whether it goes on until somebody ends it: a subscription.
    pub lasts: bool,
}
