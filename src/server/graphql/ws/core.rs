//! The protocol's rules, without I/O and without a clock of their own.
//!
//! Everything that happens to a socket is told to [`Core`] with the time it happened, and is answered by
//! at most one [`Action`]. After an action that closes, the core is done with.
//! The rules are those of the protocol's own text (graphql-transport-ws); the codes are in [`close`].

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::extract::ws::{CloseFrame, Utf8Bytes};
use serde_json::value::RawValue;

use super::{
    Limits,
    deadlines::{Deadlines, Due},
    flow::Flow,
    host::{Refused, Step},
    reasons::{already_exists, frame, restart, too_many},
};
use crate::live::{
    close,
    message::{self, ClientMessage, Object, Request, ServerMessage},
};

/// What the loop has to do.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Write a text frame.
    Send(Utf8Bytes),
    /// Ask the host who is there.
    Admit(Option<Object>),
    /// Start an operation under an id that is free.
    Start(Arc<str>, Request),
    /// Drop an operation.
    Stop(String),
    /// Say why, and close.
    Close(CloseFrame),
    /// Give the connection up without a word: nobody is there to hear it.
    Drop,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    AwaitingInit,
    Admitting,
    Ready,
    /// What runs is answered, and nothing new begun.
    Leaving,
}

/// The server's end of one socket.
pub struct Core {
    limits: Arc<Limits>,
    phase: Phase,
    deadlines: Deadlines,
    messages: Flow,
    bytes: Flow,
    /// By id, whether it lasts: nobody waits for the end of a subscription.
    running: HashMap<Arc<str>, bool>,
    /// Whether changes arrive; and what the peer was told of that.
    live: bool,
    told_live: bool,
}

impl Core {
    /// A socket that has just been opened.
    #[must_use]
    pub fn new(limits: Arc<Limits>, now: Instant) -> Self {
        let deadlines = Deadlines::new(now + limits.init, now);
        Self {
            phase: Phase::AwaitingInit,
            deadlines,
            messages: Flow::new(limits.messages, now),
            bytes: Flow::new(limits.bytes, now),
            running: HashMap::new(),
            live: true,
            told_live: true,
            limits,
        }
    }

    /// Anything came in, of so many bytes, be it a control frame: the peer lives; and may talk too much.
    pub fn heard(&mut self, bytes: usize, now: Instant) -> Option<Action> {
        self.deadlines.heard(now);
        let fits = self.messages.take(1, now) && self.bytes.take(bytes, now);
        (!fits).then(|| shut(close::TOO_MUCH, "Too many messages"))
    }

    /// A text frame came in.
    pub fn text(&mut self, text: &str, now: Instant) -> Option<Action> {
        match ClientMessage::decode(text) {
            Ok(message) => self.message(message, now),
            Err(ill_formed) => Some(shut(close::BAD_REQUEST, &ill_formed.to_string())),
        }
    }

    /// A binary frame came in; the protocol has none.
    pub fn binary(&self) -> Action {
        shut(close::BAD_REQUEST, "Binary frames are not part of the protocol")
    }

    fn message(&mut self, message: ClientMessage, now: Instant) -> Option<Action> {
        match message {
            ClientMessage::ConnectionInit { payload } => Some(self.init(payload, now)),
            ClientMessage::Ping { payload } => {
                Some(send(&ServerMessage::Pong { payload: payload.as_deref().map(RawValue::get) }))
            }
            ClientMessage::Pong { .. } => None,
            ClientMessage::Subscribe { id, payload } => self.subscribe(id, payload),
            ClientMessage::Complete { id } => self.over(&id, now).then(|| Action::Stop(id)),
        }
    }

    fn init(&mut self, payload: Option<Object>, now: Instant) -> Action {
        if self.phase != Phase::AwaitingInit {
            return shut(close::TOO_MANY_INITS, "Too many initialisation requests");
        }
        self.phase = Phase::Admitting;
        self.deadlines.handshake = Some(now + self.limits.admit);
        Action::Admit(payload)
    }

    /// The host let the caller in, until `ends_at` if that is known; the client is told for how long.
    pub fn admitted(&mut self, ends_at: Option<Instant>, lasts: Option<Duration>, now: Instant) -> Action {
        self.phase = Phase::Ready;
        self.deadlines.handshake = None;
        self.deadlines.right = ends_at;
        // Right after the acknowledgement.
        self.set_live(self.live, now);
        let lasts = lasts.map(message::expiring_in);
        send(&ServerMessage::ConnectionAck { payload: lasts.as_deref() })
    }

    /// The host let nobody in.
    pub fn refused(&self, refused: &Refused) -> Action {
        match refused {
            Refused::Forbidden(why) => shut(close::FORBIDDEN, &format!("Forbidden: {why}")),
            Refused::Ended => self.right_ended(),
            Refused::Unavailable => shut(close::OVERLOADED, "Try again later"),
            Refused::Crowded => shut(close::OVERLOADED, "Too many sockets"),
        }
    }

    /// The caller's right was taken away.
    pub fn right_ended(&self) -> Action {
        shut(close::UNAUTHORIZED, "Unauthorized")
    }

    /// Changes arrive, or not any more: the peer is to be told at `at`.
    pub fn set_live(&mut self, live: bool, at: Instant) {
        self.live = live;
        if self.told_live != live {
            self.deadlines.tell.get_or_insert(at);
        }
    }

    /// The node is about to stop: this socket is to go at `at`. Said again, it changes nothing.
    pub fn leave(&mut self, at: Instant) {
        self.deadlines.leave.get_or_insert(at);
    }

    fn subscribe(&mut self, id: String, payload: Request) -> Option<Action> {
        match self.phase {
            Phase::Ready => Some(self.start(id, payload)),
            // The close that follows says that nothing came of it.
            Phase::Leaving => None,
            Phase::AwaitingInit | Phase::Admitting => Some(shut(close::UNAUTHORIZED, "Unauthorized")),
        }
    }

    fn start(&mut self, id: String, payload: Request) -> Action {
        if self.running.contains_key(&*id) {
            return shut(close::SUBSCRIBER_EXISTS, &already_exists(&id));
        }
        if self.running.len() >= self.limits.operations {
            return Action::Send(message::error(&id, &too_many(self.limits.operations)).into());
        }
        let id: Arc<str> = id.into();
        self.running.insert(Arc::clone(&id), false);
        Action::Start(id, payload)
    }

    /// An operation that was started is one that lasts.
    pub fn lasts(&mut self, id: &str) {
        if let Some(lasts) = self.running.get_mut(id) {
            *lasts = true;
        }
    }

    /// Whether somebody waits for an answer that is on its way.
    fn is_at_work(&self) -> bool {
        self.running.values().any(|lasts| !lasts)
    }

    /// An operation has ended; whether it ran. The last answer lets a socket go that is to leave.
    fn over(&mut self, id: &str, now: Instant) -> bool {
        let ran = self.running.remove(id).is_some();
        if self.phase == Phase::Leaving && !self.is_at_work() {
            self.deadlines.leave = Some(now);
        }
        ran
    }

    /// A running operation gave something, or ended (`None`).
    pub fn step(&mut self, id: &str, step: Option<Step>, now: Instant) -> Action {
        if !matches!(step, Some(Step::Next(_))) {
            self.over(id, now);
        }
        match step {
            Some(Step::Next(result)) => Action::Send(message::next(id, &result).into()),
            Some(Step::Error(errors)) => Action::Send(message::error(id, &errors).into()),
            Some(Step::Ended) => self.right_ended(),
            None => send(&ServerMessage::Complete { id: id.into() }),
        }
    }

    /// A write is blocked: from now on the peer has a limited time to take it.
    pub fn blocked(&mut self, now: Instant) {
        self.deadlines.write.get_or_insert(now + self.limits.write);
    }

    /// The blocked write is done. What the peer said meanwhile has not been read yet.
    pub fn unblocked(&mut self, now: Instant) {
        if self.deadlines.write.take().is_some() {
            self.deadlines.heard(now);
        }
    }

    /// When to call [`Core::due`] at the latest.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadlines.next(&self.limits)
    }

    /// The time is `now`: does anything follow from it?
    pub fn due(&mut self, now: Instant) -> Option<Action> {
        let action = match self.deadlines.due(&self.limits, now)? {
            Due::Right => shut(close::FORBIDDEN, "Credentials expired"),
            Due::Leave => return self.go(now),
            Due::Tell => return self.tell(),
            Due::Handshake => self.too_late(),
            Due::Write => shut(close::OVERLOADED, "Too slow"),
            Due::Silence => Action::Drop,
            Due::Ping => {
                self.deadlines.pinged(now);
                send(&ServerMessage::Ping { payload: None })
            }
        };
        Some(action)
    }

    /// Goes, or puts that off once until what runs is answered.
    fn go(&mut self, now: Instant) -> Option<Action> {
        if self.phase == Phase::Leaving || !self.is_at_work() {
            return Some(Action::Close(restart()));
        }
        self.phase = Phase::Leaving;
        self.deadlines.leave = Some(now + self.limits.finish);
        None
    }

    /// Tells a peer that was let in what it does not know yet.
    fn tell(&mut self) -> Option<Action> {
        self.deadlines.tell = None;
        if matches!(self.phase, Phase::AwaitingInit | Phase::Admitting) || self.told_live == self.live {
            return None;
        }
        self.told_live = self.live;
        Some(send(&ServerMessage::Ping { payload: Some(message::live(self.live)) }))
    }

    fn too_late(&self) -> Action {
        match self.phase {
            Phase::AwaitingInit => shut(close::INIT_TIMEOUT, "Connection initialisation timeout"),
            Phase::Admitting | Phase::Ready | Phase::Leaving => shut(close::OVERLOADED, "Try again later"),
        }
    }
}

fn shut(code: u16, reason: &str) -> Action {
    Action::Close(frame(code, reason))
}

fn send(message: &ServerMessage<'_>) -> Action {
    Action::Send(message.encode().into())
}
