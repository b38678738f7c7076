//! What a load balancer asks: `/healthz` and `/readyz`.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use super::{broker::Link, state::AppState, store::Store};

/// How long the store may take: whoever asks comes again soon, and must not queue up.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long an answer of the store is good for. Whoever asks may be anybody: however many they are, the store is
/// asked a few times a second.
const FRESH: Duration = Duration::from_millis(250);

/// The store's last answer.
#[derive(Clone, Default)]
pub struct Pulse(Arc<Mutex<Option<(Instant, Reached)>>>);

impl Pulse {
    /// The last one if it is fresh, or another; those who come meanwhile wait for the same.
    async fn feel(&self, ask: impl Future<Output = Reached>) -> Reached {
        let mut last = self.0.lock().await;
        if let Some((at, reached)) = *last
            && at.elapsed() < FRESH
        {
            return reached;
        }
        let reached = ask.await;
        *last = Some((Instant::now(), reached));
        reached
    }
}

/// Whether a node should be given work, and why.
#[derive(Serialize)]
struct Readiness {
    store: Reached,
    /// Away costs time alone: the sweeper finds what news does not bring.
    broker: Link,
    draining: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
        store: state.pulse.feel(reach(&*state.store)).await,
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn many_who_ask_at_once_and_soon_after_ask_the_store_once() {
        let (pulse, asked) = (Pulse::default(), AtomicUsize::new(0));
        let ask = || async {
            tokio::time::sleep(PATIENCE).await;
            if asked.fetch_add(1, Ordering::Relaxed) == 0 { Reached::Ok } else { Reached::Away }
        };
        let answers = join_all((0..100).map(|_| pulse.feel(ask()))).await;
        assert_eq!(answers, [Reached::Ok; 100]);
        assert_eq!(pulse.feel(ask()).await, Reached::Ok);
        advance(FRESH).await;
        assert_eq!(pulse.feel(ask()).await, Reached::Away);
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }
}
