//! Telling: a bounded queue, and a task that pipelines what is in it.

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

/// Where news is put. Never waits.
pub(super) struct Outbox(mpsc::Sender<Letter>);

struct Letter {
    channel: String,
    news: Vec<u8>,
    posted: Instant,
}

impl Outbox {
    /// Sends news when Redis takes it within a second.
    pub(super) fn send(&self, channel: String, news: Vec<u8>) {
        let letter = Letter { channel, news, posted: Instant::now() };
        if self.0.try_send(letter).is_err() {
            tracing::debug!("news was dropped: Redis takes too little");
        }
    }
}

/// An outbox, and what sends from it for ever.
pub(super) fn start(address: Address) -> (Outbox, impl Future<Output = ()>) {
    let (outbox, letters) = mpsc::channel(MOST_QUEUED);
    (Outbox(outbox), run(address, letters))
}

async fn run(address: Address, mut letters: mpsc::Receiver<Letter>) {
    let mut conn = None;
    let mut batch = Vec::with_capacity(MOST_AT_ONCE);
    while letters.recv_many(&mut batch, MOST_AT_ONCE).await > 0 {
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
            pipe.publish(&letter.channel, &letter.news).ignore();
        }
        match conn {
            Some(conn) => pipe.query_async::<()>(conn).await,
            None => Ok(()),
        }
    };
    let sent: redis::RedisResult<()> = sent.await;
    sent.inspect_err(|error| tracing::debug!(%error, "news was not sent")).is_ok()
}
