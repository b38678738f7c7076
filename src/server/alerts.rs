//! What can be done with alerts: raise, read, list. The store commits first, then the hub hears.

mod leased;

use std::sync::Arc;

use time::OffsetDateTime;
use tokio::task::JoinError;
use tracing::Instrument;
use uuid::Uuid;

use super::{
    broker::{Broker, Detached, Reader, Session, Start},
    store::{List, MOST_READ_AT_ONCE, Marked, Raised, Snapshot, Store, StoreError},
};
use crate::domain::{
    Act, Alert, AlertId, Filter, Invalid, NewAlert, Place, Position, User, UserId, alert::InvalidAlertId,
    new_alert::Draft,
};

/// How long an alert can be put off.
const LONGEST_SNOOZE: time::Duration = time::Duration::days(366);

/// The use cases of alerts. Cloning it is cheap.
#[derive(Clone)]
pub struct Alerts {
    store: Arc<dyn Store>,
    broker: Arc<dyn Broker>,
    reader: Reader,
}

/// An expected no: told to the caller as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A field of the input is not as it must be.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// No such alert in this inbox. Somebody else's alert answers the same.
    #[error("there is no such alert in this inbox")]
    NotFound,
    /// The idempotency key was used for another alert.
    #[error("idempotencyKey was used before for an alert with other content")]
    KeyTaken,
}

/// Why an operation did not happen.
#[derive(Debug, thiserror::Error)]
pub enum AlertsError {
    /// The caller asked for what cannot be.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The task of the operation died.
    #[error("a task of the store ended early: {0}")]
    Task(#[from] JoinError),
}

impl AlertsError {
    /// Whether the same may well succeed a little later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Store(error) if error.may_pass())
    }
}

impl From<Invalid> for AlertsError {
    fn from(invalid: Invalid) -> Self {
        Self::Refused(invalid.into())
    }
}

impl Alerts {
    /// The use cases over a store and what tells of its changes.
    pub fn new(store: Arc<dyn Store>, broker: Arc<dyn Broker>) -> Self {
        // The other connections are for those who do not come back in a storm.
        let log = Detached::new(store.clone(), store.pool_use().most as usize / 3);
        let reader = Reader::new(Arc::new(log));
        Self { store, broker, reader }
    }

    /// Raises an alert. `publisher` is the name space of its idempotency key.
    ///
    /// # Errors
    /// A refusal names the field; a fault is the store's.
    pub async fn raise(&self, publisher: &str, draft: Draft) -> Result<Alert, AlertsError> {
        let new = NewAlert::parse(draft)?;
        let (this, publisher) = (self.clone(), publisher.to_owned());
        let id = AlertId(Uuid::now_v7());
        let raised = to_its_end(async move {
            let raised = this.store.raise(&publisher, id, &new).await?;
            if let Raised::New(change) = &raised {
                this.broker.publish((**change).clone());
            }
            Ok(raised)
        });
        settled(raised.await?)
    }

    /// Does something with one alert, and reads `lists` in the same transaction.
    ///
    /// # Errors
    /// Refused when the id is malformed or no alert of this inbox, or is to be put off until a time that is none.
    pub async fn mark(
        &self,
        user: &UserId,
        id: &str,
        act: Act,
        lists: Vec<List>,
    ) -> Result<Marked, AlertsError> {
        let (id, act) = (parse_id(id)?, checked(act)?);
        let (this, user) = (self.clone(), user.clone());
        let marked = to_its_end(async move {
            let marked = this.store.mark(&user, id, act, &lists).await?;
            this.tell(marked.as_ref());
            Ok(marked)
        });
        marked.await?.ok_or(Refusal::NotFound.into())
    }

    /// Marks everything that fits `filter` read, up to the position the person could see. Where that is
    /// more than others should wait for, in several revisions; the answer is of the last.
    ///
    /// # Errors
    /// Refused when `up_to` is malformed, of another inbox or history, or ahead of this one.
    pub async fn mark_all(
        &self,
        user: &UserId,
        up_to: &str,
        filter: Filter,
        lists: Vec<List>,
    ) -> Result<Marked, AlertsError> {
        let up_to: Position = up_to.parse().map_err(|_| misplaced())?;
        let filter = filter.checked()?;
        let (this, user) = (self.clone(), user.clone());
        let marked = to_its_end(async move {
            loop {
                let marked = this.store.mark_all(&user, up_to, &filter, &lists).await?;
                this.tell(marked.as_ref());
                let change = marked.as_ref().and_then(|marked| marked.change.as_ref());
                if change.is_none_or(|change| change.ids.len() < MOST_READ_AT_ONCE) {
                    return Ok(marked);
                }
            }
        });
        marked.await?.ok_or(misplaced().into())
    }

    /// Takes note that a person has seen their inbox up to a position.
    ///
    /// # Errors
    /// As for [`Alerts::mark_all`].
    pub async fn see(&self, user: &UserId, up_to: &str, lists: Vec<List>) -> Result<Marked, AlertsError> {
        let up_to: Position = up_to.parse().map_err(|_| misplaced())?;
        let (this, user) = (self.clone(), user.clone());
        let marked = to_its_end(async move {
            let marked = this.store.see(&user, up_to, &lists).await?;
            this.tell(marked.as_ref());
            Ok(marked)
        });
        marked.await?.ok_or(misplaced().into())
    }

    /// A person's inbox and some lists of it, read at one moment.
    ///
    /// # Errors
    /// The store's.
    pub async fn inbox(&self, user: &UserId, lists: &[List]) -> Result<Snapshot, AlertsError> {
        Ok(self.store.snapshot(user, lists).await?)
    }

    /// One alert of any place of a person's.
    ///
    /// # Errors
    /// Refused when the id is malformed.
    pub async fn alert(&self, user: &UserId, id: &str) -> Result<Option<Alert>, AlertsError> {
        Ok(self.store.alert(user, parse_id(id)?).await?)
    }

    /// An alert that its reader has taken out of the inbox, and where to; no place: it was thrown away.
    ///
    /// # Errors
    /// Refused when the id is malformed.
    pub async fn away(&self, user: &UserId, id: &str) -> Result<Option<(Alert, Option<Place>)>, AlertsError> {
        let held = self.store.held(user, parse_id(id)?).await?;
        let held = held.map(|(alert, state)| (alert, state.place));
        Ok(held.filter(|(_, place)| *place != Some(Place::Inbox)))
    }

    /// Those of several alerts that are in any place of a person's, in the order of `ids`.
    ///
    /// # Errors
    /// The store's.
    pub async fn several(&self, user: &UserId, ids: &[AlertId]) -> Result<Vec<Alert>, AlertsError> {
        Ok(self.store.alerts(user, ids).await?)
    }

    /// A person by id.
    ///
    /// # Errors
    /// The store's.
    pub async fn person(&self, id: &UserId) -> Result<Option<User>, AlertsError> {
        Ok(self.store.person(id).await?)
    }

    /// Everybody who has an inbox, by id.
    ///
    /// # Errors
    /// The store's.
    pub async fn people(&self) -> Result<Vec<User>, AlertsError> {
        Ok(self.store.people().await?)
    }

    /// Listens to a person's inbox.
    ///
    /// # Errors
    /// The store's.
    pub async fn listen(&self, user: UserId, start: Start) -> Result<Session, AlertsError> {
        Ok(Session::open(self.broker.hub(), self.reader.clone(), user, start).await?)
    }

    fn tell(&self, marked: Option<&Marked>) {
        if let Some(change) = marked.and_then(|marked| marked.change.clone()) {
            self.broker.publish(change);
        }
    }
}

fn settled(raised: Raised) -> Result<Alert, AlertsError> {
    match raised {
        Raised::New(change) => change.alerts.into_iter().next().ok_or(Refusal::NotFound.into()),
        Raised::Again(alert) => Ok(*alert),
        Raised::KeyTaken => Err(Refusal::KeyTaken.into()),
        Raised::Overdue => Err(Invalid::new("expiresAt", "must be in the future").into()),
    }
}

/// Runs a commit and what must follow it in a task of its own: a request that is dropped half-way
/// cannot keep a committed change from being told.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, AlertsError> {
    Ok(tokio::spawn(work.in_current_span()).await??)
}

/// An act that can be. Until when to put off is to the millisecond, as all times in a store.
fn checked(act: Act) -> Result<Act, Invalid> {
    let Act::Snooze(until) = act else { return Ok(act) };
    let ahead = until - OffsetDateTime::now_utc();
    if ahead <= time::Duration::ZERO || ahead > LONGEST_SNOOZE {
        return Err(Invalid::new("until", "must be in the future, and at most 366 days away"));
    }
    Ok(Act::Snooze(until.truncate_to_millisecond()))
}

fn misplaced() -> Invalid {
    Invalid::new("upTo", "must be a position that this inbox gave out")
}

fn parse_id(id: &str) -> Result<AlertId, AlertsError> {
    Ok(id.parse().map_err(|error: InvalidAlertId| Invalid::new("id", error.to_string()))?)
}
