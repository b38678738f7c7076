//! A store that was restored from a backup.

use std::{fs, path::Path};

use belfry::server::store::Mark;
use serde_json::Value;
use tokio::process::Command;

use crate::{
    delivery::{Ear, standing},
    store::support::{alert, fresh, user},
    support::{
        app::{App, Folder, JWT_SECRET},
        database::Database,
        program::belfry,
    },
};

const FLAGS: [&str; 4] = ["--mode", "production", "--jwt-secret", JWT_SECRET];

async fn renew(folder: &Folder) {
    let ran = belfry(&["migrate", "--restored", "--database-url", &folder.url()]).await;
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.out.lines().count() == 2 && ran.out.contains("a new history"), "{}", ran.out);
}

/// The event is a reset to where the inbox is.
fn is_reset(event: &Value, to: (u64, u64)) {
    assert_eq!((&event["__typename"], standing(event)), (&"InboxReset".into(), to), "{event}");
}

/// Takes ada's newest alert and its change away: the backup is older.
async fn lose_the_newest(folder: &Folder) {
    for sql in [
        "delete from changes where revision = 3",
        "delete from alerts where created_revision = 3",
        "update inboxes set revision = 2, unread = 2 where user_id = 'ada'",
    ] {
        folder.database.tamper(sql).await;
    }
}

async fn done(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().await.unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

/// As `docs/production.md` says, while nodes run.
async fn back_up(database: &Database, backup: &str) {
    match database {
        Database::File(_) => database.tamper(&format!("vacuum into '{backup}'")).await,
        Database::Server(url) => done("pg_dump", &["--format", "custom", "--file", backup, url]).await,
    }
}

/// As it says, while none does.
async fn restore(database: &Database, backup: &str) {
    match database {
        Database::File(folder) => {
            for beside in ["belfry.db-wal", "belfry.db-shm"] {
                let _ = fs::remove_file(folder.path().join(beside));
            }
            fs::copy(backup, folder.path().join("belfry.db")).unwrap();
        }
        Database::Server(url) => {
            let (server, name) = url.rsplit_once('/').unwrap();
            done("dropdb", &["--maintenance-db", &format!("{server}/postgres"), name]).await;
            done("createdb", &["--maintenance-db", &format!("{server}/postgres"), name]).await;
            done("pg_restore", &["--no-owner", "--dbname", url, backup]).await;
        }
    }
}

#[tokio::test]
async fn a_backup_made_under_load_is_whole_and_clients_of_after_it_are_reset() {
    let app = App::with(&FLAGS).await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    publisher.raise_some("ada", 5).await;
    let load = publisher.clone();
    let loading = tokio::spawn(async move {
        loop {
            load.raise("ada", "under load").await;
        }
    });
    let backup = app.folder.path("backup").display().to_string();
    back_up(&app.folder.database, &backup).await;
    loading.abort();
    assert!(loading.await.unwrap_err().is_cancelled());
    publisher.raise_some("ada", 3).await;
    let (position, before) = (ada.position().await, ada.unread().await);
    let folder = app.stop().await;
    assert!(Path::new(&backup).exists());
    restore(&folder.database, &backup).await;
    renew(&folder).await;
    let app = App::in_folder(folder, &FLAGS).await;
    let (publisher, ada) = (publisher.at(app.address), ada.at(app.address));
    let after = ada.unread().await;
    assert!((5..before - 2).contains(&after), "{after} of {before}");
    let listed = "select cast(count(*) as text) from listed where user_id = 'ada'";
    assert_eq!(app.folder.database.connect().await.text(listed).await, after.to_string());
    let mut ear = Ear::after(&ada, &position).await;
    is_reset(&ear.event().await, (after, after));
    publisher.raise("ada", "after the restore").await;
    assert_eq!(ear.standings(1).await, [(after + 1, after + 1)]);
}

#[tokio::test]
async fn positions_of_before_a_restore_are_reset_and_delivery_goes_on() {
    let app = App::with(&FLAGS).await;
    let publisher = app.publisher().await;
    publisher.raise_some("ada", 3).await;
    let (ada, position) = (app.person("ada"), app.person("ada").position().await);
    let folder = app.stop().await;
    lose_the_newest(&folder).await;
    renew(&folder).await;
    let app = App::in_folder(folder, &FLAGS).await;
    let (publisher, ada) = (publisher.at(app.address), ada.at(app.address));
    // By now the old position would be one that this inbox has been at.
    publisher.raise("ada", "after the restore").await;
    let mut ear = Ear::after(&ada, &position).await;
    is_reset(&ear.event().await, (3, 3));
    publisher.raise("ada", "and on").await;
    assert_eq!(ear.standings(1).await, [(4, 4)]);
    let renewed = ada.position().await;
    assert_ne!(renewed[..16], position[..16]);
    assert_eq!(renewed[16..32], position[16..32]);
}

#[tokio::test]
async fn without_a_restore_migrate_leaves_positions_as_they_are() {
    let app = App::with(&FLAGS).await;
    let position = app.person("ada").position().await;
    let ran = belfry(&["migrate", "--database-url", &app.folder.url()]).await;
    assert_eq!((ran.code, ran.out.lines().count()), (Some(0), 1), "{ran:?}");
    assert_eq!(app.person("ada").position().await, position);
}

#[tokio::test]
async fn sessions_are_reset_when_their_store_is_restored_under_them() {
    let app = App::in_folder(Folder::on_server(), &FLAGS).await;
    let publisher = app.publisher().await;
    let mut ear = Ear::now(&app.person("ada")).await;
    publisher.raise_some("ada", 3).await;
    assert_eq!(ear.standings(3).await.len(), 3);
    lose_the_newest(&app.folder).await;
    renew(&app.folder).await;
    is_reset(&ear.event().await, (2, 2));
    publisher.raise("ada", "after the restore").await;
    assert_eq!(ear.standings(1).await, [(3, 3)]);
}

#[tokio::test]
async fn numbers_of_another_servers_transactions_are_forgotten() {
    let folder = Folder::on_server();
    let store = folder.database.open().await;
    store.raise("test", fresh(), &alert(&user("ada"))).await.unwrap();
    folder.database.tamper("update changes set xid = '4000000000000'").await;
    let again = async |mark: Mark| store.changed_since(&mark).await.unwrap();
    let found = again(store.log_end().await.unwrap()).await;
    assert_eq!((found.heads.len(), again(found.mark).await.heads.len()), (1, 1));
    renew(&folder).await;
    let found = again(store.log_end().await.unwrap()).await;
    assert_eq!(found.heads, []);
}
