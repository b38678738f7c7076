//! A store that went back without a restore: another server took over, and had not all that was committed.

use serde_json::json;
use tokio::time::timeout;

use super::{Ear, standing};
use crate::{
    store::support::{alert, fresh, user},
    support::app::{App, Folder, JWT_SECRET},
    ws::bench::PATIENCE,
};

const FLAGS: [&str; 4] = ["--mode", "production", "--jwt-secret", JWT_SECRET];

/// Takes ada's alerts and changes after the second away.
async fn lose_commits(app: &App) {
    for sql in [
        "delete from changes where revision > 2",
        "delete from alerts where created_revision > 2",
        "update inboxes set revision = 2, unread = 2 where user_id = 'ada'",
    ] {
        app.folder.database.tamper(sql).await;
    }
}

async fn is_reset(ear: &mut Ear, to: (u64, u64)) {
    let event = timeout(PATIENCE, ear.event()).await.unwrap();
    assert_eq!((&event["__typename"], standing(&event)), (&json!("InboxReset"), to), "{event}");
}

#[tokio::test]
async fn a_session_ahead_of_its_inbox_is_reset_by_the_next_change() {
    let app = App::start().await;
    let publisher = app.publisher().await;
    publisher.raise_some("ada", 5).await;
    let mut ear = Ear::now(&app.person("ada")).await;
    ear.peer.settle().await;
    lose_commits(&app).await;
    publisher.raise("ada", "instead of what was lost").await;
    is_reset(&mut ear, (3, 3)).await;
    publisher.raise("ada", "and on").await;
    assert_eq!(ear.standings(1).await, [(4, 4)]);
}

#[tokio::test]
async fn a_session_ahead_of_its_inbox_is_reset_though_nothing_changes() {
    let app = App::in_folder(Folder::in_file(), &FLAGS).await;
    app.publisher().await.raise_some("ada", 5).await;
    let mut ear = Ear::now(&app.person("ada")).await;
    // Heard by a look: the next one begins after it.
    app.store.raise("other", fresh(), &alert(&user("ada"))).await.unwrap();
    assert_eq!(ear.standings(1).await, [(6, 6)]);
    lose_commits(&app).await;
    is_reset(&mut ear, (2, 2)).await;
}
