//! Others on a node, who read what they are raised, and how long that takes.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{sync::mpsc, time::interval};
use tokio_tungstenite::tungstenite::Message;

use super::socket::{follow, token};

/// How many there are.
pub const OTHERS: usize = 200;
/// What they listen to.
pub const SUBSCRIBE: &str = "subscription { inboxChanged { __typename \
    ... on AlertChanged { alertId alert { title body } revision position unreadCount } } }";
const CREATE: &str = "mutation ($input: CreateAlertInput!) { createAlert(input: $input) { \
    alert { id } problem { message } } }";

/// The ids of alerts, and when they were heard of.
pub type Frames = mpsc::UnboundedReceiver<(String, Instant)>;

/// Those who read, and what they hear.
pub async fn others(address: &str) -> Frames {
    let (heard, frames) = mpsc::unbounded_channel();
    for person in 0..OTHERS {
        let mut socket = follow(address, &format!("p{person}"), SUBSCRIBE, None).await;
        let heard = heard.clone();
        tokio::spawn(async move {
            while let Some(Ok(Message::Text(text))) = socket.next().await {
                let (now, frame): (_, Value) = (Instant::now(), serde_json::from_str(&text).unwrap());
                if frame["type"] == "ping" {
                    socket.send(Message::text(r#"{"type":"pong"}"#)).await.unwrap();
                } else if let Some(id) = frame["payload"]["data"]["inboxChanged"]["alertId"].as_str() {
                    let _ = heard.send((id.to_owned(), now));
                }
            }
        });
    }
    frames
}

/// Raises alerts.
pub struct Publisher {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Publisher {
    pub fn at(address: &str) -> Self {
        let token = token(json!({ "sub": "bench", "scope": "publish" }));
        Self { http: reqwest::Client::new(), url: format!("http://{address}/graphql"), token }
    }

    /// What the node says of itself under a name.
    pub async fn metric(&self, name: &str) -> String {
        let scrape = self.http.get(self.url.replace("/graphql", "/metrics")).send().await.unwrap();
        let scrape = scrape.text().await.unwrap();
        let value = scrape.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.unwrap().to_owned()
    }

    /// Raises one; its id.
    pub async fn raise(&self, to: &str, body: &str) -> String {
        let input = json!({ "recipientId": to, "kind": "bench", "title": "An alert", "body": body });
        let body = json!({ "query": CREATE, "variables": { "input": input } }).to_string();
        let request = self.http.post(&self.url).bearer_auth(&self.token);
        let answer = request.header("content-type", "application/json").body(body).send().await.unwrap();
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        answer["data"]["createAlert"]["alert"]["id"].as_str().unwrap().to_owned()
    }
}

/// Ten alerts a second, one after the other, until something is over: the times from request to frame.
pub async fn times(publisher: &Publisher, frames: &mut Frames, over: impl Future<Output = ()>) -> String {
    let (mut over, mut ticks, mut times) = (pin!(over), interval(Duration::from_millis(100)), Vec::new());
    loop {
        tokio::select! {
            () = &mut over => break,
            _ = ticks.tick() => {}
        }
        let sent = Instant::now();
        let id = publisher.raise(&format!("p{}", times.len() % OTHERS), "").await;
        let (heard, at) = frames.recv().await.unwrap();
        assert_eq!(heard, id);
        times.push(at.duration_since(sent));
    }
    times.sort_unstable();
    let (median, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    format!("median {median:.1?}, p99 {p99:.1?}, most {:.1?}", times[times.len() - 1])
}
