//! Takes connections and serves them. The framework's own loop would do, but it gives a request's head
//! all the time in the world: who sends one a byte a minute could keep thousands of connections open.

use std::{
    io,
    net::SocketAddr,
    os::fd::{AsRawFd, RawFd},
    pin::pin,
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service;

/// The longest head of a request, in bytes: beyond it the answer is 431 (RFC 6585, section 5).
const HEAD_BYTES: usize = 64 * 1024;

/// How long no connection is taken after the system gave none, for want of descriptors or memory.
const PAUSE: Duration = Duration::from_secs(1);

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Where it is: a person's machine, or the last proxy.
    pub address: SocketAddr,
    /// The number of the connection's descriptor. The system gives out the lowest that is free, so that
    /// many at least were open when it was accepted.
    pub descriptor: RawFd,
}

/// Serves until `stop`, and then as long as requests are at hand. A connection on which no whole head of
/// a request has come for `head` is given up, be it between two requests.
pub async fn serve(listener: TcpListener, router: Router, head: Duration, stop: CancellationToken) {
    let connections = TaskTracker::new();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, address)) => {
                let peer = Peer { address, descriptor: stream.as_raw_fd() };
                connections.spawn(connection(stream, peer, router.clone(), head, stop.clone()));
            }
            Err(error) => pause(&error).await,
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// A connection that was gone before it was taken is nobody's fault; anything else will not pass at once.
async fn pause(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%error, "cannot take a connection");
        sleep(PAUSE).await;
    }
}

/// One connection, to its end or to its upgrade.
async fn connection(stream: TcpStream, peer: Peer, router: Router, head: Duration, stop: CancellationToken) {
    // What is written at once is meant to be sent at once.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        // A router is always ready.
        router.clone().call(request)
    });
    let mut served = http1::Builder::new();
    served.timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(HEAD_BYTES);
    let mut served = pin!(served.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let ended = tokio::select! {
        ended = &mut served => ended,
        () = stop.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}
