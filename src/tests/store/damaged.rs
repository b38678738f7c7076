//! Work that goes through many rows: what is damaged among them stays as it is, and the others are done.

use std::time::Duration;

use belfry::{
    domain::{Change, UserId, What},
    server::store::{Retention, right_of_session},
};

use super::support::{House, alert, user};
use crate::support::database::Database;

/// What can be wrong with an inbox, as assignments.
const DAMAGES: [&str; 4] =
    ["revision = 5000000000", "unread = 5000000000", "unread = 0", "unseen = 0, counted_at = revision"];

/// More than is looked at in one piece.
const MANY: usize = 150;

/// Whose changes these are, and what happened.
fn told(changes: &[Change]) -> Vec<(&str, &What)> {
    changes.iter().map(|change| (change.user.as_str(), &change.what)).collect()
}

impl House {
    /// A house with a damaged inbox of bob's in it that has many alerts, and one alert of ada's.
    async fn with_damage(damage: &str) -> Self {
        let house = Self::new().await;
        house.fill(&user("bob"), MANY).await;
        house.raise(&alert(&user("ada"))).await;
        house.damage_inbox(&user("bob"), damage).await;
        house
    }

    async fn damage_inbox(&self, owner: &UserId, damage: &str) {
        self.database.tamper(&format!("update inboxes set {damage} where user_id = '{owner}'")).await;
    }

    /// Sets a time of all alerts: bob's longest ago.
    async fn age_all(&self, column: &str, days: u32) {
        for (owner, days) in [("bob", days + 1), ("ada", days)] {
            let ago = self.database.ago(days * 24 * 60 * 60);
            self.database
                .tamper(&format!("update alerts set {column} = {ago} where user_id = '{owner}'"))
                .await;
        }
    }
}

#[tokio::test]
async fn what_is_due_in_a_damaged_inbox_keeps_nothing_from_expiring_in_others() {
    for damage in DAMAGES {
        let house = House::with_damage(damage).await;
        house.age_all("expires_at", 1).await;
        assert_eq!(told(&house.store.fall_due().await.unwrap()), [("ada", &What::Expired)], "{damage}");
        assert_eq!(house.store.fall_due().await.unwrap(), [], "{damage}");
        assert_eq!(house.unread(&user("ada")).await, 0, "{damage}");
    }
}

#[tokio::test]
async fn what_is_old_in_a_damaged_inbox_keeps_nothing_from_retiring_in_others() {
    for damage in DAMAGES {
        let house = House::with_damage(damage).await;
        house.age_all("created_at", 366).await;
        let retire = async || house.store.retire(&Retention::default()).await.unwrap();
        assert_eq!(told(&retire().await), [("ada", &What::Expired)], "{damage}");
        assert_eq!(retire().await, [], "{damage}");
    }
}

#[tokio::test]
async fn what_can_leave_a_damaged_inbox_leaves_it() {
    let house = House::with_damage("unread = 7").await;
    house.age_all("expires_at", 1).await;
    let changes = house.store.fall_due().await.unwrap();
    assert_eq!(told(&changes), [("bob", &What::Expired); 7]);
    assert_eq!(told(&house.store.fall_due().await.unwrap()), [("ada", &What::Expired)]);
}

#[tokio::test]
async fn a_damaged_inbox_is_left_alone_from_the_first_alert_that_cannot_leave_it() {
    let house = House::with_damage("unread = 0").await;
    house.database.tamper("update alerts set read_at = created_at where created_revision = 2").await;
    // It is not counted, so it could leave; but to find that out costs a try in vain for each before it.
    house.database.make_due("true").await;
    assert_eq!(told(&house.store.fall_due().await.unwrap()), [("ada", &What::Expired)]);
    assert_eq!(house.store.fall_due().await.unwrap(), []);
}

#[tokio::test]
async fn a_damaged_inbox_keeps_no_log_from_being_shortened() {
    let house = House::new().await;
    house.raise_some(&user("ada"), 301).await;
    house.raise_some(&user("aaa"), 1).await;
    // Beyond it there are no numbers to count with.
    house.damage_inbox(&user("aaa"), "revision = 9223372036854775807").await;
    house.database.tamper("update changes set revision = 9223372036854775807 where user_id = 'aaa'").await;
    house
        .database
        .tamper(&format!("update changes set created_at = {}", house.database.ago(8 * 24 * 60 * 60)))
        .await;
    let retention = Retention { log: Duration::from_secs(60), ..Retention::default() };
    assert_eq!(house.store.shorten(&retention, None).await.unwrap().changes, 1);
}

#[tokio::test]
async fn a_session_that_cannot_be_ended_keeps_no_other_from_it() {
    for damage in &DAMAGES[..2] {
        let house = House::with_damage(damage).await;
        for (id, owner, ago) in [("his", "bob", 3), ("hers", "ada", 2)] {
            house.sign_in_before(id, &user(owner), ago).await;
        }
        let ended = What::RightEnded(right_of_session("hers"));
        assert_eq!(told(&house.store.drop_expired_sessions().await.unwrap()), [("ada", &ended)], "{damage}");
        assert_eq!(house.store.drop_expired_sessions().await.unwrap(), [], "{damage}");
        assert_eq!(house.store.load_session("his").await.unwrap(), None, "{damage}");
    }
}

#[tokio::test]
async fn a_damaged_session_keeps_no_other_from_being_found() {
    let house = House::with_damage("id = 7").await;
    for (id, owner) in [("his", "bob"), ("hers", "ada")] {
        house.sign_in(id, &user(owner)).await;
    }
    let damage = match house.database {
        Database::File(_) => "update sessions set data = cast(x'ff' as text) where user_id = 'bob'",
        Database::Server(_) => {
            "alter table sessions alter data drop not null; update sessions set data = null where user_id = 'bob'"
        }
    };
    house.database.tamper(damage).await;
    let rights = ["his", "hers"].map(right_of_session);
    let found = house.store.sessions(&rights).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|(right, held)| (right, held.data)).collect();
    assert_eq!(found, [(right_of_session("hers"), "hers".to_owned())]);
}
