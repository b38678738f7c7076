//! Cookie sessions, kept in our own store.
//!
//! Ending one takes a revision in its person's log, in the same transaction: whatever is committed
//! later is not delivered to its sockets, and they are closed. When one ends by itself is judged by the
//! database's clock, never by a node's.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    http::{HeaderValue, header::SET_COOKIE, request::Parts},
    response::Response,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, SessionStore,
    cookie::SameSite,
    session::{Id, Record},
    session_store::{Error, Result},
};

use super::{Auth, AuthError, Looks, Person, Proven, Uses, account::told, browser};
use crate::{
    domain::UserId,
    server::{
        broker::Broker,
        store::{Lasting, NewSession, Store, StoreError, right_of_session},
    },
};

/// The cookie's name where there is TLS: browsers take one of this prefix from this very host alone, over TLS
/// alone and for all of its paths (RFC 6265bis, section 4.1.3.2).
const SECURE: &str = "__Host-belfry";
/// The cookie's name without TLS.
const PLAIN: &str = "belfry";

/// What a session says of its person.
const USER: &str = "user";
/// When it ends by itself. Only in memory, as what follows.
const ENDS: &str = "ends";
/// The browser, in a few words.
const BROWSER: &str = "browser";
/// The hash of the password that was shown for it.
const PASSWORD: &str = "password";

/// How long a session lasts.
pub(super) const LASTING: Lasting = Lasting { unused: days(30), longest: days(90) };

const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 60 * 60)
}

/// Sessions in the store, as the sessions library wants them.
#[derive(Clone)]
pub struct Sessions {
    store: Arc<dyn Store>,
    looks: Looks,
    uses: Uses,
    broker: Arc<dyn Broker>,
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sessions")
    }
}

/// The name of the cookie.
pub fn cookie_name(secure: bool) -> &'static str {
    if secure { SECURE } else { PLAIN }
}

/// The layer that gives every request its session. `secure` asks browsers for TLS. The cookie is kept for as
/// long as a session may last: whether it does is for the store to say.
pub fn layer(auth: &Auth, secure: bool) -> SessionManagerLayer<Sessions> {
    let Auth { store, looks, uses, broker, .. } = auth.clone();
    let longest = LASTING.longest.try_into().unwrap_or(time::Duration::MAX);
    SessionManagerLayer::new(Sessions { store, looks, uses, broker })
        .with_name(cookie_name(secure))
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(secure)
        .with_expiry(Expiry::OnInactivity(longest))
}

/// Mends how the sessions library (0.15) takes a cookie away: without `Secure` browsers would keep it, as they
/// take nothing else under such a name.
pub async fn removable(mut response: Response) -> Response {
    for cookie in response.headers_mut().iter_mut().filter(|(name, _)| *name == SET_COOKIE) {
        let Ok(text) = cookie.1.to_str() else { continue };
        if text.starts_with(SECURE) && !text.contains("; Secure") {
            let mended = HeaderValue::from_str(&format!("{text}; Secure; HttpOnly; SameSite=Lax"));
            *cookie.1 = mended.unwrap_or_else(|_| cookie.1.clone());
        }
    }
    response
}

/// Signs a person in: under a new id, so that one that was planted before is worth nothing.
///
/// # Errors
/// The store's; also where the password was changed since it was shown.
pub async fn sign_in(
    session: &Session,
    proven: &Proven,
    agent: Option<&HeaderValue>,
) -> std::result::Result<(), tower_sessions::session::Error> {
    if session.id().is_some() {
        session.cycle_id().await?;
    }
    session.insert(USER, &proven.user).await?;
    session.insert(PASSWORD, &proven.hash).await?;
    session.insert(BROWSER, browser::described(agent)).await?;
    session.save().await
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
    let right = session.id().map(|id| right_of_session(&id.to_string()));
    Ok(Some(Person { id: user, right, ends_at: session.get(ENDS).await? }))
}

fn decode(error: &serde_json::Error) -> Error {
    Error::Decode(error.to_string())
}

fn fault(error: &StoreError) -> Error {
    Error::Backend(error.to_string())
}

/// What the store keeps of a session: all but its id, which is as good as a password. The date is for nodes of
/// before, which run beside.
#[derive(Serialize, Deserialize)]
struct Kept {
    data: HashMap<String, Value>,
    expiry_date: OffsetDateTime,
}

impl Sessions {
    /// Whoever signs in again and again has no more sessions than can be listed, and ended at once.
    async fn make_room(&self, user: UserId, made: Id) -> Result<()> {
        let store = self.store.clone();
        let ending = async move {
            let right = right_of_session(&made.to_string());
            store.end_oldest_sessions_of(&user, &right).await.map(Some)
        };
        told(self.broker.clone(), ending).await.map(drop).map_err(|error| fault(&error))
    }
}

#[async_trait::async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let user = record.data.get(USER).cloned().unwrap_or_default();
        let data = HashMap::from([(USER.to_owned(), user)]);
        let data = serde_json::to_string(&Kept { data, expiry_date: record.expiry_date })
            .map_err(|error| Error::Encode(error.to_string()))?;
        let text = |key| record.data.get(key).and_then(Value::as_str);
        let user: Option<UserId> = text(USER).and_then(|user| user.parse().ok());
        let session = NewSession {
            id: &record.id.to_string(),
            user: user.as_ref(),
            data: &data,
            browser: text(BROWSER),
            password_hash: text(PASSWORD),
        };
        let created = self.store.create_session(&session, LASTING).await.map_err(|error| fault(&error))?;
        // Ids are random: two of them are never the same.
        let refused = || Error::Backend("the password was changed since it was shown".to_owned());
        created.then_some(()).ok_or_else(refused)?;
        match user {
            Some(user) => self.make_room(user, record.id).await,
            None => Ok(()),
        }
    }

    /// What a session says is said when it is made, and stays.
    async fn save(&self, _: &Record) -> Result<()> {
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let right = right_of_session(&id.to_string());
        let held = self.looks.session(right.clone()).await.map_err(|error| fault(&error))?;
        let Some(held) = held else { return Ok(None) };
        if held.stale {
            self.uses.note(right);
        }
        let Kept { mut data, expiry_date } =
            serde_json::from_str(&held.data).map_err(|error| decode(&error))?;
        let ends = serde_json::to_value(OffsetDateTime::now_utc() + held.left);
        data.insert(ENDS.to_owned(), ends.map_err(|error| decode(&error))?);
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let (store, id) = (self.store.clone(), id.to_string());
        let ending = async move { Ok(store.end_session(&id).await?.map(|change| vec![change])) };
        told(self.broker.clone(), ending).await.map(drop).map_err(|error| fault(&error))
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
        let (looks, uses) = (Looks::at(store.clone()), Uses::of(store.clone()));
        let sessions = Sessions { store: store.clone(), looks, uses, broker: broker.clone() };
        let (id, ada): (_, UserId) = (Id::default(), "ada".parse().unwrap());
        let name = id.to_string();
        store.ensure_person(&ada, None).await.unwrap();
        let session = NewSession { id: &name, user: Some(&ada), data: "{}", ..NewSession::default() };
        assert!(store.create_session(&session, LASTING).await.unwrap());
        let ended = broker.hub().ended(&ada, right_of_session(&name));
        assert!(sessions.delete(&id).now_or_never().is_none());
        tokio::time::timeout(Duration::from_secs(20), ended).await.unwrap();
        assert_eq!(store.load_session(&name).await.unwrap(), None);
    }
}
