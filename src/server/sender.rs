//! Who sent a request, and by what: the connection says it, and headers only where a proxy wrote them
//! that is trusted to (`BELFRY_TRUSTED_PROXIES`). Whoever else sends them is not believed.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName},
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;

use super::serve::Peer;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Where a request comes from. Every request has it among its extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The address of who sent it.
    pub address: IpAddr,
    /// Whether it came by TLS.
    pub secure: bool,
}

/// The proxies that are believed.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Those of these networks.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Who sent a request with these headers, which came from `peer`.
    ///
    /// Each proxy adds whom it got a request from at the end of the list, so it is read backwards, as far
    /// as those who wrote it are trusted: what comes before that anybody may have made up.
    fn sender(&self, peer: IpAddr, headers: &HeaderMap) -> Sender {
        if !self.trust(peer) {
            return Sender { address: peer, secure: false };
        }
        let mut address = peer;
        for named in backwards(headers, &FORWARDED_FOR) {
            let Some(named) = parse(named) else { break };
            address = named;
            if !self.trust(named) {
                break;
            }
        }
        let secure = backwards(headers, &FORWARDED_PROTO).next().is_some_and(|it| it == "https");
        Sender { address, secure }
    }
}

/// The items of a header that is a list, over all its lines, the last one first.
fn backwards<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lines: Vec<_> = headers.get_all(name).iter().collect();
    let lines = lines.into_iter().rev().map(|line| line.to_str().unwrap_or_default());
    lines.flat_map(|line| line.rsplit(',')).map(str::trim)
}

/// An address, with or without a port.
fn parse(text: &str) -> Option<IpAddr> {
    let address = text.parse().ok().or_else(|| text.parse().ok().map(|it: SocketAddr| it.ip()));
    address.map(|address| address.to_canonical())
}

/// One network, or one address.
///
/// # Errors
/// It is neither.
pub fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let network = text.parse().ok().or_else(|| text.parse().ok().map(|it: IpAddr| it.into()));
    network.ok_or_else(|| format!("{text:?} is neither an address nor a network like 10.0.0.0/8"))
}

/// Gives each request its [`Sender`].
pub async fn name(
    State(proxies): State<Arc<Proxies>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let sender = proxies.sender(peer.address.ip().to_canonical(), request.headers());
    request.extensions_mut().insert(sender);
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(peer: &str, forwarded_for: &[&str], proto: &str) -> (String, bool) {
        let proxies = Proxies::new(vec![network("10.0.0.0/8").unwrap(), network("::1").unwrap()]);
        let mut headers = HeaderMap::new();
        for line in forwarded_for {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        headers.append(FORWARDED_PROTO, proto.parse().unwrap());
        let Sender { address, secure } = proxies.sender(peer.parse().unwrap(), &headers);
        (address.to_string(), secure)
    }

    #[test]
    fn who_is_no_proxy_is_not_believed() {
        assert_eq!(sender("192.0.2.7", &["203.0.113.1"], "https"), ("192.0.2.7".into(), false));
    }

    #[test]
    fn a_proxys_word_is_taken_and_what_it_was_told_by_others_is_not() {
        for (lines, address) in [
            (&["203.0.113.1"][..], "203.0.113.1"),
            (&["198.51.100.9, 203.0.113.1"], "203.0.113.1"),
            (&["198.51.100.9, 203.0.113.1, 10.1.1.1"], "203.0.113.1"),
            (&["198.51.100.9", "203.0.113.1,10.1.1.1"], "203.0.113.1"),
            (&["203.0.113.1:4711"], "203.0.113.1"),
            (&["[2001:db8::1]:4711"], "2001:db8::1"),
            (&["::ffff:203.0.113.1"], "203.0.113.1"),
            (&["10.2.2.2, 10.1.1.1"], "10.2.2.2"),
            (&["198.51.100.9, unknown"], "10.0.0.1"),
            (&[""], "10.0.0.1"),
            (&[], "10.0.0.1"),
        ] {
            assert_eq!(sender("10.0.0.1", lines, "https"), (address.into(), true), "{lines:?}");
        }
        assert_eq!(sender("::1", &["203.0.113.1"], "http"), ("203.0.113.1".into(), false));
        assert!(!sender("10.0.0.1", &[], "https, http").1);
    }

    #[test]
    fn a_network_is_named_by_its_prefix_or_by_its_one_address() {
        assert_eq!(network(" 192.0.2.1").unwrap().to_string(), "192.0.2.1/32");
        assert_eq!(network("2001:db8::/32").unwrap().to_string(), "2001:db8::/32");
        assert!(network("proxy.internal").is_err());
    }
}
