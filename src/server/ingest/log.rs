//! What the log is told of faults, and how often.

use std::{
    fmt::Display,
    sync::{Mutex, PoisonError},
};

/// Whether something works: its faults are logged when they begin, change, and end.
pub(super) struct Health {
    what: String,
    failing: Mutex<Option<String>>,
}

impl Health {
    /// Of what reads on after "cannot".
    pub(super) fn of(what: impl Into<String>) -> Self {
        Self { what: what.into(), failing: Mutex::default() }
    }

    /// Takes an outcome in; what there is of it.
    pub(super) fn note<T, E: Display>(&self, outcome: Result<T, E>) -> Option<T> {
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(done) => {
                if failing.take().is_some() {
                    tracing::info!("can {} again", self.what);
                }
                Some(done)
            }
            Err(error) => {
                let error = error.to_string();
                if failing.as_ref() != Some(&error) {
                    tracing::error!(error, "cannot {}", self.what);
                    *failing = Some(error);
                }
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_that_goes_on_is_one_fault() {
        let health = Health::of("work");
        assert_eq!(health.note(Ok::<_, String>(7)), Some(7));
        for _ in 0..3 {
            assert_eq!(health.note(Err::<(), _>("no")), None);
        }
        assert_eq!(health.failing.lock().unwrap().as_deref(), Some("no"));
        assert_eq!(health.note(Ok::<_, String>(7)), Some(7));
        assert_eq!(*health.failing.lock().unwrap(), None);
    }
}
