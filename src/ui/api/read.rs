//! Taking responses apart.
//!
//! By hand, from one JSON tree: a derived reader for each of a dozen shapes would make up a fifth
//! of the page's WASM. What does not fit is a fault as a whole; nothing is half read.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::Failure;
use crate::{
    domain::{Actor, Alert, AlertId, InboxEvent, Page, Revision, Severity, event::Head},
    ui::time::from_machine,
};

/// The page a bell opens with, on its way from the server's HTML to the browser.
///
/// A JSON tree, since an island writes its properties out again in the browser too: a page itself
/// would bring along how to write alerts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Opening(Value);

impl Opening {
    /// Packs a page. On the server; a page is made of texts and numbers, and always fits.
    pub fn pack(page: &Page) -> Self {
        Self(serde_json::to_value(page).unwrap_or_default())
    }

    /// Unpacks the page; an empty one if it was tampered with.
    pub fn unpack(self) -> Page {
        let page = || {
            Some(Page {
                head: head(&self.0["head"])?,
                alerts: list(&self.0["alerts"], alert)?,
                next: text(&self.0["next"]),
            })
        };
        let head = Head { revision: 0, position: String::new(), unread_count: 0 };
        page().unwrap_or(Page { head, alerts: Vec::new(), next: None })
    }
}

/// What a mutation says of the inbox after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Marked {
    /// The alert as it is now; none for a bulk change.
    pub alert: Option<Alert>,
    /// The count after it.
    pub count: Count,
}

/// An absolute count with the revision it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// How many alerts are unread.
    pub unread: u32,
    /// The inbox's revision at that count.
    pub revision: Revision,
}

/// Reads the response of [`super::PAGE`].
pub fn page(response: &str) -> Result<Page, Failure> {
    let inbox = &data(response)?["inbox"];
    let page = || {
        let connection = &inbox["alerts"];
        let more = connection["pageInfo"]["hasNextPage"].as_bool()?;
        Some(Page {
            head: head(inbox)?,
            alerts: list(&connection["edges"], |edge| alert(&edge["node"]))?,
            next: text(&connection["pageInfo"]["endCursor"]).filter(|_| more),
        })
    };
    page().ok_or(Failure::Fault)
}

/// Reads the response of a mutation.
pub fn marked(response: &str) -> Result<Marked, Failure> {
    let reply = &data(response)?["reply"];
    if let Some(problem) = text(&reply["problem"]["message"]) {
        return Err(Failure::Problem(problem));
    }
    let inbox = &reply["inbox"];
    let marked = || {
        let count = Count { unread: number(&inbox["unreadCount"])?, revision: number(&inbox["revision"])? };
        Some(Marked { alert: optional(&reply["alert"], alert)?, count })
    };
    marked().ok_or(Failure::Fault)
}

/// Reads one response of [`super::INBOX_CHANGED`].
///
/// # Errors
/// See [`Failure`].
pub fn inbox_event(response: &str) -> Result<InboxEvent, Failure> {
    let event = &data(response)?["inboxChanged"];
    let read = || {
        let head = head(event)?;
        match event["__typename"].as_str()? {
            "AlertChanged" => {
                let alert = optional(&event["alert"], alert)?;
                Some(InboxEvent::AlertChanged { alert_id: id(&event["alertId"])?, alert, head })
            }
            "AlertsChanged" => Some(InboxEvent::AlertsChanged {
                alert_ids: optional(&event["alertIds"], |ids| list(ids, id))?,
                alerts: optional(&event["alerts"], |alerts| list(alerts, alert))?,
                head,
            }),
            "InboxReset" => Some(InboxEvent::InboxReset { head }),
            _ => None,
        }
    };
    read().ok_or(Failure::Fault)
}

/// The data of a response. Data with errors is a failure: the bell asks for nothing it can half use.
fn data(response: &str) -> Result<Value, Failure> {
    let mut response: Value = serde_json::from_str(response).map_err(|_| Failure::Fault)?;
    match response["errors"].get(0).map(|error| &error["extensions"]["code"]) {
        Some(code) if code == "UNAUTHENTICATED" => Err(Failure::SignedOut),
        Some(_) => Err(Failure::Fault),
        None => response.get_mut("data").map(Value::take).ok_or(Failure::Fault),
    }
}

fn alert(value: &Value) -> Option<Alert> {
    Some(Alert {
        id: id(&value["id"])?,
        revision: number(&value["revision"])?,
        created_revision: number(&value["createdRevision"])?,
        kind: text(&value["kind"])?,
        severity: Severity::named(value["severity"].as_str()?)?,
        title: text(&value["title"])?,
        body: text(&value["body"])?,
        link: text(&value["link"]),
        actor: optional(&value["actor"], actor)?,
        data: None,
        created_at: moment(&value["createdAt"])?,
        read_at: optional(&value["readAt"], moment)?,
        expires_at: optional(&value["expiresAt"], moment)?,
    })
}

fn actor(value: &Value) -> Option<Actor> {
    Some(Actor { id: text(&value["id"]), name: text(&value["name"])?, avatar_url: text(&value["avatarUrl"]) })
}

fn head(value: &Value) -> Option<Head> {
    Some(Head {
        revision: number(&value["revision"])?,
        position: text(&value["position"])?,
        unread_count: number(&value["unreadCount"])?,
    })
}

fn id(value: &Value) -> Option<AlertId> {
    value.as_str()?.parse().ok()
}

fn moment(value: &Value) -> Option<OffsetDateTime> {
    from_machine(value.as_str()?)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn number(value: &Value) -> Option<u32> {
    value.as_u64()?.try_into().ok()
}

fn list<T>(value: &Value, read: impl FnMut(&Value) -> Option<T>) -> Option<Vec<T>> {
    value.as_array()?.iter().map(read).collect()
}

/// What may be null or absent. The outer option: whether it fits.
fn optional<T>(value: &Value, read: impl FnOnce(&Value) -> Option<T>) -> Option<Option<T>> {
    if value.is_null() { Some(None) } else { read(value).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALERT: &str = r#"{"id":"0190a0b0-0000-7000-8000-000000000000","revision":8,"createdRevision":7,
        "kind":"mention","severity":"WARNING","title":"Hi","body":"","link":null,
        "actor":{"id":null,"name":"Grace","avatarUrl":null},
        "createdAt":"2026-10-04T17:41:05.25Z","readAt":null,"expiresAt":null}"#;

    fn read_alert() -> Alert {
        alert(&serde_json::from_str(ALERT).unwrap()).unwrap()
    }

    #[test]
    fn an_alert_is_what_the_domains_own_reader_makes_of_it() {
        assert_eq!(read_alert(), serde_json::from_str::<Alert>(ALERT).unwrap());
    }

    #[test]
    fn a_page_survives_the_way_through_the_html() {
        let head = Head { revision: 8, position: "p8".into(), unread_count: 1 };
        let page = Page { head, alerts: vec![read_alert()], next: Some("7".into()) };
        let html = serde_json::to_string(&Opening::pack(&page)).unwrap();
        assert_eq!(serde_json::from_str::<Opening>(&html).unwrap().unpack(), page);
    }

    #[test]
    fn a_page_without_a_next_one_has_no_cursor() {
        let last = format!(
            r#"{{"data":{{"inbox":{{"unreadCount":0,"revision":7,"position":"p7","alerts":{{
            "edges":[{{"node":{ALERT}}}],"pageInfo":{{"endCursor":"c","hasNextPage":false}}}}}}}}}}"#
        );
        let page = page(&last).unwrap();
        assert_eq!((page.next, page.alerts), (None, vec![read_alert()]));
        assert_eq!(page.head, Head { revision: 7, position: "p7".into(), unread_count: 0 });
    }

    #[test]
    fn a_refusal_is_told_in_the_servers_words() {
        let refused =
            r#"{"data":{"reply":{"alert":null,"inbox":null,"problem":{"message":"No such alert."}}}}"#;
        assert_eq!(marked(refused), Err(Failure::Problem("No such alert.".into())));
    }

    #[test]
    fn an_ended_session_is_not_a_fault() {
        let ended = r#"{"data":null,"errors":[{"message":"no","extensions":{"code":"UNAUTHENTICATED"}}]}"#;
        assert_eq!(marked(ended), Err(Failure::SignedOut));
    }

    #[test]
    fn what_is_no_fitting_response_is_a_fault() {
        let wrong_count = r#"{"data":{"reply":{"inbox":{"unreadCount":-1,"revision":1}}}}"#;
        let with_errors = r#"{"data":{"reply":{}},"errors":[{"message":"x"}]}"#;
        for text in ["", "<html>", "{}", "[]", wrong_count, with_errors] {
            assert_eq!(marked(text), Err(Failure::Fault), "{text}");
        }
    }

    #[test]
    fn an_event_is_read_by_its_type() {
        let event = |more: &str| {
            let head = r#""revision":9,"position":"p9","unreadCount":2"#;
            inbox_event(&format!(r#"{{"data":{{"inboxChanged":{{{more},{head}}}}}}}"#))
        };
        let id = read_alert().id;
        let head = Head { revision: 9, position: "p9".into(), unread_count: 2 };
        let gone = event(&format!(r#""__typename":"AlertChanged","alertId":"{id}","alert":null"#));
        assert_eq!(gone, Ok(InboxEvent::AlertChanged { alert_id: id, alert: None, head: head.clone() }));
        let many = event(r#""__typename":"AlertsChanged","alertIds":null,"alerts":null"#);
        let (alert_ids, alerts) = (None, None);
        assert_eq!(many, Ok(InboxEvent::AlertsChanged { alert_ids, alerts, head: head.clone() }));
        assert_eq!(event(r#""__typename":"InboxReset""#), Ok(InboxEvent::InboxReset { head }));
        assert_eq!(event(r#""__typename":"Other""#), Err(Failure::Fault));
    }
}
