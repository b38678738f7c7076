//! The pages, rendered on the server.

pub mod assets;

pub use assets::{MissingAssets, Site};
use axum::Router;

use super::state::AppState;

/// None yet.
pub fn routes(_state: &AppState) -> Router<AppState> {
    Router::new()
}
