//! Who may open a socket when very many want to.

use std::{path::Path, time::Duration};

use serde_json::json;
use tokio::{
    net::TcpStream,
    task::JoinSet,
    time::{Instant, interval, timeout},
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
async fn without_limits_everybody_is_let_in() {
    let more = ["--limit-upgrades", "1", "--limits", "off"];
    let app = App::with(&[&["--mode", "production", "--jwt-secret", JWT_SECRET][..], &more].concat()).await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        sockets.push(app.person("ada").socket().await);
    }
}

#[tokio::test]
async fn a_node_short_of_files_refuses_sockets_first_and_survives_to_have_none() {
    let folder = Folder::new();
    let flags = folder.flags(&["--mode", "production", "--jwt-secret", JWT_SECRET]);
    let limit = format!("--nofile={FILES}");
    let server = Serving::under(&["prlimit", &limit], &flags, Path::new("/dev/null")).await;
    let bearer = format!("Bearer {}", token(&json!({ "sub": "ada", "exp": in_seconds(600) })));
    let ada = Voice::new(server.address.parse().unwrap(), Some((reqwest::header::AUTHORIZATION, bearer)));
    let mut sockets = Vec::new();
    while let Some(socket) = ada.try_socket().await {
        sockets.push(socket);
        assert!(sockets.len() < FILES);
    }
    assert!(Scrape::of(&ada).await.value(&format!("{REFUSED}{{reason=\"files\"}}")) >= 1.0);
    assert_eq!((ada.get("/readyz").await.status().as_u16(), ada.unread().await), (200, 0));
    let mut strangers = Vec::new();
    let mut looks = interval(Duration::from_millis(10));
    let flood = async {
        while server.files() < FILES {
            strangers.push(TcpStream::connect(&server.address).await.unwrap());
            looks.tick().await;
        }
        // There is none for this one.
        strangers.push(TcpStream::connect(&server.address).await.unwrap());
    };
    timeout(PATIENCE, flood).await.unwrap();
    drop((strangers, sockets));
    let nobody = Voice::new(server.address.parse().unwrap(), None);
    becomes(&nobody, "belfry_sockets", 0.0).await;
    ada.socket().await;
}
