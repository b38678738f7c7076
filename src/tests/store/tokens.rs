use std::time::Duration;

use belfry::{
    domain::{Scope, scope::Pattern},
    server::store::Known,
};
use time::OffsetDateTime;
use tokio::time::timeout;

use super::support::House;

/// Waits until the use of the first token is noted.
async fn used_at(house: &House) -> OffsetDateTime {
    loop {
        if let Some(used_at) = house.store.tokens().await.unwrap()[0].used_at {
            return used_at;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_good_token_names_its_publisher() {
    let house = House::new().await;
    assert!(house.store.add_token("ci", "bel_1", &[1; 32], &Scope::default()).await.unwrap());
    let known = Known { name: "ci".into(), scope: Scope::default() };
    assert_eq!(house.store.publisher_of(&[1; 32]).await.unwrap(), Some(known));
    assert_eq!(house.store.publisher_of(&[2; 32]).await.unwrap(), None);
}

#[tokio::test]
async fn a_name_is_given_once_for_ever() {
    let house = House::new().await;
    assert!(house.store.add_token("ci", "bel_1", &[1; 32], &Scope::default()).await.unwrap());
    assert!(!house.store.add_token("ci", "bel_2", &[2; 32], &Scope::default()).await.unwrap());
    assert!(house.store.revoke_token("ci").await.unwrap());
    assert!(!house.store.add_token("ci", "bel_3", &[3; 32], &Scope::default()).await.unwrap());
}

#[tokio::test]
async fn a_revoked_token_names_nobody_and_stays_listed() {
    let house = House::new().await;
    house.store.add_token("ci", "bel_1", &[1; 32], &Scope::default()).await.unwrap();
    assert!(house.store.revoke_token("ci").await.unwrap());
    assert!(!house.store.revoke_token("ci").await.unwrap());
    assert!(!house.store.revoke_token("none").await.unwrap());
    assert_eq!(house.store.publisher_of(&[1; 32]).await.unwrap(), None);
    let token = house.store.tokens().await.unwrap().remove(0);
    assert_eq!((token.name.as_str(), token.hint.as_str(), token.used_at), ("ci", "bel_1", None));
    assert!(token.revoked_at.unwrap() >= token.created_at);
}

#[tokio::test]
async fn a_use_is_noted_once_a_minute() {
    let house = House::new().await;
    house.store.add_token("ci", "bel_1", &[1; 32], &Scope::default()).await.unwrap();
    was_used(&house, 50).await;
    let before = used_at(&house).await;
    house.store.publisher_of(&[1; 32]).await.unwrap();
    // In one file a note would take its turn here, before the next write: writers queue in order.
    tokio::task::yield_now().await;
    house.store.add_token("next", "bel_2", &[2; 32], &Scope::default()).await.unwrap();
    assert_eq!(used_at(&house).await, before);

    was_used(&house, 61).await;
    house.store.publisher_of(&[1; 32]).await.unwrap();
    while used_at(&house).await <= before {
        tokio::task::yield_now().await;
    }
}

/// Makes the use of tokens look this long ago.
async fn was_used(house: &House, seconds: u32) {
    let ago = house.database.ago(seconds);
    house.database.tamper(&format!("update tokens set used_at = {ago}")).await;
}

#[tokio::test]
async fn a_lookup_does_not_wait_for_the_note() {
    let house = House::new().await;
    house.store.add_token("ci", "bel_1", &[1; 32], &Scope::default()).await.unwrap();
    let mut other = house.database.connect().await;
    other.hold_writers().await;
    // The note would wait five seconds for the lock and then fail.
    let lookup = timeout(Duration::from_secs(2), house.store.publisher_of(&[1; 32])).await.unwrap();
    assert_eq!(lookup.unwrap().unwrap().name, "ci");
    assert_eq!(house.store.tokens().await.unwrap()[0].used_at, None);
    other.let_go().await;
    used_at(&house).await;
}

#[tokio::test]
async fn a_scope_is_kept_with_its_token() {
    let house = House::new().await;
    let scope = Scope {
        kinds: vec![Pattern::kind("build.*").unwrap(), Pattern::kind("déployé").unwrap()],
        recipients: vec![Pattern::recipient("ada").unwrap()],
    };
    assert!(house.store.add_token("ci", "bel_1", &[1; 32], &scope).await.unwrap());
    assert_eq!(house.store.publisher_of(&[1; 32]).await.unwrap().unwrap().scope, scope);
    assert_eq!(house.store.tokens().await.unwrap()[0].scope, scope);
}

#[tokio::test]
async fn a_token_whose_scope_cannot_be_read_lets_nobody_raise_anything() {
    let house = House::new().await;
    house.store.add_token("ci", "bel_1", &[1; 32], &Scope::default()).await.unwrap();
    for scope in ["", "{}", "null", r#"{"kinds":[]}"#, r#"{"kinds":[],"recipients":[],"hosts":["a"]}"#] {
        house.database.tamper(&format!("update tokens set scope = '{scope}'")).await;
        assert!(house.store.publisher_of(&[1; 32]).await.is_err(), "{scope}");
    }
}

#[tokio::test]
async fn of_many_tokens_the_good_ones_are_told_apart() {
    let house = House::new().await;
    for (name, hash) in [("ci", [1; 32]), ("shop", [2; 32]), ("old", [3; 32])] {
        house.store.add_token(name, "bel_", &hash, &Scope::default()).await.unwrap();
    }
    assert!(house.store.revoke_token("old").await.unwrap());
    let good = house.store.good_tokens(&[[1; 32], [3; 32], [4; 32]]).await.unwrap();
    assert_eq!(good, [[1; 32]].into());
    assert!(house.store.good_tokens(&[]).await.unwrap().is_empty());
}
