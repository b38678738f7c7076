//! The program itself, as a user starts it, in an environment without settings.

use std::{fs::File, path::Path, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use super::process::open_files;
use crate::ws::bench::PATIENCE;

/// How long a server may take to end that was told to.
const ENDING: Duration = Duration::from_secs(30);

/// What a run of the program came to.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// The program as it was built for the tests.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_belfry");

/// What runs a program with a clock that is off: the library that lies about the time is preloaded, for its own
/// program would stay between it and who ends it.
pub fn clock_off(by: &'static str) -> Vec<&'static str> {
    let preload = "LD_PRELOAD=/usr/$LIB/faketime/libfaketimeMT.so.1";
    vec!["env", "FAKETIME_DONT_FAKE_MONOTONIC=1", preload, by]
}

/// A command that inherits nothing.
pub fn command(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end.
pub async fn belfry(arguments: &[&str]) -> Ran {
    run(command(Path::new(PROGRAM), arguments), "").await
}

/// Runs it to its end, with something to read.
pub async fn belfry_reading(input: &str, arguments: &[&str]) -> Ran {
    run(command(Path::new(PROGRAM), arguments), input).await
}

pub async fn run(mut command: Command, input: &str) -> Ran {
    let mut child = command.spawn().unwrap();
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
        Self::logging(flags, Path::new("/dev/null")).await
    }

    /// The same; its log goes to a file.
    pub async fn logging(flags: &[String], log: &Path) -> Self {
        Self::in_environment(flags, &[], log).await
    }

    /// The same, with something in its environment.
    pub async fn in_environment(flags: &[String], variables: &[(&str, String)], log: &Path) -> Self {
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let mut command = command(Path::new(PROGRAM), &flags);
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        Self::spawn(command, log).await
    }

    /// The same, run by another program that takes on its shape: with a clock that is off, or a limit.
    pub async fn under(wrapper: &[&str], flags: &[String], log: &Path) -> Self {
        let own = wrapper.iter().copied().chain([PROGRAM]).chain(flags.iter().map(String::as_str));
        let words: Vec<&str> = own.collect();
        Self::spawn(command(Path::new(words[0]), &words[1..]), log).await
    }

    async fn spawn(mut command: Command, log: &Path) -> Self {
        let mut child = command.stderr(File::create(log).unwrap()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut serving = Self { child, lines, address: String::new() };
        let said = serving.line().await;
        serving.address = said.split_once("http://").unwrap().1.split(' ').next().unwrap().to_owned();
        serving
    }

    /// The next line that it prints.
    pub async fn line(&mut self) -> String {
        timeout(PATIENCE, self.lines.next_line()).await.unwrap().unwrap().unwrap()
    }

    /// Its number.
    pub fn process(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Sends a signal by name.
    pub async fn signal(&self, name: &str) {
        let id = self.process().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().await.unwrap().success());
    }

    /// How many files it has open.
    pub fn files(&self) -> usize {
        open_files(self.process())
    }

    /// Its exit code, once it has ended.
    pub async fn ended(mut self) -> Option<i32> {
        timeout(ENDING, self.child.wait()).await.unwrap().unwrap().code()
    }
}
