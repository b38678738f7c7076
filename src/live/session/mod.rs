//! The client's side of the protocol, without a socket and without a clock.
//!
//! An owner tells a [`Session`] what happens ([`Input`]) and when, and does what it says
//! ([`Action`]). Time is counted from the owner's own beginning and never runs backwards.
//!
//! - One socket carries all operations. Each is asked for anew after every new connection.
//! - A socket that is silent for [`SILENCE`] is dead; silence is tested with a ping before that.
//!   A wake tests it at once: then it is dead without an answer within [`ANSWER_WITHIN`].
//! - It comes back for ever, unless coming back would end the same way ([`Verdict`]).

mod io;
mod link;
mod operations;
mod renewal;

use std::time::Duration;

pub use io::{Action, Input, Outcome, Status};
pub use link::{ACK_WITHIN, ANSWER_WITHIN, OPEN_WITHIN, PING_AFTER, PING_INTERVAL, SILENCE, STEADY};
pub use renewal::{Order, Renewing};

use super::{
    backoff::Backoff,
    close::{self, Verdict},
    message::{self, ServerMessage},
};
use link::Link;
use operations::Operations;

/// After how many refused credentials in a row the client takes it that nobody is signed in.
pub const MOST_REFUSALS: u32 = 3;

/// A client: one socket at most, and the operations that run over it.
#[derive(Debug)]
pub struct Session {
    link: Link,
    operations: Operations,
    random: fn() -> f64,
    backoff: Backoff,
    refusals: u32,
    attempts: u32,
    status: Status,
    /// How long the right lasts that the server has just let it in by, where it said so.
    lasts: Option<Duration>,
    actions: Vec<Action>,
}

impl Session {
    /// A session that waits for its first [`Input::Wake`]; `random` gives numbers from 0 to below 1.
    pub fn new(random: fn() -> f64) -> Self {
        Self {
            link: Link::Parked,
            operations: Operations::default(),
            random,
            backoff: Backoff::begin(Duration::ZERO),
            refusals: 0,
            attempts: 0,
            status: Status::Connecting,
            lasts: None,
            actions: Vec::new(),
        }
    }

    /// Takes in what happened at `now`, and says what to do about it.
    pub fn handle(&mut self, now: Duration, input: Input<'_>) -> Vec<Action> {
        match input {
            Input::Wake => self.wake(now),
            Input::Leave => self.leave(now),
            Input::Tick => self.tick(now),
            Input::Opened { credentials } => self.greet(now, credentials.as_deref()),
            Input::Text(text) => self.hear(now, text),
            Input::Binary => self.blame("message: expected text, found a binary frame"),
            Input::Closed { code } => self.closed(now, code),
            Input::Subscribe(operation) => self.subscribe(operation),
            Input::Unsubscribe(operation) => self.unsubscribe(operation),
        }
        std::mem::take(&mut self.actions)
    }

    /// When to call with [`Input::Tick`], unless something else happens before.
    pub fn wake_at(&self) -> Option<Duration> {
        self.link.due()
    }

    fn tick(&mut self, now: Duration) {
        if self.link.due().is_none_or(|at| now < at) {
            return;
        }
        match self.link {
            Link::Parked | Link::Refused => {}
            Link::Waiting { .. } => self.connect(now),
            Link::Opening { .. } => self.abandon(now, close::UNHEARD),
            Link::Greeting { .. } => self.abandon(now, close::ACK_TIMEOUT),
            Link::Ready { dead_at: Some(_), .. } => self.abandon(now, close::UNHEARD),
            Link::Ready { heard, .. } => self.test(heard + SILENCE),
        }
    }

    /// Asks whether the socket still lives, once: it is dead at the earliest `dead_at` said since.
    fn test(&mut self, dead_at: Duration) {
        if let Link::Ready { dead_at: said, .. } = &mut self.link {
            match said {
                Some(said) => *said = dead_at.min(*said),
                None => {
                    *said = Some(dead_at);
                    self.send(message::ping());
                }
            }
        }
    }

    /// Who comes back online, or back from sleep, does not wait: neither for a socket that may be
    /// dead, nor for the end of a long wait. The waits begin anew, as for a new absence.
    fn wake(&mut self, now: Duration) {
        if self.link.has_slept(now) {
            self.abandon(now, close::UNHEARD);
        } else {
            self.test(now + ANSWER_WITHIN);
            self.tick(now);
        }
        if matches!(self.link, Link::Parked | Link::Waiting { .. }) {
            self.backoff = Backoff::begin(now);
            self.connect(now);
        }
    }

    fn leave(&mut self, now: Duration) {
        if self.link.has_socket() {
            self.close(close::NORMAL, "");
            self.lose(now);
        }
        if !matches!(self.link, Link::Refused) {
            self.link = Link::Parked;
        }
    }

    fn connect(&mut self, now: Duration) {
        self.link = Link::Opening { since: now };
        self.actions.push(Action::Connect);
    }

    fn greet(&mut self, now: Duration, credentials: Option<&str>) {
        if matches!(self.link, Link::Opening { .. }) {
            self.link = Link::Greeting { since: now };
            self.send(message::connection_init(credentials));
        }
    }

    fn hear(&mut self, now: Duration, text: &str) {
        let ready = match self.link {
            Link::Greeting { .. } => false,
            Link::Ready { since, .. } => {
                self.link = Link::Ready { since, heard: now, dead_at: None };
                true
            }
            _ => return,
        };
        match ServerMessage::decode(text) {
            Ok(ServerMessage::Ping { payload }) => self.pinged(payload, ready),
            Ok(ServerMessage::Pong { .. }) => {}
            Ok(ServerMessage::ConnectionAck { payload }) if !ready => self.acknowledged(now, payload),
            Ok(message) if ready => self.operation_said(message),
            Ok(_) => self.blame("type: expected connection_ack first"),
            Err(malformed) => self.blame(&malformed.0),
        }
    }

    /// A ping may say whether changes arrive.
    fn pinged(&mut self, payload: Option<&str>, ready: bool) {
        self.send(message::pong(payload));
        match message::is_live(payload) {
            Some(live) if ready => self.tell(if live { Status::Live } else { Status::Stalled }),
            _ => {}
        }
    }

    fn acknowledged(&mut self, now: Duration, payload: Option<&str>) {
        self.lasts = message::expires_in(payload);
        self.link = Link::Ready { since: now, heard: now, dead_at: None };
        self.refusals = 0;
        self.attempts = 0;
        self.tell(Status::Live);
        self.start();
    }

    fn operation_said(&mut self, message: ServerMessage<'_>) {
        match message {
            ServerMessage::Next { id, payload } => self.deliver(&id, Outcome::Next(payload.into())),
            ServerMessage::Error { id, payload } => self.deliver(&id, Outcome::Error(payload.into())),
            ServerMessage::Complete { id } => self.deliver(&id, Outcome::Complete),
            _ => self.blame("type: expected connection_ack once"),
        }
    }

    /// Hands over what an operation said. One that is over, or that nobody knows, is not heard:
    /// its frames may have been on the way when it ended.
    fn deliver(&mut self, id: &str, outcome: Outcome) {
        let Some(operation) = self.operations.named(id) else { return };
        if !matches!(outcome, Outcome::Next(_)) {
            self.operations.remove(operation);
        }
        self.actions.push(Action::Deliver { operation, outcome });
    }

    fn subscribe(&mut self, operation: usize) {
        if self.operations.add(operation) && self.link.is_ready() {
            self.start();
        }
    }

    /// Asks for every operation that is wanted and does not run.
    fn start(&mut self) {
        let started = self.operations.start().into_iter();
        self.actions.extend(started.map(|(operation, id)| Action::Subscribe { operation, id }));
    }

    fn unsubscribe(&mut self, operation: usize) {
        if let Some(id) = self.operations.remove(operation) {
            self.send(message::complete(&id));
        }
    }

    fn closed(&mut self, now: Duration, code: u16) {
        if !self.link.has_socket() {
            return;
        }
        let verdict = Verdict::of(code);
        if verdict == Verdict::Renew {
            self.refusals += 1;
        }
        if verdict == Verdict::Fatal || self.refusals == MOST_REFUSALS {
            self.refuse(code);
        } else {
            self.come_back(now);
        }
    }

    /// Drops a socket that does not do its work, and comes back.
    fn abandon(&mut self, now: Duration, code: u16) {
        self.close(code, "");
        self.come_back(now);
    }

    /// Ends with a server that does not keep to the protocol.
    fn blame(&mut self, reason: &str) {
        if self.link.has_socket() {
            self.close(close::BAD_REQUEST, reason);
            self.refuse(close::BAD_REQUEST);
        }
    }

    fn refuse(&mut self, code: u16) {
        self.operations.stop();
        self.link = Link::Refused;
        self.tell(Status::Refused(code));
    }

    fn come_back(&mut self, now: Duration) {
        self.lose(now);
        let wait = self.backoff.wait(now, (self.random)());
        self.link = Link::Waiting { until: now + wait };
    }

    /// The socket is gone, and with it what ran on it.
    fn lose(&mut self, now: Duration) {
        self.operations.stop();
        if self.link.is_steady(now) {
            self.backoff = Backoff::begin(now);
        }
        if !self.link.is_ready() {
            self.attempts += 1;
        }
        self.tell(Status::Away { attempts: self.attempts });
    }

    fn send(&mut self, message: String) {
        self.actions.push(Action::Send(message));
    }

    fn close(&mut self, code: u16, reason: &str) {
        self.actions.push(Action::Close { code, reason: close::fit(reason).to_owned() });
    }

    fn tell(&mut self, status: Status) {
        if self.status != status {
            self.status = status;
            self.actions.push(Action::Status(status));
        }
    }
}
