//! Suites that others wrote and that take an installation: `make audit` makes it, and runs them.

mod autobahn;
mod clairvoyance;
mod schemathesis;

use std::{
    env,
    fs::OpenOptions,
    io::Write,
    path::{Path, PathBuf},
    process::Output,
    time::Duration,
};

use tokio::{process::Command, time::timeout};

/// How long a suite may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// A path in this repository.
fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// What `make audit` installed, to be run in a folder of its own.
fn installed(program: &str, folder: &Path) -> Command {
    let program = path("target/suites").join(program);
    assert!(program.exists(), "{} is missing: run `make audit`", program.display());
    let mut command = Command::new(program);
    command.current_dir(folder).kill_on_drop(true);
    command
}

async fn run(command: &mut Command) -> Output {
    timeout(PATIENCE, command.output()).await.unwrap().unwrap()
}

/// Everything that a program said.
fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).concat()
}

/// Adds a line to the table of results, which `BELFRY_AUDIT` names.
fn report(suite: &str, result: &str) {
    if let Some(table) = env::var_os("BELFRY_AUDIT") {
        let mut table = OpenOptions::new().append(true).create(true).open(table).unwrap();
        writeln!(table, "| {suite} | {result} |").unwrap();
    }
}
