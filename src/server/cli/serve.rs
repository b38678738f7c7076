//! `belfry serve`.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

use super::{CliError, say};
use crate::server::{
    Server,
    config::{Database, Mode, Settings},
    demo,
};

pub(super) async fn run(settings: &Settings, database: &Database) -> Result<(), CliError> {
    // Every socket is an open file: the hard limit is what the machine's owner granted.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let server = Server::start(settings, database).await?;
    let address = server.address()?;
    // Before anybody hears that it serves, and may tell it to stop.
    let stop = told_to_stop()?;
    say(format_args!("Belfry serves http://{address} from {}.", database.shown()))?;
    if let Some(address) = server.probes_address()? {
        say(format_args!("Its probes and metrics are on http://{address}."))?;
    }
    if server.mode() == Mode::Demo {
        let people: Vec<_> = demo::PEOPLE.iter().map(|(id, _)| *id).collect();
        say(format_args!(
            "Demo mode. Sign in as {}; the password is {}.",
            people.join(", "),
            demo::PASSWORD
        ))?;
    }
    server.run(stop).await;
    Ok(())
}

/// Resolves at SIGTERM or SIGINT.
fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
