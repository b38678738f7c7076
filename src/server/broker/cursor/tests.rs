use std::ops::RangeInclusive;

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::domain::{AlertId, Counts, What};

fn position(revision: Revision) -> Position {
    Position { epoch: 1, inbox: 1, revision }
}

fn change(position: Position) -> Change {
    let user = "ada".parse().unwrap();
    Change { user, position, counts: Counts::default(), what: What::Raised, ids: vec![], alerts: vec![] }
}

fn standing(position: Position, unread: u32) -> Standing {
    Standing { position, counts: Counts { unread, ..Counts::default() }, seen: 0 }
}

fn news(revision: Revision) -> Arc<News> {
    News::of(change(position(revision)))
}

fn reads(revisions: &[Revision]) -> Replay {
    Replay::Changes(revisions.iter().map(|revision| change(position(*revision))).collect())
}

fn standing_at(revision: Revision) -> Cursor {
    let mut cursor = Cursor::new(Some(position(revision)));
    assert!(goes_to_the_log(&mut cursor, revision));
    cursor.read(reads(&[]));
    cursor
}

fn goes_to_the_log(cursor: &mut Cursor, after: Revision) -> bool {
    matches!(cursor.next(), Next::CatchUp(Some(at)) if at == position(after))
}

fn given(cursor: &mut Cursor) -> Vec<Revision> {
    let mut revisions = Vec::new();
    while let Next::Give(news) = cursor.next() {
        revisions.push(news.change.position.revision);
    }
    revisions
}

#[test]
fn news_is_given_once_and_in_order() {
    let mut cursor = standing_at(2);
    for revision in [1, 2, 3, 3, 4] {
        cursor.offer(&news(revision));
    }
    assert_eq!(given(&mut cursor), [3, 4]);
    assert!(matches!(cursor.next(), Next::Wait));
}

#[test]
fn a_gap_is_filled_from_the_log() {
    let mut cursor = standing_at(2);
    cursor.offer(&news(4));
    assert!(goes_to_the_log(&mut cursor, 2));
    cursor.offer(&news(5));
    cursor.read(reads(&[3, 4]));
    assert_eq!(given(&mut cursor), [3, 4, 5]);
}

#[test]
fn a_slow_reader_keeps_a_bounded_queue_and_asks_the_log() {
    let mut cursor = standing_at(0);
    let mut offer = |revisions| {
        for revision in revisions {
            cursor.offer(&news(revision));
            assert!(cursor.queue.len() <= MOST_QUEUED);
        }
    };
    offer(1..=64);
    // The one that is too much need not be followed by another.
    offer(65..=65);
    assert!(goes_to_the_log(&mut cursor, 0));
}

#[test]
fn what_is_offered_while_the_log_is_read_is_not_lost() {
    let mut cursor = Cursor::new(Some(position(7)));
    assert!(goes_to_the_log(&mut cursor, 7));
    cursor.offer(&news(8));
    cursor.read(reads(&[]));
    assert_eq!(given(&mut cursor), [8]);
}

#[test]
fn a_read_that_was_dropped_half_way_is_done_again() {
    let mut cursor = standing_at(2);
    cursor.fall_behind();
    assert!(goes_to_the_log(&mut cursor, 2));
    assert!(goes_to_the_log(&mut cursor, 2));
}

#[test]
fn a_head_nobody_told_of_sends_the_session_to_the_log() {
    let mut cursor = standing_at(3);
    assert!(!cursor.compare(position(3)));
    cursor.offer(&news(4));
    assert!(!cursor.compare(position(4)));
    assert!(cursor.compare(position(5)));
    assert!(goes_to_the_log(&mut cursor, 3));
}

#[test]
fn a_head_below_what_was_heard_sends_the_session_to_the_log() {
    let mut cursor = standing_at(3);
    cursor.offer(&news(4));
    assert!(cursor.compare(position(2)));
    assert!(goes_to_the_log(&mut cursor, 3));
    cursor.read(Replay::Reset(standing(position(2), 0)));
    assert!(matches!(cursor.next(), Next::Reset(standing) if standing.position == position(2)));
    cursor.offer(&news(3));
    assert_eq!(given(&mut cursor), [3]);
}

#[test]
fn news_is_kept_while_the_log_is_read_by_who_stands_too_far_ahead() {
    let mut cursor = Cursor::new(Some(position(9)));
    assert!(goes_to_the_log(&mut cursor, 9));
    cursor.offer(&news(3));
    cursor.read(Replay::Reset(standing(position(2), 0)));
    assert!(matches!(cursor.next(), Next::Reset(_)));
    assert_eq!(given(&mut cursor), [3]);
}

#[test]
fn news_of_another_history_sends_the_session_to_the_log() {
    let mut cursor = standing_at(3);
    cursor.offer(&News::of(change(Position { epoch: 2, ..position(4) })));
    assert!(goes_to_the_log(&mut cursor, 3));
    cursor.read(reads(&[]));
    cursor.offer(&News::of(change(Position { inbox: 2, ..position(1) })));
    assert!(goes_to_the_log(&mut cursor, 3));
}

/// Changes that name so many alerts each, 16 bytes an alert.
fn reads_of(alerts: usize, revisions: RangeInclusive<Revision>) -> Replay {
    let ids = vec![AlertId(Uuid::nil()); alerts];
    let change = |revision| Change { ids: ids.clone(), ..change(position(revision)) };
    Replay::Changes(revisions.map(change).collect())
}

/// What a cursor gives after each read of a log of so many changes that name so many alerts each.
fn portions(alerts: usize, changes: Revision) -> Vec<Vec<Revision>> {
    let (mut cursor, mut portions) = (Cursor::new(Some(position(0))), Vec::new());
    while let Next::CatchUp(Some(after)) = cursor.next() {
        cursor.read(reads_of(alerts, after.revision + 1..=changes));
        portions.push(given(&mut cursor));
    }
    portions
}

#[test]
fn a_few_changes_take_one_read() {
    assert_eq!(portions(0, 64), [(1..=64).collect::<Vec<_>>()]);
}

#[test]
fn many_changes_are_read_in_portions_each_once_and_in_order() {
    let portions = portions(1, 150);
    assert_eq!(portions.iter().map(Vec::len).collect::<Vec<_>>(), [64, 64, 22]);
    assert_eq!(portions.concat(), (1..=150).collect::<Vec<_>>());
}

#[test]
fn heavy_changes_are_read_in_smaller_portions() {
    let portions = portions(600, 10);
    assert_eq!(portions.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3, 1]);
    assert_eq!(portions.concat(), (1..=10).collect::<Vec<_>>());
}

#[test]
fn a_change_that_is_too_heavy_for_a_portion_is_one_of_its_own() {
    assert_eq!(portions(5_000, 3), [[1], [2], [3]]);
}

#[test]
fn news_offered_while_a_portion_is_read_does_not_overtake_what_follows_it() {
    let mut cursor = Cursor::new(Some(position(0)));
    assert!(goes_to_the_log(&mut cursor, 0));
    cursor.offer(&news(101));
    cursor.read(reads_of(0, 1..=100));
    cursor.offer(&news(102));
    assert_eq!(given(&mut cursor).last(), Some(&64));
    assert!(goes_to_the_log(&mut cursor, 64));
    cursor.offer(&news(103));
    cursor.read(reads_of(0, 65..=102));
    assert_eq!(given(&mut cursor), (65..=103).collect::<Vec<_>>());
}

#[test]
fn whoever_falls_too_far_behind_between_portions_is_told_so() {
    let mut cursor = Cursor::new(Some(position(0)));
    assert!(goes_to_the_log(&mut cursor, 0));
    cursor.read(reads_of(0, 1..=100));
    assert_eq!(given(&mut cursor).last(), Some(&64));
    cursor.read(Replay::Reset(standing(position(400), 7)));
    assert!(matches!(cursor.next(), Next::Reset(standing) if standing.position == position(400)));
    assert!(matches!(cursor.next(), Next::Wait));
}

#[test]
fn all_that_is_in_an_alert_has_weight() {
    let mut alert = json!({
        "id": Uuid::nil(), "revision": 1, "createdRevision": 1, "kind": "k", "severity": "INFO",
        "title": "t", "createdAt": "2026-01-01T00:00:00Z", "actor": { "name": "n" },
    });
    let weight = |alert: &Value| {
        let alerts = vec![serde_json::from_value(alert.clone()).unwrap()];
        portion::weight(&Change { alerts, ..change(position(1)) })
    };
    for place in ["/kind", "/title", "/body", "/link", "/data", "/actor/name", "/actor/id"] {
        let before = weight(&alert);
        let (parent, field) = place.rsplit_once('/').unwrap();
        alert.pointer_mut(parent).unwrap()[field] = json!("x".repeat(1_000));
        assert!(weight(&alert) >= before + 990, "{place}");
    }
    let before = weight(&alert);
    alert["data"] = json!({ "each is a value of its own": vec![7; 2_000] });
    assert!(weight(&alert) > before + 2_000 * size_of::<Value>() - 1_000);
}
