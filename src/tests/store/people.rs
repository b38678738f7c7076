use belfry::domain::User;

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
async fn a_password_is_set_for_people_only() {
    let house = House::new().await;
    let ada = user("ada");
    assert!(!house.store.set_password(&ada, "hash").await.unwrap());
    house.store.ensure_person(&ada, None).await.unwrap();
    assert_eq!(house.store.password_hash(&ada).await.unwrap(), None);
    assert!(house.store.set_password(&ada, "hash").await.unwrap());
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
