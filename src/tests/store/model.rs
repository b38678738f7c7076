//! Any mix of operations, checked after each against the plain history of what was seen.
//!
//! Every step makes one revision in one inbox at most, so the history holds the inbox at each
//! revision, and the log can be held against it.

mod check;
mod step;

use std::collections::{BTreeMap, HashMap};

use belfry::domain::{Alert, AlertId, Counts, NewAlert, Revision, State, UserId};
use proptest::prelude::*;
use time::OffsetDateTime;

use super::support::{House, user};
use step::Step;

/// How an inbox stood at a revision: what was in any place of it, newest first.
#[derive(Clone, Default)]
struct Moment {
    alerts: Vec<Alert>,
    counts: Counts,
}

/// One person's inbox, from its beginning.
struct History {
    user: UserId,
    moments: Vec<Moment>,
    /// What was thrown away, as it was then.
    thrown: BTreeMap<AlertId, State>,
    unread_since: HashMap<AlertId, Revision>,
    /// Up to which creation revision its reader has seen it.
    seen: Revision,
    keys: HashMap<String, (NewAlert, AlertId)>,
}

impl History {
    fn new(name: &str) -> Self {
        Self {
            user: user(name),
            moments: vec![Moment::default()],
            thrown: BTreeMap::new(),
            unread_since: HashMap::new(),
            seen: 0,
            keys: HashMap::new(),
        }
    }

    fn now(&self) -> &Moment {
        self.moments.last().unwrap()
    }

    fn head(&self) -> Revision {
        Revision::try_from(self.moments.len() - 1).unwrap()
    }

    /// An alert in any place or thrown away, counted round: what was done with it, and until when it is put off.
    fn nth(&self, number: usize) -> Option<(AlertId, State, Option<OffsetDateTime>)> {
        let here = self.now().alerts.iter().map(|alert| (alert.id, alert.state(), alert.snoozed_until));
        let thrown = self.thrown.iter().map(|(id, state)| (*id, *state, None));
        let all: Vec<_> = here.chain(thrown).collect();
        all.get(number.checked_rem(all.len())?).copied()
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
