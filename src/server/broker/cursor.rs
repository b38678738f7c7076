//! Where one session stands, and what it has not been given yet. No I/O: decisions only.
//!
//! A change is given when its revision is the next one. Older ones are dropped; before a gap, or
//! after more news than a session may queue, the answer is the log. So a slow reader costs a queue
//! of [`MOST_QUEUED`] pointers and is told everything all the same.

use std::{collections::VecDeque, sync::Arc};

use super::News;
use crate::domain::Revision;

/// How much news waits for one session before its queue is dropped and the log asked instead.
pub const MOST_QUEUED: usize = 64;

/// What to do next for a session.
#[derive(Debug)]
pub enum Next {
    /// Write this to the socket.
    Give(Arc<News>),
    /// Read the log after [`Cursor::at`].
    CatchUp,
    /// Nothing until more is offered.
    Wait,
}

/// The place of a session in its inbox's history.
#[derive(Debug, Default)]
pub struct Cursor {
    /// The last revision given; none until the first look at the log.
    at: Option<Revision>,
    /// Read from the log, to be given before anything that is queued.
    replayed: VecDeque<Arc<News>>,
    queue: VecDeque<Arc<News>>,
    /// The log must be read before anything more is given.
    behind: bool,
    /// It is being read. Should that read be dropped half-way, the next step is to read again.
    reading: bool,
}

impl Cursor {
    /// A cursor that stands nowhere yet: its first step is to catch up.
    pub fn new() -> Self {
        Self { behind: true, ..Self::default() }
    }

    /// Takes news in. It is dropped when the log will be read anyway, or the reader is too slow.
    pub fn offer(&mut self, news: &Arc<News>) {
        if self.behind || self.at.is_some_and(|at| news.change.position.revision <= at) {
            return;
        }
        if self.queue.len() == MOST_QUEUED {
            self.fall_behind();
        } else {
            self.queue.push_back(news.clone());
        }
    }

    /// The last revision it heard of, when that is before `head` and it will not read the log anyway.
    pub fn lacks(&self, head: Revision) -> Option<Revision> {
        self.heard().filter(|heard| !self.behind && *heard < head)
    }

    /// Takes in that the inbox is at `head`. Returns whether news of that is missing.
    pub fn compare(&mut self, head: Revision) -> bool {
        let missing = self.heard() < Some(head);
        if missing {
            self.fall_behind();
        }
        missing
    }

    fn heard(&self) -> Option<Revision> {
        let newest = self.queue.back().or(self.replayed.back());
        newest.map(|news| news.change.position.revision).max(self.at)
    }

    /// Decides the next step, and takes it as done when it is to give.
    pub fn next(&mut self) -> Next {
        while let Some(news) = self.replayed.pop_front() {
            if self.pass(&news) {
                return Next::Give(news);
            }
        }
        while !self.behind && !self.reading {
            let Some(news) = self.queue.pop_front() else { return Next::Wait };
            let revision = news.change.position.revision;
            if self.at.is_none_or(|at| revision > at + 1) {
                self.fall_behind();
            } else if self.pass(&news) {
                return Next::Give(news);
            }
        }
        Next::CatchUp
    }

    /// The log is about to be read: what is offered from here on is queued behind what it says.
    pub fn start_catching_up(&mut self) {
        self.behind = false;
        self.reading = true;
        self.queue.clear();
    }

    /// The log was read: after revision `at` it has this, in order.
    pub fn stand(&mut self, at: Revision, replayed: impl IntoIterator<Item = Arc<News>>) {
        self.reading = false;
        self.at = Some(at);
        self.replayed = replayed.into_iter().collect();
    }

    /// Gives up what is queued: the log has to be read, or could not be.
    pub fn fall_behind(&mut self) {
        self.behind = true;
        self.reading = false;
        self.queue = VecDeque::new();
    }

    /// Moves on to a change unless it was given before.
    fn pass(&mut self, news: &News) -> bool {
        let revision = news.change.position.revision;
        let new = self.at.is_none_or(|at| revision > at);
        if new {
            self.at = Some(revision);
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Change, Position, What};

    fn news(revision: Revision) -> Arc<News> {
        let position = Position { epoch: 1, inbox: 1, revision };
        let user = "ada".parse().unwrap();
        News::of(Change { user, position, unread: 0, what: What::Raised, ids: vec![], alerts: vec![] })
    }

    fn standing_at(revision: Revision) -> Cursor {
        let mut cursor = Cursor::new();
        cursor.start_catching_up();
        cursor.stand(revision, []);
        cursor
    }

    fn given(cursor: &mut Cursor) -> Vec<Revision> {
        let mut revisions = Vec::new();
        while let Next::Give(news) = cursor.next() {
            revisions.push(news.change.position.revision);
        }
        revisions
    }

    #[test]
    fn news_is_given_once_and_in_order() {
        let mut cursor = standing_at(2);
        for revision in [1, 2, 3, 3, 4] {
            cursor.offer(&news(revision));
        }
        assert_eq!(given(&mut cursor), [3, 4]);
        assert!(matches!(cursor.next(), Next::Wait));
    }

    #[test]
    fn a_gap_is_filled_from_the_log() {
        let mut cursor = standing_at(2);
        cursor.offer(&news(4));
        assert!(matches!(cursor.next(), Next::CatchUp));
        cursor.start_catching_up();
        cursor.offer(&news(5));
        cursor.stand(2, [news(3), news(4)]);
        assert_eq!(given(&mut cursor), [3, 4, 5]);
    }

    #[test]
    fn a_slow_reader_keeps_a_bounded_queue_and_asks_the_log() {
        let mut cursor = standing_at(0);
        for revision in 1..=1_000 {
            cursor.offer(&news(revision));
            assert!(cursor.queue.len() <= MOST_QUEUED);
        }
        assert!(matches!(cursor.next(), Next::CatchUp));
    }

    #[test]
    fn what_is_offered_while_the_log_is_read_is_not_lost() {
        let mut cursor = Cursor::new();
        assert!(matches!(cursor.next(), Next::CatchUp));
        cursor.start_catching_up();
        cursor.offer(&news(8));
        cursor.stand(7, []);
        assert_eq!(given(&mut cursor), [8]);
    }

    #[test]
    fn a_read_that_was_dropped_half_way_is_done_again() {
        let mut cursor = standing_at(2);
        cursor.fall_behind();
        cursor.start_catching_up();
        assert!(matches!(cursor.next(), Next::CatchUp));
    }

    #[test]
    fn a_head_nobody_told_of_sends_the_session_to_the_log() {
        let mut cursor = standing_at(3);
        assert!(!cursor.compare(3));
        cursor.offer(&news(4));
        assert!(!cursor.compare(4));
        assert!(cursor.compare(5));
        assert!(matches!(cursor.next(), Next::CatchUp));
    }
}
