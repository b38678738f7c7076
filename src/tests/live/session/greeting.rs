//! From the first step to being let in.

use super::*;
use serde_json::json;

#[test]
fn nothing_happens_before_the_first_wake() {
    let mut client = Client::new();
    assert_eq!(client.does(Input::Subscribe(1)), []);
    assert_eq!(client.session.wake_at(), None);
    assert_eq!(client.does(Input::Wake), [Action::Connect]);
}

#[test]
fn an_open_socket_is_greeted_at_once_with_the_credentials_of_the_moment() {
    let mut client = Client::opening();
    let init = send(r#"{"type":"connection_init"}"#);
    assert_eq!(client.does(Input::Opened { credentials: None }), [init]);
    let mut client = Client::opening();
    let credentials = Some(json!({ "authorization": "Bearer x" }).to_string());
    let init = send(r#"{"type":"connection_init","payload":{"authorization":"Bearer x"}}"#);
    assert_eq!(client.does(Input::Opened { credentials }), [init]);
}

#[test]
fn operations_wanted_early_are_asked_for_after_the_acknowledgement_and_not_before() {
    let mut client = Client::new();
    client.does(Input::Subscribe(4));
    client.does(Input::Wake);
    client.does(Input::Opened { credentials: None });
    assert_eq!(client.does(Input::Subscribe(5)), []);
    let acknowledged = r#"{"type":"connection_ack","payload":{"node":"a"}}"#;
    let expected = [Action::Status(Status::Live), subscribe(4, "1"), subscribe(5, "2")];
    assert_eq!(client.hears(acknowledged), expected);
}

#[test]
fn a_ping_before_the_acknowledgement_is_answered() {
    let mut client = Client::greeting();
    assert_eq!(
        client.hears(r#"{"type":"ping","payload":{"a": 1e400}}"#),
        [send(r#"{"type":"pong","payload":{"a": 1e400}}"#)]
    );
    assert_eq!(client.hears(r#"{"type":"pong"}"#), []);
    assert_eq!(client.hears(ACK), [Action::Status(Status::Live)]);
}

#[test]
fn a_ping_may_say_that_changes_do_not_arrive_and_that_they_do_again() {
    let told = |live: &str| format!(r#"{{"type":"ping","payload":{{"live":{live}}}}}"#);
    let pong = |live: &str| send(&told(live).replace("ping", "pong"));
    let mut client = Client::greeting();
    assert_eq!(client.hears(&told("false")), [pong("false")], "nobody is let in yet");
    let mut client = Client::ready();
    assert_eq!(client.hears(&told("false")), [pong("false"), Action::Status(Status::Stalled)]);
    assert_eq!(client.hears(PING), [send(r#"{"type":"pong"}"#)], "a plain ping says nothing");
    assert_eq!(client.hears(&told("1")), [pong("1")]);
    assert_eq!(client.hears(&told("true")), [pong("true"), Action::Status(Status::Live)]);
}

#[test]
fn a_server_that_says_something_else_first_is_at_fault() {
    for first in [next(1).0, r#"{"id":"1","type":"complete"}"#.into()] {
        let mut client = Client::greeting();
        let expected = [close(4400, "type: expected connection_ack first"), refused(4400)];
        assert_eq!(client.hears(&first), expected);
    }
}

#[test]
fn a_second_acknowledgement_is_a_fault_of_the_server() {
    let mut client = Client::ready();
    let expected = [close(4400, "type: expected connection_ack once"), refused(4400)];
    assert_eq!(client.hears(ACK), expected);
}

#[test]
fn a_server_that_does_not_acknowledge_within_5_s_is_left_and_tried_again() {
    let mut client = Client::greeting();
    client.waits(4.9).hears(PING);
    assert_eq!(client.does(Input::Tick), [], "a ping is no acknowledgement, and it is early");
    let since = Duration::from_secs(100);
    assert_eq!(client.ticks(), [close(4504, ""), away(1)]);
    assert_eq!(client.now, since + Duration::from_secs(5));
    assert_eq!(client.comes_back(), [Action::Status(Status::Live)]);
}

#[test]
fn a_socket_that_does_not_open_within_10_s_is_left_and_tried_again() {
    let mut client = Client::opening();
    assert_eq!(client.wait(), Duration::from_secs(10));
    assert_eq!(client.ticks(), [close(4499, ""), away(1)]);
    assert_eq!(client.ticks(), [Action::Connect]);
}

#[test]
fn what_the_protocol_does_not_know_closes_4400_with_a_reason_that_fits() {
    for (text, reason) in [
        ("nonsense", "message: expected a JSON object, found no JSON".to_owned()),
        (r#"{"type":"ka"}"#, "type: expected one that a server sends, found ka".into()),
        (r#"{"type":"next","id":"1"}"#, "payload: expected an object, found nothing".into()),
        (
            &format!(r#"{{"type":"{}"}}"#, "é".repeat(200)),
            format!("type: expected one that a server sends, found {}", "é".repeat(38)),
        ),
    ] {
        let mut client = Client::subscribed();
        assert_eq!(client.hears(text), [close(4400, &reason), refused(4400)]);
        assert_eq!(client.session.wake_at(), None, "it is not tried again");
    }
    let mut client = Client::greeting();
    let reason = "message: expected text, found a binary frame";
    assert_eq!(client.does(Input::Binary), [close(4400, reason), refused(4400)]);
}
