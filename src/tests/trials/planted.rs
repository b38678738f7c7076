//! The checker against histories in which one thing is wrong.

use std::time::Duration;

use belfry::domain::{AlertId, InboxEvent, Revision, event::Head};
use uuid::Uuid;

use super::{
    checker::{Verdict, check},
    history::{Acknowledged, Committed, History, Seen, SessionHistory, Shown},
};

const SECOND: Duration = Duration::from_secs(1);

fn alert(number: Revision) -> AlertId {
    AlertId(Uuid::from_u128(number.into()))
}

fn committed(revision: Revision) -> Committed {
    let (unread, at) = (revision, revision * SECOND);
    Committed { revision, unread, what: "raised".into(), ids: vec![alert(revision)], at }
}

fn head(revision: Revision) -> Head {
    Head { revision, position: String::new(), unread_count: revision }
}

fn shown(revision: Revision) -> Shown {
    let event = InboxEvent::AlertChanged { alert_id: alert(revision), alert: None, head: head(revision) };
    Shown { at: revision * SECOND + SECOND / 2, event }
}

/// Five alerts, and a session that was shown each of them half a second later.
fn history() -> History {
    let truth = Seen { unread: 5, list: vec![(alert(5), 5)] };
    let session = SessionHistory {
        user: "ada".into(),
        shown: (1..=5).map(shown).collect(),
        screen: Some(truth.clone()),
        ..SessionHistory::default()
    };
    History {
        log: [("ada".into(), (1..=5).map(committed).collect())].into(),
        truth: [("ada".into(), truth)].into(),
        acknowledged: (1..=5).map(|number| Acknowledged { user: "ada".into(), id: alert(number) }).collect(),
        sessions: vec![session],
        ..History::default()
    }
}

/// What is said of the good history with one thing changed.
fn with(change: impl FnOnce(&mut History)) -> Verdict {
    let mut history = history();
    change(&mut history);
    Verdict { alerts: 0, sessions: 0, slowest: Duration::ZERO, ..check(&history) }
}

fn session(history: &mut History) -> &mut SessionHistory {
    &mut history.sessions[0]
}

#[test]
fn a_good_history_is_clean_and_its_slowest_change_is_timed() {
    let verdict = check(&history());
    assert!(verdict.is_clean());
    assert_eq!((verdict.alerts, verdict.sessions, verdict.slowest), (5, 1, SECOND / 2));
}

#[test]
fn what_was_late_by_a_fault_counts_from_its_end() {
    let mut history = history();
    history.sessions[0].shown[4].at = 60 * SECOND;
    history.healed = 58 * SECOND;
    assert_eq!(check(&history).slowest, 2 * SECOND);
}

#[test]
fn a_loss_is_caught_in_the_middle_and_at_the_end() {
    let lost = Verdict { lost: 1, ..Verdict::default() };
    assert_eq!(with(|history| drop(session(history).shown.remove(2))), lost);
    assert_eq!(with(|history| drop(session(history).shown.pop())), lost);
}

#[test]
fn an_alert_that_was_acknowledged_and_is_not_there_is_a_loss() {
    let lost = Acknowledged { user: "ada".into(), id: alert(9) };
    assert_eq!(with(|history| history.acknowledged.push(lost)), Verdict { lost: 1, ..Verdict::default() });
}

#[test]
fn a_repeat_is_caught() {
    let twice = Verdict { twice: 1, ..Verdict::default() };
    assert_eq!(with(|history| session(history).shown.insert(3, shown(2))), twice);
    // What the page had already.
    assert_eq!(with(|history| session(history).from = 1), twice);
}

#[test]
fn an_alert_that_was_committed_twice_is_caught() {
    let again = |history: &mut History| history.log.values_mut().for_each(|log| log[4].ids = vec![alert(4)]);
    assert_eq!(with(again).twice, 1);
    assert_eq!(with(|history| drop(history.acknowledged.pop())).twice, 1);
}

#[test]
fn a_swap_is_caught() {
    let verdict = with(|history| session(history).shown.swap(1, 2));
    assert_eq!(verdict, Verdict { lost: 1, disordered: 1, ..Verdict::default() });
}

#[test]
fn a_wrong_count_is_caught_on_the_way_and_on_the_screen() {
    let wrong = Verdict { wrong: 1, ..Verdict::default() };
    let miscounted = Head { unread_count: 4, ..head(3) };
    let miscounted = InboxEvent::AlertChanged { alert_id: alert(3), alert: None, head: miscounted };
    assert_eq!(with(|history| session(history).shown[2].event = miscounted), wrong);
    // The store itself may miscount, and tell that to everybody.
    let in_the_log = |history: &mut History| {
        history.log.get_mut("ada").unwrap()[2].unread = 4;
        let head = Head { unread_count: 4, ..head(3) };
        session(history).shown[2].event = InboxEvent::AlertChanged { alert_id: alert(3), alert: None, head };
    };
    assert_eq!(with(in_the_log), wrong);
    let screen = Seen { unread: 4, list: vec![(alert(5), 5)] };
    assert_eq!(with(|history| session(history).screen = Some(screen)), wrong);
    let screen = Seen { unread: 5, list: vec![] };
    assert_eq!(with(|history| session(history).screen = Some(screen)), wrong);
}

#[test]
fn a_strangers_alert_is_caught() {
    let event = InboxEvent::AlertChanged { alert_id: alert(77), alert: None, head: head(3) };
    let verdict = with(|history| session(history).shown[2].event = event);
    assert_eq!(verdict, Verdict { strange: 1, ..Verdict::default() });
}

#[test]
fn a_reset_stands_for_all_before_it() {
    let reset = Shown { at: SECOND, event: InboxEvent::InboxReset { head: head(4) } };
    let verdict = with(|history| session(history).shown = vec![reset, shown(5)]);
    assert_eq!(verdict, Verdict { resets: 1, ..Verdict::default() });
}

#[test]
fn a_reset_to_an_earlier_place_is_caught() {
    let reset = Shown { at: 6 * SECOND, event: InboxEvent::InboxReset { head: head(4) } };
    let verdict = with(|history| session(history).shown.extend([reset, shown(5)]));
    assert_eq!(verdict, Verdict { resets: 1, disordered: 1, ..Verdict::default() });
}

#[test]
fn what_left_the_inbox_may_be_passed_over_and_its_leaving_may_not() {
    let expire = |history: &mut History| {
        let log = history.log.get_mut("ada").unwrap();
        log[4] = Committed { what: "expired".into(), ids: vec![alert(2)], unread: 3, ..log[4].clone() };
        history.acknowledged.pop();
        session(history).shown.remove(1);
        let head = Head { unread_count: 3, ..head(5) };
        let left = InboxEvent::AlertChanged { alert_id: alert(2), alert: None, head };
        session(history).shown.last_mut().unwrap().event = left;
    };
    assert!(with(expire).is_clean());
    let and_lose_it = |history: &mut History| {
        expire(history);
        session(history).shown.pop();
    };
    assert_eq!(with(and_lose_it), Verdict { lost: 1, ..Verdict::default() });
}

#[test]
fn what_is_shown_after_the_right_ended_is_caught_and_what_is_not_is_no_loss() {
    let ended = |history: &mut History| session(history).ended = Some(3);
    assert_eq!(with(ended), Verdict { disordered: 2, ..Verdict::default() });
    let in_time = |history: &mut History| {
        session(history).ended = Some(3);
        session(history).shown.truncate(3);
    };
    assert!(with(in_time).is_clean());
}
