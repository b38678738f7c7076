//! A client that renews its right before that ends: the new socket first, then the old one goes, and whoever
//! looks at the page sees nothing of it.
//!
//! A server may say how long a right lasts ([`expires_in`](crate::live::message::expires_in)). At some moment in the last third of that,
//! another for every client so that they do not come together, a second session opens a socket. Once it is
//! let in the operations move over, each from where its reader stands, and the first socket is closed. One that
//! is not let in goes, and is tried again in what is left; meanwhile the first goes on, and when the server ends
//! that after all, it comes back as it does after any loss.

use std::{mem, time::Duration};

use super::{Action, Input, Session, close};

/// In which part of a right's time it is renewed.
const FROM: f64 = 0.7;
const TO: f64 = 0.9;
/// What is left of a right that is not renewed any more: the way back is as short.
const SHORTEST: Duration = Duration::from_secs(1);

/// Something to do about the socket of a line. A line has one socket at most, and another after it is lost.
pub type Order = (u32, Action);

/// A session, and at times the one that is to take its place.
#[derive(Debug)]
pub struct Renewing {
    random: fn() -> f64,
    present: Line,
    next: Option<Line>,
    /// The number of the last line.
    last: u32,
    due: Option<Due>,
}

#[derive(Debug)]
struct Line {
    number: u32,
    session: Session,
}

/// When the right of the present session is renewed, and when it ends.
#[derive(Clone, Copy, Debug)]
struct Due {
    at: Duration,
    ends_at: Duration,
}

impl Renewing {
    /// One that waits for its first [`Input::Wake`]; `random` gives numbers from 0 to below 1.
    pub fn new(random: fn() -> f64) -> Self {
        let present = Line { number: 0, session: Session::new(random) };
        Self { random, present, next: None, last: 0, due: None }
    }

    /// Takes in what the page or the owner says at `now`, and says what to do about it.
    pub fn handle(&mut self, now: Duration, input: Input<'_>) -> Vec<Order> {
        let mut orders = Vec::new();
        match (&input, &mut self.next) {
            (Input::Leave, _) => self.give_up(now, &mut orders),
            (Input::Tick, Some(next)) => orders.extend(next.quietly(now, Input::Tick)),
            _ => {}
        }
        orders.extend(self.present.handle(now, input));
        self.settle(now, &mut orders);
        orders
    }

    /// Takes in what the socket of a line says. One that was closed is not listened to.
    pub fn hear(&mut self, now: Duration, line: u32, input: Input<'_>) -> Vec<Order> {
        let mut orders = Vec::new();
        if line == self.present.number {
            orders.extend(self.present.handle(now, input));
        } else if let Some(next) = self.next.as_mut().filter(|next| next.number == line) {
            orders.extend(next.quietly(now, input));
        }
        self.settle(now, &mut orders);
        orders
    }

    /// When to call with [`Input::Tick`], unless something else happens before.
    pub fn wake_at(&self) -> Option<Duration> {
        let renewal = match &self.next {
            Some(next) => next.session.wake_at(),
            None => self.due.map(|due| due.at),
        };
        [self.present.session.wake_at(), renewal].into_iter().flatten().min()
    }

    /// Does what follows from how both stand.
    fn settle(&mut self, now: Duration, orders: &mut Vec<Order>) {
        if !self.present.session.link.is_ready() {
            // It comes back by itself, with a right that is as new.
            self.give_up(now, orders);
            self.due = None;
            return;
        }
        if let Some(lasts) = self.present.session.lasts.take() {
            self.plan(now, lasts, FROM, TO);
        }
        match &self.next {
            Some(next) if next.session.link.is_ready() => self.move_over(now, orders),
            Some(next) if !next.session.link.has_socket() => {
                self.next = None;
                let left = self.due.map_or(Duration::ZERO, |due| due.ends_at.saturating_sub(now));
                self.plan(now, left, 1.0 - FROM, FROM);
            }
            None if self.due.is_some_and(|due| due.at <= now) => self.begin(now, orders),
            Some(_) | None => {}
        }
    }

    /// Renews at some moment between two parts of what a right lasts from now.
    fn plan(&mut self, now: Duration, lasts: Duration, from: f64, to: f64) {
        let part = from + (to - from) * (self.random)();
        let due = Due { at: now + lasts.mul_f64(part), ends_at: now + lasts };
        self.due = (lasts >= SHORTEST).then_some(due);
    }

    fn begin(&mut self, now: Duration, orders: &mut Vec<Order>) {
        self.last += 1;
        let mut next = Line { number: self.last, session: Session::new(self.random) };
        orders.extend(next.quietly(now, Input::Wake));
        self.next = Some(next);
    }

    fn give_up(&mut self, now: Duration, orders: &mut Vec<Order>) {
        if let Some(mut next) = self.next.take() {
            orders.extend(next.quietly(now, Input::Leave));
        }
    }

    fn move_over(&mut self, now: Duration, orders: &mut Vec<Order>) {
        let Some(mut next) = self.next.take() else { return };
        let old = &mut self.present;
        orders.extend(next.session.follow(&mut old.session).into_iter().map(|action| (next.number, action)));
        orders.push((old.number, Action::Close { code: close::NORMAL, reason: String::new() }));
        let lasts = next.session.lasts.take().unwrap_or_default();
        self.present = next;
        self.plan(now, lasts, FROM, TO);
    }
}

impl Line {
    fn handle(&mut self, now: Duration, input: Input<'_>) -> impl Iterator<Item = Order> + use<> {
        let number = self.number;
        self.session.handle(now, input).into_iter().map(move |action| (number, action))
    }

    /// How it stands while it is on its way is nobody's business.
    fn quietly(&mut self, now: Duration, input: Input<'_>) -> impl Iterator<Item = Order> + use<> {
        self.handle(now, input).filter(|(_, action)| !matches!(action, Action::Status(_)))
    }
}

impl Session {
    /// Asks for all that another session runs, and stands for it from now on.
    fn follow(&mut self, before: &mut Self) -> Vec<Action> {
        self.operations = mem::take(&mut before.operations);
        self.operations.stop();
        self.start();
        if self.status != before.status {
            self.actions.push(Action::Status(self.status));
        }
        mem::take(&mut self.actions)
    }
}
