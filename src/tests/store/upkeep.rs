//! What becomes of what was kept long enough.

use std::time::Duration;

use belfry::{
    domain::{Act, Place, Position, What},
    server::store::{MOST_REPLAYED, Raised, Replay, Retention, Shortened},
};
use tokio::time::timeout;

use super::support::{House, fresh, keyed, new, user};
use crate::support::database::Database;

const DAY: u32 = 24 * 60 * 60;

impl House {
    /// Makes something of some alerts so many days older.
    async fn age(&self, column: &str, days: u32, which: &str) {
        let ago = self.database.ago(days * DAY);
        self.database.tamper(&format!("update alerts set {column} = {ago} where {which}")).await;
    }

    /// The revisions, counts and creation revisions of what leaves.
    async fn retired(&self) -> Vec<(u32, u32)> {
        let changes = self.store.retire(&Retention::default()).await.unwrap();
        assert!(changes.iter().all(|change| change.what == What::Expired && change.alerts.is_empty()));
        changes.iter().map(|change| (change.position.revision, change.counts.unread)).collect()
    }

    /// Makes the whole log so many days old and shortens it by one piece.
    async fn shorten(&self, days: u32) -> Shortened {
        let ago = self.database.ago(days * DAY);
        self.database.tamper(&format!("update changes set created_at = {ago}")).await;
        self.store.shorten(&Retention::default(), None).await.unwrap()
    }

    async fn log_length(&self) -> usize {
        self.database.connect().await.log(&user("ada")).await.len()
    }
}

#[tokio::test]
async fn what_was_put_away_long_ago_leaves_by_a_change_of_its_own_and_is_kept_until_then() {
    let house = House::new().await;
    let ada = user("ada");
    for id in house.raise_some(&ada, 2).await {
        house.act(&ada, id, Act::Archive).await;
    }
    for (days, revision) in [(91, 1), (89, 2)] {
        for column in ["expired_at", "created_at"] {
            house.age(column, days, &format!("created_revision = {revision}")).await;
        }
    }
    assert_eq!(house.store.forget(&Retention::default()).await.unwrap(), 0);
    assert_eq!(house.retired().await, [(5, 0)]);
    assert_eq!((house.at(&ada, Place::Archive).await.len(), house.counts(&ada).await.archived), (1, 1));
}

#[tokio::test]
async fn what_was_read_long_ago_leaves_by_a_change_of_its_own() {
    let house = House::new().await;
    let ada = user("ada");
    let ids = house.raise_some(&ada, 3).await;
    for id in &ids[..2] {
        house.mark(&ada, *id, true).await;
    }
    house.age("read_at", 91, "created_revision = 1").await;
    house.age("read_at", 89, "created_revision = 2").await;
    let before = house.head(&ada).await;
    assert_eq!(house.inbox(&ada).await.len(), 3, "time alone changes nothing");
    assert_eq!(house.retired().await, [(6, 1)]);
    let left: Vec<_> = house.inbox(&ada).await.iter().map(|alert| alert.id).collect();
    assert_eq!((left, house.unread(&ada).await), (vec![ids[2], ids[1]], 1));
    let told = house.changes_after(&ada, before).await;
    assert_eq!(
        told.iter().map(|it| (it.ids.clone(), &it.what)).collect::<Vec<_>>(),
        [(vec![ids[0]], &What::Expired)]
    );
    assert_eq!(house.retired().await, []);
}

#[tokio::test]
async fn what_was_unread_for_too_long_leaves_and_is_not_counted_any_more() {
    let house = House::new().await;
    let ada = user("ada");
    house.raise_some(&ada, 3).await;
    house.age("created_at", 366, "created_revision <= 2").await;
    assert_eq!(house.retired().await, [(4, 2), (5, 1)]);
    assert_eq!((house.inbox(&ada).await.len(), house.unread(&ada).await), (1, 1));
}

#[tokio::test]
async fn what_is_marked_unread_again_is_kept_as_long_as_a_new_alert() {
    let house = House::new().await;
    let ada = user("ada");
    let id = house.raise_some(&ada, 1).await[0];
    house.age("created_at", 400, "true").await;
    house.mark(&ada, id, true).await;
    assert_eq!(house.retired().await, [], "it was read a moment ago");
    house.mark(&ada, id, false).await;
    assert_eq!(house.retired().await, []);
    house.age("unread_at", 366, "true").await;
    assert_eq!(house.retired().await, [(4, 0)]);
}

#[tokio::test]
async fn what_is_marked_unread_while_it_is_about_to_leave_stays() {
    let house = House::on(Database::on_server()).await;
    let (ada, bob) = (user("ada"), user("bob"));
    let (hers, his) = (house.raise_some(&ada, 1).await[0], house.raise_some(&bob, 1).await[0]);
    house.mark(&ada, hers, true).await;
    house.mark(&bob, his, true).await;
    house.age("read_at", 100, "user_id = 'ada'").await;
    house.age("read_at", 99, "user_id = 'bob'").await;
    // Whoever holds her alert holds up what was found to be old, his among it.
    let mut other = house.database.connect().await;
    other.run("begin; select from alerts where user_id = 'ada' for update").await;
    let store = house.store.clone();
    let retiring = tokio::spawn(async move { store.retire(&Retention::default()).await.unwrap() });
    let mut look = house.database.connect().await;
    let waits = "select count(*)::text from pg_locks where not granted";
    let waited = async { while look.text(waits).await == "0" {} };
    timeout(Duration::from_secs(10), waited).await.unwrap();
    house.mark(&bob, his, false).await;
    other.let_go().await;
    assert_eq!(retiring.await.unwrap().iter().map(|it| it.ids[0]).collect::<Vec<_>>(), [hers]);
    assert_eq!((house.inbox(&bob).await.len(), house.unread(&bob).await), (1, 1));
}

#[tokio::test]
async fn what_remains_of_an_alert_goes_with_its_key_and_not_before() {
    let house = House::new().await;
    let ada = user("ada");
    let sent = keyed(&ada, "k");
    let first = house.raise(&sent).await.ids[0];
    let forget = async || house.store.forget(&Retention::default()).await.unwrap();
    assert_eq!(forget().await, 0, "it is in the inbox");
    house.database.make_due("true").await;
    house.store.fall_due().await.unwrap();
    house.age("expired_at", 6, "true").await;
    assert_eq!(forget().await, 0);
    let again = house.store.raise("test", fresh(), &sent).await.unwrap();
    assert!(matches!(again, Raised::Again(alert) if alert.id == first));
    house.age("expired_at", 8, "true").await;
    assert_eq!((forget().await, forget().await), (1, 0));
    let keys = house.database.connect().await.text("select cast(count(*) as text) from idempotency").await;
    assert_eq!(keys, "0");
    assert_ne!(new(house.store.raise("test", fresh(), &sent).await.unwrap()).ids, [first]);
}

#[tokio::test]
async fn much_is_forgotten_two_hundred_at_a_time() {
    let house = House::new().await;
    house.fill(&user("ada"), 201).await;
    house.age("expired_at", 8, "true").await;
    let forget = async || house.store.forget(&Retention::default()).await.unwrap();
    assert_eq!((forget().await, forget().await, forget().await), (200, 1, 0));
}

#[tokio::test]
async fn of_an_old_log_the_changes_that_may_be_replayed_stay() {
    let house = House::new().await;
    let ada = user("ada");
    house.raise_some(&ada, 303).await;
    assert_eq!(house.shorten(6).await.changes, 0);
    assert_eq!(house.shorten(8).await, Shortened { changes: 3, last: None });
    assert_eq!(house.shorten(8).await.changes, 0);
    assert_eq!(house.log_length().await, MOST_REPLAYED as usize);
    let head = house.head(&ada).await;
    let back = |by| Position { revision: head.revision - by, ..head };
    assert_eq!(house.changes_after(&ada, back(MOST_REPLAYED)).await.len(), MOST_REPLAYED as usize);
    let further = house.store.replay(&ada, Some(back(MOST_REPLAYED + 1))).await.unwrap();
    assert!(matches!(further, Replay::Reset(standing) if standing.position == head));
}

#[tokio::test]
async fn a_long_log_is_shortened_two_hundred_changes_at_a_time() {
    let house = House::new().await;
    let ada = user("ada");
    house.raise_some(&ada, 503).await;
    assert_eq!(house.shorten(8).await.changes, 200);
    assert_eq!(house.shorten(8).await.changes, 3);
    assert_eq!(house.log_length().await, MOST_REPLAYED as usize);
}

#[tokio::test]
async fn a_look_finds_what_changed_though_the_log_was_shortened_since() {
    let house = House::new().await;
    let ada = user("ada");
    house.raise_some(&ada, 1).await;
    let mark = house.store.log_end().await.unwrap();
    house.raise_some(&ada, 302).await;
    assert_eq!(house.shorten(8).await.changes, 3);
    let found = house.store.changed_since(&mark).await.unwrap();
    assert_eq!(found.heads, [(ada.clone(), house.head(&ada).await)]);
    house.raise_some(&ada, 1).await;
    let found = house.store.changed_since(&found.mark).await.unwrap();
    assert_eq!(found.heads, [(ada.clone(), house.head(&ada).await)]);
    assert_eq!(house.store.changed_since(&found.mark).await.unwrap().heads, []);
}

#[tokio::test]
async fn the_logs_of_many_inboxes_are_walked_five_hundred_at_a_time() {
    let house = House::new().await;
    let inbox = |table: &str, columns: &str, values: &str| {
        format!(
            "with recursive n(n) as (select 1 union all select n + 1 from n where n < 501)
             insert into {table} ({columns}) select {values} from n"
        )
    };
    let id = "substr(cast(10000 + n as text), 2)";
    house
        .database
        .tamper(&inbox("people", "id, name, created_at", &format!("{id}, 'x', {}", house.database.ago(0))))
        .await;
    house
        .database
        .tamper(&inbox("inboxes", "user_id, id, revision, unread", &format!("{id}, n, 0, 0")))
        .await;
    let walk = async |last: Option<&str>| house.store.shorten(&Retention::default(), last).await.unwrap();
    let first = walk(None).await;
    assert_eq!(first, Shortened { changes: 0, last: Some("0500".to_owned()) });
    assert_eq!(walk(first.last.as_deref()).await, Shortened { changes: 0, last: None });
}
