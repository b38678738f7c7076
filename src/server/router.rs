//! Every address of the server, in one table.

use std::time::Duration;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state, map_response},
    routing::{get, post},
};
use tower_http::compression::CompressionLayer;

use super::{
    admission::admit,
    auth,
    config::{Limits, Mode},
    graphql::http,
    headers, metrics, origin, pages, probe, rates,
    request::{arrived, in_time, part, traced},
    sender, socket,
    state::AppState,
};

/// The routes of a node; those of its probes among them, unless they are elsewhere.
pub fn router(state: &AppState, limits: &Limits, probes_elsewhere: bool) -> Router {
    let sessions = auth::layer(&state.auth, state.mode == Mode::Production);
    let routes = Router::new()
        .route("/graphql", post(http::post).get(http::get).fallback(http::other))
        .route("/graphql/ws", get(socket::upgrade).layer(from_fn_with_state(state.admission.clone(), admit)))
        .merge(pages::routes(state))
        .layer(sessions)
        .layer(map_response(auth::removable))
        .layer(from_fn_with_state(state.rates.clone(), rates::limit))
        .layer(from_fn_with_state(state.origins.clone(), origin::guard));
    served(if probes_elsewhere { routes } else { routes.merge(probes()) }, state, limits)
}

/// The routes at the address of the probes, where they have one.
pub fn probes_router(state: &AppState, limits: &Limits) -> Router {
    served(probes(), state, limits)
}

/// What whoever runs a node asks it.
fn probes() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(probe::alive))
        .route("/readyz", get(probe::ready))
        .route("/metrics", get(metrics::show))
}

/// Puts around routes what every answer gets.
fn served(routes: Router<AppState>, state: &AppState, limits: &Limits) -> Router {
    let routes = routes
        .layer(from_fn_with_state(Duration::from_secs(limits.times.body_time), arrived))
        .layer(DefaultBodyLimit::max(limits.sizes.body))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(state.patience, in_time))
        .layer(from_fn_with_state(state.draining.clone(), part))
        .layer(from_fn_with_state(state.metrics.clone(), metrics::count))
        .layer(from_fn(headers::add))
        .layer(from_fn_with_state(state.proxies.clone(), sender::name));
    traced(routes).with_state(state.clone())
}
