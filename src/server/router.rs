//! Every address of the server, in one table.

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    middleware::from_fn_with_state,
    response::IntoResponse,
    routing::{get, post},
};
use tower_http::compression::CompressionLayer;

use super::{
    auth, config::Mode, graphql::http, metrics, pages, request::traced, socket, state::AppState, store::Store,
};

/// The largest request body, in bytes: a whole alert several times over.
const BODY: usize = 128 * 1024;

/// The routes of a node.
pub fn router(state: &AppState) -> Router {
    let sessions = auth::layer(state.store.clone(), state.broker.clone(), state.mode == Mode::Production);
    let routes = Router::new()
        .route("/graphql", post(http::post).get(http::get).fallback(http::other))
        .route("/graphql/ws", get(socket::upgrade))
        .merge(pages::routes(state))
        .layer(sessions)
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::show))
        .layer(DefaultBodyLimit::max(BODY))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(state.metrics.clone(), metrics::count));
    traced(routes).with_state(state.clone())
}

/// Whether the store answers; without it nothing here is of use.
async fn ready(State(store): State<Arc<dyn Store>>) -> impl IntoResponse {
    match store.ping().await {
        Ok(()) => (StatusCode::OK, "ready"),
        Err(error) => {
            tracing::error!(%error, "the store does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer")
        }
    }
}
