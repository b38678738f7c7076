//! Several people at once, each one's things in order.

use std::collections::HashMap;

use futures_util::{StreamExt, stream};

use crate::domain::UserId;

/// How many people are worked for at once. A few: others want the database too, and SQLite has one
/// writer.
const AT_ONCE: usize = 6;

/// Does all the work; its outcomes in no order.
pub(super) async fn each<T, O, F>(things: Vec<(UserId, T)>, work: impl Fn(UserId, Vec<T>) -> F) -> Vec<O>
where
    F: Future<Output = O>,
{
    let mut people: HashMap<UserId, Vec<T>> = HashMap::new();
    for (user, thing) in things {
        people.entry(user).or_default().push(thing);
    }
    let works = people.into_iter().map(|(user, things)| work(user, things));
    stream::iter(works).buffer_unordered(AT_ONCE).collect().await
}
