//! The commands, as somebody types them.

mod alerts;
mod check;
mod others;
mod tokens;
mod users;

use crate::support::{
    app::Folder,
    program::{Ran, belfry, belfry_reading},
};

/// Runs a command over a folder's database.
async fn over(folder: &Folder, arguments: &[&str]) -> Ran {
    reading("", folder, arguments).await
}

/// The same, with something to read.
async fn reading(input: &str, folder: &Folder, arguments: &[&str]) -> Ran {
    let url = folder.url();
    belfry_reading(input, &[arguments, &["--database-url", &url]].concat()).await
}

/// What a command printed that did what it should, and complained of nothing.
fn done(ran: &Ran) -> &str {
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    ran.out.trim_end()
}

/// The one sentence of a command that refused.
fn refused(ran: &Ran) -> &str {
    assert_eq!((ran.code, ran.out.as_str(), ran.err.lines().count()), (Some(1), "", 1), "{ran:?}");
    ran.err.strip_prefix("belfry: ").unwrap().trim_end()
}

/// What the reading of the arguments had to say.
fn misread(ran: &Ran) -> &str {
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
    &ran.err
}

/// The help of a command.
async fn help(command: &[&str]) -> String {
    let ran = belfry(&[command, &["--help"]].concat()).await;
    done(&ran).to_owned()
}
