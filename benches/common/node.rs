//! A node in a process of its own.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use super::socket::{SECRET, site};

/// A running node. It ends with this value.
pub struct Node {
    child: Child,
    /// `host:port`.
    pub address: String,
}

impl Node {
    /// Starts one with more flags; where it takes its database from is the environment's to say.
    pub fn start(folder: &Path, more: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_belfry"));
        command.args(["--site-addr", "127.0.0.1:0", "--mode", "production", "--jwt-secret", SECRET]);
        command.arg("--site-root").arg(site(folder)).args(more);
        let mut child = command.stdout(Stdio::piped()).env("RUST_LOG", "error").spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let address = said.split_once("http://").unwrap().1.split(' ').next().unwrap().to_owned();
        Self { child, address }
    }

    /// A file of it in `/proc`.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{name}", self.child.id())).unwrap()
    }

    /// Its resident memory in kB.
    pub fn memory(&self) -> u64 {
        let status = self.read("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
