//! Those who send a byte now and then, to hold what others need.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};

use crate::{
    support::app::{App, JWT_SECRET},
    ws::bench::PATIENCE,
};

async fn with(flags: &[&str]) -> App {
    App::with(&[&["--mode", "production", "--jwt-secret", JWT_SECRET], flags].concat()).await
}

/// Sends a beginning, and from then on a byte each tenth of a second; what the server says until it hangs up.
async fn drip(app: &App, beginning: &str) -> (String, Duration) {
    let begin = Instant::now();
    let (mut ears, mut mouth) = TcpStream::connect(app.address).await.unwrap().into_split();
    mouth.write_all(beginning.as_bytes()).await.unwrap();
    let talking = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        while mouth.write_all(b"x").await.is_ok() {
            ticks.tick().await;
        }
    });
    let mut heard = Vec::new();
    let _ = timeout(PATIENCE, ears.read_to_end(&mut heard)).await.unwrap();
    talking.abort();
    (String::from_utf8(heard).unwrap(), begin.elapsed())
}

#[tokio::test]
async fn a_head_that_does_not_come_to_an_end_ends_its_connection() {
    let app = with(&["--limit-head-time", "1"]).await;
    for path in ["/", "/graphql/ws", "/healthz"] {
        let (heard, took) = drip(&app, &format!("GET {path} HTTP/1.1\r\nHost: belfry\r\nX-A: ")).await;
        assert!(!heard.contains("200") && took < Duration::from_secs(10), "{heard} {took:?}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_to_an_end_is_answered_408() {
    let app = with(&["--limit-body-time", "1"]).await;
    let media = ["application/json", "application/x-www-form-urlencoded"];
    for (path, media) in ["/graphql", "/login"].iter().zip(media) {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: belfry\r\nContent-Type: {media}\r\nContent-Length: 9999\r\n\r\n"
        );
        let (heard, took) = drip(&app, &head).await;
        assert!(heard.starts_with("HTTP/1.1 408"), "{heard}");
        assert!(heard.to_lowercase().contains("connection: close"), "{heard}");
        assert!(took < Duration::from_secs(10), "{took:?}");
    }
}

#[tokio::test]
async fn a_connection_that_asks_for_nothing_more_is_given_up() {
    let app = with(&["--limit-head-time", "1"]).await;
    let mut connection = TcpStream::connect(app.address).await.unwrap();
    connection.write_all(b"GET /healthz HTTP/1.1\r\nHost: belfry\r\n\r\n").await.unwrap();
    let mut heard = Vec::new();
    timeout(PATIENCE, connection.read_to_end(&mut heard)).await.unwrap().unwrap();
    assert!(heard.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn a_head_too_large_is_431() {
    let app = with(&[]).await;
    let mut connection = TcpStream::connect(app.address).await.unwrap();
    let head = format!("GET / HTTP/1.1\r\nHost: belfry\r\nX-A: {}\r\n\r\n", "x".repeat(300_000));
    // It may hang up before all was sent.
    let _ = connection.write_all(head.as_bytes()).await;
    let mut heard = [0; 12];
    timeout(PATIENCE, connection.read_exact(&mut heard)).await.unwrap().unwrap();
    assert_eq!(&heard, b"HTTP/1.1 431");
}
