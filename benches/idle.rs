//! What a node costs while nothing happens: alone, and with 10,000 sockets that follow an inbox each.
//!
//! The node is a process of its own on PostgreSQL and Redis; all sockets are held by this one. Once
//! everybody has been let in and the database is quiet, half a minute is looked at: the processor time
//! of the node, the transactions at PostgreSQL, the commands at Redis, and the node's memory. Every
//! socket is pinged by the node every ten seconds all the while.
//!
//! `src/tests/services sh -c 'DATABASE_URL=$BELFRY_TEST_POSTGRES/postgres REDIS_URL=$BELFRY_TEST_REDIS
//! cargo bench --features ssr --bench idle'`

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that cannot go on stops, and prints")]

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt, stream};
use jsonwebtoken::{EncodingKey, Header, encode};
use redis::aio::MultiplexedConnection;
use serde_json::json;
use sqlx::{ConnectOptions, PgConnection, postgres::PgConnectOptions};
use tokio::time::sleep;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

const SOCKETS: usize = 10_000;
const SECRET: &str = "a secret of thirty-two bytes, for sure";
const SUBSCRIBE: &str = "subscription { inboxChanged { __typename \
    ... on AlertChanged { alertId revision position unreadCount } ... on InboxReset { revision position } } }";

/// How long is looked at.
const WINDOW: Duration = Duration::from_secs(30);

/// PostgreSQL tells of what a connection did at the latest ten seconds after it fell idle.
const TOLD: Duration = Duration::from_secs(12);

/// So many transactions within [`TOLD`] are nobody's doing but the sweeper's.
const QUIET: i64 = 60;

/// Whether a socket ended, which none should before the last look.
static ENDED: AtomicBool = AtomicBool::new(false);

#[tokio::main]
async fn main() {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let folder = tempfile::tempdir().unwrap();
    // Before the node starts: it would take the default database otherwise.
    let servers = (env::var("DATABASE_URL").unwrap(), env::var("REDIS_URL").unwrap());
    let (node, address) = serve(folder.path());
    let mut bench = Bench::of(node, servers).await;
    println!("{:>7} sockets: {}", 0, bench.look().await);
    let sockets = stream::iter(0..SOCKETS).map(|person| listen(&address, person));
    sockets.buffer_unordered(64).for_each(|()| async {}).await;
    println!("{SOCKETS:>7} sockets: {}", bench.look().await);
}

/// Starts a node in a process of its own; its address.
fn serve(folder: &Path) -> (Child, String) {
    let site = folder.join("site");
    fs::create_dir_all(site.join("pkg")).unwrap();
    for kind in ["js", "wasm", "css"] {
        fs::write(site.join("pkg").join(format!("belfry.{kind}")), "").unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_belfry"));
    command.args(["--site-addr", "127.0.0.1:0", "--mode", "production", "--jwt-secret", SECRET]);
    command.arg("--site-root").arg(site).stdout(Stdio::piped()).env("RUST_LOG", "warn");
    let mut node = command.spawn().unwrap();
    let mut said = String::new();
    BufReader::new(node.stdout.take().unwrap()).read_line(&mut said).unwrap();
    let address = said.split_once("http://").unwrap().1.split(' ').next().unwrap().to_owned();
    (node, address)
}

/// Opens a person's socket and follows their inbox, for ever.
async fn listen(address: &str, person: usize) {
    let mut request = format!("ws://{address}/graphql/ws").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    let claims = json!({ "sub": format!("p{person}"), "exp": 4_000_000_000_u64 });
    let jwt = encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap();
    let init = json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {jwt}") } });
    socket.send(Message::text(init.to_string())).await.unwrap();
    socket.next().await.unwrap().unwrap();
    let subscribe = json!({ "type": "subscribe", "id": "1", "payload": { "query": SUBSCRIBE } });
    socket.send(Message::text(subscribe.to_string())).await.unwrap();
    // The first event is a reset: from here on the socket is live.
    socket.next().await.unwrap().unwrap();
    tokio::spawn(async move {
        while let Some(Ok(Message::Text(text))) = socket.next().await {
            assert_eq!(text.as_str(), r#"{"type":"ping"}"#, "nothing happens");
            socket.send(Message::text(r#"{"type":"pong"}"#)).await.unwrap();
        }
        ENDED.store(true, Ordering::Relaxed);
    });
}

/// A node and those it talks to.
struct Bench {
    node: Child,
    postgres: PgConnection,
    redis: MultiplexedConnection,
}

/// What was counted since the beginning.
struct Counts {
    /// Hundredths of a second of processor time.
    ticks: i64,
    commits: i64,
    commands: i64,
}

impl Bench {
    async fn of(node: Child, (postgres, redis): (String, String)) -> Self {
        let postgres: PgConnectOptions = postgres.parse().unwrap();
        let redis = redis::Client::open(redis).unwrap();
        let redis = redis.get_multiplexed_async_connection().await.unwrap();
        Self { node, postgres: postgres.connect().await.unwrap(), redis }
    }

    /// Waits until nothing happens, and looks how much of it.
    async fn look(&mut self) -> String {
        while self.during(TOLD).await.commits > QUIET {}
        let Counts { ticks, commits, commands } = self.during(WINDOW).await;
        assert!(!ENDED.load(Ordering::Relaxed), "a socket ended");
        let per_second = |count: i64| f64::from(i32::try_from(count).unwrap()) / WINDOW.as_secs_f64();
        format!(
            "{:.1} % of a core, {:.1} transactions/s, {:.1} Redis commands/s, {} MB",
            per_second(ticks),
            per_second(commits),
            per_second(commands),
            self.memory() / 1_024,
        )
    }

    async fn during(&mut self, window: Duration) -> Counts {
        let before = self.counts().await;
        sleep(window).await;
        let after = self.counts().await;
        Counts {
            ticks: after.ticks - before.ticks,
            // A look is a transaction and a command of this process's own.
            commits: after.commits - before.commits - 1,
            commands: after.commands - before.commands - 1,
        }
    }

    async fn counts(&mut self) -> Counts {
        let commits =
            "select sum(xact_commit)::bigint from pg_stat_database where datname = current_database()";
        let info: String = redis::cmd("INFO").arg("stats").query_async(&mut self.redis).await.unwrap();
        let commands = info.lines().find_map(|line| line.strip_prefix("total_commands_processed:")).unwrap();
        Counts {
            ticks: self.ticks(),
            commits: sqlx::query_scalar(commits).fetch_one(&mut self.postgres).await.unwrap(),
            commands: commands.trim().parse().unwrap(),
        }
    }

    /// The node's processor time (proc(5), `utime` and `stime`): a tick is 10 ms.
    fn ticks(&self) -> i64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.node.id())).unwrap();
        let fields: Vec<_> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        fields[11].parse::<i64>().unwrap() + fields[12].parse::<i64>().unwrap()
    }

    /// The node's resident memory in kB.
    fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.node.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        drop(self.node.kill());
        drop(self.node.wait());
    }
}
