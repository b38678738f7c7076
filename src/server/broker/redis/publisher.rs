//! Telling: bounded queues for each shard, and a task that pipelines what is in them.

use std::{sync::Arc, time::Duration};

use redis::{RedisError, RedisResult, ServerError, ServerErrorKind, aio::MultiplexedConnection};
use tokio::{
    sync::{Notify, mpsc, watch},
    time::Instant,
};

use super::{
    address::{pause, settings},
    server::Server,
};
use crate::server::broker::Hub;

/// How much news waits for a server. More is dropped: the log has it.
const MOST_QUEUED: usize = 1_024;

/// How much for neighbours waits for a server.
const MOST_OTHERS: usize = 256;

/// How much goes out in one write.
const MOST_AT_ONCE: usize = 128;

/// How old news may be and still be worth telling: by then others have looked at the log.
const STALE: Duration = Duration::from_secs(1);

/// Something to be published.
pub(super) struct Letter {
    command: &'static str,
    /// Rather than something for neighbours. Only news is counted.
    is_news: bool,
    channel: String,
    text: Vec<u8>,
    posted: Instant,
}

impl Letter {
    /// News, which goes to a channel by a command, `PUBLISH` or `SPUBLISH`.
    pub(super) fn news(command: &'static str, channel: String, text: Vec<u8>) -> Self {
        Self { command, is_news: true, channel, text, posted: Instant::now() }
    }

    /// Something for neighbours.
    pub(super) fn other(channel: String, text: Vec<u8>) -> Self {
        Self { command: "PUBLISH", is_news: false, channel, text, posted: Instant::now() }
    }
}

/// Where letters are put.
pub(super) struct Outbox {
    news: mpsc::Sender<Letter>,
    others: mpsc::Sender<Letter>,
    hub: Hub,
}

impl Outbox {
    /// Sends a letter when the server takes it within a second. Never waits.
    pub(super) fn send(&self, letter: Letter) {
        if self.news.try_send(letter).is_err() {
            self.hub.metrics().news.dropped_full.inc();
            tracing::debug!("news was dropped: Redis takes too little");
        }
    }

    /// How much news waits to be sent.
    pub(super) fn waiting(&self) -> usize {
        self.news.max_capacity() - self.news.capacity()
    }

    /// Where letters to neighbours are put. They go beside the news and after it: a bulk change is as
    /// many as it has alerts. Whoever puts one there waits for room, not for the server.
    pub(super) fn others(&self) -> mpsc::Sender<Letter> {
        self.others.clone()
    }
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

/// What sends the letters of one outbox for ever.
pub(super) struct Publisher {
    letters: Letters,
    server: Server,
    /// Changes when the server was left by who hears it: it may not be the right one any more.
    left: watch::Receiver<()>,
    /// Told when the server does not hold a slot that it should.
    doubt: Arc<Notify>,
    conn: Option<MultiplexedConnection>,
    hub: Hub,
}

impl Publisher {
    pub(super) fn new(
        server: Server,
        left: watch::Receiver<()>,
        doubt: Arc<Notify>,
        hub: Hub,
    ) -> (Outbox, Self) {
        let (to_news, news) = mpsc::channel(MOST_QUEUED);
        let (to_others, others) = mpsc::channel(MOST_OTHERS);
        let outbox = Outbox { news: to_news, others: to_others, hub: hub.clone() };
        (outbox, Self { letters: Letters { news, others }, server, left, doubt, conn: None, hub })
    }

    pub(super) async fn run(mut self) {
        let mut batch = Vec::with_capacity(MOST_AT_ONCE);
        while self.letters.take(&mut batch).await {
            self.drop_stale(&mut batch);
            if !batch.is_empty() {
                let sent = self.send(&batch).await;
                self.note(&batch, sent.is_ok());
                if let Err(error) = sent {
                    tracing::debug!(%error, "news was not sent");
                    self.recover(error).await;
                }
            }
            batch.clear();
        }
    }

    fn drop_stale(&self, batch: &mut Vec<Letter>) {
        batch.retain(|letter| {
            let fresh = letter.posted.elapsed() < STALE;
            if !fresh && letter.is_news {
                self.hub.metrics().news.dropped_stale.inc();
            }
            fresh
        });
    }

    fn note(&self, batch: &[Letter], sent: bool) {
        let counted = &self.hub.metrics().news;
        for letter in batch.iter().filter(|letter| letter.is_news) {
            if sent {
                counted.published.inc();
                counted.lag.observe(letter.posted.elapsed().as_secs_f64());
            } else {
                counted.dropped_failed.inc();
            }
        }
    }

    /// Sends a batch. It is never sent again: part of it may have been heard.
    async fn send(&mut self, batch: &[Letter]) -> RedisResult<()> {
        if self.left.has_changed().unwrap_or(true) {
            self.left.mark_unchanged();
            self.conn = None;
        }
        let conn = match &mut self.conn {
            Some(conn) => conn,
            none => none.insert(self.server.connect(settings()).await?),
        };
        let mut pipe = redis::pipe();
        for Letter { command, channel, text, .. } in batch {
            pipe.cmd(command).arg(channel).arg(text).ignore();
        }
        pipe.query_async(conn).await
    }

    async fn recover(&mut self, error: RedisError) {
        // Each letter is answered by itself: where some were refused, the connection is as good as before.
        match error.into_server_errors() {
            Some(refused) if refused.iter().any(|(_, why)| is_of_slots(why)) => self.doubt.notify_one(),
            Some(_) => {}
            None => {
                self.conn = None;
                pause().await;
            }
        }
    }
}

/// Whether a server says that a slot is not its own, or not served now.
fn is_of_slots(why: &ServerError) -> bool {
    use ServerErrorKind::{Ask, ClusterDown, Moved, TryAgain};
    matches!(why.kind(), Some(Moved | Ask | TryAgain | ClusterDown))
}
