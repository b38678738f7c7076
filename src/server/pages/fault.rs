//! Why a page could not be shown.

use tower_sessions::session;

use crate::server::{alerts::AlertsError, auth::AuthError, store::StoreError};

/// A fault behind a page.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant is what failed")]
pub enum Fault {
    #[error(transparent)]
    Alerts(#[from] AlertsError),
    #[error(transparent)]
    Auth(#[from] AuthError),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Auth(error.into())
    }
}

impl From<session::Error> for Fault {
    fn from(error: session::Error) -> Self {
        Self::Auth(error.into())
    }
}

impl Fault {
    /// Whether the page may well be had a little later. What the sessions library says of a fault is text:
    /// nobody is told for good that they cannot be looked up.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Alerts(error) => error.may_pass(),
            Self::Auth(_) => true,
        }
    }
}
