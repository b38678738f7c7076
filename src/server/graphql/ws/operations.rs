//! The running operations of one socket.
//!
//! They take turns: after one has given something, the next to be asked is its neighbour, so a stream
//! that is always ready cannot starve another. All are polled from the socket's own task; their number
//! is capped, which keeps the walk short.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::StreamExt;

use super::host::{Step, Steps};
use crate::server::metrics::Counted;

/// Streams by operation id.
#[derive(Default)]
pub struct Operations {
    running: Vec<(Arc<str>, Steps, Counted)>,
    turn: usize,
}

impl Operations {
    /// Adds an operation. The caller has made sure that the id is free.
    pub fn start(&mut self, id: Arc<str>, steps: Steps, counted: Counted) {
        self.running.push((id, steps, counted));
    }

    /// Drops an operation at once; an unknown id is ignored.
    pub fn stop(&mut self, id: &str) {
        self.running.retain(|(running, ..)| &**running != id);
    }

    /// The next step of whoever is ready, `None` at a stream's end. Whatever ends an operation
    /// also drops it.
    pub fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<(Arc<str>, Option<Step>)> {
        let count = self.running.len();
        for offset in 0..count {
            let at = (self.turn + offset) % count;
            if let Poll::Ready(step) = self.running[at].1.poll_next_unpin(cx) {
                return Poll::Ready(self.took(at, step));
            }
        }
        Poll::Pending
    }

    fn took(&mut self, at: usize, step: Option<Step>) -> (Arc<str>, Option<Step>) {
        if matches!(step, Some(Step::Next(_))) {
            self.turn = at + 1;
            return (Arc::clone(&self.running[at].0), step);
        }
        self.turn = at;
        (self.running.remove(at).0, step)
    }
}
