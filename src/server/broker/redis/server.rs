//! One server, and whether it still is what it has to be.

use std::{fmt, sync::Arc};

use redis::{
    AsyncConnectionConfig, Client, ErrorKind, RedisError, RedisResult, Role, aio::MultiplexedConnection,
};

use super::sentinel::Sentinels;

/// A server that news goes over. Cloning it is cheap.
#[derive(Clone, Debug)]
pub(super) enum Server {
    /// Always the same one.
    Single(Client),
    /// The one that is the master when it is connected to.
    Master(Arc<Sentinels>),
    /// One of a cluster.
    Member(Client),
}

impl Server {
    /// A connection to it.
    ///
    /// # Errors
    /// There is none to be had, or who was named as the master is not.
    pub(super) async fn connect(
        &self,
        settings: AsyncConnectionConfig,
    ) -> RedisResult<MultiplexedConnection> {
        let client = match self {
            Self::Single(client) | Self::Member(client) => client,
            Self::Master(sentinels) => &sentinels.master().await?,
        };
        let mut conn = client.get_multiplexed_async_connection_with_config(&settings).await?;
        if matches!(self, Self::Master(_)) {
            self.test(&mut conn).await?;
        }
        Ok(conn)
    }

    /// Whether it answers, and can still carry news. A replica takes `PUBLISH` without an error and
    /// tells nobody but its own subscribers; a member of a cluster that has lost sight of most others
    /// still serves those it has.
    ///
    /// # Errors
    /// It is to be left.
    pub(super) async fn test(&self, conn: &mut MultiplexedConnection) -> RedisResult<()> {
        match self {
            Self::Single(_) => redis::cmd("PING").exec_async(conn).await,
            Self::Master(_) => match redis::cmd("ROLE").query_async(conn).await? {
                Role::Primary { .. } => Ok(()),
                _ => Err(unfit("it is not the master")),
            },
            Self::Member(_) => {
                let info: String = redis::cmd("CLUSTER").arg("INFO").query_async(conn).await?;
                let fit = info.lines().any(|line| line == "cluster_state:ok");
                if fit { Ok(()) } else { Err(unfit("its cluster is down")) }
            }
        }
    }
}

/// Its address, or what it is asked for by.
impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Single(client) | Self::Member(client) => client.get_connection_info().addr().fmt(f),
            Self::Master(sentinels) => sentinels.fmt(f),
        }
    }
}

fn unfit(why: &'static str) -> RedisError {
    RedisError::from((ErrorKind::Client, why))
}
