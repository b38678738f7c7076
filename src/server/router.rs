//! Every address of the server, in one table.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
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

/// The routes of a node; those of its probes among them, unless they are elsewhere.
pub fn router(state: &AppState, probes_elsewhere: bool) -> Router {
    let sessions = auth::layer(&state.auth, state.broker.clone(), state.mode == Mode::Production);
    let routes = Router::new()
        .route("/graphql", post(http::post).get(http::get).fallback(http::other))
        .route("/graphql/ws", get(socket::upgrade).layer(from_fn_with_state(state.admission.clone(), admit)))
        .merge(pages::routes(state))
        .layer(sessions);
    served(if probes_elsewhere { routes } else { routes.merge(probes()) }, state)
}

/// The routes at the address of the probes, where they have one.
pub fn probes_router(state: &AppState) -> Router {
    served(probes(), state)
}

/// What whoever runs a node asks it.
fn probes() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(probe::alive))
        .route("/readyz", get(probe::ready))
        .route("/metrics", get(metrics::show))
}

/// Puts around routes what every answer gets.
fn served(routes: Router<AppState>, state: &AppState) -> Router {
    let routes = routes
        .layer(DefaultBodyLimit::max(BODY))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(state.patience, in_time))
        .layer(from_fn_with_state(state.draining.clone(), part))
        .layer(from_fn_with_state(state.metrics.clone(), metrics::count));
    traced(routes).with_state(state.clone())
}
