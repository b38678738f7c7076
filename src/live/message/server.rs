//! What a server says.

use std::{borrow::Cow, time::Duration};

use super::frame::{self, Malformed};
use crate::live::json::Json;

/// A message from server to client. Payloads are JSON as written: whoever wants one reads it.
#[derive(Clone, Debug)]
pub enum ServerMessage<'a> {
    /// Lets the client in.
    ConnectionAck {
        /// An object. Ours may say how long the right lasts: [`expiring_in`].
        payload: Option<&'a str>,
    },
    /// Asks for a [`ServerMessage::Pong`] of the other side.
    Ping {
        /// An object; comes back with the pong. Ours may be [`live`].
        payload: Option<&'a str>,
    },
    /// Answers a ping, or says unasked that the server lives.
    Pong {
        /// The ping's.
        payload: Option<&'a str>,
    },
    /// A result of an operation that runs.
    Next {
        /// Which one.
        id: Cow<'a, str>,
        /// A GraphQL response, an object.
        payload: &'a str,
    },
    /// Ends an operation: it was refused, or failed as a whole.
    Error {
        /// Which one.
        id: Cow<'a, str>,
        /// GraphQL errors: a list of at least one.
        payload: &'a str,
    },
    /// Ends an operation: all was said.
    Complete {
        /// Which one.
        id: Cow<'a, str>,
    },
}

impl<'a> ServerMessage<'a> {
    /// Reads a text frame.
    pub fn decode(text: &'a str) -> Result<Self, Malformed> {
        let not = |found| Malformed::expected("message", "a JSON object", found);
        let frame = Json::parse(text).ok_or_else(|| not("no JSON"))?;
        if !frame.is_object() {
            return Err(not(frame.kind()));
        }
        Ok(match string(frame, "type", "a string")?.as_str() {
            "connection_ack" => Self::ConnectionAck { payload: details(frame)? },
            "ping" => Self::Ping { payload: details(frame)? },
            "pong" => Self::Pong { payload: details(frame)? },
            "next" => Self::Next { id: id(frame)?, payload: response(frame)? },
            "error" => Self::Error { id: id(frame)?, payload: errors(frame.get("payload"))? },
            "complete" => Self::Complete { id: id(frame)? },
            other => return Err(Malformed::expected("type", "one that a server sends", other)),
        })
    }

    /// Writes a text frame.
    pub fn encode(&self) -> String {
        match self {
            Self::ConnectionAck { payload } => frame::write(None, "connection_ack", *payload),
            Self::Ping { payload } => frame::write(None, "ping", *payload),
            Self::Pong { payload } => frame::write(None, "pong", *payload),
            Self::Next { id, payload } => next(id, payload),
            Self::Error { id, payload } => error(id, payload),
            Self::Complete { id } => frame::write(Some(id), "complete", None),
        }
    }
}

/// Writes a `next` frame around a response that is JSON already: a response that many sockets get
/// is encoded once, and only the id differs.
pub fn next(id: &str, response: &str) -> String {
    frame::write(Some(id), "next", Some(response))
}

/// Writes an `error` frame around a list of GraphQL errors that is JSON already.
pub fn error(id: &str, errors: &str) -> String {
    frame::write(Some(id), "error", Some(errors))
}

/// The payload of a ping that says whether changes arrive: not while the node cannot read its store.
pub fn live(live: bool) -> &'static str {
    if live { r#"{"live":true}"# } else { r#"{"live":false}"# }
}

/// What such a payload says; none for any other.
pub fn is_live(payload: Option<&str>) -> Option<bool> {
    Json::parse(payload?)?.get("live")?.boolean()
}

/// The payload of an acknowledgement that says how long the right of the client lasts, in whole seconds.
pub fn expiring_in(lasts: Duration) -> String {
    format!(r#"{{"expiresIn":{}}}"#, lasts.as_secs())
}

/// What such a payload says; none for any other.
pub fn expires_in(payload: Option<&str>) -> Option<Duration> {
    let seconds = Json::parse(payload?)?.get("expiresIn")?.number()?;
    Some(Duration::from_secs(seconds.into()))
}

fn string(frame: Json<'_>, name: &str, wanted: &str) -> Result<String, Malformed> {
    let member = frame.get(name).ok_or_else(|| Malformed::expected(name, wanted, "nothing"))?;
    member.string().ok_or_else(|| wrong(name, "a string", member))
}

/// The operation's id: every message of an operation has one.
fn id<'a>(frame: Json<'_>) -> Result<Cow<'a, str>, Malformed> {
    const WANTED: &str = "a non-empty string";
    let id = string(frame, "id", WANTED)?;
    if id.is_empty() { Err(Malformed::expected("id", WANTED, "an empty one")) } else { Ok(id.into()) }
}

/// The payload of a message that may carry details, as it was written.
fn details(frame: Json<'_>) -> Result<Option<&str>, Malformed> {
    match frame.get("payload") {
        Some(payload) if !payload.is_object() => Err(wrong("payload", "an object", payload)),
        payload => Ok(payload.map(Json::text)),
    }
}

fn response(frame: Json<'_>) -> Result<&str, Malformed> {
    details(frame)?.ok_or_else(|| Malformed::expected("payload", "an object", "nothing"))
}

/// A non-empty list of objects with a text `message` (GraphQL, section 7.1.5).
fn errors(payload: Option<Json<'_>>) -> Result<&str, Malformed> {
    const WANTED: &str = "a list of errors with messages";
    let not = |found| Malformed::expected("payload", WANTED, found);
    let payload = payload.ok_or_else(|| not("nothing"))?;
    let errors = payload.items().ok_or_else(|| not(payload.kind()))?;
    let told = |error: &Json<'_>| error.get("message").is_some_and(|message| message.string().is_some());
    match errors.iter().all(told) {
        true if errors.is_empty() => Err(not("an empty one")),
        true => Ok(payload.text()),
        false => Err(not("one without")),
    }
}

fn wrong(name: &str, wanted: &str, found: Json<'_>) -> Malformed {
    let found = found.kind();
    // The kind fits and still it was refused: a broken escape.
    let found = if wanted.ends_with(found) { "one that cannot be read" } else { found };
    Malformed::expected(name, wanted, found)
}
