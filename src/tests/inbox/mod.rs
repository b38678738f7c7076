//! The logic of the bell: what a screen makes of events, pages and replies in any order.

mod heard;
mod history;
mod late;
mod schedule;
mod screen;
mod server;
mod stale;
mod wire;

use belfry::domain::{AlertId, Inbox};

use server::Server;

/// A server with some alerts, and a screen that has just opened.
fn opened(raised: usize) -> (Server, Inbox) {
    let mut server = Server::new();
    for _ in 0..raised {
        server.raise();
    }
    let inbox = Inbox::open(server.page(None));
    (server, inbox)
}

/// Lets the inbox hear what happened in some revisions.
fn hear(inbox: &mut Inbox, server: &Server, revisions: impl IntoIterator<Item = u32>) {
    for event in revisions.into_iter().filter_map(|revision| server.event(revision)) {
        inbox.apply(event);
    }
}

/// The creation revisions on the screen, as shown.
fn shown(inbox: &Inbox) -> Vec<u32> {
    inbox.alerts().iter().map(|alert| alert.created_revision).collect()
}

fn is_unread(inbox: &Inbox, id: AlertId) -> bool {
    inbox.alert(id).unwrap().is_unread()
}
