//! `belfry token`.

use clap::Subcommand;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{CliError, refuse, say};
use crate::server::{auth::Secret, config::Database, store::Store};

#[derive(Subcommand)]
pub(super) enum Token {
    /// Makes a token and prints it, once.
    #[command(after_help = "Example: TOKEN=$(belfry token create --name ci)")]
    Create {
        /// Names the publisher for ever; 1-64 characters.
        #[arg(long, value_parser = name)]
        name: String,
        #[command(flatten)]
        database: Database,
    },
    /// Lists all tokens, without their secrets.
    #[command(after_help = "Example: belfry token list")]
    List {
        #[command(flatten)]
        database: Database,
    },
    /// Revokes a token.
    #[command(after_help = "Example: belfry token revoke --name ci")]
    Revoke {
        /// Its name.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        database: Database,
    },
}

impl Token {
    pub(super) async fn run(self) -> Result<(), CliError> {
        match self {
            Self::Create { name, database } => create(&name, &*database.open().await?).await,
            Self::List { database } => list(&*database.open().await?).await,
            Self::Revoke { name, database } => revoke(&name, &*database.open().await?).await,
        }
    }
}

async fn create(name: &str, store: &dyn Store) -> Result<(), CliError> {
    let Some(secret) = Secret::random() else { return refuse("the system has no random numbers") };
    let added = store.add_token(name, secret.hint(), &secret.hash()).await?;
    store.close().await;
    if !added {
        return refuse(format!("--name: there is, or was, a token named {name}: choose another name"));
    }
    say(format_args!("{}", secret.reveal()))
}

async fn list(store: &dyn Store) -> Result<(), CliError> {
    for token in store.tokens().await? {
        let state = match (token.revoked_at, token.used_at) {
            (Some(at), _) => format!("revoked {}", date(at)),
            (None, Some(at)) => format!("last used {}", date(at)),
            (None, None) => "never used".to_owned(),
        };
        say(format_args!("{}\t{}...\tmade {}\t{state}", token.name, token.hint, date(token.created_at)))?;
    }
    store.close().await;
    Ok(())
}

async fn revoke(name: &str, store: &dyn Store) -> Result<(), CliError> {
    let revoked = store.revoke_token(name).await?;
    store.close().await;
    if !revoked {
        return refuse(format!("--name: there is no live token named {name}"));
    }
    say(format_args!("{name} is revoked."))
}

fn date(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

fn name(text: &str) -> Result<String, String> {
    let shown = !text.trim().is_empty() && !text.chars().any(char::is_control);
    let fits = shown && text.chars().count() <= 64;
    if fits { Ok(text.to_owned()) } else { Err("must be 1-64 characters on one line".to_owned()) }
}
