//! What is refused is one line of the server's log, whatever the caller put into it.

use std::fs;

use belfry::server::auth::Secret;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    app::{Folder, JWT_SECRET, in_seconds, token},
    program::Serving,
    voice::{Voice, plain},
};

/// A server whose log can be read.
struct Logged {
    server: Serving,
    folder: Folder,
}

impl Logged {
    async fn start() -> Self {
        let folder = Folder::new();
        let flags = folder.flags(&["--mode", "production", "--jwt-secret", JWT_SECRET]);
        let server = Serving::logging(&flags, &folder.path("log")).await;
        Self { server, folder }
    }

    fn voice(&self, claims: &Value) -> Voice {
        let header = (reqwest::header::AUTHORIZATION, format!("Bearer {}", token(claims)));
        Voice::new(self.server.address.parse().unwrap(), Some(header))
    }

    fn lines(&self) -> Vec<String> {
        fs::read_to_string(self.folder.path("log")).unwrap().lines().map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn each_refused_request_is_one_line() {
    let logged = Logged::start().await;
    let publisher = logged.voice(&json!({ "sub": "shop", "scope": "publish", "exp": in_seconds(60) }));
    let create = "mutation ($input: CreateAlertInput!) { createAlert(input: $input) { problem { field } } }";
    let input = |to: &str, title: &str| {
        json!({ "variables": { "input": plain(to, title) }, "query": create }).to_string()
    };
    let bodies = [
        ("recipientId", input("a\nb", "t")),
        ("title", input("ada", "two\nlines\r\u{1b}[31m")),
        ("colour", json!({ "query": create, "variables": { "input": { "colour": "a\nb" } } }).to_string()),
        ("not JSON", "{\n".to_owned()),
        ("JSON object", "[]".to_owned()),
        ("nothing", json!({ "query": "{\n nothing\n}" }).to_string()),
    ];
    for (named, body) in bodies {
        let before = logged.lines().len();
        let request = publisher.request(Method::POST, "/graphql").header("content-type", "application/json");
        request.body(body.clone()).send().await.unwrap().bytes().await.unwrap();
        let lines = logged.lines();
        assert_eq!(lines.len(), before + 1, "{body}: {:?}", &lines[before..]);
        assert!(lines[before].contains(named) && !lines[before].contains('\u{1b}'), "{:?}", lines[before]);
    }
}

#[tokio::test]
async fn each_request_that_is_turned_away_is_one_line_without_its_token() {
    let logged = Logged::start().await;
    let nobody = Voice::new(logged.server.address.parse().unwrap(), None);
    let asking = |method, header: &str, value: &str| {
        let request = nobody.request(method, "/graphql").header(header, value);
        request.json(&json!({ "query": "{ __typename }" }))
    };
    let unknown = Secret::random().unwrap();
    let expired = token(&json!({ "sub": "ada", "exp": in_seconds(-5) }));
    let bearer = |token: &str| asking(Method::POST, "authorization", &format!("Bearer {token}"));
    let large = "x".repeat(128 * 1024 + 1);
    for (request, named) in [
        (asking(Method::POST, "authorization", "Basic YWRhOmRlbW8="), "Bearer <token>"),
        (bearer(unknown.reveal()), "unknown or revoked"),
        (bearer(&expired), "expired"),
        (asking(Method::POST, "accept", "text/html"), "Accept"),
        (asking(Method::POST, "content-type", "text/plain"), "application/json"),
        (asking(Method::POST, "content-type", "application/json").body(large), "limit"),
        (asking(Method::PUT, "accept", "*/*"), "send a POST"),
    ] {
        let before = logged.lines().len();
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_client_error(), "{named}: {}", answer.status());
        let lines = logged.lines();
        assert_eq!(lines.len(), before + 1, "{named}: {:?}", &lines[before..]);
        assert!(lines[before].contains("INFO") && lines[before].contains(named), "{:?}", lines[before]);
        for secret in ["YWRhOmRlbW8=", unknown.reveal(), &expired] {
            assert!(!lines[before].contains(secret), "{:?}", lines[before]);
        }
    }
}

#[tokio::test]
async fn an_upgrade_that_is_turned_away_is_one_line() {
    let logged = Logged::start().await;
    let ada = logged.voice(&json!({ "sub": "ada", "exp": in_seconds(-5) }));
    let before = logged.lines().len();
    assert_eq!(ada.upgrade_refused().await, 401);
    let lines = logged.lines();
    assert_eq!(lines.len(), before + 1, "{:?}", &lines[before..]);
    assert!(lines[before].contains("the token has expired"), "{:?}", lines[before]);
}

#[tokio::test]
async fn a_store_that_fails_is_one_line_for_each_answer() {
    let logged = Logged::start().await;
    let ada = logged.voice(&json!({ "sub": "ada", "exp": in_seconds(60) }));
    let nobody = Voice::new(logged.server.address.parse().unwrap(), None);
    let secret = Secret::random().unwrap();
    let shown = (reqwest::header::AUTHORIZATION, format!("Bearer {}", secret.reveal()));
    let publisher = Voice::new(logged.server.address.parse().unwrap(), Some(shown));
    let cookie = (reqwest::header::COOKIE, "__Host-belfry=AAAAAAAAAAAAAAAAAAAAAA".to_owned());
    let visitor = Voice::new(logged.server.address.parse().unwrap(), Some(cookie));
    for (table, voice, path) in [
        ("tokens", &publisher, "/graphql?query={__typename}"),
        ("people", &ada, "/graphql?query={__typename}"),
        ("sessions", &visitor, "/graphql?query={__typename}"),
        ("sessions", &visitor, "/"),
        ("store", &nobody, "/readyz"),
    ] {
        logged.folder.lose(table).await;
        let before = logged.lines().len();
        assert!(voice.get(path).await.status().is_server_error(), "{path}");
        let mut lines = logged.lines().split_off(before);
        // The sweeper may miss the table too, and says so.
        lines.retain(|line| line.contains("request_id="));
        assert_eq!(lines.len(), 1, "{table} {path}: {lines:?}");
        assert!(lines[0].contains("ERROR") && lines[0].contains(table), "{lines:?}");
        logged.folder.find(table).await;
    }
}

#[tokio::test]
async fn each_refused_socket_is_one_line() {
    let logged = Logged::start().await;
    let ada = logged.voice(&json!({ "sub": "ada", "exp": in_seconds(60) }));
    let init =
        |shown| json!({ "type": "connection_init", "payload": { "authorization": shown } }).to_string();
    let expired = token(&json!({ "sub": "ada", "exp": in_seconds(-5) }));
    for (code, said, named) in [
        (4400, "garbage\n".to_owned(), "4400"),
        (4403, init("x".to_owned()), "Bearer <token>"),
        (4403, init(format!("Bearer {expired}")), "the token has expired"),
    ] {
        let before = logged.lines().len();
        let mut peer = ada.upgrade().await;
        peer.send(tokio_tungstenite::tungstenite::Message::text(said)).await;
        assert_eq!(peer.closed().await.0, code);
        let lines = logged.lines();
        assert_eq!(lines.len(), before + 1, "{:?}", &lines[before..]);
        assert!(
            lines[before].contains(&code.to_string()) && lines[before].contains(named),
            "{:?}",
            lines[before]
        );
        assert!(!lines[before].contains(&expired), "{:?}", lines[before]);
    }
}

#[tokio::test]
async fn a_start_says_once_whose_passwords_it_took_away_or_does_not_know() {
    let folder = Folder::new();
    for (mode, said) in [
        ("demo", None),
        ("demo", None),
        ("production", Some(("people=\"ada, alan, grace\"", "belfry user add"))),
        ("production", None),
        ("demo", Some(("people=\"ada, grace, alan\"", "the demo password is not theirs"))),
    ] {
        let server = Serving::logging(&folder.flags(&["--mode", mode]), &folder.path("log")).await;
        let log = fs::read_to_string(folder.path("log")).unwrap();
        assert_eq!(log.lines().count(), usize::from(said.is_some()), "{mode}: {log}");
        assert!(said.is_none_or(|(people, what)| log.contains(people) && log.contains(what)), "{log}");
        server.signal("TERM").await;
        assert_eq!(server.ended().await, Some(0));
    }
}
