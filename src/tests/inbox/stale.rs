//! Lists that have to be loaded again: after a bulk change too large to tell, a reset, or too much.

use belfry::domain::{Act, Counts, Inbox, InboxEvent, Page, Position, Revision, event::Head};

use super::{
    hear, is_unread, opened,
    server::{PAGE, alert},
    shown,
};

#[test]
fn a_bulk_change_too_large_to_tell_asks_for_a_page_of_that_revision_or_later() {
    let (mut server, mut inbox) = opened(PAGE);
    let early = server.page(None);
    server.read_all();
    hear(&mut inbox, &server, [4]);
    assert!(inbox.is_stale());
    assert_eq!(inbox.unread(), 0);
    inbox.first_page(early, inbox.generation());
    assert!(inbox.is_stale());
    inbox.first_page(server.page(None), inbox.generation());
    assert!(!inbox.is_stale());
    assert!(inbox.alerts().iter().all(|alert| !alert.is_unread()));
}

#[test]
fn a_bulk_change_the_list_was_loaded_after_asks_for_nothing() {
    let (mut server, mut inbox) = opened(PAGE);
    server.read_all();
    inbox.first_page(server.page(None), inbox.generation());
    hear(&mut inbox, &server, [4]);
    assert!(!inbox.is_stale());
}

#[test]
fn a_page_that_a_busy_stream_overtook_makes_a_stale_list_fresh() {
    let (mut server, mut inbox) = opened(PAGE);
    server.read_all();
    hear(&mut inbox, &server, [4]);
    let page = server.page(None);
    server.raise();
    hear(&mut inbox, &server, [5]);
    inbox.first_page(page, inbox.generation());
    assert!(!inbox.is_stale());
    assert_eq!(shown(&inbox), [5, 3, 2, 1]);
    assert_eq!(inbox.position(), server.head().position);
}

#[test]
fn a_reset_leaves_the_screen_as_it_is_until_the_list_is_loaded() {
    let (mut server, mut inbox) = opened(3 * PAGE);
    server.expire(server.nth(8).unwrap());
    server.raise();
    inbox.apply(server.reset());
    assert_eq!((shown(&inbox), inbox.next()), (vec![9, 8, 7], None));
    assert_eq!((inbox.unread(), inbox.is_stale()), (9, true));
    inbox.first_page(server.page(None), inbox.generation());
    assert_eq!((shown(&inbox), inbox.next()), (vec![11, 8, 7], Some("7")));
}

#[test]
fn what_a_reset_passed_over_is_not_seen_before_it_is_on_the_screen() {
    let (mut server, mut inbox) = opened(PAGE);
    let seen = inbox.position().to_owned();
    for _ in 0..2 {
        server.raise();
        inbox.apply(server.reset());
        assert_eq!((inbox.seen(), inbox.position()), (&*seen, &*server.head().position));
    }
    inbox.first_page(server.page(None), inbox.generation());
    assert_eq!(inbox.seen(), server.head().position);
}

#[test]
fn what_came_before_a_bulk_change_too_large_to_tell_is_all_that_is_seen() {
    let (mut server, mut inbox) = opened(PAGE);
    server.raise();
    hear(&mut inbox, &server, [4]);
    let seen = server.head().position;
    server.read_all();
    server.raise();
    hear(&mut inbox, &server, [5, 6]);
    assert_eq!(inbox.seen(), seen);
    inbox.first_page(server.page(None), inbox.generation());
    assert_eq!(inbox.seen(), inbox.position());
}

#[test]
fn a_reply_mends_its_alert_while_the_list_waits_to_be_loaded() {
    let (mut server, mut inbox) = opened(PAGE);
    let id = server.nth(0).unwrap();
    let read = server.act(id, Act::Read);
    inbox.apply(server.reset());
    assert!(is_unread(&inbox, id));
    inbox.reply(Some(id), server.reply(read), inbox.generation());
    assert!(!is_unread(&inbox, id));
}

#[test]
fn a_page_older_than_a_reset_is_dropped() {
    let (mut server, mut inbox) = opened(PAGE);
    let (early, asked_in) = (server.page(None), inbox.generation());
    server.restore(1);
    inbox.apply(server.reset());
    inbox.first_page(early, asked_in);
    assert!(inbox.is_stale());
    assert_eq!((inbox.unread(), inbox.position()), (2, &*server.head().position));
}

#[test]
fn a_reply_of_a_history_that_ended_is_dropped() {
    let (mut server, mut inbox) = opened(PAGE);
    let (id, asked_in) = (server.nth(0).unwrap(), inbox.generation());
    let read = server.act(id, Act::Read);
    let reply = server.reply(read);
    server.restore(2);
    inbox.apply(server.reset());
    inbox.first_page(server.page(None), inbox.generation());
    inbox.reply(Some(id), reply, asked_in);
    assert!(is_unread(&inbox, id));
    assert_eq!((inbox.unread(), shown(&inbox)), (2, vec![2, 1]));
}

#[test]
fn a_page_of_a_history_whose_reset_is_still_to_come_is_dropped() {
    let (mut server, mut inbox) = opened(PAGE);
    let before = inbox.position().to_owned();
    server.restore(0);
    server.raise();
    inbox.first_page(server.page(None), inbox.generation());
    // From a position of the new history the stream would go on without a reset.
    assert_eq!((inbox.position(), inbox.unread()), (&*before, 3));
}

#[test]
fn what_could_not_be_read_is_mended_by_a_page_asked_for_after_it() {
    let (mut server, mut inbox) = opened(PAGE);
    let (early, asked_in) = (server.page(None), inbox.generation());
    let seen = inbox.position().to_owned();
    server.raise();
    inbox.distrust();
    inbox.first_page(early, asked_in);
    assert_eq!((inbox.is_stale(), inbox.position(), inbox.seen()), (true, &*seen, &*seen));
    inbox.first_page(server.page(None), inbox.generation());
    assert_eq!((inbox.is_stale(), shown(&inbox)), (false, vec![4, 3, 2]));
    assert_eq!(inbox.position(), server.head().position);
}

#[test]
fn another_persons_inbox_is_not_taken_in() {
    let (server, opened) = opened(PAGE);
    let mut theirs = server.page(None);
    theirs.head.position = Position { epoch: 0, inbox: 8, revision: 9 }.to_string();
    (theirs.head.revision, theirs.head.counts.unread) = (9, 0);
    theirs.alerts.clear();
    let reset = InboxEvent::InboxReset { head: theirs.head.clone() };
    let ways: [fn(&mut Inbox, Page, InboxEvent); 3] = [
        |inbox, _, reset| inbox.apply(reset),
        |inbox, page, _| inbox.first_page(page, inbox.generation()),
        |inbox, page, _| inbox.next_page(page, "1", inbox.generation()),
    ];
    for tell in ways {
        let mut inbox = opened.clone();
        assert!(!inbox.is_replaced());
        tell(&mut inbox, theirs.clone(), reset.clone());
        inbox.apply(server.reset());
        assert!(inbox.is_replaced() && !inbox.is_stale());
        assert_eq!((inbox.unread(), inbox.position(), shown(&inbox)), (3, opened.position(), vec![3, 2, 1]));
    }
}

#[test]
fn a_restored_history_is_the_same_persons() {
    let (mut server, mut inbox) = opened(PAGE);
    server.restore(1);
    inbox.apply(server.reset());
    inbox.first_page(server.page(None), inbox.generation());
    assert_eq!((inbox.is_replaced(), shown(&inbox)), (false, vec![2, 1]));
}

fn left(revision: Revision) -> InboxEvent {
    let position = Position { epoch: 0, inbox: 7, revision }.to_string();
    let head = Head { revision, position, counts: Counts::default() };
    InboxEvent::AlertChanged { alert_id: alert(revision.into(), revision).id, alert: None, head }
}

#[test]
fn what_a_screen_knows_is_bounded() {
    let (server, mut inbox) = opened(PAGE);
    let mut page = server.page(None);
    for revision in (4..).take(Inbox::MOST_KNOWN - PAGE + 1) {
        assert!(!inbox.is_stale());
        inbox.apply(left(revision));
        page.head.revision = revision;
    }
    assert!(inbox.is_stale());
    inbox.first_page(page.clone(), inbox.generation());
    inbox.apply(left(page.head.revision + 1));
    assert!(!inbox.is_stale());
}
