//! The database: the only truth. Everything an inbox is, in one transaction a change.
//!
//! `sqlx` is named in this module and nowhere else. What a store can do is said by the traits here,
//! one for each part; each engine has a module of its own, and one suite of contracts runs over both.

mod content;
mod due;
mod error;
mod held;
mod inboxes;
mod leases;
mod log;
mod people;
mod place;
mod postgres;
mod seen;
mod sessions;
mod sqlite;
mod tokens;
mod unreadable;
mod upkeep;
mod what;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::transport::Transport;

pub use content::name_of_content;
pub use error::{StoreError, leave_alone};
pub use inboxes::{Inboxes, List, Listed, MOST_READ_AT_ONCE, Marked, Raised, Snapshot, Standing, Window};
pub use leases::{Duty, Lease, Leases, Under};
pub use log::{Changed, Log, MOST_REPLAYED, Mark, Replay};
pub use people::People;
pub use sessions::{Held, Lasting, NewSession, Sessions, SignedIn, right_of_session};
pub use tokens::{Known, Token, Tokens};
pub use unreadable::unreadable;
pub use upkeep::{Retention, Shortened, Upkeep};

/// Why a store did not open: one sentence for whoever starts the program.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct OpenError(pub String);

/// How a node shares a database server with others. A file is nobody else's: SQLite needs none of it.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    /// The most connections.
    pub size: u32,
    /// How long one statement may take.
    pub statement: Duration,
    /// How long a request waits for a connection.
    pub acquire: Duration,
}

impl Default for Pool {
    fn default() -> Self {
        Self { size: 10, statement: Duration::from_secs(5), acquire: Duration::from_secs(3) }
    }
}

/// How many connections a node has to its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUse {
    /// Open ones.
    pub open: u32,
    /// Those of them that nobody uses.
    pub idle: u32,
    /// The most there may be.
    pub most: u32,
}

impl PoolUse {
    fn of<D: sqlx::Database>(pool: &sqlx::Pool<D>) -> Self {
        let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
        Self { open: pool.size(), idle, most: pool.options().get_max_connections() }
    }
}

/// Bytes as digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A database of either engine.
#[async_trait]
pub trait Store: Inboxes + Leases + Log + People + Tokens + Sessions + Upkeep + Send + Sync {
    /// Whether the database answers.
    ///
    /// # Errors
    /// It does not.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Begins a new history, with a new key for its news, after a restore from a backup: a position that
    /// was given out before is good for a reset alone.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    async fn renew(&self) -> Result<(), StoreError>;

    /// What it has of connections now.
    fn pool_use(&self) -> PoolUse;

    /// Waits for what is under way, then lets go of the database.
    async fn close(&self);
}

/// Opens the database of a URL, `sqlite://FILE` or `postgres://…`, and brings its schema up to date.
/// Processes that start together do so once.
///
/// # Errors
/// One sentence that names the database and says what to do.
pub async fn open(url: &str, pool: Pool) -> Result<Arc<dyn Store>, OpenError> {
    if is_of_server(url) {
        return Ok(Arc::new(postgres::PostgresStore::open(url, pool).await?));
    }
    Ok(Arc::new(sqlite::SqliteStore::open(url).await?))
}

/// How the database of a URL is reached; opens nothing but a password file, if PostgreSQL has one.
///
/// # Errors
/// The URL is malformed.
pub fn transport(url: &str) -> Result<Transport, OpenError> {
    if is_of_server(url) {
        return postgres::transport(url);
    }
    sqlite::transport(url)
}

fn is_of_server(url: &str) -> bool {
    url.starts_with("postgres:") || url.starts_with("postgresql:")
}
