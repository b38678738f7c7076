//! The log: lines of text for people, or JSON for machines, on standard error.

use std::{
    env,
    io::{self, IsTerminal},
};

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged when `RUST_LOG` does not say.
const LOGGED: &str = "info";

/// What is not logged unless `RUST_LOG` names it: the sessions library speaks of faults that its caller
/// logs, of every cookie that has expired, and its spans would hide the request's.
const QUIET: &str = "tower_sessions_core=off,tower_sessions::service=error";

/// Begins to log, for the whole process.
pub fn init(format: Format) {
    let asked = env::var("RUST_LOG").ok().filter(|asked| !asked.trim().is_empty());
    let wanted = asked.unwrap_or_else(|| LOGGED.to_owned());
    let filter = EnvFilter::try_new(format!("{QUIET},{wanted}"));
    let filter = filter.unwrap_or_else(|_| EnvFilter::new(format!("{QUIET},{LOGGED}")));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match format {
        Format::Text => log.compact().with_ansi(io::stderr().is_terminal()).init(),
        Format::Json => log.json().flatten_event(true).with_span_list(false).init(),
    }
}
