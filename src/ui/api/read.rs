//! Taking responses apart, by hand: see [`crate::live::json`] for why. What does not fit is a fault
//! as a whole; nothing is half read.

use time::OffsetDateTime;

use super::Failure;
use crate::{
    domain::{Actor, Alert, AlertId, Counts, InboxEvent, Page, Reply, Severity, event::Head},
    live::json::Json,
    ui::{Opening, Undo, time::from_machine},
};

/// Reads what the server wrote for the bell to open with: the serde form of [`Opening`].
pub fn opening(text: &str) -> Option<Opening> {
    let opening = Json::parse(text)?;
    let page = opening.get("page")?;
    Some(Opening {
        page: Page {
            head: head(page.get("head")?)?,
            alerts: list(page.get("alerts")?, alert)?,
            next: optional(page.get("next"), Json::string)?,
        },
        pages: number(opening, "pages")?,
        open: opening.get("open")?.boolean()?,
        undo: optional(opening.get("undo"), undo)?,
    })
}

/// Reads the response of [`super::PAGE`].
///
/// # Errors
/// See [`Failure`].
pub fn page(response: &str) -> Result<Page, Failure> {
    data(response, |data| {
        let inbox = data.get("inbox")?;
        let connection = inbox.get("alerts")?;
        let info = connection.get("pageInfo")?;
        let end = optional(info.get("endCursor"), Json::string)?;
        Some(Ok(Page {
            head: head(inbox)?,
            alerts: list(connection.get("edges")?, |edge| alert(edge.get("node")?))?,
            next: info.get("hasNextPage")?.boolean()?.then_some(end).flatten(),
        }))
    })
}

/// Reads the response of a mutation.
///
/// # Errors
/// See [`Failure`].
pub fn reply(response: &str) -> Result<Reply, Failure> {
    data(response, |data| {
        let reply = data.get("reply")?;
        if let Some(problem) = reply.get("problem") {
            return Some(Err(Failure::Problem(problem.get("message")?.string()?)));
        }
        let inbox = reply.get("inbox")?;
        let (counts, revision) = (counts(inbox)?, number(inbox, "revision")?);
        Some(Ok(Reply { alert: optional(reply.get("alert"), alert)?, counts, revision }))
    })
}

/// Reads one response of [`super::INBOX_CHANGED`].
///
/// # Errors
/// See [`Failure`].
pub fn inbox_event(response: &str) -> Result<InboxEvent, Failure> {
    data(response, |data| {
        let event = data.get("inboxChanged")?;
        let head = head(event)?;
        let alerts = optional(event.get("alerts"), |alerts| list(alerts, alert))?;
        let alert_ids = optional(event.get("alertIds"), |ids| list(ids, id))?;
        Some(Ok(match string(event, "__typename")?.as_str() {
            "AlertChanged" => {
                let alert = optional(event.get("alert"), alert)?;
                InboxEvent::AlertChanged { alert_id: id(event.get("alertId")?)?, alert, head }
            }
            "AlertsChanged" => InboxEvent::AlertsChanged { alert_ids, alerts, head },
            "InboxReset" => InboxEvent::InboxReset { head },
            _ => return None,
        }))
    })
}

/// Reads the code of the errors that ended an operation, as the socket carries them.
pub fn error_code(errors: &str) -> Option<String> {
    code(Json::parse(errors)?)
}

/// Reads the data of a response. Data with errors is a failure: the bell asks for nothing it can
/// half use.
fn data<T>(response: &str, read: impl FnOnce(Json<'_>) -> Option<Result<T, Failure>>) -> Result<T, Failure> {
    let response = Json::parse(response).ok_or(Failure::Fault)?;
    match response.get("errors") {
        Some(errors) if code(errors).as_deref() == Some("UNAUTHENTICATED") => Err(Failure::SignedOut),
        Some(_) => Err(Failure::Fault),
        None => response.get("data").and_then(read).unwrap_or(Err(Failure::Fault)),
    }
}

/// The code of a list of GraphQL errors: the first one's.
fn code(errors: Json<'_>) -> Option<String> {
    string(errors.items()?.first()?.get("extensions")?, "code")
}

fn alert(value: Json<'_>) -> Option<Alert> {
    Some(Alert {
        id: id(value.get("id")?)?,
        revision: number(value, "revision")?,
        created_revision: number(value, "createdRevision")?,
        kind: string(value, "kind")?,
        severity: Severity::named(&string(value, "severity")?)?,
        title: string(value, "title")?,
        body: string(value, "body")?,
        link: optional(value.get("link"), Json::string)?,
        actor: optional(value.get("actor"), actor)?,
        data: None,
        created_at: moment(value.get("createdAt")?)?,
        read_at: optional(value.get("readAt"), moment)?,
        archived_at: optional(value.get("archivedAt"), moment)?,
        snoozed_until: optional(value.get("snoozedUntil"), moment)?,
        expires_at: optional(value.get("expiresAt"), moment)?,
    })
}

fn actor(value: Json<'_>) -> Option<Actor> {
    Some(Actor {
        id: optional(value.get("id"), Json::string)?,
        name: string(value, "name")?,
        avatar_url: optional(value.get("avatarUrl"), Json::string)?,
    })
}

fn head(value: Json<'_>) -> Option<Head> {
    Some(Head {
        revision: number(value, "revision")?,
        position: string(value, "position")?,
        counts: counts(value)?,
    })
}

fn undo(value: Json<'_>) -> Option<Undo> {
    Some(Undo { id: id(value.get("id")?)?, words: string(value, "words")? })
}

fn counts(value: Json<'_>) -> Option<Counts> {
    let counts = value.get("counts")?;
    let number = |name| number(counts, name);
    Some(Counts {
        unseen: number("unseen")?,
        unread: number("unread")?,
        archived: number("archived")?,
        snoozed: number("snoozed")?,
    })
}

fn id(value: Json<'_>) -> Option<AlertId> {
    value.string()?.parse().ok()
}

fn moment(value: Json<'_>) -> Option<OffsetDateTime> {
    from_machine(&value.string()?)
}

fn string(value: Json<'_>, name: &str) -> Option<String> {
    value.get(name)?.string()
}

fn number(value: Json<'_>, name: &str) -> Option<u32> {
    value.get(name)?.number()
}

fn list<T>(value: Json<'_>, read: impl FnMut(Json<'_>) -> Option<T>) -> Option<Vec<T>> {
    value.items()?.into_iter().map(read).collect()
}

/// What may be null or absent. The outer option: whether it fits.
fn optional<'a, T>(value: Option<Json<'a>>, read: impl FnOnce(Json<'a>) -> Option<T>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(value) => read(value).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALERT: &str = r#"{"id":"0190a0b0-0000-7000-8000-000000000000","revision":8,"createdRevision":7,
        "kind":"mention","severity":"WARNING","title":"Hi","body":"","link":null,
        "actor":{"id":null,"name":"Grace","avatarUrl":null},
        "createdAt":"2026-10-04T17:41:05.25Z","readAt":null,"archivedAt":null,"snoozedUntil":null,"expiresAt":null}"#;

    const COUNTS: Counts = Counts { unseen: 1, unread: 2, archived: 3, snoozed: 4 };

    fn read_alert() -> Alert {
        alert(Json::parse(ALERT).unwrap()).unwrap()
    }

    #[test]
    fn an_alert_is_what_the_domains_own_reader_makes_of_it() {
        assert_eq!(read_alert(), serde_json::from_str::<Alert>(ALERT).unwrap());
    }

    #[test]
    fn a_page_survives_the_way_through_the_html() {
        let head = Head { revision: 8, position: "p8".into(), counts: COUNTS };
        let page = Page { head, alerts: vec![read_alert()], next: Some("7".into()) };
        let opened = Opening { page, pages: 2, open: true, undo: Some(Undo::of(&read_alert(), None)) };
        assert_eq!(opening(&serde_json::to_string(&opened).unwrap()), Some(opened));
    }

    #[test]
    fn a_page_without_a_next_one_has_no_cursor() {
        let last = format!(
            r#"{{"data":{{"inbox":{{"counts":{{"unseen":1,"unread":2,"archived":3,"snoozed":4}},"revision":7,"position":"p7","alerts":{{
            "edges":[{{"node":{ALERT}}}],"pageInfo":{{"endCursor":"c","hasNextPage":false}}}}}}}}}}"#
        );
        let page = page(&last).unwrap();
        assert_eq!((page.next, page.alerts), (None, vec![read_alert()]));
        assert_eq!(page.head, Head { revision: 7, position: "p7".into(), counts: COUNTS });
    }

    #[test]
    fn a_refusal_is_told_in_the_servers_words() {
        let refused =
            r#"{"data":{"reply":{"alert":null,"inbox":null,"problem":{"message":"No such alert."}}}}"#;
        assert_eq!(reply(refused), Err(Failure::Problem("No such alert.".into())));
    }

    #[test]
    fn an_ended_session_is_not_a_fault() {
        let ended = r#"{"data":null,"errors":[{"message":"no","extensions":{"code":"UNAUTHENTICATED"}}]}"#;
        assert_eq!(reply(ended), Err(Failure::SignedOut));
    }

    #[test]
    fn what_is_no_fitting_response_is_a_fault() {
        let wrong_count = r#"{"data":{"reply":{"inbox":{"counts":{"unseen":0,"unread":-1,"archived":0,"snoozed":0},"revision":1}}}}"#;
        let with_errors = r#"{"data":{"reply":{}},"errors":[{"message":"x"}]}"#;
        for text in ["", "<html>", "{}", "[]", wrong_count, with_errors] {
            assert_eq!(reply(text), Err(Failure::Fault), "{text}");
        }
    }

    #[test]
    fn an_event_is_read_by_its_type() {
        let event = |more: &str| {
            let head =
                r#""revision":9,"position":"p9","counts":{"unseen":1,"unread":2,"archived":3,"snoozed":4}"#;
            inbox_event(&format!(r#"{{"data":{{"inboxChanged":{{{more},{head}}}}}}}"#))
        };
        let id = read_alert().id;
        let head = Head { revision: 9, position: "p9".into(), counts: COUNTS };
        let gone = event(&format!(r#""__typename":"AlertChanged","alertId":"{id}","alert":null"#));
        assert_eq!(gone, Ok(InboxEvent::AlertChanged { alert_id: id, alert: None, head: head.clone() }));
        let many = event(r#""__typename":"AlertsChanged","alertIds":null,"alerts":null"#);
        let (alert_ids, alerts) = (None, None);
        assert_eq!(many, Ok(InboxEvent::AlertsChanged { alert_ids, alerts, head: head.clone() }));
        assert_eq!(event(r#""__typename":"InboxReset""#), Ok(InboxEvent::InboxReset { head }));
        assert_eq!(event(r#""__typename":"Other""#), Err(Failure::Fault));
    }
}
