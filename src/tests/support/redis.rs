//! A Redis server of a test's own, which can be killed, frozen and brought back.

use std::{
    collections::HashSet,
    fs,
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use redis::aio::MultiplexedConnection;
use tempfile::TempDir;

/// A server on a port of its own. Ends with the test.
pub struct RedisServer {
    port: u16,
    folder: TempDir,
    process: Child,
    password: Option<&'static str>,
}

impl RedisServer {
    pub async fn start() -> Self {
        Self::with(None).await
    }

    pub async fn with(password: Option<&'static str>) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let process = spawn(port, &folder, password);
        let server = Self { port, folder, process, password };
        server.ready().await;
        server
    }

    pub fn url(&self) -> String {
        match self.password {
            Some(password) => format!("redis://:{password}@127.0.0.1:{}", self.port),
            None => format!("redis://127.0.0.1:{}", self.port),
        }
    }

    /// A connection past the broker.
    pub async fn connect(&self) -> MultiplexedConnection {
        redis::Client::open(self.url()).unwrap().get_multiplexed_async_connection().await.unwrap()
    }

    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub async fn restart(&mut self) {
        self.process = spawn(self.port, &self.folder, self.password);
        self.ready().await;
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

    async fn ready(&self) {
        let client = redis::Client::open(self.url()).unwrap();
        while client.get_multiplexed_async_connection().await.is_err() {
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

fn spawn(port: u16, folder: &TempDir, password: Option<&str>) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
    command.args(["--dir", folder.path().to_str().unwrap()]);
    if let Some(password) = password {
        command.args(["--requirepass", password]);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}
