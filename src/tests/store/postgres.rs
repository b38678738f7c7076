//! What is said of PostgreSQL alone, whatever the engine of this run.

use std::{sync::Arc, time::Duration};

use belfry::{
    domain::Act,
    server::store::{self, Mark, Pool, Store},
};
use tokio::time::timeout;

use super::support::{House, alert, fresh, user};
use crate::support::database::Database;

/// The sentence a refused opening says.
async fn refusal(url: &str) -> String {
    store::open(url, Pool::default()).await.map(drop).unwrap_err().to_string()
}

/// The host and port of a database, and its address by another user or name.
fn parts(database: &Database) -> (String, impl Fn(&str, &str) -> String) {
    let url = url::Url::parse(&database.url()).unwrap();
    let (host, port) = (url.host_str().unwrap().to_owned(), url.port().unwrap());
    let server = format!("{host}:{port}");
    (server.clone(), move |user, name| format!("postgres://{user}@{server}/{name}"))
}

/// One look: the revisions of the inboxes that changed since the last one.
async fn look(store: &Arc<dyn Store>, mark: &mut Mark) -> Vec<(String, u32)> {
    let changed = store.changed_since(mark).await.unwrap();
    *mark = changed.mark;
    let mut heads: Vec<_> =
        changed.heads.iter().map(|(user, head)| (user.to_string(), head.revision)).collect();
    heads.sort_unstable();
    heads
}

/// Ada's next alert, as far as the log tells.
const SLOW: &str = "begin; update inboxes set revision = revision + 1 where user_id = 'ada';
    insert into changes (user_id, revision, unread, what, alert_ids)
    select user_id, revision, unread, 'read', '{}' from inboxes where user_id = 'ada'";

#[tokio::test]
async fn a_transaction_that_begins_early_and_commits_late_is_found_once() {
    let house = House::on(Database::on_server()).await;
    house.raise_some(&user("ada"), 1).await;
    let mut mark = house.store.log_end().await.unwrap();
    let mut slow = house.database.connect().await;
    slow.run(SLOW).await;
    // Longer than any window of looks could be: what others do meanwhile is told once each.
    for number in 1..=20 {
        house.raise_some(&user("bob"), 1).await;
        assert_eq!(look(&house.store, &mut mark).await, [("bob".to_owned(), number)]);
    }
    assert_eq!(look(&house.store, &mut mark).await, []);
    slow.run("commit").await;
    assert_eq!(look(&house.store, &mut mark).await, [("ada".to_owned(), 2)]);
    assert_eq!(look(&house.store, &mut mark).await, []);
}

/// A version of before raises an alert of ada's.
const RAISE_AS_BEFORE: &str =
    "begin; update inboxes set revision = revision + 1, unread = unread + 1 where user_id = 'ada';
    insert into alerts (id, user_id, created_revision, revision, unread_since, kind, severity, title, body)
    select gen_random_uuid(), 'ada', revision, revision, revision, 'test', 'INFO', 'Before', '' from inboxes
    where user_id = 'ada';
    insert into changes (user_id, revision, unread, what, alert_ids)
    select user_id, revision, unread, 'raised', '{}' from inboxes where user_id = 'ada'";

#[tokio::test]
async fn who_waited_for_a_version_of_before_counts_what_it_wrote() {
    let house = House::on(Database::on_server()).await;
    let ada = user("ada");
    let id = house.raise(&alert(&ada)).await.ids[0];
    // One of theirs and one of ours; another of theirs, and one is read.
    for raises in [true, false] {
        let mut other = house.database.connect().await;
        other.run(RAISE_AS_BEFORE).await;
        let store = house.store.clone();
        let waiting = tokio::spawn(async move {
            if raises {
                drop(store.raise("test", fresh(), &alert(&user("ada"))).await.unwrap());
            } else {
                drop(store.mark(&user("ada"), id, Act::Read, &[]).await.unwrap());
            }
        });
        house.database.is_waited_for().await;
        other.run("commit").await;
        waiting.await.unwrap();
        let counts = house.counts(&ada).await;
        assert_eq!((counts.unseen, counts.unread), (3, 3));
    }
}

#[tokio::test]
async fn who_holds_one_inbox_keeps_nobody_from_another() {
    let house = House::on(Database::on_server()).await;
    let (ada, bob) = (user("ada"), user("bob"));
    house.raise_some(&ada, 1).await;
    house.raise_some(&bob, 1).await;
    let mut other = house.database.connect().await;
    other.run("begin; select from inboxes where user_id = 'ada' for update").await;
    timeout(Duration::from_secs(10), house.raise(&alert(&bob))).await.unwrap();
    let store = house.store.clone();
    let waiting = tokio::spawn(async move { store.raise("test", fresh(), &alert(&user("ada"))).await });
    house.raise(&alert(&bob)).await;
    assert!(!waiting.is_finished());
    other.let_go().await;
    waiting.await.unwrap().unwrap();
    assert_eq!((house.unread(&ada).await, house.unread(&bob).await), (2, 3));
}

#[tokio::test]
async fn an_alert_that_another_node_is_expiring_is_left_to_it() {
    let house = House::on(Database::on_server()).await;
    house.raise_some(&user("ada"), 1).await;
    house.raise_some(&user("bob"), 1).await;
    house.database.make_due("true").await;
    let mut other = house.database.connect().await;
    other.run("begin; select from inboxes where user_id = 'ada' for update").await;
    let changes = timeout(Duration::from_secs(10), house.store.fall_due()).await.unwrap().unwrap();
    assert_eq!(changes.iter().map(|change| change.user.as_str()).collect::<Vec<_>>(), ["bob"]);
    other.let_go().await;
    assert_eq!(house.store.fall_due().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_inbox_that_another_holds_costs_one_try_however_much_is_due_in_it() {
    let house = House::on(Database::on_server()).await;
    house.fill(&user("ada"), 150).await;
    house.database.make_due("true").await;
    let mut other = house.database.connect().await;
    other.run("begin; select from inboxes where user_id = 'ada' for update").await;
    assert_eq!(house.store.fall_due().await.unwrap(), []);
    // What a connection did is counted for sure once it has ended.
    house.store.close().await;
    other.let_go().await;
    let mut watcher = house.database.connect().await;
    let others = "select count(*)::text from pg_stat_activity
                  where datname = current_database() and pid <> pg_backend_pid()";
    let ended = async { while watcher.text(others).await != "0" {} };
    timeout(Duration::from_secs(10), ended).await.unwrap();
    let undone = "select xact_rollback::text from pg_stat_database where datname = current_database()";
    // The try, and the other's.
    assert_eq!(watcher.text(undone).await, "2");
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_given_up_and_changes_nothing() {
    let house = House::on(Database::on_server()).await;
    house.raise_some(&user("ada"), 1).await;
    let pool = Pool { statement: Duration::from_millis(100), ..Pool::default() };
    let hasty = store::open(&house.database.url(), pool).await.unwrap();
    let mut other = house.database.connect().await;
    other.run("begin; select from inboxes where user_id = 'ada' for update").await;
    assert!(hasty.raise("test", fresh(), &alert(&user("ada"))).await.is_err());
    other.let_go().await;
    assert_eq!(house.head(&user("ada")).await.revision, 1);
    hasty.raise("test", fresh(), &alert(&user("ada"))).await.unwrap();
}

#[tokio::test]
async fn an_opening_that_is_refused_says_which_server_and_what_to_do() {
    let database = Database::on_server();
    let (server, at) = parts(&database);
    let wrong = refusal(&at("guarded:secret", "postgres")).await;
    let expected = format!(
        "DATABASE_URL: the PostgreSQL server {server} refuses the user guarded: check the name, the password \
         and pg_hba.conf"
    );
    assert_eq!(wrong, expected);
    let expected =
        format!("DATABASE_URL: the PostgreSQL server {server} has no database none: make it with createdb");
    assert_eq!(refusal(&at("belfry", "none")).await, expected);
    let expected = "DATABASE_URL is malformed: write it like postgres://user:password@host:5432/name";
    assert_eq!(refusal("postgres://ada:secret@host:port/name").await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_not_there_is_waited_for_and_then_named() {
    let begin = tokio::time::Instant::now();
    let said = refusal("postgres://ada:secret@127.0.0.1:1/belfry").await;
    assert!(begin.elapsed() >= Duration::from_secs(30), "{:?}", begin.elapsed());
    assert!(said.starts_with("DATABASE_URL: the PostgreSQL server 127.0.0.1:1 cannot be reached"), "{said}");
    assert!(said.ends_with("start it, or name another") && !said.contains("secret"), "{said}");
}

#[tokio::test]
async fn a_schema_ahead_of_this_program_is_refused_and_left_alone() {
    let house = House::on(Database::on_server()).await;
    house.database.tamper("insert into _sqlx_migrations values (9999, 'later', now(), true, '', 0)").await;
    let said = refusal(&house.database.url()).await;
    assert!(
        said.ends_with("was written by a newer Belfry (its schema has step 9999): start that version"),
        "{said}"
    );
}
