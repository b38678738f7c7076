//! The session against a scripted peer: time, frames and closes are the test's to give.

mod chaos;
mod greeting;
mod operations;
mod renewal;
mod returning;
mod silence;

use std::time::Duration;

use belfry::live::session::{Action, Input, Outcome, Session, Status};

const ACK: &str = r#"{"type":"connection_ack"}"#;
const PING: &str = r#"{"type":"ping"}"#;

/// A session, and the time it is told.
struct Client {
    session: Session,
    now: Duration,
}

impl Client {
    /// Not begun. Its random numbers are all one half.
    fn new() -> Self {
        Self { session: Session::new(|| 0.5), now: Duration::from_secs(100) }
    }

    /// Its socket is opening.
    fn opening() -> Self {
        let mut client = Self::new();
        assert_eq!(client.does(Input::Wake), [Action::Connect]);
        client
    }

    /// Its socket is open and `connection_init` sent.
    fn greeting() -> Self {
        let mut client = Self::opening();
        client.does(Input::Opened { credentials: None });
        client
    }

    /// It is let in, and wants nothing yet.
    fn ready() -> Self {
        let mut client = Self::greeting();
        assert_eq!(client.hears(ACK), [Action::Status(Status::Live)]);
        client
    }

    /// It is let in, and its operation 7 runs under the id "1".
    fn subscribed() -> Self {
        let mut client = Self::ready();
        assert_eq!(client.does(Input::Subscribe(7)), [subscribe(7, "1")]);
        client
    }

    fn does(&mut self, input: Input<'_>) -> Vec<Action> {
        self.session.handle(self.now, input)
    }

    fn hears(&mut self, text: &str) -> Vec<Action> {
        self.does(Input::Text(text))
    }

    fn is_closed_with(&mut self, code: u16) -> Vec<Action> {
        self.does(Input::Closed { code })
    }

    /// Lets time pass, without a tick.
    fn waits(&mut self, seconds: f64) -> &mut Self {
        self.now += Duration::from_secs_f64(seconds);
        self
    }

    /// Lets time pass to what the session waits for.
    fn ticks(&mut self) -> Vec<Action> {
        self.now = self.session.wake_at().unwrap();
        self.does(Input::Tick)
    }

    /// Waits out the backoff, and is let in again.
    fn comes_back(&mut self) -> Vec<Action> {
        assert_eq!(self.ticks(), [Action::Connect]);
        self.does(Input::Opened { credentials: None });
        self.hears(ACK)
    }

    /// How long it waits from now.
    fn wait(&self) -> Duration {
        self.session.wake_at().unwrap() - self.now
    }
}

fn away(attempts: u32) -> Action {
    Action::Status(Status::Away { attempts })
}

fn subscribe(operation: usize, id: &str) -> Action {
    Action::Subscribe { operation, id: id.into() }
}

fn send(text: &str) -> Action {
    Action::Send(text.into())
}

fn close(code: u16, reason: &str) -> Action {
    Action::Close { code, reason: reason.into() }
}

fn refused(code: u16) -> Action {
    Action::Status(Status::Refused(code))
}

fn deliver(operation: usize, outcome: Outcome) -> Action {
    Action::Deliver { operation, outcome }
}

/// A `next` of the id "1" with a number in it, and what is delivered of it.
fn next(n: u32) -> (String, Outcome) {
    let response = format!(r#"{{"data":{{"n":{n}}}}}"#);
    (format!(r#"{{"id":"1","type":"next","payload":{response}}}"#), Outcome::Next(response))
}
