use belfry::{
    domain::{Counts, Filter, Position, What},
    server::store::{MOST_REPLAYED, Mark, Replay, Standing, right_of_session},
};

use super::support::{House, alert, user};

async fn is_reset(house: &House, after: Option<Position>) -> bool {
    let head = house.store.standing(&user("ada")).await.unwrap();
    house.store.replay(&user("ada"), after).await.unwrap() == Replay::Reset(head)
}

#[tokio::test]
async fn nothing_is_replayed_at_the_head() {
    let house = House::new().await;
    house.raise_some(&user("ada"), 2).await;
    let head = house.head(&user("ada")).await;
    assert_eq!(house.changes_after(&user("ada"), head).await, []);
}

#[tokio::test]
async fn an_inbox_nobody_wrote_to_has_a_place_to_resume_from() {
    let house = House::new().await;
    let ada = user("ada");
    let Replay::Reset(standing) = house.store.replay(&ada, None).await.unwrap() else { panic!("no reset") };
    let Standing { position, counts, .. } = standing;
    assert_eq!(counts, Counts::default());
    assert_eq!((position.epoch, position.revision), (house.head(&user("bob")).await.epoch, 0));
    let change = house.raise(&alert(&ada)).await;
    assert_eq!(house.changes_after(&ada, position).await, [change]);
}

#[tokio::test]
async fn three_hundred_changes_are_replayed_and_one_more_resets() {
    let house = House::new().await;
    let ada = user("ada");
    let start = house.head(&ada).await;
    house.raise_some(&ada, MOST_REPLAYED as usize).await;
    let changes = house.changes_after(&ada, start).await;
    let revisions: Vec<_> = changes.iter().map(|it| it.position.revision).collect();
    assert_eq!(revisions, (1..=MOST_REPLAYED).collect::<Vec<_>>());
    assert!(
        changes
            .iter()
            .all(|change| change.alerts.len() == 1 && change.counts.unread == change.position.revision)
    );
    house.raise_some(&ada, 1).await;
    assert!(is_reset(&house, Some(start)).await);
}

#[tokio::test]
async fn a_position_the_log_cannot_continue_resets() {
    let house = House::new().await;
    house.raise_some(&user("ada"), 3).await;
    let head = house.head(&user("ada")).await;
    let strange = [
        None,
        Some(Position { epoch: head.epoch ^ 1, ..head }),
        Some(Position { inbox: head.inbox ^ 1, ..head }),
        Some(Position { revision: head.revision + 1, ..head }),
        Some(Position { revision: u32::MAX, ..head }),
        Some(house.head(&user("eve")).await),
    ];
    for after in strange {
        assert!(is_reset(&house, after).await, "{after:?}");
    }
}

#[tokio::test]
async fn a_position_below_the_logs_first_entry_resets() {
    let house = House::new().await;
    house.raise_some(&user("ada"), 3).await;
    let head = house.head(&user("ada")).await;
    house.database.tamper("delete from changes where revision = 1").await;
    assert!(is_reset(&house, Some(Position { revision: 0, ..head })).await);
    assert_eq!(house.changes_after(&user("ada"), Position { revision: 1, ..head }).await.len(), 2);
}

#[tokio::test]
async fn changes_of_an_alert_that_left_are_passed_over_but_its_leaving_is_not() {
    let house = House::new().await;
    let ada = user("ada");
    let start = house.head(&ada).await;
    let ids = house.raise_some(&ada, 2).await;
    house.mark(&ada, ids[0], true).await;
    house.database.make_due("created_revision = 1").await;
    house.store.fall_due().await.unwrap();
    let changes = house.changes_after(&ada, start).await;
    let told: Vec<_> =
        changes.iter().map(|it| (it.position.revision, it.what.clone(), it.counts.unread)).collect();
    assert_eq!(told, [(2, What::Raised, 2), (4, What::Expired, 1)]);
}

#[tokio::test]
async fn a_replayed_alert_is_as_it_stands_now() {
    let house = House::new().await;
    let ada = user("ada");
    let start = house.head(&ada).await;
    let id = house.raise_some(&ada, 1).await[0];
    let now = house.mark(&ada, id, true).await.alert.unwrap();
    let changes = house.changes_after(&ada, start).await;
    assert_eq!(changes.iter().map(|it| it.counts.unread).collect::<Vec<_>>(), [1, 0]);
    assert!(changes.iter().all(|change| change.alerts == [now.clone()]));
}

#[tokio::test]
async fn a_look_finds_the_heads_of_inboxes_that_changed_since_the_last_one() {
    let house = House::new().await;
    let (ada, bob) = (user("ada"), user("bob"));
    house.raise_some(&ada, 2).await;
    let mark = house.store.log_end().await.unwrap();
    assert_eq!(house.store.changed_since(&mark).await.unwrap().heads, []);
    house.raise_some(&bob, 3).await;
    house.raise_some(&ada, 1).await;
    let mut changed = house.store.changed_since(&mark).await.unwrap();
    changed.heads.sort_by_key(|(user, _)| user.clone());
    let heads = [(ada.clone(), house.head(&ada).await), (bob.clone(), house.head(&bob).await)];
    assert_eq!(changed.heads, heads);
    assert_eq!(house.store.changed_since(&changed.mark).await.unwrap().heads, []);
}

#[tokio::test]
async fn a_look_finds_the_rights_that_ended() {
    let house = House::new().await;
    let ada = user("ada");
    let mark = house.store.log_end().await.unwrap();
    house.sign_in("s1", &ada).await;
    house.store.end_session("s1").await.unwrap();
    let changed = house.store.changed_since(&mark).await.unwrap();
    assert_eq!(changed.ended, [(ada, right_of_session("s1"))]);
    assert_eq!(house.store.changed_since(&changed.mark).await.unwrap().ended, []);
}

#[tokio::test]
async fn heads_are_those_of_the_inboxes_asked_for_that_exist() {
    let house = House::new().await;
    let (ada, bob, cyd) = (user("ada"), user("bob"), user("cyd"));
    house.raise_some(&ada, 2).await;
    house.raise_some(&bob, 1).await;
    let heads = house.store.heads(&[ada.clone(), cyd]).await.unwrap();
    assert_eq!(heads, [(ada.clone(), house.head(&ada).await)].into());
}

#[tokio::test]
async fn all_nodes_of_a_store_have_one_key_and_another_store_has_another() {
    let (house, other) = (House::new().await, House::new().await);
    let key = house.store.news_key().await.unwrap();
    assert_eq!(house.database.open().await.news_key().await.unwrap(), key);
    assert_ne!(other.store.news_key().await.unwrap(), key);
}

#[tokio::test]
async fn a_look_says_when_the_store_is_not_what_its_mark_was_taken_of() {
    let house = House::new().await;
    house.raise_some(&user("ada"), 2).await;
    let Mark(mark) = house.store.log_end().await.unwrap();
    house.raise_some(&user("ada"), 2).await;
    let moved = async |mark: &str| house.store.changed_since(&Mark(mark.into())).await.unwrap().moved;
    assert!(!moved(&mark).await);
    match mark.split_once('@') {
        Some((seen, started)) => {
            assert!(moved(&format!("99999999:99999999:@{started}")).await);
            assert!(moved(&format!("{seen}@0")).await);
        }
        None => assert!(moved("99").await),
    }
}

#[tokio::test]
async fn of_many_alerts_the_first_are_replayed_and_the_next_replay_goes_on_from_there() {
    let house = House::new().await;
    let ada = user("ada");
    house.fill(&ada, 1_300).await;
    let before = house.head(&ada).await;
    for hundred in 1..=13 {
        let seen = Position { revision: hundred * 100, ..before };
        let marked = house.store.mark_all(&ada, seen, &Filter::default(), &[]).await.unwrap().unwrap();
        assert_eq!(marked.change.unwrap().ids.len(), 100);
    }
    let Replay::Portion(first) = house.store.replay(&ada, Some(before)).await.unwrap() else {
        panic!("all at once")
    };
    let rest = house.changes_after(&ada, first.last().unwrap().position).await;
    assert_eq!((first.len(), rest.len()), (10, 3));
    let revisions = first.iter().chain(&rest).map(|change| change.position.revision);
    assert_eq!(revisions.collect::<Vec<_>>(), (1_301..=1_313).collect::<Vec<_>>());
    assert!(first.iter().chain(&rest).all(|change| change.alerts.len() == 100));
}
