//! Pages and replies that arrive after what they say was overtaken, or before it is on the stream.

use super::{hear, is_unread, opened, server::PAGE, shown};
use belfry::domain::Act;

#[test]
fn a_late_page_does_not_bring_an_old_version_back() {
    let (mut server, mut inbox) = opened(2);
    let late = server.page(None);
    let id = server.nth(1).unwrap();
    server.act(id, Act::Read);
    hear(&mut inbox, &server, [3]);
    inbox.first_page(late, inbox.generation());
    assert!(!is_unread(&inbox, id));
    assert_eq!(inbox.unread(), 1);
    assert_eq!(inbox.position(), server.head().position);
}

#[test]
fn a_late_page_does_not_bring_back_an_alert_that_left() {
    let (mut server, mut inbox) = opened(2);
    let late = server.page(None);
    server.expire(server.nth(0).unwrap());
    hear(&mut inbox, &server, [3]);
    inbox.first_page(late, inbox.generation());
    assert_eq!(shown(&inbox), [2]);
}

#[test]
fn a_reply_shows_its_alert_and_its_count_and_makes_no_event_be_dropped() {
    let (mut server, mut inbox) = opened(2);
    let before = inbox.position().to_owned();
    server.raise();
    let id = server.nth(0).unwrap();
    let alert = server.act(id, Act::Read);
    inbox.reply(Some(id), server.reply(alert), inbox.generation());
    assert!(!is_unread(&inbox, id));
    assert_eq!((inbox.unread(), inbox.position()), (2, &*before));
    assert_eq!(shown(&inbox), [2, 1]);
    hear(&mut inbox, &server, [3, 4]);
    assert_eq!(shown(&inbox), [3, 2, 1]);
    assert_eq!(inbox.position(), server.head().position);
}

#[test]
fn a_reply_older_than_the_stream_changes_no_count() {
    let (mut server, mut inbox) = opened(2);
    let id = server.nth(0).unwrap();
    let read = server.act(id, Act::Read);
    let reply = server.reply(read);
    server.raise();
    hear(&mut inbox, &server, [3, 4]);
    inbox.reply(Some(id), reply, inbox.generation());
    assert_eq!(inbox.unread(), 2);
}

#[test]
fn an_event_of_before_the_list_brings_no_alert_back() {
    let (mut server, mut inbox) = opened(2);
    let id = server.nth(0).unwrap();
    server.act(id, Act::Read);
    let event = server.event(3).unwrap();
    server.expire(id);
    inbox.first_page(server.page(None), inbox.generation());
    inbox.apply(event);
    // The stream may end here and go on from the page's position: nothing takes it away then.
    assert_eq!(shown(&inbox), [2]);
}

#[test]
fn a_reply_of_before_the_list_brings_no_alert_back() {
    let (mut server, mut inbox) = opened(2);
    let id = server.nth(0).unwrap();
    let read = server.act(id, Act::Read);
    let reply = server.reply(read);
    server.expire(id);
    inbox.first_page(server.page(None), inbox.generation());
    inbox.reply(Some(id), reply, inbox.generation());
    assert_eq!(shown(&inbox), [2]);
}

#[test]
fn a_next_page_asked_for_before_the_list_was_loaded_anew_is_ignored() {
    let (mut server, mut inbox) = opened(3 * PAGE);
    let after = inbox.next().unwrap().to_owned();
    server.raise();
    inbox.first_page(server.page(None), inbox.generation());
    let next = inbox.next().map(str::to_owned);
    inbox.next_page(server.page(Some(&after)), &after, inbox.generation());
    assert_eq!(shown(&inbox), [10, 9, 8]);
    assert_eq!(inbox.next(), next.as_deref());
}

#[test]
fn a_next_page_from_before_the_list_was_loaded_anew_is_ignored_also_when_it_fits() {
    let (mut server, mut inbox) = opened(2 * PAGE);
    let after = inbox.next().unwrap().to_owned();
    let old = server.page(Some(&after));
    server.expire(server.nth(0).unwrap());
    inbox.first_page(server.page(None), inbox.generation());
    assert_eq!(inbox.next(), Some(&*after));
    inbox.next_page(old, &after, inbox.generation());
    assert_eq!(shown(&inbox), [6, 5, 4]);
}

#[test]
fn a_next_page_brings_its_count_and_leaves_the_position() {
    let (mut server, mut inbox) = opened(2 * PAGE);
    let before = inbox.position().to_owned();
    let after = inbox.next().unwrap().to_owned();
    server.raise();
    inbox.next_page(server.page(Some(&after)), &after, inbox.generation());
    assert_eq!((inbox.unread(), inbox.position(), inbox.next()), (7, &*before, None));
    assert_eq!(shown(&inbox), [6, 5, 4, 3, 2, 1]);
}

#[test]
fn an_alert_outside_the_window_shows_when_the_window_has_grown_to_it() {
    let (mut server, mut inbox) = opened(3 * PAGE);
    let id = server.nth(0).unwrap();
    server.act(id, Act::Read);
    server.act(id, Act::Unread);
    hear(&mut inbox, &server, [10, 11]);
    assert_eq!(shown(&inbox), [9, 8, 7]);
    for expected in [6, 9] {
        let after = inbox.next().unwrap().to_owned();
        inbox.next_page(server.page(Some(&after)), &after, inbox.generation());
        assert_eq!(shown(&inbox).len(), expected);
    }
    assert!(is_unread(&inbox, id));
    assert_eq!(shown(&inbox), [9, 8, 7, 6, 5, 4, 3, 2, 1]);
}
