//! The operations the bell sends, and the HTTP way to send them.
//!
//! Each is a text with the type of its variables and of its reply, side by side. A test holds
//! every text against the committed SDL.

use gloo_net::http::Request;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
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
pub async fn page(after: Option<&str>) -> Result<Page, Failure> {
    read_page(&post(PAGE, "after", after).await?)
}

/// Marks one alert read, or unread again. Answers with the alert, and the count after it.
///
/// # Errors
/// See [`Failure`].
pub async fn mark(id: AlertId, read: bool) -> Result<(Option<Alert>, Count), Failure> {
    let text = if read { MARK_READ } else { MARK_UNREAD };
    read_marked(&post(text, "id", Some(&id.to_string())).await?)
}

/// Marks read whatever became unread at or before a position. Answers with the count after it.
///
/// # Errors
/// See [`Failure`].
pub async fn mark_all_read(up_to: String) -> Result<(Option<Alert>, Count), Failure> {
    read_marked(&post(MARK_ALL_READ, "upTo", Some(&up_to)).await?)
}

/// Reads one response of [`INBOX_CHANGED`].
///
/// # Errors
/// See [`Failure`].
pub fn inbox_event(response: &str) -> Result<InboxEvent, Failure> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Data {
        inbox_changed: Event,
    }
    read(response).map(|Data { inbox_changed }| inbox_changed.into())
}

/// The union `InboxEvent` as it comes: its three types share what they do not each have.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    alert_id: Option<AlertId>,
    alert: Option<Alert>,
    alert_ids: Option<Vec<AlertId>>,
    alerts: Option<Vec<Alert>>,
    #[serde(rename = "__typename")]
    typename: String,
    revision: Revision,
    position: String,
    unread_count: u32,
}

impl From<Event> for InboxEvent {
    fn from(event: Event) -> Self {
        let Event { alert_id, alert, alert_ids, alerts, typename, .. } = event;
        let head =
            Head { revision: event.revision, position: event.position, unread_count: event.unread_count };
        match (typename.as_str(), alert_id) {
            ("AlertChanged", Some(alert_id)) => Self::AlertChanged { alert_id, alert, head },
            ("AlertsChanged", _) => Self::AlertsChanged { alert_ids, alerts, head },
            _ => Self::InboxReset { head },
        }
    }
}

fn read_page(response: &str) -> Result<Page, Failure> {
    #[derive(Deserialize)]
    struct Data {
        inbox: InboxReply,
    }
    let Data { inbox: InboxReply { unread_count, revision, position, alerts } } = read(response)?;
    Ok(Page {
        head: Head { revision, position, unread_count },
        alerts: alerts.edges.into_iter().map(|edge| edge.node).collect(),
        next: alerts.page_info.end_cursor.filter(|_| alerts.page_info.has_next_page),
    })
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

fn read_marked(response: &str) -> Result<(Option<Alert>, Count), Failure> {
    #[derive(Deserialize)]
    struct Data {
        reply: Reply,
    }
    #[derive(Deserialize)]
    struct Reply {
        alert: Option<Alert>,
        inbox: Option<Count>,
        problem: Option<Message>,
    }
    let Data { reply } = read(response)?;
    match (reply.problem, reply.inbox) {
        (Some(problem), _) => Err(Failure::Problem(problem.message)),
        (None, Some(count)) => Ok((reply.alert, count)),
        (None, None) => Err(Failure::Fault),
    }
}

#[derive(Deserialize)]
struct Message {
    message: String,
}

/// Reads a GraphQL response. Data with errors is a failure: the bell asks for nothing it can
/// half use.
fn read<D: DeserializeOwned>(text: &str) -> Result<D, Failure> {
    #[derive(Deserialize)]
    struct Response<D> {
        data: Option<D>,
        errors: Option<Vec<Refusal>>,
    }
    #[derive(Deserialize)]
    struct Refusal {
        extensions: Option<Extensions>,
    }
    #[derive(Deserialize)]
    struct Extensions {
        code: Option<String>,
    }
    let response: Response<D> = serde_json::from_str(text).map_err(|_| Failure::Fault)?;
    let refusal = response.errors.and_then(|errors| errors.into_iter().next());
    let code = refusal.map(|it| it.extensions.and_then(|it| it.code));
    match code {
        Some(Some(code)) if code == "UNAUTHENTICATED" => Err(Failure::SignedOut),
        Some(_) => Err(Failure::Fault),
        None => response.data.ok_or(Failure::Fault),
    }
}

/// `POST /graphql` with one variable; the response's text.
async fn post(query: &str, variable: &str, value: Option<&str>) -> Result<String, Failure> {
    let body = json!({ "query": query, "variables": { variable: value } }).to_string();
    let patience = web_sys::AbortSignal::timeout_with_u32(PATIENCE);
    let request = Request::post("/graphql")
        .header("Content-Type", "application/json")
        .header("Accept", "application/graphql-response+json, application/json;q=0.9")
        .abort_signal(Some(&patience))
        .body(body)
        .map_err(|_| Failure::Fault)?;
    let request = outliving_page(request).map_err(|_| Failure::Fault)?;
    let response = request.send().await.map_err(|_| Failure::Offline)?;
    if response.status() == 401 {
        return Err(Failure::SignedOut);
    }
    response.text().await.map_err(|_| Failure::Offline)
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
        let page = read_page(last).unwrap();
        assert_eq!(page.next, None);
        assert_eq!(page.head, Head { revision: 7, position: "p7".into(), unread_count: 0 });
    }

    #[test]
    fn a_refusal_is_told_in_the_servers_words() {
        let refused =
            r#"{"data":{"reply":{"alert":null,"inbox":null,"problem":{"message":"No such alert."}}}}"#;
        assert_eq!(read_marked(refused).unwrap_err(), Failure::Problem("No such alert.".into()));
    }

    #[test]
    fn an_ended_session_is_not_a_fault() {
        let ended = r#"{"data":null,"errors":[{"message":"no","extensions":{"code":"UNAUTHENTICATED"}}]}"#;
        assert_eq!(read_page(ended).unwrap_err(), Failure::SignedOut);
    }

    #[test]
    fn what_is_no_graphql_response_is_a_fault() {
        for text in ["", "<html>", "{}", r#"{"data":{"reply":{}},"errors":[{"message":"x"}]}"#] {
            assert_eq!(read_marked(text).unwrap_err(), Failure::Fault, "{text}");
        }
    }

    #[test]
    fn an_event_is_read_by_its_type() {
        let head = r#""revision":9,"position":"p9","unreadCount":2"#;
        let event =
            |more: &str| inbox_event(&format!(r#"{{"data":{{"inboxChanged":{{{more},{head}}}}}}}"#)).unwrap();
        let id = "0190a0b0-0000-7000-8000-000000000000";
        let gone = event(&format!(r#""__typename":"AlertChanged","alertId":"{id}","alert":null"#));
        assert!(matches!(gone, InboxEvent::AlertChanged { alert: None, .. }));
        let many = event(r#""__typename":"AlertsChanged","alertIds":null,"alerts":null"#);
        assert!(matches!(many, InboxEvent::AlertsChanged { alert_ids: None, alerts: None, .. }));
        let Head { revision, unread_count, .. } = match event(r#""__typename":"InboxReset""#) {
            InboxEvent::InboxReset { head } => head,
            other => panic!("{other:?}"),
        };
        assert_eq!((revision, unread_count), (9, 2));
    }
}
