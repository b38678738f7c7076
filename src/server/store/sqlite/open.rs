//! Opening the file: its folder, its settings, its schema; and why it did not open, in a sentence.

use std::{
    io,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use sqlx::{
    Connection, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::time::Instant;

use super::{Result, SqliteStore};
use crate::server::{store::OpenError, transport::Transport};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How long a writer waits for one of another process.
const PATIENCE: Duration = Duration::from_secs(5);

/// Readers see committed data while the writer writes; more than a few only share two cores.
const READERS: u32 = 4;

/// What can stop a store from opening, before it is put in words.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Folder(#[from] io::Error),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Schema(#[from] MigrateError),
}

impl SqliteStore {
    /// Opens the file of a URL such as `sqlite://data/belfry.db`, making it, its folder and its
    /// tables where they are missing. Processes that start together make them once.
    ///
    /// # Errors
    /// One sentence that names the file and says what to do.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let file = file_of(url)?;
        open(&file).await.map_err(|fault| OpenError(sentence(&file, &fault)))
    }
}

/// See [`transport`](crate::server::store::transport).
pub(in crate::server::store) fn transport(url: &str) -> Result<Transport, OpenError> {
    file_of(url).map(|_| Transport { hosts: Vec::new(), is_secret: true, shows_who: true })
}

async fn open(file: &Path) -> Result<SqliteStore, Fault> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let writer = connect_writer(file).await?;
    migrate(&writer).await?;
    let epoch: i64 = sqlx::query_scalar("select epoch from store").fetch_one(&writer).await?;
    let readers = pool(READERS).connect_with(settings(file).read_only(true)).await?;
    Ok(SqliteStore { writer, readers, epoch: epoch.cast_unsigned() })
}

/// The file a URL names. Parameters are refused: the settings are not for choosing.
fn file_of(url: &str) -> Result<PathBuf, OpenError> {
    // The address itself is not repeated: another engine's has a password in it.
    let malformed = |why| OpenError(format!("DATABASE_URL {why}: write it like sqlite://data/belfry.db"));
    let path =
        url.strip_prefix("sqlite:").ok_or_else(|| malformed("begins with neither sqlite: nor postgres:"))?;
    let path = path.strip_prefix("//").unwrap_or(path);
    if path == ":memory:" {
        return Err(malformed("names no file, and only a file outlives the process"));
    }
    if path.is_empty() || path.contains('?') {
        return Err(malformed("must be a path and nothing else"));
    }
    let options = SqliteConnectOptions::from_str(url).map_err(|_| malformed("is not well-formed"))?;
    Ok(options.get_filename().to_owned())
}

/// Turning the log on takes a moment without readers, which SQLite does not wait for by itself
/// when processes start together.
async fn connect_writer(file: &Path) -> Result<SqlitePool> {
    let settings = settings(file).create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
    let until = Instant::now() + PATIENCE;
    loop {
        match pool(1).connect_with(settings.clone()).await {
            Err(error) if code(&error) == Some(BUSY) && Instant::now() < until => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            outcome => return outcome,
        }
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(2 * PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_release(|conn, _| Box::pin(is_clean(conn)))
}

/// SQLite ends a transaction by itself where a write fails for want of room. sqlx (0.9) takes no notice, and
/// begins no other on that connection: another one takes its place.
async fn is_clean(conn: &mut SqliteConnection) -> Result<bool> {
    // What is under way, a rollback among it, comes before the answer.
    conn.ping().await?;
    Ok(!conn.is_in_transaction())
}

/// `synchronous` full: an answered commit survives a power cut.
fn settings(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", "-8000")
        .pragma("temp_store", "memory")
        .pragma("journal_size_limit", "67108864")
}

/// The whole in one transaction that locks out other processes before it looks what is missing.
async fn migrate(writer: &SqlitePool) -> Result<(), Fault> {
    let mut tx = writer.begin_with("begin immediate").await?;
    MIGRATIONS.run_direct(None, &mut *tx, false).await?;
    tx.commit().await?;
    Ok(())
}

const BUSY: i32 = 5;
const READ_ONLY: i32 = 8;
const DAMAGED: i32 = 11;
const FULL: i32 = 13;
const CANNOT_OPEN: i32 = 14;
const NOT_A_DATABASE: i32 = 26;

/// SQLite's primary result code; the extended ones keep it in their low byte.
fn code(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}

fn sentence(file: &Path, fault: &Fault) -> String {
    let file = file.display();
    match fault {
        Fault::Folder(error) => format!(
            "the folder of the database {file} cannot be made ({error}): \
             make it, or name another file in DATABASE_URL"
        ),
        Fault::Schema(MigrateError::VersionMissing(step)) => format!(
            "the database {file} was written by a newer Belfry (its schema has step {step}): \
             start that version, or name another file in DATABASE_URL"
        ),
        Fault::Schema(MigrateError::VersionMismatch(step)) => format!(
            "the database {file} was written by another build of Belfry (step {step} of its schema differs): \
             start that build, or name another file in DATABASE_URL"
        ),
        Fault::Schema(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _))
        | Fault::Database(error) => format!("the database {file} {}", remedy(error)),
        Fault::Schema(error) => format!("the database {file} cannot be brought up to date: {error}"),
    }
}

fn remedy(error: &sqlx::Error) -> String {
    let known = match code(error) {
        Some(BUSY) => "is locked by another program: end that program",
        Some(READ_ONLY) => "is read-only: let the account that runs Belfry write the file and its folder",
        Some(CANNOT_OPEN) => {
            "cannot be opened: let the account that runs Belfry write the file and its folder"
        }
        Some(FULL) => "has no room left on its disk: make room",
        Some(DAMAGED | NOT_A_DATABASE) => {
            "is not a sound SQLite file: put a backup in its place, or name another file in DATABASE_URL"
        }
        _ => return format!("cannot be used: {error}"),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_cannot_be_written_is_called_read_only() -> Result<(), Fault> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("b.db");
        open(&file).await?;
        let pool = pool(1).connect_with(settings(&file).read_only(true)).await?;
        let refused = sqlx::query("update store set epoch = 1").execute(&pool).await.map(drop);
        let said = refused.map_err(|error| sentence(&file, &error.into()));
        let expected = format!(
            "the database {} is read-only: let the account that runs Belfry write the file and its folder",
            file.display()
        );
        assert_eq!(said, Err(expected));
        Ok(())
    }
}
