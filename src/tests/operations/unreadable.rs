//! A database with rows that this program cannot have written.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{Scrape, becomes};
use crate::{
    delivery::{Ear, standing},
    support::{
        app::{Folder, JWT_SECRET, in_seconds, token},
        program::Serving,
        voice::{Voice, titles},
    },
};

fn voice(server: &Serving, claims: &Value) -> Voice {
    let header = (reqwest::header::AUTHORIZATION, format!("Bearer {}", token(claims)));
    Voice::new(server.address.parse().unwrap(), Some(header))
}

fn lines(log: &Path) -> usize {
    fs::read_to_string(log).unwrap().lines().filter(|line| line.contains("cannot be read")).count()
}

#[tokio::test]
async fn a_damaged_alert_is_passed_over_by_page_and_stream_and_logged_and_counted_once() {
    let folder = Folder::new();
    let log = folder.path("log");
    let flags = folder.flags(&["--mode", "production", "--jwt-secret", JWT_SECRET]);
    let server = Serving::logging(&flags, &log).await;
    let publisher = voice(&server, &json!({ "sub": "shop", "scope": "publish", "exp": in_seconds(60) }));
    let ada = voice(&server, &json!({ "sub": "ada", "exp": in_seconds(60) }));
    let start = ada.position().await;
    publisher.raise_some("ada", 3).await;
    folder.database.tamper("update alerts set data = 'CANARY' where created_revision = 2").await;
    for _ in 0..3 {
        assert_eq!(titles(&ada.inbox().await), ["number 2", "number 0"]);
        assert_eq!(ada.unread().await, 3);
        let mut ear = Ear::after(&ada, &start).await;
        let told = [ear.event().await, ear.event().await, ear.event().await];
        assert_eq!(told.each_ref().map(standing), [(1, 1), (2, 2), (3, 3)]);
        assert_eq!((&told[0]["alert"]["title"], &told[1]["alert"]), (&json!("number 0"), &Value::Null));
    }
    let mut ear = Ear::now(&ada).await;
    publisher.raise("ada", "and on").await;
    assert_eq!(standing(&ear.event().await), (4, 4));
    becomes(&ada, "belfry_unreadable_rows", 1.0).await;
    assert_eq!(lines(&log), 1);
    let logged = fs::read_to_string(&log).unwrap();
    assert!(!logged.contains("CANARY") && logged.contains("the data is not the JSON"), "{logged}");
}

#[tokio::test]
async fn a_damaged_change_keeps_no_sweep_from_the_others() {
    let folder = Folder::new();
    let flags = folder.flags(&["--mode", "production", "--jwt-secret", JWT_SECRET]);
    let server = Serving::start(&flags).await;
    let [ada, bob] = ["ada", "bob"].map(|sub| voice(&server, &json!({ "sub": sub, "exp": in_seconds(60) })));
    let (mut hers, mut his) = (Ear::now(&ada).await, Ear::now(&bob).await);
    // As another process would: only the sweeper can find it.
    for user in ["ada", "bob"] {
        let now = folder.database.ago(0);
        let ids = if folder.url().starts_with("sqlite") { "x''" } else { "'{}'" };
        let what = if user == "ada" { "juggled" } else { "all_read" };
        // Both at once, or a look would fall between them.
        let change = format!(
            "begin; update inboxes set revision = 1 where user_id = '{user}';
             insert into changes (user_id, revision, what, alert_ids, unread, created_at)
             values ('{user}', 1, '{what}', {ids}, 0, {now}); commit"
        );
        folder.database.tamper(&change).await;
    }
    let (hers, his) = (hers.event().await, his.event().await);
    assert_eq!((&hers["__typename"], standing(&hers)), (&json!("InboxReset"), (1, 0)));
    assert_eq!((&his["__typename"], standing(&his)), (&json!("AlertsChanged"), (1, 0)));
    assert_eq!(Scrape::of(&ada).await.value("belfry_sweeps_failed_total"), 0.0);
}

#[tokio::test]
async fn a_damaged_inbox_keeps_nothing_from_the_others_and_is_logged_and_counted_once() {
    let folder = Folder::new();
    let log = folder.path("log");
    let flags = folder.flags(&["--mode", "production", "--jwt-secret", JWT_SECRET]);
    let server = Serving::logging(&flags, &log).await;
    let publisher = voice(&server, &json!({ "sub": "shop", "scope": "publish", "exp": in_seconds(60) }));
    let [ada, bob] = ["ada", "bob"].map(|sub| voice(&server, &json!({ "sub": sub, "exp": in_seconds(60) })));
    for user in ["ada", "bob"] {
        publisher.raise(user, "due soon").await;
    }
    let (mut hers, mut his) = (Ear::now(&ada).await, Ear::now(&bob).await);
    his.peer.settle().await;
    folder.database.tamper("update inboxes set unread = 5000000000 where user_id = 'bob'").await;
    // Found by the sweeper in both, and due in both; the damaged one first.
    let now = folder.database.ago(0);
    let ids = if folder.url().starts_with("sqlite") { "x''" } else { "'{}'" };
    for user in ["bob", "ada"] {
        let change = format!(
            "begin; update inboxes set revision = 2 where user_id = '{user}';
             insert into changes (user_id, revision, what, alert_ids, unread, created_at)
             values ('{user}', 2, 'all_read', {ids}, 1, {now}); commit"
        );
        folder.database.tamper(&change).await;
    }
    assert_eq!(standing(&hers.event().await), (2, 1));
    folder.database.make_due("user_id = 'bob'").await;
    folder.database.make_due("user_id = 'ada'").await;
    assert_eq!(standing(&hers.event().await), (3, 0));
    becomes(&ada, "belfry_unreadable_rows", 1.0).await;
    assert_eq!(lines(&log), 1);
    assert_eq!(Scrape::of(&ada).await.value("belfry_sweeps_failed_total"), 0.0);
    // Mended, it tells what was found in it meanwhile, though no look sees that again.
    folder.database.tamper("update inboxes set unread = 1 where user_id = 'bob'").await;
    assert_eq!(standing(&his.event().await), (2, 1));
    assert_eq!(standing(&his.event().await), (3, 0));
}
