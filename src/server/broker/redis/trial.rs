//! Whether a Redis will do, tried before a node starts.

use redis::{ErrorKind, RedisResult};

use super::{
    Address, RedisError,
    address::{Kind, settings},
};

/// The oldest version that is supported.
const OLDEST: u32 = 7;

/// What a server says of itself.
struct About {
    version: String,
    /// `standalone`, `cluster` or `sentinel`.
    mode: String,
}

/// See [`Address::try_out`].
pub(super) async fn run(address: &Address) -> Result<(), RedisError> {
    let About { version, mode } = match about(address).await {
        Ok(about) => about,
        Err(error) => return judge(address, &error),
    };
    let major = version.split('.').next().and_then(|major| major.parse().ok());
    if major.is_some_and(|major: u32| major < OLDEST) {
        let why = format!("is version {version}, and Belfry needs {OLDEST} or newer: upgrade it");
        return Err(refused(address, &why));
    }
    match (mode.as_str(), address.is_cluster()) {
        ("sentinel", false) => Err(refused(
            address,
            "is a sentinel: write redis-sentinel://…/master-name in REDIS_URL, or name the server itself",
        )),
        ("standalone", true) => Err(refused(address, "is not one of a cluster: write redis:// in REDIS_URL")),
        ("cluster", false) => {
            tracing::warn!(
                server = &*address.shown,
                "REDIS_URL names one server of a cluster, and no failover is followed: write redis-cluster://"
            );
            Ok(())
        }
        _ => Ok(()),
    }
}

async fn about(address: &Address) -> RedisResult<About> {
    let mut conn = match &address.kind {
        Kind::One(server) => server.connect(settings()).await?,
        Kind::Cluster(cluster) => cluster.first().await?,
    };
    let info: String = redis::cmd("INFO").arg("server").query_async(&mut conn).await?;
    let said = |what: &str| {
        let line = info.lines().find_map(|line| line.strip_prefix(what));
        line.unwrap_or_default().trim().to_owned()
    };
    Ok(About { version: said("redis_version:"), mode: said("redis_mode:") })
}

fn judge(address: &Address, error: &redis::RedisError) -> Result<(), RedisError> {
    if refuses(error) {
        return Err(refused(address, "refuses the user or the password: check them in REDIS_URL"));
    }
    match (error.kind(), error.code()) {
        (ErrorKind::RESP3NotSupported, _) | (_, Some("NOPROTO")) => {
            Err(refused(address, &format!("is older than version {OLDEST}: upgrade it")))
        }
        (ErrorKind::MasterNameNotFoundBySentinel, _) => Err(RedisError(format!(
            "REDIS_URL: no sentinel of {} knows that master: check its name",
            address.shown
        ))),
        _ => {
            let server = &*address.shown;
            tracing::warn!(%error, server, "cannot reach Redis; news is slow until it is there");
            Ok(())
        }
    }
}

/// Whether a server does not know the user, the password, or what they may do.
pub(super) fn refuses(error: &redis::RedisError) -> bool {
    error.kind() == ErrorKind::AuthenticationFailed
        || matches!(error.code(), Some("WRONGPASS" | "NOAUTH" | "NOPERM"))
}

fn refused(address: &Address, why: &str) -> RedisError {
    RedisError(format!("REDIS_URL: the Redis server {} {why}", address.shown))
}
