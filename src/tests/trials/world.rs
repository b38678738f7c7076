//! Three nodes on PostgreSQL and Redis, each behind a proxy to each, and pages and programs that use
//! them.

use std::{path::PathBuf, sync::Arc, time::Duration};

use belfry::server::store::{self, Pool, Store};
use tempfile::TempDir;
use time::{OffsetDateTime, format_description::well_known::Rfc2822};
use tokio::time::sleep;

use super::{
    callers,
    history::{Acknowledged, Moment, now},
    screen::Screen,
    size,
    viewer::Marks,
    writer::Writers,
};
use crate::support::{
    app::{Folder, JWT_SECRET},
    postgres::PostgresServer,
    program::Serving,
    proxy::Proxy,
    redis::{RedisServer, free_port},
};

/// How many nodes there are.
pub const NODES: usize = 3;

/// How long what must come may take.
pub const PATIENCE: Duration = Duration::from_secs(45);

/// A node and its ways to the others.
pub struct Node {
    serving: Option<Serving>,
    /// `host:port`, the same for all processes that take this place.
    pub address: String,
    pub to_postgres: Proxy,
    pub to_redis: Proxy,
    /// What goes before its command: a clock that is off, a limit.
    pub wrapper: Vec<&'static str>,
}

/// Everything that can fail.
pub struct World {
    pub postgres: PostgresServer,
    pub redis: RedisServer,
    pub nodes: Vec<Node>,
    /// Where people and programs call: each leads to its own node first, and to the others without it.
    pub doors: Vec<Proxy>,
    pub screens: Arc<Vec<Screen>>,
    pub people: Vec<String>,
    /// What a fault has raised by itself.
    pub acknowledged: Vec<Acknowledged>,
    /// What people were answered who marked alerts.
    pub marked: Marks,
    /// When all was well again, where that is not when the fault has run its course.
    pub healed: Option<Moment>,
    /// About how often each program raises an alert.
    pub pace: Duration,
    redis_address: Option<String>,
    /// How many seconds a node that is stopped serves on.
    pub shutdown_delay: &'static str,
    /// What nodes are told of limits.
    pub limits: &'static [&'static str],
    pub store: Arc<dyn Store>,
    pub http: reqwest::Client,
    folder: Folder,
    logs: TempDir,
}

impl World {
    pub async fn start() -> Self {
        rlimit::increase_nofile_limit(u64::MAX).unwrap();
        Self::on(RedisServer::start().await, None).await
    }

    /// The same on a Redis that nodes know by an address of its own, and not by their proxies.
    pub async fn on(redis: RedisServer, redis_address: Option<String>) -> Self {
        let postgres = PostgresServer::start().await;
        let store = store::open(&postgres.url(), Pool::default()).await.unwrap();
        let mut nodes = Vec::new();
        for _ in 0..NODES {
            nodes.push(Node {
                serving: None,
                address: format!("127.0.0.1:{}", free_port()),
                to_postgres: Proxy::to(vec![format!("127.0.0.1:{}", postgres.port)]).await,
                to_redis: Proxy::to(vec![redis.name()]).await,
                wrapper: Vec::new(),
            });
        }
        let mut doors = Vec::new();
        for _ in 0..NODES {
            doors.push(Proxy::to(Vec::new()).await);
        }
        let people = (0..size().people).map(|number| format!("person{number}")).collect();
        let mut world = Self {
            postgres,
            redis,
            nodes,
            doors,
            screens: Arc::default(),
            people,
            acknowledged: Vec::new(),
            marked: Marks::default(),
            healed: None,
            pace: size().pace,
            redis_address,
            shutdown_delay: "0",
            limits: &["--limits", "off"],
            store,
            http: callers::http(),
            folder: Folder::new(),
            logs: tempfile::tempdir().unwrap(),
        };
        for number in 0..NODES {
            world.start_node(number).await;
        }
        world
    }

    /// Starts a node, or one in the place of another that ended.
    pub async fn start_node(&mut self, number: usize) {
        let log = self.log_file(number);
        let node = &mut self.nodes[number];
        let proxied = format!("redis://127.0.0.1:{}", node.to_redis.port);
        let redis = self.redis_address.as_deref().unwrap_or(&proxied);
        let database = format!("postgres://belfry@127.0.0.1:{}/postgres", node.to_postgres.port);
        let site = self.folder.path("site").display().to_string();
        let mut flags = vec!["serve", "--site-addr", &node.address, "--site-root", &site];
        flags.extend(["--mode", "production", "--jwt-secret", JWT_SECRET]);
        flags.extend(self.limits);
        flags.extend(["--database-url", &database, "--redis-url", redis]);
        flags.extend(["--shutdown-delay", self.shutdown_delay]);
        let flags: Vec<_> = flags.into_iter().map(str::to_owned).collect();
        node.serving = Some(Serving::under(&node.wrapper, &flags, &log).await);
        self.lead_doors();
    }

    /// Where the process that has a node's place now writes what it has to say.
    pub fn log_file(&self, number: usize) -> PathBuf {
        self.logs.path().join(format!("node{number}.log"))
    }

    /// Ends a node at once.
    pub async fn kill_node(&mut self, number: usize) {
        let serving = self.nodes[number].serving.take().unwrap();
        serving.signal("KILL").await;
        serving.ended().await;
        self.lead_doors();
    }

    /// Ends a node as a deployment does; it finishes what it is at.
    pub async fn stop_node(&mut self, number: usize) {
        let serving = self.nodes[number].serving.take().unwrap();
        self.lead_doors();
        serving.signal("TERM").await;
        assert_eq!(serving.ended().await, Some(0));
    }

    /// Sends a signal to a node.
    pub async fn signal_node(&self, number: usize, signal: &str) {
        self.nodes[number].serving.as_ref().unwrap().signal(signal).await;
    }

    /// Whether a node says that it can be given work.
    pub async fn is_ready(&self, number: usize) -> bool {
        let probe = format!("http://{}/readyz", self.nodes[number].address);
        self.http.get(probe).send().await.is_ok_and(|answer| answer.status().is_success())
    }

    /// What time it is by a node's own clock, to the second.
    pub async fn clock(&self, number: usize) -> Moment {
        let probe = format!("http://{}/healthz", self.nodes[number].address);
        let answer = self.http.get(probe).send().await.unwrap();
        let date = answer.headers()["date"].to_str().unwrap();
        let date = OffsetDateTime::parse(date, &Rfc2822).unwrap();
        Duration::from_secs(date.unix_timestamp().try_into().unwrap())
    }

    /// The port of a node.
    pub fn port(&self, number: usize) -> u16 {
        self.nodes[number].address.rsplit_once(':').unwrap().1.parse().unwrap()
    }

    /// The process of a node.
    pub fn process(&self, number: usize) -> u32 {
        self.nodes[number].serving.as_ref().unwrap().process()
    }

    fn lead_doors(&self) {
        for (own, door) in self.doors.iter().enumerate() {
            let order = (0..NODES).map(|step| &self.nodes[(own + step) % NODES]);
            let live = order.filter(|node| node.serving.is_some()).map(|node| node.address.clone());
            door.lead_to(live.collect());
        }
    }

    /// Opens the pages of everybody, each person's on different nodes, and lets programs and people
    /// write. Returns when every page was told something.
    pub async fn begin(&mut self) -> Writers {
        let mut screens = Vec::new();
        for (number, user) in self.people.iter().enumerate() {
            for page in 0..size().pages {
                screens.push(Screen::open(self.viewer(user, (number + page) % NODES)).await);
            }
        }
        self.begin_with(screens).await
    }

    /// The same, with these pages.
    pub async fn begin_with(&mut self, screens: Vec<Screen>) -> Writers {
        self.screens = Arc::new(screens);
        let mut publishers = Vec::new();
        for door in 0..NODES {
            publishers.push(self.publisher(door).await);
        }
        let writers = Writers::begin(publishers, &self.people, &self.screens, self.pace);
        let screens = self.screens.clone();
        wait("every page was told something", || screens.iter().all(|screen| screen.told() > 0)).await;
        writers
    }
}

/// Waits for what must come, and fails when it does not.
pub async fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = now();
    while !is_so() {
        assert!(now() - begin < PATIENCE, "it did not come to this: {what}");
        sleep(Duration::from_millis(10)).await;
    }
}
