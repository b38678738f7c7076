//! Runs operations for both transports.
//!
//! Queries and mutations are executed as they come. A subscription is opened, and from then on
//! delivery is the broker's: its session gives one change after the other, and what a change
//! looks like through a selection is rendered once and shared by every socket that asked the same.

use std::sync::{Arc, Mutex, PoisonError, atomic::Ordering};

use async_graphql::{
    Error, Pos, Request, ServerError, ServerResult, Value,
    parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType},
};
use axum::extract::ws::Utf8Bytes;
use futures_util::{StreamExt, stream};

use super::{
    Bounds, Schema,
    context::{INTERNAL, UNAVAILABLE, failure, unauthenticated},
    event::Told,
    gate::Begun,
    selection,
    subscribed::{Opened, Subscribed},
    subscription::{Stage, Wanted},
    ws::{Step, Steps},
};
use crate::server::{
    alerts::Alerts,
    auth::{Auth, Caller},
    broker::Start,
};

/// How much of a refusal is logged, in bytes: names in it are as long as the caller likes.
const LONGEST_LOGGED: usize = 200;

/// What an operation does; over GET only queries may.
pub type Kind = OperationType;

/// The schema with what delivers its subscriptions. Cloning it is cheap.
#[derive(Clone)]
pub struct Engine {
    schema: Schema,
    alerts: Alerts,
    auth: Auth,
    bounds: Arc<Bounds>,
}

/// What came of a query or mutation.
pub enum Executed {
    /// It ran: the response as JSON.
    Ran(Utf8Bytes),
    /// Nothing ran: the list of errors as JSON. There is no data, not even null.
    Refused(Utf8Bytes),
}

/// The operation that a request means (GraphQL specification, section 6.1).
///
/// # Errors
/// A request error: there is no such operation, or several and no name.
pub fn operation<'a>(
    doc: &'a ExecutableDocument,
    name: Option<&str>,
) -> ServerResult<&'a OperationDefinition> {
    let found = match (&doc.operations, name) {
        (DocumentOperations::Single(only), None) => Some(only),
        (DocumentOperations::Single(_), Some(_)) => {
            return Err(ServerError::new(
                "operationName names an operation, but the document's has no name",
                None,
            ));
        }
        (DocumentOperations::Multiple(all), Some(name)) => all.get(name),
        (DocumentOperations::Multiple(all), None) if all.len() == 1 => all.values().next(),
        (DocumentOperations::Multiple(_), None) => None,
    };
    let unknown = || match name {
        Some(name) => format!("operationName: there is no operation \"{name}\" in the document"),
        None => "operationName must be given: the document has several operations".to_owned(),
    };
    found.map(|found| &found.node).ok_or_else(|| ServerError::new(unknown(), None))
}

impl Engine {
    /// The engine of a schema over the same use cases, for whom `auth` lets in.
    pub fn new(schema: Schema, alerts: Alerts, auth: Auth, bounds: Bounds) -> Self {
        Self { schema, alerts, auth, bounds: Arc::new(bounds) }
    }

    /// The use cases behind it.
    pub fn alerts(&self) -> &Alerts {
        &self.alerts
    }

    /// What knows who may hear on.
    pub fn auth(&self) -> &Auth {
        &self.auth
    }

    /// What kind of operation a request asks for. The first to look at its document.
    ///
    /// # Errors
    /// A request error: the document is too large or says nothing sensible.
    pub fn kind(&self, request: &mut Request) -> ServerResult<Kind> {
        self.bounds.kind(request)
    }

    /// Executes a query or a mutation.
    pub async fn execute(&self, caller: Caller, mut request: Request) -> Executed {
        match self.kind(&mut request) {
            Ok(Kind::Query | Kind::Mutation) => self.run(caller, request).await,
            Ok(Kind::Subscription) => {
                refuse(ServerError::new("a subscription needs the socket at /graphql/ws", None))
            }
            Err(error) => refuse(error),
        }
    }

    async fn run(&self, caller: Caller, request: Request) -> Executed {
        let begun = Begun::default();
        let response = self.schema.execute(request.data(caller).data(begun.clone())).await;
        note(&response.errors);
        if !begun.0.load(Ordering::Relaxed) {
            return Executed::Refused(encode(&response.errors));
        }
        Executed::Ran(encode(&response))
    }

    /// Runs any operation for a socket.
    pub fn operation(&self, caller: Caller, mut request: Request) -> Steps {
        let engine = self.clone();
        let begin = async move {
            if engine.kind(&mut request) == Ok(Kind::Subscription) {
                return engine.subscribe(caller, request).await;
            }
            let step = match engine.execute(caller, request).await {
                Executed::Ran(response) => Step::Next(response),
                Executed::Refused(errors) => Step::Error(errors),
            };
            stream::iter([step]).boxed()
        };
        stream::once(begin).flatten().boxed()
    }

    async fn subscribe(&self, caller: Caller, request: Request) -> Steps {
        match self.subscribed(caller, request).await {
            Ok(subscribed) => stream::unfold(subscribed, Subscribed::step).boxed(),
            Err(errors) => stream::iter([Step::Error(encode(&errors))]).boxed(),
        }
    }

    async fn subscribed(&self, caller: Caller, request: Request) -> Result<Subscribed, Vec<ServerError>> {
        let opened = self.open(caller.clone(), request).await?;
        let failed = |error: Error| vec![error.into_server_error(Pos::default())];
        let Caller::Person(person) = caller else { return Err(failed(unauthenticated())) };
        let start = match opened.wanted {
            Wanted::InboxChanged(Some(position)) => Start::After(position),
            Wanted::InboxChanged(None) => Start::Reset,
            Wanted::AlertAdded | Wanted::AlertRead => Start::Now,
        };
        let session = self.alerts.listen(person.id, start).await.map_err(|error| failed(failure(error)))?;
        Ok(Subscribed::new(self.clone(), session, opened, person.right))
    }

    async fn open(&self, caller: Caller, mut request: Request) -> Result<Opened, Vec<ServerError>> {
        let query = std::mem::take(&mut request.query);
        let doc = match request.parsed_query() {
            Ok(doc) => Arc::new(doc.clone()),
            Err(error) => return Err(vec![error]),
        };
        let (name, mut variables) = (request.operation_name.clone(), request.variables.clone());
        let definition = operation(&doc, name.as_deref()).map_err(|error| vec![error])?.clone();
        // What it does not declare is nobody's, and would be kept for as long as it runs.
        variables
            .retain(|name, _| definition.variable_definitions.iter().any(|it| it.node.name.node == *name));
        let key = selection::key(&query, name.as_deref(), &doc, &definition, &variables);
        let slot = Arc::new(Mutex::new(None));
        let request = request.data(caller).data(Stage::Open(slot.clone()));
        if let Some(response) = self.schema.execute_stream(request).next().await {
            note(&response.errors);
            return Err(response.errors);
        }
        // Counted only now that the document is known to have no circles. Section 5.2.3.1.
        if selection::root_fields(&doc, &definition.selection_set) != 1 {
            return Err(vec![ServerError::new("a subscription must ask for exactly one field", None)]);
        }
        let wanted = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        let nothing = || vec![ServerError::new("the subscription asks for nothing", None)];
        Ok(Opened { wanted: wanted.ok_or_else(nothing)?, key, doc, name, variables })
    }

    /// What something looks like through a subscription's selection.
    pub async fn render(&self, opened: &Opened, told: Told) -> Utf8Bytes {
        let mut request = Request::new("").variables(opened.variables.clone());
        request.operation_name.clone_from(&opened.name);
        request.set_parsed_query((*opened.doc).clone());
        let mut results = self.schema.execute_stream(request.data(Stage::Render(told)));
        results.next().await.map_or_else(Utf8Bytes::default, |response| encode(&response))
    }
}

fn refuse(error: ServerError) -> Executed {
    let errors = [error];
    note(&errors);
    Executed::Refused(encode(&errors))
}

/// One line of log for an operation that was refused or failed in part. Faults have theirs.
fn note(errors: &[ServerError]) {
    let Some(error) = errors.first() else { return };
    let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    if ![INTERNAL, UNAVAILABLE].iter().any(|fault| code == Some(&Value::from(*fault))) {
        tracing::info!(why = without_quotes(&error.message), "refused");
    }
}

/// What a message says up to where it quotes the request, which may hold an alert's text: a syntax error
/// shows the line it is in, and other errors the value that they do not take.
fn without_quotes(message: &str) -> String {
    let quotes = ["\n", " does not contain the value", ", found "];
    let end = quotes.iter().filter_map(|quote| message.find(quote)).min().unwrap_or(message.len());
    let message = message[..end.min(message.floor_char_boundary(LONGEST_LOGGED))].trim_start();
    match message.strip_prefix("--> ") {
        Some(place) => format!("the document does not parse at {place}"),
        None => message.to_owned(),
    }
}

/// A value as JSON.
pub fn encode(value: &impl serde::Serialize) -> Utf8Bytes {
    // Everything encoded here has string keys and no failing parts.
    serde_json::to_string(value).map(Utf8Bytes::from).unwrap_or_default()
}
