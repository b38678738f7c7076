//! Dead sockets, and who wakes to one.

use super::*;

#[test]
fn after_8_s_of_silence_the_client_pings_and_after_12_the_socket_is_dead() {
    let mut client = Client::subscribed();
    let heard = client.now;
    assert_eq!(client.ticks(), [send(PING)]);
    assert_eq!(client.now - heard, Duration::from_secs(8));
    let actions = client.ticks();
    assert_eq!(client.now - heard, Duration::from_secs(12));
    assert_eq!(actions, [close(4499, ""), away(0)]);
    assert!(client.wait() <= Duration::from_millis(250));
    assert_eq!(client.comes_back(), [Action::Status(Status::Live), subscribe(7, "2")]);
}

#[test]
fn any_frame_is_a_sign_of_life() {
    for frame in [r#"{"type":"pong"}"#, PING, &next(1).0, r#"{"id":"gone","type":"complete"}"#] {
        let mut client = Client::subscribed();
        assert_eq!(client.ticks(), [send(PING)]);
        client.waits(3.9).hears(frame);
        assert_eq!(client.wait(), Duration::from_secs(8), "{frame}");
        assert_eq!(client.ticks(), [send(PING)], "the next silence is asked again");
    }
}

#[test]
fn a_pong_goes_back_with_the_payload_of_its_ping() {
    let mut client = Client::ready();
    assert_eq!(client.hears(PING), [send(r#"{"type":"pong"}"#)]);
    let expected = [send(r#"{"type":"pong","payload":{"t":"é"}}"#)];
    assert_eq!(client.hears(r#"{"payload":{"t":"é"},"type":"ping"}"#), expected);
    assert_eq!(client.hears(r#"{"type":"pong","payload":{"t":1}}"#), [], "nobody answers a pong");
}

#[test]
fn who_wakes_from_sleep_drops_the_old_socket_and_connects_without_delay() {
    for slept in [10.1, 11.0, 3600.0] {
        let mut client = Client::subscribed();
        client.waits(slept);
        assert_eq!(client.does(Input::Wake), [close(4499, ""), away(0), Action::Connect], "{slept} s");
    }
}

#[test]
fn a_wake_tests_a_socket_that_was_heard_of_lately_and_gives_it_3_s() {
    for silence in [0.0, 1.0, 7.9, 9.9] {
        let mut client = Client::subscribed();
        client.waits(silence);
        assert_eq!(client.does(Input::Wake), [send(PING)], "{silence} s");
        assert_eq!(client.wait(), Duration::from_secs(3));
        client.waits(2.9);
        assert_eq!(client.does(Input::Tick), []);
        assert_eq!(client.ticks(), [close(4499, ""), away(0)]);
    }
}

#[test]
fn a_socket_that_answers_a_wake_stays() {
    let mut client = Client::subscribed();
    client.does(Input::Wake);
    client.waits(2.9).hears(r#"{"type":"pong"}"#);
    assert_eq!(client.wait(), Duration::from_secs(8));
    assert_eq!(client.ticks(), [send(PING)]);
}

#[test]
fn a_wake_asks_no_second_time_while_an_answer_is_due_and_waits_no_longer_for_it() {
    let mut client = Client::subscribed();
    client.ticks();
    assert_eq!(client.does(Input::Wake), []);
    assert_eq!(client.wait(), Duration::from_secs(3), "and not the 4 s of a silence");
    client.waits(1.0);
    assert_eq!(client.does(Input::Wake), []);
    assert_eq!(client.wait(), Duration::from_secs(2));
    client.waits(2.0);
    assert_eq!(client.does(Input::Wake), [close(4499, ""), away(0), Action::Connect]);
}

#[test]
fn a_wake_ends_a_greeting_that_was_slept_through() {
    let mut client = Client::greeting();
    client.waits(60.0);
    assert_eq!(client.does(Input::Wake), [close(4504, ""), away(1), Action::Connect]);
}

#[test]
fn an_early_tick_does_nothing() {
    let mut client = Client::subscribed();
    client.waits(7.9);
    assert_eq!(client.does(Input::Tick), []);
}
