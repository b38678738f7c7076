//! What a client says.

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use super::frame::{self, Frame, Malformed};
use crate::live::json::quote;

/// A JSON object.
pub type Object = Map<String, Value>;

/// A message from client to server.
#[derive(Clone, Debug)]
pub enum ClientMessage {
    /// Asks to be let in; the payload may carry credentials.
    ConnectionInit {
        /// Details agreed with the server.
        payload: Option<Object>,
    },
    /// Asks for a [`ClientMessage::Pong`] of the other side.
    Ping {
        /// Comes back with the pong, letter by letter.
        payload: Option<Box<RawValue>>,
    },
    /// Answers a ping, or says unasked that the client lives.
    Pong {
        /// The ping's.
        payload: Option<Box<RawValue>>,
    },
    /// Starts an operation.
    Subscribe {
        /// Names it as long as it runs; never empty.
        id: String,
        /// What to run.
        payload: Request,
    },
    /// Has heard enough of an operation.
    Complete {
        /// Which one.
        id: String,
    },
}

/// A GraphQL request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// The document.
    pub query: String,
    /// Which of the document's operations; needed when it has several.
    pub operation_name: Option<String>,
    /// The variables' values.
    pub variables: Option<Object>,
    /// What the protocol leaves to the two ends.
    pub extensions: Option<Object>,
}

impl ClientMessage {
    /// Reads a text frame.
    pub fn decode(text: &str) -> Result<Self, Malformed> {
        let frame = Frame::read(text)?;
        Ok(match frame.kind()?.as_str() {
            "connection_init" => Self::ConnectionInit { payload: frame::object(frame.payload, "payload")? },
            "ping" => Self::Ping { payload: frame.details()?.map(ToOwned::to_owned) },
            "pong" => Self::Pong { payload: frame.details()?.map(ToOwned::to_owned) },
            "subscribe" => Self::Subscribe { id: frame.id()?, payload: Request::read(frame.payload)? },
            "complete" => Self::Complete { id: frame.id()? },
            other => return Err(Malformed::expected("type", "one that a client sends", other)),
        })
    }
}

/// Writes a `connection_init`, with credentials that are a JSON object.
pub fn connection_init(credentials: Option<&str>) -> String {
    frame::write(None, "connection_init", credentials)
}

/// Writes a `ping`.
pub fn ping() -> String {
    frame::write(None, "ping", None)
}

/// Writes a `pong` around a payload that is JSON already: a ping's comes back as it was written.
pub fn pong(payload: Option<&str>) -> String {
    frame::write(None, "pong", payload)
}

/// Writes a `subscribe`; the variables are a JSON object.
pub fn subscribe(id: &str, query: &str, variables: &str) -> String {
    let payload = format!(r#"{{"query":{},"variables":{variables}}}"#, quote(query));
    frame::write(Some(id), "subscribe", Some(&payload))
}

/// Writes a `complete`.
pub fn complete(id: &str) -> String {
    frame::write(Some(id), "complete", None)
}

/// The members of a [`Request`], still as text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members<'a> {
    #[serde(borrow)]
    query: Option<&'a RawValue>,
    #[serde(borrow)]
    operation_name: Option<&'a RawValue>,
    #[serde(borrow)]
    variables: Option<&'a RawValue>,
    #[serde(borrow)]
    extensions: Option<&'a RawValue>,
}

impl Request {
    fn read(payload: Option<&RawValue>) -> Result<Self, Malformed> {
        let members: Members<'_> = frame::members(payload.map_or("null", RawValue::get), "payload")?;
        let query = frame::string(members.query, "payload.query")?;
        Ok(Self {
            query: query.ok_or_else(|| Malformed::expected("payload.query", "a string", "nothing"))?,
            operation_name: frame::string(members.operation_name, "payload.operationName")?,
            variables: frame::object(members.variables, "payload.variables")?,
            extensions: frame::object(members.extensions, "payload.extensions")?,
        })
    }
}
