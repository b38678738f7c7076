//! A signal ends a server soon, and costs nobody anything.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    support::{
        app::{App, Folder, JWT_SECRET, in_seconds, token},
        program::Serving,
        voice::{Voice, plain, titles},
    },
    ws::peer::reason,
};

/// A server in a process of its own that knows the host application's secret.
async fn serving(folder: &Folder) -> Serving {
    Serving::start(&folder.flags(&["--mode", "production", "--jwt-secret", JWT_SECRET])).await
}

fn voice(serving: &Serving, claims: &serde_json::Value) -> Voice {
    let header = (reqwest::header::AUTHORIZATION, format!("Bearer {}", token(claims)));
    Voice::new(serving.address.parse().unwrap(), Some(header))
}

fn publisher(serving: &Serving) -> Voice {
    voice(serving, &json!({ "sub": "shop", "scope": "publish", "exp": in_seconds(60) }))
}

#[tokio::test]
async fn a_signal_tells_sockets_1012_and_alerts_stay() {
    for signal in ["TERM", "INT"] {
        let folder = Folder::in_file();
        let server = serving(&folder).await;
        publisher(&server).raise("ada", "Hello").await;
        let mut peer = voice(&server, &json!({ "sub": "ada", "exp": in_seconds(60) })).socket().await;
        peer.subscribe("1", "subscription { inboxChanged { __typename } }").await;
        peer.hear().await;
        let begin = Instant::now();
        server.signal(signal).await;
        assert_eq!(peer.closed().await, reason(1012, "Service restart"));
        assert_eq!(server.ended().await, Some(0));
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
        assert!(!folder.path("belfry.db-wal").exists());
        let app = App::in_folder(folder, &["--mode", "production", "--jwt-secret", JWT_SECRET]).await;
        assert_eq!(titles(&app.person("ada").inbox().await), ["Hello"]);
    }
}

#[tokio::test]
async fn a_request_at_hand_is_answered_and_no_other_is_taken() {
    let folder = Folder::in_file();
    let server = serving(&folder).await;
    let create = "mutation ($input: CreateAlertInput!) { createAlert(input: $input) { alert { title } } }";
    let body = json!({ "query": create, "variables": { "input": plain("ada", "in time") } }).to_string();
    let bearer = token(&json!({ "sub": "shop", "scope": "publish", "exp": in_seconds(60) }));
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: belfry\r\nAuthorization: Bearer {bearer}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    // The answer to the expectation says that the request has begun.
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100 Continue"));
    server.signal("TERM").await;
    while TcpStream::connect(&server.address).await.is_ok() {}
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("in time"), "{answer}");
    assert_eq!(server.ended().await, Some(0));
    let app = App::in_folder(folder, &["--mode", "production", "--jwt-secret", JWT_SECRET]).await;
    assert_eq!(titles(&app.person("ada").inbox().await), ["in time"]);
}

#[tokio::test]
async fn a_server_says_where_it_serves_and_a_demo_says_how_to_sign_in() {
    let folder = Folder::in_file();
    let mut server = Serving::start(&folder.flags(&["--mode", "demo"])).await;
    assert_eq!(server.line().await, "Demo mode. Sign in as ada, grace, alan; the password is demo.");
    let answer = Voice::new(server.address.parse().unwrap(), None).get("/readyz").await;
    assert_eq!(answer.status(), 200);
    server.signal("TERM").await;
    assert_eq!(server.ended().await, Some(0));
}

#[tokio::test]
async fn a_client_that_comes_back_goes_on_where_it_was() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    publisher.raise("ada", "before").await;
    let position = ada.position().await;
    let folder = app.stop().await;
    let app = App::in_folder(folder, &["--mode", "production", "--jwt-secret", JWT_SECRET]).await;
    publisher.at(app.address).raise("ada", "while away").await;
    let mut peer = ada.at(app.address).socket().await;
    let query = "subscription ($after: Position) { inboxChanged(after: $after) { \
        ... on AlertChanged { alert { title } unreadCount } } }";
    let payload = json!({ "query": query, "variables": { "after": position } });
    peer.say(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
    let event = peer.hear().await["payload"]["data"]["inboxChanged"].take();
    assert_eq!(event, json!({ "alert": { "title": "while away" }, "unreadCount": 2 }));
}
