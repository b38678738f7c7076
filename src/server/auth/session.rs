//! Cookie sessions, kept in our own store.
//!
//! Ending one takes a revision in its person's log, in the same transaction: whatever is committed
//! later is not delivered to its sockets, and they are closed.

use std::sync::Arc;

use std::collections::HashMap;

use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, SessionStore,
    cookie::SameSite,
    session::{Id, Record},
    session_store::{Error, Result},
};

use super::{Auth, AuthError, Looks, Person};
use crate::{
    domain::UserId,
    server::{
        broker::Broker,
        store::{Store, StoreError, right_of_session},
    },
};

/// The cookie's name.
const COOKIE: &str = "belfry";
/// What a session says of its person.
const USER: &str = "user";
/// When its end was last put off, in seconds since 1970.
const EXTENDED: &str = "extended";
/// How long an unused session lasts.
const IDLE: Duration = Duration::days(30);
/// How long its use puts nothing off, so that it costs no write each time.
const SETTLED: Duration = Duration::days(1);

/// Sessions in the store, as the sessions library wants them.
#[derive(Clone)]
pub struct Sessions {
    store: Arc<dyn Store>,
    looks: Looks,
    broker: Arc<dyn Broker>,
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sessions")
    }
}

/// The layer that gives every request its session. `secure` asks browsers for TLS.
pub fn layer(auth: &Auth, broker: Arc<dyn Broker>, secure: bool) -> SessionManagerLayer<Sessions> {
    let Auth { store, looks, .. } = auth.clone();
    SessionManagerLayer::new(Sessions { store, looks, broker })
        .with_name(COOKIE)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(secure)
        .with_expiry(Expiry::OnInactivity(IDLE))
}

/// Signs a person in: under a new id, so that one that was planted before is worth nothing.
///
/// # Errors
/// The store's.
pub async fn sign_in(
    session: &Session,
    user: &UserId,
) -> std::result::Result<(), tower_sessions::session::Error> {
    session.cycle_id().await?;
    session.insert(USER, user).await?;
    extend(session).await
}

/// Puts the end of a session off that is in use. What is changed here the library saves when the
/// request is answered, and sends the cookie anew with it.
async fn extend(session: &Session) -> std::result::Result<(), tower_sessions::session::Error> {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let last: Option<i64> = session.get(EXTENDED).await?;
    if last.is_none_or(|last| now - last > SETTLED.whole_seconds()) {
        session.insert(EXTENDED, now).await?;
    }
    Ok(())
}

/// Signs out, on every socket of this session too.
///
/// # Errors
/// The store's.
pub async fn sign_out(session: &Session) -> std::result::Result<(), tower_sessions::session::Error> {
    session.flush().await
}

/// The person of a request's session.
pub(super) async fn person(parts: &Parts) -> std::result::Result<Option<Person>, AuthError> {
    let Some(session) = parts.extensions.get::<Session>() else { return Ok(None) };
    let Some(user) = session.get(USER).await? else { return Ok(None) };
    extend(session).await?;
    let right = session.id().map(|id| right_of_session(&id.to_string()));
    Ok(Some(Person { id: user, right, ends_at: None }))
}

fn decode(error: &serde_json::Error) -> Error {
    Error::Decode(error.to_string())
}

fn fault(error: &StoreError) -> Error {
    Error::Backend(error.to_string())
}

/// What the store keeps of a session: all but its id, which is as good as a password.
#[derive(Serialize, Deserialize)]
struct Kept {
    data: HashMap<String, Value>,
    expiry_date: OffsetDateTime,
}

fn parts(record: &Record) -> Result<(String, Option<UserId>, String)> {
    let user = record.data.get(USER).and_then(|user| user.as_str()).and_then(|user| user.parse().ok());
    let kept = Kept { data: record.data.clone(), expiry_date: record.expiry_date };
    let data = serde_json::to_string(&kept).map_err(|error| Error::Encode(error.to_string()))?;
    Ok((record.id.to_string(), user, data))
}

#[async_trait::async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        loop {
            let (id, user, data) = parts(record)?;
            let created = self.store.create_session(&id, user.as_ref(), &data, record.expiry_date).await;
            if created.map_err(|error| fault(&error))? {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    /// Only a session whose end is put off is saved a second time: nothing fails because of that.
    async fn save(&self, record: &Record) -> Result<()> {
        let (id, user, data) = parts(record)?;
        let saved = self.store.save_session(&id, user.as_ref(), &data, record.expiry_date).await;
        if let Err(error) = saved {
            tracing::warn!(%error, "the end of a session was not put off");
        }
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let right = right_of_session(&id.to_string());
        let data = self.looks.session(right).await.map_err(|error| fault(&error))?;
        let kept: Option<Kept> =
            data.map(|data| serde_json::from_str(&data)).transpose().map_err(|error| decode(&error))?;
        Ok(kept.map(|Kept { data, expiry_date }| Record { id: *id, data, expiry_date }))
    }

    /// In a task of its own: a request that is dropped half-way can neither keep a session from
    /// ending nor its end from being told.
    async fn delete(&self, id: &Id) -> Result<()> {
        let (this, id) = (self.clone(), id.to_string());
        let ended = tokio::spawn(async move {
            if let Some(change) = this.store.end_session(&id).await? {
                this.broker.publish(change);
            }
            Ok(())
        });
        match ended.await {
            Ok(ended) => ended.map_err(|error: StoreError| fault(&error)),
            Err(died) => Err(Error::Backend(died.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::server::{
        broker::Memory,
        store::{self, Pool},
    };

    #[tokio::test]
    async fn a_logout_whose_request_was_dropped_ends_the_session_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("b.db").display());
        let (store, broker) =
            (store::open(&url, Pool::default()).await.unwrap(), Arc::new(Memory::default()));
        let looks = Looks::at(store.clone());
        let sessions = Sessions { store: store.clone(), looks, broker: broker.clone() };
        let (id, ada): (_, UserId) = (Id::default(), "ada".parse().unwrap());
        let name = id.to_string();
        store.ensure_person(&ada, None).await.unwrap();
        let until = OffsetDateTime::now_utc() + IDLE;
        assert!(store.create_session(&name, Some(&ada), "{}", until).await.unwrap());
        let ended = broker.hub().ended(&ada, right_of_session(&name));
        assert!(sessions.delete(&id).now_or_never().is_none());
        tokio::time::timeout(std::time::Duration::from_secs(20), ended).await.unwrap();
        assert_eq!(store.load_session(&name).await.unwrap(), None);
    }
}
