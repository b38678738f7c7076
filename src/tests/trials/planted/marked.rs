//! Lists, alerts and marks of which one is wrong.

use super::*;

fn page(revision: Revision, seen: Seen) -> Loaded {
    Loaded { at: 9 * SECOND, revision, seen }
}

#[test]
fn a_page_that_was_wrong_on_the_way_is_caught() {
    let wrong = Verdict { wrong: 1, ..Verdict::default() };
    assert_eq!(
        with(|history| session(history).pages = vec![page(0, seen(0)), page(3, seen(3))]),
        Verdict::default()
    );
    for seen in [seen(4), Seen { counts: counts(2), ..seen(3) }] {
        assert_eq!(with(|history| session(history).pages.push(page(3, seen))), wrong);
    }
}

#[test]
fn a_list_that_the_store_itself_has_wrong_is_caught() {
    let both = |history: &mut History| {
        let wrong = Seen { counts: counts(5), list: vec![(id(5), 5)] };
        session(history).screen = Some(wrong.clone());
        history.truth.insert("ada".into(), wrong);
    };
    assert_eq!(with(both), Verdict { wrong: 1, ..Verdict::default() });
}

#[test]
fn an_alert_that_was_never_like_that_is_caught() {
    let wrong = Verdict { wrong: 1, ..Verdict::default() };
    for alert in [
        Alert { read_at: Some(OffsetDateTime::UNIX_EPOCH), ..alert(3) },
        Alert { revision: 2, ..alert(3) },
        Alert { revision: 5, ..alert(3) },
    ] {
        let event = InboxEvent::AlertChanged { alert_id: id(3), alert: Some(alert), head: head(3) };
        assert_eq!(with(|history| session(history).shown[2].event = event), wrong);
    }
}

/// Ada reads alert 2, which is not told here.
fn read_second(history: &mut History) {
    let log = history.log.get_mut("ada").unwrap();
    log.push(Committed { what: "read".into(), ids: vec![id(2)], counts: counts(4), ..committed(6) });
    let mut now = seen(5);
    (now.counts, now.list[3].1) = (counts(4), 6);
    session(history).screen = Some(now.clone());
    history.truth.insert("ada".into(), now);
    let read = Alert { revision: 6, read_at: Some(OffsetDateTime::UNIX_EPOCH), ..alert(2) };
    let head = Head { counts: counts(4), ..head(6) };
    let event = InboxEvent::AlertChanged { alert_id: id(2), alert: Some(read), head };
    session(history).shown.push(Shown { at: 7 * SECOND, event });
}

#[test]
fn a_mark_that_was_acknowledged_and_does_not_hold_is_a_loss() {
    let marked = |mark, revision, unread| {
        let marked = Marked { user: "ada".into(), mark, revision, counts: counts(unread) };
        with(|history| {
            read_second(history);
            history.marked.push(marked);
        })
    };
    for mark in
        [Mark::Act(id(2), Act::Read), Mark::Act(id(1), Act::Unread), Mark::AllRead(0), Mark::AllSeen(0)]
    {
        assert_eq!(marked(mark, 6, 4), Verdict::default(), "{mark:?}");
    }
    for mark in [
        Mark::Act(id(1), Act::Read),
        Mark::Act(id(2), Act::Unread),
        Mark::Act(id(9), Act::Read),
        Mark::AllRead(1),
        Mark::AllSeen(1),
    ] {
        assert_eq!(marked(mark, 6, 4), Verdict { lost: 1, ..Verdict::default() }, "{mark:?}");
    }
    assert_eq!(marked(Mark::Act(id(2), Act::Read), 6, 5), Verdict { wrong: 1, ..Verdict::default() });
    assert_eq!(marked(Mark::Act(id(2), Act::Read), 5, 5), Verdict { lost: 1, ..Verdict::default() });
    assert_eq!(marked(Mark::Act(id(2), Act::Read), 7, 4), Verdict { lost: 1, ..Verdict::default() });
}

/// Ada reads everything at once, and is told these alerts of it.
fn all_read(told: impl FnOnce(Vec<Alert>) -> Option<Vec<Alert>>) -> Verdict {
    with(|history| {
        let log = history.log.get_mut("ada").unwrap();
        let ids: Vec<_> = (1..=5).map(id).collect();
        log.push(Committed { what: "all_read".into(), ids: ids.clone(), counts: counts(0), ..committed(6) });
        let now = Seen { counts: counts(0), list: ids.iter().rev().map(|id| (*id, 6)).collect() };
        session(history).screen = Some(now.clone());
        history.truth.insert("ada".into(), now);
        let read = |number| Alert { revision: 6, read_at: Some(OffsetDateTime::UNIX_EPOCH), ..alert(number) };
        let (alert_ids, alerts) = (Some(ids), told((1..=5).map(read).collect()));
        let event =
            InboxEvent::AlertsChanged { alert_ids, alerts, head: Head { counts: counts(0), ..head(6) } };
        session(history).shown.push(Shown { at: 7 * SECOND, event });
    })
}

#[test]
fn a_bulk_change_that_lacks_alerts_is_caught() {
    assert_eq!(all_read(Some), Verdict::default());
    let strange = Verdict { strange: 1, ..Verdict::default() };
    assert_eq!(all_read(|_| None), strange);
    assert_eq!(all_read(|alerts| Some(alerts[1..].to_vec())), strange);
}

#[test]
fn a_list_that_had_to_be_loaded_again_is_late_until_it_has_come() {
    let mut history = history();
    let last = history.sessions[0].shown.last_mut().unwrap();
    last.event = InboxEvent::InboxReset { head: head(5) };
    history.sessions[0].pages = vec![page(4, seen(4)), Loaded { at: 11 * SECOND, ..page(5, seen(5)) }];
    assert_eq!(check(&history).slowest, 6 * SECOND);
}
