//! The program itself, as a user starts it, in an environment without settings.

use std::process::Stdio;

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use crate::ws::bench::PATIENCE;

/// What a run of the program came to.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// A command of the program that inherits nothing but the way to find libraries.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_belfry"));
    command.args(arguments).env_clear().kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end.
pub async fn belfry(arguments: &[&str]) -> Ran {
    belfry_reading("", arguments).await
}

/// Runs it to its end, with something to read.
pub async fn belfry_reading(input: &str, arguments: &[&str]) -> Ran {
    let mut child = command(arguments).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // One that does not read has no use for it.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = timeout(PATIENCE, child.wait_with_output()).await.unwrap().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A server in a process of its own.
pub struct Serving {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// `host:port`.
    pub address: String,
}

impl Serving {
    /// Starts it and waits until it says where it serves.
    pub async fn start(flags: &[String]) -> Self {
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let mut child = command(&flags).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap().unwrap();
        let address = said.split_once("http://").unwrap().1.split(' ').next().unwrap().to_owned();
        Self { child, lines, address }
    }

    /// The next line that it prints.
    pub async fn line(&mut self) -> Option<String> {
        timeout(PATIENCE, self.lines.next_line()).await.unwrap().unwrap()
    }

    /// Sends a signal by name.
    pub async fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().await.unwrap().success());
    }

    /// Its exit code, once it has ended.
    pub async fn ended(mut self) -> Option<i32> {
        timeout(PATIENCE, self.child.wait()).await.unwrap().unwrap().code()
    }
}
