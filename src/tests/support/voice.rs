//! Somebody who talks to a server, over HTTP and over sockets.

use std::net::SocketAddr;

use axum::http::{
    HeaderName,
    header::{COOKIE, ORIGIN},
};
use belfry::server::store::right_of_session;
use reqwest::{Client, Method, RequestBuilder, Response, redirect::Policy};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::ws::peer::Peer;

/// What tests ask of an alert: everything.
pub const ALERT: &str = "id revision createdRevision kind severity title body link \
    actor { id name avatarUrl } data createdAt readAt archivedAt snoozedUntil expiresAt";

/// A caller with what it shows.
#[derive(Clone)]
pub struct Voice {
    address: SocketAddr,
    http: Client,
    shown: Option<(HeaderName, String)>,
}

impl Voice {
    pub fn new(address: SocketAddr, shown: Option<(HeaderName, String)>) -> Self {
        let http = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { address, http, shown }
    }

    /// What it shows, as a header for programs of others.
    pub fn header(&self) -> String {
        let (name, value) = self.shown.as_ref().unwrap();
        format!("{name}: {value}")
    }

    /// The name of the session whose cookie is shown, as a right.
    pub fn right(&self) -> String {
        let (_, cookie) = self.shown.as_ref().unwrap();
        right_of_session(cookie.split_once('=').unwrap().1)
    }

    /// The same caller at another server.
    pub fn at(&self, address: SocketAddr) -> Self {
        Self { address, ..self.clone() }
    }

    /// A request that shows who asks. As browsers do, it says whose page sends a cookie along.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("http://{}{path}", self.address));
        match &self.shown {
            Some((COOKIE, value)) => request.header(COOKIE, value).header(ORIGIN, origin(self.address)),
            Some((name, value)) => request.header(name, value),
            None => request,
        }
    }

    /// The cookie it shows.
    pub fn cookie(&self) -> &str {
        self.shown.as_ref().filter(|(name, _)| name == COOKIE).map(|(_, value)| value.as_str()).unwrap()
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    /// A request that sends a form.
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.request(Method::POST, path).body(body);
        request.header("content-type", "application/x-www-form-urlencoded")
    }

    /// Sends one.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.form(path, fields).send().await.unwrap()
    }

    /// The whole answer to an operation.
    pub async fn ask(&self, query: &str, variables: &Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let answer = self.request(Method::POST, "/graphql").json(&body).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// What an operation gives that has no errors.
    pub async fn data(&self, query: &str, variables: &Value) -> Value {
        let mut answer = self.ask(query, variables).await;
        assert_eq!(answer.get("errors"), None, "{answer}");
        answer["data"].take()
    }

    /// Raises an alert; gives its payload.
    pub async fn create(&self, input: &Value) -> Value {
        let query = format!(
            "mutation ($input: CreateAlertInput!) {{ createAlert(input: $input) {{ \
             alert {{ {ALERT} }} problem {{ code field message }} }} }}"
        );
        self.data(&query, &json!({ "input": input })).await["createAlert"].take()
    }

    /// Raises a plain alert; gives its id.
    pub async fn raise(&self, to: &str, title: &str) -> String {
        let alert = self.create(&plain(to, title)).await;
        alert["alert"]["id"].as_str().unwrap().to_owned()
    }

    /// Raises several, one after the other; their ids, oldest first.
    pub async fn raise_some(&self, to: &str, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for number in 0..count {
            ids.push(self.raise(to, &format!("number {number}")).await);
        }
        ids
    }

    /// Count, revision, position and the list of titles of the caller's inbox.
    pub async fn inbox(&self) -> Value {
        let query = "{ inbox { unreadCount revision position \
                     alerts(first: 100) { edges { node { id title readAt } } } } }";
        self.data(query, &json!({})).await["inbox"].take()
    }

    pub async fn position(&self) -> String {
        self.inbox().await["position"].as_str().unwrap().to_owned()
    }

    /// How many alerts are unread.
    pub async fn unread(&self) -> u64 {
        self.inbox().await["unreadCount"].as_u64().unwrap()
    }

    pub async fn mark_read(&self, id: &str) {
        let query = "mutation ($id: ID!) { markAlertRead(id: $id) { problem { message } } }";
        let data = self.data(query, &json!({ "id": id })).await;
        assert_eq!(data["markAlertRead"]["problem"], Value::Null);
    }

    pub async fn mark_all_read(&self, up_to: &str) {
        let query = "mutation ($upTo: Position!) { markAllAlertsRead(upTo: $upTo) { problem { message } } }";
        let data = self.data(query, &json!({ "upTo": up_to })).await;
        assert_eq!(data["markAllAlertsRead"]["problem"], Value::Null);
    }

    /// A socket that shows who asks in its upgrade request; nothing is said on it yet.
    pub async fn upgrade(&self) -> Peer {
        Peer::open(self.address, self.shown.as_ref()).await
    }

    /// The status by which an upgrade is refused.
    pub async fn upgrade_refused(&self) -> u16 {
        self.upgrading().send().await.unwrap().status().as_u16()
    }

    /// A request for an upgrade.
    pub fn upgrading(&self) -> RequestBuilder {
        let request = self.request(Method::GET, "/graphql/ws").header("connection", "upgrade");
        let request = request.header("upgrade", "websocket").header("sec-websocket-version", "13");
        request.header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    }

    /// A socket that was let in.
    pub async fn socket(&self) -> Peer {
        self.try_socket().await.unwrap()
    }

    /// The same; none when the upgrade is refused.
    pub async fn try_socket(&self) -> Option<Peer> {
        let mut peer = Peer::try_open(self.address, self.shown.as_ref()).await.ok()?;
        peer.say(json!({ "type": "connection_init" })).await;
        assert_eq!(peer.hear().await["type"], "connection_ack");
        Some(peer)
    }
}

/// The origin of a server's own pages.
pub fn origin(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// An alert with nothing but what it must have.
pub fn plain(to: &str, title: &str) -> Value {
    json!({ "recipientId": to, "kind": "test", "title": title })
}

/// The titles of an inbox, newest first.
pub fn titles(inbox: &Value) -> Vec<&str> {
    let edges = inbox["alerts"]["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"]["title"].as_str().unwrap()).collect()
}
