//! A server on a free port, and its host over the test's own schema.

use std::{
    future,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use async_graphql::{Response, Value};
use axum::{Router, extract::ws::WebSocketUpgrade, routing::any};
use belfry::{
    live::message::{Object, Request},
    server::graphql::{
        Bounds, Kind,
        ws::{Admitted, Host, Limits, Operation, Refused, Sockets, Step},
    },
};
use futures_util::{FutureExt, StreamExt};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::schema::{Alive, Handles, TestSchema, schema};

/// The longest a test waits for what must happen.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A running server and everything a test can pull on.
pub struct Bench {
    pub address: SocketAddr,
    pub sockets: Sockets,
    pub right: CancellationToken,
    pub handles: Handles,
}

impl Bench {
    pub async fn start(limits: Limits) -> Self {
        let handles = Handles { gate: Arc::new(Semaphore::new(0)), alive: watch::Sender::new(0) };
        let right = CancellationToken::new();
        let sockets = Sockets::new(limits, Arc::default());
        let host =
            TestHost { schema: schema(handles.clone()), handles: handles.clone(), right: right.clone() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().route("/graphql/ws", any(upgrade)).with_state((sockets.clone(), host));
        tokio::spawn(axum::serve(listener, app).into_future());
        Self { address, sockets, right, handles }
    }

    /// Waits until `count` operations are alive.
    pub async fn alive(&self, count: usize) {
        let mut alive = self.handles.alive.subscribe();
        let reached = alive.wait_for(|alive| *alive == count);
        tokio::time::timeout(PATIENCE, reached).await.unwrap().unwrap();
    }
}

async fn upgrade(
    axum::extract::State((sockets, host)): axum::extract::State<(Sockets, TestHost)>,
    request: WebSocketUpgrade,
) -> axum::response::Response {
    sockets.upgrade(request, host)
}

#[derive(Clone)]
struct TestHost {
    schema: TestSchema,
    handles: Handles,
    right: CancellationToken,
}

impl Host for TestHost {
    type Caller = ();

    /// The payload's `as` says what becomes of the caller.
    async fn admit(&self, payload: Option<Object>) -> Result<Admitted<()>, Refused> {
        let word = payload.as_ref().and_then(|payload| payload.get("as")?.as_str()).unwrap_or_default();
        let mut ends_at = None;
        match word {
            "intruder" => return Err(Refused::Forbidden("an intruder".into())),
            "unlucky" => return Err(Refused::Unavailable),
            "undecided" => future::pending().await,
            "patient" => self.handles.gate.acquire().await.unwrap().forget(),
            "short-lived" => ends_at = Some(Instant::now() + Duration::from_millis(50)),
            _ => {}
        }
        Ok(Admitted { caller: (), ends_at, lasts: None, ended: self.right.clone().cancelled_owned().boxed() })
    }

    fn operation(&self, (): &(), request: Request) -> Operation {
        let alive = Alive::new(&self.handles.alive);
        let variables = serde_json::Value::Object(request.variables.unwrap_or_default());
        let mut ready = async_graphql::Request::new(request.query)
            .variables(async_graphql::Variables::from_json(variables));
        ready.operation_name = request.operation_name;
        let lasts = Bounds::DEFAULT.kind(&mut ready) == Ok(Kind::Subscription);
        let responses = self.schema.execute_stream(ready);
        Operation { steps: responses.map(move |response| step(&response, &alive)).boxed(), lasts }
    }
}

/// What never ran, and what broke, is an error as a whole; anything else is a result.
fn step(response: &Response, _alive: &Alive) -> Step {
    let code = response.errors.first().and_then(|error| error.extensions.as_ref()?.get("code").cloned());
    let errors = || serde_json::to_string(&response.errors).unwrap().into();
    match code {
        Some(Value::String(code)) if code == "ENDED" => Step::Ended,
        Some(Value::String(code)) if code == "BROKEN" => Step::Error(errors()),
        _ if response.errors.iter().any(|error| error.path.is_empty()) => Step::Error(errors()),
        _ => Step::Next(serde_json::to_string(response).unwrap().into()),
    }
}
