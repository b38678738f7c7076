use belfry::{
    domain::{User, What},
    server::store::right_of_session,
};

use super::support::{House, alert, user};

#[tokio::test]
async fn a_person_is_made_once_and_keeps_the_newest_name() {
    let house = House::new().await;
    let ada = user("ada");
    let named = async |name: Option<&str>| {
        house.store.ensure_person(&ada, name).await.unwrap();
        house.store.person(&ada).await.unwrap().unwrap().name
    };
    assert_eq!(house.store.person(&ada).await.unwrap(), None);
    assert_eq!(named(None).await, "ada");
    assert_eq!(named(Some("Ada L.")).await, "Ada L.");
    assert_eq!(named(None).await, "Ada L.");
    assert_eq!(named(Some("Ada")).await, "Ada");
    assert_eq!(house.store.people().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_known_person_is_ensured_without_a_write() {
    let house = House::new().await;
    house.store.ensure_person(&user("ada"), Some("Ada")).await.unwrap();
    let mut other = house.database.connect().await;
    other.hold_writers().await;
    for name in [None, Some("Ada")] {
        house.store.ensure_person(&user("ada"), name).await.unwrap();
    }
    other.let_go().await;
}

#[tokio::test]
async fn who_has_a_password_is_not_added_over() {
    let house = House::new().await;
    let bob = user("bob");
    house.raise(&alert(&bob)).await;
    assert!(house.store.add_person(&bob, "Bob", Some("/bob.png"), "hash 1").await.unwrap());
    assert!(!house.store.add_person(&bob, "Mallory", None, "hash 2").await.unwrap());
    let known = User { id: bob.clone(), name: "Bob".into(), avatar_url: Some("/bob.png".into()) };
    assert_eq!(house.store.person(&bob).await.unwrap(), Some(known));
    assert_eq!(house.store.password_hash(&bob).await.unwrap().as_deref(), Some("hash 1"));
    assert_eq!(house.unread(&bob).await, 1);
}

#[tokio::test]
async fn a_password_that_was_shown_is_exchanged_only_while_it_is_the_persons() {
    let house = House::new().await;
    let ada = user("ada");
    assert!(house.store.add_person(&ada, "Ada", None, "old").await.unwrap());
    assert!(house.store.set_password(&ada, "new", Some("old")).await.unwrap().is_some());
    assert_eq!(house.store.set_password(&ada, "a thief's", Some("old")).await.unwrap(), None);
    assert_eq!(house.store.password_hash(&ada).await.unwrap().as_deref(), Some("new"));
}

#[tokio::test]
async fn a_password_is_set_for_people_only() {
    let house = House::new().await;
    let ada = user("ada");
    assert_eq!(house.store.set_password(&ada, "hash", None).await.unwrap(), None);
    house.store.ensure_person(&ada, None).await.unwrap();
    assert_eq!(house.store.password_hash(&ada).await.unwrap(), None);
    assert_eq!(house.store.set_password(&ada, "hash", None).await.unwrap(), Some(Vec::new()));
    assert_eq!(house.store.password_hash(&ada).await.unwrap().as_deref(), Some("hash"));
}

#[tokio::test]
async fn people_are_listed_by_id() {
    let house = House::new().await;
    for id in ["bob", "ada", "Cyd"] {
        house.store.ensure_person(&user(id), None).await.unwrap();
    }
    let ids: Vec<_> = house.store.people().await.unwrap().into_iter().map(|it| it.id).collect();
    assert_eq!(ids, [user("Cyd"), user("ada"), user("bob")]);
}

#[tokio::test]
async fn the_end_of_a_demo_is_the_end_of_its_peoples_rights() {
    let house = House::new().await;
    let (store, ada, bob) = (&house.store, user("ada"), user("bob"));
    assert!(store.add_demo_person(&ada, "Ada Byron", "hash").await.unwrap());
    assert!(!store.add_demo_person(&ada, "Another", "other").await.unwrap());
    assert!(store.add_person(&bob, "Bob", None, "hash").await.unwrap());
    assert!(!store.add_demo_person(&bob, "Another", "other").await.unwrap());
    for (id, owner) in [("s1", &ada), ("s2", &bob)] {
        house.sign_in(id, owner).await;
    }
    let before = house.head(&ada).await;
    assert_eq!(store.end_demo().await.unwrap(), std::slice::from_ref(&ada));
    assert_eq!(store.password_hash(&ada).await.unwrap(), None);
    assert_eq!(house.changes_after(&ada, before).await[0].what, What::RightEnded(right_of_session("s1")));
    assert_eq!(store.load_session("s1").await.unwrap(), None);
    assert_eq!(store.load_session("s2").await.unwrap().unwrap().data, "s2");
    assert_eq!(store.password_hash(&bob).await.unwrap().as_deref(), Some("hash"));
    assert_eq!(store.end_demo().await.unwrap(), []);
}
