//! Many sessions that come back at once cost the store few reads.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use async_trait::async_trait;
use belfry::{
    domain::{Counts, Position, UserId},
    server::{
        broker::{Detached, Reader},
        store::{Changed, Log, Mark, Replay, Standing, StoreError},
    },
};
use futures_util::{FutureExt, future::join_all};
use tokio::{task::yield_now, time::timeout};

use crate::ws::bench::PATIENCE;

const SESSIONS: u32 = 1_000;

/// How many replays may run at once.
const AT_ONCE: usize = 3;

/// A log in which every inbox is at one revision, and which counts who reads it.
#[derive(Default)]
pub(super) struct Counting {
    heads: AtomicUsize,
    replays: AtomicUsize,
    running: AtomicUsize,
    most_running: AtomicUsize,
    fails: bool,
}

pub(super) const HEAD: Position = Position { epoch: 1, inbox: 1, revision: 7 };

impl Counting {
    /// A read that others come in the midst of.
    async fn read(&self) -> Result<(), StoreError> {
        yield_now().await;
        if self.fails { Err(sqlx::Error::PoolTimedOut.into()) } else { Ok(()) }
    }
}

#[async_trait]
impl Log for Counting {
    async fn replay(&self, _: &UserId, _: Option<Position>) -> Result<Replay, StoreError> {
        self.replays.fetch_add(1, Relaxed);
        self.most_running.fetch_max(self.running.fetch_add(1, Relaxed) + 1, Relaxed);
        self.read().await?;
        self.running.fetch_sub(1, Relaxed);
        Ok(Replay::Reset(Standing { position: HEAD, counts: Counts::default(), seen: 0 }))
    }

    async fn heads(&self, users: &[UserId]) -> Result<HashMap<UserId, Position>, StoreError> {
        self.heads.fetch_add(1, Relaxed);
        self.read().await?;
        Ok(users.iter().map(|user| (user.clone(), HEAD)).collect())
    }

    async fn news_key(&self) -> Result<[u8; 32], StoreError> {
        unreachable!()
    }

    async fn changed_since(&self, _: &Mark) -> Result<Changed, StoreError> {
        unreachable!()
    }

    async fn log_end(&self) -> Result<Mark, StoreError> {
        unreachable!()
    }
}

/// Reads for as many sessions at once, all of them after a position.
async fn read(log: &Arc<Counting>, after: Position) -> Vec<Result<Replay, StoreError>> {
    let reader = Reader::new(Arc::new(Detached::new(log.clone(), AT_ONCE)));
    let reads = (0..SESSIONS).map(|number| {
        let reader = reader.clone();
        async move { reader.replay(&format!("user{number}").parse().unwrap(), Some(after)).await }
    });
    join_all(reads).await
}

#[tokio::test]
async fn a_thousand_sessions_that_missed_nothing_are_two_reads() {
    let log = Arc::<Counting>::default();
    let nothing = Replay::Changes(Vec::new());
    assert!(read(&log, HEAD).await.into_iter().all(|replay| replay.unwrap() == nothing));
    // The first asks alone, for nobody else has yet.
    assert_eq!((log.heads.load(Relaxed), log.replays.load(Relaxed)), (2, 0));
}

#[tokio::test]
async fn who_missed_something_reads_it_a_few_at_a_time() {
    let log = Arc::<Counting>::default();
    read(&log, Position { revision: 5, ..HEAD }).await;
    assert_eq!((log.replays.load(Relaxed), log.most_running.load(Relaxed)), (SESSIONS as usize, AT_ONCE));
}

#[tokio::test]
async fn who_asks_for_many_keeps_nobody_else_waiting() {
    let log = Arc::<Counting>::default();
    let detached = Detached::new(log.clone(), AT_ONCE);
    let (ada, bob): (UserId, UserId) = ("ada".parse().unwrap(), "bob".parse().unwrap());
    let mut many = join_all((0..SESSIONS).map(|_| detached.replay(&ada, None)));
    assert!((&mut many).now_or_never().is_none());
    detached.replay(&bob, None).await.unwrap();
    // As many of hers as there are turns between his asking and his answer, and not all of them.
    assert!(log.replays.load(Relaxed) < 20, "{} came first", log.replays.load(Relaxed));
    assert!(many.await.iter().all(Result::is_ok));
    assert_eq!(log.replays.load(Relaxed), SESSIONS as usize + 1);
}

#[tokio::test]
async fn a_read_that_fails_fails_for_all_who_asked_together() {
    let log = Arc::new(Counting { fails: true, ..Counting::default() });
    assert!(read(&log, HEAD).await.iter().all(Result::is_err));
    assert_eq!(log.heads.load(Relaxed), 2);
}

#[tokio::test]
async fn who_asked_is_answered_though_whoever_read_for_all_has_left() {
    let log = Arc::<Counting>::default();
    let reader = Reader::new(log.clone());
    let ask = |name: &str| {
        let (reader, user) = (reader.clone(), name.parse().unwrap());
        tokio::spawn(async move { reader.replay(&user, Some(HEAD)).await })
    };
    let (first, second, third) = (ask("ada"), ask("bob"), ask("cyd"));
    // Now the first reads, and the second is about to for itself and the third.
    yield_now().await;
    first.await.unwrap().unwrap();
    second.abort();
    assert_eq!(third.await.unwrap().unwrap(), Replay::Changes(Vec::new()));
}

/// As a socket does whose peer takes nothing: it begins to catch up, and stops in the midst of that.
#[tokio::test]
async fn who_stops_half_way_keeps_nobody_waiting() {
    let log = Arc::<Counting>::default();
    let reader = Reader::new(Arc::new(Detached::new(log.clone(), AT_ONCE)));
    let away = Position { revision: 5, ..HEAD };
    let users: Vec<UserId> =
        (0..=2 * AT_ONCE).map(|number| format!("user{number}").parse().unwrap()).collect();
    for position in [HEAD, away] {
        let mut stopped: Vec<_> =
            users[1..].iter().map(|user| reader.replay(user, Some(position)).boxed()).collect();
        // Some stop while heads are read, others while their changes are.
        for (number, read) in stopped.iter_mut().enumerate() {
            for _ in 0..=number {
                if read.now_or_never().is_some() {
                    break;
                }
                yield_now().await;
            }
        }
        timeout(PATIENCE, reader.replay(&users[0], Some(position))).await.unwrap().unwrap();
    }
}
