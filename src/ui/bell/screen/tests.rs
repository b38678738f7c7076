use super::*;
use crate::domain::{Counts, Position, Revision, State, event::Head};

fn head(revision: Revision, position: String) -> Head {
    Head { revision, position, counts: State::RAISED.counts() }
}

fn page(head: Head) -> Page {
    Page { head, alerts: Vec::new(), next: None }
}

/// A bell that is live, with a list that must be loaded again.
fn stale() -> Screen {
    let mut screen = Screen::open(page(head(3, "p3".into())));
    screen.set_link(Link::Live);
    screen.inbox.distrust();
    screen
}

/// The list is asked for, in vain.
fn miss(screen: &mut Screen, failure: Failure) {
    screen.begin(Task::Refresh);
    screen.end(Task::Refresh, Err(failure));
}

#[test]
fn who_is_signed_out_asks_for_no_list() {
    let mut screen = stale();
    assert!(screen.may_refresh());
    miss(&mut screen, Failure::SignedOut);
    assert_eq!((screen.link, screen.may_refresh()), (Link::SignedOut, false));
    screen.set_link(Link::Live);
    assert_eq!((screen.link, screen.may_refresh()), (Link::SignedOut, false));
}

#[test]
fn who_wakes_to_another_persons_cookie_sees_no_list_of_theirs_and_is_told_to_load_the_page() {
    let position = |inbox| Position { epoch: 1, inbox, revision: 3 }.to_string();
    let head = |inbox| head(3, position(inbox));
    let mut screen = Screen::open(page(head(1)));
    screen.hear(InboxEvent::InboxReset { head: head(1) });
    screen.check_reader();
    assert_eq!((screen.link, screen.may_refresh()), (Link::Opening, true));
    screen.hear(InboxEvent::InboxReset { head: head(2) });
    screen.check_reader();
    assert_eq!((screen.link, screen.may_refresh()), (Link::Ended, false));
}

#[test]
fn a_position_the_server_does_not_know_is_not_handed_back_until_it_gave_another() {
    let mut screen = stale();
    screen.afresh = true;
    screen.hear(InboxEvent::InboxReset { head: head(4, "q4".into()) });
    assert_eq!((screen.afresh, screen.inbox.position()), (false, "q4"));
}

#[test]
fn a_list_that_cannot_be_loaded_is_asked_for_ever_more_slowly() {
    let mut screen = stale();
    let mut pauses = Vec::new();
    for _ in 0..9 {
        miss(&mut screen, Failure::Offline);
        pauses.push(Screen::pause(screen.misses).as_millis());
    }
    assert_eq!(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    assert_eq!(Screen::pause(u32::MAX), LONGEST_PAUSE);
    screen.set_link(Link::Live);
    assert_eq!(screen.misses, 0, "the server is back: no reason to wait");
}

#[test]
fn a_task_stays_in_trouble_while_it_is_tried_again() {
    let mut screen = stale();
    screen.begin(Task::ReadAll);
    screen.end(Task::ReadAll, Err(Failure::Offline));
    screen.begin(Task::Refresh);
    screen.begin(Task::ReadAll);
    assert!(screen.is_trouble(Task::ReadAll));
    screen.end(Task::ReadAll, Ok(()));
    assert_eq!(screen.trouble, None);
    screen.end(Task::ReadAll, Err(Failure::Offline));
    screen.begin(Task::LoadMore);
    assert_eq!(screen.trouble, None, "something else was begun");
}

#[test]
fn how_many_were_loaded_is_said_each_time() {
    let mut screen = stale();
    for _ in 0..2 {
        screen.begin(Task::LoadMore);
        assert_eq!(screen.notice.words, "");
        assert_eq!(screen.extend(page(head(3, "p3".into())), "2", screen.inbox.generation()), (0, 0));
        screen.end(Task::LoadMore, Ok(()));
        assert_eq!(screen.notice.words, "0 more shown.");
    }
}

#[test]
fn a_page_that_does_not_make_the_list_right_is_a_miss_too() {
    let mut screen = stale();
    screen.begin(Task::Refresh);
    screen.end(Task::Refresh, Ok(()));
    assert_eq!((screen.misses, screen.trouble), (1, None));
}

#[test]
fn the_failure_of_a_list_is_shown_until_it_is_loaded() {
    let mut screen = stale();
    miss(&mut screen, Failure::Offline);
    assert_eq!(screen.trouble, Some((Task::Refresh, Failure::Offline)));
    screen.begin(Task::Refresh);
    assert!(screen.trouble.is_some(), "it does not flicker");
    screen.inbox.first_page(page(head(4, "p4".into())), screen.inbox.generation());
    screen.end(Task::Refresh, Ok(()));
    assert_eq!((screen.misses, screen.trouble), (0, None));
}

#[test]
fn what_is_before_the_readers_eyes_is_to_be_seen_once() {
    let mut screen = Screen::open(page(head(3, "p3".into())));
    screen.set_link(Link::Live);
    assert!(!screen.is_to_be_seen(), "the list is closed");
    screen.set_in_view(true);
    assert!(screen.is_to_be_seen());
    screen.begin(Task::See);
    screen.end(Task::See, Err(Failure::Offline));
    assert_eq!((screen.is_to_be_seen(), screen.trouble.is_some()), (false, false), "not again and again");
    screen.set_in_view(true);
    assert!(!screen.is_to_be_seen());
    screen.set_in_view(false);
    screen.set_in_view(true);
    assert!(screen.is_to_be_seen(), "its reader is back");
    screen.begin(Task::See);
    screen.set_link(Link::Lost);
    screen.set_link(Link::Live);
    assert!(screen.is_to_be_seen(), "the server is back");
    screen.begin(Task::See);
    let changed = |head| InboxEvent::AlertsChanged { alert_ids: Some(vec![]), alerts: Some(vec![]), head };
    screen.hear(changed(head(4, "p4".into())));
    assert!(screen.is_to_be_seen(), "there is more to see");
    screen.hear(changed(Head { counts: Counts::default(), ..head(5, "p5".into()) }));
    assert!(!screen.is_to_be_seen(), "nothing is unseen");
}

#[test]
fn what_is_before_the_readers_eyes_does_not_call_for_them_while_the_bell_is_live() {
    let mut screen = Screen::open(page(head(3, "p3".into())));
    assert_eq!(screen.unseen(), 1);
    screen.set_in_view(true);
    assert_eq!(screen.unseen(), 1, "it may be older than it looks");
    screen.set_link(Link::Live);
    assert_eq!(screen.unseen(), 0);
    screen.set_in_view(false);
    assert_eq!(screen.unseen(), 1);
}
