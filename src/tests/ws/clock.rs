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
    core.admitted(None);
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
    core.heard(opened + ms(9_000));
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
        core.heard(opened + ms(second * 9_000));
        assert_eq!(core.due(opened + ms(second * 9_000 + 9_999)), None);
    }
}

#[test]
fn credentials_end_at_their_moment_also_while_a_write_is_blocked() {
    for blocked in [false, true] {
        let (mut core, opened) = opened();
        core.text(INIT, opened);
        core.admitted(Some(opened + ms(5_000)));
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
