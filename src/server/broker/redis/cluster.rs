//! Asking a cluster who holds which slots.

use std::{
    ops::RangeInclusive,
    sync::{Mutex, PoisonError},
};

use rand::seq::{IndexedRandom, SliceRandom};
use redis::{
    Client, ConnectionInfo, ErrorKind, ProtocolVersion, RedisError, RedisResult, Value,
    aio::MultiplexedConnection, cluster::ClusterClientBuilder, cluster_async::ClusterConnection,
};

use super::{
    address::{PATIENCE, settings},
    channels::Slots,
    server::Server,
    trial::refuses,
    url::{at, host_of},
};

/// The servers of a cluster.
#[derive(Debug)]
pub(super) struct Cluster {
    /// Those that were given.
    seeds: Vec<Client>,
    /// Those that held slots when it was asked last.
    known: Mutex<Vec<Client>>,
}

impl Cluster {
    pub(super) fn new(seeds: Vec<Client>) -> Self {
        Self { seeds, known: Mutex::default() }
    }

    /// Those that were given.
    pub(super) fn seeds(&self) -> &[Client] {
        &self.seeds
    }

    /// A connection for commands, which finds its way by itself.
    ///
    /// # Errors
    /// No server can be reached.
    pub(super) async fn connect(&self) -> RedisResult<ClusterConnection> {
        let servers = self.servers().into_iter().map(|server| server.get_connection_info().clone());
        let client = ClusterClientBuilder::new(servers)
            .use_protocol(ProtocolVersion::RESP3)
            .connection_timeout(PATIENCE)
            .response_timeout(PATIENCE)
            .build()?;
        client.get_async_connection().await
    }

    /// A connection to whichever server is there first.
    ///
    /// # Errors
    /// There is none, or one refuses the user or the password.
    pub(super) async fn first(&self) -> RedisResult<MultiplexedConnection> {
        let mut failure = unknown();
        for server in self.servers() {
            match server.get_multiplexed_async_connection_with_config(&settings()).await {
                Ok(conn) => return Ok(conn),
                Err(error) if refuses(&error) => return Err(error),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// Any of the servers that hold slots.
    ///
    /// # Errors
    /// No server can be reached that says who they are.
    pub(super) async fn any(&self) -> RedisResult<Server> {
        let holdings = self.holdings().await?;
        holdings.choose(&mut rand::rng()).map(|(server, _)| server.clone()).ok_or_else(unknown)
    }

    /// Who holds which slots, by the first server that is in touch with most others.
    ///
    /// # Errors
    /// There is none.
    pub(super) async fn holdings(&self) -> RedisResult<Vec<(Server, Slots)>> {
        let mut failure = unknown();
        for server in self.servers() {
            match ask(&server).await {
                Ok(holdings) => {
                    let known = holdings.iter().map(|(client, _)| client.clone()).collect();
                    *self.known.lock().unwrap_or_else(PoisonError::into_inner) = known;
                    return Ok(holdings.into_iter().map(|(it, slots)| (Server::Member(it), slots)).collect());
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// Whom to ask, in any order: one that is gone, or out of touch, must not always come first.
    fn servers(&self) -> Vec<Client> {
        let mut servers = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        servers.shuffle(&mut rand::rng());
        servers.extend(self.seeds.iter().cloned());
        servers
    }
}

async fn ask(server: &Client) -> RedisResult<Vec<(Client, Slots)>> {
    let mut conn = server.get_multiplexed_async_connection_with_config(&settings()).await?;
    Server::Member(server.clone()).test(&mut conn).await?;
    let rows: Vec<Value> = redis::cmd("CLUSTER").arg("SLOTS").query_async(&mut conn).await?;
    let mut holdings: Vec<(ConnectionInfo, Slots)> = Vec::new();
    for row in rows {
        let (holder, range) = holding(&row, server.get_connection_info()).ok_or_else(unknown)?;
        match holdings.iter_mut().find(|(known, _)| known.addr() == holder.addr()) {
            Some((_, slots)) => slots.add(range),
            None => holdings.push((holder, Slots::of(range))),
        }
    }
    holdings.into_iter().map(|(info, slots)| Ok((Client::open(info)?, slots))).collect()
}

/// One row of `CLUSTER SLOTS`: the first slot, the last one, who holds them, and their replicas.
fn holding(row: &Value, asked: &ConnectionInfo) -> Option<(ConnectionInfo, RangeInclusive<u16>)> {
    let Value::Array(row) = row else { return None };
    let [Value::Int(first), Value::Int(last), Value::Array(holder), ..] = row.as_slice() else { return None };
    let [host, Value::Int(port), ..] = holder.as_slice() else { return None };
    let host = match host {
        // Some other server, of which the one that was asked knows no name.
        Value::BulkString(host) if host == b"?" => return None,
        Value::BulkString(host) if !host.is_empty() => String::from_utf8(host.clone()).ok()?,
        // It does not know its own name: that by which it was reached will do.
        _ => host_of(asked)?,
    };
    let range = u16::try_from(*first).ok()?..=u16::try_from(*last).ok()?;
    Some((at(asked, host, u16::try_from(*port).ok()?), range))
}

fn unknown() -> RedisError {
    RedisError::from((ErrorKind::ClusterConnectionNotFound, "no server says who holds which slots"))
}
