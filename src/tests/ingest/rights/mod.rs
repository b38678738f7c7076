//! What nodes do with no more rights than deploy/redis-acl.conf and deploy/role.sql give, and what nobody can
//! do with those.

mod refused;

use std::{fs, process::Command};

use redis::{RedisResult, Value};
use serde_json::json;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, postgres::PgConnectOptions};

use super::{DEAD, Gateway, STREAM};
use crate::{
    delivery::Ear,
    operations::Scrape,
    support::{
        app::{App, Folder, JWT_SECRET},
        cluster::{RedisCluster, eventually},
        database::Database,
        postgres::PostgresServer,
        program::belfry,
        redis::{Access, RedisServer},
        sentinel::Watched,
        voice::{Voice, titles},
    },
};

const ACL: &str = include_str!("../../../../deploy/redis-acl.conf");
const ROLE: &str = include_str!("../../../../deploy/role.sql");

/// A Redis that includes the file as it is; and one more user, who looks on.
async fn redis() -> RedisServer {
    let access = Access { user: "watcher", password: Some("watcher"), ..Access::default() };
    RedisServer::guarded(access, |port, folder| {
        fs::write(folder.join("acl.conf"), ACL).unwrap();
        let own = "include acl.conf\nuser watcher reset on >watcher ~* &* +@all\n";
        fs::write(folder.join("redis.conf"), own).unwrap();
        vec!["redis.conf".to_owned(), "--port".to_owned(), port.to_string()]
    })
    .await
}

/// Its address for one of the file's users.
fn as_user(redis: &RedisServer, user: &str) -> String {
    format!("redis://{user}:{}-PASSWORD@{}", user.to_uppercase(), redis.name())
}

/// Makes the node's user of the file known to a server that was started without it.
async fn let_in(redis: &RedisServer) {
    let rules = ACL.lines().find_map(|line| line.strip_prefix("user belfry ")).unwrap();
    redis.ask::<()>(&format!("ACL SETUSER belfry {rules}")).await.unwrap();
}

async fn tell(redis: &str, command: &[&str]) -> RedisResult<Value> {
    let mut conn = redis::Client::open(redis).unwrap().get_multiplexed_async_connection().await?;
    redis::cmd(command[0]).arg(&command[1..]).query_async(&mut conn).await
}

fn role(server: &PostgresServer, role: &str) -> String {
    format!("postgres://{role}@127.0.0.1:{}/belfry", server.port)
}

/// Runs one statement.
async fn say(url: &str, statement: &str) -> Result<(), sqlx::Error> {
    let mut conn: PgConnection = url.parse::<PgConnectOptions>().unwrap().connect().await?;
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut conn).await.map(drop)
}

/// A PostgreSQL with the roles and the database that the head of the file says.
async fn with_roles() -> PostgresServer {
    let server = PostgresServer::start().await;
    let first = ROLE.lines().filter_map(|line| line.strip_prefix("--   create "));
    let mut made = 0;
    for statement in first {
        say(&server.url(), &format!("create {statement}")).await.unwrap();
        made += 1;
    }
    assert_eq!(made, 3);
    server
}

/// The same, with Belfry's tables and the rights of the file.
async fn postgres() -> PostgresServer {
    let server = with_roles().await;
    let owner = role(&server, "belfry_owner");
    assert_eq!(belfry(&["migrate", "--database-url", &owner]).await.code, Some(0));
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/role.sql");
    let granted = Command::new("psql").args(["-q", "-f", file, &owner]).output().unwrap();
    assert!(granted.status.success(), "{granted:?}");
    server
}

/// Two nodes, and somebody who hears on the other one what is raised at the first.
struct Nodes {
    here: App,
    there: App,
    ada: Voice,
}

impl Nodes {
    async fn start(folder: Folder, redis: &str) -> Self {
        let own = ["--mode", "production", "--jwt-secret", JWT_SECRET, "--bridge", "on"];
        let flags = [&own[..], &["--redis-url", redis, "--redis-prefix", "belfry:"]].concat();
        let here = App::in_folder(folder.clone(), &flags).await;
        let there = App::in_folder(folder, &flags).await;
        let ada = there.person("ada");
        Self { here, there, ada }
    }

    /// News goes from one to the other by Redis, not by the sweeper alone.
    async fn carry_news(&self) {
        let (publisher, mut ear) = (self.here.publisher().await, Ear::now(&self.ada).await);
        eventually(async || {
            publisher.raise("ada", "news").await;
            ear.event().await;
            Scrape::of(&self.there.nobody()).await.value("belfry_news_heard_total") >= 1.0
        })
        .await;
    }

    async fn have(&self, title: &str) {
        eventually(async || titles(&self.ada.inbox().await).contains(&title)).await;
    }
}

fn entry(fields: &[&'static str]) -> Vec<&'static str> {
    [&["XADD", STREAM, "*", "recipientId", "ada", "kind", "k"], fields].concat()
}

fn neighbours(title: &str) -> [String; 3] {
    let alert = json!({ "alertAdded": { "id": title, "title": title } });
    ["PUBLISH".to_owned(), "alertAdded-ada".to_owned(), alert.to_string()]
}

#[tokio::test]
async fn nodes_do_all_of_their_work_with_the_documented_rights() {
    let (postgres, redis) = (postgres().await, redis().await);
    let mut folder = Folder::in_file();
    folder.database = Database::Server(role(&postgres, "belfry_node"));
    let nodes = Nodes::start(folder.clone(), &as_user(&redis, "belfry")).await;
    nodes.carry_news().await;
    let mut gateway = Gateway::over(&as_user(&redis, "neighbour")).await;
    let publisher = as_user(&redis, "publisher");
    tell(&publisher, &entry(&["title", "by the stream"])).await.unwrap();
    nodes.have("by the stream").await;
    assert_eq!(gateway.title().await, ("alertAdded-ada".into(), "by the stream".into()));
    tell(&publisher, &entry(&["body", "no title"])).await.unwrap();
    eventually(async || redis.ask::<u64>(&format!("XLEN {DEAD}")).await.unwrap() == 1).await;
    // What is done is taken out.
    eventually(async || redis.ask::<u64>(&format!("XLEN {STREAM}")).await.unwrap() == 0).await;
    let told = neighbours("over the bridge");
    tell(&as_user(&redis, "neighbour"), &told.each_ref().map(String::as_str)).await.unwrap();
    nodes.have("over the bridge").await;
    // People, sessions, tokens; marking; and what falls due.
    nodes.here.can_sign_in("ada", "a long password").await;
    let browser = nodes.here.sign_in("ada", "a long password").await;
    browser.mark_all_read(&browser.position().await).await;
    assert_eq!(nodes.ada.unread().await, 0);
    nodes.here.publisher_named("other").await.raise("ada", "due").await;
    folder.database.make_due("title = 'due'").await;
    eventually(async || nodes.ada.unread().await == 0).await;
    assert!(nodes.here.store.revoke_token("other").await.unwrap());
    let denied: String = redis.ask("ACL LOG").await.map(|log: Value| format!("{log:?}")).unwrap();
    assert!(!denied.contains("belfry"), "{denied}");
}

#[tokio::test]
async fn a_cluster_and_its_nodes_get_along_with_the_documented_rights() {
    let cluster = RedisCluster::start().await;
    for server in &cluster.servers {
        let_in(server).await;
    }
    let url = cluster.url().replace("redis-cluster://", "redis-cluster://belfry:BELFRY-PASSWORD@");
    let nodes = Nodes::start(Folder::on_server(), &url).await;
    nodes.carry_news().await;
    // One of them has the stream.
    let mut taken = 0;
    for server in &cluster.servers {
        taken += usize::from(tell(&server.url(), &entry(&["title", "by the stream"])).await.is_ok());
    }
    assert_eq!(taken, 1);
    nodes.have("by the stream").await;
    let told = neighbours("over the bridge");
    tell(&cluster.servers[0].url(), &told.each_ref().map(String::as_str)).await.unwrap();
    nodes.have("over the bridge").await;
    for server in &cluster.servers {
        let denied = server.ask::<Value>("ACL LOG").await.unwrap();
        assert_eq!(denied, Value::Array(Vec::new()));
    }
}

#[tokio::test]
async fn a_master_that_sentinels_name_serves_with_the_documented_rights() {
    let watched = Watched::start().await;
    for server in &watched.servers {
        let_in(server).await;
    }
    let url = watched.url().replace("redis-sentinel://", "redis-sentinel://belfry:BELFRY-PASSWORD@");
    let nodes = Nodes::start(Folder::on_server(), &url).await;
    nodes.carry_news().await;
    tell(&watched.servers[0].url(), &entry(&["title", "by the stream"])).await.unwrap();
    nodes.have("by the stream").await;
    let denied = watched.servers[0].ask::<Value>("ACL LOG").await.unwrap();
    assert_eq!(denied, Value::Array(Vec::new()));
}
