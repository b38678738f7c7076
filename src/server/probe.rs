//! What a load balancer asks: `/healthz` and `/readyz`.

use std::time::Duration;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tokio::time::timeout;

use super::{broker::Link, state::AppState, store::Store};

/// How long the store may take: whoever asks comes again soon, and must not queue up.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether a node should be given work, and why.
#[derive(Serialize)]
struct Readiness {
    store: Reached,
    /// Away costs time alone: the sweeper finds what news does not bring.
    broker: Link,
    draining: bool,
}

#[derive(PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Reached {
    Ok,
    Away,
}

/// The process lives.
pub async fn alive() -> &'static str {
    "ok"
}

/// Whether this node should be given work: its store answers, and it is not about to stop.
pub async fn ready(State(state): State<AppState>) -> Response {
    let readiness = Readiness {
        store: reach(&*state.store).await,
        broker: state.broker.link(),
        draining: state.draining.is_cancelled(),
    };
    let ready = readiness.store == Reached::Ok && !readiness.draining;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    // Plain words and a bool: nothing in it can fail to be written.
    (status, headers, serde_json::to_string(&readiness).unwrap_or_default()).into_response()
}

async fn reach(store: &dyn Store) -> Reached {
    match timeout(PATIENCE, store.ping()).await {
        Ok(Ok(())) => return Reached::Ok,
        Ok(Err(error)) => tracing::error!(%error, "the store does not answer"),
        Err(_) => tracing::error!("the store does not answer within {PATIENCE:?}"),
    }
    Reached::Away
}
