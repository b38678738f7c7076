//! Keeps a bell live: the subscription that goes on from wherever its inbox stands.

use std::{cell::RefCell, rc::Rc};

use gloo_timers::callback::Timeout;

use super::{screen::Link, state::BellState};
use crate::{
    domain::InboxEvent,
    live::{
        Live, Operation, Outcome, Status,
        close::{FORBIDDEN, UNAUTHORIZED},
        json::quote,
    },
    ui::api::{self, Failure},
};

/// The socket's address on the page's own host.
const PATH: &str = "/graphql/ws";

/// How long to wait before a stream that broke is begun again, in milliseconds: what broke it may
/// come again, and a fault of the server is not to become a storm of its clients.
const AGAIN: u32 = 10_000;

/// The connection of a bell, which keeps itself: it ends with the page, or by being taken out of here.
type Place = Rc<RefCell<Option<Live>>>;

/// Follows the inbox for as long as the page lives. Only in the browser.
pub fn follow(bell: BellState) {
    let place = Place::default();
    let own = Rc::clone(&place);
    let changes = Operation {
        query: api::INBOX_CHANGED,
        variables: Box::new(move || after(bell)),
        on_outcome: Box::new(move |outcome| take(bell, Heard::in_outcome(&outcome), &own)),
    };
    let live = Live::open(PATH, vec![changes], move |status| {
        if let Some(link) = link(status) {
            bell.change(|screen| screen.set_link(link));
        }
    });
    place.replace(Some(live));
}

/// Where to go on from: asked for at each subscription, so that nothing is heard twice.
fn after(bell: BellState) -> String {
    bell.peek(|screen| {
        let after = if screen.afresh { "null".into() } else { quote(screen.inbox.position()) };
        format!(r#"{{"after":{after}}}"#)
    })
}

/// What there is in an outcome of the subscription.
#[derive(Debug, PartialEq)]
enum Heard {
    Event(Box<InboxEvent>),
    /// An event that is beyond understanding. The next one would move the position past it.
    Garbled,
    /// The position to go on from is none to this server: another version may have given it out.
    Misplaced,
    SignedOut,
    /// The server ended the subscription, and not the connection.
    Over,
}

impl Heard {
    fn in_outcome(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Next(response) => match api::inbox_event(response) {
                Ok(event) => Self::Event(Box::new(event)),
                Err(Failure::SignedOut) => Self::SignedOut,
                Err(_) => Self::Garbled,
            },
            Outcome::Error(errors) => match api::error_code(errors).as_deref() {
                Some("UNAUTHENTICATED") => Self::SignedOut,
                Some("BAD_USER_INPUT") => Self::Misplaced,
                _ => Self::Over,
            },
            Outcome::Complete => Self::Over,
        }
    }
}

/// Takes in what was heard. All but an event ends the connection at once: nothing may be heard
/// after what was missed.
fn take(bell: BellState, heard: Heard, place: &Place) {
    let mut pause = AGAIN;
    match heard {
        Heard::Event(event) => {
            bell.hear(*event);
            if !bell.peek(|screen| screen.link.is_over()) {
                return;
            }
        }
        Heard::SignedOut => bell.change(|screen| screen.set_link(Link::SignedOut)),
        Heard::Garbled => bell.change(|screen| screen.inbox.distrust()),
        Heard::Misplaced if !bell.peek(|screen| screen.afresh) => {
            bell.change(|screen| screen.afresh = true);
            pause = 0;
        }
        Heard::Misplaced | Heard::Over => {}
    }
    drop(place.take());
    follow_again(bell, pause);
}

fn follow_again(bell: BellState, pause: u32) {
    bell.change(|screen| screen.set_link(Link::Lost));
    let again = move || {
        if !bell.peek(|screen| screen.link.is_over()) {
            follow(bell);
        }
    };
    Timeout::new(pause, again).forget();
}

/// What a connection's standing means for the reader. The first moments away are not worth a word.
fn link(status: Status) -> Option<Link> {
    match status {
        Status::Connecting | Status::Away { attempts: 0 } => None,
        Status::Away { .. } | Status::Stalled => Some(Link::Lost),
        Status::Live => Some(Link::Live),
        Status::Refused(UNAUTHORIZED | FORBIDDEN) => Some(Link::SignedOut),
        Status::Refused(_) => Some(Link::Ended),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(extensions: &str) -> Heard {
        Heard::in_outcome(&Outcome::Error(format!(r#"[{{"message":"no"{extensions}}}]"#)))
    }

    #[test]
    fn a_server_that_hears_of_nothing_looks_like_a_connection_that_is_lost() {
        assert_eq!(link(Status::Stalled), Some(Link::Lost));
        assert_eq!(link(Status::Stalled), link(Status::Away { attempts: 1 }));
    }

    #[test]
    fn an_error_says_by_its_code_what_would_help() {
        assert_eq!(error(r#","extensions":{"code":"UNAUTHENTICATED"}"#), Heard::SignedOut);
        assert_eq!(error(r#","extensions":{"code":"BAD_USER_INPUT"}"#), Heard::Misplaced);
        for other in ["", r#","extensions":{"code":"INTERNAL"}"#, r#","extensions":{}"#] {
            assert_eq!(error(other), Heard::Over, "{other}");
        }
        assert_eq!(Heard::in_outcome(&Outcome::Complete), Heard::Over);
    }

    #[test]
    fn an_event_beyond_understanding_is_not_passed_over() {
        let reset =
            r#""revision":9,"position":"p9","counts":{"unseen":1,"unread":2,"archived":0,"snoozed":0}"#;
        let next = |event: &str| Heard::in_outcome(&Outcome::Next(format!(r#"{{"data":{event}}}"#)));
        let read = next(&format!(r#"{{"inboxChanged":{{"__typename":"InboxReset",{reset}}}}}"#));
        assert!(matches!(read, Heard::Event(event) if event.head().revision == 9));
        let unknown = format!(r#"{{"inboxChanged":{{"__typename":"Other",{reset}}}}}"#);
        for garbled in [unknown.as_str(), "null", "{}", r#"{"inboxChanged":{"__typename":"InboxReset"}}"#] {
            assert_eq!(next(garbled), Heard::Garbled, "{garbled}");
        }
    }
}
