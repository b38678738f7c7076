//! The output types of the schema.

use async_graphql::{Context, Enum, ID, Json, Object, Result, SimpleObject};

use super::{
    connection::{AlertConnection, ListArgs, Most, cost},
    input::AlertFilter,
    scalar::{DateTime, Position},
};
use crate::{
    domain,
    server::{
        alerts::Refusal,
        store::{List, Snapshot},
    },
};

/// How much an alert matters, as its publisher sees it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::Severity")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Something went well.
    Success,
    /// Something may go wrong.
    Warning,
    /// Act now.
    Critical,
}

/// A person who has an inbox.
#[derive(SimpleObject)]
pub struct User {
    /// The host application's id.
    pub id: ID,
    /// The name to show.
    pub name: String,
    /// A picture.
    pub avatar_url: Option<String>,
}

impl From<domain::User> for User {
    fn from(user: domain::User) -> Self {
        Self { id: user.id.as_str().into(), name: user.name, avatar_url: user.avatar_url }
    }
}

/// Who caused an alert.
#[derive(SimpleObject)]
pub struct Actor {
    /// The host application's id of the actor.
    pub id: Option<ID>,
    /// The name to show.
    pub name: String,
    /// A picture.
    pub avatar_url: Option<String>,
}

/// What a field costs that may hold thousands of characters: with it an answer, whatever it repeats, has a few
/// megabytes at most.
const LONG: usize = 10;

/// An alert, as the schema shows it.
pub struct Alert(pub domain::Alert);

/// One thing one person should know.
#[Object]
impl Alert {
    /// A UUID. It names the alert and orders nothing.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }
    /// The inbox's revision that last changed it: of two versions the higher one is newer.
    async fn revision(&self) -> domain::Revision {
        self.0.revision
    }
    /// The inbox's revision that raised it or, where it was put off, in which it came back. Lists run by it,
    /// highest first.
    async fn created_revision(&self) -> domain::Revision {
        self.0.created_revision
    }
    /// What sort of thing happened, in the publisher's words.
    async fn kind(&self) -> &str {
        &self.0.kind
    }
    /// How much it matters.
    async fn severity(&self) -> Severity {
        self.0.severity.into()
    }
    /// One line of plain text.
    async fn title(&self) -> &str {
        &self.0.title
    }
    /// Plain text; may be empty.
    #[graphql(complexity = "LONG")]
    async fn body(&self) -> &str {
        &self.0.body
    }
    /// Where it leads: http, https, or a path of the host.
    #[graphql(complexity = "LONG / 2")]
    async fn link(&self) -> Option<&str> {
        self.0.link.as_deref()
    }
    /// Who caused it.
    #[graphql(complexity = "LONG / 2 + child_complexity")]
    async fn actor(&self) -> Option<Actor> {
        let actor = self.0.actor.clone()?;
        Some(Actor { id: actor.id.map(ID), name: actor.name, avatar_url: actor.avatar_url })
    }
    /// The publisher's own data, passed through.
    #[graphql(complexity = "LONG")]
    async fn data(&self) -> Option<Json<&serde_json::Value>> {
        self.0.data.as_ref().map(Json)
    }
    /// When it was raised. Orders nothing.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }
    /// When it was read; null while unread.
    async fn read_at(&self) -> Option<DateTime> {
        self.0.read_at.map(DateTime)
    }
    /// When it was put away; null while it is not in the archive.
    async fn archived_at(&self) -> Option<DateTime> {
        self.0.archived_at.map(DateTime)
    }
    /// Until when it is put off; null while it is not.
    async fn snoozed_until(&self) -> Option<DateTime> {
        self.0.snoozed_until.map(DateTime)
    }
    /// When it falls due to leave, wherever it is.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires_at.map(DateTime)
    }
}

/// The numbers of an inbox, each of them absolute.
#[derive(SimpleObject)]
pub struct Counts {
    /// How many alerts in the inbox are unread and came, or came back, since the person looked at it last.
    pub unseen: u32,
    /// How many alerts in the inbox are unread.
    pub unread: u32,
    /// How many are in the archive.
    pub archived: u32,
    /// How many are put off.
    pub snoozed: u32,
}

impl From<domain::Counts> for Counts {
    fn from(counts: domain::Counts) -> Self {
        let domain::Counts { unseen, unread, archived, snoozed } = counts;
        Self { unseen, unread, archived, snoozed }
    }
}

/// All alerts of one person. Everything one answer says of it was read at one moment.
pub struct Inbox {
    /// What was read.
    pub snapshot: Snapshot,
    /// What was asked for, in the same order as the snapshot's lists.
    pub lists: Vec<List>,
}

/// All alerts of whoever is asking, and how many they are: one moment of it.
#[Object]
impl Inbox {
    /// How many alerts in it are unread: `counts.unread`.
    async fn unread_count(&self) -> u32 {
        self.snapshot.standing.counts.unread
    }
    /// Its numbers.
    async fn counts(&self) -> Counts {
        self.snapshot.standing.counts.into()
    }
    /// Rises with every change of the inbox.
    async fn revision(&self) -> domain::Revision {
        self.snapshot.standing.position.revision
    }
    /// What to hand to `inboxChanged` to go on from here.
    async fn position(&self) -> Position {
        Position(self.snapshot.standing.position.to_string())
    }
    /// The alerts, newest first; stable while new ones come in. By default the first 20; at most 100.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn alerts(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<AlertFilter>,
    ) -> Result<AlertConnection> {
        let list = ListArgs { first, after, last, before, filter }.list(Most::of(ctx))?;
        let place = self.lists.iter().position(|asked| *asked == list);
        let listed = place.and_then(|place| self.snapshot.lists.get(place));
        listed.map(AlertConnection::of).ok_or_else(|| "alerts were not loaded".into())
    }
}

/// What kind of refusal it is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum ProblemCode {
    /// The field is not as it must be.
    Invalid,
    /// There is no such thing in this inbox.
    NotFound,
    /// It contradicts something that is already there.
    Conflict,
}

/// An expected refusal, as data.
#[derive(SimpleObject)]
pub struct Problem {
    /// What kind of refusal.
    pub code: ProblemCode,
    /// The input field it is about.
    pub field: Option<String>,
    /// A sentence for a person.
    pub message: String,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        let (code, field) = match refusal {
            Refusal::Invalid(invalid) => (ProblemCode::Invalid, Some(invalid.field)),
            Refusal::NotFound => (ProblemCode::NotFound, Some("id")),
            Refusal::KeyTaken => (ProblemCode::Conflict, Some("idempotencyKey")),
        };
        Self { code, field: field.map(str::to_owned), message }
    }
}

/// What came of raising an alert.
#[derive(SimpleObject, Default)]
pub struct CreateAlertPayload {
    /// The alert as it stands.
    pub alert: Option<Alert>,
    /// Why it was not raised.
    pub problem: Option<Problem>,
}

/// What came of a change to one alert.
#[derive(SimpleObject, Default)]
pub struct AlertPayload {
    /// The alert after it; null when it was deleted.
    pub alert: Option<Alert>,
    /// The inbox after it.
    pub inbox: Option<Inbox>,
    /// Why it was not changed.
    pub problem: Option<Problem>,
}

/// What came of a change to many alerts.
#[derive(SimpleObject, Default)]
pub struct InboxPayload {
    /// The inbox after it.
    pub inbox: Option<Inbox>,
    /// Why nothing was changed.
    pub problem: Option<Problem>,
}
