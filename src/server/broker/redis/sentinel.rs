//! Asking sentinels for the master, by their "Guidelines for Redis clients".

use std::fmt;

use redis::{Client, ConnectionInfo, ErrorKind, RedisError, RedisResult};

use super::{
    address::settings,
    trial::refuses,
    url::{at, without_user},
};

/// The sentinels of a master.
#[derive(Clone, Debug)]
pub(super) struct Sentinels {
    servers: Vec<ConnectionInfo>,
    name: String,
}

impl Sentinels {
    /// They take the user and password that the master takes, or none.
    pub(super) fn new(servers: Vec<ConnectionInfo>, name: &str) -> Self {
        Self { servers, name: name.to_owned() }
    }

    /// Those that are asked.
    pub(super) fn servers(&self) -> &[ConnectionInfo] {
        &self.servers
    }

    /// Who the master is, by the first of them that says.
    ///
    /// # Errors
    /// None can be reached; or, of kind `MasterNameNotFoundBySentinel`, none watches such a master.
    pub(super) async fn master(&self) -> RedisResult<Client> {
        let mut failure = (ErrorKind::MasterNameNotFoundBySentinel, "no sentinel knows the master").into();
        for server in &self.servers {
            match self.ask(server).await {
                Ok(Some((host, port))) => return Client::open(at(server, host, port)),
                Ok(None) => {}
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    async fn ask(&self, server: &ConnectionInfo) -> RedisResult<Option<(String, u16)>> {
        match self.ask_as(server.clone()).await {
            // A sentinel has users of its own, and often none.
            Err(error) if refuses(&error) => self.ask_as(without_user(server)).await,
            answer => answer,
        }
    }

    async fn ask_as(&self, server: ConnectionInfo) -> Result<Option<(String, u16)>, RedisError> {
        let client = Client::open(server)?;
        let mut conn = client.get_multiplexed_async_connection_with_config(&settings()).await?;
        let mut question = redis::cmd("SENTINEL");
        question.arg("GET-MASTER-ADDR-BY-NAME").arg(&self.name).query_async(&mut conn).await
    }
}

impl fmt::Display for Sentinels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "master {}", self.name)
    }
}
