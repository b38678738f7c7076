//! Where one session stands, and what it is told next. No I/O: decisions only.
//!
//! A change is given when it is the next one of the history that the session stands in. Older ones are
//! dropped; before a gap, in another history, or after more news than a session may queue, the answer is
//! the log. So a slow reader costs a queue of [`MOST_QUEUED`] pointers and is told everything all the
//! same. Where the log cannot say what came between, the session is told that instead.

use std::{collections::VecDeque, sync::Arc};

use super::News;
use crate::{
    domain::{Position, Revision},
    server::store::{Replay, Standing},
};

/// How much news waits for one session before its queue is dropped and the log asked instead.
pub const MOST_QUEUED: usize = 64;

/// What to do next for a session.
#[derive(Debug)]
pub enum Next {
    /// Write this to the socket.
    Give(Arc<News>),
    /// Say that the log cannot tell what came between, and that it goes on from here.
    Reset(Standing),
    /// Read the log after this position, and say by [`Cursor::read`] what it tells. What is offered from
    /// here on is queued behind that.
    CatchUp(Option<Position>),
    /// Nothing until more is offered.
    Wait,
}

/// The place of a session in its inbox's history.
#[derive(Debug)]
pub struct Cursor {
    /// The last position given; none before the first look at the log.
    at: Option<Position>,
    /// To be told before anything else.
    reset: Option<Standing>,
    /// Read in the log, to be given before anything that is queued.
    replayed: VecDeque<Arc<News>>,
    queue: VecDeque<Arc<News>>,
    log: Log,
}

/// What a cursor has of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Log {
    /// Too little: it must be read before anything more is queued.
    Behind,
    /// It is being read. Should that read be dropped half-way, the next step is to read again.
    Reading,
    /// All that came before what is queued.
    Read,
}

impl Cursor {
    /// A cursor whose first step is to read the log after a position.
    pub fn new(after: Option<Position>) -> Self {
        let (replayed, queue) = (VecDeque::new(), VecDeque::new());
        Self { at: after, reset: None, replayed, queue, log: Log::Behind }
    }

    /// Takes news in. It is dropped when the log will be read anyway, or the reader is too slow.
    pub fn offer(&mut self, news: &Arc<News>) {
        // While the log is read it may still say that this session stands nowhere.
        if self.log == Log::Behind || self.log == Log::Read && self.has_given(news) {
            return;
        }
        if self.queue.len() == MOST_QUEUED {
            self.fall_behind();
        } else {
            self.queue.push_back(news.clone());
        }
    }

    /// The last revision it heard of, when that is before `head` and it will not read the log anyway.
    pub fn lacks(&self, head: Position) -> Option<Revision> {
        let heard = self.heard().filter(|heard| heard.is_beside(head))?;
        (self.log != Log::Behind && heard.revision < head.revision).then_some(heard.revision)
    }

    /// Takes in that the inbox is at `head`, and returns whether that sends it to the log. Where news of
    /// it is missing the log has it. Where more was heard than the store has, that came in between, or
    /// the store lost it: only the log can say.
    pub fn compare(&mut self, head: Position) -> bool {
        let doubtful = self.log != Log::Behind && self.heard() != Some(head);
        if doubtful {
            self.fall_behind();
        }
        doubtful
    }

    fn heard(&self) -> Option<Position> {
        let newest = self.queue.back().or(self.replayed.back());
        let newest = newest.map(|news| news.change.position);
        [newest, self.reset.map(|standing| standing.position), self.at]
            .into_iter()
            .flatten()
            .max_by_key(|position| position.revision)
    }

    /// Decides the next step, and takes it as done when it is to tell something.
    pub fn next(&mut self) -> Next {
        if let Some(standing) = self.reset.take() {
            self.at = Some(standing.position);
            return Next::Reset(standing);
        }
        while let Some(news) = self.replayed.pop_front() {
            if !self.has_given(&news) {
                return self.give(news);
            }
        }
        while self.log == Log::Read {
            let Some(news) = self.queue.pop_front() else { return Next::Wait };
            if self.is_next(&news) {
                return self.give(news);
            }
            if !self.has_given(&news) {
                self.fall_behind();
            }
        }
        self.log = Log::Reading;
        Next::CatchUp(self.at)
    }

    /// The log was read as [`Next::CatchUp`] asked.
    pub fn read(&mut self, replay: Replay) {
        match replay {
            Replay::Changes(changes) => self.replayed = changes.into_iter().map(News::of).collect(),
            Replay::Reset(standing) => self.reset = Some(standing),
        }
        // Who fell behind meanwhile reads once more after this.
        if self.log == Log::Reading {
            self.log = Log::Read;
        }
    }

    /// Gives up what is queued: the log has to be read, or could not be.
    pub fn fall_behind(&mut self) {
        self.log = Log::Behind;
        self.queue = VecDeque::new();
    }

    fn give(&mut self, news: Arc<News>) -> Next {
        self.at = Some(news.change.position);
        Next::Give(news)
    }

    fn has_given(&self, news: &News) -> bool {
        let position = news.change.position;
        self.at.is_some_and(|at| position.is_beside(at) && position.revision <= at.revision)
    }

    fn is_next(&self, news: &News) -> bool {
        let position = news.change.position;
        self.at.is_some_and(|at| position.is_beside(at) && position.revision == at.revision + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Change, What};

    fn position(revision: Revision) -> Position {
        Position { epoch: 1, inbox: 1, revision }
    }

    fn change(position: Position) -> Change {
        let user = "ada".parse().unwrap();
        Change { user, position, unread: 0, what: What::Raised, ids: vec![], alerts: vec![] }
    }

    fn news(revision: Revision) -> Arc<News> {
        News::of(change(position(revision)))
    }

    fn reads(revisions: &[Revision]) -> Replay {
        Replay::Changes(revisions.iter().map(|revision| change(position(*revision))).collect())
    }

    fn standing_at(revision: Revision) -> Cursor {
        let mut cursor = Cursor::new(Some(position(revision)));
        assert!(goes_to_the_log(&mut cursor, revision));
        cursor.read(reads(&[]));
        cursor
    }

    fn goes_to_the_log(cursor: &mut Cursor, after: Revision) -> bool {
        matches!(cursor.next(), Next::CatchUp(Some(at)) if at == position(after))
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
        assert!(goes_to_the_log(&mut cursor, 2));
        cursor.offer(&news(5));
        cursor.read(reads(&[3, 4]));
        assert_eq!(given(&mut cursor), [3, 4, 5]);
    }

    #[test]
    fn a_slow_reader_keeps_a_bounded_queue_and_asks_the_log() {
        let mut cursor = standing_at(0);
        let mut offer = |revisions| {
            for revision in revisions {
                cursor.offer(&news(revision));
                assert!(cursor.queue.len() <= MOST_QUEUED);
            }
        };
        offer(1..=64);
        // The one that is too much need not be followed by another.
        offer(65..=65);
        assert!(goes_to_the_log(&mut cursor, 0));
    }

    #[test]
    fn what_is_offered_while_the_log_is_read_is_not_lost() {
        let mut cursor = Cursor::new(Some(position(7)));
        assert!(goes_to_the_log(&mut cursor, 7));
        cursor.offer(&news(8));
        cursor.read(reads(&[]));
        assert_eq!(given(&mut cursor), [8]);
    }

    #[test]
    fn a_read_that_was_dropped_half_way_is_done_again() {
        let mut cursor = standing_at(2);
        cursor.fall_behind();
        assert!(goes_to_the_log(&mut cursor, 2));
        assert!(goes_to_the_log(&mut cursor, 2));
    }

    #[test]
    fn a_head_nobody_told_of_sends_the_session_to_the_log() {
        let mut cursor = standing_at(3);
        assert!(!cursor.compare(position(3)));
        cursor.offer(&news(4));
        assert!(!cursor.compare(position(4)));
        assert!(cursor.compare(position(5)));
        assert!(goes_to_the_log(&mut cursor, 3));
    }

    #[test]
    fn a_head_below_what_was_heard_sends_the_session_to_the_log() {
        let mut cursor = standing_at(3);
        cursor.offer(&news(4));
        assert!(cursor.compare(position(2)));
        assert!(goes_to_the_log(&mut cursor, 3));
        let unread = 1;
        cursor.read(Replay::Reset(Standing { position: position(2), unread }));
        assert!(matches!(cursor.next(), Next::Reset(standing) if standing.position == position(2)));
        cursor.offer(&news(3));
        assert_eq!(given(&mut cursor), [3]);
    }

    #[test]
    fn news_is_kept_while_the_log_is_read_by_who_stands_too_far_ahead() {
        let mut cursor = Cursor::new(Some(position(9)));
        assert!(goes_to_the_log(&mut cursor, 9));
        cursor.offer(&news(3));
        cursor.read(Replay::Reset(Standing { position: position(2), unread: 1 }));
        assert!(matches!(cursor.next(), Next::Reset(_)));
        assert_eq!(given(&mut cursor), [3]);
    }

    #[test]
    fn news_of_another_history_sends_the_session_to_the_log() {
        let mut cursor = standing_at(3);
        cursor.offer(&News::of(change(Position { epoch: 2, ..position(4) })));
        assert!(goes_to_the_log(&mut cursor, 3));
        cursor.read(reads(&[]));
        cursor.offer(&News::of(change(Position { inbox: 2, ..position(1) })));
        assert!(goes_to_the_log(&mut cursor, 3));
    }
}
