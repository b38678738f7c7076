use belfry::{
    domain::{Act, Change, Filter, NewAlert, Position, Severity, What},
    server::store::MOST_READ_AT_ONCE,
};

use super::support::{House, alert, fresh, list, unread, user};

#[tokio::test]
async fn a_reply_carries_alert_count_and_list_of_its_own_transaction() {
    let house = House::new().await;
    let ada = user("ada");
    let ids = house.raise_some(&ada, 2).await;
    let marked = house.store.mark(&ada, ids[0], Act::Read, &[list(unread(), 10)]).await.unwrap().unwrap();
    let change = marked.change.unwrap();
    let read = marked.alert.unwrap();
    assert_eq!((&change.what, change.counts.unread, change.position.revision), (&What::Read, 1, 3));
    assert_eq!((read.id, read.revision, read.is_unread()), (ids[0], 3, false));
    assert_eq!(change.alerts, [read]);
    assert_eq!((marked.inbox.standing.counts.unread, marked.inbox.standing.position), (1, change.position));
    assert_eq!(marked.inbox.lists[0].alerts.iter().map(|it| it.id).collect::<Vec<_>>(), [ids[1]]);
}

#[tokio::test]
async fn what_is_so_already_makes_no_revision() {
    let house = House::new().await;
    let ada = user("ada");
    let id = house.raise_some(&ada, 1).await[0];
    assert_eq!(house.mark(&ada, id, false).await.change, None);
    house.mark(&ada, id, true).await;
    let again = house.mark(&ada, id, true).await;
    assert_eq!((again.change, again.inbox.standing.position.revision), (None, 2));
    assert!(!again.alert.unwrap().is_unread());
}

#[tokio::test]
async fn another_persons_alert_is_not_found() {
    let house = House::new().await;
    let id = house.raise_some(&user("ada"), 1).await[0];
    assert!(house.store.mark(&user("eve"), id, Act::Read, &[]).await.unwrap().is_none());
    assert!(house.store.mark(&user("ada"), fresh(), Act::Read, &[]).await.unwrap().is_none());
    assert_eq!(house.store.alert(&user("eve"), id).await.unwrap(), None);
    assert_eq!(house.store.alerts(&user("eve"), &[id]).await.unwrap(), []);
    assert_eq!(house.unread(&user("ada")).await, 1);
}

#[tokio::test]
async fn mark_all_leaves_what_came_after_the_position() {
    let house = House::new().await;
    let ada = user("ada");
    let ids = house.raise_some(&ada, 3).await;
    house.mark(&ada, ids[0], true).await;
    let seen = house.head(&ada).await;
    let later = house.raise_some(&ada, 1).await[0];
    house.mark(&ada, ids[0], false).await;

    let marked = house.store.mark_all(&ada, seen, &Filter::default(), &[]).await.unwrap().unwrap();
    let change = marked.change.unwrap();
    assert_eq!((&change.what, &change.ids[..], change.counts.unread), (&What::AllRead, &ids[1..], 2));
    assert_eq!(change.position.revision, seen.revision + 3);
    let still: Vec<_> = house.inbox(&ada).await.into_iter().filter(|it| it.is_unread()).collect();
    assert_eq!(still.iter().map(|it| it.id).collect::<Vec<_>>(), [later, ids[0]]);
}

#[tokio::test]
async fn mark_all_touches_what_fits_the_filter() {
    let house = House::new().await;
    let ada = user("ada");
    house.raise_some(&ada, 2).await;
    let urgent = NewAlert { severity: Severity::Critical, ..alert(&ada) };
    let urgent = house.raise(&urgent).await.ids;
    let filter = Filter { severities: Some(vec![Severity::Critical]), ..Filter::default() };
    let head = house.head(&ada).await;
    let marked = house.store.mark_all(&ada, head, &filter, &[]).await.unwrap().unwrap();
    assert_eq!(marked.change.unwrap().ids, urgent);
    assert_eq!(marked.inbox.standing.counts.unread, 2);
}

#[tokio::test]
async fn mark_all_with_nothing_to_read_makes_no_revision() {
    let house = House::new().await;
    let ada = user("ada");
    let ids = house.raise_some(&ada, 2).await;
    house.mark(&ada, ids[0], true).await;
    let head = house.head(&ada).await;
    let read = Filter { unread: Some(false), ..Filter::default() };
    let nobody = Filter { kinds: Some(vec![]), ..Filter::default() };
    for filter in [read, nobody] {
        let marked = house.store.mark_all(&ada, head, &filter, &[]).await.unwrap().unwrap();
        assert_eq!((marked.change, marked.inbox.standing.position), (None, head), "{filter:?}");
    }
}

#[tokio::test]
async fn mark_all_refuses_positions_that_are_not_of_this_inbox() {
    let house = House::new().await;
    let ada = user("ada");
    house.raise_some(&ada, 1).await;
    let head = house.head(&ada).await;
    let strange = [
        house.head(&user("eve")).await,
        Position { epoch: head.epoch ^ 1, ..head },
        Position { revision: head.revision + 1, ..head },
    ];
    for position in strange {
        let marked = house.store.mark_all(&ada, position, &Filter::default(), &[]).await.unwrap();
        assert_eq!(marked, None, "{position:?}");
    }
    assert!(house.store.mark_all(&user("nobody"), head, &Filter::default(), &[]).await.unwrap().is_none());
    assert_eq!(house.unread(&ada).await, 1);
}

#[tokio::test]
async fn a_large_bulk_change_tells_ids_and_not_alerts() {
    let house = House::new().await;
    let ada = user("ada");
    for (count, told) in [(Change::MOST_ALERTS, Change::MOST_ALERTS), (Change::MOST_ALERTS + 1, 0)] {
        let ids = house.raise_some(&ada, count).await;
        let before = house.head(&ada).await;
        let marked = house.store.mark_all(&ada, before, &Filter::default(), &[]).await.unwrap().unwrap();
        let change = marked.change.unwrap();
        assert_eq!((&change.ids, change.alerts.len()), (&ids, told));
        assert_eq!(house.changes_after(&ada, before).await, [change]);
    }
}

#[tokio::test]
async fn of_very_many_alerts_one_revision_reads_the_oldest() {
    let house = House::new().await;
    let ada = user("ada");
    house.fill(&ada, MOST_READ_AT_ONCE + 1).await;
    let (head, all) = (house.head(&ada).await, Filter::default());
    let change = async || house.store.mark_all(&ada, head, &all, &[]).await.unwrap().unwrap().change;
    let first = change().await.unwrap();
    assert_eq!((first.ids.len(), first.counts.unread), (MOST_READ_AT_ONCE, 1));
    let newest = house.inbox(&ada).await[0].clone();
    assert!(newest.is_unread());
    let second = change().await.unwrap();
    assert_eq!((second.ids, second.counts.unread), (vec![newest.id], 0));
    assert_eq!(change().await, None);
}
