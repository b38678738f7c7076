//! Which upgrades are let in. When thousands of sockets come back at once, a node takes so many a second
//! as it can well do beside its other work; the rest is told to come again, before anybody looks up who
//! they are.
//!
//! With 503, though no script sees it: a socket that is opened to be closed again (1013) would cost what is
//! to be spared. To a browser's script either is a connection that did not last, and it comes back after a
//! wait of its own; a balancer may try another node.

use std::{
    num::NonZeroU32,
    os::fd::{AsRawFd, RawFd},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State, connect_info::Connected},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
    serve::IncomingStream,
};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use prometheus_client::metrics::counter::Counter;
use rlimit::Resource;
use tokio::net::TcpListener;

use super::{metrics::Metrics, request::unavailable};

/// Decides about upgrades.
pub struct Admission {
    /// None: as many as come.
    rate: Option<DefaultDirectRateLimiter>,
    /// The first descriptor that is kept for others: probes, scrapes, the database.
    reserved: u64,
    metrics: Arc<Metrics>,
}

/// The number of a connection's descriptor. The system gives out the lowest that is free, so that many
/// at least were open when it was accepted.
#[derive(Clone, Copy, Debug)]
pub struct Descriptor(RawFd);

impl Connected<IncomingStream<'_, TcpListener>> for Descriptor {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        Self(stream.io().as_raw_fd())
    }
}

impl Admission {
    /// Lets `each_second` in, and nine tenths of the open files that the process may have.
    pub fn new(each_second: Option<NonZeroU32>, metrics: Arc<Metrics>) -> Self {
        let limit = rlimit::getrlimit(Resource::NOFILE).map_or(u64::MAX, |(soft, _)| soft);
        let rate = each_second.map(|rate| RateLimiter::direct(Quota::per_second(rate)));
        Self { rate, reserved: limit / 10 * 9, metrics }
    }

    /// What counts the refusal of a connection, if it is refused.
    fn refuses(&self, descriptor: Descriptor) -> Option<&Counter> {
        let refused = &self.metrics.sockets;
        if u64::try_from(descriptor.0).is_ok_and(|number| number >= self.reserved) {
            return Some(&refused.refused_files);
        }
        let over = self.rate.as_ref().is_some_and(|rate| rate.check().is_err());
        over.then_some(&refused.refused_rate)
    }
}

/// Lets an upgrade through, or answers 503 and gives the connection up.
pub async fn admit(
    State(admission): State<Arc<Admission>>,
    ConnectInfo(descriptor): ConnectInfo<Descriptor>,
    request: Request,
    next: Next,
) -> Response {
    let Some(refused) = admission.refuses(descriptor) else { return next.run(request).await };
    refused.inc();
    let mut response = unavailable();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
