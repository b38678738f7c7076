//! Which upgrades are let in, and when. When thousands of sockets come back at once, a node takes so many a
//! second as it can well do beside its other work. The next ones wait, in the order in which they came; whoever
//! would wait for too long is told to come again, before anybody looks up who they are. Were all of them told
//! that, the node would be busy with saying it: each comes again within seconds.
//!
//! With 503, though no script sees it: a socket that is opened to be closed again (1013) would cost what is
//! to be spared. To a browser's script either is a connection that did not last, and it comes back after a
//! wait of its own; a balancer may try another node.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc};

use axum::{
    Extension,
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{
    DefaultDirectRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use prometheus_client::metrics::counter::Counter;
use rlimit::Resource;
use tokio::{
    sync::{Mutex, Semaphore},
    time::sleep,
};

use super::{
    metrics::{Counted, Metrics},
    rates::counted,
    request::unavailable,
    sender::Sender,
    serve::Peer,
    tally::{Place, Tally},
};

/// How many seconds the last one in the line waits, at most: clients give a socket up that does not open
/// within ten.
const LONGEST_WAIT: usize = 8;

/// Decides about upgrades.
pub struct Admission {
    /// None: as many as come are let in at once.
    line: Option<Line>,
    /// The sockets of each address.
    addresses: Tally<IpAddr>,
    /// Whether this machine's own addresses count.
    loopback: bool,
    /// The first descriptor that is kept for others: probes, scrapes, the database.
    reserved: u64,
    metrics: Arc<Metrics>,
}

impl Admission {
    /// Lets `each_second` in, so many of each address, and nine tenths of the open files that the process
    /// may have.
    pub fn new(
        each_second: Option<NonZeroU32>,
        each_address: Option<u32>,
        loopback: bool,
        metrics: Arc<Metrics>,
    ) -> Self {
        let limit = rlimit::getrlimit(Resource::NOFILE).map_or(u64::MAX, |(soft, _)| soft);
        let (line, addresses) = (each_second.map(Line::of), Tally::up_to(each_address));
        Self { line, addresses, loopback, reserved: limit / 10 * 9, metrics }
    }

    /// Waits until a connection may go on. What counts its refusal, if it is refused.
    async fn admit(&self, peer: Peer, sender: Sender) -> Result<Seat, &Counter> {
        let sockets = &self.metrics.sockets;
        if u64::try_from(peer.descriptor).is_ok_and(|number| number >= self.reserved) {
            return Err(&sockets.refused_files);
        }
        // Before the line: who has no place must not take one in it.
        let seat = match counted(sender, self.loopback) {
            Some(address) => Some(self.addresses.take(address).ok_or(&sockets.refused_address)?),
            None => None,
        };
        let _waiting = Counted::by(&sockets.waiting);
        let passed = match &self.line {
            Some(line) => line.pass().await,
            None => true,
        };
        if passed { Ok(Seat(seat.map(Arc::new))) } else { Err(&sockets.refused_rate) }
    }
}

/// A socket's place among those of its address, where they are counted; given back with the last clone.
#[derive(Clone, Debug)]
pub struct Seat(#[expect(dead_code, reason = "it is held, not looked at")] Option<Arc<Place<IpAddr>>>);

/// Those who wait to be let in.
struct Line {
    rate: DefaultDirectRateLimiter,
    clock: DefaultClock,
    /// One for each who waits.
    places: Semaphore,
    /// Held by the first one. It is fair: who came first is next.
    turn: Mutex<()>,
}

impl Line {
    /// A line that moves on by so many a second.
    fn of(each_second: NonZeroU32) -> Self {
        let places = usize::try_from(each_second.get()).unwrap_or(usize::MAX).saturating_mul(LONGEST_WAIT);
        Self {
            rate: RateLimiter::direct(Quota::per_second(each_second)),
            clock: DefaultClock::default(),
            places: Semaphore::new(places.min(Semaphore::MAX_PERMITS)),
            turn: Mutex::new(()),
        }
    }

    /// Waits for one's turn. False, at once: the line is too long.
    async fn pass(&self) -> bool {
        let Ok(_place) = self.places.try_acquire() else { return false };
        let _turn = self.turn.lock().await;
        while let Err(early) = self.rate.check() {
            sleep(early.wait_time_from(self.clock.now())).await;
        }
        true
    }
}

/// Lets an upgrade through with its [`Seat`] when it is its turn, or answers 503 and gives the connection up. What
/// is none is answered 426 (RFC 9110, section 15.5.22).
pub async fn admit(
    State(admission): State<Arc<Admission>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Extension(sender): Extension<Sender>,
    mut request: Request,
    next: Next,
) -> Response {
    // Before the line: a place in it is for who wants a socket.
    let upgrade = request.headers().get(header::UPGRADE).and_then(|it| it.to_str().ok());
    if !upgrade.is_some_and(|protocol| protocol.eq_ignore_ascii_case("websocket")) {
        let wanted = [(header::UPGRADE, "websocket"), (header::CONNECTION, "upgrade")];
        return (StatusCode::UPGRADE_REQUIRED, wanted, "this is an address for WebSockets").into_response();
    }
    match admission.admit(peer, sender).await {
        Ok(seat) => {
            request.extensions_mut().insert(seat);
            return next.run(request).await;
        }
        Err(refused) => refused.inc(),
    };
    let mut response = unavailable();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
