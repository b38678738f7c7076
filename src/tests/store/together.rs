use std::{collections::BTreeSet, future::poll_fn, pin::pin, task::Poll};

use belfry::{domain::Revision, server::store::Store};
use tokio::task::JoinSet;

use super::support::{House, alert, fresh, keyed, new, user};

/// Raises alerts for ada from many tasks at once; the revisions they got.
async fn raise_at_once(stores: &[&Store], count: usize) -> BTreeSet<Revision> {
    let mut tasks = JoinSet::new();
    for (number, store) in stores.iter().cycle().take(count).enumerate() {
        let store = Store::clone(store);
        // With a key the transaction reads before it writes.
        let sent = keyed(&user("ada"), &number.to_string());
        tasks.spawn(async move { new(store.raise("test", fresh(), &sent).await.unwrap()) });
    }
    let changes = tasks.join_all().await;
    assert!(changes.iter().all(|change| change.unread == change.position.revision));
    changes.iter().map(|change| change.position.revision).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_writers_at_once_get_gapless_revisions() {
    let house = House::new().await;
    assert_eq!(raise_at_once(&[&house.store], 50).await, (1..=50).collect());
    assert_eq!(house.unread(&user("ada")).await, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_write_one_file() {
    let house = House::new().await;
    let other = house.other().await;
    assert_eq!(other.epoch(), house.store.epoch());
    let mark = house.store.log_end().await.unwrap();
    assert_eq!(raise_at_once(&[&house.store, &other], 30).await, (1..=30).collect());
    for store in [&house.store, &other] {
        let found = store.changed_since(&mark).await.unwrap();
        assert_eq!(found.heads, [(user("ada"), house.head(&user("ada")).await)]);
        let standing = store.standing(&user("ada")).await.unwrap();
        assert_eq!((standing.position.revision, standing.unread), (30, 30));
    }
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
