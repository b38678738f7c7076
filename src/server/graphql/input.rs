//! The input types of the schema.

use async_graphql::{Enum, ID, InputObject, Json};

use super::{object::Severity, scalar::DateTime};
use crate::domain::{self, new_alert::Draft};

/// Where an alert can be found.
#[derive(Enum, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[graphql(remote = "domain::Place")]
pub enum Place {
    /// Among what calls for attention.
    #[default]
    Inbox,
    /// Put away.
    Archive,
    /// Put off, to come back by itself.
    Snoozed,
}

/// Which alerts are meant: those that fit every part that is given.
#[derive(InputObject, Default)]
pub struct AlertFilter {
    /// Those that are there.
    #[graphql(default_with = "Place::Inbox")]
    pub place: Place,
    /// Only unread ones, or only read ones.
    pub unread: Option<bool>,
    /// Only these kinds.
    pub kinds: Option<Vec<String>>,
    /// Only these severities.
    pub severities: Option<Vec<Severity>>,
}

impl From<AlertFilter> for domain::Filter {
    fn from(filter: AlertFilter) -> Self {
        let severities = filter.severities.map(|all| all.into_iter().map(Into::into).collect());
        Self { place: filter.place.into(), unread: filter.unread, kinds: filter.kinds, severities }
    }
}

/// Who caused an alert.
#[derive(InputObject)]
pub struct ActorInput {
    /// The host application's id of the actor; 1-64 characters.
    pub id: Option<ID>,
    /// The name to show; 1-100 characters.
    pub name: String,
    /// A picture: http, https, or a path of the host.
    pub avatar_url: Option<String>,
}

/// An alert to raise.
#[derive(InputObject)]
pub struct CreateAlertInput {
    /// Who should know: 1-64 characters of `A-Z a-z 0-9 _ . @ : -`. Need not exist yet.
    pub recipient_id: ID,
    /// What sort of thing happened; 1-64 characters.
    pub kind: String,
    /// One line of plain text; 1-200 characters.
    pub title: String,
    /// Plain text; at most 4,000 characters.
    #[graphql(default)]
    pub body: String,
    /// How much it matters.
    #[graphql(default_with = "Severity::Info")]
    pub severity: Severity,
    /// Where it leads: http, https, or a path of the host.
    pub link: Option<String>,
    /// Who caused it.
    pub actor: Option<ActorInput>,
    /// Passed through; at most 4,096 bytes.
    pub data: Option<Json<serde_json::Value>>,
    /// When it leaves the inbox by itself; must be in the future.
    pub expires_at: Option<DateTime>,
    /// 1-255 characters. The same key with the same content raises one alert, however often sent.
    pub idempotency_key: Option<String>,
}

impl From<CreateAlertInput> for Draft {
    fn from(input: CreateAlertInput) -> Self {
        let actor = input.actor.map(|actor| domain::Actor {
            id: actor.id.map(|id| id.0),
            name: actor.name,
            avatar_url: actor.avatar_url,
        });
        Self {
            recipient_id: input.recipient_id.0,
            kind: input.kind,
            severity: input.severity.into(),
            title: input.title,
            body: input.body,
            link: input.link,
            actor,
            data: input.data.map(|data| data.0),
            expires_at: input.expires_at.map(|at| at.0),
            idempotency_key: input.idempotency_key,
        }
    }
}
