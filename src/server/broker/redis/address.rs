//! Where Redis is, and whether it will do.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, ErrorKind, IntoConnectionInfo, ProtocolVersion, RedisResult,
    aio::{AsyncPushSender, MultiplexedConnection},
};

/// How long a connection may take to come up, and an answer to come.
const PATIENCE: Duration = Duration::from_secs(2);

/// The oldest version that is supported.
const OLDEST: u32 = 7;

/// A Redis server.
#[derive(Clone, Debug)]
pub struct Address {
    client: Client,
    /// Host and port, without name and password.
    shown: String,
}

/// Why a Redis will not do: one sentence for whoever starts the program.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RedisError(String);

impl Address {
    /// The server of a URL such as `redis://user:password@host:6379` or `rediss://…`.
    ///
    /// # Errors
    /// The URL is malformed. It is not repeated: there may be a password in it.
    pub fn parse(url: &str) -> Result<Self, RedisError> {
        let malformed = |_| {
            RedisError("REDIS_URL is malformed: write it like redis://user:password@host:6379".to_owned())
        };
        let info = url.into_connection_info().map_err(malformed)?;
        let shown = info.addr().to_string();
        // Only there is what a subscription gets told apart from what a command is answered.
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(settings)).map_err(malformed)?;
        Ok(Self { client, shown })
    }

    /// A connection for commands.
    ///
    /// # Errors
    /// There is none to be had.
    pub async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        self.client.get_multiplexed_async_connection_with_config(&settings()).await
    }

    /// A connection that hands what it hears to `heard`.
    ///
    /// # Errors
    /// There is none to be had.
    pub async fn listen(&self, heard: impl AsyncPushSender) -> RedisResult<MultiplexedConnection> {
        let settings = settings().set_push_sender(heard);
        self.client.get_multiplexed_async_connection_with_config(&settings).await
    }

    /// Refuses a server that answers and will not do. One that does not answer may come.
    pub(super) async fn try_out(&self) -> Result<(), RedisError> {
        let version = match self.version().await {
            Ok(version) => version,
            Err(error) => return self.judge(&error),
        };
        let major = version.split('.').next().and_then(|major| major.parse().ok());
        if major.is_some_and(|major: u32| major < OLDEST) {
            return Err(self
                .refused(&format!("is version {version}, and Belfry needs {OLDEST} or newer: upgrade it")));
        }
        Ok(())
    }

    async fn version(&self) -> RedisResult<String> {
        let mut conn = self.connect().await?;
        let info: String = redis::cmd("INFO").arg("server").query_async(&mut conn).await?;
        let version = info.lines().find_map(|line| line.strip_prefix("redis_version:"));
        Ok(version.unwrap_or_default().trim().to_owned())
    }

    fn judge(&self, error: &redis::RedisError) -> Result<(), RedisError> {
        match (error.kind(), error.code()) {
            (ErrorKind::AuthenticationFailed, _) | (_, Some("WRONGPASS" | "NOAUTH" | "NOPERM")) => {
                Err(self.refused("refuses the user or the password: check them in REDIS_URL"))
            }
            (ErrorKind::RESP3NotSupported, _) | (_, Some("NOPROTO")) => {
                Err(self.refused(&format!("is older than version {OLDEST}: upgrade it")))
            }
            _ => {
                tracing::warn!(%error, server = self.shown, "cannot reach Redis; news is slow until it is there");
                Ok(())
            }
        }
    }

    fn refused(&self, why: &str) -> RedisError {
        RedisError(format!("REDIS_URL: the Redis server {} {why}", self.shown))
    }
}

fn settings() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE))
}
