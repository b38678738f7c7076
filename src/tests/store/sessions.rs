use std::collections::HashMap;

use belfry::{domain::What, server::store::right_of_session};
use time::{Duration, OffsetDateTime};

use super::support::{House, user};

fn in_seconds(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::now_utc() + Duration::seconds(seconds)
}

#[tokio::test]
async fn a_session_holds_what_was_saved_last() {
    let house = House::new().await;
    let store = &house.store;
    store.ensure_person(&user("ada"), None).await.unwrap();
    assert!(store.create_session("s1", None, "one", in_seconds(60)).await.unwrap());
    assert!(!store.create_session("s1", None, "other", in_seconds(60)).await.unwrap());
    assert_eq!(store.load_session("s1").await.unwrap().as_deref(), Some("one"));
    store.save_session("s1", Some(&user("ada")), "two", in_seconds(60)).await.unwrap();
    assert_eq!(store.load_session("s1").await.unwrap().as_deref(), Some("two"));
    assert_eq!(store.load_session("s2").await.unwrap(), None);
}

#[tokio::test]
async fn an_expired_session_is_not_loaded_and_is_dropped() {
    let house = House::new().await;
    let store = &house.store;
    store.create_session("old", None, "x", in_seconds(-2)).await.unwrap();
    store.create_session("good", None, "y", in_seconds(60)).await.unwrap();
    assert_eq!(store.load_session("old").await.unwrap(), None);
    assert_eq!(store.drop_expired_sessions().await.unwrap(), []);
    assert_eq!(store.load_session("good").await.unwrap().as_deref(), Some("y"));
    let left = house.database.connect().await.text("select cast(count(*) as text) from sessions").await;
    assert_eq!(left, "1");
}

#[tokio::test]
async fn a_session_that_expires_takes_a_revision_of_its_person() {
    let house = House::new().await;
    let (store, ada) = (&house.store, user("ada"));
    house.raise_some(&ada, 1).await;
    let before = house.head(&ada).await;
    store.create_session("old", Some(&ada), "x", in_seconds(-2)).await.unwrap();
    store.create_session("good", Some(&ada), "y", in_seconds(60)).await.unwrap();
    let changes = store.drop_expired_sessions().await.unwrap();
    assert_eq!(
        changes.iter().map(|it| &it.what).collect::<Vec<_>>(),
        [&What::RightEnded(right_of_session("old"))]
    );
    assert_eq!(house.changes_after(&ada, before).await, changes);
    assert_eq!(store.drop_expired_sessions().await.unwrap(), []);
}

#[tokio::test]
async fn a_right_lives_as_long_as_its_session() {
    let house = House::new().await;
    let store = &house.store;
    store.create_session("old", None, "x", in_seconds(-2)).await.unwrap();
    store.create_session("good", None, "y", in_seconds(60)).await.unwrap();
    let rights = ["old", "good", "none", "other"].map(right_of_session);
    store.create_session("other", None, "z", in_seconds(60)).await.unwrap();
    let living = async || store.sessions(&rights).await.unwrap();
    let held = |right: usize, data: &str| (rights[right].clone(), data.to_owned());
    assert_eq!(living().await, HashMap::from([held(1, "y"), held(3, "z")]));
    store.end_session("good").await.unwrap();
    assert_eq!(living().await, HashMap::from([held(3, "z")]));
}

#[tokio::test]
async fn the_end_of_a_session_takes_a_revision_of_its_person() {
    let house = House::new().await;
    let ada = user("ada");
    house.raise_some(&ada, 1).await;
    let before = house.head(&ada).await;
    house.store.create_session("s1", Some(&ada), "x", in_seconds(60)).await.unwrap();
    let change = house.store.end_session("s1").await.unwrap().unwrap();
    assert_eq!(change.what, What::RightEnded(right_of_session("s1")));
    assert_eq!((change.user.clone(), change.position.revision, change.unread), (ada.clone(), 2, 1));
    assert_eq!(house.changes_after(&ada, before).await, [change]);
    assert_eq!(house.store.load_session("s1").await.unwrap(), None);
    assert_eq!(house.store.end_session("s1").await.unwrap(), None);
}

#[tokio::test]
async fn the_end_of_nobodys_session_changes_no_inbox() {
    let house = House::new().await;
    let mark = house.store.log_end().await.unwrap();
    house.store.create_session("s1", None, "x", in_seconds(60)).await.unwrap();
    assert_eq!(house.store.end_session("s1").await.unwrap(), None);
    assert_eq!(house.store.load_session("s1").await.unwrap(), None);
    assert_eq!(house.store.changed_since(&mark).await.unwrap().heads, []);
}

#[tokio::test]
async fn a_session_that_ended_is_not_saved_back() {
    let house = House::new().await;
    house.store.create_session("s1", None, "x", in_seconds(60)).await.unwrap();
    house.store.end_session("s1").await.unwrap();
    house.store.save_session("s1", None, "x", in_seconds(60)).await.unwrap();
    assert_eq!(house.store.load_session("s1").await.unwrap(), None);
}

#[tokio::test]
async fn the_database_never_holds_the_id_of_a_session() {
    let house = House::new().await;
    let ada = user("ada");
    house.store.ensure_person(&ada, None).await.unwrap();
    house.store.create_session("a secret id", Some(&ada), "x", in_seconds(60)).await.unwrap();
    let hex = house.database.hex("hash");
    let kept = house.database.connect().await.text(&format!("select {hex} from sessions")).await;
    assert_eq!(kept, right_of_session("a secret id"));
    assert_eq!(kept, "58170725d7d85a573d2e1b470766e96fb7b773c6a6d56f63a3b11a4ffd08b26e");
}
