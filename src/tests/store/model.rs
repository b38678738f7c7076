//! Any mix of operations, checked after each against the plain history of what was seen.
//!
//! Every step makes one revision in one inbox at most, so the history holds the inbox at each
//! revision, and the log can be held against it.

mod check;
mod step;

use std::collections::HashMap;

use belfry::domain::{Alert, AlertId, Counts, NewAlert, Revision, UserId};
use proptest::prelude::*;

use super::support::{House, user};
use step::Step;

/// How an inbox stood at a revision: what was in it or in its archive, newest first.
#[derive(Clone, Default)]
struct Moment {
    alerts: Vec<Alert>,
    counts: Counts,
}

/// One person's inbox, from its beginning.
struct History {
    user: UserId,
    moments: Vec<Moment>,
    unread_since: HashMap<AlertId, Revision>,
    keys: HashMap<String, (NewAlert, AlertId)>,
}

impl History {
    fn new(name: &str) -> Self {
        Self {
            user: user(name),
            moments: vec![Moment::default()],
            unread_since: HashMap::new(),
            keys: HashMap::new(),
        }
    }

    fn now(&self) -> &Moment {
        self.moments.last().unwrap()
    }

    fn head(&self) -> Revision {
        Revision::try_from(self.moments.len() - 1).unwrap()
    }

    /// The alert at a place in the inbox or its archive, counted round.
    fn nth(&self, place: usize) -> Option<&Alert> {
        let alerts = &self.now().alerts;
        alerts.get(place.checked_rem(alerts.len())?)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn count_list_and_log_agree_after_any_mix_of_operations(
        steps in prop::collection::vec((step::any(), check::any()), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(steps));
    }
}

async fn run(steps: Vec<(Step, check::Look)>) {
    let house = House::new().await;
    let mut histories = ["ada", "bob", "cyd"].map(History::new);
    for (step, look) in steps {
        step.take(&house, &mut histories).await;
        for history in &mut histories {
            check::inbox(&house, history).await;
            check::log(&house, history, look.back).await;
            check::lists(&house, history, &look).await;
        }
    }
}
