//! One connection that hears, and what it has joined.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use redis::{
    PushInfo, PushKind, RedisResult, Value,
    aio::{AsyncPushSender, MultiplexedConnection, SendError},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{address::settings, server::Server, subscriber::Ear};
use crate::{
    domain::{Position, UserId},
    server::broker::wire::{self, Heard, NotNews},
};

/// How many heads wait to be read in the log.
const MOST_HEADS: usize = 256;

/// A connection, and the users whose channels it has joined.
pub(super) struct Line {
    pub(super) conn: MultiplexedConnection,
    pub(super) joined: HashSet<UserId>,
    /// Cancelled when it hears no more, or not all that it joined.
    pub(super) lost: CancellationToken,
    /// Changes too large to travel, to be read in the log.
    pub(super) heads: mpsc::Receiver<(UserId, Position)>,
    ear: Arc<Ear>,
    leaving: Arc<AtomicUsize>,
}

impl Line {
    pub(super) async fn open(server: &Server, ear: &Arc<Ear>) -> RedisResult<Self> {
        let (lost, leaving) = (CancellationToken::new(), Arc::<AtomicUsize>::default());
        let (told, heads) = mpsc::channel(MOST_HEADS);
        let pushes = Pushes { ear: ear.clone(), heads: told, lost: lost.clone(), leaving: leaving.clone() };
        let conn = server.connect(settings().set_push_sender(pushes)).await?;
        Ok(Self { conn, joined: HashSet::new(), lost, heads, ear: ear.clone(), leaving })
    }

    /// Joins the channels of some users.
    ///
    /// # Errors
    /// Not all could be joined. The line is to be given up.
    pub(super) async fn join(&mut self, users: &[UserId]) -> RedisResult<()> {
        self.each(self.ear.channels.join(), users).await?;
        self.joined.extend(users.iter().cloned());
        Ok(())
    }

    /// Leaves the channels of some users.
    ///
    /// # Errors
    /// Not all could be left. The line is to be given up.
    pub(super) async fn leave(&mut self, users: &[UserId]) -> RedisResult<()> {
        self.leaving.fetch_add(users.len(), Ordering::AcqRel);
        for user in users {
            self.joined.remove(user);
        }
        self.each(self.ear.channels.leave(), users).await
    }

    /// One command a channel, in one write: each is answered once, also when it is refused.
    async fn each(&mut self, command: &str, users: &[UserId]) -> RedisResult<()> {
        let mut pipe = redis::pipe();
        for user in users {
            pipe.cmd(command).arg(self.ear.channels.of(user)).ignore();
        }
        pipe.query_async(&mut self.conn).await
    }
}

/// What a connection does with what it is told unasked. Called in between, so it never waits.
struct Pushes {
    ear: Arc<Ear>,
    heads: mpsc::Sender<(UserId, Position)>,
    lost: CancellationToken,
    /// How many channels it asked to leave and is not yet told to have left.
    leaving: Arc<AtomicUsize>,
}

impl AsyncPushSender for Pushes {
    fn send(&self, push: PushInfo) -> Result<(), SendError> {
        match push.kind {
            PushKind::Message | PushKind::SMessage => self.take(&push.data),
            PushKind::Unsubscribe | PushKind::SUnsubscribe if self.asked_to_leave() => {}
            // A server says so when a slot left it. The library takes that for the answer to what is
            // under way, so from here on no answer on this connection can be trusted.
            PushKind::Disconnection | PushKind::SUnsubscribe => self.lost.cancel(),
            _ => {}
        }
        Ok(())
    }
}

impl Pushes {
    /// Whether that is one more answer to a request to leave. The first that is not ends the count, for
    /// it ends the line.
    fn asked_to_leave(&self) -> bool {
        self.leaving.fetch_sub(1, Ordering::AcqRel) > 0
    }

    /// Takes in one message: its channel and its bytes. What no node of this store wrote is dropped.
    fn take(&self, data: &[Value]) {
        let [_, Value::BulkString(bytes)] = data else { return };
        let Ear { hub, key, node, refusals, .. } = &*self.ear;
        if node.wrote(bytes) {
            return;
        }
        let (read, counted) = (wire::read(key, bytes), &hub.metrics().news);
        match &read {
            Ok(_) => counted.heard.inc(),
            Err(NotNews::Forged) => counted.forged.inc(),
            Err(NotNews::Malformed) => counted.malformed.inc(),
        };
        match read {
            Ok(Heard::Change(change)) => hub.deliver(*change),
            // A full queue drops it: the sweeper finds it.
            Ok(Heard::Head(user, head)) => drop(self.heads.try_send((user, head))),
            Err(why) => refusals.say(&why.to_string()),
        }
    }
}
