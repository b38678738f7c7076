//! The people of demo mode, and how the page says to sign in.

use super::{
    auth::password,
    store::{Store, StoreError},
};
use crate::domain::UserId;

/// The password of every demo person.
pub const PASSWORD: &str = "demo";

/// The demo people: id and name.
pub const PEOPLE: [(&str, &str); 3] =
    [("ada", "Ada Byron"), ("grace", "Grace Murray"), ("alan", "Alan Mathison")];

/// Whether somebody is one of them.
pub fn is_demo(user: &UserId) -> bool {
    PEOPLE.iter().any(|(id, _)| *id == user.as_str())
}

/// Makes the demo people that are missing. Whoever exists is left as they are.
///
/// # Errors
/// The store's.
pub async fn make_people(store: &Store) -> Result<(), StoreError> {
    for (id, name) in PEOPLE {
        let Ok(user) = id.parse::<UserId>() else { continue };
        if store.person(&user).await?.is_some() {
            continue;
        }
        let Ok(hash) = password::hash(PASSWORD.to_owned()).await else { continue };
        store.add_demo_person(&user, name, &hash).await?;
    }
    let made = store.demo_people().await?;
    let others = PEOPLE.map(|(id, _)| id).into_iter().filter(|id| !made.iter().any(|it| it.as_str() == *id));
    let others: Vec<_> = others.collect();
    if !others.is_empty() {
        let people = others.join(", ");
        tracing::warn!(people, "not made by demo mode: the demo password is not theirs");
    }
    Ok(())
}

/// Sees to it that nobody gets into a production server by a password that everybody knows: a
/// database of demo mode may be opened in production mode later.
///
/// # Errors
/// The store's.
pub async fn end(store: &Store) -> Result<(), StoreError> {
    let people = store.end_demo().await?;
    if !people.is_empty() {
        let people: Vec<_> = people.iter().map(UserId::as_str).collect();
        tracing::warn!(
            people = people.join(", "),
            "took the passwords and sessions of demo mode away; `belfry user add` gives new passwords"
        );
    }
    Ok(())
}
