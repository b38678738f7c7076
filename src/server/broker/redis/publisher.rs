//! Telling: a bounded queue, and a task that pipelines what is in it.

use std::{sync::Arc, time::Duration};

use redis::aio::MultiplexedConnection;
use tokio::{sync::mpsc, time::Instant};

use super::Address;
use crate::server::metrics::Metrics;

/// How much news waits for Redis. More is dropped: the log has it.
const MOST_QUEUED: usize = 1_024;

/// How much goes out in one write.
const MOST_AT_ONCE: usize = 128;

/// How old news may be and still be worth telling: by then others have looked at the log.
const STALE: Duration = Duration::from_secs(1);

/// How long to wait before Redis is tried again.
const PAUSE: Duration = Duration::from_millis(250);

/// Where news is put. Never waits.
pub(super) struct Outbox {
    letters: mpsc::Sender<Letter>,
    metrics: Arc<Metrics>,
}

struct Letter {
    channel: String,
    news: Vec<u8>,
    posted: Instant,
}

impl Outbox {
    /// Sends news when Redis takes it within a second.
    pub(super) fn send(&self, channel: String, news: Vec<u8>) {
        let letter = Letter { channel, news, posted: Instant::now() };
        if self.letters.try_send(letter).is_err() {
            self.metrics.news.dropped_full.inc();
            tracing::debug!("news was dropped: Redis takes too little");
        }
    }

    /// How much waits to be sent.
    pub(super) fn waiting(&self) -> usize {
        self.letters.max_capacity() - self.letters.capacity()
    }
}

/// An outbox, and what sends from it for ever.
pub(super) fn start(address: Address, metrics: Arc<Metrics>) -> (Outbox, impl Future<Output = ()>) {
    let (outbox, letters) = mpsc::channel(MOST_QUEUED);
    (Outbox { letters: outbox, metrics: metrics.clone() }, run(address, letters, metrics))
}

async fn run(address: Address, mut letters: mpsc::Receiver<Letter>, metrics: Arc<Metrics>) {
    let mut conn = None;
    let mut batch = Vec::with_capacity(MOST_AT_ONCE);
    while letters.recv_many(&mut batch, MOST_AT_ONCE).await > 0 {
        let taken = batch.len();
        batch.retain(|letter| letter.posted.elapsed() < STALE);
        metrics.news.dropped_stale.inc_by((taken - batch.len()) as u64);
        if !batch.is_empty() {
            let sent = sent(&address, &mut conn, &batch).await;
            note(&metrics, &batch, sent);
            if !sent {
                conn = None;
                tokio::time::sleep(PAUSE).await;
            }
        }
        batch.clear();
    }
}

fn note(metrics: &Metrics, batch: &[Letter], sent: bool) {
    if !sent {
        metrics.news.dropped_failed.inc_by(batch.len() as u64);
        return;
    }
    metrics.news.published.inc_by(batch.len() as u64);
    for letter in batch {
        metrics.news.lag.observe(letter.posted.elapsed().as_secs_f64());
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
