use belfry::domain::{Act, Counts, Filter, What};

use super::support::{House, alert, archived, list, unread, user};

#[tokio::test]
async fn what_is_put_away_is_in_the_archive_and_counts_there() {
    let house = House::new().await;
    let ada = user("ada");
    let ids = house.raise_some(&ada, 3).await;
    let lists = [list(Filter::default(), 10), list(archived(), 10)];
    let marked = house.store.mark(&ada, ids[1], Act::Archive, &lists).await.unwrap().unwrap();
    let (change, away) = (marked.change.unwrap(), marked.alert.unwrap());
    assert_eq!((&change.what, change.position.revision), (&What::Archived, 4));
    assert_eq!((away.id, away.revision, away.is_unread()), (ids[1], 4, true));
    assert!(away.archived_at.is_some());
    assert_eq!(change.alerts, std::slice::from_ref(&away));
    assert_eq!(
        (change.counts, marked.inbox.standing.counts),
        (Counts { unread: 2, archived: 1 }, change.counts)
    );
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
    assert_eq!(
        (house.inbox(&ada).await, house.counts(&ada).await),
        (vec![], Counts { unread: 0, archived: 3 })
    );
    for id in &ids {
        house.act(&ada, *id, Act::Unarchive).await;
    }
    assert_eq!(house.counts(&ada).await, Counts { unread: 2, archived: 0 });
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
    assert_eq!(house.counts(&ada).await, Counts { unread: 1, archived: 0 });
    assert_eq!(house.inbox(&ada).await, [back]);
}

#[tokio::test]
async fn what_is_so_already_makes_no_revision_in_the_archive_either() {
    let house = House::new().await;
    let ada = user("ada");
    let id = house.raise_some(&ada, 1).await[0];
    assert_eq!(house.act(&ada, id, Act::Unarchive).await.change, None);
    house.act(&ada, id, Act::Archive).await;
    assert_eq!(house.act(&ada, id, Act::Archive).await.change, None);
    assert_eq!(
        house.act(&ada, id, Act::Read).await.change.unwrap().counts,
        Counts { unread: 0, archived: 1 }
    );
}

#[tokio::test]
async fn reading_all_of_one_place_leaves_the_other_alone() {
    let house = House::new().await;
    let ada = user("ada");
    let ids = house.raise_some(&ada, 4).await;
    house.act(&ada, ids[0], Act::Archive).await;
    house.act(&ada, ids[1], Act::Archive).await;
    let seen = house.head(&ada).await;
    house.act(&ada, ids[1], Act::Unarchive).await;
    let inbox = house.store.mark_all(&ada, seen, &Filter::default(), &[]).await.unwrap().unwrap();
    // One of them could not be seen there then.
    assert_eq!(inbox.change.unwrap().ids, ids[2..]);
    let archive = house.store.mark_all(&ada, seen, &archived(), &[]).await.unwrap().unwrap();
    let change = archive.change.unwrap();
    assert_eq!((change.ids, change.counts), (vec![ids[0]], Counts { unread: 1, archived: 1 }));
}

#[tokio::test]
async fn what_falls_due_leaves_the_archive_too() {
    let house = House::new().await;
    let ada = user("ada");
    let id = house.raise(&alert(&ada)).await.ids[0];
    house.act(&ada, id, Act::Archive).await;
    house.database.make_due("true").await;
    let changes = house.store.expire_due().await.unwrap();
    assert_eq!((&changes[0].what, &changes[0].alerts), (&What::Expired, &vec![]));
    assert_eq!((changes[0].counts, changes.len()), (Counts::default(), 1));
    assert_eq!((house.archive(&ada).await, house.store.alert(&ada, id).await.unwrap()), (vec![], None));
    assert_eq!(house.store.expire_due().await.unwrap(), []);
}

#[tokio::test]
async fn a_change_by_a_version_that_knew_no_archive_moves_nothing_in_it() {
    let house = House::new().await;
    let ada = user("ada");
    let ids = house.raise_some(&ada, 2).await;
    let after = house.act(&ada, ids[0], Act::Archive).await.change.unwrap().position;
    house.raise_some(&ada, 1).await;
    house.database.tamper("update changes set archived = null where revision = 4").await;
    let told: Vec<_> = house.changes_after(&ada, after).await.iter().map(|it| it.counts).collect();
    assert_eq!(told, [Counts { unread: 2, archived: 1 }]);
    assert_eq!(house.store.snapshot(&ada, &[list(unread(), 10)]).await.unwrap().lists[0].alerts.len(), 2);
}
