//! How it is answered that a password was not taken.

use std::time::Duration;

use axum::{
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::Response,
};

use crate::server::{
    auth::{Proven, SignIn},
    request::SOON,
};

/// The answer to a form with a password in it that came to nothing.
pub struct Refusal {
    status: StatusCode,
    /// Why, in a sentence.
    pub problem: String,
    /// When to try again, in seconds.
    again: Option<HeaderValue>,
}

impl Refusal {
    /// Who has shown their password.
    ///
    /// # Errors
    /// The refusal of everybody else; where it is wrong, that one.
    pub fn of(shown: SignIn, wrong: impl FnOnce() -> Self) -> Result<Proven, Self> {
        match shown {
            SignIn::Right(proven) => Ok(proven),
            SignIn::Wrong => {
                // Who it was is not said: people type passwords into the wrong field.
                tracing::info!("sign-in refused");
                Err(wrong())
            }
            SignIn::Busy => Err(Self::busy()),
            SignIn::Throttled(wait) => Err(Self::throttled(wait)),
        }
    }

    /// Nobody has this name and this password.
    pub fn wrong() -> Self {
        let problem = "The user or the password is not right.".to_owned();
        Self { status: StatusCode::UNAUTHORIZED, problem, again: None }
    }

    /// What was filled in does not do.
    pub fn of_form(problem: String) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, problem, again: None }
    }

    /// Too many passwords are worked on at once.
    pub fn busy() -> Self {
        tracing::info!("sign-in put off: too many at once");
        let problem = "Too many sign in at once. Please try again in a moment.".to_owned();
        Self { status: StatusCode::SERVICE_UNAVAILABLE, problem, again: Some(SOON) }
    }

    fn throttled(wait: Duration) -> Self {
        tracing::info!("sign-in put off: too many wrong passwords");
        let seconds = wait.as_secs() + 1;
        let problem = format!("Too many wrong passwords. Please try again in {seconds} seconds.");
        Self { status: StatusCode::TOO_MANY_REQUESTS, problem, again: Some(seconds.into()) }
    }

    /// The page that says so, as the answer.
    pub fn put_on(self, mut response: Response) -> Response {
        *response.status_mut() = self.status;
        if let Some(again) = self.again {
            response.headers_mut().insert(RETRY_AFTER, again);
        }
        response
    }
}
