//! What one bell does: the [`Screen`] it changes, and the tasks that ask the server about it.
//!
//! Nothing on the screen changes before the server has said so: a task shows as busy, and its
//! reply, or the event that comes on the stream, does the rest. A task that fails changes nothing.
//!
//! All of it is one signal. Every further signal, memo or effect type would cost the page a few
//! kilobytes of WASM; drawing a few rows again costs nothing that can be felt.

use gloo_timers::future::{TimeoutFuture, sleep};
use leptos::{prelude::*, task::spawn_local};

use super::{
    announce, focus,
    screen::{Screen, Task},
    undo::{self, Undo},
};
use crate::{
    domain::{Act, AlertId, InboxEvent, Page},
    ui::{
        api::{self, Failure},
        time::now,
    },
};
/// How often relative times are told anew, in milliseconds.
const TICK: u32 = 30_000;

/// How long it takes until what arrives before the reader's eyes is told to be seen again, in milliseconds: each
/// telling is a change of its own, in every tab.
const PACE: u32 = 1_000;

/// One bell. Copies share the same screen.
#[derive(Clone, Copy)]
pub struct BellState(RwSignal<Screen>);

impl BellState {
    /// The bell a server-rendered page opens with.
    pub fn open(page: Page, undo: Option<Undo>) -> Self {
        let mut screen = Screen::open(page);
        screen.undo = undo;
        Self(RwSignal::new(screen))
    }

    /// Reads the screen, and in a view: again after each change.
    pub fn read<T>(self, read: impl FnOnce(&Screen) -> T) -> T {
        self.0.with(read)
    }

    /// Reads the screen as it is now.
    pub fn peek<T>(self, read: impl FnOnce(&Screen) -> T) -> T {
        self.0.with_untracked(read)
    }

    /// Changes the screen, and what follows from it: the page's title, and a list found stale.
    pub fn change(self, change: impl FnOnce(&mut Screen)) {
        focus::keep();
        self.0.update(|screen| {
            change(screen);
            screen.check_reader();
        });
        self.peek(|screen| announce::set_title(screen.inbox.unread()));
        if self.peek(|screen| screen.may_refresh() && screen.misses == 0) {
            self.start(Task::Refresh);
        }
        if self.peek(Screen::is_short) {
            self.start(Task::LoadMore);
        }
        if self.peek(Screen::is_to_be_seen) {
            self.start(Task::See);
        }
    }

    /// Starts a task, unless it is under way.
    pub fn start(self, task: Task) {
        if self.peek(|screen| screen.is_busy(task)) {
            return;
        }
        self.0.update(|screen| screen.begin(task));
        spawn_local(async move {
            let done = self.perform(task).await;
            let leaves = focus::is_fleeting() && self.peek(|screen| screen.is_trouble(task)) && done.is_ok();
            self.change(|screen| screen.end(task, done));
            if leaves && task != Task::LoadMore {
                focus::move_to(".dropdown".into());
            }
            if task == Task::Refresh {
                self.refresh_later().await;
            }
        });
    }

    async fn perform(self, task: Task) -> Result<(), Failure> {
        match task {
            Task::Refresh => self.refresh().await,
            Task::LoadMore => self.load_more().await,
            Task::Act(id, act) => self.act(id, act).await,
            Task::ReadAll => self.up_to_here(api::MARK_ALL_READ).await,
            Task::See => {
                let done = self.up_to_here(api::MARK_ALL_SEEN).await;
                TimeoutFuture::new(PACE).await;
                done
            }
        }
    }

    async fn act(self, id: AlertId, act: Act) -> Result<(), Failure> {
        let (generation, undo) = self.peek(|screen| {
            let alert = screen.inbox.alert(id).filter(|_| act.takes_away());
            (screen.inbox.generation(), alert.map(|alert| Undo::of(alert, alert.state().after(act).place)))
        });
        let reply = api::act(id, act).await?;
        match undo {
            Some(undo) => undo::offer(self, undo),
            None => self.change(|screen| drop(screen.undo.take_if(|undo| undo.id == id))),
        }
        self.change(|screen| screen.inbox.reply(Some(id), reply, generation));
        Ok(())
    }

    /// Tells the server something of all that the screen could show.
    async fn up_to_here(self, operation: &str) -> Result<(), Failure> {
        let (generation, seen) =
            self.peek(|screen| (screen.inbox.generation(), screen.inbox.seen().to_owned()));
        let reply = api::up_to(operation, &seen).await?;
        self.change(|screen| screen.inbox.reply(None, reply, generation));
        Ok(())
    }

    async fn load_more(self) -> Result<(), Failure> {
        let (generation, after) =
            self.peek(|screen| (screen.inbox.generation(), screen.inbox.next().map(str::to_owned)));
        if let Some(after) = after {
            let page = api::page(Some(&after)).await?;
            let (leaves, mut grown) = (focus::is_fleeting(), (0, 0));
            self.change(|screen| grown = screen.extend(page, &after, generation));
            if leaves {
                focus::move_to_row(grown.0, grown.1);
            }
        }
        Ok(())
    }

    async fn refresh(self) -> Result<(), Failure> {
        let generation = self.peek(|screen| screen.inbox.generation());
        let page = api::page(None).await?;
        self.change(|screen| screen.inbox.first_page(page, generation));
        Ok(())
    }

    /// Loads a list that is still not right again after a pause, unless something else came first.
    async fn refresh_later(self) {
        let misses = self.peek(|screen| screen.misses);
        sleep(Screen::pause(misses).mul_f64(0.5 + js_sys::Math::random() / 2.0)).await;
        if self.peek(|screen| screen.may_refresh() && screen.misses == misses) {
            self.start(Task::Refresh);
        }
        if self.peek(Screen::is_short) {
            self.start(Task::LoadMore);
        }
    }

    /// Takes in one event of the live stream.
    pub fn hear(self, event: InboxEvent) {
        let arrived = is_arrival(&event);
        self.change(|screen| screen.hear(event));
        if arrived {
            announce::arrival(self);
        }
    }

    /// Keeps the relative times going, for as long as the page lives. Only in the browser.
    pub fn start_clock(self) {
        spawn_local(async move {
            loop {
                self.0.update(|screen| screen.now = now());
                TimeoutFuture::new(TICK).await;
            }
        });
    }
}

/// Whether an event tells of an alert that was raised just now, or came back, and is still unread.
fn is_arrival(event: &InboxEvent) -> bool {
    match event {
        InboxEvent::AlertChanged { alert: Some(alert), head, .. } => {
            alert.created_revision == head.revision && alert.is_unread()
        }
        _ => false,
    }
}
