//! Reading `REDIS_URL`.

use std::sync::Arc;

use redis::{
    Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, RedisConnectionInfo,
};
use url::Url;

use super::{Address, RedisError, address::Kind, cluster::Cluster, sentinel::Sentinels, server::Server};

/// Where sentinels listen unless told otherwise.
const SENTINEL_PORT: u16 = 26_379;

/// The forms of a URL, as they are shown to whoever got one wrong.
const SINGLE: &str = "redis://user:password@host:6379";
const SENTINEL: &str = "redis-sentinel://user:password@host1:26379,host2:26379/master-name";
const CLUSTER: &str = "redis-cluster://user:password@host1:6379,host2:6379";

/// The address that a URL says. See [`Address::parse`].
pub(super) fn parse(url: &str) -> Result<Address, RedisError> {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let (form, address) = match scheme {
        "redis-sentinel" => (SENTINEL, sentinel("redis", rest)),
        "rediss-sentinel" => (SENTINEL, sentinel("rediss", rest)),
        "redis-cluster" => (CLUSTER, cluster("redis", rest)),
        "rediss-cluster" => (CLUSTER, cluster("rediss", rest)),
        _ => (SINGLE, single(url)),
    };
    address.ok_or_else(|| RedisError(format!("REDIS_URL is malformed: write it like {form}")))
}

fn single(url: &str) -> Option<Address> {
    let info = in_resp3(url.into_connection_info().ok()?);
    if host_of(&info).is_some_and(|host| host.contains(',')) {
        return None;
    }
    let shown = info.addr().to_string().into();
    Some(Address { kind: Kind::One(Server::Single(Client::open(info).ok()?)), shown })
}

fn sentinel(scheme: &str, rest: &str) -> Option<Address> {
    let (authority, name) = rest.split_once('/')?;
    // What Sentinel allows in a name.
    let plain = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
    if name.is_empty() || !name.chars().all(plain) {
        return None;
    }
    let (servers, hosts) = servers(scheme, authority, Some(SENTINEL_PORT))?;
    let kind = Kind::One(Server::Master(Arc::new(Sentinels::new(servers, name))));
    Some(Address { kind, shown: format!("{hosts}/{name}").into() })
}

fn cluster(scheme: &str, rest: &str) -> Option<Address> {
    let (servers, hosts) = servers(scheme, rest.strip_suffix('/').unwrap_or(rest), None)?;
    let seeds = servers.into_iter().map(Client::open).collect::<Result<_, _>>().ok()?;
    Some(Address { kind: Kind::Cluster(Arc::new(Cluster::new(seeds))), shown: hosts.into() })
}

/// The servers of `user:password@host:port,host:port`, and the same without the user.
fn servers<'a>(
    scheme: &str,
    authority: &'a str,
    port: Option<u16>,
) -> Option<(Vec<ConnectionInfo>, &'a str)> {
    if authority.contains(['/', '?', '#']) {
        return None;
    }
    let at = authority.rfind('@').map_or(0, |at| at + 1);
    let (user, hosts) = authority.split_at(at);
    let servers = hosts.split(',').map(|host| {
        let mut url = Url::parse(&format!("{scheme}://{user}{host}")).ok()?;
        if url.port().is_none() {
            url.set_port(port).ok()?;
        }
        url.into_connection_info().ok().map(in_resp3)
    });
    Some((servers.collect::<Option<_>>()?, hosts))
}

/// Only in RESP3 is what a subscription gets told apart from what a command is answered. The library's name is
/// not told: that takes one more right.
fn in_resp3(info: ConnectionInfo) -> ConnectionInfo {
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3).set_skip_set_lib_name();
    info.set_redis_settings(settings)
}

/// Another server that is talked to in the same way.
pub(super) fn at(like: &ConnectionInfo, host: String, port: u16) -> ConnectionInfo {
    let addr = match like.addr() {
        ConnectionAddr::TcpTls { insecure, tls_params, .. } => {
            ConnectionAddr::TcpTls { host, port, insecure: *insecure, tls_params: tls_params.clone() }
        }
        _ => ConnectionAddr::Tcp(host, port),
    };
    like.clone().set_addr(addr)
}

/// The host of a server.
pub(super) fn host_of(server: &ConnectionInfo) -> Option<String> {
    match server.addr() {
        ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => Some(host.clone()),
        _ => None,
    }
}

/// The same server for whoever has no user there.
pub(super) fn without_user(server: &ConnectionInfo) -> ConnectionInfo {
    in_resp3(server.clone().set_redis_settings(RedisConnectionInfo::default()))
}
