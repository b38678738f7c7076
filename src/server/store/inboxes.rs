//! What can be asked of inboxes and done in them.

use async_trait::async_trait;

use super::{StoreError, held::Held};
use crate::domain::{
    Act, Alert, AlertId, Change, Counts, Filter, Moves, NewAlert, Position, Revision, State, UserId,
};

/// Where an inbox stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its head.
    pub position: Position,
    /// Its numbers.
    pub counts: Counts,
    /// Up to which creation revision its alerts have been seen.
    pub seen: Revision,
}

impl Standing {
    /// Whether the inbox has been at that position: same history, same inbox, and not ahead.
    pub fn reaches(&self, position: Position) -> bool {
        position.is_beside(self.position) && position.revision <= self.position.revision
    }

    /// Whether an alert of it came after its reader looked last.
    pub(super) fn is_new(&self, created: Revision) -> bool {
        created > self.seen
    }

    /// Where it stands after its next change, in which some alerts go from one state to another. None: there were
    /// not so many.
    pub(super) fn next(self, moves: Moves) -> Option<Self> {
        let position = Position { revision: self.position.revision + 1, ..self.position };
        Some(Self { position, counts: self.counts.after(moves)?, ..self })
    }

    /// What an act does to its numbers.
    pub(super) fn moved(&self, held: &Held, act: Act) -> Moves {
        Moves::one(self.is_new(held.alert.created_revision), Some(held.state), Some(held.state.after(act)))
    }

    /// What it does to its numbers to read some alerts that fit a filter.
    pub(super) fn all_read(&self, filter: &Filter, read: &[(Revision, AlertId)]) -> Moves {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let new = read.iter().filter(|(created, _)| self.is_new(*created)).count();
        let unread = State { unread: true, place: Some(filter.place) };
        Moves::of(count(read.len()), count(new), Some(unread), Some(unread.after(Act::Read)))
    }

    /// Where it stands once its reader has looked at it up to a position, after which so many came that are unread.
    /// None: there was nothing to see.
    pub(super) fn next_seen(self, up_to: Position, unseen: u32) -> Option<Self> {
        let next = Self { seen: up_to.revision, ..self.next(Moves::none())? };
        (up_to.revision > self.seen && unseen < self.counts.unseen)
            .then_some(Self { counts: Counts { unseen, ..next.counts }, ..next })
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

impl Window {
    /// Its count and bounds.
    pub fn parts(&self) -> (u32, Option<Revision>, Option<Revision>) {
        match *self {
            Self::First { count, after, before } | Self::Last { count, after, before } => {
                (count, after, before)
            }
        }
    }

    /// The bounds as numbers that every revision lies between.
    pub(super) fn bounds(&self) -> (i64, i64) {
        let (_, after, before) = self.parts();
        (after.map_or(i64::MAX, i64::from), before.map_or(0, i64::from))
    }

    /// The creation revisions above which lies what is newer than the stretch found, and below which
    /// lies what is older. An empty stretch is the gap at the end its window counts from.
    pub(super) fn edges(&self, found: &[Alert]) -> (i64, i64) {
        let (upper, lower) = self.bounds();
        match (found, self) {
            ([newest, .., oldest], _) => (newest.created_revision.into(), oldest.created_revision.into()),
            ([only], _) => (only.created_revision.into(), only.created_revision.into()),
            ([], Self::First { .. }) => (upper - 1, upper),
            ([], Self::Last { .. }) => (lower, lower + 1),
        }
    }
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

impl Raised {
    /// The first alert under a key, of before it was put off and came back.
    pub(super) fn again(alert: Alert, raised: Option<Revision>) -> Self {
        let created_revision = raised.unwrap_or(alert.created_revision);
        Self::Again(Box::new(Alert { created_revision, ..alert }))
    }
}

/// How many alerts one revision reads at most: others wait to write for as long as that takes.
pub const MOST_READ_AT_ONCE: usize = 5_000;

/// The outcome of a person's own change. Counts and lists are read in its own transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Marked {
    /// The alert it was about; none for a bulk change, and where it was thrown away.
    pub alert: Option<Alert>,
    /// What was committed; none when nothing had to change.
    pub change: Option<Change>,
    /// The inbox after it.
    pub inbox: Snapshot,
}

/// Inboxes and their alerts: each change is one transaction, each answer one moment.
#[async_trait]
pub trait Inboxes {
    /// Stores an alert under a fresh `id`. A recipient nobody has heard of is made.
    ///
    /// # Errors
    /// The database failed; then nothing is stored.
    async fn raise(&self, publisher: &str, id: AlertId, alert: &NewAlert) -> Result<Raised, StoreError>;

    /// Does something with an alert. None: it is not there, not theirs, or was thrown away and is not taken back.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    async fn mark(
        &self,
        user: &UserId,
        id: AlertId,
        act: Act,
        lists: &[List],
    ) -> Result<Option<Marked>, StoreError>;

    /// Marks read what fits the filter and was unread at `up_to`, in one revision: the oldest
    /// [`MOST_READ_AT_ONCE`] of them. None: the position is of another history or inbox, or ahead of the
    /// head.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    async fn mark_all(
        &self,
        user: &UserId,
        up_to: Position,
        filter: &Filter,
        lists: &[List],
    ) -> Result<Option<Marked>, StoreError>;

    /// Takes note that the reader has seen the inbox as it was at `up_to`. None: as for [`Inboxes::mark_all`].
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    async fn see(&self, user: &UserId, up_to: Position, lists: &[List])
    -> Result<Option<Marked>, StoreError>;

    /// Takes out what has fallen due, wherever it is, and brings back what was put off until now, some at a time;
    /// none when nothing is left to do.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    async fn fall_due(&self) -> Result<Vec<Change>, StoreError>;

    /// Where the inbox stands and the lists asked for, all of one moment.
    /// An inbox that is not there yet is made.
    ///
    /// # Errors
    /// The database failed.
    async fn snapshot(&self, user: &UserId, lists: &[List]) -> Result<Snapshot, StoreError>;

    /// Where the inbox stands. One that is not there yet is made.
    ///
    /// # Errors
    /// The database failed.
    async fn standing(&self, user: &UserId) -> Result<Standing, StoreError>;

    /// An alert in any place of this person's; none when it is not there or not theirs.
    ///
    /// # Errors
    /// The database failed.
    async fn alert(&self, user: &UserId, id: AlertId) -> Result<Option<Alert>, StoreError>;

    /// The same, also of what was thrown away and is still kept, with what was done with it.
    ///
    /// # Errors
    /// The database failed.
    async fn held(&self, user: &UserId, id: AlertId) -> Result<Option<(Alert, State)>, StoreError>;

    /// Those of the alerts that are in any place of this person's, in the order of `ids`.
    ///
    /// # Errors
    /// The database failed.
    async fn alerts(&self, user: &UserId, ids: &[AlertId]) -> Result<Vec<Alert>, StoreError>;
}
