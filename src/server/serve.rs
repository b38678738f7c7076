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
use rlimit::Resource;
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tokio_io_timeout::TimeoutStream;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service;

use super::metered::{Meter, Metered};

/// The longest head of a request, in bytes: beyond it the answer is 431 (RFC 6585, section 5).
const HEAD_BYTES: usize = 64 * 1024;

/// How long no connection is taken after the system gave none, for want of descriptors or memory.
const PAUSE: Duration = Duration::from_secs(1);

/// How long nothing of an answer may be taken.
const TAKING: Duration = Duration::from_secs(30);

/// The other end of a connection.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Where it is: a person's machine, or the last proxy.
    pub address: SocketAddr,
    /// The number of the connection's descriptor. The system gives out the lowest that is free, so that
    /// many at least were open when it was accepted.
    pub descriptor: RawFd,
    /// Counts its bytes once it is a socket.
    pub meter: Meter,
}

/// Up to which descriptor connections are taken. The others are for those who ask how the node is, at an address of
/// their own, and for the database.
pub fn most_open() -> RawFd {
    let limit = rlimit::getrlimit(Resource::NOFILE).map_or(u64::MAX, |(soft, _)| soft);
    RawFd::try_from(limit / 20 * 19).unwrap_or(RawFd::MAX)
}

/// Serves until `stop`, and then as long as requests are at hand. Connections beyond `most` are closed at once.
/// A connection on which no whole head of a request has come for `head` is given up, be it between two requests.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    head: Duration,
    most: RawFd,
    stop: CancellationToken,
) {
    let connections = TaskTracker::new();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, _)) if stream.as_raw_fd() >= most => drop(stream),
            Ok((stream, address)) => {
                let (descriptor, meter) = (stream.as_raw_fd(), Meter::default());
                let peer = Peer { address, descriptor, meter };
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
    let mut stream = TimeoutStream::new(Metered::new(stream, peer.meter.clone()));
    stream.set_write_timeout(Some(TAKING));
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer.clone()));
        // A router is always ready.
        router.clone().call(request)
    });
    let mut served = http1::Builder::new();
    served.timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(HEAD_BYTES);
    let mut served = pin!(served.serve_connection(TokioIo::new(Box::pin(stream)), service).with_upgrades());
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
