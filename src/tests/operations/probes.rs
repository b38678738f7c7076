//! What a load balancer is told.

use std::time::{Duration, Instant};

use reqwest::Response;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    support::{
        app::{App, Folder, JWT_SECRET, in_seconds, token},
        program::Serving,
        redis::RedisServer,
        voice::Voice,
    },
    ws::{bench::PATIENCE, peer::reason},
};

async fn said(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

/// Asks until the answer is as it should be.
async fn becomes(server: &Voice, status: u16, expected: Value) {
    let asking = async { while said(server.get("/readyz").await).await != (status, expected.clone()) {} };
    assert!(
        timeout(PATIENCE, asking).await.is_ok(),
        "{expected}: {:?}",
        said(server.get("/readyz").await).await
    );
}

#[tokio::test]
async fn a_node_of_one_process_is_ready_alone() {
    let folder = Folder::in_file();
    // Of the flags of every server the first three: whatever the broker of this run, there is none.
    let flags = folder.flags(&[]).into_iter().take(6).collect::<Vec<_>>();
    let server = Serving::start(&flags).await;
    let answer = Voice::new(server.address.parse().unwrap(), None).get("/readyz").await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(said(answer).await, (200, json!({ "store": "ok", "broker": "alone", "draining": false })));
}

#[tokio::test]
async fn a_node_without_its_redis_is_ready_and_says_that_it_is_away() {
    let (folder, mut redis) = (Folder::on_server(), RedisServer::start().await);
    let url = redis.url();
    let app = App::in_folder(folder, &["--mode", "production", "--redis-url", &url]).await;
    let with = |broker| json!({ "store": "ok", "broker": broker, "draining": false });
    becomes(&app.nobody(), 200, with("ok")).await;
    redis.kill();
    becomes(&app.nobody(), 200, with("away")).await;
    redis.restart().await;
    becomes(&app.nobody(), 200, with("ok")).await;
}

#[tokio::test]
async fn a_node_whose_store_fails_is_not_ready_and_lives() {
    let app = App::start().await;
    app.folder.lose("store").await;
    let (status, said) = said(app.nobody().get("/readyz").await).await;
    assert_eq!((status, &said["store"]), (503, &json!("away")));
    assert_eq!(app.nobody().get("/healthz").await.status(), 200);
    app.folder.find("store").await;
    // What was answered is good for a moment.
    timeout(PATIENCE, async { while app.nobody().get("/readyz").await.status() != 200 {} }).await.unwrap();
}

#[tokio::test]
async fn a_probe_does_not_wait_for_a_store_that_keeps_it_waiting() {
    let app = App::in_folder(Folder::on_server(), &["--mode", "production"]).await;
    let mut other = app.folder.database.connect().await;
    other.run("begin; lock table store in access exclusive mode").await;
    let begin = Instant::now();
    let (status, said) = said(app.nobody().get("/readyz").await).await;
    assert_eq!((status, &said["store"]), (503, &json!("away")));
    // A statement may take five seconds, and a connection is waited for three.
    assert!(begin.elapsed() < Duration::from_millis(2_500), "{:?}", begin.elapsed());
    other.let_go().await;
}

#[tokio::test]
async fn a_node_that_is_told_to_stop_says_so_while_it_still_serves() {
    let folder = Folder::new();
    let flags = ["--mode", "production", "--jwt-secret", JWT_SECRET, "--shutdown-delay", "4"];
    let server = Serving::start(&folder.flags(&flags)).await;
    let nobody = Voice::new(server.address.parse().unwrap(), None);
    let claims = json!({ "sub": "ada", "exp": in_seconds(60) });
    let header = (reqwest::header::AUTHORIZATION, format!("Bearer {}", token(&claims)));
    let ada = Voice::new(server.address.parse().unwrap(), Some(header));
    let mut peer = ada.socket().await;
    assert_eq!(nobody.get("/healthz").await.headers().get("connection"), None);
    let begin = Instant::now();
    server.signal("TERM").await;
    let draining = async {
        loop {
            let (status, said) = said(nobody.get("/readyz").await).await;
            if said["draining"] == true {
                return (status, said);
            }
        }
    };
    let (status, said) = timeout(PATIENCE, draining).await.unwrap();
    assert_eq!((status, &said["store"]), (503, &json!("ok")));
    // Nothing is closed yet: new sockets too are let in.
    assert_eq!(ada.unread().await, 0);
    let answer = nobody.get("/healthz").await;
    assert_eq!((answer.status().as_u16(), &answer.headers()["connection"]), (200, &"close".parse().unwrap()));
    ada.socket().await;
    assert_eq!(peer.closed().await, reason(1012, "Service restart"));
    assert!(begin.elapsed() >= Duration::from_secs(4), "{:?}", begin.elapsed());
    assert_eq!(server.ended().await, Some(0));
}
