//! What operations say, and when they are over.

use super::*;

const COMPLETE: &str = r#"{"id":"1","type":"complete"}"#;
const ERROR: &str = r#"{"id":"1","type":"error","payload":[{"message":"no"}]}"#;

#[test]
fn a_single_result_is_delivered_and_then_the_end() {
    let mut client = Client::subscribed();
    let (frame, outcome) = next(1);
    assert_eq!(client.hears(&frame), [deliver(7, outcome)]);
    assert_eq!(client.hears(COMPLETE), [deliver(7, Outcome::Complete)]);
}

#[test]
fn an_error_ends_the_operation_and_leaves_the_socket_open() {
    let mut client = Client::subscribed();
    assert_eq!(client.hears(ERROR), [deliver(7, Outcome::Error(r#"[{"message":"no"}]"#.into()))]);
    assert_eq!(client.does(Input::Unsubscribe(7)), [], "it is over already");
    assert_eq!(client.does(Input::Subscribe(8)), [subscribe(8, "2")]);
}

#[test]
fn nothing_is_delivered_after_the_end() {
    for end in [COMPLETE, ERROR] {
        let mut client = Client::subscribed();
        assert_eq!(client.hears(end).len(), 1);
        for late in [COMPLETE, ERROR, &next(2).0] {
            assert_eq!(client.hears(late), [], "{late} after {end}");
        }
    }
}

#[test]
fn whoever_has_heard_enough_says_so_once_and_hears_no_more() {
    let mut client = Client::subscribed();
    assert_eq!(client.does(Input::Unsubscribe(7)), [send(COMPLETE)]);
    assert_eq!(client.does(Input::Unsubscribe(7)), []);
    assert_eq!(client.hears(&next(1).0), [], "it was on its way");
    assert_eq!(client.hears(COMPLETE), []);
}

#[test]
fn complete_is_not_answered_with_complete() {
    let mut client = Client::subscribed();
    client.hears(COMPLETE);
    assert_eq!(client.does(Input::Unsubscribe(7)), []);
}

#[test]
fn an_operation_released_while_no_socket_is_open_is_told_to_nobody() {
    let mut client = Client::subscribed();
    client.is_closed_with(1006);
    assert_eq!(client.does(Input::Unsubscribe(7)), []);
    assert_eq!(client.comes_back(), [Action::Status(Status::Live)], "and is not asked for again");
    let mut client = Client::greeting();
    client.does(Input::Subscribe(7));
    assert_eq!(client.does(Input::Unsubscribe(7)), []);
    assert_eq!(client.hears(ACK), [Action::Status(Status::Live)]);
}

#[test]
fn messages_of_unknown_ids_are_passed_over() {
    let mut client = Client::subscribed();
    for (kind, payload) in [("next", "{}"), ("error", r#"[{"message":"no"}]"#), ("complete", "null")] {
        let text = format!(r#"{{"id":"01","type":"{kind}","payload":{payload}}}"#);
        assert_eq!(client.hears(&text), []);
    }
    assert_eq!(client.hears(&next(1).0), [deliver(7, next(1).1)], "and hurt nobody else");
}

#[test]
fn results_reach_the_operation_they_belong_to_also_while_others_come_and_go() {
    let mut client = Client::subscribed();
    assert_eq!(client.does(Input::Subscribe(9)), [subscribe(9, "2")]);
    assert_eq!(
        client.hears(r#"{"id":"2","type":"next","payload":{}}"#),
        [deliver(9, Outcome::Next("{}".into()))]
    );
    client.does(Input::Unsubscribe(9));
    assert_eq!(client.does(Input::Subscribe(3)), [subscribe(3, "3")]);
    assert_eq!(client.hears(&next(1).0), [deliver(7, next(1).1)]);
    assert_eq!(client.hears(r#"{"id":"3","type":"complete"}"#), [deliver(3, Outcome::Complete)]);
}

#[test]
fn an_operation_wanted_twice_is_asked_for_once() {
    let mut client = Client::subscribed();
    assert_eq!(client.does(Input::Subscribe(7)), []);
}

#[test]
fn an_operation_wanted_again_gets_an_id_that_no_late_frame_can_have() {
    let mut client = Client::subscribed();
    client.does(Input::Unsubscribe(7));
    assert_eq!(client.does(Input::Subscribe(7)), [subscribe(7, "2")]);
    assert_eq!(client.hears(&next(1).0), []);
}
