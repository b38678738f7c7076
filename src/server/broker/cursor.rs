//! Where one session stands, and what it is told next. No I/O: decisions only.
//!
//! A change is given when it is the next one of the history that the session stands in. Older ones are
//! dropped; before a gap, in another history, or after more news than a session may queue, the answer is
//! the log. So a slow reader costs a queue of [`MOST_QUEUED`] pointers and is told everything all the
//! same. Where the log cannot say what came between, the session is told that instead.
//!
//! What was read in the log is nobody else's, so of that only a [`portion`] is kept, and what came after
//! it is read again when that was given. Who is slow to take its portions may meanwhile fall so far behind
//! that the log is not replayed to it any more: then it is told that, though it was once near enough.

pub(super) mod portion;
#[cfg(test)]
mod tests;

use std::{collections::VecDeque, sync::Arc};

use super::News;
use crate::{
    domain::{Change, Position, Revision},
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
    /// A portion of what was read in the log, to be given before anything that is queued.
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
        // Who fell behind meanwhile reads once more after this.
        if self.log == Log::Reading {
            self.log = Log::Read;
        }
        match portion::of(replay) {
            Replay::Changes(changes) => self.keep(changes),
            Replay::Portion(changes) => {
                self.keep(changes);
                // What came after them is let go.
                self.fall_behind();
            }
            Replay::Reset(standing) => self.reset = Some(standing),
        }
    }

    fn keep(&mut self, changes: Vec<Change>) {
        self.replayed = changes.into_iter().map(News::of).collect();
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
