//! Hearing: one connection, on the channels of those who have a session here.

use std::{
    collections::{HashMap, HashSet},
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use redis::{PushInfo, PushKind, RedisResult, Value, aio::MultiplexedConnection};
use tokio::{sync::mpsc, time::interval};
use tokio_util::sync::CancellationToken;

use super::{Address, Channels};
use crate::{
    domain::{Position, UserId},
    server::{
        broker::{
            Hub, Interest,
            repair::repair,
            wire::{self, Heard, NotNews},
        },
        store::Store,
    },
};

/// How many channels are joined or left by one command.
const MOST_AT_ONCE: usize = 512;

/// How often a quiet connection is tested, and so how long a dead one is trusted.
const TEST: Duration = Duration::from_secs(5);

/// How long to wait before Redis is tried again, give or take a half.
const PAUSE: Duration = Duration::from_millis(250);

/// How many heads wait to be read in the log.
const MOST_HEADS: usize = 256;

pub(super) struct Subscriber {
    address: Address,
    channels: Channels,
    key: wire::Key,
    hub: Hub,
    interest: Arc<Interest>,
    store: Arc<dyn Store>,
    /// Whether it hears: all channels are joined.
    up: Arc<AtomicBool>,
}

/// One connection, and what it is subscribed to.
struct Line {
    conn: MultiplexedConnection,
    joined: HashSet<UserId>,
    lost: CancellationToken,
    /// Changes too large to travel, to be read in the log.
    heads: mpsc::Receiver<(UserId, Position)>,
}

impl Subscriber {
    pub(super) fn new(
        address: Address,
        channels: Channels,
        key: wire::Key,
        hub: Hub,
        interest: Arc<Interest>,
        store: Arc<dyn Store>,
        up: Arc<AtomicBool>,
    ) -> Self {
        Self { address, channels, key, hub, interest, store, up }
    }

    /// Hears for ever: a lost connection is made anew, all channels joined first, then compared.
    pub(super) async fn run(self) {
        let mut away = false;
        loop {
            let Err(error) = self.hear(&mut away).await;
            self.up.store(false, Ordering::Relaxed);
            if !away {
                tracing::warn!(%error, "lost Redis; news is slow until it is back");
                away = true;
            }
            tokio::time::sleep(PAUSE.mul_f64(rand::random_range(0.5..1.5))).await;
        }
    }

    async fn hear(&self, away: &mut bool) -> RedisResult<Infallible> {
        let mut line = self.connect().await?;
        self.follow(&mut line, self.hub.users()).await?;
        self.up.store(true, Ordering::Relaxed);
        if std::mem::take(away) {
            tracing::info!("Redis is back");
        }
        let mut test = interval(TEST);
        loop {
            tokio::select! {
                () = line.lost.cancelled() => return Err(lost()),
                users = self.interest.changed() => self.follow(&mut line, users).await?,
                Some((user, head)) = line.heads.recv() => self.compare(HashMap::from([(user, head)])).await,
                _ = test.tick() => redis::cmd("PING").exec_async(&mut line.conn).await?,
            }
        }
    }

    async fn connect(&self) -> RedisResult<Line> {
        let lost = CancellationToken::new();
        let (told, heads) = mpsc::channel(MOST_HEADS);
        let (hub, key, ended) = (self.hub.clone(), self.key.clone(), lost.clone());
        let heard = move |push: PushInfo| {
            match push.kind {
                PushKind::Message => take(&hub, &key, &told, &push.data),
                PushKind::Disconnection => ended.cancel(),
                _ => {}
            }
            Ok::<_, Infallible>(())
        };
        let conn = self.address.listen(heard).await?;
        Ok(Line { conn, joined: HashSet::new(), lost, heads })
    }

    /// Brings the subscriptions of some users in line with who has a session here. Between a session's
    /// look at the log and its channel's first news lies a gap, so whoever was joined is compared.
    async fn follow(&self, line: &mut Line, users: HashSet<UserId>) -> RedisResult<()> {
        let (wanted, unwanted): (Vec<_>, Vec<_>) = users.into_iter().partition(|user| self.hub.has(user));
        let joining: Vec<_> = wanted.into_iter().filter(|user| !line.joined.contains(user)).collect();
        let leaving: Vec<_> = unwanted.into_iter().filter(|user| line.joined.contains(user)).collect();
        for some in leaving.chunks(MOST_AT_ONCE) {
            line.conn.unsubscribe(self.names(some)).await?;
            line.joined.retain(|user| !some.contains(user));
        }
        for some in joining.chunks(MOST_AT_ONCE) {
            line.conn.subscribe(self.names(some)).await?;
            line.joined.extend(some.iter().cloned());
            match self.store.heads(some).await {
                Ok(heads) => self.compare(heads).await,
                Err(error) => tracing::error!(%error, "cannot compare with the log; the sweeper will"),
            }
        }
        Ok(())
    }

    fn names(&self, users: &[UserId]) -> Vec<String> {
        users.iter().map(|user| self.channels.of(user)).collect()
    }

    async fn compare(&self, heads: HashMap<UserId, Position>) {
        for (user, head) in heads {
            if let Err(error) = repair(&*self.store, &self.hub, &user, head).await {
                tracing::error!(%error, "cannot repair from the log; the sweeper will");
            }
        }
    }
}

/// Takes in one message: its channel and its bytes. What no node of this store wrote is dropped.
fn take(hub: &Hub, key: &wire::Key, heads: &mpsc::Sender<(UserId, Position)>, data: &[Value]) {
    let [_, Value::BulkString(bytes)] = data else { return };
    let (read, news) = (wire::read(key, bytes), &hub.metrics().news);
    match &read {
        Ok(_) => news.heard.inc(),
        Err(NotNews::Forged) => news.forged.inc(),
        Err(NotNews::Malformed) => news.malformed.inc(),
    };
    match read {
        Ok(Heard::Change(change)) => hub.deliver(*change),
        // A full queue drops it: the sweeper finds it.
        Ok(Heard::Head(user, head)) => drop(heads.try_send((user, head))),
        Err(why) => tracing::warn!(%why, "dropped news"),
    }
}

fn lost() -> redis::RedisError {
    redis::RedisError::from((redis::ErrorKind::Io, "the connection ended"))
}
