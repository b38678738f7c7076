//! The way in for programs of the source design: what they publish for each other, Belfry hears too.
//!
//! Redis keeps such a message for nobody. It is lost while no node listens, when more come than the
//! queue holds, and when the store fails; what must not be lost goes into the stream.

pub mod message;

use std::{convert::Infallible, iter, sync::Arc, time::Duration};

use async_trait::async_trait;
use redis::{PushInfo, PushKind, RedisResult, Value};
use tokio::{
    sync::mpsc,
    time::{interval, sleep},
};
use tokio_util::sync::CancellationToken;

use self::message::{Message, NotAMessage};
use super::{duty::Work, field::MOST_BYTES, lanes, log::Health};
use crate::{
    domain::UserId,
    server::{
        alerts::{Alerts, AlertsError, Refusal},
        broker::{Address, neighbour::Event},
        refusals::Refusals,
        store::{Lease, Under},
    },
};

/// More bytes than any channel's name has: that of an event, and a user's id.
const LONGEST_CHANNEL: usize = 2 * UserId::MAX;

/// How many messages wait for the store.
const MOST_QUEUED: usize = 1_024;

/// How many are worked on at once.
const MOST_AT_ONCE: usize = 128;

/// How often a quiet connection is tested, and so how long a dead one is trusted.
const TEST: Duration = Duration::from_secs(5);

/// How long to wait before Redis is tried again, give or take a half.
const PAUSE: Duration = Duration::from_millis(250);

/// Listens to the neighbours.
pub(super) struct Bridge {
    address: Address,
    alerts: Alerts,
    listening: Health,
    storing: Health,
    refusals: Arc<Refusals>,
}

/// A message as it came: its channel and its text.
type Raw = (Vec<u8>, Vec<u8>);

impl Bridge {
    pub(super) fn new(address: Address, alerts: Alerts) -> Self {
        Self {
            address,
            alerts,
            listening: Health::of("listen to the neighbours on Redis"),
            storing: Health::of("keep what the neighbours tell, so it is lost,"),
            refusals: Arc::new(Refusals::of("a message of a neighbour")),
        }
    }

    /// Listens until it is told to stop or the lease is lost.
    ///
    /// # Errors
    /// The connection ended.
    async fn listen(&self, lease: Lease, stop: &CancellationToken) -> RedisResult<()> {
        let (told, mut heard) = mpsc::channel(MOST_QUEUED);
        let lost = CancellationToken::new();
        let mut conn = self.address.listen(self.ear(told, lost.clone())).await?;
        conn.psubscribe(&Event::ALL.map(|event| format!("{}-*", event.name()))).await?;
        self.listening.note(Ok::<_, redis::RedisError>(()));
        let mut test = interval(TEST);
        let mut some = Vec::with_capacity(MOST_AT_ONCE);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = lost.cancelled() => return Err((redis::ErrorKind::Io, "the connection ended").into()),
                _ = heard.recv_many(&mut some, MOST_AT_ONCE) => {
                    if self.take(lease, some.drain(..)).await == Under::Lost {
                        return Ok(());
                    }
                }
                _ = test.tick() => redis::cmd("PING").exec_async(&mut conn).await?,
            }
        }
        // Nobody else heard what waits here.
        drop(conn);
        self.take(lease, iter::from_fn(|| heard.try_recv().ok())).await;
        Ok(())
    }

    /// What puts messages into the queue as they come. It must not wait.
    fn ear(
        &self,
        told: mpsc::Sender<Raw>,
        lost: CancellationToken,
    ) -> impl Fn(PushInfo) -> Result<(), Infallible> + Send + Sync + 'static {
        let refusals = self.refusals.clone();
        move |push| {
            match (push.kind, <[Value; 3]>::try_from(push.data)) {
                (PushKind::PMessage, Ok([_, Value::BulkString(channel), Value::BulkString(text)])) => {
                    if channel.len() > LONGEST_CHANNEL {
                        refusals.say(&NotAMessage::Channel.to_string());
                    } else if text.len() > MOST_BYTES {
                        refusals.say(&NotAMessage::TooLarge(text.len()).to_string());
                    } else if told.try_send((channel, text)).is_err() {
                        refusals.say("more come than can be kept");
                    }
                }
                (PushKind::Disconnection, _) => lost.cancel(),
                _ => {}
            }
            Ok(())
        }
    }

    /// Does what some messages say.
    async fn take(&self, lease: Lease, some: impl Iterator<Item = Raw>) -> Under<()> {
        let mut messages = Vec::new();
        for (channel, text) in some {
            match message::parse(&channel, &text) {
                Ok(message) => messages.extend(message),
                Err(why) => self.refusals.say(&why.to_string()),
            }
        }
        let outcomes = lanes::each(messages, |user, messages| self.lane(lease, user, messages)).await;
        if outcomes.contains(&Under::Lost) { Under::Lost } else { Under::Done(()) }
    }

    async fn lane(&self, lease: Lease, user: UserId, messages: Vec<Message>) -> Under<()> {
        for message in messages {
            let outcome = match message {
                Message::Added(alert) => {
                    self.alerts.raise_under(lease, *alert).await.map(|raised| raised.done().map(|_| ()))
                }
                Message::Read(name) => self.read(lease, &user, name).await,
            };
            match outcome {
                Ok(Some(())) => {
                    self.storing.note(Ok::<_, AlertsError>(()));
                }
                Ok(None) => return Under::Lost,
                Err(AlertsError::Refused(refusal)) => self.refusals.say(&sentence(&refusal)),
                Err(fault) => {
                    self.storing.note(Err::<(), _>(fault));
                }
            }
        }
        Under::Done(())
    }

    /// None: the lease is lost.
    async fn read(&self, lease: Lease, user: &UserId, name: String) -> Result<Option<()>, AlertsError> {
        match self.alerts.read_under(lease, user.clone(), name).await? {
            Under::Done(Some(_)) => Ok(Some(())),
            Under::Done(None) => Err(Refusal::NotFound.into()),
            Under::Lost => Ok(None),
        }
    }
}

/// A refusal in the words of the neighbours, whose ids are keys.
fn sentence(refusal: &Refusal) -> String {
    match refusal {
        Refusal::KeyTaken => "its id was used before for an alert with other content".to_owned(),
        other => other.to_string(),
    }
}

#[async_trait]
impl Work for Bridge {
    async fn work(&self, lease: Lease, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            match self.listen(lease, stop).await {
                Ok(()) => return,
                Err(error) => {
                    self.listening.note(Err::<(), _>(error));
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(PAUSE.mul_f64(rand::random_range(0.5..1.5))) => {}
            }
        }
    }
}
