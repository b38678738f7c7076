//! What every request gets: an id, a span that puts it on each line logged for it, and an answer in time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    BoxError, Router,
    body::{Body, HttpBody},
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, map_request},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tower_http::{
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    trace::TraceLayer,
};
use tracing::Span;

use super::graphql::AWAY;

/// The header of the id, on requests and on answers.
const HEADER: &str = "x-request-id";

/// The longest id that is taken over.
const LONGEST: usize = 64;

/// When to ask again, in seconds (RFC 9110, section 10.2.3): clients spread themselves beyond it.
pub const SOON: HeaderValue = HeaderValue::from_static("1");

/// The answer to what may go well a little later.
pub fn unavailable() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, SOON)], AWAY).into_response()
}

/// Answers within `patience`, whatever the database does.
pub async fn in_time(State(patience): State<Duration>, request: Request, next: Next) -> Response {
    timeout(patience, next.run(request)).await.unwrap_or_else(|_| {
        tracing::error!("no answer within {patience:?}");
        unavailable()
    })
}

/// Gives a body so much time to come as a whole. Its size is limited where it is read.
pub async fn arrived(State(patience): State<Duration>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let late = Arc::new(AtomicBool::default());
    let request = request.map(|body| until(body, Instant::now() + patience, late.clone()));
    let response = next.run(request).await;
    if late.load(Ordering::Relaxed) {
        let why = "the body of the request took too long to come";
        return (StatusCode::REQUEST_TIMEOUT, [(header::CONNECTION, "close")], why).into_response();
    }
    response
}

/// A body that breaks off where it has not ended by then, and says so.
fn until(body: Body, deadline: Instant, late: Arc<AtomicBool>) -> Body {
    let pieces = (body.into_data_stream(), late);
    Body::from_stream(stream::unfold(Some(pieces), move |pieces| async move {
        let (mut body, late) = pieces?;
        match timeout_at(deadline, body.next()).await {
            Ok(piece) => Some((piece?.map_err(BoxError::from), Some((body, late)))),
            Err(elapsed) => {
                late.store(true, Ordering::Relaxed);
                Some((Err(elapsed.into()), None))
            }
        }
    }))
}

/// Asks whoever keeps a connection open to give it up, once the node is about to stop.
pub async fn part(State(draining): State<CancellationToken>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if draining.is_cancelled() && response.status() != StatusCode::SWITCHING_PROTOCOLS {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Puts the layers around routes; the outermost is written last.
pub fn traced<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes
        // Whoever answers with a fault has logged it.
        .layer(TraceLayer::new_for_http().make_span_with(span).on_request(()).on_eos(()).on_failure(()))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(map_request(well_formed))
}

/// Takes an id away that could say something else in a log, or fill it.
async fn well_formed(mut request: Request) -> Request {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(byte);
    let good = |id: &[u8]| (1..=LONGEST).contains(&id.len()) && id.iter().all(plain);
    if !request.headers().get_all(HEADER).iter().all(|id| good(id.as_bytes())) {
        request.headers_mut().remove(HEADER);
    }
    request
}

/// A request as the log knows it. Nothing that a caller chose is in it but the id: not the path, which
/// holds ids of alerts, and not the query, which may hold anything. At the gravest level, so that it is
/// there whatever is logged.
fn span(request: &Request) -> Span {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    let route = request.extensions().get().map_or("other", MatchedPath::as_str);
    tracing::error_span!("request", request_id = id, route)
}
