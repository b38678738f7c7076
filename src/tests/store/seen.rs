//! What is unseen: unread, and newer than what its reader looked at last.

use belfry::{
    domain::{Act, AlertId, Counts, Position, UserId, What},
    server::store::{Marked, Raised},
};

use super::support::{House, alert, fresh, unread, user};

/// A house in which ada has some alerts, and their ids.
async fn with_alerts(count: usize) -> (House, UserId, Vec<AlertId>) {
    let house = House::new().await;
    let ada = user("ada");
    let ids = house.raise_some(&ada, count).await;
    (house, ada, ids)
}

impl House {
    /// How many are unseen, and how many unread.
    async fn unseen_and_unread(&self, user: &UserId) -> (u32, u32) {
        let counts = self.counts(user).await;
        (counts.unseen, counts.unread)
    }

    /// Its reader looks at the inbox as it is now.
    async fn look(&self, user: &UserId) -> Marked {
        self.store.see(user, self.head(user).await, &[]).await.unwrap().unwrap()
    }

    /// Reads an alert as a version of before does, which knows nothing of what is unseen; so many are unread then.
    async fn read_as_before(&self, user: &UserId, created: u32, unread: u32) {
        let (no_ids, now) = (self.database.no_ids(), self.database.ago(0));
        for sql in [
            format!("update inboxes set revision = revision + 1, unread = {unread} where user_id = '{user}'"),
            format!(
                "insert into changes (user_id, revision, unread, what, alert_ids, created_at)
                 select user_id, revision, unread, 'all_read', {no_ids}, {now} from inboxes where user_id = '{user}'"
            ),
            format!("update alerts set read_at = {now} where created_revision = {created} and user_id = '{user}'"),
        ] {
            self.database.tamper(&sql).await;
        }
    }
}

#[tokio::test]
async fn what_is_raised_is_unseen_until_its_reader_looks() {
    let (house, ada, _) = with_alerts(2).await;
    assert_eq!(house.unseen_and_unread(&ada).await, (2, 2));
    let seen = house.look(&ada).await;
    let change = seen.change.unwrap();
    assert_eq!((change.position.revision, &change.what, &change.ids[..]), (3, &What::Seen(2), &[][..]));
    assert_eq!((change.counts, seen.alert), (seen.inbox.standing.counts, None));
    assert_eq!(house.unseen_and_unread(&ada).await, (0, 2));
    house.raise_some(&ada, 1).await;
    assert_eq!(house.unseen_and_unread(&ada).await, (1, 3));
}

#[tokio::test]
async fn what_came_after_the_position_stays_unseen() {
    let (house, ada, _) = with_alerts(1).await;
    let position = house.head(&ada).await;
    house.raise_some(&ada, 2).await;
    let seen = house.store.see(&ada, position, &[]).await.unwrap().unwrap();
    assert_eq!((seen.inbox.standing.counts.unseen, house.unseen_and_unread(&ada).await), (2, (2, 3)));
}

#[tokio::test]
async fn to_look_again_makes_no_revision() {
    let (house, ada, ids) = with_alerts(2).await;
    house.mark(&ada, ids[0], true).await;
    let first = house.head(&ada).await;
    house.look(&ada).await;
    for position in [house.head(&ada).await, first] {
        let again = house.store.see(&ada, position, &[]).await.unwrap().unwrap();
        assert_eq!((again.change, again.inbox.standing.position.revision), (None, 4));
    }
    assert_eq!(house.unseen_and_unread(&ada).await, (0, 1));
}

#[tokio::test]
async fn a_position_of_no_such_inbox_sees_nothing() {
    let (house, ada, _) = with_alerts(1).await;
    let head = house.head(&ada).await;
    let ahead = Position { revision: head.revision + 1, ..head };
    let elsewhere = Position { inbox: head.inbox.wrapping_add(1), ..head };
    for position in [ahead, elsewhere] {
        assert_eq!(house.store.see(&ada, position, &[]).await.unwrap(), None);
    }
    assert_eq!(house.store.see(&user("nobody"), head, &[]).await.unwrap(), None);
    assert_eq!(house.unseen_and_unread(&ada).await, (1, 1));
}

#[tokio::test]
async fn what_is_read_or_taken_away_is_not_unseen_and_is_again_when_that_is_taken_back() {
    let (house, ada, ids) = with_alerts(3).await;
    house.look(&ada).await;
    let new = house.raise_some(&ada, 2).await;
    house.mark(&ada, ids[0], true).await;
    assert_eq!(house.unseen_and_unread(&ada).await, (2, 4), "one that was seen before");
    for act in [Act::Read, Act::Archive, Act::Delete] {
        house.act(&ada, new[0], act).await;
        assert_eq!(house.unseen_and_unread(&ada).await, (1, 3), "{act:?}");
        house.act(&ada, new[0], if act == Act::Read { Act::Unread } else { Act::Restore }).await;
        assert_eq!(house.unseen_and_unread(&ada).await, (2, 4), "{act:?}");
    }
    house.mark(&ada, ids[0], false).await;
    assert_eq!(house.unseen_and_unread(&ada).await, (2, 5), "marked unread, and seen all the same");
}

#[tokio::test]
async fn to_read_all_leaves_nothing_unseen() {
    let (house, ada, _) = with_alerts(2).await;
    house.look(&ada).await;
    house.raise_some(&ada, 3).await;
    let head = house.head(&ada).await;
    let marked = house.store.mark_all(&ada, head, &unread(), &[]).await.unwrap().unwrap();
    assert_eq!((marked.change.unwrap().ids.len(), house.unseen_and_unread(&ada).await), (5, (0, 0)));
}

#[tokio::test]
async fn what_falls_due_is_not_unseen_and_what_comes_back_is() {
    let (house, ada, ids) = with_alerts(3).await;
    let until = time::OffsetDateTime::UNIX_EPOCH + time::Duration::days(40_000);
    house.act(&ada, ids[0], Act::Snooze(until)).await;
    house.look(&ada).await;
    let new = house.raise_some(&ada, 1).await;
    house.database.make_waking("true").await;
    house.store.fall_due().await.unwrap();
    assert_eq!(house.unseen_and_unread(&ada).await, (2, 4));
    house.database.make_due("created_revision <= 3").await;
    house.store.fall_due().await.unwrap();
    assert_eq!(house.unseen_and_unread(&ada).await, (2, 2), "those were seen");
    house.database.make_due("true").await;
    house.store.fall_due().await.unwrap();
    assert_eq!(
        (house.unseen_and_unread(&ada).await, house.store.alert(&ada, new[0]).await.unwrap()),
        ((0, 0), None)
    );
}

/// A house in whose inbox of ada's a version of before read the second of three alerts, of which the first was seen.
async fn with_a_version_of_before() -> (House, UserId, Vec<AlertId>) {
    let (house, ada, ids) = with_alerts(3).await;
    let first = Position { revision: 1, ..house.head(&ada).await };
    house.store.see(&ada, first, &[]).await.unwrap();
    house.read_as_before(&ada, 2, 2).await;
    (house, ada, ids)
}

#[tokio::test]
async fn what_a_version_of_before_wrote_is_counted_anew_by_whoever_asks() {
    let (house, ada, _) = with_a_version_of_before().await;
    assert_eq!(house.unseen_and_unread(&ada).await, (1, 2));
    let after = Position { revision: 4, ..house.head(&ada).await };
    let replayed = house.changes_after(&ada, after).await;
    assert_eq!(replayed.iter().map(|it| it.counts.unseen).collect::<Vec<_>>(), [1], "and whoever comes back");
}

#[tokio::test]
async fn what_a_version_of_before_wrote_is_counted_anew_by_whoever_writes() {
    let (house, ada, _) = with_a_version_of_before().await;
    let Raised::New(change) = house.store.raise("test", fresh(), &alert(&ada)).await.unwrap() else {
        panic!()
    };
    assert_eq!((change.counts.unseen, change.counts.unread), (2, 3));
    let (house, ada, ids) = with_a_version_of_before().await;
    let change = house.act(&ada, ids[2], Act::Archive).await.change.unwrap();
    assert_eq!((change.counts.unseen, change.counts.unread), (0, 1));
    let (house, ada, _) = with_a_version_of_before().await;
    let head = house.head(&ada).await;
    let marked = house.store.mark_all(&ada, head, &unread(), &[]).await.unwrap().unwrap();
    assert_eq!(marked.change.unwrap().counts, Counts::default());
    let (house, ada, _) = with_a_version_of_before().await;
    assert_eq!(house.look(&ada).await.change.unwrap().counts.unseen, 0);
    let (house, ..) = with_a_version_of_before().await;
    house.database.make_due("created_revision = 3").await;
    let counts = house.store.fall_due().await.unwrap()[0].counts;
    assert_eq!((counts.unseen, counts.unread), (0, 1));
    let (house, ada, _) = with_a_version_of_before().await;
    house.sign_in("s", &ada).await;
    let counts = house.store.end_session("s").await.unwrap().unwrap().counts;
    assert_eq!((counts.unseen, counts.unread), (1, 2));
}

#[tokio::test]
async fn a_change_of_the_version_just_before_keeps_the_numbers_it_said() {
    let (house, ada, ids) = with_alerts(2).await;
    let start = house.head(&ada).await;
    house.act(&ada, ids[0], Act::Archive).await;
    house.act(&ada, ids[0], Act::Restore).await;
    house.raise_some(&ada, 2).await;
    house.database.tamper("update changes set unseen = null where revision < 6").await;
    let told = house.changes_after(&ada, start).await;
    let told: Vec<_> =
        told.iter().map(|it| (it.counts.unseen, it.counts.unread, it.counts.archived)).collect();
    assert_eq!(told, [(1, 1, 1), (2, 2, 0), (3, 3, 0), (4, 4, 0)]);
}
