//! A page that is open: the real client and the real logic of the bell, without the browser.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use belfry::{
    domain::{AlertId, Inbox, Page},
    live::session::{Input, Outcome, Status},
    ui::api,
};
use reqwest::header::AUTHORIZATION;
use serde_json::json;
use tokio::{sync::mpsc, time::sleep};
use tokio_util::task::AbortOnDropHandle;

use super::history::{Seen, SessionHistory, Shown, now};
use crate::support::client::{Client, Event};

/// How long the bell waits before it asks again for a page it did not get: about that.
const AGAIN: Duration = Duration::from_millis(250);

/// How long the bell waits before it begins a broken stream again.
const AFTER_BREAK: Duration = Duration::from_secs(10);

/// A person at a browser: a credential and where the server is.
#[derive(Clone)]
pub struct Viewer {
    pub user: String,
    token: String,
    port: u16,
    http: reqwest::Client,
}

impl Viewer {
    /// Comes by a port of 127.0.0.1; those of one `http` share its connections.
    pub fn new(user: &str, token: String, port: u16, http: reqwest::Client) -> Self {
        Self { user: user.into(), token, port, http }
    }

    /// The text of an answer; none when there was none.
    pub async fn ask(&self, query: &str, variables: serde_json::Value) -> Option<String> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = self.http.post(format!("http://127.0.0.1:{}/graphql", self.port));
        let request = request.header(AUTHORIZATION, format!("Bearer {}", self.token));
        let answer = request.header("content-type", "application/json").body(body).send().await.ok()?;
        answer.text().await.ok()
    }

    /// The first page, if it can be had now.
    pub async fn page(&self) -> Option<Page> {
        api::read::page(&self.ask(api::PAGE, json!({ "after": null })).await?).ok()
    }

    /// Whether an alert is read, or unread again, now.
    pub async fn mark(&self, id: AlertId, read: bool) -> bool {
        let query = if read { api::MARK_READ } else { api::MARK_UNREAD };
        self.is_done(query, json!({ "id": id.to_string() })).await
    }

    /// Whether all is read up to a position.
    pub async fn mark_all(&self, up_to: &str) -> bool {
        self.is_done(api::MARK_ALL_READ, json!({ "upTo": up_to })).await
    }

    async fn is_done(&self, query: &str, variables: serde_json::Value) -> bool {
        let answer = self.ask(query, variables).await;
        answer.is_some_and(|answer| api::read::marked(&answer).is_ok())
    }

    fn client(&self) -> Client {
        let credentials = json!({ "authorization": format!("Bearer {}", self.token) });
        let url = format!("ws://127.0.0.1:{}/graphql/ws", self.port);
        Client::showing(&url, Some(credentials.to_string()))
    }
}

/// What happens to a page.
#[derive(Clone, Copy, Debug)]
pub enum Hint {
    /// It is shown again, or its machine wakes.
    Wake,
    /// It is left, and may be shown again.
    Leave,
    /// Its socket is gone.
    Drop,
}

impl Hint {
    fn tell(self, client: &Client) {
        match self {
            Self::Wake => client.input(Input::Wake),
            Self::Leave => client.input(Input::Leave),
            Self::Drop => client.drop_socket(),
        }
    }
}

/// What a screen knows, and all it was told.
struct State {
    live: bool,
    inbox: Inbox,
    shown: Vec<Shown>,
}

/// An open page. Closes with this value.
pub struct Screen {
    pub viewer: Viewer,
    from: u32,
    state: Arc<Mutex<State>>,
    hints: mpsc::UnboundedSender<Hint>,
    _following: AbortOnDropHandle<()>,
}

impl Screen {
    /// Opens a page.
    pub async fn open(viewer: Viewer) -> Self {
        let page = loop {
            match viewer.page().await {
                Some(page) => break page,
                None => sleep(AGAIN).await,
            }
        };
        let from = page.head.revision;
        let state = Arc::new(Mutex::new(State { live: false, inbox: Inbox::open(page), shown: Vec::new() }));
        let (hints, taken) = mpsc::unbounded_channel();
        let following = tokio::spawn(follow(viewer.clone(), state.clone(), taken));
        Self { viewer, from, state, hints, _following: AbortOnDropHandle::new(following) }
    }

    /// Something happens to it.
    pub fn hint(&self, hint: Hint) {
        let _ = self.hints.send(hint);
    }

    /// Where it stands, when its list is whole.
    pub fn revision(&self) -> Option<u32> {
        let state = self.state.lock().unwrap();
        let head = state.shown.last().map_or(self.from, |shown| shown.event.head().revision);
        (!state.inbox.is_stale()).then_some(head)
    }

    /// Whether it is connected and let in.
    pub fn is_live(&self) -> bool {
        self.state.lock().unwrap().live
    }

    /// How much it was told.
    pub fn told(&self) -> usize {
        self.state.lock().unwrap().shown.len()
    }

    /// One of the alerts on it.
    pub fn any_alert(&self) -> Option<AlertId> {
        let state = self.state.lock().unwrap();
        let alerts = state.inbox.alerts();
        (!alerts.is_empty()).then(|| alerts[rand::random_range(0..alerts.len())].id)
    }

    /// Up to where its reader has seen.
    pub fn seen(&self) -> String {
        self.state.lock().unwrap().inbox.seen().to_owned()
    }

    /// Its history, to be judged.
    pub fn history(&self) -> SessionHistory {
        let state = self.state.lock().unwrap();
        let list =
            state.inbox.alerts().into_iter().take(20).map(|alert| (alert.id, alert.revision)).collect();
        SessionHistory {
            user: self.viewer.user.clone(),
            from: self.from,
            shown: state.shown.clone(),
            ended: None,
            screen: Some(Seen { unread: state.inbox.unread(), list }),
        }
    }
}

/// Keeps a page live, as the bell does.
async fn follow(viewer: Viewer, state: Arc<Mutex<State>>, mut hints: mpsc::UnboundedReceiver<Hint>) {
    loop {
        let mut client = viewer.client();
        let own = state.clone();
        client.subscribe(move || {
            let after = own.lock().unwrap().inbox.position().to_owned();
            (api::INBOX_CHANGED, json!({ "after": after }).to_string())
        });
        while is_going_on(&mut client, &mut hints, &viewer, &state).await {}
        drop(client);
        sleep(AFTER_BREAK).await;
    }
}

/// One event of the client, or of the page around it. Whether the stream goes on.
async fn is_going_on(
    client: &mut Client,
    hints: &mut mpsc::UnboundedReceiver<Hint>,
    viewer: &Viewer,
    state: &Arc<Mutex<State>>,
) -> bool {
    let event = tokio::select! {
        event = client.next() => event,
        Some(hint) = hints.recv() => {
            hint.tell(client);
            return true;
        }
    };
    match event {
        Event::Status(status) => {
            state.lock().unwrap().live = status == Status::Live;
            true
        }
        Event::Said(_, Outcome::Next(text)) => {
            let event = api::inbox_event(&text).unwrap();
            let stale = {
                let mut state = state.lock().unwrap();
                state.shown.push(Shown { at: now(), event: event.clone() });
                state.inbox.apply(event);
                state.inbox.is_stale()
            };
            if stale {
                tokio::spawn(refresh(viewer.clone(), state.clone()));
            }
            true
        }
        Event::Said(..) => false,
    }
}

/// Loads the list until it is right again.
async fn refresh(viewer: Viewer, state: Arc<Mutex<State>>) {
    loop {
        let generation = state.lock().unwrap().inbox.generation();
        let page = viewer.page().await;
        {
            let mut state = state.lock().unwrap();
            if let Some(page) = page {
                state.inbox.first_page(page, generation);
            }
            if !state.inbox.is_stale() {
                return;
            }
        }
        sleep(AGAIN).await;
    }
}
