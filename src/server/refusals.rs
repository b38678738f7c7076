//! What the log is told of what others sent, and how often: they must not fill it.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How often refusals are logged.
const PERIOD: Duration = Duration::from_secs(1);

/// Refusals of what others sent: one line a second at most, which never holds an alert's text.
pub struct Refusals {
    of: &'static str,
    said: Mutex<(Option<Instant>, u64)>,
}

impl Refusals {
    /// Of what reads on after "refused".
    pub fn of(of: &'static str) -> Self {
        Self { of, said: Mutex::default() }
    }

    /// Says why one was refused, or counts it for the next line.
    pub fn say(&self, why: &str) {
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
}
