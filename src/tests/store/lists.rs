use belfry::{
    domain::Filter,
    server::store::{List, Window},
};

use super::support::{House, alert, list, unread, user};

#[tokio::test]
async fn an_unknown_person_has_an_empty_inbox_that_stays() {
    let house = House::new().await;
    let first = house.store.snapshot(&user("ada"), &[list(Filter::default(), 20)]).await.unwrap();
    assert_eq!((first.standing.counts.unread, first.standing.position.revision), (0, 0));
    assert_eq!(
        (first.lists[0].alerts.len(), first.lists[0].has_next, first.lists[0].has_previous),
        (0, false, false)
    );
    assert_eq!(house.store.snapshot(&user("ada"), &[]).await.unwrap().standing, first.standing);
}

#[tokio::test]
async fn inboxes_of_two_people_have_their_own_ids() {
    let house = House::new().await;
    assert_ne!(house.head(&user("ada")).await.inbox, house.head(&user("bob")).await.inbox);
}

#[tokio::test]
async fn a_snapshot_answers_each_list_in_the_order_asked() {
    let house = House::new().await;
    let ada = user("ada");
    let ids = house.raise_some(&ada, 3).await;
    house.mark(&ada, ids[1], true).await;
    let oldest =
        List { filter: Filter::default(), window: Window::Last { count: 1, after: None, before: None } };
    let asked = [list(Filter::default(), 2), list(unread(), 2), oldest];
    let found = house.store.snapshot(&ada, &asked).await.unwrap().lists;
    let told: Vec<_> = found
        .iter()
        .map(|it| (it.alerts.iter().map(|alert| alert.id).collect(), it.has_previous, it.has_next))
        .collect();
    let expected = [
        (vec![ids[2], ids[1]], false, true),
        (vec![ids[2], ids[0]], false, false),
        (vec![ids[0]], true, false),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_page_stays_the_same_when_newer_alerts_come() {
    let house = House::new().await;
    let ada = user("ada");
    let ids = house.raise_some(&ada, 4).await;
    let first = house.store.snapshot(&ada, &[list(Filter::default(), 2)]).await.unwrap().lists.remove(0);
    house.raise(&alert(&ada)).await;
    let after = first.alerts.last().map(|it| it.created_revision);
    let next = List { filter: Filter::default(), window: Window::First { count: 2, after, before: None } };
    let next = house.store.snapshot(&ada, &[next]).await.unwrap().lists.remove(0);
    assert_eq!(next.alerts.iter().map(|it| it.id).collect::<Vec<_>>(), [ids[1], ids[0]]);
    assert!(next.has_previous && !next.has_next);
}

#[tokio::test]
async fn alerts_come_in_the_order_of_the_ids_asked_for() {
    let house = House::new().await;
    let ada = user("ada");
    let ids = house.raise_some(&ada, 12).await;
    let mut asked = ids.clone();
    asked.rotate_left(5);
    asked.swap(0, 7);
    let found = house.store.alerts(&ada, &asked).await.unwrap();
    assert_eq!(found.iter().map(|it| it.id).collect::<Vec<_>>(), asked);
    assert_eq!(house.store.alerts(&ada, &[]).await.unwrap(), []);
}

#[tokio::test]
async fn a_kind_that_no_alert_can_have_fits_nothing() {
    let house = House::new().await;
    house.raise_some(&user("ada"), 1).await;
    let filter = Filter { kinds: Some(vec!["a\0b".into()]), ..Filter::default() };
    let snapshot = house.store.snapshot(&user("ada"), &[list(filter, 10)]).await.unwrap();
    assert_eq!(snapshot.lists[0].alerts, []);
}
