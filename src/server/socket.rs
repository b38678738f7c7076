//! `/graphql/ws`: the engine as the host of its sockets.

use std::time::Instant;

use async_graphql::{Request, Variables};
use axum::{
    Extension,
    extract::{ConnectInfo, State, ws::WebSocketUpgrade},
    response::{IntoResponse, Response},
};
use futures_util::{
    StreamExt,
    future::{self, BoxFuture, FutureExt},
    stream,
};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::time::timeout;

use super::{
    admission::Seat,
    auth::{Asking, AuthError, Caller, Person, Publisher, from_now},
    graphql::{
        AWAY, Kind, UNAVAILABLE,
        ws::{Admitted, Host, Operation, Refused, Step, Steps},
    },
    rates::Standing,
    serve::Peer,
    state::AppState,
    tally::Place,
};
use crate::{
    domain::UserId,
    live::message::{Object, Request as Asked},
};

/// Upgrades a request to a socket. Credentials that do not do are refused here with 401, before
/// there is a socket; those in `connection_init` are judged there.
pub async fn upgrade(
    State(state): State<AppState>,
    Extension(seat): Extension<Seat>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    asking: Asking,
    request: WebSocketUpgrade,
) -> Response {
    let upgraded = match asking {
        Ok(caller) => Some(caller),
        Err(refused @ AuthError::Refused(_)) => return refused.into_response(),
        // A browser shows a script no HTTP status of a failed upgrade, but a close code it does.
        Err(failed) => {
            failed.note();
            None
        }
    };
    if let Some(most) = state.sockets.limits().carried() {
        peer.meter.begin(most);
    }
    state.sockets.clone().upgrade(request, EngineHost { state, upgraded, _seat: seat })
}

/// What one socket talks to.
#[derive(Clone)]
struct EngineHost {
    state: AppState,
    /// Who made the upgrade request; none when that could not be looked up.
    upgraded: Option<Caller>,
    /// Held as long as the socket is open.
    _seat: Seat,
}

impl Host for EngineHost {
    type Caller = Caller;

    async fn admit(&self, payload: Option<Object>) -> Result<Admitted<Caller>, Refused> {
        let caller = match self.state.auth.connection(payload.as_ref()).await {
            Ok(Some(caller)) => caller,
            Ok(None) => self.upgraded.clone().ok_or(Refused::Unavailable)?,
            Err(AuthError::Refused(why)) => return Err(Refused::Forbidden(why)),
            Err(failed) => {
                failed.note();
                return Err(Refused::Unavailable);
            }
        };
        let seat = self.seat(&caller)?;
        let ended = self.ended(&caller).await?;
        // It is held by what is held as long as the socket.
        let ended = ended.inspect(move |()| drop(seat)).boxed();
        let (ends_at, is_session) = match &caller {
            Caller::Person(person) => (person.ends_at, person.right.is_some()),
            Caller::Publisher(publisher) => (publisher.ends_at, false),
            Caller::Nobody => (None, false),
        };
        let lasts = ends_at.map(from_now);
        // The end of a session is looked up again when it comes: it may have been used since.
        let ends_at = lasts.filter(|_| !is_session).map(|left| Instant::now() + left);
        Ok(Admitted { caller, ends_at, lasts, ended })
    }

    fn operation(&self, caller: &Caller, asked: Asked) -> Operation {
        let mut request = Request::new(asked.query);
        request.operation_name = asked.operation_name;
        request.variables = asked.variables.map(Value::Object).map(Variables::from_json).unwrap_or_default();
        let lasts = self.state.engine.kind(&mut request) == Ok(Kind::Subscription);
        let (host, caller) = (self.clone(), caller.clone());
        let begin = async move {
            let begun = timeout(host.state.patience, host.begin(caller, request, lasts));
            begun.await.unwrap_or_else(|_| {
                tracing::error!("an operation was not answered in time");
                stream::iter([unavailable()]).boxed()
            })
        };
        Operation { steps: stream::once(begin).flatten().boxed(), lasts }
    }
}

impl EngineHost {
    /// A place among the sockets of a person.
    fn seat(&self, caller: &Caller) -> Result<Option<Place<UserId>>, Refused> {
        let Caller::Person(person) = caller else { return Ok(None) };
        let seat = self.state.persons.take(person.id.clone());
        seat.map(Some).ok_or_else(|| {
            self.state.metrics.sockets.refused_person.inc();
            Refused::Crowded
        })
    }

    /// The steps of an operation; the one step of a query or a mutation has been done. A subscription of a
    /// person says nothing of after the end of their right by itself; the answer to anything else is theirs only
    /// if they still had it when it was there.
    async fn begin(&self, caller: Caller, request: Request, lasts: bool) -> Steps {
        let is_person = matches!(caller, Caller::Person(_));
        if !(lasts && is_person)
            && let Err(refused) = self.state.auth.again(&caller).await
        {
            return stream::iter([turned_away(&refused)]).boxed();
        }
        if let Caller::Publisher(publisher) = &caller
            && let Some(over) = self.state.rates.publisher(&publisher.name).filter(Standing::is_over)
        {
            return stream::iter([Step::Error(json!([over.error()]).to_string().into())]).boxed();
        }
        let mut steps = self.state.engine.operation(caller.clone(), request);
        if lasts {
            return steps;
        }
        let answer = steps.next().await;
        match self.state.auth.again(&caller).await {
            Err(refused) if is_person => stream::iter([turned_away(&refused)]).boxed(),
            _ => stream::iter(answer).boxed(),
        }
    }

    /// Resolves when the caller's right ends.
    async fn ended(&self, caller: &Caller) -> Result<BoxFuture<'static, ()>, Refused> {
        match caller {
            Caller::Person(Person { id, right: Some(right), ends_at }) => {
                self.session_ended(id, right, *ends_at).await
            }
            Caller::Publisher(Publisher { token: Some(token), .. }) => {
                let revoked = self.state.auth.revoked(*token);
                let judged = self.state.auth.again(caller).await;
                judged.map(|()| revoked.boxed()).map_err(|error| refused(&error))
            }
            // A token of the host application says itself when it ends.
            Caller::Person(_) | Caller::Publisher(_) | Caller::Nobody => Ok(future::pending().boxed()),
        }
    }

    /// Resolves when a session ends, and with it its right. At `ends_at` it would end by itself.
    ///
    /// Listening comes before the look: the session was judged at the upgrade, and an end that fell between
    /// the two would be seen by neither. For the same reason the look must not be answered by one that began
    /// before: `Looks` sees to that.
    async fn session_ended(
        &self,
        id: &UserId,
        right: &str,
        ends_at: Option<OffsetDateTime>,
    ) -> Result<BoxFuture<'static, ()>, Refused> {
        let ended = self.state.broker.hub().ended(id, right.to_owned());
        if !self.state.auth.holds(right).await.map_err(|error| refused(&error))? {
            return Err(Refused::Ended);
        }
        let Some(at) = ends_at else { return Ok(ended.boxed()) };
        let expired = self.state.auth.clone().expired(right.to_owned(), at);
        Ok(future::select(ended.boxed(), expired.boxed()).map(drop).boxed())
    }
}

/// Why a caller is turned away who was let in before.
fn refused(error: &AuthError) -> Refused {
    match error {
        AuthError::Refused(_) => Refused::Ended,
        AuthError::Store(_) | AuthError::Session(_) => {
            error.note();
            Refused::Unavailable
        }
    }
}

/// What an operation comes to whose caller is not good any more, or cannot be judged.
fn turned_away(error: &AuthError) -> Step {
    match error {
        AuthError::Refused(_) => Step::Ended,
        AuthError::Store(_) | AuthError::Session(_) => {
            error.note();
            unavailable()
        }
    }
}

fn unavailable() -> Step {
    Step::Error(json!([{ "message": AWAY, "extensions": { "code": UNAVAILABLE } }]).to_string().into())
}
