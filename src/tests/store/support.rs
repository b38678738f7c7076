//! A store of its own for every test, and short words for what tests do with it.

use std::{sync::Arc, time::Duration};

use belfry::{
    domain::{Act, Alert, AlertId, Change, Counts, Filter, NewAlert, Place, Position, Severity, UserId},
    server::store::{Lasting, List, Marked, NewSession, Raised, Replay, Store, Window},
};
use uuid::Uuid;

use crate::support::database::Database;

/// A store on a database of its own.
pub struct House {
    pub store: Arc<dyn Store>,
    pub database: Database,
}

impl House {
    pub async fn new() -> Self {
        Self::on(Database::new()).await
    }

    pub async fn on(database: Database) -> Self {
        Self { store: database.open().await, database }
    }

    /// Raises an alert and gives the change.
    pub async fn raise(&self, alert: &NewAlert) -> Change {
        new(self.store.raise("test", fresh(), alert).await.unwrap())
    }

    /// Raises some alerts for a person; their ids, oldest first.
    pub async fn raise_some(&self, user: &UserId, count: usize) -> Vec<AlertId> {
        let mut ids = Vec::new();
        for _ in 0..count {
            ids.push(self.raise(&alert(user)).await.ids[0]);
        }
        ids
    }

    /// Raises many alerts at once for a person who has none yet, past the store and without a log.
    pub async fn fill(&self, user: &UserId, count: usize) {
        self.store.ensure_person(user, None).await.unwrap();
        self.database.fill(user.as_str(), count).await;
    }

    /// Marks an alert that is there read, or unread again.
    pub async fn mark(&self, user: &UserId, id: AlertId, read: bool) -> Marked {
        self.act(user, id, if read { Act::Read } else { Act::Unread }).await
    }

    /// Does something with an alert that is there.
    pub async fn act(&self, user: &UserId, id: AlertId, act: Act) -> Marked {
        self.store.mark(user, id, act, &[]).await.unwrap().unwrap()
    }

    pub async fn counts(&self, user: &UserId) -> Counts {
        self.store.standing(user).await.unwrap().counts
    }

    pub async fn head(&self, user: &UserId) -> Position {
        self.store.standing(user).await.unwrap().position
    }

    pub async fn unread(&self, user: &UserId) -> u32 {
        self.counts(user).await.unread
    }

    /// The whole inbox, newest first.
    pub async fn inbox(&self, user: &UserId) -> Vec<Alert> {
        self.at(user, Place::Inbox).await
    }

    /// All of a place, newest first.
    pub async fn at(&self, user: &UserId, place: Place) -> Vec<Alert> {
        let all = list(at(place), 10_000);
        self.store.snapshot(user, &[all]).await.unwrap().lists.remove(0).alerts
    }

    /// Keeps a session of a person's that is good for a minute.
    pub async fn sign_in(&self, id: &str, user: &UserId) {
        self.store.ensure_person(user, None).await.unwrap();
        assert!(self.store.create_session(&session(id, user), LASTING).await.unwrap());
    }

    /// Keeps one that expired so many seconds ago.
    pub async fn sign_in_before(&self, id: &str, user: &UserId, ago: u32) {
        self.sign_in(id, user).await;
        self.database.expire_session(id, ago).await;
    }

    pub async fn changes_after(&self, user: &UserId, after: Position) -> Vec<Change> {
        match self.store.replay(user, Some(after)).await.unwrap() {
            Replay::Changes(changes) => changes,
            other => panic!("expected all changes, got {other:?}"),
        }
    }
}

/// How long sessions last in these tests.
pub const LASTING: Lasting =
    Lasting { unused: Duration::from_secs(60), longest: Duration::from_secs(60 * 60) };

/// A session of a person's, which holds its own id.
pub fn session<'a>(id: &'a str, user: &'a UserId) -> NewSession<'a> {
    NewSession { id, user: Some(user), data: id, ..NewSession::default() }
}

pub fn user(id: &str) -> UserId {
    id.parse().unwrap()
}

/// An alert id nobody used before.
pub fn fresh() -> AlertId {
    AlertId(Uuid::from_bytes(rand::random()))
}

pub fn alert(recipient: &UserId) -> NewAlert {
    NewAlert {
        recipient: recipient.clone(),
        kind: "mention".into(),
        severity: Severity::Info,
        title: "Grace mentioned you".into(),
        body: String::new(),
        link: None,
        actor: None,
        data: None,
        expires_at: None,
        idempotency_key: None,
    }
}

pub fn keyed(recipient: &UserId, key: &str) -> NewAlert {
    NewAlert { idempotency_key: Some(key.into()), ..alert(recipient) }
}

/// The change of an alert that is new.
pub fn new(raised: Raised) -> Change {
    match raised {
        Raised::New(change) => *change,
        other => panic!("not new: {other:?}"),
    }
}

pub fn list(filter: Filter, count: u32) -> List {
    List { filter, window: Window::First { count, after: None, before: None } }
}

pub fn at(place: Place) -> Filter {
    Filter { place, ..Filter::default() }
}

pub fn unread() -> Filter {
    Filter { unread: Some(true), ..Filter::default() }
}
