//! Coming and going of sessions, guards and the interest in a person.

use std::sync::Arc;

use belfry::{
    domain::{Position, UserId, What},
    server::broker::{Hub, Interest},
};
use futures_util::FutureExt;
use shuttle::{future::block_on, thread::spawn};

use super::{
    holds,
    listener::Listener,
    node::{HEAD, Node, ada},
};

const NEXT: Position = Position { revision: HEAD.revision + 1, ..HEAD };

fn bob() -> UserId {
    "bob".parse().unwrap()
}

fn right() -> String {
    "session".to_owned()
}

/// Ends the right, as a commit and the news of it.
fn end(node: &Node) {
    node.hub.deliver(node.commit(What::RightEnded(right())));
}

#[test]
fn a_session_that_joins_while_the_last_one_leaves_is_told() {
    holds(|| {
        let node = Node::new();
        let last = Listener::at_head(&node);
        spawn(move || drop(last));
        let mut listener = Listener::at_head(&node);
        node.change();
        listener.hears_to(NEXT);
    });
}

#[test]
fn nothing_is_left_of_a_person_when_all_have_left() {
    holds(|| {
        let node = Node::new();
        let come_and_go = |node: Node| move || drop(Listener::at_head(&node));
        let guard = |node: Node| move || drop(node.hub.ended(&ada(), right()));
        let threads = [
            spawn(come_and_go(node.clone())),
            spawn(come_and_go(node.clone())),
            spawn(guard(node.clone())),
            spawn(guard(node.clone())),
        ];
        end(&node);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(node.hub.users().is_empty());
    });
}

#[test]
fn a_right_that_ends_while_its_guard_comes_is_not_missed() {
    holds(|| {
        let node = Node::new();
        let ending = node.clone();
        spawn(move || end(&ending));
        // As a socket does: what has ended by now is in the store, and what ends from now on is heard.
        let ended = node.hub.ended(&ada(), right());
        if node.has_ended() {
            drop(ended);
        } else {
            block_on(ended);
        }
        assert!(!node.hub.has(&ada()));
    });
}

#[test]
fn who_carries_news_ends_with_whether_somebody_listens() {
    holds(|| {
        let interest = Arc::<Interest>::default();
        let node = Node::of(Hub::noting(interest.clone(), Arc::default()));
        let carrier = spawn({
            let (hub, interest, mut listens) = (node.hub.clone(), interest.clone(), false);
            move || {
                loop {
                    let changed = block_on(interest.changed());
                    if changed.contains(&ada()) {
                        listens = hub.has(&ada());
                    }
                    if changed.contains(&bob()) {
                        return listens;
                    }
                }
            }
        });
        let last = Listener::at_head(&node);
        let leaving = spawn(move || drop(last));
        let listener = Listener::at_head(&node);
        leaving.join().unwrap();
        // Somebody else comes, by whom the carrier knows that all of ada's is noted.
        let _end = node.hub.ended(&bob(), right());
        assert!(carrier.join().unwrap());
        drop(listener);
        assert_eq!(interest.changed().now_or_never(), Some([ada()].into()));
    });
}
