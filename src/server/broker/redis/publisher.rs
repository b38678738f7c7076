//! Telling: bounded queues, and a task that pipelines what is in them.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use tokio::{sync::mpsc, time::Instant};

use super::Address;

/// How much news waits for Redis. More is dropped: the log has it.
const MOST_QUEUED: usize = 1_024;

/// How much goes out in one write.
const MOST_AT_ONCE: usize = 128;

/// How old news may be and still be worth telling: by then others have looked at the log.
const STALE: Duration = Duration::from_secs(1);

/// How long to wait before Redis is tried again.
const PAUSE: Duration = Duration::from_millis(250);

/// How much waits in the lane of the neighbours.
const MOST_IN_LANE: usize = 256;

/// Where news is put. Never waits.
pub(super) struct Outbox(mpsc::Sender<Letter>);

/// Where messages to neighbours are put, beside the news: a bulk change is as many as it has alerts,
/// and must not crowd the news out.
pub(super) struct Lane(mpsc::Sender<Letter>);

pub(super) struct Letter {
    channel: String,
    text: Vec<u8>,
    posted: Instant,
}

impl Letter {
    pub(super) fn new(channel: String, text: Vec<u8>) -> Self {
        Self { channel, text, posted: Instant::now() }
    }
}

impl Lane {
    /// Waits for room, not for Redis: what that does not take within a second is dropped.
    pub(super) async fn send(&self, letter: Letter) {
        // It fails when the node stops.
        let _ = self.0.send(letter).await;
    }
}

impl Outbox {
    /// Sends news when Redis takes it within a second.
    pub(super) fn send(&self, channel: String, news: Vec<u8>) {
        if self.0.try_send(Letter::new(channel, news)).is_err() {
            tracing::debug!("news was dropped: Redis takes too little");
        }
    }
}

/// An outbox with its lane, and what sends from both for ever.
pub(super) fn start(address: Address) -> (Outbox, Lane, impl Future<Output = ()>) {
    let (outbox, news) = mpsc::channel(MOST_QUEUED);
    let (lane, others) = mpsc::channel(MOST_IN_LANE);
    (Outbox(outbox), Lane(lane), run(address, Letters { news, others }))
}

/// What waits to be told.
struct Letters {
    news: mpsc::Receiver<Letter>,
    others: mpsc::Receiver<Letter>,
}

impl Letters {
    /// Waits for some, news before the others. False: there will be no more.
    async fn take(&mut self, batch: &mut Vec<Letter>) -> bool {
        let first = tokio::select! {
            biased;
            Some(letter) = self.news.recv() => letter,
            Some(letter) = self.others.recv() => letter,
            else => return false,
        };
        batch.push(first);
        while batch.len() < MOST_AT_ONCE
            && let Ok(letter) = self.news.try_recv().or_else(|_| self.others.try_recv())
        {
            batch.push(letter);
        }
        true
    }
}

async fn run(address: Address, mut letters: Letters) {
    let mut conn = None;
    let mut batch = Vec::with_capacity(MOST_AT_ONCE);
    while letters.take(&mut batch).await {
        batch.retain(|letter| letter.posted.elapsed() < STALE);
        if !batch.is_empty() && !sent(&address, &mut conn, &batch).await {
            conn = None;
            tokio::time::sleep(PAUSE).await;
        }
        batch.clear();
    }
}

/// Whether a batch was sent. It is never sent again: part of it may have been heard.
async fn sent(address: &Address, conn: &mut Option<MultiplexedConnection>, batch: &[Letter]) -> bool {
    let sent = async {
        if conn.is_none() {
            *conn = Some(address.connect().await?);
        }
        let mut pipe = redis::pipe();
        for letter in batch {
            pipe.publish(&letter.channel, &letter.text).ignore();
        }
        match conn {
            Some(conn) => pipe.query_async::<()>(conn).await,
            None => Ok(()),
        }
    };
    let sent: redis::RedisResult<()> = sent.await;
    sent.inspect_err(|error| tracing::debug!(%error, "news was not sent")).is_ok()
}
