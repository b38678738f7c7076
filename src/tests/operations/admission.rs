//! Who may open a socket when very many want to.

use std::{path::Path, time::Duration};

use serde_json::json;
use tokio::{
    io::AsyncReadExt,
    net::TcpStream,
    task::JoinSet,
    time::{Instant, timeout},
};

use super::{Scrape, becomes};
use crate::{
    support::{
        app::{App, Folder, JWT_SECRET, in_seconds, token},
        program::Serving,
        voice::Voice,
    },
    ws::bench::PATIENCE,
};

const REFUSED: &str = "belfry_upgrades_refused_total";

/// How many files a server may have open that is short of them.
const FILES: usize = 200;

/// A server that lets one socket in each second, and eight wait.
async fn slow_to_let_in() -> App {
    App::with(&["--mode", "production", "--jwt-secret", JWT_SECRET, "--limit-upgrades", "1"]).await
}

#[tokio::test]
async fn who_comes_beyond_the_rate_is_let_in_when_it_is_their_turn() {
    let app = slow_to_let_in().await;
    let ada = app.person("ada");
    let _first = ada.socket().await;
    let begin = Instant::now();
    let _next = timeout(PATIENCE, ada.socket()).await.unwrap();
    assert!(begin.elapsed() > Duration::from_millis(500), "{:?}", begin.elapsed());
    assert_eq!(Scrape::of(&ada).await.value(&format!("{REFUSED}{{reason=\"rate\"}}")), 0.0);
}

#[tokio::test]
async fn who_would_wait_too_long_is_told_to_come_again_and_gets_in() {
    let app = slow_to_let_in().await;
    let ada = app.person("ada");
    let _first = ada.socket().await;
    let mut waiting = JoinSet::new();
    for _ in 0..12 {
        let request = ada.upgrading();
        waiting.spawn(async move { request.send().await.unwrap() });
    }
    let refused = loop {
        let answer = timeout(PATIENCE, waiting.join_next()).await.unwrap().unwrap().unwrap();
        if answer.status() == 503 {
            break answer;
        }
    };
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(refused.headers()["connection"], "close");
    assert!(Scrape::of(&ada).await.value(&format!("{REFUSED}{{reason=\"rate\"}}")) >= 1.0);
    // Everything else is answered.
    assert_eq!(ada.unread().await, 0);
    // Who gives up leaves their place to others.
    waiting.shutdown().await;
    becomes(&ada, "belfry_upgrades_waiting", 0.0).await;
    timeout(PATIENCE, ada.socket()).await.unwrap();
}

#[tokio::test]
async fn who_wants_no_socket_takes_no_place_in_the_line() {
    let flags = ["--mode", "production", "--jwt-secret", JWT_SECRET, "--limit-upgrades", "1"];
    let app = App::with(&flags).await;
    for _ in 0..20 {
        let refused = app.nobody().get("/graphql/ws").await;
        assert_eq!(
            (refused.status().as_u16(), &refused.headers()["upgrade"]),
            (426, &"websocket".parse().unwrap())
        );
    }
    timeout(PATIENCE, app.person("ada").socket()).await.unwrap();
}

#[tokio::test]
async fn without_limits_everybody_is_let_in() {
    let more = ["--limit-upgrades", "1", "--limits", "off"];
    let app = App::with(&[&["--mode", "production", "--jwt-secret", JWT_SECRET][..], &more].concat()).await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        sockets.push(app.person("ada").socket().await);
    }
}

#[tokio::test]
async fn a_node_short_of_files_refuses_sockets_first_then_connections_and_says_how_it_is_to_the_end() {
    let folder = Folder::new();
    let flags =
        folder.flags(&["--mode", "production", "--jwt-secret", JWT_SECRET, "--probes-addr", "127.0.0.1:0"]);
    let limit = format!("--nofile={FILES}");
    let mut server = Serving::under(&["prlimit", &limit], &flags, Path::new("/dev/null")).await;
    let said = server.line().await;
    let address = said.strip_prefix("Its probes and metrics are on http://").unwrap();
    let probes = Voice::new(address.strip_suffix('.').unwrap().parse().unwrap(), None);
    let bearer = format!("Bearer {}", token(&json!({ "sub": "ada", "exp": in_seconds(600) })));
    let ada = Voice::new(server.address.parse().unwrap(), Some((reqwest::header::AUTHORIZATION, bearer)));
    let mut sockets = Vec::new();
    while let Some(socket) = ada.try_socket().await {
        sockets.push(socket);
        assert!(sockets.len() < FILES);
    }
    assert!(Scrape::of(&probes).await.value(&format!("{REFUSED}{{reason=\"files\"}}")) >= 1.0);
    assert_eq!((probes.get("/readyz").await.status().as_u16(), ada.unread().await), (200, 0));
    let mut strangers = Vec::new();
    let flood = async {
        loop {
            let mut stranger = TcpStream::connect(&server.address).await.unwrap();
            // One for which there is no place is closed at once, and nothing was said on it.
            if timeout(Duration::from_millis(50), stranger.read(&mut [0])).await.is_ok() {
                return;
            }
            strangers.push(stranger);
        }
    };
    timeout(PATIENCE, flood).await.unwrap();
    assert!(server.files() < FILES);
    let anew = Voice::new(address.strip_suffix('.').unwrap().parse().unwrap(), None);
    assert_eq!(anew.get("/healthz").await.status(), 200);
    assert_eq!(anew.get("/readyz").await.status(), 200);
    drop((strangers, sockets));
    becomes(&anew, "belfry_sockets", 0.0).await;
    ada.socket().await;
}
