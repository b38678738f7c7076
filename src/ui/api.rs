//! The operations the bell sends, and the HTTP way to send them.
//!
//! Each is a text with the type of its variables and of its reply, side by side. A test holds
//! every text against the committed SDL.

use gloo_net::http::{Request, Response};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use wasm_bindgen::JsValue;

use crate::domain::{Alert, AlertId, InboxEvent, Page, Revision, event::Head};

/// How long a request may take before the bell calls itself offline, in milliseconds.
const PATIENCE: u32 = 15_000;

/// What of an alert the bell shows, and the two revisions that place it.
macro_rules! alert {
    () => {
        "{ id revision createdRevision kind severity title body link \
         actor { id name avatarUrl } createdAt readAt expiresAt }"
    };
}

/// A page of the inbox: count, position and alerts from one snapshot. `after` null: the first page.
pub const PAGE: &str = concat!(
    "query Page($after: String) { inbox { unreadCount revision position ",
    "alerts(first: 20, after: $after) { edges { node ",
    alert!(),
    " } pageInfo { endCursor hasNextPage } } } }"
);

/// Marks one alert read.
pub const MARK_READ: &str = concat!(
    "mutation MarkRead($id: ID!) { reply: markAlertRead(id: $id) { alert ",
    alert!(),
    " inbox { unreadCount revision } problem { message } } }"
);

/// Marks one alert unread again.
pub const MARK_UNREAD: &str = concat!(
    "mutation MarkUnread($id: ID!) { reply: markAlertUnread(id: $id) { alert ",
    alert!(),
    " inbox { unreadCount revision } problem { message } } }"
);

/// Marks read whatever became unread at or before a position.
pub const MARK_ALL_READ: &str = "mutation MarkAllRead($upTo: Position!) { \
     reply: markAllAlertsRead(upTo: $upTo) { inbox { unreadCount revision } problem { message } } }";

/// The live stream after a position.
pub const INBOX_CHANGED: &str = concat!(
    "subscription InboxChanged($after: Position) { inboxChanged(after: $after) { __typename ",
    "... on AlertChanged { alertId alert ",
    alert!(),
    " revision position unreadCount } ",
    "... on AlertsChanged { alertIds alerts ",
    alert!(),
    " revision position unreadCount } ",
    "... on InboxReset { revision position unreadCount } } }"
);

/// Why an operation did not do what it should. Nothing on the screen has changed by it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No answer: the network, the server, or patience ran out.
    #[error("Belfry cannot be reached. Nothing was changed.")]
    Offline,
    /// The session has ended.
    #[error("You are signed out.")]
    SignedOut,
    /// A refusal in the server's own words.
    #[error("{0}")]
    Problem(String),
    /// An answer that is none.
    #[error("Something went wrong on the server. Nothing was changed.")]
    Fault,
}

/// What a mutation says of the inbox after it.
#[derive(Clone, Debug, Deserialize)]
pub struct Marked {
    /// The alert as it is now; none for a bulk change.
    #[serde(default)]
    pub alert: Option<Alert>,
    /// The count after it.
    pub inbox: Option<Count>,
    problem: Option<Problem>,
}

/// An absolute count with the revision it belongs to.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Count {
    /// How many alerts are unread.
    pub unread_count: u32,
    /// The inbox's revision at that count.
    pub revision: Revision,
}

/// Loads a page: the first, or the one after a cursor.
///
/// # Errors
/// See [`Failure`].
pub async fn page(after: Option<String>) -> Result<Page, Failure> {
    #[derive(Serialize)]
    struct After {
        after: Option<String>,
    }
    let reply: PageReply = send(PAGE, &After { after }).await?;
    Ok(reply.inbox.into())
}

/// Marks one alert read, or unread again.
///
/// # Errors
/// See [`Failure`].
pub async fn mark(id: AlertId, read: bool) -> Result<Marked, Failure> {
    #[derive(Serialize)]
    struct One {
        id: AlertId,
    }
    let text = if read { MARK_READ } else { MARK_UNREAD };
    marked(send(text, &One { id }).await?)
}

/// Marks read whatever became unread at or before a position.
///
/// # Errors
/// See [`Failure`].
pub async fn mark_all_read(up_to: String) -> Result<Marked, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct UpTo {
        up_to: String,
    }
    marked(send(MARK_ALL_READ, &UpTo { up_to }).await?)
}

/// Reads one response of [`INBOX_CHANGED`].
///
/// # Errors
/// See [`Failure`].
pub fn inbox_event(response: &str) -> Result<InboxEvent, Failure> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct InboxChanged {
        inbox_changed: InboxEvent,
    }
    read(response).map(|InboxChanged { inbox_changed }| inbox_changed)
}

#[derive(Deserialize)]
struct Mutation {
    reply: Marked,
}

fn marked(Mutation { reply }: Mutation) -> Result<Marked, Failure> {
    match reply.problem {
        Some(problem) => Err(Failure::Problem(problem.message)),
        None => Ok(reply),
    }
}

#[derive(Clone, Debug, Deserialize)]
struct Problem {
    message: String,
}

#[derive(Deserialize)]
struct PageReply {
    inbox: InboxReply,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InboxReply {
    unread_count: u32,
    revision: Revision,
    position: String,
    alerts: Connection,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Connection {
    edges: Vec<Edge>,
    page_info: PageInfo,
}

#[derive(Deserialize)]
struct Edge {
    node: Alert,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    end_cursor: Option<String>,
    has_next_page: bool,
}

impl From<InboxReply> for Page {
    fn from(reply: InboxReply) -> Self {
        let InboxReply { unread_count, revision, position, alerts } = reply;
        Self {
            head: Head { revision, position, unread_count },
            alerts: alerts.edges.into_iter().map(|edge| edge.node).collect(),
            next: alerts.page_info.end_cursor.filter(|_| alerts.page_info.has_next_page),
        }
    }
}

#[derive(Serialize)]
struct Operation<'a, V> {
    query: &'a str,
    variables: &'a V,
}

#[derive(Deserialize)]
struct Reply<D> {
    data: Option<D>,
    #[serde(default)]
    errors: Vec<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    extensions: Option<Extensions>,
}

#[derive(Deserialize)]
struct Extensions {
    code: Option<String>,
}

impl Refusal {
    fn failure(&self) -> Failure {
        let code = self.extensions.as_ref().and_then(|it| it.code.as_deref());
        match code {
            Some("UNAUTHENTICATED") => Failure::SignedOut,
            _ => Failure::Fault,
        }
    }
}

async fn send<V: Serialize, D: DeserializeOwned>(query: &str, variables: &V) -> Result<D, Failure> {
    let body = serde_json::to_string(&Operation { query, variables }).map_err(|_| Failure::Fault)?;
    let response = post(body).await?;
    if response.status() == 401 {
        return Err(Failure::SignedOut);
    }
    let text = response.text().await.map_err(|_| Failure::Offline)?;
    read(&text)
}

/// Reads a GraphQL response. Data with errors is a failure: the bell asks for nothing it can
/// half use.
fn read<D: DeserializeOwned>(text: &str) -> Result<D, Failure> {
    let reply: Reply<D> = serde_json::from_str(text).map_err(|_| Failure::Fault)?;
    match reply.errors.first() {
        Some(refusal) => Err(refusal.failure()),
        None => reply.data.ok_or(Failure::Fault),
    }
}

async fn post(body: String) -> Result<Response, Failure> {
    let patience = web_sys::AbortSignal::timeout_with_u32(PATIENCE);
    let request = Request::post("/graphql")
        .header("Content-Type", "application/json")
        .header("Accept", "application/graphql-response+json, application/json;q=0.9")
        .abort_signal(Some(&patience))
        .body(body)
        .map_err(|_| Failure::Fault)?;
    let request = outliving_page(request).map_err(|_| Failure::Fault)?;
    request.send().await.map_err(|_| Failure::Offline)
}

/// Lets the browser finish a request when the page goes away meanwhile: following the link of an
/// alert marks it read. Neither gloo-net nor web-sys has a name for `keepalive` yet.
fn outliving_page(request: Request) -> Result<Request, JsValue> {
    let init = web_sys::RequestInit::new();
    js_sys::Reflect::set(&init, &"keepalive".into(), &true.into())?;
    web_sys::Request::new_with_request_and_init(&request.into(), &init).map(Request::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_without_a_next_one_has_no_cursor() {
        let last = r#"{"data":{"inbox":{"unreadCount":0,"revision":7,"position":"p7",
            "alerts":{"edges":[],"pageInfo":{"endCursor":"c","hasNextPage":false}}}}}"#;
        let reply: PageReply = read(last).unwrap();
        let page = Page::from(reply.inbox);
        assert_eq!(page.next, None);
        assert_eq!(page.head, Head { revision: 7, position: "p7".into(), unread_count: 0 });
    }

    #[test]
    fn a_refusal_is_told_in_the_servers_words() {
        let refused =
            r#"{"data":{"reply":{"alert":null,"inbox":null,"problem":{"message":"No such alert."}}}}"#;
        let failure = marked(read(refused).unwrap()).unwrap_err();
        assert_eq!(failure, Failure::Problem("No such alert.".into()));
    }

    #[test]
    fn an_ended_session_is_not_a_fault() {
        let ended = r#"{"data":null,"errors":[{"message":"no","extensions":{"code":"UNAUTHENTICATED"}}]}"#;
        assert_eq!(read::<Mutation>(ended).map(|_| ()).unwrap_err(), Failure::SignedOut);
    }

    #[test]
    fn what_is_no_graphql_response_is_a_fault() {
        for text in ["", "<html>", "{}", r#"{"data":{"reply":{}},"errors":[{"message":"x"}]}"#] {
            assert_eq!(read::<Mutation>(text).map(|_| ()).unwrap_err(), Failure::Fault, "{text}");
        }
    }
}
