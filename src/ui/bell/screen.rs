//! Everything a bell shows, and the rules about it that need no browser.

use time::OffsetDateTime;

use crate::{
    domain::{AlertId, Inbox, Page},
    ui::api::Failure,
};

/// Something the bell asks of the server. Each runs once at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Mark an alert read, or unread again.
    Mark(AlertId, bool),
    /// Mark all read that the screen could show.
    ReadAll,
    /// Load the page after the last one.
    LoadMore,
    /// Load the first page until the list is right again.
    Refresh,
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

/// Everything a bell shows.
pub struct Screen {
    /// The inbox, as far as it is known here.
    pub inbox: Inbox,
    /// Whether changes arrive.
    pub link: Link,
    /// The last task that failed, until another is started.
    pub trouble: Option<(Task, Failure)>,
    /// The browser's clock, a little behind; none until the page is mounted.
    pub now: Option<OffsetDateTime>,
    /// How many alerts arrived that nobody was told of yet.
    pub arrived: u32,
    /// What the live region says.
    pub words: String,
    busy: Vec<Task>,
}

impl Screen {
    /// The screen a server-rendered page opens with.
    pub fn open(page: Page) -> Self {
        Self {
            inbox: Inbox::open(page),
            link: Link::default(),
            trouble: None,
            now: None,
            arrived: 0,
            words: String::new(),
            busy: Vec::new(),
        }
    }

    /// Whether a task is under way.
    pub fn is_busy(&self, task: Task) -> bool {
        self.busy.contains(&task)
    }

    /// Whether the number may be older than it looks.
    pub fn is_lost(&self) -> bool {
        !matches!(self.link, Link::Opening | Link::Live)
    }

    /// Notes that a task begins.
    pub fn begin(&mut self, task: Task) {
        self.busy.push(task);
        self.trouble = None;
    }

    /// Notes how a task ended.
    pub fn end(&mut self, task: Task, done: Result<(), Failure>) {
        self.busy.retain(|busy| *busy != task);
        match done {
            Ok(()) => {}
            Err(Failure::SignedOut) => self.link = Link::SignedOut,
            Err(failure) => self.trouble = Some((task, failure)),
        }
    }
}
