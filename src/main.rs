//! `belfry`: arguments, then the command.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    belfry::server::cli::main().await
}
