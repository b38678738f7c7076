//! The database: the only truth. Everything an inbox is, in one transaction a change.
//!
//! `sqlx` is named in this module and nowhere else. What is shared by the engines stands here;
//! each engine has a module of its own.

mod sqlite;

use sha2::{Digest, Sha256};

use crate::domain::{Alert, Change, Filter, Position, Revision, UserId};

pub use sqlite::Store;

/// A fault of the database. What it says is for the log, never for a caller.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct StoreError(#[from] sqlx::Error);

/// Why a store did not open: one sentence for whoever starts the program.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct OpenError(pub String);

/// Where an inbox stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its head.
    pub position: Position,
    /// How many alerts are unread.
    pub unread: u32,
}

impl Standing {
    /// Whether the inbox has been at that position: same history, same inbox, and not ahead.
    pub fn reaches(&self, position: Position) -> bool {
        position.epoch == self.position.epoch
            && position.inbox == self.position.inbox
            && position.revision <= self.position.revision
    }
}

/// A part of an inbox that somebody asks for. Lists run by creation revision, highest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Which alerts.
    pub filter: Filter,
    /// Which stretch of them.
    pub window: Window,
}

/// A stretch of a list. The bounds are creation revisions, themselves not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The first `count` of those after (older than) `after` and before (newer than) `before`.
    First {
        /// How many at most.
        count: u32,
        /// Older than this one.
        after: Option<Revision>,
        /// Newer than this one.
        before: Option<Revision>,
    },
    /// The last `count` of those.
    Last {
        /// How many at most.
        count: u32,
        /// Older than this one.
        after: Option<Revision>,
        /// Newer than this one.
        before: Option<Revision>,
    },
}

/// What a [`List`] found, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The alerts.
    pub alerts: Vec<Alert>,
    /// Whether newer ones of the list lie before it.
    pub has_previous: bool,
    /// Whether older ones of the list lie after it.
    pub has_next: bool,
}

/// What one answer says of an inbox: all of it read at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Where the inbox stood.
    pub standing: Standing,
    /// What was found, in the order of the lists asked for.
    pub lists: Vec<Listed>,
}

/// The outcome of raising an alert.
#[derive(Clone, Debug, PartialEq)]
pub enum Raised {
    /// It is stored.
    New(Box<Change>),
    /// The same publisher raised the same content under the same key before: the first alert.
    Again(Box<Alert>),
    /// The same publisher used the same key for other content before.
    KeyTaken,
    /// `expiresAt` has passed by the database's clock.
    Overdue,
}

/// The outcome of a person's own change. Count and lists are read in its own transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Marked {
    /// The alert it was about; none for a bulk change.
    pub alert: Option<Alert>,
    /// What was committed; none when nothing had to change.
    pub change: Option<Change>,
    /// The inbox after it.
    pub inbox: Snapshot,
}

/// What happened after a position.
#[derive(Clone, Debug, PartialEq)]
pub enum Replay {
    /// Every change since, in order, read to the head in one snapshot.
    Changes(Vec<Change>),
    /// The log cannot say: the position is too old, too far back, of another history, or ahead.
    Reset(Standing),
}

/// Up to where the log of all inboxes was looked at. Its text is the engine's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark(String);

/// What a look at the log of all inboxes found that the look before it could not see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Where the inboxes stand in which something changed.
    pub heads: Vec<(UserId, Position)>,
    /// The rights that ended, with whose they were.
    pub ended: Vec<(UserId, String)>,
    /// Where the next look begins.
    pub mark: Mark,
}

/// How many changes are replayed one by one before a reset is the better answer.
pub const MOST_REPLAYED: u32 = 300;

/// A publisher token as its owner may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its name, unique for ever.
    pub name: String,
    /// The first characters of the secret.
    pub hint: String,
    /// When it was made.
    pub created_at: time::OffsetDateTime,
    /// When it was last seen, to the minute.
    pub used_at: Option<time::OffsetDateTime>,
    /// When it was revoked.
    pub revoked_at: Option<time::OffsetDateTime>,
}

/// The name of a session as a right, the one a [`What::RightEnded`](crate::domain::What) carries:
/// the SHA-256 of its id in hex, for the id itself is a secret.
pub fn right_of_session(id: &str) -> String {
    hash_of_session(id).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hash_of_session(id: &str) -> Vec<u8> {
    Sha256::digest(id).to_vec()
}
