//! `/graphql/ws`: the engine as the host of its sockets.

use std::time::{Duration, Instant};

use async_graphql::{Request, Variables};
use axum::{
    extract::{State, ws::WebSocketUpgrade},
    response::{IntoResponse, Response},
};
use futures_util::future::{self, BoxFuture, FutureExt};
use serde_json::Value;
use time::OffsetDateTime;

use super::{
    auth::{Asking, AuthError, Caller, Person},
    graphql::ws::{Admitted, Host, Operation, Refused},
    state::AppState,
};
use crate::live::message::{Object, Request as Asked};

/// Upgrades a request to a socket. Credentials that do not do are refused here with 401, before
/// there is a socket; those in `connection_init` are judged there.
pub async fn upgrade(State(state): State<AppState>, asking: Asking, request: WebSocketUpgrade) -> Response {
    let upgraded = match asking {
        Ok(caller) => Some(caller),
        Err(refused @ AuthError::Refused(_)) => return refused.into_response(),
        // A browser shows a script no HTTP status of a failed upgrade, but a close code it does.
        Err(failed) => {
            failed.note();
            None
        }
    };
    state.sockets.clone().upgrade(request, EngineHost { state, upgraded })
}

/// What one socket talks to.
#[derive(Clone)]
struct EngineHost {
    state: AppState,
    /// Who made the upgrade request; none when that could not be looked up.
    upgraded: Option<Caller>,
}

impl Host for EngineHost {
    type Caller = Caller;

    async fn admit(&self, payload: Option<Object>) -> Result<Admitted<Caller>, Refused> {
        let caller = match self.state.auth.connection(payload.as_ref()).await {
            Ok(Some(caller)) => caller,
            Ok(None) => self.upgraded.clone().ok_or(Refused::Unavailable)?,
            Err(AuthError::Refused(_)) => return Err(Refused::Forbidden),
            Err(failed) => {
                failed.note();
                return Err(Refused::Unavailable);
            }
        };
        let Caller::Person(Person { id, right, ends_at }) = &caller else {
            return Ok(Admitted { caller, ends_at: None, ended: future::pending().boxed() });
        };
        let ended: BoxFuture<'static, ()> = match right {
            Some(right) => self.state.hub.ended(id, right.clone()).boxed(),
            None => future::pending().boxed(),
        };
        let ends_at = ends_at.map(from_now);
        Ok(Admitted { caller, ends_at, ended })
    }

    fn operation(&self, caller: &Caller, asked: Asked) -> Operation {
        let mut request = Request::new(asked.query);
        request.operation_name = asked.operation_name;
        request.variables = asked.variables.map(Value::Object).map(Variables::from_json).unwrap_or_default();
        self.state.engine.operation(caller.clone(), request)
    }
}

fn from_now(moment: OffsetDateTime) -> Instant {
    let left = Duration::try_from(moment - OffsetDateTime::now_utc()).unwrap_or_default();
    Instant::now() + left
}
