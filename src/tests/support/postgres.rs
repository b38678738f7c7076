//! A PostgreSQL server of a test's own, which can be killed, frozen and brought back.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tempfile::TempDir;

use super::{authority::Authority, redis::free_port};

/// A server on a port of its own. Ends with the test.
pub struct PostgresServer {
    pub port: u16,
    folder: TempDir,
    settings: &'static [&'static str],
    process: Child,
}

impl PostgresServer {
    pub async fn start() -> Self {
        Self::over(folder(), &[]).await
    }

    /// One that lets nobody in but over TLS, and for which an authority vouches.
    pub async fn secured(authority: &Authority) -> Self {
        let folder = folder();
        let data = folder.path().join("data");
        for (from, to) in [("cert.pem", "server.crt"), ("key.pem", "server.key")] {
            fs::copy(authority.file(from), data.join(to)).unwrap();
            fs::set_permissions(data.join(to), fs::Permissions::from_mode(0o600)).unwrap();
            give(&data.join(to));
        }
        fs::write(data.join("pg_hba.conf"), "hostssl all all 127.0.0.1/32 trust\n").unwrap();
        Self::over(folder, &["ssl=on"]).await
    }

    async fn over(folder: TempDir, settings: &'static [&'static str]) -> Self {
        let port = free_port();
        let process = spawn(&folder, port, settings);
        let mut server = Self { port, folder, settings, process };
        server.ready().await;
        server
    }

    /// The address of its one database.
    pub fn url(&self) -> String {
        format!("postgres://belfry@127.0.0.1:{}/postgres", self.port)
    }

    /// Kills all of it, as a power cut would: its workers end by themselves when it is gone.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again; waits until it takes connections.
    pub async fn restart(&mut self) {
        self.process = spawn(&self.folder, self.port, self.settings);
        self.ready().await;
    }

    /// Sends a signal to it and to all of its workers.
    pub fn signal(&self, signal: &str) {
        let own = self.process.id().to_string();
        let workers = fs::read_to_string(format!("/proc/{own}/task/{own}/children")).unwrap();
        let all = workers.split_whitespace().chain([own.as_str()]);
        // A worker may have ended meanwhile.
        drop(Command::new("kill").arg(signal).args(all).stderr(Stdio::null()).status());
    }

    /// A connection of one's own.
    pub async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        self.url().parse::<PgConnectOptions>().unwrap().connect().await
    }

    async fn ready(&mut self) {
        loop {
            if let Ok(conn) = self.connect().await {
                drop(conn.close().await);
                return;
            }
            if self.process.try_wait().unwrap().is_some() {
                // The workers of the one before hold its place until they have ended.
                self.process = spawn(&self.folder, self.port, self.settings);
            }
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // One that stands still does not hear.
        self.signal("-CONT");
        drop(Command::new("kill").args(["-QUIT", &self.process.id().to_string()]).status());
        drop(self.process.wait());
    }
}

/// A folder with a new database in it.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    give(folder.path());
    let mut initdb = as_postgres("initdb");
    initdb.arg("-D").arg(folder.path().join("data"));
    run(initdb.args(["-U", "belfry", "--auth", "trust", "--no-sync"]));
    folder
}

/// Makes it the server's own, which does not run as root.
fn give(path: &Path) {
    if is_root() {
        let id = |flag| String::from_utf8(run(Command::new("id").args([flag, "postgres"]))).unwrap();
        let number = |flag| id(flag).trim().parse().unwrap();
        chown(path, Some(number("-u")), Some(number("-g"))).unwrap();
    }
}

/// What it commits survives its death: the system keeps what was written.
fn spawn(folder: &TempDir, port: u16, settings: &[&str]) -> Child {
    let mut command = as_postgres("postgres");
    command.arg("-D").arg(folder.path().join("data")).args(["-p", &port.to_string()]);
    let own = ["listen_addresses=127.0.0.1", "fsync=off", "max_connections=60"];
    for setting in own.iter().chain(settings) {
        command.args(["-c", setting]);
    }
    command.arg("-c").arg(format!("unix_socket_directories={}", folder.path().display()));
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// A program of its. It does not run as root, and ends when the test dies.
fn as_postgres(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "QUIT"]);
    if is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
    }
    command.arg(newest(program)).current_dir("/");
    command
}

fn newest(program: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").unwrap();
    let versions = versions.map(|version| version.unwrap().path().join("bin").join(program));
    versions.filter(|path| path.exists()).max().unwrap()
}

fn is_root() -> bool {
    run(Command::new("id").arg("-u")) == b"0\n"
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
