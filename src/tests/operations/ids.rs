//! The id of a request: in the answer, and on each line that is logged for it.

use std::fs;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{
    app::{Folder, JWT_SECRET, in_seconds, token},
    program::Serving,
    voice::Voice,
};

/// A server whose log is JSON.
struct Logged {
    server: Serving,
    folder: Folder,
}

impl Logged {
    async fn start() -> Self {
        let folder = Folder::new();
        let flags = folder.flags(&["--mode", "production", "--jwt-secret", JWT_SECRET, "--log", "json"]);
        let server = Serving::logging(&flags, &folder.path("log")).await;
        Self { server, folder }
    }

    fn nobody(&self) -> Voice {
        Voice::new(self.server.address.parse().unwrap(), None)
    }

    fn lines(&self) -> Vec<Value> {
        let log = fs::read_to_string(self.folder.path("log")).unwrap();
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The ids on the lines that say something.
    fn ids(&self, message: &str) -> Vec<Value> {
        let lines = self.lines().into_iter().filter(|line| line["message"] == message);
        lines.map(|line| line["span"]["request_id"].clone()).collect()
    }

    /// A request that is refused, with an id of the caller's; the id of the answer.
    async fn refused(&self, id: &[&[u8]]) -> String {
        let mut request = self.nobody().request(reqwest::Method::POST, "/graphql").body("no JSON");
        for id in id {
            request = request.header("x-request-id", *id);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 415);
        answer.headers()["x-request-id"].to_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn an_id_of_the_callers_is_taken_over_and_stands_on_the_line() {
    let logged = Logged::start().await;
    let longest = "7".repeat(64);
    for id in ["7f3a:b-c_d.e", "0", &longest] {
        assert_eq!(logged.refused(&[id.as_bytes()]).await, id);
        assert_eq!(logged.ids("refused").last(), Some(&json!(id)));
    }
}

#[tokio::test]
async fn an_id_that_is_missing_or_ill_formed_is_made_anew() {
    let logged = Logged::start().await;
    let too_long = "7".repeat(65);
    let ill_formed: [&[&[u8]]; 8] = [
        &[],
        &[b""],
        &[b"two words"],
        &[b"{\"json\":1}"],
        &[b"\xc3\xa9"],
        &[b"one;two"],
        &[too_long.as_bytes()],
        &[b"good", b"not good"],
    ];
    let mut made = Vec::new();
    for id in ill_formed {
        let id = logged.refused(id).await;
        assert!(id.parse::<uuid::Uuid>().is_ok(), "{id}");
        assert!(!made.contains(&json!(id)), "{id}");
        made.push(json!(id));
    }
    assert_eq!(logged.ids("refused"), made);
}

#[tokio::test]
async fn every_answer_has_an_id() {
    let logged = Logged::start().await;
    for path in ["/", "/login", "/healthz", "/readyz", "/metrics", "/graphql", "/no/such/page"] {
        let answer = logged.nobody().get(path).await;
        assert!(answer.headers().contains_key("x-request-id"), "{path}");
    }
}

#[tokio::test]
async fn a_socket_is_logged_under_the_id_of_its_upgrade() {
    let logged = Logged::start().await;
    let id = (reqwest::header::HeaderName::from_static("x-request-id"), "the-upgrade".to_owned());
    let mut peer = Voice::new(logged.server.address.parse().unwrap(), Some(id)).upgrade().await;
    let expired = token(&json!({ "sub": "ada", "exp": in_seconds(-5) }));
    let payload = json!({ "authorization": format!("Bearer {expired}") });
    let init = json!({ "type": "connection_init", "payload": payload }).to_string();
    peer.send(Message::text(init)).await;
    assert_eq!(peer.closed().await.0, 4403);
    assert_eq!(logged.ids("closing a socket"), [json!("the-upgrade")]);
}

#[tokio::test]
async fn a_line_of_json_says_when_where_and_how_grave() {
    let logged = Logged::start().await;
    let id = logged.refused(&[]).await;
    let line = logged.lines().pop().unwrap();
    let moment = line["timestamp"].as_str().unwrap();
    use time::{OffsetDateTime, format_description::well_known::Rfc3339};
    assert!(OffsetDateTime::parse(moment, &Rfc3339).is_ok(), "{line}");
    assert_eq!((&line["level"], &line["message"]), (&json!("INFO"), &json!("refused")));
    assert_eq!(line["target"], "belfry::server::graphql::http");
    assert_eq!(line["span"], json!({ "name": "request", "request_id": id, "route": "/graphql" }));
}

#[tokio::test]
async fn a_form_of_the_log_that_is_none_is_refused() {
    let ran = crate::support::program::belfry(&["serve", "--log", "xml"]).await;
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
    assert!(ran.err.contains("--log") && ran.err.contains("text, json"), "{ran:?}");
}
