//! Telling, comparing and forgetting, while sessions hear.

use std::{pin::pin, sync::LazyLock};

use belfry::{
    domain::{Position, What},
    server::broker::Hub,
};
use futures_util::FutureExt;
use shuttle::thread::spawn;
use tokio::runtime::{Builder, Runtime};

use super::{
    a_seed_is_a_run, holds,
    listener::Listener,
    node::{ANEW, HEAD, Node, ada},
};

/// The clock by which waves are spaced; nobody waits for it here.
static CLOCK: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_time().build().unwrap());

const TWO_LATER: Position = Position { revision: HEAD.revision + 2, ..HEAD };

/// Sends all sessions to the log, in one wave.
fn forget(hub: &Hub) {
    let waves = hub.forget();
    let _entered = CLOCK.enter();
    assert!(pin!(waves).now_or_never().is_none());
}

fn two_tell() {
    let node = Node::new();
    let mut listener = Listener::at_head(&node);
    for _ in 0..2 {
        let node = node.clone();
        spawn(move || node.change());
    }
    listener.hears_to(TWO_LATER);
}

#[test]
fn a_session_that_waits_is_woken_by_each_thread_that_tells() {
    holds(two_tell);
}

#[test]
fn chance_decides_nothing_but_who_goes_on() {
    a_seed_is_a_run(two_tell);
}

#[test]
fn a_session_that_begins_while_others_write_misses_nothing() {
    holds(|| {
        let node = Node::new();
        for begin in [Listener::after_head, Listener::from_reset] {
            let node = node.clone();
            spawn(move || begin(&node).hears_to(TWO_LATER));
        }
        node.change();
        node.change();
    });
}

#[test]
fn who_lacks_what_nobody_told_hears_it_after_a_comparison() {
    holds(|| {
        let node = Node::new();
        let mut listener = Listener::at_head(&node);
        let teller = node.clone();
        spawn(move || teller.change());
        spawn(move || {
            node.commit(What::Read);
            node.hub.compare(&ada(), node.head());
        });
        listener.hears_to(TWO_LATER);
    });
}

#[test]
fn a_session_that_waits_hears_that_its_history_ended() {
    holds(|| {
        let node = Node::new();
        let mut listener = Listener::at_head(&node);
        spawn(move || {
            node.begin_anew();
            forget(&node.hub);
        });
        listener.hears_to(ANEW);
    });
}
