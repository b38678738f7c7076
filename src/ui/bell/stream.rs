//! Keeps a bell live: the subscription that goes on from wherever its inbox stands.

use std::time::Duration;

use leptos::prelude::*;

use super::state::{BellState, Link};
use crate::{
    domain::Inbox,
    live::{
        Live, Operation, Outcome, Status,
        close::{FORBIDDEN, UNAUTHORIZED},
        message::Object,
    },
    ui::api,
};

/// The socket's address on the page's own host.
const PATH: &str = "/graphql/ws";

/// How long to wait when the server ends the subscription but not the connection. It should
/// never: this only keeps a fault of the server from becoming a storm of the clients.
const AGAIN: Duration = Duration::from_secs(10);

/// Follows the inbox for as long as the page lives. Only in the browser.
pub fn follow(bell: BellState) {
    let round = RwSignal::new(0);
    Effect::new(move || {
        round.track();
        // Held by this run of the effect: the next one drops it, and so closes its socket.
        StoredValue::new_local(open(bell, round));
    });
}

fn open(bell: BellState, round: RwSignal<u32>) -> Live {
    let changes = Operation {
        query: api::INBOX_CHANGED,
        variables: Box::new(move || after(bell)),
        on_outcome: Box::new(move |outcome| {
            if hear(bell, &outcome).is_none() {
                bell.link.set(Link::Lost);
                set_timeout(move || round.update(|round| *round += 1), AGAIN);
            }
        }),
    };
    Live::open(PATH, vec![changes], move |status| {
        if let Some(link) = link(status) {
            bell.link.set(link);
        }
    })
}

/// Where to go on from: asked for at each subscription, so that nothing is heard twice.
fn after(bell: BellState) -> Object {
    let position = bell.inbox.with_untracked(|inbox| Inbox::position(inbox).to_owned());
    Object::from_iter([("after".to_owned(), position.into())])
}

/// Takes in what the subscription says; nothing when it is over, or beyond understanding.
fn hear(bell: BellState, outcome: &Outcome) -> Option<()> {
    match outcome {
        Outcome::Next(response) => bell.hear(api::inbox_event(response).ok()?),
        Outcome::Error(_) | Outcome::Complete => return None,
    }
    Some(())
}

/// What a connection's standing means for the reader. The first moments away are not worth a word.
fn link(status: Status) -> Option<Link> {
    match status {
        Status::Connecting | Status::Away { attempts: 0, .. } => None,
        Status::Away { .. } => Some(Link::Lost),
        Status::Live => Some(Link::Live),
        Status::Refused(UNAUTHORIZED | FORBIDDEN) => Some(Link::SignedOut),
        Status::Refused(_) => Some(Link::Ended),
    }
}
