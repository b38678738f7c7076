//! What happened: all that was committed, and all that each session was shown.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use belfry::domain::{Act, AlertId, Counts, InboxEvent, Revision};

/// A moment, counted from 1970: that is how clocks of other programs are compared.
pub type Moment = Duration;

/// This moment.
pub fn now() -> Moment {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

/// One revision of an inbox, as the store has it.
#[derive(Clone, Debug)]
pub struct Committed {
    pub revision: Revision,
    pub counts: Counts,
    /// In the store's words: `raised`, `read`, `right_ended`, and so on.
    pub what: String,
    pub ids: Vec<AlertId>,
    /// The name of the right that ended.
    pub subject: Option<String>,
    /// Up to which creation revision the inbox was seen by it.
    pub seen: Option<Revision>,
    pub at: Moment,
}

/// What a publisher was answered: its alert is there.
#[derive(Clone, Debug)]
pub struct Acknowledged {
    pub user: String,
    pub id: AlertId,
}

/// What somebody was answered who marked alerts: it is done, and the numbers are these at that revision.
#[derive(Clone, Debug)]
pub struct Marked {
    pub user: String,
    pub mark: Mark,
    pub revision: Revision,
    pub counts: Counts,
}

/// How alerts were marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Act(AlertId, Act),
    /// Whatever was unread at this revision.
    AllRead(Revision),
    /// Whatever was there at this revision.
    AllSeen(Revision),
}

/// What a session was told, and when.
#[derive(Clone, Debug)]
pub struct Shown {
    pub at: Moment,
    pub event: InboxEvent,
}

/// One session: from where it started, and what it showed in the end.
#[derive(Clone, Debug, Default)]
pub struct SessionHistory {
    pub user: String,
    /// Where the page stood it opened with.
    pub from: Revision,
    pub shown: Vec<Shown>,
    /// The pages that it loaded on the way.
    pub pages: Vec<Loaded>,
    /// The revision by which its right ended.
    pub ended: Option<Revision>,
    /// What it shows at the end; nothing once its right has ended.
    pub screen: Option<Seen>,
}

/// A page, and when it came.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub at: Moment,
    pub revision: Revision,
    pub seen: Seen,
}

/// The numbers, and the top of the list: alerts with the revisions that changed them last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub counts: Counts,
    pub list: Vec<(AlertId, Revision)>,
}

impl Seen {
    /// Whether a screen that shows this shows the inbox as it is. What left its list makes it shorter, until more
    /// is loaded.
    pub fn is_of(&self, truth: &Self) -> bool {
        self.counts == truth.counts && truth.list.starts_with(&self.list)
    }
}

/// Everything there is to be judged.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The change log of each person, from the first revision on.
    pub log: HashMap<String, Vec<Committed>>,
    /// What each person's inbox is now.
    pub truth: HashMap<String, Seen>,
    pub acknowledged: Vec<Acknowledged>,
    pub marked: Vec<Marked>,
    pub sessions: Vec<SessionHistory>,
    /// When the last fault was over.
    pub healed: Moment,
}
