//! How long an alert takes from `createAlert` to the frame on another socket.
//!
//! One node serves, or, given a `REDIS_URL`, two: then alerts are raised on one and heard on the
//! other. 1,000 people hold one socket each with one subscription; 100 alerts a second
//! are raised over HTTP, each to another of them. Two times are taken of each alert, both by this
//! process's clock: from sending the request to the frame, and from its answer to the frame, which
//! is negative where the frame was first.
//!
//! Alone: `cargo bench --features ssr --bench hop`. Two nodes, on servers that write to no disk:
//! `src/tests/services sh -c 'DATABASE_URL=$BELFRY_TEST_POSTGRES/postgres REDIS_URL=$BELFRY_TEST_REDIS
//! cargo bench --features ssr --bench hop'`

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that cannot go on stops, and prints")]

#[path = "common/socket.rs"]
mod socket;

use std::{
    collections::HashMap,
    env,
    path::Path,
    time::{Duration, Instant},
};

use belfry::server::{
    Server,
    auth::Secret,
    config::{Database, Settings},
};
use clap::{Args, FromArgMatches};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use socket::{SECRET, follow, site};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval},
};
use tokio_tungstenite::tungstenite::Message;

const SOCKETS: usize = 1_000;
const ALERTS: usize = 2_000;
const PER_SECOND: u64 = 100;
const SUBSCRIBE: &str = "subscription { inboxChanged { __typename ... on AlertChanged { \
    alertId revision position unreadCount alert { id kind severity title body link createdAt readAt } } } }";
const CREATE: &str =
    "mutation($input: CreateAlertInput!) { createAlert(input: $input) { alert { id } problem { message } } }";

type Frames = mpsc::UnboundedReceiver<(String, Instant)>;

#[tokio::main]
async fn main() {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path());
    let token = publisher(&database).await;
    let raised_on = serve(folder.path(), &database).await;
    let heard_on = match env::var("REDIS_URL") {
        Ok(_) => serve(folder.path(), &database).await,
        Err(_) => raised_on.clone(),
    };
    let (heard, mut frames) = mpsc::unbounded_channel();
    for person in 0..SOCKETS {
        listen(&heard_on, person, heard.clone()).await;
    }
    let raised = raise(&raised_on, &token).await;
    report(raised, &mut frames).await;
}

fn database(folder: &Path) -> Database {
    let url = env::var("DATABASE_URL");
    let url = url.unwrap_or_else(|_| format!("sqlite://{}", folder.join("bench.db").display()));
    Database { database_url: Some(url), pool_size: 10, statement_timeout: 5, acquire_timeout: 3 }
}

/// The token of a publisher.
async fn publisher(database: &Database) -> String {
    let secret = Secret::random().unwrap();
    let store = database.open().await.unwrap();
    store.add_token("bench", secret.hint(), &secret.hash(), &belfry::domain::Scope::default()).await.unwrap();
    store.close().await;
    secret.reveal().to_owned()
}

/// Starts a node; its address.
async fn serve(folder: &Path, database: &Database) -> String {
    let site = site(folder);
    let flags = [
        "bench",
        "--site-addr",
        "127.0.0.1:0",
        "--jwt-secret",
        SECRET,
        "--mode",
        "production",
        "--limits",
        "off",
    ];
    let matches = Settings::augment_args(clap::Command::new("bench"))
        .get_matches_from(flags.into_iter().chain(["--site-root", site.to_str().unwrap()]));
    let settings = Settings::from_arg_matches(&matches).unwrap();
    let server = Server::start(&settings, database).await.unwrap();
    let address = server.address().unwrap().to_string();
    tokio::spawn(server.run(std::future::pending()));
    address
}

/// Opens a person's socket, and tells when each of their alerts is on it.
async fn listen(address: &str, person: usize, heard: mpsc::UnboundedSender<(String, Instant)>) {
    let mut socket = follow(address, &format!("p{person}"), SUBSCRIBE).await;
    tokio::spawn(async move {
        while let Some(Ok(Message::Text(text))) = socket.next().await {
            let now = Instant::now();
            let frame: Value = serde_json::from_str(&text).unwrap();
            if frame["type"] == "ping" {
                socket.send(Message::text(r#"{"type":"pong"}"#)).await.unwrap();
            } else if let Some(id) = frame["payload"]["data"]["inboxChanged"]["alertId"].as_str() {
                let _ = heard.send((id.to_owned(), now));
            }
        }
    });
}

/// Raises the alerts at their rate, and says when each was asked for and answered.
async fn raise(address: &str, token: &str) -> HashMap<String, (Instant, Instant)> {
    let client = reqwest::Client::new();
    let mut ticks = interval(Duration::from_millis(1_000 / PER_SECOND));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut asked = Vec::new();
    for number in 0..ALERTS {
        ticks.tick().await;
        let input = json!({ "recipientId": format!("p{}", number * 7 % SOCKETS), "kind": "bench",
            "title": format!("Alert {number}"), "body": "The body of an alert that is about as long as they are." });
        let body = json!({ "query": CREATE, "variables": { "input": input } }).to_string();
        let request = client.post(format!("http://{address}/graphql")).bearer_auth(token);
        let request = request.header("content-type", "application/json").body(body);
        asked.push(tokio::spawn(async move {
            let sent = Instant::now();
            let reply: Value = request.send().await.unwrap().json().await.unwrap();
            let id = reply["data"]["createAlert"]["alert"]["id"].as_str().unwrap().to_owned();
            (id, (sent, Instant::now()))
        }));
    }
    let mut raised = HashMap::new();
    for task in asked {
        let (id, times) = task.await.unwrap();
        raised.insert(id, times);
    }
    raised
}

async fn report(raised: HashMap<String, (Instant, Instant)>, frames: &mut Frames) {
    let (mut from_request, mut from_answer) = (Vec::new(), Vec::new());
    for _ in 0..raised.len() {
        let (id, at) = frames.recv().await.unwrap();
        let (sent, answered) = raised[&id];
        from_request.push(millis(at, sent));
        from_answer.push(millis(at, answered));
    }
    println!("{ALERTS} alerts at {PER_SECOND}/s to {SOCKETS} sockets, in milliseconds");
    for (name, times) in [("request to frame", from_request), ("answer to frame", from_answer)] {
        let at = |share| quantile(&times, share);
        println!("{name}: median {:.2}, p99 {:.2}, most {:.2}", at(0.5), at(0.99), at(1.0));
    }
}

fn millis(at: Instant, since: Instant) -> f64 {
    let later = at.saturating_duration_since(since).as_secs_f64();
    (later - since.saturating_duration_since(at).as_secs_f64()) * 1_000.0
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a place in a list of some thousands"
)]
fn quantile(times: &[f64], share: f64) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}
