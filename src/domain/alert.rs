//! One thing one person should know.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Place, Revision, State};

/// A UUIDv7. It names an alert and orders nothing: revisions do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AlertId(pub Uuid);

/// Why a text is not an [`AlertId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not an alert id (a UUID such as 0190a0b0-0000-7000-8000-000000000000)")]
pub struct InvalidAlertId;

impl FromStr for AlertId {
    type Err = InvalidAlertId;

    /// Takes the form that [`AlertId`] is written in and no other, so that one alert has one text.
    fn from_str(text: &str) -> Result<Self, InvalidAlertId> {
        let hyphenated = text.len() == uuid::fmt::Hyphenated::LENGTH;
        if !hyphenated || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(InvalidAlertId);
        }
        Uuid::try_parse(text).map(Self).map_err(|_| InvalidAlertId)
    }
}

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How much an alert matters, as its publisher sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// Good to know.
    #[default]
    Info,
    /// Something went well.
    Success,
    /// Something may go wrong.
    Warning,
    /// Act now.
    Critical,
}

impl Severity {
    /// All of them, mildest first.
    pub const ALL: [Self; 4] = [Self::Info, Self::Success, Self::Warning, Self::Critical];

    /// The name on the wire, in the store and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Success => "SUCCESS",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
        }
    }

    /// The severity of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == name)
    }
}

/// Who caused an alert. Need not be a user of Belfry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    /// The host application's id of the actor.
    pub id: Option<String>,
    /// The name to show.
    pub name: String,
    /// A picture: http, https, or a path of the host.
    pub avatar_url: Option<String>,
}

/// An alert as it stands in its inbox. The serde form is the one of the GraphQL type `Alert`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// Its name for life.
    pub id: AlertId,
    /// The inbox's revision that last changed it: of two versions the higher one is newer.
    pub revision: Revision,
    /// The inbox's revision that raised it or, where it was put off, in which it came back. Lists run by it,
    /// highest first.
    pub created_revision: Revision,
    /// What sort of thing happened, in the publisher's words.
    pub kind: String,
    /// How much it matters.
    pub severity: Severity,
    /// One line of plain text.
    pub title: String,
    /// Plain text; may be empty.
    #[serde(default)]
    pub body: String,
    /// Where it leads: http, https, or a path of the host.
    pub link: Option<String>,
    /// Who caused it.
    pub actor: Option<Actor>,
    /// The publisher's own data, passed through.
    #[serde(default)]
    pub data: Option<serde_json::Value>,
    /// When it was raised, by the database's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was read; none while unread.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub read_at: Option<OffsetDateTime>,
    /// When it was put away; none while it is not in the archive.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub archived_at: Option<OffsetDateTime>,
    /// Until when it is put off; none while it is not.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub snoozed_until: Option<OffsetDateTime>,
    /// When it falls due to leave, wherever it is.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
}

impl Alert {
    /// Whether it is unread.
    pub fn is_unread(&self) -> bool {
        self.read_at.is_none()
    }

    /// Where it is.
    pub fn place(&self) -> Place {
        match (self.archived_at, self.snoozed_until) {
            (Some(_), _) => Place::Archive,
            (None, Some(_)) => Place::Snoozed,
            (None, None) => Place::Inbox,
        }
    }

    /// What its reader has done with it.
    pub fn state(&self) -> State {
        State { unread: self.is_unread(), place: Some(self.place()) }
    }

    /// It as it was raised, whatever its reader has done since: that is not its publisher's to know.
    #[must_use]
    pub fn into_raised(self) -> Self {
        let revision = self.created_revision;
        Self { revision, read_at: None, archived_at: None, snoozed_until: None, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_has_one_text() {
        let id = "0190a0b0-00ab-7000-8000-00000000cdef";
        assert_eq!(id.parse::<AlertId>().map(|id| id.to_string()), Ok(id.to_owned()));
        let braced = format!("{{{id}}}");
        for other in [&*id.to_uppercase(), &id.replace('-', ""), &braced, &id.replace("cdef", "cdeg"), ""] {
            assert_eq!(other.parse::<AlertId>(), Err(InvalidAlertId), "{other}");
        }
    }
}
