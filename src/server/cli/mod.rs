//! The command line. Everything but `serve` works on the store directly; a running server's
//! sweeper sees it within a second.

mod alert;
mod check;
mod files;
mod serve;
mod token;
mod user;

use std::{
    env,
    io::{self, Write},
    process::ExitCode,
};

use clap::{
    CommandFactory, FromArgMatches, Parser, Subcommand,
    error::{ContextKind, ContextValue},
};

use super::{
    StartError,
    auth::PasswordError,
    config::{Database, Settings},
    graphql,
    log::{self, Format},
    store::{OpenError, StoreError},
};

/// A real-time notification service, and the bell its users see.
#[derive(Parser)]
#[command(version, after_help = "Without a command it serves. Example: belfry --site-addr 127.0.0.1:4000")]
#[command(args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    database: Database,
    /// How the log on standard error looks: text for people, json for machines.
    #[arg(long, env = "BELFRY_LOG", global = true, value_enum, default_value_t = Format::Text)]
    log: Format,
}

#[derive(Subcommand)]
enum Command {
    /// Serves pages, the API and the sockets.
    #[command(after_help = "Example: DATABASE_URL=sqlite://alerts.db belfry serve --mode production")]
    Serve {
        #[command(flatten)]
        settings: Box<Settings>,
        #[command(flatten)]
        database: Database,
    },
    /// Says what is unsafe in the settings of `serve`, and opens nothing: exit code 1 when something is.
    #[command(after_help = "Example: set -a; . /etc/belfry.env; belfry check")]
    Check {
        #[command(flatten)]
        settings: Box<Settings>,
        #[command(flatten)]
        database: Database,
    },
    /// Makes the database if it is missing, and brings it up to date.
    #[command(after_help = "Example: belfry migrate --database-url sqlite://alerts.db")]
    Migrate {
        /// The database was restored from a backup: what it gave out after that does not count.
        /// Stop all nodes first.
        #[arg(long)]
        restored: bool,
        #[command(flatten)]
        database: Database,
    },
    /// People who sign in with a password.
    #[command(subcommand)]
    User(user::User),
    /// Publisher tokens, for programs that raise alerts.
    #[command(subcommand)]
    Token(token::Token),
    /// Alerts.
    #[command(subcommand)]
    Alert(alert::Alert),
    /// Prints the GraphQL schema.
    #[command(after_help = "Example: belfry schema > schema.graphql")]
    Schema,
}

/// Why a command failed: one sentence.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the database failed: {0}")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Refused(String),
}

/// Runs the program: reads its arguments, does what they say, reports a failure in one sentence.
pub async fn main() -> ExitCode {
    match begin().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where standard error is closed there is nobody to tell.
            let _ = writeln!(io::stderr(), "belfry: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn begin() -> Result<(), CliError> {
    let matches = files::known(Cli::command())?.try_get_matches();
    let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = cli.unwrap_or_else(|error| traced(error).exit());
    log::init(cli.log);
    run(cli).await
}

/// Names the variable that a bad value came from: who set it typed no flag.
fn traced(mut error: clap::Error) -> clap::Error {
    let said = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let (Some(argument), Some(value)) = (said(ContextKind::InvalidArg), said(ContextKind::InvalidValue))
    else {
        return error;
    };
    // It is written as in the usage: `--mode <MODE>`.
    let flag = argument.split(' ').next().and_then(|flag| flag.strip_prefix("--"));
    let command = Cli::command();
    let named = command.get_arguments().find(|it| flag.is_some() && it.get_long() == flag);
    let variable = named.and_then(clap::Arg::get_env);
    let variable = variable.filter(|variable| env::var_os(variable).is_some_and(|set| set == value.as_str()));
    if let Some(variable) = variable {
        let tip = format!("the value is that of the variable {}", variable.display());
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

async fn run(cli: Cli) -> Result<(), CliError> {
    match cli.command {
        None => serve::run(&cli.settings, &cli.database).await,
        Some(Command::Serve { settings, database }) => serve::run(&settings, &database).await,
        Some(Command::Check { settings, database }) => check::run(&settings, &database),
        Some(Command::Migrate { restored, database }) => migrate(restored, &database).await,
        Some(Command::User(user)) => user.run().await,
        Some(Command::Token(token)) => token.run().await,
        Some(Command::Alert(alert)) => alert.run().await,
        Some(Command::Schema) => Ok(write!(io::stdout(), "{}", graphql::sdl())?),
    }
}

async fn migrate(restored: bool, database: &Database) -> Result<(), CliError> {
    if restored && database.database_url.is_none() {
        return refuse(
            "--restored needs DATABASE_URL, or --database-url: name the database that was restored",
        );
    }
    let store = database.open().await?;
    let renewed = if restored { store.renew().await } else { Ok(()) };
    store.close().await;
    renewed?;
    say(format_args!("{} is up to date.", database.shown()))?;
    if restored {
        say(format_args!("It begins a new history: whoever listened before the restore loads anew."))?;
    }
    Ok(())
}

fn say(line: std::fmt::Arguments<'_>) -> Result<(), CliError> {
    Ok(writeln!(io::stdout(), "{line}")?)
}

fn refuse<T>(sentence: impl Into<String>) -> Result<T, CliError> {
    Err(CliError::Refused(sentence.into()))
}
