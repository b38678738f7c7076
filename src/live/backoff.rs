//! How long a client waits before it comes back.
//!
//! Full jitter: any time up to a ceiling that doubles with every try. Clients that lost their
//! server together come back spread out. The ceiling stays low in the first minute, when somebody
//! may be watching, and rises after it.

use std::time::Duration;

/// The ceiling before the first try.
const FIRST: Duration = Duration::from_millis(250);
/// How long an absence counts as short.
const SHORT: Duration = Duration::from_secs(60);
/// The highest ceiling of a short absence.
const MOST_WHILE_SHORT: Duration = Duration::from_secs(3);
/// The highest ceiling of any absence.
const MOST: Duration = Duration::from_secs(30);

/// The waits of one absence. A new absence begins with a new one.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    since: Duration,
    tries: u32,
}

impl Backoff {
    /// An absence that begins at `now`.
    pub fn begin(now: Duration) -> Self {
        Self { since: now, tries: 0 }
    }

    /// The wait before the next try; `random` is from 0 to below 1.
    pub fn wait(&mut self, now: Duration, random: f64) -> Duration {
        let short = now.saturating_sub(self.since) < SHORT;
        let doubled = FIRST.saturating_mul(2_u32.saturating_pow(self.tries));
        self.tries = self.tries.saturating_add(1);
        doubled.min(if short { MOST_WHILE_SHORT } else { MOST }).mul_f64(random)
    }
}
