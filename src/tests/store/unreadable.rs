//! Rows that this program cannot have written: they are passed over, and everything else goes on.

use belfry::{
    domain::{Act, Alert, AlertId, Filter, Position, UserId, What},
    server::store::{List, Raised, Replay, Window},
};

use super::support::{House, alert, fresh, keyed, list, user};
use crate::support::database::Database;

/// What can be wrong with an alert, as assignments.
fn damages(database: &Database) -> Vec<String> {
    let long = "x".repeat(20_000);
    let mut damages = [
        "severity = 'LOUD'",
        "actor = '{'",
        "actor = '\"Grace\"'",
        "data = 'nothing'",
        "revision = -1",
        "revision = 5000000000",
    ]
    .map(str::to_owned)
    .to_vec();
    damages.extend(["title", "body", "link"].map(|column| format!("{column} = '{long}'")));
    damages.push(format!("data = '{}1{}'", "[".repeat(200), "]".repeat(200)));
    match database {
        Database::File(_) => damages.extend(
            ["created_at = 99999999999999999", "read_at = -99999999999999", "body = cast(x'ff' as text)"]
                .map(str::to_owned),
        ),
        Database::Server(_) => damages.extend(
            ["created_at = 'infinity'", "expires_at = '20000-01-01'", "expires_at = '-infinity'"]
                .map(str::to_owned),
        ),
    }
    damages
}

impl House {
    async fn damage(&self, how: &str, user: &UserId, revision: u32) {
        let which = format!("user_id = '{user}' and created_revision = {revision}");
        self.database.tamper(&format!("update alerts set {how} where {which}")).await;
    }

    /// The inbox a page at a time, from both ends.
    async fn walk(&self, user: &UserId) -> [Vec<AlertId>; 2] {
        let (mut down, mut up) = (Vec::new(), Vec::new());
        let (mut after, mut before) = (None, None);
        loop {
            let page = self.page(user, Window::First { count: 2, after, before: None }).await;
            after = page.0.last().map(|alert| alert.created_revision);
            down.extend(page.0.iter().map(|alert| alert.id));
            if !page.1 {
                break;
            }
        }
        loop {
            let page = self.page(user, Window::Last { count: 2, after: None, before }).await;
            before = page.0.first().map(|alert| alert.created_revision);
            up.extend(page.0.iter().rev().map(|alert| alert.id));
            if !page.1 {
                return [down, up];
            }
        }
    }

    /// A page, and whether it is followed by another in its direction.
    async fn page(&self, user: &UserId, window: Window) -> (Vec<Alert>, bool) {
        let list = List { filter: Filter::default(), window };
        let found = self.store.snapshot(user, &[list]).await.unwrap().lists.remove(0);
        let more = if matches!(window, Window::First { .. }) { found.has_next } else { found.has_previous };
        assert!(!found.alerts.is_empty() || !more, "an empty page that is not the last");
        (found.alerts, more)
    }
}

#[tokio::test]
async fn an_alert_with_any_damage_is_left_out_and_the_others_are_there() {
    let house = House::new().await;
    for (number, damage) in damages(&house.database).iter().enumerate() {
        let user = user(&format!("user{number}"));
        let start = house.head(&user).await;
        let ids = house.raise_some(&user, 3).await;
        house.damage(damage, &user, 2).await;
        let left: Vec<_> = house.inbox(&user).await.iter().map(|alert| alert.id).collect();
        assert_eq!(left, [ids[2], ids[0]], "{damage}");
        assert_eq!(house.unread(&user).await, 3, "{damage}");
        assert_eq!(house.store.alert(&user, ids[1]).await.unwrap(), None, "{damage}");
        assert_eq!(house.store.alerts(&user, &ids).await.unwrap().len(), 2, "{damage}");
        assert!(house.store.mark(&user, ids[1], Act::Read, &[]).await.unwrap().is_none(), "{damage}");
        let told = house.changes_after(&user, start).await;
        let told: Vec<_> = told.iter().map(|it| (it.counts.unread, it.alerts.len())).collect();
        assert_eq!(told, [(1, 1), (2, 0), (3, 1)], "{damage}");
    }
}

#[tokio::test]
async fn pages_lead_past_damaged_alerts_and_end() {
    for damaged in [[6, 5, 4], [1, 2, 3], [2, 4, 6], [5, 3, 1], [3, 4, 5]] {
        let (house, ada) = (House::new().await, user("ada"));
        let mut ids = house.raise_some(&ada, 6).await;
        for revision in damaged {
            house.damage("severity = 'LOUD'", &ada, revision).await;
        }
        ids = (1..).zip(ids).filter(|(it, _)| !damaged.contains(it)).map(|(_, id)| id).collect();
        let up = ids.clone();
        ids.reverse();
        assert_eq!(house.walk(&ada).await, [ids, up], "{damaged:?}");
    }
}

#[tokio::test]
async fn all_read_takes_the_damaged_ones_out_of_the_count() {
    let (house, ada) = (House::new().await, user("ada"));
    let ids = house.raise_some(&ada, 3).await;
    house.damage("data = '{'", &ada, 2).await;
    let head = house.head(&ada).await;
    let marked = house.store.mark_all(&ada, head, &Filter::default(), &[]).await.unwrap().unwrap();
    let change = marked.change.unwrap();
    assert_eq!((change.ids, change.alerts.len(), change.counts.unread), (ids, 2, 0));
}

#[tokio::test]
async fn a_damaged_alert_falls_due_like_another() {
    let (house, ada) = (House::new().await, user("ada"));
    house.raise_some(&ada, 1).await;
    house.damage("data = '{'", &ada, 1).await;
    house.database.make_due("true").await;
    assert_eq!(house.store.fall_due().await.unwrap().len(), 1);
    assert_eq!(house.unread(&ada).await, 0);
}

#[tokio::test]
async fn the_key_of_a_damaged_alert_is_taken() {
    let (house, ada) = (House::new().await, user("ada"));
    house.raise(&keyed(&ada, "k")).await;
    house.damage("actor = '{'", &ada, 1).await;
    assert_eq!(house.store.raise("test", fresh(), &keyed(&ada, "k")).await.unwrap(), Raised::KeyTaken);
}

#[tokio::test]
async fn before_a_damaged_change_there_is_a_reset_and_after_it_none() {
    let house = House::new().await;
    let ids = match house.database {
        Database::File(_) => "alert_ids = x'00'",
        Database::Server(_) => "alert_ids = '{null}'",
    };
    let damages =
        ["what = 'juggled'", "what = 'read', subject = 'x'", "unread = -1", "unread = 5000000000", ids];
    for (number, damage) in damages.into_iter().enumerate() {
        let user = user(&format!("user{number}"));
        let start = house.head(&user).await;
        house.raise_some(&user, 3).await;
        let which = format!("user_id = '{user}' and revision = 2");
        house.database.tamper(&format!("update changes set {damage} where {which}")).await;
        let head = house.store.standing(&user).await.unwrap();
        assert_eq!(house.store.replay(&user, Some(start)).await.unwrap(), Replay::Reset(head), "{damage}");
        let after = Position { revision: 2, ..start };
        assert_eq!(house.changes_after(&user, after).await.len(), 1, "{damage}");
    }
}

#[tokio::test]
async fn a_change_beyond_the_head_is_not_replayed() {
    let (house, ada) = (House::new().await, user("ada"));
    house.raise_some(&ada, 2).await;
    let head = house.head(&ada).await;
    house.database.tamper("update changes set revision = 9 where revision = 2").await;
    let replay = house.store.replay(&ada, Some(Position { revision: 1, ..head })).await.unwrap();
    assert!(matches!(replay, Replay::Reset(_)), "{replay:?}");
}

/// An inbox of somebody who cannot be a user, with a change in it and more alerts due than are looked at.
async fn make_stranger(house: &House) {
    let now = house.database.ago(0);
    house
        .database
        .tamper(&format!("insert into people (id, name, created_at) values ('n o', 'x', {now})"))
        .await;
    house
        .database
        .tamper("insert into inboxes (user_id, id, revision, unread) values ('n o', 1, 0, 0)")
        .await;
    house.database.fill("n o", 101).await;
    let (what, ids) =
        ("'right_ended'", if matches!(house.database, Database::File(_)) { "x''" } else { "'{}'" });
    house
        .database
        .tamper(&format!(
            "insert into changes (user_id, revision, what, alert_ids, unread, created_at)
             values ('n o', 101, {what}, {ids}, 101, {now})"
        ))
        .await;
}

#[tokio::test]
async fn a_look_passes_over_who_cannot_be_a_user() {
    let (house, ada) = (House::new().await, user("ada"));
    let mark = house.store.log_end().await.unwrap();
    make_stranger(&house).await;
    house.raise_some(&ada, 1).await;
    let found = house.store.changed_since(&mark).await.unwrap();
    assert_eq!((found.heads, found.ended), (vec![(ada.clone(), house.head(&ada).await)], vec![]));
    assert_eq!(house.store.changed_since(&found.mark).await.unwrap().heads, []);
}

#[tokio::test]
async fn what_is_due_to_who_cannot_be_a_user_keeps_nobody_from_what_is_due_to_them() {
    let (house, ada) = (House::new().await, user("ada"));
    make_stranger(&house).await;
    house.database.make_due("true").await;
    house.raise(&alert(&ada)).await;
    house
        .database
        .tamper(&format!("update alerts set expires_at = {} where user_id = 'ada'", house.database.ago(1)))
        .await;
    let changes = house.store.fall_due().await.unwrap();
    assert_eq!(changes.iter().map(|it| (&it.user, &it.what)).collect::<Vec<_>>(), [(&ada, &What::Expired)]);
}

#[tokio::test]
async fn an_inbox_beyond_all_numbers_keeps_nobody_from_theirs() {
    let (house, ada) = (House::new().await, user("ada"));
    let mark = house.store.log_end().await.unwrap();
    house.raise_some(&user("bob"), 1).await;
    house.raise_some(&ada, 1).await;
    house.database.tamper("update inboxes set revision = 5000000000 where user_id = 'bob'").await;
    house.database.tamper("update changes set revision = 5000000000 where user_id = 'bob'").await;
    let head = house.head(&ada).await;
    assert_eq!(house.store.heads(&[ada.clone(), user("bob")]).await.unwrap(), [(ada.clone(), head)].into());
    assert_eq!(house.store.changed_since(&mark).await.unwrap().heads, [(ada.clone(), head)]);
    assert_eq!(
        house.store.snapshot(&ada, &[list(Filter::default(), 9)]).await.unwrap().lists[0].alerts.len(),
        1
    );
}
