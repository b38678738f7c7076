//! The one JSON object that every message is: reading its members, and writing them.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Object;
use crate::live::json::{kind, quote};

/// Why a frame is no message: what was expected and what was found, short enough for a close frame
/// unless a name in it is long.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

impl Malformed {
    /// Says what `member` should have been.
    pub(super) fn expected(member: &str, wanted: &str, found: &str) -> Self {
        Self([member, ": expected ", wanted, ", found ", found].concat())
    }
}

/// The members a message may have, still as text. A null counts as absent.
#[derive(Deserialize)]
pub(super) struct Frame<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) payload: Option<&'a RawValue>,
}

impl<'a> Frame<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, Malformed> {
        members(text, "message")
    }

    pub(super) fn kind(&self) -> Result<String, Malformed> {
        string(self.kind, "type")?.ok_or_else(|| Malformed::expected("type", "a string", "nothing"))
    }

    /// The operation's id: every message of an operation has one.
    pub(super) fn id(&self) -> Result<String, Malformed> {
        let refused = |found| Err(Malformed::expected("id", "a non-empty string", found));
        match string(self.id, "id")? {
            Some(id) if id.is_empty() => refused("an empty one"),
            Some(id) => Ok(id),
            None => refused("nothing"),
        }
    }

    /// The payload of a message that may carry details, as it was written.
    pub(super) fn details(&self) -> Result<Option<&'a RawValue>, Malformed> {
        match self.payload {
            Some(raw) if !is_object(raw.get()) => Err(wrong("payload", "an object", raw)),
            payload => Ok(payload),
        }
    }
}

/// Reads the members of a JSON object into a derived struct, which alone would take an array too.
pub(super) fn members<'a, T: Deserialize<'a>>(text: &'a str, name: &str) -> Result<T, Malformed> {
    let json = text.trim_start_matches([' ', '\t', '\n', '\r']);
    serde_json::from_str(json).ok().filter(|_| is_object(json)).ok_or_else(|| {
        let found = serde_json::from_str::<&RawValue>(json).map_or("no JSON", |raw| match kind(raw.get()) {
            "an object" => "a member twice",
            other => other,
        });
        Malformed::expected(name, "a JSON object", found)
    })
}

/// A member that is a string, if it is there.
pub(super) fn string(member: Option<&RawValue>, name: &str) -> Result<Option<String>, Malformed> {
    let parse = |raw: &RawValue| serde_json::from_str(raw.get()).map_err(|_| wrong(name, "a string", raw));
    member.map(parse).transpose()
}

/// A member that is an object, if it is there.
pub(super) fn object(member: Option<&RawValue>, name: &str) -> Result<Option<Object>, Malformed> {
    let parse = |raw: &RawValue| serde_json::from_str(raw.get()).map_err(|_| wrong(name, "an object", raw));
    member.map(parse).transpose()
}

/// Whether JSON text without leading blanks is an object.
pub(super) fn is_object(json: &str) -> bool {
    json.starts_with('{')
}

pub(super) fn wrong(name: &str, wanted: &str, found: &RawValue) -> Malformed {
    let found = kind(found.get());
    // The kind fits and still it was refused: a broken escape, a number out of range, too deep.
    let found = if wanted.ends_with(found) { "one that cannot be read" } else { found };
    Malformed::expected(name, wanted, found)
}

/// Writes a message. `payload` is JSON already.
pub(super) fn write(id: Option<&str>, kind: &str, payload: Option<&str>) -> String {
    let room = 32 + kind.len() + id.map_or(0, str::len) + payload.map_or(0, str::len);
    let mut frame = String::with_capacity(room);
    frame.push('{');
    if let Some(id) = id {
        frame.push_str("\"id\":");
        frame.push_str(&quote(id));
        frame.push(',');
    }
    frame.push_str("\"type\":\"");
    frame.push_str(kind);
    frame.push('"');
    if let Some(payload) = payload {
        frame.push_str(",\"payload\":");
        frame.push_str(payload);
    }
    frame.push('}');
    frame
}
