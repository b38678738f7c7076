//! `belfry token`.

use clap::Subcommand;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{CliError, refuse, say};
use crate::{
    domain::{Scope, scope::Pattern},
    server::{auth::Secret, config::Database, store::Store},
};

#[derive(Subcommand)]
pub(super) enum Token {
    /// Makes a token and prints it, once.
    #[command(after_help = "Example: TOKEN=$(belfry token create --name ci --kind 'build.*')")]
    Create {
        /// Names the publisher for ever; 1-64 characters.
        #[arg(long, value_parser = name)]
        name: String,
        /// It may raise alerts of this kind alone; with a * at the end, of all that begin so. May be repeated.
        #[arg(long, value_name = "KIND", value_parser = Pattern::kind)]
        kind: Vec<Pattern>,
        /// It may raise alerts for this person alone; with a * at the end, for all whose ids begin so. May be
        /// repeated.
        #[arg(long, value_name = "ID", value_parser = Pattern::recipient)]
        recipient: Vec<Pattern>,
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
            Self::Create { name, kind, recipient, database } => {
                let scope = Scope { kinds: kind, recipients: recipient };
                create(&name, &scope, &*database.open().await?).await
            }
            Self::List { database } => list(&*database.open().await?).await,
            Self::Revoke { name, database } => revoke(&name, &*database.open().await?).await,
        }
    }
}

async fn create(name: &str, scope: &Scope, store: &dyn Store) -> Result<(), CliError> {
    let Some(secret) = Secret::random() else { return refuse("the system has no random numbers") };
    let added = store.add_token(name, secret.hint(), &secret.hash(), scope).await?;
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
        let (made, may) = (date(token.created_at), raises(&token.scope));
        say(format_args!("{}\t{}...\tmade {made}\t{may}\t{state}", token.name, token.hint))?;
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

/// What a token may raise, in words.
fn raises(scope: &Scope) -> String {
    let list = |patterns: &[Pattern], any: &str| match patterns {
        [] => any.to_owned(),
        some => some.iter().map(Pattern::as_str).collect::<Vec<_>>().join(", "),
    };
    format!("raises {} for {}", list(&scope.kinds, "anything"), list(&scope.recipients, "anybody"))
}

fn date(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

fn name(text: &str) -> Result<String, String> {
    let shown = !text.trim().is_empty() && !text.chars().any(char::is_control);
    let fits = shown && text.chars().count() <= 64;
    if fits { Ok(text.to_owned()) } else { Err("must be 1-64 characters on one line".to_owned()) }
}
