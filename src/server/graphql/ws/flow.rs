//! How fast a peer may talk: so many a second, and a second's worth at once. By the generic cell rate algorithm
//! (ITU-T I.371), which remembers one moment: that at which all that was said would have been said steadily.

use std::time::{Duration, Instant};

use axum::extract::ws::Message;

/// What comes in by a rate.
pub struct Flow {
    /// How much a second; none: as much as comes.
    rate: Option<u32>,
    steady: Instant,
}

impl Flow {
    /// Nothing has come in before `now`.
    pub fn new(rate: Option<u32>, now: Instant) -> Self {
        Self { rate, steady: now }
    }

    /// So much came in. False: that is more than may.
    pub fn take(&mut self, amount: usize, now: Instant) -> bool {
        let Some(rate) = self.rate else { return true };
        let amount = u32::try_from(amount).unwrap_or(u32::MAX);
        self.steady =
            self.steady.max(now) + Duration::from_secs(1).mul_f64(f64::from(amount) / f64::from(rate));
        self.steady - now <= Duration::from_secs(1)
    }
}

/// What a message carries, in bytes.
pub(super) fn length(message: &Message) -> usize {
    match message {
        Message::Text(text) => text.len(),
        Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) => bytes.len(),
        Message::Close(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seconds_worth_may_come_at_once_and_then_as_much_as_the_rate_has_it() {
        let begin = Instant::now();
        let mut flow = Flow::new(Some(100), begin);
        assert!((0..100).all(|_| flow.take(1, begin)));
        let later = begin + Duration::from_millis(100);
        assert!((0..10).all(|_| flow.take(1, later)));
        assert!(!flow.take(1, later));
    }

    #[test]
    fn what_is_said_steadily_is_never_too_much() {
        let begin = Instant::now();
        let mut flow = Flow::new(Some(1_000), begin);
        assert!((1..100_000).all(|it| flow.take(1, begin + Duration::from_millis(it))));
    }

    #[test]
    fn one_piece_larger_than_a_second_is_too_much() {
        let begin = Instant::now();
        assert!(!Flow::new(Some(1_000), begin).take(1_001, begin));
        assert!(Flow::new(None, begin).take(usize::MAX, begin));
    }
}
