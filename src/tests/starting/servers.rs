//! Servers that will not do stop the start with one sentence; those that are away may come.

use std::{fs, time::Duration};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    time::{interval, timeout},
};

use super::refused::start;
use crate::{
    support::{app::Folder, database::Database, program::Serving, redis::RedisServer, voice::Voice},
    ws::bench::PATIENCE,
};

/// The address of a database's server, `host:port`.
fn server_of(database: &Database) -> String {
    let url = url::Url::parse(&database.url()).unwrap();
    format!("{}:{}", url.host_str().unwrap(), url.port().unwrap())
}

#[tokio::test]
async fn a_postgresql_that_refuses_the_password_stops_the_start() {
    let folder = Folder::on_server();
    let url = format!("postgres://guarded:hunter2@{}/postgres", server_of(&folder.database));
    let said = start(&folder, &[("DATABASE_URL", &url)]).await;
    assert!(said.starts_with("DATABASE_URL: the PostgreSQL server "), "{said}");
    assert!(said.contains("refuses the user guarded: check the name, the password"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[tokio::test]
async fn a_postgresql_that_is_too_old_stops_the_start_and_is_left_as_it_is() {
    let folder = Folder::on_server();
    let name = folder.url().rsplit_once('/').unwrap().1.to_owned();
    // A server that says so of itself: ours is newer, and there is no other here.
    let old = "create function current_setting(text) returns text language sql as $$ \
        select case $1 when 'server_version_num' then '140012' else pg_catalog.current_setting($1) end $$";
    folder.database.tamper(old).await;
    folder.database.tamper(&format!("alter database {name} set search_path = public, pg_catalog")).await;
    let said = start(&folder, &[]).await;
    let expected = format!(
        "DATABASE_URL: the PostgreSQL server {} is version 14, and Belfry needs 15 or newer: upgrade it",
        server_of(&folder.database)
    );
    assert_eq!(said, expected);
    let tables = "select count(*)::text from pg_tables where schemaname = 'public'";
    assert_eq!(folder.database.connect().await.text(tables).await, "0");
}

#[tokio::test]
async fn a_database_ahead_of_the_program_stops_the_start() {
    for (folder, later) in [
        (Folder::in_file(), "insert into _sqlx_migrations select 9999, 'later', '', true, x'00', 0"),
        (Folder::on_server(), "insert into _sqlx_migrations values (9999, 'later', now(), true, '', 0)"),
    ] {
        folder.database.open().await.close().await;
        folder.database.tamper(later).await;
        let said = start(&folder, &[]).await;
        assert!(said.contains("was written by a newer Belfry (its schema has step 9999)"), "{said}");
        assert!(said.contains("start that version") && said.contains("DATABASE_URL"), "{said}");
    }
}

#[tokio::test]
async fn a_redis_that_refuses_the_password_stops_the_start() {
    let redis = RedisServer::with(Some("right")).await;
    let url = redis.url().replace("right", "hunter2");
    let said = start(&Folder::new(), &[("REDIS_URL", &url)]).await;
    assert!(said.starts_with("REDIS_URL: the Redis server ") && !said.contains("hunter2"), "{said}");
    assert!(said.ends_with("refuses the user or the password: check them in REDIS_URL"), "{said}");
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_a_warning() {
    let (folder, redis) = (Folder::new(), RedisServer::start().await);
    let url = redis.url();
    drop(redis);
    let flags = folder.flags(&["--mode", "production", "--redis-url", &url]);
    let server = Serving::logging(&flags, &folder.path("log")).await;
    let log = fs::read_to_string(folder.path("log")).unwrap();
    assert!(log.contains("WARN") && log.contains("cannot reach Redis"), "{log}");
    let answer = Voice::new(server.address.parse().unwrap(), None).get("/readyz").await;
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().contains("\"broker\":\"away\""));
}

#[tokio::test]
async fn a_postgresql_that_comes_later_is_waited_for() {
    let folder = Folder::on_server();
    let server = server_of(&folder.database);
    let door = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = folder.url().replace(&server, &door.to_string());
    let flags = folder.flags(&["--mode", "production", "--database-url", &url]);
    let log = folder.path("log");
    let starting = tokio::spawn({
        let log = log.clone();
        async move { Serving::logging(&flags, &log).await }
    });
    let mut looks = interval(Duration::from_millis(20));
    let waiting = async {
        while !fs::read_to_string(&log).is_ok_and(|log| log.contains("cannot reach the database yet")) {
            looks.tick().await;
        }
    };
    timeout(PATIENCE, waiting).await.unwrap();
    assert!(!starting.is_finished());
    let listener = TcpListener::bind(door).await.unwrap();
    tokio::spawn(async move {
        while let Ok((mut here, _)) = listener.accept().await {
            let mut there = TcpStream::connect(&server).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut here, &mut there).await });
        }
    });
    let server = timeout(PATIENCE, starting).await.unwrap().unwrap();
    let answer = Voice::new(server.address.parse().unwrap(), None).get("/readyz").await;
    assert_eq!(answer.status(), 200);
}
