//! One entry of the stream: the fields of `CreateAlertInput`, by their names, as text.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    domain::{Actor, Invalid, NewAlert, new_alert::Draft},
    server::{ingest::field, store},
};

/// An entry as Redis has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The id that Redis gave it.
    pub(super) id: String,
    pub(super) content: Content,
}

/// What there is of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Names and values in turn.
    Fields(Vec<Vec<u8>>),
    /// More than is read: about how many bytes.
    TooLarge(usize),
    /// Somebody took it out of the stream.
    Gone,
}

/// Why an entry will not do: a sentence that names the field and holds nothing of its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub(super) String);

impl From<Invalid> for Refused {
    fn from(invalid: Invalid) -> Self {
        Self(invalid.to_string())
    }
}

/// The alert that an entry raises. Without a key of its own it has its id for one, so that an entry that
/// is read twice is one alert.
///
/// # Errors
/// The first field that will not do.
pub fn parse(id: &str, fields: &[Vec<u8>]) -> Result<NewAlert, Refused> {
    let mut given = Given::read(fields)?;
    let draft = Draft {
        recipient_id: given.must("recipientId")?,
        kind: given.must("kind")?,
        title: given.must("title")?,
        body: given.may("body").unwrap_or_default().to_owned(),
        severity: given.may("severity").map(field::severity).transpose()?.unwrap_or_default(),
        link: given.may("link").map(str::to_owned),
        actor: given.json::<Option<ActorFields>>("actor")?.flatten().map(Into::into),
        data: given.json::<Option<serde_json::Value>>("data")?.flatten(),
        expires_at: given.may("expiresAt").map(field::moment).transpose()?,
        idempotency_key: Some(given.may("idempotencyKey").unwrap_or(id).to_owned()),
    };
    given.nothing_more()?;
    Ok(NewAlert::parse(draft)?)
}

/// The same alert under a key that its content is part of; none if it has a key of its own. Another entry may
/// have named this one's id as its key, and a Redis that lost some entries may give out their ids again.
pub(super) fn told_apart(Entry { id, content }: &Entry) -> Option<NewAlert> {
    let Content::Fields(fields) = content else { return None };
    let mut alert = parse(id, fields).ok()?;
    alert.idempotency_key.take_if(|key| key == id)?;
    alert.idempotency_key = Some(format!("{id} {}", store::name_of_content(&alert)));
    Some(alert)
}

/// The fields that were not read yet.
struct Given<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Given<'a> {
    fn read(fields: &'a [Vec<u8>]) -> Result<Self, Refused> {
        let mut given = BTreeMap::new();
        for pair in fields.chunks(2) {
            let [name, value] = pair else { break };
            let name = str::from_utf8(name).map_err(|_| Refused("a field's name is not UTF-8".to_owned()))?;
            let value =
                str::from_utf8(value).map_err(|_| Refused(format!("{} is not UTF-8", shown(name))))?;
            if given.insert(name, value).is_some() {
                return Err(Refused(format!("{} is there twice", shown(name))));
            }
        }
        Ok(Self(given))
    }

    fn may(&mut self, name: &str) -> Option<&'a str> {
        self.0.remove(name)
    }

    fn must(&mut self, name: &'static str) -> Result<String, Invalid> {
        self.may(name).map(str::to_owned).ok_or_else(|| Invalid::new(name, "is missing"))
    }

    fn json<T: Deserialize<'a>>(&mut self, name: &'static str) -> Result<Option<T>, Invalid> {
        let parsed = self.may(name).map(serde_json::from_str).transpose();
        // What the parser says may hold what it read.
        parsed.map_err(|_| Invalid::new(name, "is not the JSON that it must be"))
    }

    /// As in GraphQL, a field that nobody knows is refused: a name that was misspelt would otherwise be
    /// an alert without it.
    fn nothing_more(&self) -> Result<(), Refused> {
        let unknown = self.0.keys().next();
        unknown.map_or(Ok(()), |name| Err(Refused(format!("{} is no field of an alert", shown(name)))))
    }
}

/// A name that somebody else chose, fit for a line of the log. Where an argument was forgotten a text of the alert
/// stands for one.
fn shown(name: &str) -> &str {
    let is_plain = name.len() <= 32 && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    if is_plain { name } else { "what stands for a field's name" }
}

/// The GraphQL input type `ActorInput` as JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ActorFields {
    id: Option<String>,
    name: String,
    avatar_url: Option<String>,
}

impl From<ActorFields> for Actor {
    fn from(ActorFields { id, name, avatar_url }: ActorFields) -> Self {
        Self { id, name, avatar_url }
    }
}
