//! The durable way in: the stream `<prefix>alerts`.
//!
//! An entry is taken out of it when its alert is committed, or when it was put among the refused ones:
//! never before. Entries of one person are raised in their order, those of different people side by side.
//! Everything that is not done is looked at anew, oldest first, whenever the reader has waited: what a
//! dead or a sleeping node was reading is found there too.

pub mod entry;
mod queue;
mod reader;
mod waits;

use std::{sync::atomic::AtomicUsize, time::Duration};

use async_trait::async_trait;
use redis::RedisResult;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use self::{
    queue::{Keys, PAGE, Queue},
    reader::{Reader, Turn},
};
use super::{duty::Work, log::Health};
use crate::server::{
    alerts::{Alerts, AlertsError},
    broker::Address,
    refusals::Refusals,
    store::Lease,
};

/// How long what failed is left alone.
const PAUSE: Duration = Duration::from_secs(1);

/// Reads the stream.
pub(super) struct Stream {
    address: Address,
    keys: Keys,
    alerts: Alerts,
    /// How many entries are read at once: one, after Redis took too long for many, and then more again.
    page: AtomicUsize,
    reading: Health,
    raising: Health,
    keeping: Health,
    refusals: Refusals,
}

impl Stream {
    pub(super) fn new(address: Address, prefix: &str, alerts: Alerts) -> Self {
        Self {
            address,
            keys: Keys::new(prefix),
            alerts,
            page: AtomicUsize::new(PAGE),
            reading: Health::of("read the stream of alerts on Redis"),
            raising: Health::of("raise what came by the stream, so it waits there,"),
            keeping: Health::of("keep what was refused of the stream, so it waits there,"),
            refusals: Refusals::of("an entry of the stream"),
        }
    }

    /// Reads until it is told to stop or the lease is lost.
    ///
    /// # Errors
    /// Redis failed.
    async fn read(&self, lease: Lease, stop: &CancellationToken) -> RedisResult<()> {
        let queue = Queue { keys: self.keys.clone(), conn: self.address.connect().await? };
        let mut reader = Reader::new(self, queue, lease, stop);
        reader.queue.make_group().await?;
        while !stop.is_cancelled() {
            match reader.turn().await {
                Ok(Turn::Lost) => return Ok(()),
                Ok(Turn::Clean) => {
                    self.reading.note(Ok::<_, redis::RedisError>(()));
                    self.raising.note(Ok::<_, AlertsError>(()));
                }
                Ok(Turn::Again) => pause(stop).await,
                Ok(Turn::Now) => {}
                // All of it went, and the group with it: a new stream, which begins with its first entry.
                Err(error) if error.code() == Some("NOGROUP") => {
                    tracing::warn!("the group of the stream of alerts is gone from Redis; making it anew");
                    reader.queue.make_group().await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Work for Stream {
    async fn work(&self, lease: Lease, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            match self.read(lease, stop).await {
                Ok(()) => return,
                Err(error) => {
                    self.reading.note(Err::<(), _>(error));
                }
            }
            pause(stop).await;
        }
    }
}

async fn pause(stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = sleep(PAUSE.mul_f64(rand::random_range(0.5..1.5))) => {}
    }
}
