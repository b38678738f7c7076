//! The moments at which a socket must act although nothing happened.

use std::time::Instant;

use super::Limits;

/// Why the clock has the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// The step to readiness (`connection_init`, or its answer) took too long.
    Handshake,
    /// The credentials expired.
    Right,
    /// The node is about to stop: this socket is to go.
    Leave,
    /// The peer did not take a frame in time.
    Write,
    /// The peer is taken for dead.
    Silence,
    /// The peer should hear whether changes arrive.
    Tell,
    /// The peer should show that it is alive.
    Ping,
}

/// What the clock is watched for.
pub(super) struct Deadlines {
    pub(super) handshake: Option<Instant>,
    pub(super) right: Option<Instant>,
    pub(super) leave: Option<Instant>,
    pub(super) tell: Option<Instant>,
    /// Set while a write is blocked. Nothing is read then, so silence means nothing.
    pub(super) write: Option<Instant>,
    heard: Instant,
    pinged: Instant,
}

impl Deadlines {
    pub(super) fn new(handshake: Instant, now: Instant) -> Self {
        Self {
            handshake: Some(handshake),
            right: None,
            leave: None,
            tell: None,
            write: None,
            heard: now,
            pinged: now,
        }
    }

    pub(super) fn heard(&mut self, now: Instant) {
        self.heard = now;
    }

    pub(super) fn pinged(&mut self, now: Instant) {
        self.pinged = now;
    }

    /// The next moment at which [`Deadlines::due`] will have an answer.
    pub(super) fn next(&self, limits: &Limits) -> Instant {
        self.moments(limits).map(|(at, _)| at).min().unwrap_or(self.heard + limits.silence)
    }

    /// What is due; the gravest first.
    pub(super) fn due(&self, limits: &Limits, now: Instant) -> Option<Due> {
        self.moments(limits).find(|(at, _)| *at <= now).map(|(_, due)| due)
    }

    fn moments(&self, limits: &Limits) -> impl Iterator<Item = (Instant, Due)> {
        let alive = self.write.is_none();
        let silence = alive.then(|| self.heard + limits.silence);
        let ping = alive.then(|| self.heard.max(self.pinged) + limits.ping);
        [
            (self.right, Due::Right),
            (self.leave, Due::Leave),
            (self.handshake, Due::Handshake),
            (self.write, Due::Write),
            (silence, Due::Silence),
            // What is written while a write is blocked is lost.
            (self.tell.filter(|_| alive), Due::Tell),
            (ping, Due::Ping),
        ]
        .into_iter()
        .filter_map(|(at, due)| at.map(|at| (at, due)))
    }
}

/// Tokio's clock, which tests can stop.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
