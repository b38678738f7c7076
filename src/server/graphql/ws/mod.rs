//! The server of `graphql-transport-ws`, the protocol of GraphQL over WebSocket.
//!
//! - [`core`]: the protocol's rules as a state machine without I/O or clock.
//! - [`host`]: what the server behind the socket provides.
//! - [`bulletin`]: what a node tells all its sockets.
//! - [`end`]: how a socket is closed so that the peer sees why.
//! - `operations`: the streams that run on one socket.
//! - `deadlines`: when a socket must act although nothing happened.
//! - `flow`: how fast a peer may talk.
//! - `reasons`: what a peer is told when it does not go on.
//! - `socket`: the loop that drives these over a WebSocket, one task each.

use std::{mem, sync::Arc, time::Duration};

use axum::{
    extract::ws::{WebSocket, WebSocketUpgrade},
    response::Response,
};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, Span};

pub mod bulletin;
pub mod core;
mod deadlines;
pub mod end;
mod flow;
pub mod host;
mod operations;
mod reasons;
mod socket;

pub use flow::Flow;
pub use host::{Admitted, Host, Operation, Refused, Step, Steps};

use bulletin::Bulletin;
use end::End;

use crate::{
    live::{close, message::SUBPROTOCOL},
    server::metrics::Metrics,
};

/// Costs every socket this much at once, so it is small (RFC 6455 frames may be larger).
const READ_BUFFER_BYTES: usize = 2 * 1024;
/// What is gathered before a write without a flush.
const WRITE_BUFFER_BYTES: usize = 4 * 1024;
/// No frame above this is sent: a bound, well over the largest page of alerts.
const MAX_WRITE_BUFFER_BYTES: usize = 16 * 1024 * 1024;

/// How much time each socket adds to that in which all leave: a thousand come back in a second.
const LEAVING_EACH: Duration = Duration::from_millis(1);

/// What one socket may take of the server's time and memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Operations running at once.
    pub operations: usize,
    /// Messages a second, and as many at once; none: as many as come.
    pub messages: Option<u32>,
    /// The same of bytes.
    pub bytes: Option<u32>,
    /// The largest message, in bytes.
    pub message_bytes: usize,
    /// The largest frame of one, in bytes.
    pub frame_bytes: usize,
    /// From the upgrade to `connection_init`.
    pub init: Duration,
    /// From `connection_init` to the host's verdict.
    pub admit: Duration,
    /// Silence of the peer, and time since the last ping, after which it is pinged.
    pub ping: Duration,
    /// Silence after which the peer is dropped.
    pub silence: Duration,
    /// For the peer to take a frame.
    pub write: Duration,
    /// For the peer to answer our close, so that it sees the code before the connection goes.
    pub close: Duration,
    /// For all sockets together to leave a node that stops, however many they are.
    pub leave: Duration,
    /// For what runs on a socket that is to leave to be answered.
    pub finish: Duration,
}

/// The most that the head of a frame of a client takes (RFC 6455, section 5.2).
const FRAME_HEAD_BYTES: u32 = 14;

impl Limits {
    /// The bytes that a connection may carry in a second, what frames are made of with it; none: as many as come.
    pub fn carried(&self) -> Option<u32> {
        let heads = self.messages?.saturating_mul(FRAME_HEAD_BYTES);
        Some(self.bytes?.saturating_add(heads))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            operations: 50,
            messages: Some(2_000),
            bytes: Some(1024 * 1024),
            message_bytes: 64 * 1024,
            frame_bytes: 64 * 1024,
            init: Duration::from_secs(3),
            admit: Duration::from_secs(10),
            ping: Duration::from_secs(10),
            silence: Duration::from_secs(25),
            write: Duration::from_secs(10),
            close: Duration::from_secs(1),
            leave: Duration::from_secs(8),
            finish: Duration::from_secs(3),
        }
    }
}

/// How frames are read and written on every socket: by small buffers, and no message or frame of a
/// client above `largest` bytes.
pub fn framed(request: WebSocketUpgrade, largest: usize) -> WebSocketUpgrade {
    request
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(MAX_WRITE_BUFFER_BYTES)
        .max_message_size(largest)
        .max_frame_size(largest)
}

/// All sockets of this node. Clones are handles to the same.
#[derive(Debug, Clone)]
pub struct Sockets {
    limits: Arc<Limits>,
    metrics: Arc<Metrics>,
    bulletin: watch::Sender<Bulletin>,
    tasks: TaskTracker,
}

impl Sockets {
    /// No sockets yet.
    #[must_use]
    pub fn new(limits: Limits, metrics: Arc<Metrics>) -> Self {
        let (bulletin, tasks) = (watch::Sender::default(), TaskTracker::new());
        Self { limits: Arc::new(limits), metrics, bulletin, tasks }
    }

    /// Answers an upgrade request; the socket then lives in a task of its own.
    ///
    /// Without the subprotocol in common the upgrade is accepted all the same and closed with 4406:
    /// a browser shows a script no HTTP status of a failed upgrade, but a close code it does.
    pub fn upgrade<H: Host>(&self, request: WebSocketUpgrade, host: H) -> Response {
        let framed = framed(request, self.limits.message_bytes).max_frame_size(self.limits.frame_bytes);
        let upgrade = framed.protocols([SUBPROTOCOL]);
        let sockets = self.clone();
        let open = self.tasks.token();
        // What is logged of a socket carries the id of the request it came by.
        let span = Span::current();
        upgrade.on_upgrade(move |socket| {
            let served = async move {
                sockets.serve(socket, host).await;
                drop(open);
            };
            served.instrument(span)
        })
    }

    async fn serve<H: Host>(&self, socket: WebSocket, host: H) {
        if socket.protocol().is_none() {
            let refusal = reasons::frame(close::SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable");
            return End::Close(refusal).carry_out(socket, self.limits.close).await;
        }
        let bulletin = self.bulletin.subscribe();
        if bulletin.borrow().leave_within.is_some() {
            return End::Close(reasons::restart()).carry_out(socket, self.limits.close).await;
        }
        let (limits, metrics) = (Arc::clone(&self.limits), Arc::clone(&self.metrics));
        socket::serve(socket, host, limits, metrics, bulletin).await;
    }

    /// How many sockets are open.
    #[must_use]
    pub fn count(&self) -> usize {
        self.tasks.len()
    }

    /// Tells every socket, within a second, whether changes arrive.
    pub fn set_live(&self, live: bool) {
        let changed =
            self.bulletin.send_if_modified(|bulletin| mem::replace(&mut bulletin.live, live) != live);
        match (changed, live) {
            (true, false) => tracing::warn!("sockets are told that they are not live"),
            (true, true) => tracing::info!("sockets are told that they are live again"),
            (false, _) => {}
        }
    }

    /// What one socket may take.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether changes arrive, as sockets were told.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.bulletin.borrow().live
    }

    /// Tells every socket 1012, so that clients come back elsewhere or later: those that are open one
    /// after the other, those that come yet at once. Ends when the last is gone, at most `patience` later.
    pub async fn drain(&self, patience: Duration) {
        let count = u32::try_from(self.count()).unwrap_or(u32::MAX);
        let within = LEAVING_EACH.saturating_mul(count).min(self.limits.leave);
        self.bulletin.send_modify(|bulletin| bulletin.leave_within = Some(within));
        self.tasks.close();
        let gone = tokio::time::timeout(patience, self.tasks.wait()).await;
        if gone.is_err() {
            tracing::warn!(open = self.tasks.len(), "sockets were still open when the wait for them ended");
        }
    }
}
