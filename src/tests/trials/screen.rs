//! A page that is open: the real client and the real logic of the bell, without the browser.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use belfry::{
    domain::{Alert, AlertId, Inbox, Page, Revision},
    live::{
        close::UNAUTHORIZED,
        session::{Input, Outcome, Status},
    },
    ui::api,
};
use serde_json::json;
use tokio::{sync::mpsc, time::sleep};
use tokio_util::task::AbortOnDropHandle;

use super::{
    history::{Loaded, Moment, Seen, SessionHistory, Shown, now},
    ledger::PAGE,
    viewer::Viewer,
};
use crate::support::client::{Client, Event};

/// How long the bell waits before it asks again for a page it did not get: about that.
const AGAIN: Duration = Duration::from_millis(250);

/// How long the bell waits before it begins a broken stream again.
const AFTER_BREAK: Duration = Duration::from_secs(10);

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
    status: Status,
    /// When it was told that its right has ended.
    ended: Option<Moment>,
    inbox: Inbox,
    pages: Vec<Loaded>,
    shown: Vec<Shown>,
}

impl State {
    fn open(page: Page) -> Self {
        let (status, pages, shown) = (Status::Connecting, vec![of_page(&page)], Vec::new());
        Self { status, ended: None, inbox: Inbox::open(page), pages, shown }
    }

    fn take(&mut self, status: Status) {
        self.status = status;
        if status == Status::Refused(UNAUTHORIZED) {
            self.ended = Some(now());
        }
    }
}

/// What a page that came just now says of its inbox.
pub fn of_page(page: &Page) -> Loaded {
    let seen = Seen { counts: page.head.counts, list: top(page.alerts.iter()) };
    Loaded { at: now(), revision: page.head.revision, seen }
}

/// The first alerts of a list, with the revisions that changed them last.
fn top<'a>(alerts: impl Iterator<Item = &'a Alert>) -> Vec<(AlertId, Revision)> {
    alerts.take(PAGE).map(|alert| (alert.id, alert.revision)).collect()
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
        let state = Arc::new(Mutex::new(State::open(page)));
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
        self.state.lock().unwrap().status == Status::Live
    }

    /// When it was told that its right has ended.
    pub fn ended(&self) -> Option<Moment> {
        self.state.lock().unwrap().ended
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
        SessionHistory {
            user: self.viewer.user.clone(),
            from: self.from,
            shown: state.shown.clone(),
            pages: state.pages.clone(),
            ended: None,
            screen: Some(Seen { counts: state.inbox.counts(), list: top(state.inbox.alerts().into_iter()) }),
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
            state.lock().unwrap().take(status);
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
                state.pages.push(of_page(&page));
                state.inbox.first_page(page, generation);
            }
            if !state.inbox.is_stale() || state.ended.is_some() {
                return;
            }
        }
        sleep(AGAIN).await;
    }
}
