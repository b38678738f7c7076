//! Connecting, bringing the schema up to date; and why that failed, in a sentence.

use std::{io, str::FromStr, time::Duration};

use sqlx::{
    ConnectOptions, Connection, PgConnection,
    migrate::{Migrate, MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions, PgSslMode},
};
use tokio::time::Instant;

use super::{PostgresStore, Result};
use crate::server::{
    store::{OpenError, Pool},
    transport::Transport,
};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// How long a server that cannot be reached is waited for: it may be starting too.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait between attempts.
const PAUSE: Duration = Duration::from_millis(250);

/// The oldest server that is supported, as `server_version_num`.
const OLDEST: i32 = 15_00_00;

/// What can stop a store from opening, before it is put in words.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Schema(#[from] MigrateError),
    #[error("version {0}")]
    TooOld(i32),
}

impl PostgresStore {
    /// Connects to the database of a URL such as `postgres://user@host/name` and makes its tables where
    /// they are missing. Nodes that start together make them once.
    ///
    /// # Errors
    /// One sentence that names the server, never its password, and says what to do.
    pub async fn open(url: &str, pool: Pool) -> Result<Self, OpenError> {
        let options = parse(url)?;
        let options = options.application_name("belfry").disable_statement_logging();
        // What migrations find in place already is no news.
        let options = options.options([("client_min_messages", "warning")]);
        open(&options, pool).await.map_err(|fault| OpenError(sentence(&options, &fault)))
    }
}

fn parse(url: &str) -> Result<PgConnectOptions, OpenError> {
    PgConnectOptions::from_str(url).map_err(|_| {
        OpenError("DATABASE_URL is malformed: write it like postgres://user:password@host:5432/name".into())
    })
}

/// See [`transport`](crate::server::store::transport). A mode short of `verify-full` takes whoever answers for
/// the server, or no TLS at all.
pub(in crate::server::store) fn transport(url: &str) -> Result<Transport, OpenError> {
    let options = parse(url)?;
    // Put together anew, the password of a file or of the environment in it. Not every name can stand in a URL.
    let said = options.clone().username("user").host("host").to_url_lossy();
    let shows_who = said.password().is_some() || said.query_pairs().any(|(name, _)| name == "sslcert");
    let by_socket = options.get_socket().is_some() || options.get_host().starts_with('/');
    Ok(Transport {
        hosts: if by_socket { Vec::new() } else { vec![options.get_host().to_owned()] },
        is_secret: matches!(options.get_ssl_mode(), PgSslMode::VerifyFull),
        shows_who,
    })
}

async fn open(options: &PgConnectOptions, pool: Pool) -> Result<PostgresStore, Fault> {
    // A connection of its own: bringing a schema up to date may take longer than a statement should.
    let mut conn = connect(options).await?;
    let version: i32 =
        sqlx::query_scalar("select current_setting('server_version_num')::int").fetch_one(&mut conn).await?;
    if version < OLDEST {
        return Err(Fault::TooOld(version));
    }
    if !is_up_to_date(&mut conn).await? {
        MIGRATIONS.run_direct(None, &mut conn, false).await?;
    }
    conn.close().await?;
    let timeout = pool.statement.as_millis().to_string();
    let options = options.clone().options([
        ("statement_timeout", timeout.as_str()),
        // A node that stands still in a transaction must not hold an inbox for ever.
        ("idle_in_transaction_session_timeout", timeout.as_str()),
    ]);
    let connections = PgPoolOptions::new().max_connections(pool.size).acquire_timeout(pool.acquire);
    Ok(PostgresStore { pool: connections.connect_with(options).await? })
}

/// Whether nothing is to be done. Asked first, for whoever may only read and write: sqlx (0.9) begins by
/// making its own table where it is missing, and even where it is not that takes a right to make tables.
async fn is_up_to_date(conn: &mut PgConnection) -> Result<bool, MigrateError> {
    let begun: bool = sqlx::query_scalar("select to_regclass($1) is not null")
        .bind(&*MIGRATIONS.table_name)
        .fetch_one(&mut *conn)
        .await?;
    if !begun {
        return Ok(false);
    }
    let done = conn.list_applied_migrations(&MIGRATIONS.table_name).await?;
    if let Some(later) = done.iter().find(|step| !MIGRATIONS.version_exists(step.version)) {
        return Err(MigrateError::VersionMissing(later.version));
    }
    let done = done.iter().map(|step| (step.version, &step.checksum));
    Ok(done.eq(MIGRATIONS.iter().map(|step| (step.version, &step.checksum))))
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection> {
    let until = Instant::now() + PATIENCE;
    loop {
        match options.connect().await {
            Err(error) if may_pass(&error) && Instant::now() < until => {
                tracing::warn!(%error, "cannot reach the database yet; trying again");
                tokio::time::sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}

/// <https://www.postgresql.org/docs/15/errcodes-appendix.html>
const STARTING: &str = "57P03";
const WRONG_PASSWORD: &str = "28P01";
const NOT_ALLOWED: &str = "28000";
const NO_DATABASE: &str = "3D000";
const NO_RIGHT: &str = "42501";

fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// Whether the server cannot be reached, or is just starting.
fn may_pass(error: &sqlx::Error) -> bool {
    let unreached = matches!(error, sqlx::Error::Io(_)) && !is_mistrust(error);
    unreached || code(error).as_deref() == Some(STARTING)
}

/// Whether it cannot be talked to in secret, or nobody who is trusted vouches for it. What rustls refuses
/// comes as data that will not do.
fn is_mistrust(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(error) => error.kind() == io::ErrorKind::InvalidData,
        _ => false,
    }
}

fn sentence(options: &PgConnectOptions, fault: &Fault) -> String {
    let (host, port) = (options.get_host(), options.get_port());
    let server = format!("the PostgreSQL server {host}:{port}");
    match fault {
        Fault::TooOld(version) => format!(
            "DATABASE_URL: {server} is version {}, and Belfry needs {} or newer: upgrade it",
            version / 10_000,
            OLDEST / 10_000
        ),
        Fault::Schema(MigrateError::VersionMissing(step)) => format!(
            "DATABASE_URL: the database on {server} was written by a newer Belfry (its schema has step {step}): \
             start that version"
        ),
        Fault::Schema(MigrateError::VersionMismatch(step)) => format!(
            "DATABASE_URL: the database on {server} was written by another build of Belfry (step {step} of its \
             schema differs): start that build"
        ),
        Fault::Schema(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _))
        | Fault::Database(error) => format!("DATABASE_URL: {server} {}", remedy(options, error)),
        Fault::Schema(error) => {
            format!("DATABASE_URL: the database on {server} cannot be brought up to date: {error}")
        }
    }
}

fn remedy(options: &PgConnectOptions, error: &sqlx::Error) -> String {
    let user = options.get_username();
    match code(error).as_deref() {
        Some(WRONG_PASSWORD | NOT_ALLOWED) => {
            format!("refuses the user {user}: check the name, the password and pg_hba.conf")
        }
        Some(NO_DATABASE) => {
            format!("has no database {}: make it with createdb", options.get_database().unwrap_or(user))
        }
        Some(NO_RIGHT) => format!(
            "does not let the user {user} bring the schema up to date, or use it: run belfry migrate and then \
             deploy/role.sql as the owner of the database"
        ),
        _ if is_mistrust(error) => {
            format!("is not to be trusted ({error}): check its certificate, and sslrootcert in DATABASE_URL")
        }
        _ if may_pass(error) => format!("cannot be reached ({error}): start it, or name another"),
        _ => format!("cannot be used: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_too_old_is_told_which_version_it_needs() {
        let options = PgConnectOptions::from_str("postgres://ada:secret@db.example:5433/belfry").unwrap();
        let said = sentence(&options, &Fault::TooOld(9_06_24));
        let expected = "DATABASE_URL: the PostgreSQL server db.example:5433 is version 9, and Belfry needs 15 \
            or newer: upgrade it";
        assert_eq!(said, expected);
    }
}
