//! HTTP by route and status.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::StatusCode,
    middleware::Next,
    response::Response,
};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::{Registry, Unit},
};

use super::{Metrics, SECONDS};

/// What was answered. A route is the template in the table of routes, never the path that was asked
/// for; what fits none of them, the built site's own files among it, is `other`.
#[derive(Debug)]
pub(super) struct Answers {
    requests: Family<Answer, Counter>,
    durations: Family<Asked, Histogram, fn() -> Histogram>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    route: String,
}

impl Answers {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let requests = Family::default();
        registry.register("http_requests", "Requests answered, by route and status", requests.clone());
        let durations = Family::new_with_constructor((|| Histogram::new(SECONDS)) as fn() -> Histogram);
        let help = "From a request's head to its answer's; of a socket, to the upgrade";
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, durations.clone());
        Self { requests, durations }
    }

    fn note(&self, route: &str, status: StatusCode, begin: Instant) {
        let (route, status) = (route.to_owned(), status.as_u16());
        self.durations.get_or_create(&Asked { route: route.clone() }).observe(begin.elapsed().as_secs_f64());
        self.requests.get_or_create(&Answer { route, status }).inc();
    }
}

/// Counts each request that is answered.
pub async fn count(
    State(metrics): State<Arc<Metrics>>,
    route: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let begin = Instant::now();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    metrics.answers.note(route, response.status(), begin);
    response
}
