//! Which database, and how much of it a node takes.

use std::{sync::Arc, time::Duration};

use clap::Args;

use crate::server::store::{self, OpenError, Pool, Store};

/// Which database; every command needs it.
#[derive(Args, Clone, Debug)]
pub struct Database {
    /// Where alerts are kept: sqlite://FILE, or postgres://USER:PASSWORD@HOST/NAME for any number of
    /// nodes. A missing file and its folder are made.
    #[arg(long, env = "DATABASE_URL", global = true, hide_env_values = true)]
    pub database_url: Option<String>,

    /// PostgreSQL: the most connections of this node.
    #[arg(long, env = "BELFRY_POOL_SIZE", global = true, default_value_t = Pool::default().size, value_parser = clap::value_parser!(u32).range(2..=1_000))]
    pub pool_size: u32,

    /// PostgreSQL: how many seconds one statement may take.
    #[arg(long, env = "BELFRY_STATEMENT_TIMEOUT", global = true, default_value_t = Pool::default().statement.as_secs(), value_parser = clap::value_parser!(u64).range(1..=300))]
    pub statement_timeout: u64,

    /// PostgreSQL: how many seconds a request waits for a connection.
    #[arg(long, env = "BELFRY_ACQUIRE_TIMEOUT", global = true, default_value_t = Pool::default().acquire.as_secs(), value_parser = clap::value_parser!(u64).range(1..=300))]
    pub acquire_timeout: u64,
}

impl Database {
    /// The database's address, the default one when none was given.
    pub fn url(&self) -> &str {
        self.database_url.as_deref().unwrap_or("sqlite://data/belfry.db")
    }

    /// Whether other nodes may be on it too.
    pub fn is_shared(&self) -> bool {
        self.url().starts_with("postgres")
    }

    /// Opens it.
    ///
    /// # Errors
    /// One sentence that names the database and says what to do.
    pub async fn open(&self) -> Result<Arc<dyn Store>, OpenError> {
        let pool = Pool {
            size: self.pool_size,
            statement: Duration::from_secs(self.statement_timeout),
            acquire: Duration::from_secs(self.acquire_timeout),
        };
        store::open(self.url(), pool).await
    }

    /// How long an answer may take: as long as a connection and a statement of it may, and some more.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.acquire_timeout + self.statement_timeout + 2)
    }

    /// The address to be shown: without a password, if there is one in it.
    pub fn shown(&self) -> String {
        let url = self.url().split('?').next().unwrap_or_default();
        let authority = url.split_once("://").and_then(|(_, rest)| rest.split('/').next());
        let user = authority.and_then(|authority| authority.rsplit_once('@')).map_or("", |(user, _)| user);
        match user.split_once(':') {
            Some((name, _)) => url.replacen(user, &format!("{name}:***"), 1),
            None => url.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (url, shown) in [
            ("sqlite://data/belfry.db", "sqlite://data/belfry.db"),
            ("sqlite:///srv/a:b@c.db", "sqlite:///srv/a:b@c.db"),
            ("sqlite://me:secret@host/b.db", "sqlite://me:***@host/b.db"),
            ("postgres://me:se:cr@et@host/belfry", "postgres://me:***@host/belfry"),
            ("postgres://me@host/belfry", "postgres://me@host/belfry"),
            ("postgres://host/belfry?user=me&password=secret", "postgres://host/belfry"),
        ] {
            let database = Database {
                database_url: Some(url.to_owned()),
                pool_size: 2,
                statement_timeout: 1,
                acquire_timeout: 1,
            };
            assert_eq!(database.shown(), shown);
        }
    }
}
