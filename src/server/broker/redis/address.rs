//! Where Redis is: one server, a master that sentinels know, or a cluster.

use std::{sync::Arc, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, RedisResult,
    aio::{AsyncPushSender, MultiplexedConnection},
};

use super::{
    channels::Slots,
    cluster::Cluster,
    connection::Connection,
    server::Server,
    trial,
    url::{self, host_of},
};
use crate::server::transport::Transport;

/// How long a connection may take to come up, and an answer to come.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// How long it is left alone after a failure.
const PAUSE: Duration = Duration::from_millis(250);

/// A Redis, whichever of its forms. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Address {
    pub(super) kind: Kind,
    /// The servers that were given, without user and password.
    pub(super) shown: Arc<str>,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// One server at a time.
    One(Server),
    /// Several, each with slots of its own.
    Cluster(Arc<Cluster>),
}

/// Why a Redis will not do: one sentence for whoever starts the program.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RedisError(pub(super) String);

impl Address {
    /// The Redis of a URL: `redis://user:password@host:6379`,
    /// `redis-sentinel://user:password@host1:26379,host2:26379/master-name` or
    /// `redis-cluster://user:password@host1:6379,host2:6379`, and `rediss…://` for TLS.
    ///
    /// # Errors
    /// The URL is malformed. It is not repeated: there may be a password in it.
    pub fn parse(url: &str) -> Result<Self, RedisError> {
        url::parse(url)
    }

    /// A connection for commands: to the server, to the master that the sentinels name now, or to
    /// whichever server of the cluster has a command's key. It waits 2 seconds for an answer.
    ///
    /// A cluster's is good for ever. The others end with their server: then ask for another one, and
    /// also when a write is answered `READONLY`, for the master became a replica.
    ///
    /// # Errors
    /// There is none to be had.
    pub async fn connect(&self) -> RedisResult<Connection> {
        match &self.kind {
            Kind::One(server) => server.connect(settings()).await.map(Connection::One),
            Kind::Cluster(cluster) => cluster.connect().await.map(Connection::Cluster),
        }
    }

    /// A connection to one server that hands what it hears to `heard`. In a cluster any of them hears
    /// what goes by plain `PUBLISH`.
    ///
    /// # Errors
    /// There is none to be had.
    pub async fn listen(&self, heard: impl AsyncPushSender) -> RedisResult<MultiplexedConnection> {
        let server = match &self.kind {
            Kind::One(server) => server.clone(),
            Kind::Cluster(cluster) => cluster.any().await?,
        };
        server.connect(settings().set_push_sender(heard)).await
    }

    /// Refuses a Redis that answers and will not do. One that does not answer may come.
    pub(super) async fn try_out(&self) -> Result<(), RedisError> {
        trial::run(self).await
    }

    /// How it is reached.
    pub fn transport(&self) -> Transport {
        let servers = match &self.kind {
            Kind::One(Server::Single(client) | Server::Member(client)) => vec![client.get_connection_info()],
            Kind::One(Server::Master(sentinels)) => sentinels.servers().iter().collect(),
            Kind::Cluster(cluster) => cluster.seeds().iter().map(Client::get_connection_info).collect(),
        };
        let encrypted = |server: &&ConnectionInfo| {
            matches!(server.addr(), ConnectionAddr::TcpTls { insecure: false, .. })
        };
        Transport {
            hosts: servers.iter().filter_map(|server| host_of(server)).collect(),
            is_secret: servers.iter().all(encrypted),
            shows_who: servers.iter().all(|server| server.redis_settings().password().is_some()),
        }
    }

    /// The servers that carry news, and which slots each holds.
    pub(super) async fn holdings(&self) -> RedisResult<Vec<(Server, Slots)>> {
        match &self.kind {
            Kind::One(server) => Ok(vec![(server.clone(), Slots::all())]),
            Kind::Cluster(cluster) => cluster.holdings().await,
        }
    }

    /// Whether news goes over the channels of shards.
    pub(super) fn is_cluster(&self) -> bool {
        matches!(self.kind, Kind::Cluster(_))
    }
}

/// Waits before Redis is tried again: a quarter of a second, give or take a half of that.
pub(super) async fn pause() {
    tokio::time::sleep(PAUSE.mul_f64(rand::random_range(0.5..1.5))).await;
}

/// How every connection is made.
pub(super) fn settings() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE))
}
