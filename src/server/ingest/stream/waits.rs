//! Whose entries are left alone for a while, since the store failed for them.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use tokio::time::Instant;

use crate::domain::UserId;

/// How long after the first failure; twice as long after each one that follows.
const SHORTEST: Duration = Duration::from_secs(1);

const LONGEST: Duration = Duration::from_secs(30);

/// The people whose last try failed.
#[derive(Default)]
pub(super) struct Waits(HashMap<UserId, Wait>);

struct Wait {
    pause: Duration,
    end: Instant,
}

impl Waits {
    /// Who is not to be tried now.
    pub(super) fn people(&self) -> HashSet<UserId> {
        let now = Instant::now();
        self.0.iter().filter(|(_, wait)| wait.end > now).map(|(user, _)| user.clone()).collect()
    }

    /// Whether one of these people is to be tried again.
    pub(super) fn are_over(&self, people: &HashSet<UserId>) -> bool {
        let now = Instant::now();
        people.iter().any(|user| self.0.get(user).is_none_or(|wait| wait.end <= now))
    }

    pub(super) fn failed(&mut self, user: UserId) {
        let wait = self.0.entry(user).or_insert(Wait { pause: SHORTEST / 2, end: Instant::now() });
        wait.pause = (wait.pause * 2).min(LONGEST);
        wait.end = Instant::now() + wait.pause;
    }

    pub(super) fn worked(&mut self, user: &UserId) {
        self.0.remove(user);
    }

    /// Nothing is left of anybody's.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_fails_again_waits_longer_until_it_works() {
        let (mut waits, ada) = (Waits::default(), "ada".parse::<UserId>().unwrap());
        for seconds in [1, 2, 4, 8, 16, 30, 30] {
            waits.failed(ada.clone());
            tokio::time::advance(Duration::from_millis(seconds * 1_000 - 1)).await;
            assert!(waits.people().contains(&ada) && !waits.are_over(&waits.people()));
            let waiting = waits.people();
            tokio::time::advance(Duration::from_millis(1)).await;
            assert!(waits.people().is_empty() && waits.are_over(&waiting));
        }
        waits.worked(&ada);
        waits.failed(ada.clone());
        tokio::time::advance(SHORTEST).await;
        assert!(waits.people().is_empty());
    }
}
