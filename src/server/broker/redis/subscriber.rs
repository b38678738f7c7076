//! Hearing: one connection to each server, on the channels of those who have a session here.

use std::{
    collections::{HashMap, HashSet},
    convert::Infallible,
    mem,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use redis::{ErrorKind, RedisError, RedisResult};
use tokio::{
    sync::{Notify, watch},
    time::interval,
};

use super::{
    address::pause,
    channels::{Channels, Slots},
    line::Line,
    server::Server,
};
use crate::{
    domain::{Position, UserId},
    server::{
        broker::{Hub, Interest, repair::repair, wire},
        refusals::Refusals,
        store::Store,
    },
};

/// How many channels are joined or left in one write.
const MOST_AT_ONCE: usize = 512;

/// How often a quiet connection is tested, and so how long a server is trusted that will not do.
const TEST: Duration = Duration::from_secs(5);

/// What hearing needs, whichever the server.
pub(super) struct Ear {
    pub(super) channels: Channels,
    pub(super) key: wire::Key,
    pub(super) node: wire::Node,
    pub(super) hub: Hub,
    pub(super) store: Arc<dyn Store>,
    /// Of what is no news.
    pub(super) refusals: Refusals,
}

/// What hears one server.
pub(super) struct Subscriber {
    pub(super) server: Server,
    pub(super) ear: Arc<Ear>,
    /// Users of its slots to look at again.
    pub(super) interest: Arc<Interest>,
    /// The slots that are its own.
    pub(super) slots: watch::Receiver<Slots>,
    /// Whether it hears: all channels are joined.
    pub(super) up: Arc<AtomicBool>,
    /// Told when it was left.
    pub(super) left: watch::Sender<()>,
    pub(super) doubt: Arc<Notify>,
}

impl Subscriber {
    /// Hears for ever: a lost connection is made anew, all channels joined first, then compared.
    pub(super) async fn run(mut self) {
        let mut away = false;
        loop {
            let Err(error) = self.hear(&mut away).await;
            self.up.store(false, Ordering::Relaxed);
            if !away {
                tracing::warn!(%error, server = %self.server, "lost Redis; news is slow until it is back");
                away = true;
            }
            self.left.send_replace(());
            self.doubt.notify_one();
            pause().await;
        }
    }

    async fn hear(&mut self, away: &mut bool) -> RedisResult<Infallible> {
        let line = Line::open(&self.server, &self.ear).await?;
        let ended = line.lost.clone();
        // Whatever is under way, a comparison that waits for the database too.
        tokio::select! {
            () = ended.cancelled() => Err(lost()),
            heard = self.attend(line, away) => heard,
        }
    }

    async fn attend(&mut self, mut line: Line, away: &mut bool) -> RedisResult<Infallible> {
        self.slots.mark_changed();
        let mut test = interval(TEST);
        loop {
            tokio::select! {
                Ok(()) = self.slots.changed() => {
                    let slots = self.slots.borrow_and_update().clone();
                    line.joined.retain(|user| slots.hold(self.ear.channels.slot(user)));
                    self.follow(&mut line, self.ear.hub.users()).await?;
                    self.up.store(true, Ordering::Relaxed);
                    if mem::take(away) {
                        tracing::info!(server = %self.server, "Redis is back");
                    }
                }
                users = self.interest.changed() => self.follow(&mut line, users).await?,
                Some((user, head)) = line.heads.recv() => self.learn(user, head).await,
                _ = test.tick() => self.server.test(&mut line.conn).await?,
            }
        }
    }

    /// Brings the subscriptions of some users in line with who has a session here. Between a session's
    /// look at the log and its channel's first news lies a gap, so whoever was joined is compared.
    async fn follow(&self, line: &mut Line, users: HashSet<UserId>) -> RedisResult<()> {
        let slots = self.slots.borrow().clone();
        let (wanted, unwanted): (Vec<_>, Vec<_>) = users.into_iter().partition(|user| self.ear.hub.has(user));
        let leaving: Vec<_> = unwanted.into_iter().filter(|user| line.joined.contains(user)).collect();
        let own = |user: &UserId| slots.hold(self.ear.channels.slot(user));
        let joining = wanted.into_iter().filter(|user| !line.joined.contains(user) && own(user));
        let joining: Vec<_> = joining.collect();
        for some in leaving.chunks(MOST_AT_ONCE) {
            line.leave(some).await?;
        }
        for some in joining.chunks(MOST_AT_ONCE) {
            line.join(some).await?;
        }
        for some in joining.chunks(MOST_AT_ONCE) {
            match self.ear.store.heads(some).await {
                Ok(heads) => self.compare(heads).await,
                Err(error) => tracing::error!(%error, "cannot compare with the log; the sweeper will"),
            }
        }
        Ok(())
    }

    /// Takes in a head that came as news. Whoever recorded it can send it again: only one that is ahead of
    /// what was heard asks the log.
    async fn learn(&self, user: UserId, head: Position) {
        if self.ear.hub.lacking(&user, head).is_some() {
            self.compare(HashMap::from([(user, head)])).await;
        }
    }

    async fn compare(&self, heads: HashMap<UserId, Position>) {
        for (user, head) in heads {
            if let Err(error) = repair(&*self.ear.store, &self.ear.hub, &user, head).await {
                tracing::error!(%error, "cannot repair from the log; the sweeper will");
            }
        }
    }
}

fn lost() -> RedisError {
    RedisError::from((ErrorKind::Io, "the connection ended, or a slot left it"))
}
