//! What cannot be done with those rights.

use belfry::server::store::{self, Pool};

use super::{STREAM, as_user, postgres, redis, role, say, tell, with_roles};

#[tokio::test]
async fn the_documented_users_of_redis_may_do_nothing_else() {
    let redis = redis().await;
    let nobodys = [
        "GET belfry:alerts",
        "SET belfry:alerts 1",
        "DEL belfry:alerts",
        "KEYS *",
        "SCAN 0",
        "FLUSHALL",
        "CONFIG GET requirepass",
        "ACL LIST",
        "CLIENT LIST",
        "CLIENT KILL TYPE normal",
        "MONITOR",
        "SHUTDOWN NOSAVE",
        "REPLICAOF NO ONE",
        "MODULE LIST",
        "SCRIPT FLUSH",
        "SAVE",
        "XGROUP DESTROY belfry:alerts belfry",
        "PUBLISH belfry:secrets x",
        "SUBSCRIBE belfry:secrets",
        "PSUBSCRIBE *",
        "PSUBSCRIBE belfry:*",
        "XADD elsewhere * a b",
        "XRANGE belfry:alerts - +",
        "XREAD STREAMS belfry:alerts 0",
    ];
    let others =
        ["PUBLISH belfry:news:ada x", "SUBSCRIBE belfry:news:ada", "EVAL return(1) 0", "INFO", "ROLE"];
    let publishers =
        ["PUBLISH alertAdded-ada x", "SUBSCRIBE alertAdded-ada", "XADD belfry:alerts:dead * a b"];
    let neighbours = ["XADD belfry:alerts * a b", "XREADGROUP GROUP belfry belfry STREAMS belfry:alerts >"];
    for (user, more) in [
        ("belfry", vec!["XREADGROUP GROUP belfry belfry STREAMS belfry:alerts:dead >"]),
        ("publisher", [&others[..], &publishers].concat()),
        ("neighbour", [&others[..], &neighbours].concat()),
    ] {
        let url = as_user(&redis, user);
        for command in nobodys.iter().chain(&more) {
            let words: Vec<_> = command.split(' ').collect();
            let refused = tell(&url, &words).await.unwrap_err();
            assert_eq!(refused.code(), Some("NOPERM"), "{user}: {command}: {refused}");
        }
    }
    // A script may do no more than who runs it.
    let script = ["EVAL", "return redis.call('GET', KEYS[1])", "1", STREAM];
    let refused = tell(&as_user(&redis, "belfry"), &script).await.unwrap_err().to_string();
    assert!(refused.contains("can't run this command"), "{refused}");
    // Who has no name gets in nowhere.
    let nobody = tell(&format!("redis://{}", redis.name()), &["PING"]).await.unwrap_err();
    assert!(nobody.to_string().contains("Authentication required"), "{nobody}");
}

#[tokio::test]
async fn the_documented_role_may_do_nothing_else() {
    let postgres = postgres().await;
    say(&postgres.url(), "create role stranger login").await.unwrap();
    let node = role(&postgres, "belfry_node");
    for statement in [
        "create table mine (n int)",
        "create temporary table mine (n int)",
        "create schema mine",
        "create role mine",
        "create function mine() returns int language sql as 'select 1'",
        "alter table alerts add column mine int",
        "drop table alerts",
        "truncate alerts",
        "create index mine on alerts (title)",
        "update store set epoch = 1",
        "delete from store",
        "insert into store (epoch, news_key) values (1, '')",
        "delete from _sqlx_migrations",
        "update _sqlx_migrations set checksum = ''",
        "set role belfry_owner",
        "alter role belfry_node superuser",
        "select * from pg_authid",
        "select pg_read_file('/etc/hostname')",
        "copy people to program 'true'",
    ] {
        refused(&node, statement).await;
    }
    say(&node, "select epoch, news_key from store; select version from _sqlx_migrations").await.unwrap();
    refused(&role(&postgres, "stranger"), "select 1").await;
}

async fn refused(url: &str, statement: &str) {
    let error = say(url, statement).await.unwrap_err();
    let code = error.as_database_error().and_then(|error| error.code());
    assert_eq!(code.as_deref(), Some("42501"), "{statement}: {error}");
}

#[tokio::test]
async fn a_role_that_may_not_bring_the_schema_up_to_date_is_told_who_has_to() {
    let server = with_roles().await;
    let said = store::open(&role(&server, "belfry_node"), Pool::default()).await.map(drop).unwrap_err();
    let expected = format!(
        "DATABASE_URL: the PostgreSQL server 127.0.0.1:{} does not let the user belfry_node bring the schema up to \
         date, or use it: run belfry migrate and then deploy/role.sql as the owner of the database",
        server.port
    );
    assert_eq!(said.to_string(), expected);
}
