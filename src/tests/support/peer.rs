//! Programs of other makers that play the other end. They are node scripts in `end2end/peers`.

use std::{
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::ws::bench::PATIENCE;

/// A script by its name.
fn script(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("end2end");
    let installed = folder.join("node_modules/graphql-ws").is_dir();
    assert!(installed, "end2end/node_modules is missing: run `npm ci` in end2end first");
    folder.join("peers").join(name)
}

/// Runs a script to its end; the first argument is the address of the server it talks to.
pub async fn run(name: &str, arguments: &[&str]) -> Output {
    let node = Command::new("node").arg(script(name)).args(arguments).kill_on_drop(true).output();
    timeout(PATIENCE, node).await.unwrap().unwrap()
}

/// A running script. It ends with this value; and by itself when the test dies.
pub struct Peer {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    child: Child,
}

impl Peer {
    /// Starts a script on a port, 0 for any, and waits until it listens.
    pub async fn start(name: &str, port: u16) -> Self {
        let mut child = Command::new("node")
            .args([script(name).as_os_str(), port.to_string().as_ref()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines().next_line().await;
        let port = said.ok().flatten().and_then(|line| line.parse().ok());
        Self { port: port.unwrap(), child }
    }

    /// Kills it and waits for its end.
    pub async fn stop(mut self) {
        self.child.kill().await.unwrap();
    }
}
