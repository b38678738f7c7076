use std::{collections::BTreeSet, future::poll_fn, pin::pin, sync::Arc, task::Poll};

use belfry::{
    domain::{Act, Filter, Revision},
    server::store::{self, Pool, Raised, Store},
};
use tokio::task::JoinSet;

use super::support::{House, alert, fresh, keyed, new, user};

/// Raises alerts for ada from many tasks at once; the revisions they got.
async fn raise_at_once(stores: &[&Arc<dyn Store>], count: usize) -> BTreeSet<Revision> {
    let mut tasks = JoinSet::new();
    for (number, store) in stores.iter().cycle().take(count).enumerate() {
        let store = Arc::clone(store);
        // With a key the transaction reads before it writes.
        let sent = keyed(&user("ada"), &number.to_string());
        tasks.spawn(async move { new(store.raise("test", fresh(), &sent).await.unwrap()) });
    }
    let changes = tasks.join_all().await;
    assert!(changes.iter().all(|change| change.counts.unread == change.position.revision));
    changes.iter().map(|change| change.position.revision).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_writers_at_once_get_gapless_revisions() {
    let house = House::new().await;
    assert_eq!(raise_at_once(&[&house.store], 50).await, (1..=50).collect());
    assert_eq!(house.unread(&user("ada")).await, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_write_one_database() {
    let house = House::new().await;
    let other = house.database.open().await;
    let mark = house.store.log_end().await.unwrap();
    assert_eq!(raise_at_once(&[&house.store, &other], 30).await, (1..=30).collect());
    for store in [&house.store, &other] {
        let found = store.changed_since(&mark).await.unwrap();
        assert_eq!(found.heads, [(user("ada"), house.head(&user("ada")).await)]);
        let standing = store.standing(&user("ada")).await.unwrap();
        assert_eq!((standing.position.revision, standing.counts.unread), (30, 30));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_many_raise_at_once_is_one_alert() {
    let house = House::new().await;
    let other = house.database.open().await;
    let mut tasks = JoinSet::new();
    for store in [&house.store, &other].into_iter().cycle().take(20) {
        let store = store.clone();
        let sent = keyed(&user("ada"), "once");
        tasks.spawn(async move { store.raise("test", fresh(), &sent).await.unwrap() });
    }
    let raised = tasks.join_all().await;
    let new = raised.iter().filter(|raised| matches!(raised, Raised::New(_))).count();
    let again = raised.iter().filter(|raised| matches!(raised, Raised::Again(_))).count();
    assert_eq!((new, again), (1, 19));
    assert_eq!(house.inbox(&user("ada")).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_of_every_kind_at_once_leave_the_count_right() {
    let house = House::new().await;
    let ada = user("ada");
    let ids = house.raise_some(&ada, 30).await;
    house.database.make_due("created_revision <= 10").await;
    let head = house.head(&ada).await;
    let mut tasks = JoinSet::new();
    for (number, id) in ids.into_iter().enumerate() {
        let (store, ada) = (house.store.clone(), ada.clone());
        tasks.spawn(async move {
            match number % 4 {
                0 => drop(store.raise("test", fresh(), &alert(&ada)).await.unwrap()),
                1 => drop(store.mark(&ada, id, Act::Read, &[]).await.unwrap()),
                2 => drop(store.mark_all(&ada, head, &Filter::default(), &[]).await.unwrap()),
                _ => drop(store.fall_due().await.unwrap()),
            }
        });
    }
    tasks.join_all().await;
    let listed = house.inbox(&ada).await;
    assert_eq!(listed.iter().filter(|it| it.is_unread()).count(), house.unread(&ada).await as usize);
    let changes = house.changes_after(&ada, head).await;
    assert!(changes.windows(2).all(|pair| pair[0].position.revision < pair[1].position.revision));
}

/// Drives a future for so many polls, then drops it where it stands.
async fn abandon(work: impl Future, polls: usize) {
    let mut work = pin!(work);
    let mut left = polls;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        work.as_mut().poll(cx).map(drop)
    })
    .await;
}

#[tokio::test]
async fn a_dropped_write_leaves_all_or_nothing_and_blocks_nobody() {
    let house = House::new().await;
    let ada = user("ada");
    for polls in 0..40 {
        abandon(house.store.raise("test", fresh(), &alert(&ada)), polls).await;
        house.raise(&alert(&ada)).await;
        let head = house.head(&ada).await.revision;
        assert_eq!((house.inbox(&ada).await.len(), house.unread(&ada).await), (head as usize, head));
    }
}

#[tokio::test]
async fn what_follows_a_dropped_operation_is_committed_and_seen_by_others() {
    let house = House::new().await;
    // Of one connection, so that what follows comes over the very one that was dropped.
    let store = store::open(&house.database.url(), Pool { size: 1, ..Pool::default() }).await.unwrap();
    let ada = user("ada");
    let id = house.raise_some(&ada, 1).await[0];
    let head = house.head(&ada).await;
    for step in 0..120 {
        let (operation, polls) = (step % 3, step / 3);
        match operation {
            0 => abandon(store.snapshot(&ada, &[]), polls).await,
            1 => abandon(store.replay(&ada, Some(head)), polls).await,
            _ => {
                abandon(
                    store.mark(&ada, id, if polls % 2 == 0 { Act::Read } else { Act::Unread }, &[]),
                    polls,
                )
                .await
            }
        }
        let raised = new(store.raise("test", fresh(), &alert(&ada)).await.unwrap());
        let seen = house.store.standing(&ada).await.unwrap();
        assert_eq!(
            (seen.position, seen.counts.unread),
            (raised.position, raised.counts.unread),
            "after {polls} polls"
        );
        assert_eq!(store.standing(&ada).await.unwrap(), seen, "after {polls} polls");
    }
}
