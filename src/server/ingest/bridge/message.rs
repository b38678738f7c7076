//! One message of the source design: an alert of a neighbour's, or that one was read there.

use serde_json::{Map, Value};

use crate::{
    domain::{Actor, Invalid, NewAlert, UserId, new_alert::Draft},
    server::{
        broker::neighbour::{Event, VIA},
        ingest::field::{self, MOST_BYTES},
    },
};

/// The kind of an alert whose source has no such word.
const KIND: &str = "alert";

/// What a message tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// An alert. Its source's id, if it has one, is its key.
    Added(Box<NewAlert>),
    /// The alert of this name was read.
    Read(String),
}

/// Why a message is not one. Nothing of what it holds is repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum NotAMessage {
    #[error("its channel does not end with a user id")]
    Channel,
    #[error("it has {0} bytes, and {MOST_BYTES} is the most")]
    TooLarge(usize),
    #[error("it is not a JSON object with an object in the member that its channel names")]
    Shape,
    #[error("recipientId is not the one that its channel names")]
    Recipient,
    #[error(transparent)]
    Field(#[from] Invalid),
}

/// What was published on a channel, and whose it is. None: Belfry itself said it.
///
/// # Errors
/// It will not do.
pub fn parse(channel: &[u8], payload: &[u8]) -> Result<Option<(UserId, Message)>, NotAMessage> {
    let (event, user) = addressed(channel).ok_or(NotAMessage::Channel)?;
    if payload.len() > MOST_BYTES {
        return Err(NotAMessage::TooLarge(payload.len()));
    }
    let mut outer: Map<String, Value> = serde_json::from_slice(payload).map_err(|_| NotAMessage::Shape)?;
    let Some(Value::Object(told)) = outer.remove(event.name()) else { return Err(NotAMessage::Shape) };
    let told = Told(told);
    if told.0.get("via").is_some_and(|via| via == VIA) {
        return Ok(None);
    }
    if told.name("recipientId")?.is_some_and(|id| id != user.as_str()) {
        return Err(NotAMessage::Recipient);
    }
    let message = match event {
        Event::Added => Message::Added(Box::new(told.alert(&user)?)),
        Event::Read => Message::Read(told.key(&user)?),
    };
    Ok(Some((user, message)))
}

/// Which event a channel carries, and whose.
fn addressed(channel: &[u8]) -> Option<(Event, UserId)> {
    let channel = str::from_utf8(channel).ok()?;
    let (name, user) = channel.split_once('-')?;
    let event = Event::ALL.into_iter().find(|event| event.name() == name)?;
    Some((event, user.parse().ok()?))
}

/// The alert of a message. Members that Belfry does not know are its source's own.
struct Told(Map<String, Value>);

impl Told {
    fn alert(mut self, user: &UserId) -> Result<NewAlert, Invalid> {
        let severity = self.text("severity")?.map(|text| field::severity(&text)).transpose()?;
        let expires_at = self.text("expiresAt")?.map(|text| field::moment(&text)).transpose()?;
        let key = self.name("id")?;
        let draft = Draft {
            recipient_id: user.as_str().to_owned(),
            kind: self.text("kind")?.unwrap_or_else(|| KIND.to_owned()),
            severity: severity.unwrap_or_default(),
            title: self.text("title")?.ok_or_else(|| Invalid::new("title", "is missing"))?,
            body: self.text("body")?.unwrap_or_default(),
            link: self.text("link")?,
            actor: self.actor()?,
            data: self.0.remove("data").filter(|data| !data.is_null()),
            expires_at,
            idempotency_key: key,
        };
        NewAlert::parse(draft).map_err(by_its_name)
    }

    /// The id alone: what cannot be an alert's is not looked for.
    fn key(&self, user: &UserId) -> Result<String, Invalid> {
        let draft = Draft {
            recipient_id: user.as_str().to_owned(),
            kind: KIND.to_owned(),
            title: KIND.to_owned(),
            idempotency_key: self.name("id")?,
            ..Draft::default()
        };
        let alert = NewAlert::parse(draft).map_err(by_its_name)?;
        alert.idempotency_key.ok_or_else(|| Invalid::new("id", "is missing"))
    }

    fn actor(&self) -> Result<Option<Actor>, Invalid> {
        let actor = match self.0.get("actor") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Object(actor)) => Self(actor.clone()),
            Some(_) => return Err(Invalid::new("actor", "must be an object")),
        };
        let name = actor.text("name")?.ok_or_else(|| Invalid::new("actor", "has no name"))?;
        Ok(Some(Actor { id: actor.name("id")?, name, avatar_url: actor.text("avatarUrl")? }))
    }

    fn text(&self, field: &'static str) -> Result<Option<String>, Invalid> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Invalid::new(field, "must be text")),
        }
    }

    /// A text that names something; databases of others count from 1.
    fn name(&self, field: &'static str) -> Result<Option<String>, Invalid> {
        match self.0.get(field) {
            Some(Value::Number(number)) if number.is_i64() || number.is_u64() => Ok(Some(number.to_string())),
            _ => self.text(field),
        }
    }
}

/// The key is the id that the source wrote.
fn by_its_name(invalid: Invalid) -> Invalid {
    match invalid.field {
        "idempotencyKey" => Invalid { field: "id", ..invalid },
        _ => invalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_the_id_of_an_alert_is_looked_for() {
        let read =
            |id: &str| parse(b"alertRead-ada", format!(r#"{{"alertRead": {{"id": {id}}}}}"#).as_bytes());
        let (_, message) = read("17").unwrap().unwrap();
        assert_eq!(message, Message::Read("17".to_owned()));
        for id in [r#""\u0000""#, r#""a\nb""#, r#""""#, "null", "1.5", &format!("{:?}", "x".repeat(256))] {
            assert!(matches!(read(id), Err(NotAMessage::Field(Invalid { field: "id", .. }))), "{id}");
        }
    }
}
