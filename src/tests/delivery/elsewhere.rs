//! What no request of this process did: another process wrote, or an alert fell due.

use std::time::{Duration, Instant};

use belfry::server::broker::sweeper;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Ear, standing};
use crate::support::{
    app::App,
    program::belfry,
    voice::{plain, titles},
};

/// An alert that leaves in two seconds.
fn brief(title: &str) -> Value {
    let mut alert = plain("ada", title);
    let soon = OffsetDateTime::now_utc() + time::Duration::seconds(2);
    alert["expiresAt"] = json!(soon.format(&Rfc3339).unwrap());
    alert
}

#[tokio::test]
async fn an_alert_of_another_process_arrives_within_seconds() {
    let app = App::start().await;
    let mut ear = Ear::now(&app.person("ada")).await;
    let url = app.folder.url();
    let send =
        ["alert", "send", "--to", "ada", "--kind", "k", "--title", "from a shell", "--database-url", &url];
    let sent = belfry(&send).await;
    let begin = Instant::now();
    let event = ear.event().await;
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    assert_eq!(event["alertId"], sent.out.trim());
    assert_eq!((&event["alert"]["title"], standing(&event)), (&json!("from a shell"), (1, 1)));
}

#[tokio::test]
async fn writers_in_two_processes_leave_no_gap() {
    let app = App::start().await;
    let mut ear = Ear::now(&app.person("ada")).await;
    let publisher = app.publisher().await;
    let elsewhere = new("elsewhere");
    for _ in 0..5 {
        let other = app.store.raise("other", id(), &elsewhere);
        let (other, _here) = tokio::join!(other, publisher.raise("ada", "here"));
        other.unwrap();
    }
    let expected: Vec<_> = (1..=10).map(|number| (number, number)).collect();
    assert_eq!(ear.standings(10).await, expected);
}

fn id() -> belfry::domain::AlertId {
    belfry::domain::AlertId(uuid::Uuid::now_v7())
}

fn new(title: &str) -> belfry::domain::NewAlert {
    let draft = belfry::domain::new_alert::Draft {
        recipient_id: "ada".into(),
        kind: "k".into(),
        title: title.into(),
        ..Default::default()
    };
    belfry::domain::NewAlert::parse(draft).unwrap()
}

#[tokio::test]
async fn an_alert_that_falls_due_leaves_the_bell_and_the_count() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    let position = ada.position().await;
    let mut ear = Ear::after(&ada, &position).await;
    publisher.raise("ada", "stays").await;
    let payload = publisher.create(&brief("goes")).await;
    assert_eq!(ear.standings(2).await, [(1, 1), (2, 2)]);
    let gone = ear.event().await;
    assert_eq!((&gone["alertId"], &gone["alert"]), (&payload["alert"]["id"], &Value::Null));
    assert_eq!(standing(&gone), (3, 1));
    assert_eq!(titles(&ada.inbox().await), ["stays"]);
    // Whoever was away hears that it is gone, and nothing of its coming.
    assert_eq!(Ear::after(&ada, &position).await.standings(2).await, [(1, 1), (3, 1)]);
}

#[tokio::test]
async fn a_read_alert_that_falls_due_leaves_the_count_alone() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    let mut ear = Ear::now(&ada).await;
    let payload = publisher.create(&brief("goes")).await;
    ada.mark_read(payload["alert"]["id"].as_str().unwrap()).await;
    assert_eq!(ear.standings(3).await, [(1, 1), (2, 0), (3, 0)]);
}

#[tokio::test]
async fn all_that_falls_due_at_once_leaves_at_once() {
    let app = App::start().await;
    let ada = app.person("ada");
    let publisher = app.publisher().await;
    publisher.raise_some("ada", 250).await;
    let mut ear = Ear::now(&ada).await;
    app.folder.database.make_due("true").await;
    assert_eq!(standing(&ear.event().await), (251, 249));
    let begin = Instant::now();
    assert_eq!(ear.standings(249).await.last(), Some(&(500, 0)));
    // A hundred are taken out at a time: with one such time a look it would take two looks more.
    assert!(begin.elapsed() < sweeper::PERIOD.mul_f64(1.8), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn what_cannot_expire_does_not_keep_other_changes_from_being_told() {
    let app = App::start().await;
    let mut ear = Ear::now(&app.person("ada")).await;
    app.publisher().await.raise("grace", "stuck").await;
    // Nobody's id, so the sweeper cannot read whose it is.
    let database = &app.folder.database;
    let when = database.moment("0");
    database
        .tamper(&format!("insert into people (id, name, created_at) values ('no body', '', {when})"))
        .await;
    database.tamper("insert into inboxes (user_id, id, revision, unread) values ('no body', 1, 1, 1)").await;
    database.tamper("update alerts set user_id = 'no body'").await;
    database.make_due("true").await;
    for number in 1..=3 {
        app.store.raise("other", id(), &new("told all the same")).await.unwrap();
        assert_eq!(standing(&ear.event().await), (number, number));
    }
}
