//! Keeps a bell live: the subscription that goes on from wherever its inbox stands.

use std::{cell::RefCell, rc::Rc};

use gloo_timers::callback::Timeout;

use super::{screen::Link, state::BellState};
use crate::{
    live::{
        Live, Operation, Outcome, Status,
        close::{FORBIDDEN, UNAUTHORIZED},
        json::quote,
    },
    ui::api,
};

/// The socket's address on the page's own host.
const PATH: &str = "/graphql/ws";

/// How long to wait when the server ends the subscription but not the connection, in milliseconds.
/// It should never: this only keeps a fault of the server from becoming a storm of the clients.
const AGAIN: u32 = 10_000;

/// Follows the inbox for as long as the page lives. Only in the browser.
pub fn follow(bell: BellState) {
    // The connection keeps itself: it ends with the page, or by being taken out of here.
    let place = Rc::new(RefCell::new(None));
    let own = Rc::clone(&place);
    let changes = Operation {
        query: api::INBOX_CHANGED,
        variables: Box::new(move || after(bell)),
        on_outcome: Box::new(move |outcome| {
            if hear(bell, &outcome).is_none() {
                follow_again(bell, &own);
            }
        }),
    };
    let live = Live::open(PATH, vec![changes], move |status| {
        if let Some(link) = link(status) {
            bell.change(|screen| screen.set_link(link));
        }
    });
    place.replace(Some(live));
}

fn follow_again(bell: BellState, place: &Rc<RefCell<Option<Live>>>) {
    bell.change(|screen| screen.set_link(Link::Lost));
    let place = Rc::clone(place);
    let again = move || {
        if place.take().is_some() {
            follow(bell);
        }
    };
    Timeout::new(AGAIN, again).forget();
}

/// Where to go on from: asked for at each subscription, so that nothing is heard twice.
fn after(bell: BellState) -> String {
    bell.peek(|screen| format!(r#"{{"after":{}}}"#, quote(screen.inbox.position())))
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
        Status::Connecting | Status::Away { attempts: 0 } => None,
        Status::Away { .. } => Some(Link::Lost),
        Status::Live => Some(Link::Live),
        Status::Refused(UNAUTHORIZED | FORBIDDEN) => Some(Link::SignedOut),
        Status::Refused(_) => Some(Link::Ended),
    }
}
