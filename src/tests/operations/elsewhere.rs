//! Probes at an address of their own.

use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::Scrape;
use crate::support::{
    app::{Folder, JWT_SECRET, in_seconds, token, try_start},
    program::Serving,
    voice::Voice,
};

const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// A server whose probes are elsewhere; and where that is.
async fn serving(folder: &Folder, more: &[&str]) -> (Serving, Voice) {
    let flags = ["--mode", "production", "--jwt-secret", JWT_SECRET, "--probes-addr", "127.0.0.1:0"];
    let mut server = Serving::start(&folder.flags(&[&flags[..], more].concat())).await;
    let said = server.line().await;
    let address = said.strip_prefix("Its probes and metrics are on http://").unwrap();
    let probes = Voice::new(address.strip_suffix('.').unwrap().parse().unwrap(), None);
    (server, probes)
}

fn main_address(server: &Serving) -> Voice {
    Voice::new(server.address.parse().unwrap(), None)
}

#[tokio::test]
async fn probes_with_an_address_of_their_own_are_there_and_nowhere_else() {
    let folder = Folder::new();
    let (server, probes) = serving(&folder, &[]).await;
    for path in PROBES {
        assert_eq!(main_address(&server).get(path).await.status(), 404, "{path}");
        let answer = probes.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        assert!(answer.headers().contains_key("x-request-id"), "{path}");
    }
    assert_eq!(main_address(&server).get("/login").await.status(), 200);
}

#[tokio::test]
async fn the_address_of_the_probes_leads_to_nothing_else() {
    let folder = Folder::new();
    let (_server, probes) = serving(&folder, &[]).await;
    for path in ["/", "/login", "/graphql?query={__typename}", "/pkg/belfry.h4sh.js", "/graphiql"] {
        assert_eq!(probes.get(path).await.status(), 404, "{path}");
    }
    assert_eq!(probes.upgrade_refused().await, 404);
}

#[tokio::test]
async fn probes_elsewhere_count_what_is_asked_at_the_main_address() {
    let folder = Folder::new();
    let (server, probes) = serving(&folder, &[]).await;
    main_address(&server).get("/login").await;
    let asked = "belfry_http_requests_total{route=\"/login\",status=\"200\"}";
    assert_eq!(Scrape::of(&probes).await.value(asked), 1.0);
}

#[tokio::test]
async fn probes_elsewhere_answer_while_a_node_drains() {
    let folder = Folder::new();
    let (server, probes) = serving(&folder, &["--shutdown-delay", "2"]).await;
    let header = format!("Bearer {}", token(&json!({ "sub": "ada", "exp": in_seconds(60) })));
    let ada = Voice::new(server.address.parse().unwrap(), Some((reqwest::header::AUTHORIZATION, header)));
    let mut peer = ada.socket().await;
    server.signal("TERM").await;
    let said: Value = loop {
        let answer = probes.get("/readyz").await;
        if answer.status() == 503 {
            break serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        }
    };
    assert_eq!((&said["store"], &said["draining"]), (&json!("ok"), &json!(true)));
    assert_eq!(probes.get("/healthz").await.status(), 200);
    assert_eq!(peer.closed().await.0, 1012);
    assert_eq!(server.ended().await, Some(0));
}

#[tokio::test]
async fn a_taken_address_of_the_probes_stops_the_start_and_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = Folder::in_file();
    let flags = folder.flags(&["--mode", "production", "--probes-addr", &address]);
    let said = try_start(&flags).await.map(drop).unwrap_err().to_string();
    assert!(said.starts_with(&format!("BELFRY_PROBES_ADDR: cannot listen on {address}: ")), "{said}");
}
