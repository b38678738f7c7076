//! Sessions that ask for the log at once, and are answered together.

use belfry::{
    domain::{Position, What},
    server::store::Replay,
};
use futures_util::FutureExt;
use shuttle::{future::block_on, thread::spawn};

use super::{
    holds,
    node::{HEAD, Node, ada},
};

/// Commits a change, and asks what came after the one before it.
fn commit_and_ask(node: &Node) {
    let change = node.commit(What::Read);
    let before = Position { revision: change.position.revision - 1, ..change.position };
    match block_on(node.reader.replay(&ada(), Some(before))).unwrap() {
        Replay::Changes(changes) | Replay::Portion(changes) => assert_eq!(changes.first(), Some(&change)),
        Replay::Reset(standing) => panic!("reset to {standing:?}"),
    }
}

#[test]
fn who_asks_while_others_are_answered_is_answered_by_a_read_that_began_later() {
    holds(|| {
        let node = Node::new();
        for _ in 0..2 {
            let node = node.clone();
            spawn(move || commit_and_ask(&node));
        }
        commit_and_ask(&node);
    });
}

#[test]
fn who_leaves_half_way_keeps_nobody_waiting() {
    holds(|| {
        let node = Node::new();
        let leaving = node.clone();
        spawn(move || leaving.reader.replay(&ada(), Some(HEAD)).boxed().now_or_never());
        let staying = node.clone();
        spawn(move || commit_and_ask(&staying));
        commit_and_ask(&node);
    });
}
