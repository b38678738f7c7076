//! A change on its way, with what was rendered of it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::OnceCell;

use crate::domain::Change;

/// One rendering of a change: a distinct selection, and which of its results.
///
/// A change gives one result to most subscriptions; a bulk read gives `alertRead` one per alert.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Part {
    /// Names the document, operation and variables that shape the result, in a few letters.
    pub selection: Arc<str>,
    /// Which result of the change, from 0.
    pub index: usize,
}

/// A committed change, shared by all sessions that hear it.
#[derive(Debug)]
pub struct News {
    /// What was committed.
    pub change: Change,
    /// Rendered once per distinct selection, not once per socket.
    rendered: Mutex<HashMap<Part, Arc<OnceCell<Utf8Bytes>>>>,
}

impl News {
    /// News of a change nobody has rendered yet.
    pub fn of(change: Change) -> Arc<Self> {
        Arc::new(Self { change, rendered: Mutex::default() })
    }

    /// The place of one rendering: whoever comes first fills it, others wait for that.
    pub fn rendering(&self, part: &Part) -> Arc<OnceCell<Utf8Bytes>> {
        let mut rendered = self.rendered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = rendered.get(part) {
            return cell.clone();
        }
        rendered.entry(part.clone()).or_default().clone()
    }
}
