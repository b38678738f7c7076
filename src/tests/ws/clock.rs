//! What the protocol's core does when nothing happens, to the millisecond.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::extract::ws::CloseFrame;
use belfry::server::graphql::ws::{
    Limits,
    core::{Action, Core},
};

const INIT: &str = r#"{"type":"connection_init"}"#;

/// A core and the moment it was made.
fn opened() -> (Core, Instant) {
    let now = Instant::now();
    (Core::new(Arc::new(Limits::default()), now), now)
}

fn ready() -> (Core, Instant) {
    let (mut core, opened) = opened();
    core.text(INIT, opened);
    core.admitted(None, None, opened);
    (core, opened)
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn code(action: Option<&Action>) -> Option<u16> {
    match action {
        Some(Action::Close(CloseFrame { code, .. })) => Some(*code),
        _ => None,
    }
}

#[test]
fn an_init_is_waited_for_three_seconds() {
    let (mut core, opened) = opened();
    assert_eq!(core.deadline(), opened + ms(3_000));
    assert_eq!(core.due(opened + ms(2_999)), None);
    assert_eq!(code(core.due(opened + ms(3_000)).as_ref()), Some(4408));
}

#[test]
fn a_verdict_is_waited_for_ten_seconds_and_not_as_an_init() {
    let (mut core, opened) = opened();
    core.text(INIT, opened + ms(2_999));
    assert_eq!(core.heard(0, opened + ms(9_000)), None);
    assert_eq!(core.due(opened + ms(12_998)), None);
    assert_eq!(code(core.due(opened + ms(12_999)).as_ref()), Some(1013));
}

#[test]
fn a_silent_peer_is_pinged_every_ten_seconds_and_dropped_after_twenty_five() {
    let (mut core, opened) = ready();
    for second in [10, 20] {
        assert_eq!(core.deadline(), opened + ms(second * 1_000));
        assert_eq!(core.due(opened + ms(second * 1_000)), Some(Action::Send(r#"{"type":"ping"}"#.into())));
        assert_eq!(core.due(opened + ms(second * 1_000)), None);
    }
    assert_eq!(core.due(opened + ms(24_999)), None);
    assert_eq!(core.due(opened + ms(25_000)), Some(Action::Drop));
}

#[test]
fn a_peer_that_is_heard_is_neither_pinged_nor_dropped() {
    let (mut core, opened) = ready();
    for second in 1..100 {
        assert_eq!(core.heard(0, opened + ms(second * 9_000)), None);
        assert_eq!(core.due(opened + ms(second * 9_000 + 9_999)), None);
    }
}

#[test]
fn credentials_end_at_their_moment_also_while_a_write_is_blocked() {
    for blocked in [false, true] {
        let (mut core, opened) = opened();
        core.text(INIT, opened);
        core.admitted(Some(opened + ms(5_000)), None, opened);
        if blocked {
            core.blocked(opened + ms(1_000));
        }
        assert_eq!(core.due(opened + ms(4_999)), None);
        assert_eq!(code(core.due(opened + ms(5_000)).as_ref()), Some(4403));
    }
}

#[test]
fn a_blocked_write_has_ten_seconds_however_often_it_is_looked_at() {
    let (mut core, opened) = ready();
    core.blocked(opened + ms(9_000));
    core.blocked(opened + ms(18_000));
    assert_eq!(core.deadline(), opened + ms(19_000));
    assert_eq!(core.due(opened + ms(18_999)), None, "no ping either");
    assert_eq!(code(core.due(opened + ms(19_000)).as_ref()), Some(1013));
}

#[test]
fn each_write_has_its_own_ten_seconds() {
    let (mut core, opened) = ready();
    for second in 0..20 {
        core.blocked(opened + ms(second * 9_000));
        core.unblocked(opened + ms(second * 9_000 + 8_999));
        assert_eq!(core.due(opened + ms(second * 9_000 + 9_000)), None);
    }
}

const SUBSCRIBE: &str = r#"{"type":"subscribe","id":"1","payload":{"query":"{ hello }"}}"#;

#[test]
fn a_socket_that_is_to_leave_goes_at_its_moment() {
    let (mut core, opened) = ready();
    core.leave(opened + ms(2_000));
    core.leave(opened + ms(5_000));
    assert_eq!(core.due(opened + ms(1_999)), None);
    assert_eq!(code(core.due(opened + ms(2_000)).as_ref()), Some(1012));
}

#[test]
fn what_runs_is_answered_before_a_socket_goes_and_nothing_new_is_begun() {
    let (mut core, opened) = ready();
    assert!(matches!(core.text(SUBSCRIBE, opened), Some(Action::Start(..))));
    core.leave(opened + ms(1_000));
    assert_eq!(core.due(opened + ms(1_000)), None);
    assert_eq!(core.text(&SUBSCRIBE.replace('1', "2"), opened + ms(1_500)), None);
    assert!(matches!(core.step("1", None, opened + ms(2_000)), Action::Send(_)));
    assert_eq!(core.deadline(), opened + ms(2_000));
    assert_eq!(code(core.due(opened + ms(2_000)).as_ref()), Some(1012));
}

#[test]
fn an_answer_is_waited_for_three_seconds_and_a_completed_one_not() {
    for completed in [false, true] {
        let (mut core, opened) = ready();
        core.text(SUBSCRIBE, opened);
        core.leave(opened + ms(1_000));
        assert_eq!(core.due(opened + ms(1_000)), None);
        if completed {
            core.text(r#"{"type":"complete","id":"1"}"#, opened + ms(2_000));
            assert_eq!(core.deadline(), opened + ms(2_000));
        }
        assert_eq!(core.due(opened + ms(1_999)), None);
        assert_eq!(code(core.due(opened + ms(4_000)).as_ref()), Some(1012));
    }
}

#[test]
fn nobody_waits_for_the_end_of_a_subscription() {
    let (mut core, opened) = ready();
    core.text(SUBSCRIBE, opened);
    core.lasts("1");
    core.leave(opened + ms(1_000));
    assert_eq!(code(core.due(opened + ms(1_000)).as_ref()), Some(1012));
}

fn live(live: bool) -> Option<Action> {
    Some(Action::Send(format!(r#"{{"type":"ping","payload":{{"live":{live}}}}}"#).into()))
}

#[test]
fn whether_changes_arrive_is_told_once_and_after_the_acknowledgement() {
    let (mut core, opened) = opened();
    core.set_live(false, opened);
    assert_eq!(core.due(opened), None);
    core.text(INIT, opened);
    core.admitted(None, None, opened + ms(10));
    assert_eq!(core.due(opened + ms(10)), live(false));
    core.set_live(false, opened + ms(20));
    assert_eq!(core.due(opened + ms(20)), None);
    core.set_live(true, opened + ms(500));
    assert_eq!((core.due(opened + ms(499)), core.due(opened + ms(500))), (None, live(true)));
    assert_eq!(core.due(opened + ms(500)), None);
}

#[test]
fn what_passes_before_it_is_told_is_not_told() {
    let (mut core, opened) = ready();
    core.set_live(false, opened + ms(500));
    core.set_live(true, opened + ms(700));
    assert_eq!(core.due(opened + ms(700)), None);
    assert_eq!(core.deadline(), opened + ms(10_000));
}

#[test]
fn whether_changes_arrive_is_told_when_the_peer_takes_frames_again() {
    let (mut core, opened) = ready();
    core.blocked(opened);
    core.set_live(false, opened + ms(10));
    assert_eq!(core.due(opened + ms(5_000)), None);
    core.unblocked(opened + ms(5_000));
    assert_eq!(core.due(opened + ms(5_000)), live(false));
}
