//! What the log is told of, and how often: what others send must not fill it.

use std::{
    fmt::Display,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How often refusals are logged.
const PERIOD: Duration = Duration::from_secs(1);

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

/// Refusals of what others sent: one line a second at most, which never holds an alert's text.
pub(super) struct Refusals {
    of: &'static str,
    said: Mutex<(Option<Instant>, u64)>,
}

impl Refusals {
    pub(super) fn of(of: &'static str) -> Self {
        Self { of, said: Mutex::default() }
    }

    /// Says why one was refused, or counts it for the next line.
    pub(super) fn say(&self, why: &str) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, unsaid) = &mut *said;
        if last.is_some_and(|last| last.elapsed() < PERIOD) {
            *unsaid += 1;
            return;
        }
        tracing::warn!(why, others_since = *unsaid, "refused {}", self.of);
        said.0 = Some(Instant::now());
        said.1 = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_is_a_few_lines() {
        let refusals = Refusals::of("a test");
        (0..1_000).for_each(|_| refusals.say("it is one of many"));
        assert!(refusals.said.lock().unwrap().1 > 900);
    }

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
