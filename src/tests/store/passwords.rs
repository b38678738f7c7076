//! Sessions and the password that was shown for them.

use belfry::server::store::NewSession;

use super::support::{House, LASTING, session, user};
use crate::support::database::Database;

#[tokio::test]
async fn no_session_is_made_for_a_password_that_is_another_by_now() {
    let house = House::new().await;
    let ada = user("ada");
    assert!(house.store.add_person(&ada, "Ada", None, "old").await.unwrap());
    let shown = |id, hash| NewSession { password_hash: Some(hash), ..session(id, &ada) };
    assert!(house.store.create_session(&shown("s1", "old"), LASTING).await.unwrap());
    house.store.set_password(&ada, "new", None).await.unwrap();
    assert!(!house.store.create_session(&shown("s2", "old"), LASTING).await.unwrap());
    assert!(house.store.create_session(&shown("s3", "new"), LASTING).await.unwrap());
}

#[tokio::test]
async fn a_sign_in_waits_for_a_change_of_the_password_that_is_under_way() {
    let house = House::on(Database::on_server()).await;
    let ada = user("ada");
    assert!(house.store.add_person(&ada, "Ada", None, "old").await.unwrap());
    let mut changing = house.database.connect().await;
    changing.run("begin; update people set password_hash = 'new' where id = 'ada'").await;
    let (store, owner) = (house.store.clone(), ada.clone());
    let signing_in = tokio::spawn(async move {
        let shown = NewSession { password_hash: Some("old"), ..session("s1", &owner) };
        store.create_session(&shown, LASTING).await.unwrap()
    });
    house.database.is_waited_for().await;
    changing.run("commit").await;
    assert!(!signing_in.await.unwrap());
    assert_eq!(house.left("s1").await, None);
}
