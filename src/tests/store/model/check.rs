//! What must hold of an inbox at any time.

use std::collections::BTreeMap;

use belfry::{
    domain::{Alert, AlertId, Counts, Filter, Moves, Place, Position, Revision, Severity},
    server::store::{List, Listed, Window},
};
use proptest::prelude::*;

use super::{History, Moment};
use crate::store::support::House;

pub(super) const KINDS: [&str; 3] = ["mention", "build", "it's \"odd\", [kind]"];

/// What a check looks for, drawn anew for every step.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) back: u32,
    filter: Filter,
    last: bool,
    count: u32,
    after: Option<Revision>,
    before: Option<Revision>,
}

pub(super) fn any() -> impl Strategy<Value = Look> {
    let bound = || prop::option::of(0..30_u32);
    (0..20_u32, filter(), prop::bool::ANY, 0..4_u32, bound(), bound()).prop_map(
        |(back, filter, last, count, after, before)| Look { back, filter, last, count, after, before },
    )
}

pub(super) fn filter() -> impl Strategy<Value = Filter> {
    let kinds = prop::sample::subsequence(KINDS.map(String::from).to_vec(), 0..=3);
    let severities = prop::sample::subsequence(Severity::ALL.to_vec(), 0..=4);
    (
        prop::sample::select(Place::ALL.to_vec()),
        prop::option::of(prop::bool::ANY),
        prop::option::of(kinds),
        prop::option::of(severities),
    )
        .prop_map(|(place, unread, kinds, severities)| Filter { place, unread, kinds, severities })
}

/// The counters are the counts over the lists, and the head is the last of gapless revisions.
/// What is new goes into the history.
pub(super) async fn inbox(house: &House, history: &mut History) {
    let mut alerts = Vec::new();
    for place in Place::ALL {
        alerts.extend(house.at(&history.user, place).await);
    }
    alerts.sort_unstable_by_key(|alert| std::cmp::Reverse(alert.created_revision));
    let counts = house.counts(&history.user).await;
    let raised = |sum: Counts, alert: &Alert| {
        let is_new = alert.created_revision > history.seen;
        sum.after(Moves::one(is_new, None, Some(alert.state()))).unwrap()
    };
    assert_eq!(alerts.iter().fold(Counts::default(), raised), counts);
    let head = house.head(&history.user).await.revision;
    if head == history.head() {
        assert_eq!((&alerts, counts), (&history.now().alerts, history.now().counts));
    } else {
        assert_eq!(head, history.head() + 1);
        history.moments.push(Moment { alerts, counts });
    }
    let seen: Vec<_> =
        (1..).zip(history.moments.iter().skip(1).map(|it| i64::from(it.counts.unread))).collect();
    assert_eq!(house.database.connect().await.log(&history.user).await, seen);
}

/// The log after a position, applied to the inbox at it, gives the inbox now.
pub(super) async fn log(house: &House, history: &History, back: u32) {
    let head = house.head(&history.user).await;
    let after = Position { revision: head.revision.saturating_sub(back), ..head };
    let then = &history.moments[after.revision as usize].alerts;
    let mut alerts: BTreeMap<AlertId, Alert> = then.iter().map(|it| (it.id, it.clone())).collect();
    let mut last = after.revision;
    for change in house.changes_after(&history.user, after).await {
        assert!(change.position.revision > last && !change.is_overtaken());
        last = change.position.revision;
        assert_eq!(change.counts, history.moments[last as usize].counts);
        alerts.retain(|id, _| !change.ids.contains(id));
        alerts.extend(change.alerts.into_iter().map(|alert| (alert.id, alert)));
    }
    let mut now: Vec<Alert> = alerts.into_values().collect();
    now.sort_unstable_by_key(|alert| std::cmp::Reverse(alert.created_revision));
    assert_eq!(now, history.now().alerts);
}

/// Every stretch of a list is the one the plain filter gives, and pages walk it from end to end.
pub(super) async fn lists(house: &House, history: &History, look: &Look) {
    let Look { count, after, before, .. } = *look;
    let all: Vec<Alert> = history.now().alerts.iter().filter(|it| look.filter.matches(it)).cloned().collect();
    let window = if look.last {
        Window::Last { count, after, before }
    } else {
        Window::First { count, after, before }
    };
    assert_eq!(page(house, history, look, window).await, plain(&all, window));
    assert_eq!(forward(house, history, look).await, all);
    assert_eq!(backward(house, history, look).await, all);
}

async fn forward(house: &House, history: &History, look: &Look) -> Vec<Alert> {
    let count = look.count + 1;
    let mut walked = Vec::new();
    let mut after = None;
    loop {
        let page = page(house, history, look, Window::First { count, after, before: None }).await;
        assert!(page.alerts.len() == count as usize || !page.has_next, "a page cut short");
        after = page.alerts.last().map(|alert| alert.created_revision);
        walked.extend(page.alerts);
        if !page.has_next {
            return walked;
        }
    }
}

async fn backward(house: &House, history: &History, look: &Look) -> Vec<Alert> {
    let count = look.count + 1;
    let mut walked = Vec::new();
    let mut before = None;
    loop {
        let page = page(house, history, look, Window::Last { count, after: None, before }).await;
        assert!(page.alerts.len() == count as usize || !page.has_previous, "a page cut short");
        before = page.alerts.first().map(|alert| alert.created_revision);
        walked.splice(0..0, page.alerts);
        if !page.has_previous {
            return walked;
        }
    }
}

async fn page(house: &House, history: &History, look: &Look, window: Window) -> Listed {
    let list = List { filter: look.filter.clone(), window };
    house.store.snapshot(&history.user, &[list]).await.unwrap().lists.remove(0)
}

/// The same stretch by slicing. An empty one is the gap at the end its window counts from.
fn plain(all: &[Alert], window: Window) -> Listed {
    let (Window::First { count, after, before } | Window::Last { count, after, before }) = window;
    let down_to = |floor: Revision| all.iter().take_while(|it| it.created_revision >= floor).count();
    let start = after.map_or(0, down_to);
    let end = before.map_or(all.len(), |before| down_to(before + 1));
    let size = end.saturating_sub(start).min(count as usize);
    let range = match window {
        Window::First { .. } => start..start + size,
        Window::Last { .. } => end - size..end,
    };
    Listed {
        alerts: all[range.clone()].to_vec(),
        has_previous: range.start > 0,
        has_next: range.end < all.len(),
    }
}
