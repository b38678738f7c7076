use std::{fs, time::Duration};

use belfry::server::store::{self, Pool};
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use tempfile::{TempDir, tempdir};
use tokio::{task::JoinSet, time::timeout};

use super::support::{House, alert, user};
use crate::support::database::Database;

fn url(folder: &TempDir, path: &str) -> String {
    format!("sqlite://{}", folder.path().join(path).display())
}

/// The sentence a refused opening says.
async fn refusal(url: &str) -> String {
    store::open(url, Pool::default()).await.map(drop).unwrap_err().to_string()
}

#[tokio::test]
async fn a_missing_file_and_its_folders_are_made() {
    let folder = tempdir().unwrap();
    let store = store::open(&url(&folder, "deep/down/belfry.db"), Pool::default()).await.unwrap();
    store.ping().await.unwrap();
    assert!(folder.path().join("deep/down/belfry.db").exists());
}

#[tokio::test]
async fn what_was_stored_is_there_after_a_restart() {
    let house = House::new().await;
    let change = house.raise(&alert(&user("ada"))).await;
    house.store.close().await;
    let store = house.database.open().await;
    assert_eq!(store.alert(&user("ada"), change.ids[0]).await.unwrap().as_ref(), change.alerts.first());
    assert_eq!(store.standing(&user("ada")).await.unwrap().position, change.position);
}

#[tokio::test]
async fn a_closed_store_leaves_one_file() {
    let folder = tempdir().unwrap();
    let store = store::open(&url(&folder, "belfry.db"), Pool::default()).await.unwrap();
    store.ensure_person(&user("ada"), None).await.unwrap();
    store.close().await;
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left, ["belfry.db"]);
    assert!(store.ping().await.is_err());
}

#[tokio::test]
async fn every_database_is_a_history_of_its_own() {
    let (one, other) = (House::new().await, House::new().await);
    assert_ne!(one.head(&user("ada")).await.epoch, other.head(&user("ada")).await.epoch);
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_opened_together_on_an_empty_database_migrate_once() {
    let database = Database::new();
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let database = database.clone();
        tasks.spawn(async move { database.open().await.standing(&user("ada")).await.unwrap() });
    }
    let standings = tasks.join_all().await;
    assert!(standings.iter().all(|standing| *standing == standings[0]));
}

#[tokio::test]
async fn an_opening_waits_for_who_is_writing_the_empty_file() {
    let folder = tempdir().unwrap();
    let file = SqliteConnectOptions::new().filename(folder.path().join("belfry.db")).create_if_missing(true);
    let mut first = file.connect().await.unwrap();
    let held = first.begin_with("begin immediate").await.unwrap();
    let url = url(&folder, "belfry.db");
    let mut opening = tokio::spawn(async move { store::open(&url, Pool::default()).await.map(drop) });
    // Long enough to be refused, had it not waited.
    assert!(timeout(Duration::from_millis(200), &mut opening).await.is_err());
    held.rollback().await.unwrap();
    opening.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_url_that_names_no_file_is_refused() {
    let refused = [
        ("sqlite::memory:", "names no file, and only a file outlives the process"),
        ("sqlite://:memory:", "names no file, and only a file outlives the process"),
        ("sqlite://", "must be a path and nothing else"),
        ("sqlite://a.db?mode=memory", "must be a path and nothing else"),
        ("sqlite://%ff.db", "is not well-formed"),
        ("data/belfry.db", "begins with neither sqlite: nor postgres:"),
        ("", "begins with neither sqlite: nor postgres:"),
    ];
    for (url, why) in refused {
        let expected = format!("DATABASE_URL {why}: write it like sqlite://data/belfry.db");
        assert_eq!(refusal(url).await, expected);
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_and_left_alone() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    let notes = "not a database. ".repeat(100);
    fs::write(&file, &notes).unwrap();
    let expected = format!(
        "the database {} is not a sound SQLite file: put a backup in its place, or name another file in DATABASE_URL",
        file.display()
    );
    assert_eq!(refusal(&url(&folder, "notes.txt")).await, expected);
    assert_eq!(fs::read_to_string(file).unwrap(), notes);
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let said = refusal(&url(&folder, "file/below/belfry.db")).await;
    assert!(said.starts_with("the folder of the database "), "{said}");
    assert!(said.ends_with("make it, or name another file in DATABASE_URL"), "{said}");
}

#[tokio::test]
async fn a_path_that_cannot_be_opened_is_named() {
    let folder = tempdir().unwrap();
    let said = refusal(&url(&folder, "")).await;
    let expected = "cannot be opened: let the account that runs Belfry write the file and its folder";
    assert!(said.ends_with(expected), "{said}");
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let house = House::on(Database::in_file()).await;
    house.database.tamper("insert into _sqlx_migrations select 9999, 'later', '', true, x'00', 0").await;
    let url = house.database.url();
    let expected = format!(
        "the database {} was written by a newer Belfry (its schema has step 9999): \
         start that version, or name another file in DATABASE_URL",
        url.trim_start_matches("sqlite://")
    );
    assert_eq!(refusal(&url).await, expected);
}
