//! A database of a test's own, on the engine that this run of the tests is for.

use std::{env, process::Command, sync::Arc};

use belfry::{
    domain::UserId,
    server::store::{self, OpenError, Pool, Store, right_of_session},
};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection, postgres::PgConnectOptions,
    sqlite::SqliteConnectOptions,
};
use tempfile::TempDir;
use uuid::Uuid;

/// The variable that names the PostgreSQL server of this run: `src/tests/services` sets it.
const SERVER: &str = "BELFRY_TEST_POSTGRES";

/// A database that nobody else has.
#[derive(Clone)]
pub enum Database {
    /// A file, which goes with its folder.
    File(Arc<TempDir>),
    /// One on the server, which goes with the server: its address.
    Server(String),
}

impl Database {
    /// On the engine of this run: `BELFRY_TEST_STORE`, a file by default.
    pub fn new() -> Self {
        Self::beside(&Arc::new(tempfile::tempdir().unwrap()))
    }

    /// The same; a file goes into this folder.
    pub fn beside(folder: &Arc<TempDir>) -> Self {
        match env::var("BELFRY_TEST_STORE").as_deref() {
            Ok("postgres") => Self::on_server(),
            Ok("sqlite") | Err(_) => Self::File(folder.clone()),
            Ok(other) => panic!("BELFRY_TEST_STORE is {other}"),
        }
    }

    /// A file, whatever the engine of this run: for what is said of files.
    pub fn in_file() -> Self {
        Self::File(Arc::new(tempfile::tempdir().unwrap()))
    }

    /// On PostgreSQL, whatever the engine of this run: for what is said of servers.
    pub fn on_server() -> Self {
        let server =
            env::var(SERVER).unwrap_or_else(|_| panic!("run the tests with `make unit`: no {SERVER}"));
        let name = format!("test_{}", Uuid::from_bytes(rand::random()).simple());
        let create = format!("create database {name}");
        let made = Command::new("psql").args(["-q", "-c", &create, &format!("{server}/postgres")]).output();
        assert!(made.unwrap().status.success());
        Self::Server(format!("{server}/{name}"))
    }

    pub fn url(&self) -> String {
        match self {
            Self::File(folder) => format!("sqlite://{}", folder.path().join("belfry.db").display()),
            Self::Server(url) => url.clone(),
        }
    }

    /// A store on it; another one is what another process has.
    pub async fn open(&self) -> Arc<dyn Store> {
        self.try_open().await.unwrap()
    }

    pub async fn try_open(&self) -> Result<Arc<dyn Store>, OpenError> {
        store::open(&self.url(), Pool::default()).await
    }

    /// A connection past the store, to look and to tamper.
    pub async fn connect(&self) -> Raw {
        match self {
            Self::File(folder) => {
                let file = SqliteConnectOptions::new().filename(folder.path().join("belfry.db"));
                Raw::File(file.connect().await.unwrap())
            }
            Self::Server(url) => {
                Raw::Server(url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap())
            }
        }
    }

    /// Runs one statement past the store.
    pub async fn tamper(&self, sql: &str) {
        self.connect().await.run(sql).await;
    }

    /// Makes alerts due since long, the earlier raised the earlier.
    pub async fn make_due(&self, which: &str) {
        let moment = self.moment("created_revision");
        self.tamper(&format!("update alerts set expires_at = {moment} where {which}")).await;
    }

    /// Lets the time come at which alerts that were put off come back.
    pub async fn make_waking(&self, which: &str) {
        let moment = self.moment("created_revision");
        self.tamper(&format!(
            "update alerts set snoozed_until = {moment} where place = 'SNOOZED' and {which}"
        ))
        .await;
    }

    /// Puts many unread alerts into an inbox that is empty, without a log.
    pub async fn fill(&self, user: &str, count: usize) {
        let id = match self {
            Self::File(_) => "randomblob(16)",
            Self::Server(_) => "gen_random_uuid()",
        };
        self.tamper(&format!(
            "with recursive n(n) as (select 1 union all select n + 1 from n where n < {count})
             insert into alerts (id, user_id, created_revision, revision, unread_since, kind, severity, title,
                                 body, created_at)
             select {id}, '{user}', n, n, n, 'filling', 'INFO', 'One of many', '', {} from n",
            self.ago(0)
        ))
        .await;
        let stand =
            format!("update inboxes set revision = {count}, unread = {count} where user_id = '{user}'");
        self.tamper(&stand).await;
    }

    /// Moves the end of a browser session to so many seconds ago.
    pub async fn expire_session(&self, id: &str, ago: u32) {
        let (hash, right) = (self.hex("hash"), right_of_session(id));
        let ago = self.ago(ago);
        self.tamper(&format!("update sessions set expires_at = {ago} where {hash} = '{right}'")).await;
    }

    /// Lets all browser sessions end in so many milliseconds, if nobody uses them.
    pub async fn sessions_end_in(&self, millis: u32) {
        let soon = match self {
            Self::File(_) => format!("(select now + {millis} from clock)"),
            Self::Server(_) => format!("clock_timestamp() + interval '{millis} ms'"),
        };
        self.tamper(&format!("update sessions set expires_at = {soon}")).await;
    }

    /// Makes browser sessions look two days older.
    pub async fn age_sessions(&self) {
        self.tamper(match self {
            Self::File(_) => {
                "update sessions set expires_at = expires_at - 172800000, created_at = created_at - 172800000,
                 used_at = used_at - 172800000"
            }
            Self::Server(_) => {
                "update sessions set expires_at = expires_at - interval '2 days',
                 created_at = created_at - interval '2 days', used_at = used_at - interval '2 days'"
            }
        })
        .await;
    }

    /// Makes every change of a row of a table fail from now on.
    pub async fn refuse_updates(&self, table: &str) {
        self.tamper(&match self {
            Self::File(_) => format!(
                "create trigger full before update on {table} begin select raise(abort, 'disk is full'); end"
            ),
            Self::Server(_) => format!("alter table {table} add check (false) not valid"),
        })
        .await;
    }

    /// Makes every new alert of a person fail from now on.
    pub async fn refuse_alerts_of(&self, user: &str) {
        self.tamper(&match self {
            Self::File(_) => format!(
                "create trigger stuck before insert on alerts when new.user_id = '{user}' \
                 begin select raise(abort, 'stuck'); end"
            ),
            Self::Server(_) => {
                format!("alter table alerts add constraint stuck check (user_id <> '{user}') not valid")
            }
        })
        .await;
    }

    /// Takes them again.
    pub async fn take_alerts_again(&self) {
        self.tamper(match self {
            Self::File(_) => "drop trigger stuck",
            Self::Server(_) => "alter table alerts drop constraint stuck",
        })
        .await;
    }

    /// A number of milliseconds as a time, in SQL.
    pub fn moment(&self, millis: &str) -> String {
        match self {
            Self::File(_) => millis.to_owned(),
            Self::Server(_) => format!("to_timestamp({millis} / 1000.0)"),
        }
    }

    /// A time in the past, in SQL.
    pub fn ago(&self, seconds: u32) -> String {
        match self {
            Self::File(_) => format!("(select now - {seconds}000 from clock)"),
            Self::Server(_) => format!("clock_timestamp() - interval '{seconds} s'"),
        }
    }

    /// Waits until somebody waits for a lock in a database on a server.
    pub async fn is_waited_for(&self) {
        let waiting = "select cast(count(*) as text) from pg_stat_activity \
                       where datname = current_database() and wait_event_type = 'Lock'";
        let mut watcher = self.connect().await;
        while watcher.text(waiting).await == "0" {}
        watcher.let_go().await;
    }

    /// No ids of alerts, in SQL.
    pub fn no_ids(&self) -> &'static str {
        match self {
            Self::File(_) => "x''",
            Self::Server(_) => "'{}'::uuid[]",
        }
    }

    /// The hexadecimal text of a column of bytes, in SQL.
    pub fn hex(&self, column: &str) -> String {
        match self {
            Self::File(_) => format!("lower(hex({column}))"),
            Self::Server(_) => format!("encode({column}, 'hex')"),
        }
    }
}

/// A connection past the store.
pub enum Raw {
    File(SqliteConnection),
    Server(PgConnection),
}

impl Raw {
    pub async fn run(&mut self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::File(conn) => drop(sqlx::raw_sql(sql).execute(conn).await.unwrap()),
            Self::Server(conn) => drop(sqlx::raw_sql(sql).execute(conn).await.unwrap()),
        }
    }

    /// The one text that a query gives.
    pub async fn text(&mut self, sql: &str) -> String {
        let query = AssertSqlSafe(sql.to_owned());
        match self {
            Self::File(conn) => sqlx::query_scalar(query).fetch_one(conn).await.unwrap(),
            Self::Server(conn) => sqlx::query_scalar(query).fetch_one(conn).await.unwrap(),
        }
    }

    /// The revisions and counts of a person's change log.
    pub async fn log(&mut self, user: &UserId) -> Vec<(i64, i64)> {
        let log = "select revision, unread from changes where user_id = $1 order by revision";
        match self {
            Self::File(conn) => sqlx::query_as(log).bind(user.as_str()).fetch_all(conn).await.unwrap(),
            Self::Server(conn) => sqlx::query_as(log).bind(user.as_str()).fetch_all(conn).await.unwrap(),
        }
    }

    /// Keeps everybody else from writing people and tokens, until it is dropped.
    pub async fn hold_writers(&mut self) {
        match self {
            Self::File(_) => self.run("begin immediate").await,
            Self::Server(_) => self.run("begin; lock table people, tokens in exclusive mode").await,
        }
    }

    /// Lets go, and waits until that is done: a server hears of a closed connection a moment later.
    pub async fn let_go(mut self) {
        self.run("rollback").await;
        match self {
            Self::File(conn) => conn.close().await.unwrap(),
            Self::Server(conn) => conn.close().await.unwrap(),
        }
    }
}
