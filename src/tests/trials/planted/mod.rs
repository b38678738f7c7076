//! The checker against histories in which one thing is wrong.

use std::time::Duration;

use belfry::domain::{Act, Alert, AlertId, Counts, InboxEvent, Revision, Severity, event::Head};
use time::OffsetDateTime;
use uuid::Uuid;

mod marked;

use super::{
    checker::{Verdict, check},
    history::{Acknowledged, Committed, History, Loaded, Mark, Marked, Seen, SessionHistory, Shown},
};

const SECOND: Duration = Duration::from_secs(1);

fn id(number: Revision) -> AlertId {
    AlertId(Uuid::from_u128(number.into()))
}

/// An alert as it was when it was raised.
fn alert(number: Revision) -> Alert {
    Alert {
        id: id(number),
        revision: number,
        created_revision: number,
        kind: "test".into(),
        severity: Severity::Info,
        title: "an alert".into(),
        body: String::new(),
        link: None,
        actor: None,
        data: None,
        created_at: OffsetDateTime::UNIX_EPOCH,
        read_at: None,
        archived_at: None,
        snoozed_until: None,
        expires_at: None,
    }
}

fn counts(unread: u32) -> Counts {
    Counts { unseen: unread, unread, ..Counts::default() }
}

fn committed(revision: Revision) -> Committed {
    let (counts, at) = (counts(revision), revision * SECOND);
    Committed {
        revision,
        counts,
        what: "raised".into(),
        ids: vec![id(revision)],
        subject: None,
        seen: None,
        at,
    }
}

fn head(revision: Revision) -> Head {
    Head { revision, position: String::new(), counts: counts(revision) }
}

fn shown(revision: Revision) -> Shown {
    Shown { at: revision * SECOND + SECOND / 2, event: changed(revision, head(revision)) }
}

fn changed(number: Revision, head: Head) -> InboxEvent {
    InboxEvent::AlertChanged { alert_id: id(number), alert: Some(alert(number)), head }
}

/// What a page shows of the first so many alerts.
fn seen(count: Revision) -> Seen {
    Seen { counts: counts(count), list: (1..=count).rev().map(|number| (id(number), number)).collect() }
}

/// Five alerts, and a session that was shown each of them half a second later.
fn history() -> History {
    let truth = seen(5);
    let session = SessionHistory {
        user: "ada".into(),
        shown: (1..=5).map(shown).collect(),
        screen: Some(truth.clone()),
        ..SessionHistory::default()
    };
    History {
        log: [("ada".into(), (1..=5).map(committed).collect())].into(),
        truth: [("ada".into(), truth)].into(),
        acknowledged: (1..=5).map(|number| Acknowledged { user: "ada".into(), id: id(number) }).collect(),
        sessions: vec![session],
        ..History::default()
    }
}

/// What is said of the good history with one thing changed.
fn with(change: impl FnOnce(&mut History)) -> Verdict {
    let mut history = history();
    change(&mut history);
    let (longest, slowest) = (Duration::ZERO, Duration::ZERO);
    Verdict { alerts: 0, sessions: 0, longest, slowest, ..check(&history) }
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
    let verdict = check(&history);
    assert_eq!((verdict.longest, verdict.slowest), (55 * SECOND, 2 * SECOND));
}

#[test]
fn a_loss_is_caught_in_the_middle_and_at_the_end() {
    let lost = Verdict { lost: 1, ..Verdict::default() };
    assert_eq!(with(|history| drop(session(history).shown.remove(2))), lost);
    assert_eq!(with(|history| drop(session(history).shown.pop())), lost);
}

#[test]
fn an_alert_that_was_acknowledged_and_is_not_there_is_a_loss() {
    let lost = Acknowledged { user: "ada".into(), id: id(9) };
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
    let again = |history: &mut History| history.log.values_mut().for_each(|log| log[4].ids = vec![id(4)]);
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
    let miscounted = changed(3, Head { counts: counts(4), ..head(3) });
    assert_eq!(with(|history| session(history).shown[2].event = miscounted), wrong);
    // The store itself may miscount, and tell that to everybody.
    let in_the_log = |history: &mut History| {
        history.log.get_mut("ada").unwrap()[2].counts = counts(4);
        session(history).shown[2].event = changed(3, Head { counts: counts(4), ..head(3) });
    };
    assert_eq!(with(in_the_log), wrong);
    for screen in [Seen { counts: counts(4), ..seen(5) }, Seen { list: seen(4).list, ..seen(5) }] {
        assert_eq!(with(|history| session(history).screen = Some(screen)), wrong);
    }
}

#[test]
fn a_strangers_alert_is_caught() {
    let strange = Verdict { strange: 1, ..Verdict::default() };
    let event = InboxEvent::AlertChanged { alert_id: id(77), alert: None, head: head(3) };
    assert_eq!(with(|history| session(history).shown[2].event = event), strange);
    let event = InboxEvent::AlertChanged { alert_id: id(3), alert: Some(alert(4)), head: head(3) };
    assert_eq!(with(|history| session(history).shown[2].event = event), strange);
    // Only what is too much to be named goes without names.
    let event = InboxEvent::AlertsChanged { alert_ids: None, alerts: None, head: head(3) };
    assert_eq!(with(|history| session(history).shown[2].event = event), strange);
}

/// Ada is told to load again when she stood at 0, having missed so much.
fn reset_after(missed: Revision) -> Verdict {
    with(|history| {
        history.log.insert("ada".into(), (1..=missed).map(committed).collect());
        history.acknowledged =
            (1..=missed).map(|number| Acknowledged { user: "ada".into(), id: id(number) }).collect();
        let newest = Seen { counts: counts(missed), list: seen(missed).list[..20].to_vec() };
        history.truth.insert("ada".into(), newest.clone());
        let reset = Shown { at: SECOND, event: InboxEvent::InboxReset { head: head(missed) } };
        (session(history).shown, session(history).screen) = (vec![reset], Some(newest));
    })
}

#[test]
fn a_reset_stands_for_all_before_it_where_that_was_much() {
    assert_eq!(reset_after(301), Verdict { resets: 1, ..Verdict::default() });
    assert_eq!(reset_after(300), Verdict { resets: 1, needless: 1, ..Verdict::default() });
}

#[test]
fn a_reset_to_an_earlier_place_is_caught() {
    let reset = Shown { at: 6 * SECOND, event: InboxEvent::InboxReset { head: head(4) } };
    let verdict = with(|history| session(history).shown.extend([reset, shown(5)]));
    assert_eq!(verdict, Verdict { resets: 1, needless: 1, disordered: 1, ..Verdict::default() });
}

/// Alert 2 expires after it was raised, and so many were told before that. Ada never hears of its raising.
fn second_expires(told: impl FnOnce(&mut SessionHistory)) -> Verdict {
    with(|history| {
        let log = history.log.get_mut("ada").unwrap();
        log[4] = Committed { what: "expired".into(), ids: vec![id(2)], counts: counts(3), ..log[4].clone() };
        history.acknowledged.pop();
        let now = Seen { counts: counts(3), list: [4, 3, 1].map(|number| (id(number), number)).to_vec() };
        history.truth.insert("ada".into(), now.clone());
        session(history).screen = Some(now);
        let head = Head { counts: counts(3), ..head(5) };
        let left = InboxEvent::AlertChanged { alert_id: id(2), alert: None, head };
        session(history).shown.last_mut().unwrap().event = left;
        session(history).shown.remove(1);
        told(session(history));
    })
}

#[test]
fn what_left_the_inbox_may_be_passed_over_and_its_leaving_may_not() {
    // She was away, and is told all of it when the alert has left.
    let late = |session: &mut SessionHistory| {
        session.shown.iter_mut().for_each(|shown| shown.at = 6 * SECOND);
    };
    assert_eq!(second_expires(late), Verdict::default());
    let and_lose_it = |session: &mut SessionHistory| {
        late(session);
        session.shown.pop();
    };
    assert_eq!(second_expires(and_lose_it), Verdict { lost: 1, ..Verdict::default() });
}

#[test]
fn what_was_not_told_while_the_alert_was_there_is_a_loss_though_it_leaves_later() {
    assert_eq!(second_expires(|_| {}), Verdict { lost: 1, ..Verdict::default() });
}

#[test]
fn what_is_shown_after_the_right_ended_is_caught_and_what_is_not_is_no_loss() {
    let ended = |history: &mut History| session(history).ended = Some(3);
    assert_eq!(with(ended), Verdict { disordered: 2, ..Verdict::default() });
    let in_time = |history: &mut History| {
        session(history).ended = Some(3);
        session(history).shown.truncate(2);
    };
    assert!(with(in_time).is_clean());
}
