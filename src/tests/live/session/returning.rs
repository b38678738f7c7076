//! Coming back, giving up, and leaving.

use super::*;

/// Fails to come back, once.
fn fails(client: &mut Client) {
    assert_eq!(client.ticks(), [Action::Connect]);
    client.is_closed_with(1006);
}

#[test]
fn every_live_operation_is_asked_for_anew_after_a_close() {
    for code in [1000, 1001, 1005, 1006, 1011, 1012, 1013, 4408, 4999] {
        let mut client = Client::subscribed();
        client.does(Input::Subscribe(8));
        client.does(Input::Subscribe(9));
        client.does(Input::Unsubscribe(8));
        assert_eq!(client.is_closed_with(code), [away(0)], "{code}");
        let expected = [Action::Status(Status::Live), subscribe(7, "4"), subscribe(9, "5")];
        assert_eq!(client.comes_back(), expected);
        assert_eq!(client.hears(&next(1).0), [], "the id of the old connection");
    }
}

#[test]
fn the_waits_grow_and_shrink_again_with_a_connection_that_lasts() {
    let mut client = Client::subscribed();
    client.is_closed_with(1006);
    let mut waits = Vec::new();
    for _ in 0..6 {
        waits.push(client.wait().as_millis());
        fails(&mut client);
    }
    assert_eq!(waits, [125, 250, 500, 1000, 1500, 1500], "half of each ceiling");
    client.comes_back();
    client.waits(10.0).is_closed_with(1006);
    assert_eq!(client.wait().as_millis(), 125);
}

#[test]
fn a_server_that_lets_in_and_drops_again_is_asked_ever_more_slowly() {
    let mut client = Client::subscribed();
    for wait in [125, 250, 500, 1000, 1500, 1500] {
        client.waits(0.1).is_closed_with(1013);
        assert_eq!(client.wait().as_millis(), wait);
        client.comes_back();
    }
}

#[test]
fn it_comes_back_for_ever() {
    let mut client = Client::subscribed();
    client.is_closed_with(1006);
    for attempts in 1..1000 {
        assert_eq!(client.ticks(), [Action::Connect]);
        assert_eq!(client.is_closed_with(1006), [away(attempts)]);
        assert!(client.wait() <= Duration::from_secs(15), "half of the highest ceiling");
    }
    assert_eq!(client.comes_back(), [Action::Status(Status::Live), subscribe(7, "2")]);
}

#[test]
fn an_open_socket_is_no_success_until_it_is_acknowledged() {
    let mut client = Client::subscribed();
    client.is_closed_with(1006);
    client.ticks();
    client.does(Input::Opened { credentials: None });
    client.is_closed_with(1013);
    assert_eq!(client.wait().as_millis(), 250);
}

#[test]
fn a_wake_ends_the_wait_and_the_waits_begin_anew() {
    let mut client = Client::subscribed();
    client.is_closed_with(1006);
    (0..100).for_each(|_| fails(&mut client));
    assert!(client.wait() > Duration::from_secs(10));
    assert_eq!(client.does(Input::Wake), [Action::Connect]);
    assert_eq!(client.does(Input::Wake), [], "one socket at a time");
    client.is_closed_with(1006);
    assert_eq!(client.wait().as_millis(), 125);
}

#[test]
fn an_operation_that_ended_is_not_asked_for_again() {
    let mut client = Client::subscribed();
    client.hears(r#"{"id":"1","type":"complete"}"#);
    client.is_closed_with(1006);
    assert_eq!(client.comes_back(), [Action::Status(Status::Live)]);
}

#[test]
fn a_close_that_would_come_again_is_the_end() {
    for code in [1002, 1009, 4400, 4401, 4406, 4409, 4429] {
        let mut client = Client::subscribed();
        assert_eq!(client.is_closed_with(code), [refused(code)]);
        assert_eq!(client.does(Input::Wake), []);
        assert_eq!(client.does(Input::Leave), []);
        assert_eq!(client.does(Input::Wake), []);
        assert_eq!(client.session.wake_at(), None);
    }
}

#[test]
fn refused_credentials_are_renewed_twice_and_then_nobody_is_signed_in() {
    let mut client = Client::subscribed();
    client.is_closed_with(4403);
    fails(&mut client);
    client.ticks();
    client.does(Input::Opened { credentials: None });
    client.is_closed_with(4403);
    client.ticks();
    client.does(Input::Opened { credentials: None });
    assert_eq!(client.is_closed_with(4403), [refused(4403)]);
}

#[test]
fn credentials_once_taken_make_the_refusals_before_them_forgotten() {
    let mut client = Client::subscribed();
    for _ in 0..10 {
        client.is_closed_with(4403);
        assert_eq!(client.comes_back().first(), Some(&Action::Status(Status::Live)));
    }
}

#[test]
fn a_page_that_goes_closes_1000_and_connects_when_it_is_shown_again() {
    let mut client = Client::subscribed();
    assert_eq!(client.does(Input::Leave), [close(1000, ""), away(0)]);
    assert_eq!(client.does(Input::Leave), []);
    assert_eq!(client.session.wake_at(), None);
    client.waits(600.0);
    assert_eq!(client.does(Input::Tick), []);
    assert_eq!(client.does(Input::Wake), [Action::Connect]);
    client.does(Input::Opened { credentials: None });
    assert_eq!(client.hears(ACK), [Action::Status(Status::Live), subscribe(7, "2")]);
}

#[test]
fn a_page_that_goes_while_it_waits_has_nothing_to_close() {
    let mut client = Client::subscribed();
    client.is_closed_with(1006);
    assert_eq!(client.does(Input::Leave), []);
    assert_eq!(client.session.wake_at(), None);
}

#[test]
fn what_comes_without_a_socket_is_not_heard() {
    let mut client = Client::subscribed();
    client.is_closed_with(1006);
    assert_eq!(client.hears(ACK), []);
    assert_eq!(client.hears("nonsense"), []);
    assert_eq!(client.does(Input::Binary), []);
    assert_eq!(client.is_closed_with(4400), [], "a socket closes once");
    assert_eq!(client.does(Input::Opened { credentials: None }), []);
}
