//! Browser sessions: how long they are good, and how they end.

use std::{collections::BTreeSet, time::Duration};

use belfry::{
    domain::{Change, What},
    server::store::{Lasting, NewSession, right_of_session},
};
use futures_util::future::join_all;

use super::support::{House, LASTING, session, user};

/// The rights whose ends these are.
fn rights(changes: &[Change]) -> BTreeSet<String> {
    let right = |change: &Change| match &change.what {
        What::RightEnded(right) => right.clone(),
        other => panic!("{other:?}"),
    };
    changes.iter().map(right).collect()
}

fn named<const N: usize>(ids: [&str; N]) -> BTreeSet<String> {
    ids.into_iter().map(right_of_session).collect()
}

impl House {
    /// How many seconds a session is good yet.
    pub(super) async fn left(&self, id: &str) -> Option<f64> {
        self.store.load_session(id).await.unwrap().map(|held| held.left.as_secs_f64())
    }

    async fn use_session(&self, id: &str, lasting: Lasting) {
        self.store.use_sessions(&[right_of_session(id)], lasting).await.unwrap();
    }

    async fn set(&self, column: &str, ago: u32) {
        self.database.tamper(&format!("update sessions set {column} = {}", self.database.ago(ago))).await;
    }
}

#[tokio::test]
async fn a_session_holds_what_it_was_made_with() {
    let house = House::new().await;
    house.sign_in("s1", &user("ada")).await;
    let ada = user("ada");
    let again = NewSession { data: "other", ..session("s1", &ada) };
    assert!(!house.store.create_session(&again, LASTING).await.unwrap());
    assert_eq!(house.store.load_session("s1").await.unwrap().unwrap().data, "s1");
    assert_eq!(house.store.load_session("s2").await.unwrap(), None);
}

#[tokio::test]
async fn an_expired_session_is_not_loaded_and_is_dropped() {
    let house = House::new().await;
    let store = &house.store;
    house.sign_in_before("old", &user("ada"), 2).await;
    house.sign_in("good", &user("ada")).await;
    assert_eq!(store.load_session("old").await.unwrap(), None);
    assert_eq!(rights(&store.drop_expired_sessions().await.unwrap()), named(["old"]));
    assert_eq!(store.drop_expired_sessions().await.unwrap(), []);
    assert!(store.load_session("good").await.unwrap().is_some());
    let left = house.database.connect().await.text("select cast(count(*) as text) from sessions").await;
    assert_eq!(left, "1");
}

#[tokio::test]
async fn a_session_is_good_for_a_while_after_its_last_use_and_no_longer_than_the_longest() {
    let house = House::new().await;
    house.sign_in("s1", &user("ada")).await;
    let left = house.left("s1").await.unwrap();
    assert!(left > 50.0 && left <= 60.0, "{left}");
    let lasting = Lasting { unused: Duration::from_secs(600), ..LASTING };
    house.use_session("s1", lasting).await;
    let left = house.left("s1").await.unwrap();
    assert!(left > 590.0 && left <= 600.0, "{left}");
    house.set("created_at", 3_500).await;
    house.use_session("s1", lasting).await;
    let left = house.left("s1").await.unwrap();
    assert!(left > 90.0 && left <= 100.0, "{left}");
}

#[tokio::test]
async fn a_new_session_is_good_no_longer_than_the_longest() {
    let house = House::new().await;
    let lasting = Lasting { longest: Duration::from_secs(30), ..LASTING };
    assert!(
        house.store.create_session(&NewSession { id: "s1", ..NewSession::default() }, lasting).await.unwrap()
    );
    assert!(house.left("s1").await.unwrap() <= 30.0);
}

#[tokio::test]
async fn no_use_brings_a_session_back() {
    let house = House::new().await;
    house.sign_in_before("expired", &user("ada"), 1).await;
    house.sign_in("ended", &user("ada")).await;
    house.store.end_session("ended").await.unwrap();
    for id in ["expired", "ended", "none"] {
        house.use_session(id, LASTING).await;
        assert_eq!(house.left(id).await, None, "{id}");
    }
}

#[tokio::test]
async fn a_use_is_to_be_noted_when_the_last_one_was_ten_minutes_ago() {
    let house = House::new().await;
    house.sign_in("s1", &user("ada")).await;
    let stale = async || house.store.load_session("s1").await.unwrap().unwrap().stale;
    for (ago, is) in [(0, false), (590, false), (600, true)] {
        house.set("used_at", ago).await;
        assert_eq!(stale().await, is, "{ago}");
    }
    house.use_session("s1", LASTING).await;
    assert!(!stale().await);
}

#[tokio::test]
async fn a_person_sees_their_good_sessions_and_the_last_used_first() {
    let house = House::new().await;
    let (ada, bob) = (user("ada"), user("bob"));
    house.sign_in_before("expired", &ada, 1).await;
    house.sign_in("idle", &ada).await;
    house.set("used_at", 900).await;
    let browser = NewSession { browser: Some("Firefox on Linux"), ..session("used", &ada) };
    assert!(house.store.create_session(&browser, LASTING).await.unwrap());
    house.sign_in("bobs", &bob).await;
    let seen = house.store.sessions_of(&ada).await.unwrap();
    let told: Vec<_> = seen.iter().map(|it| (it.right.clone(), it.browser.as_deref())).collect();
    assert_eq!(
        told,
        [(right_of_session("used"), Some("Firefox on Linux")), (right_of_session("idle"), None)]
    );
    assert_eq!(seen[0].created_at, seen[0].used_at);
    let idle = (seen[1].created_at - seen[1].used_at).whole_seconds();
    assert!((890..=900).contains(&idle), "{idle}");
}

#[tokio::test]
async fn a_right_lives_as_long_as_its_session() {
    let house = House::new().await;
    let (store, ada) = (&house.store, user("ada"));
    house.sign_in_before("old", &ada, 2).await;
    for id in ["good", "other"] {
        house.sign_in(id, &ada).await;
    }
    let rights = ["old", "good", "none", "other"].map(right_of_session);
    let living = async || store.sessions(&rights).await.unwrap().into_keys().collect::<BTreeSet<_>>();
    assert_eq!(living().await, named(["good", "other"]));
    store.end_session("good").await.unwrap();
    assert_eq!(living().await, named(["other"]));
}

#[tokio::test]
async fn the_end_of_a_session_takes_a_revision_of_its_person() {
    let house = House::new().await;
    let ada = user("ada");
    house.raise_some(&ada, 1).await;
    let before = house.head(&ada).await;
    house.sign_in("s1", &ada).await;
    let change = house.store.end_session("s1").await.unwrap().unwrap();
    assert_eq!(change.what, What::RightEnded(right_of_session("s1")));
    assert_eq!((change.user.clone(), change.position.revision, change.counts.unread), (ada.clone(), 2, 1));
    assert_eq!(house.changes_after(&ada, before).await, [change]);
    assert_eq!(house.store.load_session("s1").await.unwrap(), None);
    assert_eq!(house.store.end_session("s1").await.unwrap(), None);
}

#[tokio::test]
async fn a_session_that_expires_takes_a_revision_of_its_person() {
    let house = House::new().await;
    let (store, ada) = (&house.store, user("ada"));
    house.raise_some(&ada, 1).await;
    let before = house.head(&ada).await;
    house.sign_in_before("old", &ada, 2).await;
    house.sign_in("good", &ada).await;
    let changes = store.drop_expired_sessions().await.unwrap();
    assert_eq!(rights(&changes), named(["old"]));
    assert_eq!(house.changes_after(&ada, before).await, changes);
}

#[tokio::test]
async fn the_end_of_nobodys_session_changes_no_inbox() {
    let house = House::new().await;
    let mark = house.store.log_end().await.unwrap();
    let nobodys = NewSession { id: "s1", ..NewSession::default() };
    assert!(house.store.create_session(&nobodys, LASTING).await.unwrap());
    assert_eq!(house.store.end_session("s1").await.unwrap(), None);
    assert_eq!(house.store.load_session("s1").await.unwrap(), None);
    assert_eq!(house.store.changed_since(&mark).await.unwrap().heads, []);
}

#[tokio::test]
async fn only_ones_own_session_is_ended_by_its_name() {
    let house = House::new().await;
    let (ada, bob) = (user("ada"), user("bob"));
    house.sign_in("hers", &ada).await;
    let hers = right_of_session("hers");
    for (who, right) in [(&bob, hers.as_str()), (&ada, "hers"), (&ada, ""), (&ada, &right_of_session("x"))] {
        assert_eq!(house.store.end_session_of(who, right).await.unwrap(), None, "{right}");
    }
    assert!(house.left("hers").await.is_some());
    let ended = house.store.end_session_of(&ada, &hers).await.unwrap().unwrap();
    assert_eq!(rights(&[ended]), named(["hers"]));
    assert_eq!(house.left("hers").await, None);
}

#[tokio::test]
async fn all_sessions_of_a_person_end_or_all_but_one_each_with_a_revision() {
    let house = House::new().await;
    let (ada, bob) = (user("ada"), user("bob"));
    for (id, owner) in [("s1", &ada), ("s2", &ada), ("s3", &ada), ("his", &bob)] {
        house.sign_in(id, owner).await;
    }
    let before = house.head(&ada).await;
    let others = house.store.end_sessions_of(&ada, Some(&right_of_session("s2"))).await.unwrap();
    assert_eq!(rights(&others), named(["s1", "s3"]));
    assert_eq!(house.changes_after(&ada, before).await, others);
    let last = house.store.end_sessions_of(&ada, None).await.unwrap();
    assert_eq!((rights(&last), last[0].position.revision), (named(["s2"]), before.revision + 3));
    assert_eq!(house.store.end_sessions_of(&ada, None).await.unwrap(), []);
    assert!(house.left("his").await.is_some());
}

#[tokio::test]
async fn who_signs_in_again_and_again_keeps_the_hundred_used_last_and_the_new_one() {
    let house = House::new().await;
    let ada = user("ada");
    for number in 0..102 {
        house.sign_in(&format!("s{number}"), &ada).await;
    }
    house.set("used_at", 5).await;
    let made = right_of_session("made");
    house.sign_in("made", &ada).await;
    house.use_session("s0", LASTING).await;
    house.sign_in("other", &user("bob")).await;
    let ended = house.store.end_oldest_sessions_of(&ada, &made).await.unwrap();
    let left = house.store.sessions_of(&ada).await.unwrap();
    assert_eq!((rights(&ended).len(), left.len()), (3, 100));
    assert_eq!(left.iter().filter(|it| it.right == made || it.right == right_of_session("s0")).count(), 2);
    assert_eq!(house.store.end_oldest_sessions_of(&ada, &made).await.unwrap(), []);
    assert!(house.store.load_session("other").await.unwrap().is_some());
}

#[tokio::test]
async fn another_password_ends_all_sessions_with_it() {
    let house = House::new().await;
    let ada = user("ada");
    assert!(house.store.add_person(&ada, "Ada", None, "old").await.unwrap());
    for id in ["s1", "s2"] {
        house.sign_in(id, &ada).await;
    }
    let ended = house.store.set_password(&ada, "new", None).await.unwrap().unwrap();
    assert_eq!(rights(&ended), named(["s1", "s2"]));
    assert_eq!(house.store.sessions_of(&ada).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_all_who_end_the_same_sessions_at_once_one_does() {
    let house = House::new().await;
    let ada = user("ada");
    assert!(house.store.add_person(&ada, "Ada", None, "old").await.unwrap());
    let ids: Vec<_> = (0..20).map(|number| format!("s{number}")).collect();
    for id in &ids {
        house.sign_in(id, &ada).await;
    }
    let before = house.head(&ada).await;
    let (store, rights_of_all) =
        (&house.store, ids.iter().map(|id| right_of_session(id)).collect::<Vec<_>>());
    let one = async |id: &String| store.end_session(id).await.unwrap().into_iter().collect::<Vec<_>>();
    let (singly, all, changed, used) = tokio::join!(
        join_all(ids.iter().rev().map(one)),
        store.end_sessions_of(&ada, None),
        store.set_password(&ada, "new", None),
        join_all((0..5).map(|_| store.use_sessions(&rights_of_all, LASTING))),
    );
    used.into_iter().for_each(|used| used.unwrap());
    let ended = singly.into_iter().flatten().chain(all.unwrap()).chain(changed.unwrap().unwrap());
    let mut ended: Vec<_> = ended.collect();
    ended.sort_by_key(|change| change.position.revision);
    assert_eq!(rights(&ended), rights_of_all.iter().cloned().collect());
    assert_eq!(house.changes_after(&ada, before).await, ended);
}

#[tokio::test]
async fn the_database_never_holds_the_id_of_a_session() {
    let house = House::new().await;
    house.sign_in("a secret id", &user("ada")).await;
    let hex = house.database.hex("hash");
    let kept = house.database.connect().await.text(&format!("select {hex} from sessions")).await;
    assert_eq!(kept, right_of_session("a secret id"));
    assert_eq!(kept, "58170725d7d85a573d2e1b470766e96fb7b773c6a6d56f63a3b11a4ffd08b26e");
}
