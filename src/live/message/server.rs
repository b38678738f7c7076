//! What a server says.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{
    Object,
    frame::{self, Frame, Malformed},
};

/// A message from server to client. Payloads are JSON as written: whoever wants one reads it.
#[derive(Clone, Debug)]
pub enum ServerMessage<'a> {
    /// Lets the client in.
    ConnectionAck {
        /// Details agreed with the client, an object.
        payload: Option<&'a RawValue>,
    },
    /// Asks for a [`ServerMessage::Pong`] of the other side.
    Ping {
        /// An object; comes back with the pong.
        payload: Option<&'a RawValue>,
    },
    /// Answers a ping, or says unasked that the server lives.
    Pong {
        /// The ping's.
        payload: Option<&'a RawValue>,
    },
    /// A result of an operation that runs.
    Next {
        /// Which one.
        id: Cow<'a, str>,
        /// A GraphQL response, an object.
        payload: &'a RawValue,
    },
    /// Ends an operation: it was refused, or failed as a whole.
    Error {
        /// Which one.
        id: Cow<'a, str>,
        /// GraphQL errors: a list of at least one.
        payload: &'a RawValue,
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
        let frame = Frame::read(text)?;
        Ok(match frame.kind()?.as_str() {
            "connection_ack" => Self::ConnectionAck { payload: frame.details()? },
            "ping" => Self::Ping { payload: frame.details()? },
            "pong" => Self::Pong { payload: frame.details()? },
            "next" => Self::Next { id: frame.id()?.into(), payload: response(&frame)? },
            "error" => Self::Error { id: frame.id()?.into(), payload: errors(frame.payload)? },
            "complete" => Self::Complete { id: frame.id()?.into() },
            other => return Err(Malformed::expected("type", "one that a server sends", other)),
        })
    }

    /// Writes a text frame.
    pub fn encode(&self) -> String {
        match self {
            Self::ConnectionAck { payload } => {
                frame::write(None, "connection_ack", payload.map(RawValue::get))
            }
            Self::Ping { payload } => frame::write(None, "ping", payload.map(RawValue::get)),
            Self::Pong { payload } => frame::write(None, "pong", payload.map(RawValue::get)),
            Self::Next { id, payload } => next(id, payload.get()),
            Self::Error { id, payload } => error(id, payload.get()),
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

fn response<'a>(frame: &Frame<'a>) -> Result<&'a RawValue, Malformed> {
    frame.details()?.ok_or_else(|| Malformed::expected("payload", "an object", "nothing"))
}

/// A non-empty list of objects with a text `message` (GraphQL, section 7.1.5).
fn errors(payload: Option<&RawValue>) -> Result<&RawValue, Malformed> {
    const WANTED: &str = "a list of errors with messages";
    let payload = payload.ok_or_else(|| Malformed::expected("payload", WANTED, "nothing"))?;
    let told = |error: &Object| error.get("message").is_some_and(|message| message.is_string());
    match serde_json::from_str::<Vec<Object>>(payload.get()) {
        Ok(errors) if errors.is_empty() => Err(Malformed::expected("payload", WANTED, "an empty one")),
        Ok(errors) if errors.iter().all(told) => Ok(payload),
        Ok(_) => Err(Malformed::expected("payload", WANTED, "one without")),
        Err(_) => Err(frame::wrong("payload", WANTED, payload)),
    }
}
