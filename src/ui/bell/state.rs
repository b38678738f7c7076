//! What one bell knows and does: an [`Inbox`], and the tasks that ask the server about it.
//!
//! Nothing on the screen changes before the server has said so: a task shows as busy, and its
//! reply, or the event that comes on the stream, does the rest. A task that fails changes nothing.

use std::{collections::HashSet, time::Duration};

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use time::OffsetDateTime;

use crate::{
    domain::{AlertId, Inbox, InboxEvent, Page},
    ui::{
        api::{self, Failure},
        time::now,
    },
};

/// How often relative times are told anew.
const TICK: Duration = Duration::from_secs(30);

/// The longest pause between attempts to load a stale list, in milliseconds.
const LONGEST_PAUSE: u32 = 30_000;

/// Something the bell asks of the server. One of a kind runs at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    /// Mark an alert read.
    Read(AlertId),
    /// Mark an alert unread again.
    Unread(AlertId),
    /// Mark all read that the screen could show.
    ReadAll,
    /// Load the page after the last one.
    LoadMore,
}

/// How the bell hears of changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// The page has just opened: not yet live, and no reason to worry.
    #[default]
    Opening,
    /// Every change arrives by itself.
    Live,
    /// The connection is lost, and being made again.
    Lost,
    /// The session has ended: only signing in helps.
    SignedOut,
    /// The server will not have this page any more: only loading it again helps.
    Ended,
}

/// One bell. Copies share the same signals.
#[derive(Clone, Copy)]
pub struct BellState {
    /// The inbox on the screen.
    pub inbox: RwSignal<Inbox>,
    /// Whether changes arrive.
    pub link: RwSignal<Link>,
    /// The last task that failed, until it is tried again or put away.
    pub trouble: RwSignal<Option<(Task, Failure)>>,
    /// The browser's clock, a little behind; none until the page is mounted.
    pub now: RwSignal<Option<OffsetDateTime>>,
    /// Alerts that arrived while the page was open.
    pub arrived: RwSignal<usize>,
    busy: RwSignal<HashSet<Task>>,
}

impl BellState {
    /// The bell a server-rendered page opens with.
    pub fn open(page: Page) -> Self {
        Self {
            inbox: RwSignal::new(Inbox::open(page)),
            link: RwSignal::default(),
            trouble: RwSignal::default(),
            now: RwSignal::default(),
            arrived: RwSignal::default(),
            busy: RwSignal::default(),
        }
    }

    /// The number on the bell.
    pub fn unread(self) -> Signal<u32> {
        Memo::new(move |_| self.inbox.with(Inbox::unread)).into()
    }

    /// Whether a task is under way.
    pub fn is_busy(self, task: Task) -> bool {
        self.busy.with(|busy| busy.contains(&task))
    }

    /// Starts a task, unless it is under way.
    pub fn start(self, task: Task) {
        if !self.busy.try_update(|busy| busy.insert(task)).unwrap_or(false) {
            return;
        }
        self.trouble.set(None);
        spawn_local(async move {
            if let Err(failure) = self.perform(task).await {
                self.fail(task, failure);
            }
            self.busy.update(|busy| _ = busy.remove(&task));
        });
    }

    async fn perform(self, task: Task) -> Result<(), Failure> {
        let generation = self.inbox.with_untracked(Inbox::generation);
        let marked = match task {
            Task::Read(id) => api::mark(id, true).await?,
            Task::Unread(id) => api::mark(id, false).await?,
            Task::ReadAll => {
                let seen = self.inbox.with_untracked(|inbox| inbox.position().to_owned());
                api::mark_all_read(seen).await?
            }
            Task::LoadMore => return self.load_more(generation).await,
        };
        let count = marked.inbox.ok_or(Failure::Fault)?;
        self.inbox.update(|inbox| inbox.reply(marked.alert, count.revision, count.unread_count, generation));
        Ok(())
    }

    async fn load_more(self, generation: u32) -> Result<(), Failure> {
        let Some(after) = self.inbox.with_untracked(|inbox| inbox.next().map(str::to_owned)) else {
            return Ok(());
        };
        let page = api::page(Some(after.clone())).await?;
        self.inbox.update(|inbox| inbox.next_page(page, &after, generation));
        Ok(())
    }

    fn fail(self, task: Task, failure: Failure) {
        if failure == Failure::SignedOut {
            self.link.set(Link::SignedOut);
        } else {
            self.trouble.set(Some((task, failure)));
        }
    }

    /// Takes in one event of the live stream.
    pub fn hear(self, event: InboxEvent) {
        if is_arrival(&event) {
            self.arrived.update(|arrived| *arrived += 1);
        }
        self.inbox.update(|inbox| inbox.apply(event));
    }

    /// Starts the clock, and loads the list again whenever it is found stale. Only in the browser.
    pub fn wake(self) {
        self.now.set(Some(now()));
        set_interval(move || self.now.set(Some(now())), TICK);
        let stale = Memo::new(move |_| self.inbox.with(Inbox::is_stale));
        Effect::new(move || {
            if stale.get() {
                spawn_local(self.refresh());
            }
        });
    }

    /// Loads the first page until the list is right, however long that takes.
    async fn refresh(self) {
        let mut pause = 250;
        loop {
            let generation = self.inbox.with_untracked(Inbox::generation);
            match api::page(None).await {
                Ok(page) => self.inbox.update(|inbox| inbox.first_page(page, generation)),
                Err(Failure::SignedOut) => return self.link.set(Link::SignedOut),
                Err(_) => {}
            }
            if !self.inbox.with_untracked(Inbox::is_stale) {
                return;
            }
            TimeoutFuture::new(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }
}

/// Whether an event tells of an alert that was raised just now, and is still unread.
fn is_arrival(event: &InboxEvent) -> bool {
    match event {
        InboxEvent::AlertChanged { alert: Some(alert), head, .. } => {
            alert.created_revision == head.revision && alert.is_unread()
        }
        _ => false,
    }
}
