use belfry::{
    domain::{Act, Actor, AlertId, NewAlert, Severity, What},
    server::store::Raised,
};
use serde_json::json;
use time::{Duration, OffsetDateTime};
use tokio::task::JoinSet;

use super::support::{House, alert, fresh, keyed, new, user};

fn in_seconds(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::now_utc() + Duration::seconds(seconds)
}

#[tokio::test]
async fn an_alert_is_kept_as_it_was_raised() {
    let house = House::new().await;
    let ada = user("ada");
    let sent = NewAlert {
        severity: Severity::Critical,
        body: "two\nlines, \"quoted\" \u{1f514}".into(),
        link: Some("/builds/7".into()),
        actor: Some(Actor { id: None, name: "Grace".into(), avatar_url: Some("/g.png".into()) }),
        data: Some(json!({"b": [1, 2.5, null], "a": "x"})),
        expires_at: Some(OffsetDateTime::from_unix_timestamp(4_000_000_000).unwrap()),
        ..alert(&ada)
    };
    let change = house.raise(&sent).await;
    assert_eq!((change.what, change.position.revision, change.counts.unread), (What::Raised, 1, 1));
    let kept = house.store.alert(&ada, change.ids[0]).await.unwrap().unwrap();
    assert_eq!(change.alerts.first(), Some(&kept));
    assert_eq!((kept.revision, kept.created_revision, kept.read_at), (1, 1, None));
    assert_eq!((kept.kind, kept.title, kept.body), (sent.kind, sent.title, sent.body));
    assert_eq!((kept.severity, kept.link, kept.actor), (sent.severity, sent.link, sent.actor));
    assert_eq!((kept.data, kept.expires_at), (sent.data, sent.expires_at));
    assert!((kept.created_at - OffsetDateTime::now_utc()).abs() < Duration::minutes(1));
}

#[tokio::test]
async fn raising_to_an_unknown_id_makes_the_person() {
    let house = House::new().await;
    house.raise(&alert(&user("new@example.org"))).await;
    let person = house.store.person(&user("new@example.org")).await.unwrap().unwrap();
    assert_eq!(person.name, "new@example.org");
    assert_eq!(house.unread(&person.id).await, 1);
}

#[tokio::test]
async fn the_same_key_and_content_raise_once() {
    let house = House::new().await;
    let sent = NewAlert { data: Some(json!({"a": 1, "b": {"d": 1, "c": 2}})), ..keyed(&user("ada"), "k") };
    let first = house.raise(&sent).await;
    let again =
        NewAlert { data: Some(serde_json::from_str(r#"{"b": {"c": 2, "d": 1}, "a": 1}"#).unwrap()), ..sent };
    let raised = house.store.raise("test", fresh(), &again).await.unwrap();
    assert_eq!(raised, Raised::Again(Box::new(first.alerts[0].clone())));
    assert_eq!(house.head(&first.user).await, first.position);
}

#[tokio::test]
async fn a_key_stands_for_one_content() {
    let house = House::new().await;
    let sent = keyed(&user("ada"), "k");
    house.raise(&sent).await;
    let others = [
        NewAlert { recipient: user("bob"), ..sent.clone() },
        NewAlert { kind: "other".into(), ..sent.clone() },
        NewAlert { severity: Severity::Warning, ..sent.clone() },
        NewAlert { title: "other".into(), ..sent.clone() },
        NewAlert { body: "other".into(), ..sent.clone() },
        NewAlert { link: Some("/".into()), ..sent.clone() },
        NewAlert { actor: Some(Actor { id: None, name: "G".into(), avatar_url: None }), ..sent.clone() },
        NewAlert { data: Some(json!(null)), link: Some("/".into()), ..sent.clone() },
        NewAlert { expires_at: Some(in_seconds(60)), ..sent.clone() },
    ];
    for other in others {
        let raised = house.store.raise("test", fresh(), &other).await.unwrap();
        assert_eq!(raised, Raised::KeyTaken, "{other:?}");
    }
    assert_eq!(house.inbox(&user("ada")).await.len(), 1);
    assert_eq!(house.store.person(&user("bob")).await.unwrap(), None);
}

#[tokio::test]
async fn publishers_do_not_share_keys() {
    let house = House::new().await;
    let sent = keyed(&user("ada"), "k");
    for publisher in ["ci", "billing"] {
        new(house.store.raise(publisher, fresh(), &sent).await.unwrap());
    }
    assert_eq!(house.unread(&user("ada")).await, 2);
}

#[tokio::test]
async fn one_key_twenty_times_at_once_is_one_alert() {
    let house = House::new().await;
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let store = house.store.clone();
        tasks.spawn(async move { store.raise("test", fresh(), &keyed(&user("ada"), "k")).await });
    }
    let mut made = Vec::new();
    let mut told: Vec<AlertId> = Vec::new();
    for raised in tasks.join_all().await {
        match raised.unwrap() {
            Raised::New(change) => made.push(change.ids[0]),
            Raised::Again(alert) => told.push(alert.id),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((made.len(), told.len()), (1, 19));
    assert!(told.iter().all(|id| *id == made[0]));
    assert_eq!(house.inbox(&user("ada")).await.len(), 1);
}

#[tokio::test]
async fn what_has_expired_already_is_not_raised() {
    let house = House::new().await;
    let late = NewAlert { expires_at: Some(in_seconds(-2)), ..alert(&user("ada")) };
    assert_eq!(house.store.raise("test", fresh(), &late).await.unwrap(), Raised::Overdue);
    assert_eq!(house.store.people().await.unwrap(), []);
}

#[tokio::test]
async fn a_retry_after_the_expiry_is_told_of_the_first_alert() {
    let house = House::new().await;
    let sent = NewAlert { expires_at: Some(in_seconds(3_600)), ..keyed(&user("ada"), "k") };
    let first = house.raise(&sent).await;
    house.database.make_due("true").await;
    house.store.fall_due().await.unwrap();
    let raised = house.store.raise("test", fresh(), &sent).await.unwrap();
    assert!(matches!(raised, Raised::Again(alert) if alert.id == first.ids[0]));
}

#[tokio::test]
async fn what_falls_due_leaves_by_a_change_of_its_own() {
    let house = House::new().await;
    let ada = user("ada");
    let ids = house.raise_some(&ada, 3).await;
    house.mark(&ada, ids[0], true).await;
    let before = house.head(&ada).await;
    assert_eq!(house.store.fall_due().await.unwrap(), []);
    house.database.make_due("created_revision < 3").await;
    assert_eq!(house.inbox(&ada).await.len(), 3, "time alone changes nothing");

    let changes = house.store.fall_due().await.unwrap();
    let told: Vec<_> = changes
        .iter()
        .map(|it| (it.position.revision, it.counts.unread, it.ids.clone(), it.alerts.len()))
        .collect();
    assert_eq!(told, [(5, 2, vec![ids[0]], 0), (6, 1, vec![ids[1]], 0)]);
    assert!(changes.iter().all(|change| change.what == What::Expired));
    assert_eq!(house.inbox(&ada).await.len(), 1);
    assert_eq!(house.store.alert(&ada, ids[1]).await.unwrap(), None);
    assert!(house.store.mark(&ada, ids[1], Act::Read, &[]).await.unwrap().is_none());
    assert_eq!(house.changes_after(&ada, before).await, changes);
    assert_eq!(house.store.fall_due().await.unwrap(), []);
}

#[tokio::test]
async fn much_that_falls_due_leaves_a_hundred_at_a_time() {
    let house = House::new().await;
    house.raise_some(&user("ada"), 101).await;
    house.database.make_due("true").await;
    assert_eq!(house.store.fall_due().await.unwrap().len(), 100);
    assert_eq!(house.unread(&user("ada")).await, 1);
    assert_eq!(house.store.fall_due().await.unwrap().len(), 1);
    assert_eq!(house.unread(&user("ada")).await, 0);
}
