//! The operations the bell sends, and the HTTP way to send them.
//!
//! A test holds every text against the committed SDL; `read` takes the answers apart.

pub mod read;

use gloo_net::http::Request;
use wasm_bindgen::JsValue;

pub use self::read::{error_code, inbox_event, opening as read_opening};
use crate::{
    domain::{Act, AlertId, Page, Reply},
    live::json::quote,
    ui::time::machine,
};

/// How long a request may take before the bell calls itself offline, in milliseconds.
const PATIENCE: u32 = 15_000;

/// What of an alert the bell shows, and the two revisions that place it.
macro_rules! alert {
    () => {
        "{ id revision createdRevision kind severity title body link \
         actor { id name avatarUrl } createdAt readAt archivedAt snoozedUntil expiresAt }"
    };
}

/// The numbers of an inbox.
macro_rules! counts {
    () => {
        "counts { unseen unread archived snoozed }"
    };
}

/// A page of the inbox: counts, position and alerts from one snapshot. `after` null: the first page.
pub const PAGE: &str = concat!(
    "query Page($after: String) { inbox { ",
    counts!(),
    " revision position ",
    "alerts(first: 20, after: $after) { edges { node ",
    alert!(),
    " } pageInfo { endCursor hasNextPage } } } }"
);

/// A mutation of one alert. What it needs besides the alert's id is told after that.
macro_rules! acting {
    ($operation:literal, $field:literal) => {
        acting!($operation, $field, "", "")
    };
    ($operation:literal, $field:literal, $variable:literal, $argument:literal) => {
        concat!(
            "mutation ",
            $operation,
            "($id: ID!",
            $variable,
            ") { reply: ",
            $field,
            "(id: $id",
            $argument,
            ") { alert ",
            alert!(),
            " inbox { ",
            counts!(),
            " revision } problem { message } } }"
        )
    };
}

/// Marks one alert read.
pub const MARK_READ: &str = acting!("MarkRead", "markAlertRead");

/// Marks one alert unread again.
pub const MARK_UNREAD: &str = acting!("MarkUnread", "markAlertUnread");

/// Puts one alert away.
pub const ARCHIVE: &str = acting!("Archive", "archiveAlert");

/// Puts one alert off.
pub const SNOOZE: &str = acting!("Snooze", "snoozeAlert", ", $until: DateTime!", ", until: $until");

/// Throws one alert away.
pub const DELETE: &str = acting!("Delete", "deleteAlert");

/// Takes one alert back.
pub const RESTORE: &str = acting!("Restore", "restoreAlert");

/// A mutation of all that there was at a position.
macro_rules! up_to {
    ($operation:literal, $field:literal) => {
        concat!(
            "mutation ",
            $operation,
            "($upTo: Position!) { reply: ",
            $field,
            "(upTo: $upTo) { inbox { ",
            counts!(),
            " revision } problem { message } } }"
        )
    };
}

/// Marks read whatever became unread at or before a position.
pub const MARK_ALL_READ: &str = up_to!("MarkAllRead", "markAllAlertsRead");

/// Tells that what there was at a position has been seen.
pub const MARK_ALL_SEEN: &str = up_to!("MarkAllSeen", "markAllAlertsSeen");

/// The live stream after a position.
pub const INBOX_CHANGED: &str = concat!(
    "subscription InboxChanged($after: Position) { inboxChanged(after: $after) { __typename ",
    "... on AlertChanged { alertId alert ",
    alert!(),
    " revision position ",
    counts!(),
    " } ... on AlertsChanged { alertIds alerts ",
    alert!(),
    " revision position ",
    counts!(),
    " } ... on InboxReset { revision position ",
    counts!(),
    " } } }"
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

/// Loads a page: the first, or the one after a cursor.
///
/// # Errors
/// See [`Failure`].
pub async fn page(after: Option<&str>) -> Result<Page, Failure> {
    read::page(&post(PAGE, &[("after", after)]).await?)
}

/// The operation that does something with one alert. One that puts off has the variable `until` besides `id`.
pub fn acting(act: Act) -> &'static str {
    match act {
        Act::Read => MARK_READ,
        Act::Unread => MARK_UNREAD,
        Act::Archive => ARCHIVE,
        Act::Snooze(_) => SNOOZE,
        Act::Delete => DELETE,
        Act::Restore => RESTORE,
    }
}

/// Does something with one alert.
///
/// # Errors
/// See [`Failure`].
pub async fn act(id: AlertId, act: Act) -> Result<Reply, Failure> {
    let (id, until) = (id.to_string(), act.until().map(machine));
    let mut variables = vec![("id", Some(&*id))];
    variables.extend(until.as_deref().map(|until| ("until", Some(until))));
    read::reply(&post(acting(act), &variables).await?)
}

/// [`MARK_ALL_READ`] or [`MARK_ALL_SEEN`].
///
/// # Errors
/// See [`Failure`].
pub async fn up_to(operation: &str, position: &str) -> Result<Reply, Failure> {
    read::reply(&post(operation, &[("upTo", Some(position))]).await?)
}

/// `POST /graphql` with variables of text; the response's text.
async fn post(query: &str, variables: &[(&str, Option<&str>)]) -> Result<String, Failure> {
    let value = |value: &Option<&str>| value.map_or("null".into(), quote);
    let variables: Vec<_> = variables.iter().map(|(name, it)| format!(r#""{name}":{}"#, value(it))).collect();
    let body = format!(r#"{{"query":{},"variables":{{{}}}}}"#, quote(query), variables.join(","));
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
