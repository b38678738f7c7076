//! Those who ask: people at browsers, and programs.

use std::sync::{Arc, Mutex};

use belfry::{
    domain::{Act, AlertId, Page, Position, Reply},
    ui::{api, time::machine},
};
use reqwest::{
    RequestBuilder,
    header::{AUTHORIZATION, COOKIE, ORIGIN},
};
use serde_json::{Value, json};

use super::history::{Mark, Marked};
use crate::support::{client::Client, voice::Voice};

/// Somebody who asks, and where: a person at a browser, or a program.
#[derive(Clone)]
pub struct Viewer {
    pub user: String,
    pub shown: Credential,
    port: u16,
    http: reqwest::Client,
    marked: Marks,
}

/// What everybody was answered who marked alerts.
pub type Marks = Arc<Mutex<Vec<Marked>>>;

/// What somebody is let in by.
#[derive(Clone)]
pub enum Credential {
    Token(String),
    /// A browser's: `name=value`.
    Cookie(String),
}

impl Viewer {
    /// Comes by a port of 127.0.0.1; those of one `http` share its connections.
    pub fn new(user: &str, shown: Credential, port: u16, http: reqwest::Client, marked: Marks) -> Self {
        Self { user: user.into(), shown, port, http, marked }
    }

    /// The same, by another port.
    pub fn at(&self, port: u16) -> Self {
        Self { port, ..self.clone() }
    }

    /// What they show, in another's hands.
    pub fn voice(&self) -> Voice {
        let shown = match &self.shown {
            Credential::Token(token) => (AUTHORIZATION, format!("Bearer {token}")),
            Credential::Cookie(cookie) => (COOKIE, cookie.clone()),
        };
        Voice::new(([127, 0, 0, 1], self.port).into(), Some(shown))
    }

    /// The text of an answer; none when there was none.
    pub async fn ask(&self, query: &str, variables: Value) -> Option<String> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = self.post("/graphql").header("content-type", "application/json").body(body);
        request.send().await.ok()?.text().await.ok()
    }

    /// A request with what it is let in by.
    pub fn post(&self, path: &str) -> RequestBuilder {
        let origin = format!("http://127.0.0.1:{}", self.port);
        let request = self.http.post(format!("{origin}{path}"));
        match &self.shown {
            Credential::Token(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
            Credential::Cookie(cookie) => request.header(COOKIE, cookie).header(ORIGIN, origin),
        }
    }

    /// The first page, if it can be had now.
    pub async fn page(&self) -> Option<Page> {
        api::read::page(&self.ask(api::PAGE, json!({ "after": null })).await?).ok()
    }

    /// Whether something is done with an alert now.
    pub async fn act(&self, id: AlertId, act: Act) -> bool {
        let mut variables = json!({ "id": id.to_string() });
        if let Some(until) = act.until() {
            variables["until"] = json!(machine(until));
        }
        self.is_done(api::acting(act), variables, Mark::Act(id, act)).await
    }

    /// Whether all is read up to a position.
    pub async fn mark_all(&self, up_to: &str) -> bool {
        let position: Position = up_to.parse().unwrap();
        let mark = Mark::AllRead(position.revision);
        self.is_done(api::MARK_ALL_READ, json!({ "upTo": up_to }), mark).await
    }

    /// Whether all is seen up to a position.
    pub async fn see_all(&self, up_to: &str) -> bool {
        let position: Position = up_to.parse().unwrap();
        let mark = Mark::AllSeen(position.revision);
        self.is_done(api::MARK_ALL_SEEN, json!({ "upTo": up_to }), mark).await
    }

    async fn is_done(&self, query: &str, variables: Value, mark: Mark) -> bool {
        let answer = self.ask(query, variables).await;
        let Some(Ok(Reply { counts, revision, .. })) = answer.map(|answer| api::read::reply(&answer)) else {
            return false;
        };
        self.marked.lock().unwrap().push(Marked { user: self.user.clone(), mark, revision, counts });
        true
    }

    /// The client of a page of theirs.
    pub fn client(&self) -> Client {
        let url = format!("ws://127.0.0.1:{}/graphql/ws", self.port);
        match &self.shown {
            Credential::Token(token) => {
                let credentials = json!({ "authorization": format!("Bearer {token}") });
                Client::showing(&url, Some(credentials.to_string()))
            }
            Credential::Cookie(cookie) => Client::with_cookie(&url, cookie),
        }
    }
}
