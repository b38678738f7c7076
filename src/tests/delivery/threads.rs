//! Joining, leaving, telling and hearing on real threads at once.

use std::{
    sync::{Arc, mpsc},
    thread,
};

use belfry::{
    domain::{Change, Counts, Position, What},
    server::broker::{Heard, Hub, Reader, Session, Start},
};
use tokio::{runtime::Builder, task::yield_now, time::timeout};

use super::storm::{Counting, HEAD};
use crate::ws::bench::PATIENCE;

const ROUNDS: u32 = 5_000;

fn change(revision: u32) -> Change {
    let position = Position { revision, ..HEAD };
    let (user, what) = ("ada".parse().unwrap(), What::Read);
    Change { user, position, counts: Counts::default(), what, ids: Vec::new(), alerts: Vec::new() }
}

/// One of ada's sessions at the head, which has looked at the log.
async fn session(hub: &Hub) -> Session {
    let reader = Reader::new(Arc::<Counting>::default());
    Session::open(hub, reader, "ada".parse().unwrap(), Start::Now).await.unwrap()
}

async fn hears(session: &mut Session) -> u32 {
    match timeout(PATIENCE, session.next()).await.unwrap() {
        Heard::News(news) => news.change.position.revision,
        Heard::Reset(standing) => panic!("reset to {standing:?}"),
    }
}

/// Runs some of these on a thread each.
fn at_once<W: Future<Output = ()>>(works: [impl FnOnce() -> W + Send; 2]) {
    thread::scope(|scope| {
        for work in works {
            scope.spawn(|| Builder::new_current_thread().enable_all().build().unwrap().block_on(work()));
        }
    });
}

#[test]
fn a_session_that_joins_while_the_last_one_leaves_is_told() {
    let hub = Hub::default();
    let ears = &hub;
    let come_and_go = move || async move {
        for _ in 0..ROUNDS {
            let mut session = session(ears).await;
            // Told until it is heard: others may tell so much that a queue is dropped, and this log has
            // nothing of it.
            let telling = async {
                loop {
                    ears.deliver(change(HEAD.revision + 1));
                    yield_now().await;
                }
            };
            tokio::select! {
                never = telling => never,
                heard = hears(&mut session) => assert_eq!(heard, HEAD.revision + 1),
            }
        }
    };
    at_once([come_and_go, come_and_go]);
    assert!(!hub.has(&"ada".parse().unwrap()));
}

#[test]
fn a_session_that_waits_is_woken_by_each_thread_that_tells() {
    let hub = Hub::default();
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| told.into_iter().for_each(|revision| hub.deliver(change(revision))));
        let hearing = async {
            let mut session = session(&hub).await;
            for revision in HEAD.revision + 1..HEAD.revision + ROUNDS {
                tell.send(revision).unwrap();
                assert_eq!(hears(&mut session).await, revision);
            }
        };
        Builder::new_current_thread().enable_all().build().unwrap().block_on(hearing);
        drop(tell);
    });
}
