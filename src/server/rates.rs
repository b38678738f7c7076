//! How many requests each sender and each publisher may make in a second, and how they are told.
//!
//! An answer says how much is left (`RateLimit`, `RateLimit-Policy`: draft-ietf-httpapi-ratelimit-headers), and
//! a refusal when to come again (`Retry-After`; 429 is RFC 6585, section 4).

use std::{
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};
use serde_json::{Value, json};

use super::sender::Sender;

/// After so many questions those are forgotten that have not asked for a second: what is remembered is
/// at most so many more than asked of late, whoever they say they are.
const FORGET_EACH: u32 = 4_096;

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// A rate for each key.
pub struct Rate<K: Hash + Eq + Clone> {
    /// Of what; a name in headers.
    name: &'static str,
    each_second: NonZeroU32,
    limiter: Limiter<K>,
    clock: DefaultClock,
    asked: AtomicU32,
}

/// How somebody stands with a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    name: &'static str,
    each_second: NonZeroU32,
    left: u32,
    /// When to come again, for who has used it up.
    wait: Option<Duration>,
}

impl<K: Hash + Eq + Clone> Rate<K> {
    fn new(name: &'static str, each_second: NonZeroU32) -> Self {
        let limiter = RateLimiter::dashmap(Quota::per_second(each_second)).with_middleware();
        Self { name, each_second, limiter, clock: DefaultClock::default(), asked: AtomicU32::new(0) }
    }

    /// One more for `key`, where there is one left.
    fn take(&self, key: &K) -> Standing {
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(FORGET_EACH) {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        let (left, wait) = match self.limiter.check_key(key) {
            Ok(state) => (state.remaining_burst_capacity(), None),
            Err(early) => (0, Some(early.wait_time_from(self.clock.now()))),
        };
        Standing { name: self.name, each_second: self.each_second, left, wait }
    }
}

impl Standing {
    /// Whether nothing is left.
    pub fn is_over(&self) -> bool {
        self.wait.is_some()
    }

    /// What it comes to for who has used it up.
    pub fn sentence(&self) -> String {
        format!(
            "more than {} requests a second by one {}; try again in a moment",
            self.each_second, self.name
        )
    }

    /// The same as a GraphQL error.
    pub fn error(&self) -> Value {
        json!({ "message": self.sentence(), "extensions": { "code": "RATE_LIMITED" } })
    }

    /// Tells it in the headers of an answer.
    pub fn tell(&self, headers: &mut HeaderMap) {
        let policy = format!("\"{}\";q={};w=1", self.name, self.each_second);
        let left = format!("\"{}\";r={};t=1", self.name, self.left);
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", left)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.append(HeaderName::from_static(name), value);
            }
        }
        if let Some(wait) = self.wait {
            headers.insert(header::RETRY_AFTER, wait.as_secs().max(1).into());
        }
    }
}

/// The rates of a node; none where there is no limit.
#[derive(Default)]
pub struct Rates {
    publishers: Option<Rate<String>>,
    addresses: Option<Rate<IpAddr>>,
    /// Whether what comes from this machine counts.
    loopback: bool,
}

impl Rates {
    /// So many requests a second for each publisher, and for each address, this machine's own among them
    /// or not.
    pub fn new(publishers: Option<NonZeroU32>, addresses: Option<NonZeroU32>, loopback: bool) -> Self {
        let publishers = publishers.map(|rate| Rate::new("publisher", rate));
        Self { publishers, addresses: addresses.map(|rate| Rate::new("address", rate)), loopback }
    }

    /// One more request of a publisher, by the name it is known by; how it stands, where that is limited.
    pub fn publisher(&self, name: &str) -> Option<Standing> {
        Some(self.publishers.as_ref()?.take(&name.to_owned()))
    }

    /// By what a sender is counted on this node, if at all.
    pub fn counted(&self, sender: Sender) -> Option<IpAddr> {
        counted(sender, self.loopback)
    }

    fn address(&self, sender: Sender) -> Option<Standing> {
        let address = self.counted(sender)?;
        Some(self.addresses.as_ref()?.take(&address))
    }
}

/// By what a sender is counted; none for this machine itself unless that counts. Whoever has one address of
/// the newer kind has at least the 2^64 of a network, and who has a line of their own up to 256 such networks (RFC
/// 6177, section 2): those count as one.
pub fn counted(sender: Sender, loopback: bool) -> Option<IpAddr> {
    let address = match sender.address {
        IpAddr::V6(address) if !address.is_loopback() => {
            let network = u128::from(address) >> 72 << 72;
            IpAddr::V6(network.into())
        }
        address => address,
    };
    (loopback || !address.is_loopback()).then_some(address)
}

/// Lets a request through that its sender may make, or answers 429.
pub async fn limit(
    State(rates): State<Arc<Rates>>,
    Extension(sender): Extension<Sender>,
    request: Request,
    next: Next,
) -> Response {
    let Some(standing) = rates.address(sender) else { return next.run(request).await };
    let mut response = if standing.is_over() {
        (StatusCode::TOO_MANY_REQUESTS, standing.sentence()).into_response()
    } else {
        next.run(request).await
    };
    standing.tell(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(each_second: u32) -> Rate<&'static str> {
        Rate::new("publisher", each_second.try_into().unwrap())
    }

    #[test]
    fn what_is_left_becomes_less_until_there_is_a_time_to_wait() {
        let rate = rate(2);
        let taken = [rate.take(&"ci"), rate.take(&"ci"), rate.take(&"ci")];
        assert_eq!(taken.map(|it| (it.left, it.is_over())), [(1, false), (0, false), (0, true)]);
        assert!(!rate.take(&"shop").is_over());
    }

    #[test]
    fn those_who_have_long_not_asked_are_forgotten() {
        let rate = Rate::new("address", 1_000_000.try_into().unwrap());
        (0..FORGET_EACH * 8).for_each(|it| assert!(!rate.take(&it).is_over()));
        assert!(rate.limiter.len() <= 2 * usize::try_from(FORGET_EACH).unwrap(), "{}", rate.limiter.len());
    }

    #[test]
    fn this_machine_counts_only_if_told_to_and_a_network_of_the_newer_kind_is_one() {
        let counted = |text: &str, loopback| {
            counted(Sender { address: text.parse().unwrap(), secure: false }, loopback)
        };
        assert_eq!(counted("127.0.0.1", false), None);
        assert_eq!(counted("::1", false), None);
        assert!(counted("127.0.0.1", true).is_some());
        assert_eq!(counted("2001:db8::1", false), counted("2001:db8::ffff:1", false));
        assert_eq!(counted("2001:db8::1", false), counted("2001:db8:0:ff::1", false));
        assert_ne!(counted("2001:db8::1", false), counted("2001:db8:0:100::1", false));
        assert_ne!(counted("192.0.2.1", false), counted("192.0.2.2", false));
    }

    #[test]
    fn an_answer_tells_what_is_left_and_a_refusal_when_to_come_again() {
        let rate = rate(1);
        let (mut first, mut second) = (HeaderMap::new(), HeaderMap::new());
        rate.take(&"ci").tell(&mut first);
        rate.take(&"ci").tell(&mut second);
        assert_eq!(
            (&first["ratelimit-policy"], &first["ratelimit"]),
            (
                &HeaderValue::from_static("\"publisher\";q=1;w=1"),
                &HeaderValue::from_static("\"publisher\";r=0;t=1")
            )
        );
        assert!(!first.contains_key("retry-after"));
        assert_eq!(second["retry-after"], "1");
    }
}
