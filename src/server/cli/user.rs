//! `belfry user`.

use std::io::{self, BufRead, IsTerminal};

use clap::Subcommand;

use super::{CliError, refuse, say};
use crate::{
    domain::{Name, UserId},
    server::{auth::password, config::Database},
};

#[derive(Subcommand)]
pub(super) enum User {
    /// Adds a person who can sign in. The password is asked for, or read from standard input.
    #[command(after_help = "Example: echo 'a long password' | belfry user add ada --name 'Ada Byron'")]
    Add {
        /// The person's id: 1-64 characters of A-Z a-z 0-9 _ . @ : -
        id: UserId,
        /// The name to show, 1-100 characters; the id by default.
        #[arg(long)]
        name: Option<Name>,
        #[command(flatten)]
        database: Database,
    },
    /// Gives a person another password, and signs them out everywhere.
    #[command(after_help = "Example: echo 'another password' | belfry user password ada")]
    Password {
        /// The person's id.
        id: UserId,
        #[command(flatten)]
        database: Database,
    },
}

impl User {
    pub(super) async fn run(self) -> Result<(), CliError> {
        match self {
            Self::Add { id, name, database } => add(&id, name.as_ref(), &database).await,
            Self::Password { id, database } => change(&id, &database).await,
        }
    }
}

async fn add(id: &UserId, name: Option<&Name>, database: &Database) -> Result<(), CliError> {
    let hash = read_hash().await?;
    let store = database.open().await?;
    let added = store.add_person(id, name.map_or(id.as_str(), Name::as_str), None, &hash).await?;
    store.close().await;
    if !added {
        return refuse(format!(
            "{id} can sign in already: use `belfry user password {id}` for another password"
        ));
    }
    say(format_args!("{id} can sign in."))
}

async fn change(id: &UserId, database: &Database) -> Result<(), CliError> {
    let hash = read_hash().await?;
    let store = database.open().await?;
    let changed = store.set_password(id, &hash, None).await?;
    store.close().await;
    if changed.is_none() {
        return refuse(format!("there is no {id}: use `belfry user add {id}`"));
    }
    say(format_args!("{id} has another password, and is signed out everywhere."))
}

/// Asks for a password, without showing it where somebody types, and hashes it.
async fn read_hash() -> Result<String, CliError> {
    let password = if io::stdin().is_terminal() {
        rpassword::prompt_password("Password: ")?
    } else {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    if password.is_empty() {
        return refuse("the password must not be empty");
    }
    Ok(password::hash(password).await?)
}
