//! A whole server in this process, with a database and a site of its own.

use std::{env, fs, net::SocketAddr, path::PathBuf, sync::Arc};

use belfry::{
    domain::{Scope, UserId},
    server::{
        Server, StartError,
        auth::{Secret, password},
        config::{Database as Setting, Settings},
        store::Store,
    },
};
use clap::{CommandFactory, FromArgMatches, Parser, builder::Resettable};
use jsonwebtoken::{EncodingKey, Header, encode};
use reqwest::header::{AUTHORIZATION, COOKIE};
use serde_json::{Value, json};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::{task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{database::Database, voice::Voice};
use crate::ws::bench::PATIENCE;

/// What signs the tokens of the host application.
pub const JWT_SECRET: &str = "the host and the bell tower share this";

/// A running server. Its files go with it.
pub struct App {
    pub address: SocketAddr,
    /// A second look at its database: what another process has.
    pub store: Arc<dyn Store>,
    pub folder: Folder,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

/// A database and a built site in a temporary folder.
#[derive(Clone)]
pub struct Folder {
    pub database: Database,
    files: Arc<TempDir>,
}

/// The flags of `belfry serve`.
#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    database: Setting,
}

impl Folder {
    /// A folder with files in the site that stand for built ones.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pkg = folder.path().join("site/pkg");
        fs::create_dir_all(&pkg).unwrap();
        for kind in ["js", "wasm", "css"] {
            fs::write(pkg.join(format!("belfry.h4sh.{kind}")), format!("/* {kind} */")).unwrap();
        }
        let files = Arc::new(folder);
        Self { database: Database::beside(&files), files }
    }

    /// On PostgreSQL, whatever the engine of this run: for what is said of several nodes.
    pub fn on_server() -> Self {
        Self { database: Database::on_server(), ..Self::new() }
    }

    /// With a file, whatever the engine of this run: for what is said of files.
    pub fn in_file() -> Self {
        let mut folder = Self::new();
        folder.database = Database::File(folder.files.clone());
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    /// The database's address.
    pub fn url(&self) -> String {
        self.database.url()
    }

    /// Takes a table away from a running server: whatever needs it fails.
    pub async fn lose(&self, table: &str) {
        self.rename(table, "lost").await;
    }

    /// Gives it back.
    pub async fn find(&self, table: &str) {
        self.rename("lost", table).await;
    }

    async fn rename(&self, from: &str, to: &str) {
        self.database.tamper(&format!("alter table {from} rename to {to}")).await;
    }

    /// The flags of a server in this folder, on a free port, and more or other ones.
    pub fn flags(&self, more: &[&str]) -> Vec<String> {
        let (url, site) = (self.url(), self.path("site").display().to_string());
        let mut own = vec!["--site-addr", "127.0.0.1:0", "--database-url", &url, "--site-root", &site];
        let (redis, prefix) = (redis(), format!("{site}:"));
        if let Some(redis) = &redis {
            own.extend(["--redis-url", redis, "--redis-prefix", &prefix]);
        }
        let given = |flag: &str| more.contains(&flag);
        let own = own.chunks(2).filter(|pair| !given(pair[0])).flatten();
        own.chain(more).map(|&flag| flag.to_owned()).collect()
    }
}

impl App {
    /// A production server that knows the host application's secret.
    pub async fn start() -> Self {
        Self::with(&["--mode", "production", "--jwt-secret", JWT_SECRET]).await
    }

    /// A demo server.
    pub async fn demo() -> Self {
        Self::with(&["--mode", "demo"]).await
    }

    pub async fn with(flags: &[&str]) -> Self {
        Self::in_folder(Folder::new(), flags).await
    }

    /// A server over what is in a folder already.
    pub async fn in_folder(folder: Folder, flags: &[&str]) -> Self {
        let server = try_start(&folder.flags(flags)).await.unwrap();
        let address = server.address().unwrap();
        let store = folder.database.open().await;
        let stop = CancellationToken::new();
        let serving = tokio::spawn(server.run(stop.clone().cancelled_owned()));
        Self { address, store, folder, stop, serving }
    }

    /// Stops it as a signal would; gives its folder back, for the next one.
    pub async fn stop(self) -> Folder {
        self.store.close().await;
        self.stop.cancel();
        timeout(PATIENCE, self.serving).await.unwrap().unwrap();
        self.folder
    }

    pub fn nobody(&self) -> Voice {
        Voice::new(self.address, None)
    }

    pub fn bearer(&self, token: &str) -> Voice {
        Voice::new(self.address, Some((AUTHORIZATION, format!("Bearer {token}"))))
    }

    /// A program with a publisher token.
    pub async fn publisher(&self) -> Voice {
        self.publisher_named("ci").await
    }

    pub async fn publisher_named(&self, name: &str) -> Voice {
        self.publisher_within(name, &Scope::default()).await
    }

    /// A program whose token has a scope.
    pub async fn publisher_within(&self, name: &str, scope: &Scope) -> Voice {
        let secret = Secret::random().unwrap();
        assert!(self.store.add_token(name, secret.hint(), &secret.hash(), scope).await.unwrap());
        self.bearer(secret.reveal())
    }

    /// A person by a token of the host application.
    pub fn person(&self, id: &str) -> Voice {
        self.bearer(&token(&json!({ "sub": id, "exp": in_seconds(600) })))
    }

    /// Gives a person a password.
    pub async fn can_sign_in(&self, id: &str, word: &str) {
        let hash = password::hash(word.to_owned()).await.unwrap();
        let user: UserId = id.parse().unwrap();
        assert!(self.store.add_person(&user, id, None, &hash).await.unwrap());
    }

    /// A person by a new cookie session; the password must be known.
    pub async fn sign_in(&self, id: &str, word: &str) -> Voice {
        let answer = self.nobody().post("/login", &[("user", id), ("password", word)]).await;
        assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/"));
        self.shown_in(&answer)
    }

    /// Whoever has the cookie that an answer sets.
    pub fn shown_in(&self, answer: &reqwest::Response) -> Voice {
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Voice::new(self.address, Some((COOKIE, cookie)))
    }
}

/// The Redis of this run of the tests, when it is for that broker: `src/tests/services` starts one.
fn redis() -> Option<String> {
    match env::var("BELFRY_TEST_BROKER").as_deref() {
        Ok("redis") => Some(env::var("BELFRY_TEST_REDIS").unwrap()),
        Ok("memory") | Err(_) => None,
        Ok(other) => panic!("BELFRY_TEST_BROKER is {other}"),
    }
}

/// Starts a server by its flags alone: the environment of the tests is nobody's setting.
pub async fn try_start(flags: &[String]) -> Result<Server, StartError> {
    let command = Flags::command().no_binary_name(true);
    let command = command.mut_args(|arg| arg.env(Resettable::<clap::builder::OsStr>::Reset));
    let matches = command.try_get_matches_from(flags).unwrap();
    let Flags { settings, database } = Flags::from_arg_matches(&matches).unwrap();
    Server::start(&settings, &database).await
}

/// A token of the host application.
pub fn token(claims: &Value) -> String {
    signed_with(JWT_SECRET, claims)
}

pub fn signed_with(secret: &str, claims: &Value) -> String {
    encode(&Header::default(), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

/// A moment from now, in seconds since 1970.
pub fn in_seconds(seconds: i64) -> i64 {
    OffsetDateTime::now_utc().unix_timestamp() + seconds
}

/// Where an answer sends its reader.
pub fn location(answer: &reqwest::Response) -> &str {
    answer.headers().get("location").map_or("", |place| place.to_str().unwrap())
}
