use belfry::{
    domain::{Act, Counts, Filter, NewAlert, Place, What},
    server::store::Raised,
};
use time::OffsetDateTime;

use super::support::{House, alert, at, fresh, list, unread, user};

/// The time until which alerts are put off here.
fn until() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + time::Duration::days(40_000)
}

fn counts(unread: u32, archived: u32, snoozed: u32) -> Counts {
    Counts { unseen: unread, unread, archived, snoozed }
}

#[tokio::test]
async fn what_is_put_away_is_in_the_archive_and_counts_there() {
    let house = House::new().await;
    let ada = user("ada");
    let ids = house.raise_some(&ada, 3).await;
    let lists = [list(Filter::default(), 10), list(at(Place::Archive), 10)];
    let marked = house.store.mark(&ada, ids[1], Act::Archive, &lists).await.unwrap().unwrap();
    let (change, away) = (marked.change.unwrap(), marked.alert.unwrap());
    assert_eq!((&change.what, change.position.revision), (&What::Archived, 4));
    assert_eq!((away.id, away.revision, away.is_unread()), (ids[1], 4, true));
    assert!(away.archived_at.is_some());
    assert_eq!(change.alerts, std::slice::from_ref(&away));
    assert_eq!((change.counts, marked.inbox.standing.counts), (counts(2, 1, 0), change.counts));
    let found = marked.inbox.lists.iter().map(|list| list.alerts.iter().map(|it| it.id).collect::<Vec<_>>());
    assert_eq!(found.collect::<Vec<_>>(), [vec![ids[2], ids[0]], vec![ids[1]]]);
    assert_eq!(house.store.alert(&ada, ids[1]).await.unwrap(), Some(away));
}

#[tokio::test]
async fn what_is_taken_back_comes_back_as_it_was_and_where_it_was() {
    let house = House::new().await;
    let ada = user("ada");
    let ids = house.raise_some(&ada, 3).await;
    house.mark(&ada, ids[0], true).await;
    let before = house.inbox(&ada).await;
    for id in &ids {
        house.act(&ada, *id, Act::Archive).await;
    }
    assert_eq!((house.inbox(&ada).await, house.counts(&ada).await), (vec![], counts(0, 3, 0)));
    for id in &ids {
        house.act(&ada, *id, Act::Restore).await;
    }
    assert_eq!(house.counts(&ada).await, counts(2, 0, 0));
    let after = house.inbox(&ada).await;
    assert!(after.iter().zip(&before).all(|(after, before)| {
        let revision = before.revision;
        belfry::domain::Alert { revision, ..after.clone() } == *before
    }));
}

#[tokio::test]
async fn marking_it_unread_takes_an_alert_out_of_the_archive() {
    let house = House::new().await;
    let ada = user("ada");
    let id = house.raise_some(&ada, 1).await[0];
    house.mark(&ada, id, true).await;
    house.act(&ada, id, Act::Archive).await;
    let back = house.mark(&ada, id, false).await.alert.unwrap();
    assert_eq!((back.archived_at, back.is_unread()), (None, true));
    assert_eq!(house.counts(&ada).await, counts(1, 0, 0));
    assert_eq!(house.inbox(&ada).await, [back]);
}

#[tokio::test]
async fn what_is_so_already_makes_no_revision_in_the_archive_either() {
    let house = House::new().await;
    let ada = user("ada");
    let id = house.raise_some(&ada, 1).await[0];
    assert_eq!(house.act(&ada, id, Act::Restore).await.change, None);
    house.act(&ada, id, Act::Archive).await;
    assert_eq!(house.act(&ada, id, Act::Archive).await.change, None);
    assert_eq!(house.act(&ada, id, Act::Read).await.change.unwrap().counts, counts(0, 1, 0));
}

#[tokio::test]
async fn reading_all_of_one_place_leaves_the_other_alone() {
    let house = House::new().await;
    let ada = user("ada");
    let ids = house.raise_some(&ada, 4).await;
    house.act(&ada, ids[0], Act::Archive).await;
    house.act(&ada, ids[1], Act::Archive).await;
    let seen = house.head(&ada).await;
    house.act(&ada, ids[1], Act::Restore).await;
    let inbox = house.store.mark_all(&ada, seen, &Filter::default(), &[]).await.unwrap().unwrap();
    // One of them could not be seen there then.
    assert_eq!(inbox.change.unwrap().ids, ids[2..]);
    let archive = house.store.mark_all(&ada, seen, &at(Place::Archive), &[]).await.unwrap().unwrap();
    let change = archive.change.unwrap();
    assert_eq!((change.ids, change.counts), (vec![ids[0]], counts(1, 1, 0)));
}

#[tokio::test]
async fn what_falls_due_leaves_the_archive_too() {
    let house = House::new().await;
    let ada = user("ada");
    let id = house.raise(&alert(&ada)).await.ids[0];
    house.act(&ada, id, Act::Archive).await;
    house.database.make_due("true").await;
    let changes = house.store.fall_due().await.unwrap();
    assert_eq!((&changes[0].what, &changes[0].alerts), (&What::Expired, &vec![]));
    assert_eq!((changes[0].counts, changes.len()), (Counts::default(), 1));
    assert_eq!(
        (house.at(&ada, Place::Archive).await, house.store.alert(&ada, id).await.unwrap()),
        (vec![], None)
    );
    assert_eq!(house.store.fall_due().await.unwrap(), []);
}

#[tokio::test]
async fn a_change_by_a_version_that_knew_no_archive_moves_nothing_in_it() {
    let house = House::new().await;
    let ada = user("ada");
    let ids = house.raise_some(&ada, 2).await;
    let after = house.act(&ada, ids[0], Act::Archive).await.change.unwrap().position;
    house.raise_some(&ada, 1).await;
    house.database.tamper("update changes set archived = null, unseen = null where revision = 4").await;
    let told: Vec<_> = house.changes_after(&ada, after).await.iter().map(|it| it.counts).collect();
    assert_eq!(told, [counts(2, 1, 0)]);
    assert_eq!(house.store.snapshot(&ada, &[list(unread(), 10)]).await.unwrap().lists[0].alerts.len(), 2);
}

#[tokio::test]
async fn what_is_put_off_waits_and_comes_back_as_new() {
    let house = House::new().await;
    let ada = user("ada");
    let ids = house.raise_some(&ada, 2).await;
    house.mark(&ada, ids[0], true).await;
    let snoozed = house.act(&ada, ids[0], Act::Snooze(until())).await;
    let (change, away) = (snoozed.change.unwrap(), snoozed.alert.unwrap());
    assert_eq!((&change.what, change.counts), (&What::Snoozed, counts(1, 0, 1)));
    assert_eq!((away.snoozed_until, away.place()), (Some(until()), Place::Snoozed));
    assert_eq!(house.at(&ada, Place::Snoozed).await, std::slice::from_ref(&away));
    assert_eq!(house.store.fall_due().await.unwrap(), [], "it is not time yet");
    house.database.make_waking("true").await;
    let changes = house.store.fall_due().await.unwrap();
    assert_eq!((&changes[0].what, changes[0].counts, changes.len()), (&What::Woken, counts(2, 0, 0), 1));
    let woken = &changes[0].alerts[0];
    assert_eq!((woken.revision, woken.created_revision, woken.created_at), (5, 5, away.created_at));
    assert_eq!((woken.is_unread(), woken.snoozed_until), (true, None));
    let listed: Vec<_> = house.inbox(&ada).await.iter().map(|alert| alert.id).collect();
    assert_eq!(listed, ids, "it is the newest");
    assert_eq!(house.store.fall_due().await.unwrap(), []);
}

#[tokio::test]
async fn what_is_put_off_can_be_put_off_longer_and_taken_back_before() {
    let house = House::new().await;
    let ada = user("ada");
    let id = house.raise_some(&ada, 1).await[0];
    let before = house.inbox(&ada).await;
    house.act(&ada, id, Act::Snooze(until())).await;
    assert_eq!(house.act(&ada, id, Act::Snooze(until())).await.change, None);
    let later = until() + time::Duration::DAY;
    let longer = house.act(&ada, id, Act::Snooze(later)).await;
    assert_eq!(
        (longer.alert.unwrap().snoozed_until, longer.change.unwrap().counts),
        (Some(later), counts(0, 0, 1))
    );
    let back = house.act(&ada, id, Act::Restore).await.alert.unwrap();
    assert_eq!(belfry::domain::Alert { revision: 1, ..back }, before[0]);
}

#[tokio::test]
async fn what_is_put_off_falls_due_there() {
    let house = House::new().await;
    let ada = user("ada");
    let id = house.raise(&alert(&ada)).await.ids[0];
    house.act(&ada, id, Act::Snooze(until())).await;
    house.database.make_due("true").await;
    house.database.make_waking("true").await;
    let changes = house.store.fall_due().await.unwrap();
    assert_eq!((&changes[0].what, changes[0].counts, changes.len()), (&What::Expired, Counts::default(), 1));
    assert_eq!(house.at(&ada, Place::Snoozed).await, []);
}

#[tokio::test]
async fn what_is_thrown_away_is_nowhere_and_can_be_taken_back() {
    let house = House::new().await;
    let (ada, eve) = (user("ada"), user("eve"));
    let ids = house.raise_some(&ada, 2).await;
    let before = house.inbox(&ada).await;
    let deleted = house.act(&ada, ids[0], Act::Delete).await;
    let change = deleted.change.unwrap();
    assert_eq!((&change.what, change.counts, change.alerts.len()), (&What::Deleted, counts(1, 0, 0), 0));
    assert_eq!((deleted.alert, house.store.alert(&ada, ids[0]).await.unwrap()), (None, None));
    for place in Place::ALL {
        assert!(house.at(&ada, place).await.iter().all(|alert| alert.id != ids[0]), "{place:?}");
    }
    let (held, state) = house.store.held(&ada, ids[0]).await.unwrap().unwrap();
    assert_eq!((held.title, state.place), (before[1].title.clone(), None));
    assert_eq!(house.store.held(&eve, ids[0]).await.unwrap(), None);
    assert_eq!(house.act(&ada, ids[0], Act::Delete).await.change, None);
    for act in [Act::Read, Act::Unread, Act::Archive, Act::Snooze(until())] {
        assert_eq!(house.store.mark(&ada, ids[0], act, &[]).await.unwrap(), None, "{act:?}");
    }
    let back = house.act(&ada, ids[0], Act::Restore).await;
    assert_eq!((back.change.unwrap().what, house.counts(&ada).await), (What::Restored, counts(2, 0, 0)));
    assert_eq!(belfry::domain::Alert { revision: 1, ..back.alert.unwrap() }, before[1]);
}

#[tokio::test]
async fn who_missed_a_deletion_is_told_of_it_and_who_missed_its_end_too_is_told_that() {
    let house = House::new().await;
    let ada = user("ada");
    let id = house.raise_some(&ada, 1).await[0];
    let seen = house.head(&ada).await;
    house.act(&ada, id, Act::Read).await;
    house.act(&ada, id, Act::Delete).await;
    let told = house.changes_after(&ada, seen).await;
    assert_eq!((told.len(), &told[0].what, told[0].alerts.len()), (1, &What::Deleted, 0));
    house.act(&ada, id, Act::Restore).await;
    let told = house.changes_after(&ada, seen).await;
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|change| change.alerts[0].revision == 4));
}

#[tokio::test]
async fn a_key_that_is_repeated_tells_of_the_alert_as_it_was_raised() {
    let house = House::new().await;
    let ada = user("ada");
    let sent = NewAlert { idempotency_key: Some("k".into()), ..alert(&ada) };
    let id = house.raise(&sent).await.ids[0];
    house.act(&ada, id, Act::Snooze(until())).await;
    house.database.make_waking("true").await;
    house.store.fall_due().await.unwrap();
    let Raised::Again(first) = house.store.raise("test", fresh(), &sent).await.unwrap() else { panic!() };
    assert_eq!((first.id, first.created_revision), (id, 1));
}
