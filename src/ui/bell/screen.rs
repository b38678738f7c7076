//! Everything a bell shows, and the rules about it that need no browser.

use std::time::Duration;

use time::OffsetDateTime;

use super::{announce::Notice, undo::Undo};
use crate::{
    domain::{Act, AlertId, Inbox, InboxEvent, Page},
    ui::api::Failure,
};

/// How few alerts do not fill the dropdown.
const FEW: usize = 5;

/// Something the bell asks of the server. Each runs once at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Do something with an alert.
    Act(AlertId, Act),
    /// Mark all read that the screen could show.
    ReadAll,
    /// Load the page after the last one.
    LoadMore,
    /// Load the first page, and with it a list that is right again.
    Refresh,
    /// Tell that what the screen shows has been seen.
    See,
}

impl Task {
    /// Whether nobody waits for it.
    fn is_quiet(self) -> bool {
        matches!(self, Self::Refresh | Self::See)
    }
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

/// The longest pause before a stale list is asked for again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

impl Link {
    /// Whether it stands like that for as long as the page lives.
    pub fn is_over(self) -> bool {
        matches!(self, Self::SignedOut | Self::Ended)
    }
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
    /// What calls attention.
    pub notice: Notice,
    /// What was put away just now.
    pub undo: Option<Undo>,
    /// Whether the list is before its reader's eyes.
    in_view: bool,
    /// The position up to which the server was told last that the reader has seen the list.
    told: String,
    /// How many times in a row the list was asked for and is still not right.
    pub misses: u32,
    /// Whether the stream must begin without a position: the server did not know the one it had.
    pub afresh: bool,
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
            notice: Notice::default(),
            undo: None,
            in_view: false,
            told: String::new(),
            misses: 0,
            afresh: false,
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

    /// Notes how the bell hears from now on. What was asked for in vain may be had again at once.
    pub fn set_link(&mut self, link: Link) {
        if !self.link.is_over() {
            self.link = link;
        }
        if link == Link::Live {
            self.misses = 0;
            self.told.clear();
        }
    }

    /// Notes whether the list is before its reader's eyes. Who opens it again has it told again.
    pub fn set_in_view(&mut self, in_view: bool) {
        if in_view && !self.in_view {
            self.told.clear();
        }
        self.in_view = in_view;
    }

    /// The number on the bell. What arrives before its reader's eyes does not call for them.
    pub fn unseen(&self) -> u32 {
        if self.in_view && self.link == Link::Live { 0 } else { self.inbox.counts().unseen }
    }

    /// Takes in one event of the live stream.
    pub fn hear(&mut self, event: InboxEvent) {
        self.afresh = false;
        self.inbox.apply(event);
    }

    /// Takes in the page after the last one, and says how many alerts it brought. From how many to
    /// how many the list has grown.
    pub fn extend(&mut self, page: Page, after: &str, generation: u32) -> (usize, usize) {
        let before = self.inbox.alerts().len();
        self.inbox.next_page(page, after, generation);
        let now = self.inbox.alerts().len();
        self.notice.words = format!("{} more shown.", now.saturating_sub(before));
        (before, now)
    }

    /// Whether a task is the one that failed last.
    pub fn is_trouble(&self, task: Task) -> bool {
        self.trouble.as_ref().is_some_and(|(failed, _)| *failed == task)
    }

    /// Ends the bell of somebody in whose place another has signed in: the page is theirs to load.
    pub fn check_reader(&mut self) {
        if self.inbox.is_replaced() {
            self.set_link(Link::Ended);
        }
    }

    /// Whether so much has left the list that it should be filled up from below.
    pub fn is_short(&self) -> bool {
        let shown = self.inbox.alerts().len();
        shown < FEW && self.inbox.next().is_some() && self.link == Link::Live && self.trouble.is_none()
    }

    /// Whether the reader sees what the server does not know to be seen. It is told once of each position: where
    /// that fails, again with the next one, when the server is back, or when the reader is.
    pub fn is_to_be_seen(&self) -> bool {
        let is_new = self.inbox.counts().unseen > 0 && self.inbox.seen() != self.told;
        self.in_view && is_new && self.link == Link::Live
    }

    /// Whether the list must be loaded again, and somebody is there to give it.
    pub fn may_refresh(&self) -> bool {
        self.inbox.is_stale() && !self.link.is_over()
    }

    /// How long to wait at most before the list is asked for again; half of it at least.
    pub fn pause(misses: u32) -> Duration {
        let doubled = Duration::from_millis(250).saturating_mul(2_u32.saturating_pow(misses));
        doubled.min(LONGEST_PAUSE)
    }

    /// Notes that a task begins. One that failed stays in trouble while it is tried again: the
    /// button for that does not go away under the hand. Words said before would not be heard twice.
    pub fn begin(&mut self, task: Task) {
        self.busy.push(task);
        self.trouble.take_if(|(failed, _)| *failed != task && !task.is_quiet());
        if task == Task::See {
            self.inbox.seen().clone_into(&mut self.told);
        }
        if matches!(task, Task::LoadMore | Task::Act(..)) {
            self.notice.words.clear();
        }
    }

    /// Notes how a task ended.
    pub fn end(&mut self, task: Task, done: Result<(), Failure>) {
        self.busy.retain(|busy| *busy != task);
        self.trouble.take_if(|(failed, _)| *failed == task);
        match done {
            Ok(()) => {}
            Err(Failure::SignedOut) => self.set_link(Link::SignedOut),
            Err(_) if task == Task::See => {}
            Err(failure) => self.trouble = Some((task, failure)),
        }
        if task == Task::Refresh {
            self.misses = if self.inbox.is_stale() { self.misses.saturating_add(1) } else { 0 };
        }
    }
}

#[cfg(test)]
mod tests;
