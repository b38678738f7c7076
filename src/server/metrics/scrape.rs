//! `/metrics`, in the text format of <https://prometheus.io/docs/specs/om/open_metrics_spec/>.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use prometheus_client::encoding::text::encode;

use super::Metrics;
use crate::server::{broker::Link, state::AppState, store::unreadable};

/// The media type of that format.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that was counted, and how things are now.
pub async fn show(State(state): State<AppState>) -> Response {
    let mut text = String::new();
    state.metrics.look(&state);
    // Writing to memory does not fail; the library's own metrics do not either.
    if encode(&mut text, &state.metrics.registry).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    ([(header::CONTENT_TYPE, OPEN_METRICS), (header::CACHE_CONTROL, "no-store")], text).into_response()
}

impl Metrics {
    /// Takes in what is not counted but stands somewhere to be read.
    fn look(&self, state: &AppState) {
        self.sockets.open.set(amount(state.sockets.count()));
        self.news.waiting.set(amount(state.broker.waiting()));
        self.news.broker_up.set((state.broker.link() != Link::Away).into());
        self.sweeper.live.set(state.sockets.is_live().into());
        self.unreadable.set(amount(unreadable()));
        let pool = state.store.pool_use();
        self.connections.idle.set(pool.idle.into());
        self.connections.used.set(pool.open.saturating_sub(pool.idle).into());
        self.connections.most.set(pool.most.into());
    }
}

fn amount(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
