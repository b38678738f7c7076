//! Every address of the server, in one table.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn_with_state, map_response},
    routing::{get, post},
};
use tower_http::compression::CompressionLayer;

use super::{
    admission::admit,
    auth,
    config::Mode,
    graphql::http,
    metrics, pages, probe,
    request::{in_time, part, traced},
    socket,
    state::AppState,
};

/// The largest request body, in bytes: a whole alert several times over.
const BODY: usize = 128 * 1024;

/// The routes of a node.
pub fn router(state: &AppState) -> Router {
    let sessions = auth::layer(&state.auth, state.mode == Mode::Production);
    let routes = Router::new()
        .route("/graphql", post(http::post).get(http::get).fallback(http::other))
        .route("/graphql/ws", get(socket::upgrade).layer(from_fn_with_state(state.admission.clone(), admit)))
        .merge(pages::routes(state))
        .layer(sessions)
        .layer(map_response(auth::removable))
        .route("/healthz", get(probe::alive))
        .route("/readyz", get(probe::ready))
        .route("/metrics", get(metrics::show))
        .layer(DefaultBodyLimit::max(BODY))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(state.patience, in_time))
        .layer(from_fn_with_state(state.draining.clone(), part))
        .layer(from_fn_with_state(state.metrics.clone(), metrics::count));
    traced(routes).with_state(state.clone())
}
