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

#[path = "common/node.rs"]
mod node;
#[path = "common/socket.rs"]
mod socket;

use std::{
    env,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt, stream};
use node::Node;
use redis::aio::MultiplexedConnection;
use socket::follow;
use sqlx::{ConnectOptions, PgConnection, postgres::PgConnectOptions};
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::Message;

const SOCKETS: usize = 10_000;
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
    let node = Node::start(folder.path(), &["--limits", "off"]);
    let address = node.address.clone();
    let mut bench = Bench::of(node, servers).await;
    println!("{:>7} sockets: {}", 0, bench.look().await);
    let sockets = stream::iter(0..SOCKETS).map(|person| listen(&address, person));
    sockets.buffer_unordered(64).for_each(|()| async {}).await;
    println!("{SOCKETS:>7} sockets: {}", bench.look().await);
}

/// Opens a person's socket and follows their inbox, for ever.
async fn listen(address: &str, person: usize) {
    let mut socket = follow(address, &format!("p{person}"), SUBSCRIBE).await;
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
    node: Node,
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
    async fn of(node: Node, (postgres, redis): (String, String)) -> Self {
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
            self.node.memory() / 1_024,
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
        let stat = self.node.read("stat");
        let fields: Vec<_> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        fields[11].parse::<i64>().unwrap() + fields[12].parse::<i64>().unwrap()
    }
}
