//! A Redis server of a test's own, which can be killed, frozen and brought back.

use std::{
    collections::HashSet,
    fs,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

use redis::{Client, TlsCertificates, aio::MultiplexedConnection};
use tempfile::TempDir;
use tokio::sync::Mutex;

/// A server on a port of its own. Ends with the test.
pub struct RedisServer {
    pub port: u16,
    folder: TempDir,
    process: Child,
    options: Vec<String>,
    access: Access,
    /// What it is asked on: one connection for all, until it ends.
    asking: Mutex<Option<MultiplexedConnection>>,
}

/// What it takes to be let in.
#[derive(Default)]
pub struct Access {
    /// Empty: the one without a name.
    pub user: &'static str,
    pub password: Option<&'static str>,
    /// Who vouches for it; then it speaks TLS only.
    pub authority: Option<Vec<u8>>,
}

impl RedisServer {
    pub async fn start() -> Self {
        Self::with(None).await
    }

    pub async fn with(password: Option<&'static str>) -> Self {
        let options = password.map(|password| ["--requirepass", password]);
        let access = Access { password, ..Access::default() };
        Self::guarded(access, |port, _| {
            let options = options.iter().flatten().map(|&option| option.to_owned());
            ["--port".into(), port.to_string()].into_iter().chain(options).collect()
        })
        .await
    }

    /// One with options of its own.
    pub async fn with_options(options: impl Fn(u16, &Path) -> Vec<String>) -> Self {
        Self::guarded(Access::default(), options).await
    }

    /// The same, with what it takes to be let in.
    pub async fn guarded(access: Access, options: impl Fn(u16, &Path) -> Vec<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let options = options(port, folder.path());
        let process = spawn(&folder, &options);
        let mut server = Self { port, folder, process, options, access, asking: Mutex::default() };
        server.ready().await;
        server
    }

    pub fn url(&self) -> String {
        let scheme = if self.access.authority.is_some() { "rediss" } else { "redis" };
        match self.access.password {
            Some(password) => format!("{scheme}://{}:{password}@{}", self.access.user, self.name()),
            None => format!("{scheme}://{}", self.name()),
        }
    }

    /// Host and port.
    pub fn name(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A connection past the broker.
    pub async fn connect(&self) -> MultiplexedConnection {
        self.client().get_multiplexed_async_connection().await.unwrap()
    }

    /// Asks it something in one line.
    pub async fn ask<T: redis::FromRedisValue>(&self, command: &str) -> redis::RedisResult<T> {
        let mut words = command.split(' ');
        let mut query = redis::cmd(words.next().unwrap());
        for word in words {
            query.arg(word);
        }
        let mut asking = self.asking.lock().await;
        if let Some(conn) = &mut *asking {
            match query.query_async(conn).await {
                Err(error) if error.is_unrecoverable_error() => {}
                answer => return answer,
            }
        }
        let conn = self.client().get_multiplexed_async_connection().await?;
        query.query_async(asking.insert(conn)).await
    }

    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub async fn restart(&mut self) {
        self.process = spawn(&self.folder, &self.options);
        self.ready().await;
    }

    pub fn lives(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }

    /// A file of its own.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// How many connections others have to it.
    pub async fn connections(&self) -> usize {
        let list: String = self.ask("CLIENT LIST").await.unwrap();
        // This one aside, and those of its replicas.
        list.lines().filter(|line| !line.contains("cmd=client") && !line.contains("flags=S")).count()
    }

    /// The ports of those who are connected to it, as the system sees it: also while it stands still.
    pub fn callers(&self) -> HashSet<String> {
        let (table, port) = (fs::read_to_string("/proc/net/tcp").unwrap(), format!(":{:04X}", self.port));
        let established = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let callers = established.filter(|columns| columns[2].ends_with(&port) && columns[3] == "01");
        callers.map(|columns| columns[1].to_owned()).collect()
    }

    /// Stops it in its tracks, or lets it go on: connections stay open and nothing is answered.
    pub fn signal(&self, signal: &str) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    fn client(&self) -> Client {
        match self.access.authority.clone() {
            None => Client::open(self.url()).unwrap(),
            root_cert => {
                Client::build_with_tls(self.url(), TlsCertificates { client_tls: None, root_cert }).unwrap()
            }
        }
    }

    async fn ready(&mut self) {
        let client = self.client();
        while client.get_multiplexed_async_connection().await.is_err() {
            assert!(self.lives(), "redis-server {:?} ended", self.options);
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // A server that is killed already is no fault here; one that stands still dies as well.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A port that nobody has. Below those that the system gives to whoever connects: one of them could be
/// taken before the server takes it.
pub fn free_port() -> u16 {
    loop {
        let port = rand::random_range(10_000..32_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn spawn(folder: &TempDir, options: &[String]) -> Child {
    let mut command = Command::new("redis-server");
    command.current_dir(folder).args(options);
    if !options.iter().any(|option| option == "--sentinel") {
        command.args(["--bind", "127.0.0.1", "--save", ""]);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}
