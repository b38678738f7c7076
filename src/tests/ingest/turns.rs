//! One node at a time reads the stream: who goes on when it stops, dies or stands still.

use std::{
    collections::HashSet,
    path::PathBuf,
    time::{Duration, Instant},
};

use super::{Node, Stranger, until};
use crate::support::{app::Folder, database::Database, program::Serving, redis::RedisServer};

/// What a node that died is waited for.
const TERM: Duration = Duration::from_secs(5);

/// A node in a process of its own.
async fn process(folder: &Folder, redis: &RedisServer) -> Serving {
    let redis = redis.url();
    // A commit that a test holds up must not be given up meanwhile.
    let own = ["--redis-url", &redis, "--redis-prefix", "belfry:", "--statement-timeout", "60"];
    let flags = folder.flags(&[&["--mode", "production"][..], &own].concat());
    let flags = [vec!["serve".to_owned()], flags].concat();
    let log: PathBuf = folder.path("log");
    Serving::logging(&flags, &log).await
}

/// The port of an address, as the system or as Redis writes it.
fn port(address: &str, radix: u32) -> u16 {
    u16::from_str_radix(address.rsplit_once(':').unwrap().1, radix).unwrap()
}

/// Waits until the stream has been taken over so often, or more: on a busy machine an heir may lose it for a moment.
async fn holds(database: &Database, number: i64) {
    until(async || {
        let held = "select cast(number as text) from leases where name = 'stream'";
        database.connect().await.text(held).await.parse::<i64>().unwrap() >= number
    })
    .await;
}

#[tokio::test]
async fn a_node_that_stops_lets_the_next_one_read_at_once() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (here, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    stranger.add_plain("ada", "here").await;
    here.has("ada", 1).await;
    let there = Node::on(&database, &redis).await;
    let begin = Instant::now();
    here.ingest.stop().await;
    stranger.add_plain("ada", "there").await;
    assert_eq!(there.has("ada", 2).await, ["here", "there"]);
    assert!(begin.elapsed() < TERM, "{:?}", begin.elapsed());
    holds(&database, 2).await;
}

#[tokio::test]
async fn an_entry_survives_the_death_between_commit_and_acknowledgement_without_doubling() {
    let (folder, redis) = (Folder::on_server(), RedisServer::start().await);
    let stranger = Stranger::on(&redis).await;
    let dying = process(&folder, &redis).await;
    stranger.add_plain("ada", "first").await;
    let heir = Node::on(&folder.database, &redis).await;
    assert_eq!(heir.has("ada", 1).await, ["first"]);
    until(async || stranger.pending().await == 0).await;

    // The commit waits for ada's inbox; until it may, Redis ceases to take writes: no acknowledgement.
    let mut held = folder.database.connect().await;
    held.run("begin; select from inboxes where user_id = 'ada' for update").await;
    stranger.add_plain("ada", "second").await;
    until(async || stranger.pending().await == 1).await;
    // What is pending need not have been read yet.
    folder.database.is_waited_for().await;
    let _: () = stranger.ask(&["CLIENT", "PAUSE", "60000", "WRITE"]).await;
    held.let_go().await;
    assert_eq!(heir.has("ada", 2).await, ["first", "second"]);
    dying.signal("KILL").await;
    dying.ended().await;
    // What it had asked dies with its connections, once Redis knows that those are gone.
    until(async || {
        let known: String = stranger.ask(&["CLIENT", "LIST"]).await;
        let there: HashSet<_> = redis.callers().iter().map(|caller| port(caller, 16)).collect();
        let address = |line: &str| line.split(" addr=").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        known.lines().all(|line| there.contains(&port(&address(line), 10)))
    })
    .await;
    let _: () = stranger.ask(&["CLIENT", "UNPAUSE"]).await;
    assert_eq!(stranger.pending().await, 1, "it was not acknowledged");

    holds(&folder.database, 2).await;
    stranger.add_plain("ada", "third").await;
    assert_eq!(heir.has("ada", 3).await, ["first", "second", "third"]);
    until(async || stranger.pending().await == 0).await;
    assert_eq!(heir.store.standing(&"ada".parse().unwrap()).await.unwrap().position.revision, 3);
}

#[tokio::test]
async fn what_a_sleeping_node_was_given_the_next_one_raises_in_order() {
    let (folder, redis) = (Folder::on_server(), RedisServer::start().await);
    let stranger = Stranger::on(&redis).await;
    let sleeping = process(&folder, &redis).await;
    stranger.add_plain("ada", "0").await;
    let heir = Node::on(&folder.database, &redis).await;
    heir.has("ada", 1).await;
    until(async || stranger.pending().await == 0).await;
    sleeping.signal("STOP").await;
    // It sleeps while it waits for an entry: Redis gives it the next one all the same.
    for number in 1..=5 {
        stranger.add_plain("ada", &number.to_string()).await;
    }
    assert_eq!(heir.has("ada", 6).await, ["0", "1", "2", "3", "4", "5"]);
    holds(&folder.database, 2).await;
    sleeping.signal("CONT").await;
    for number in 6..=9 {
        stranger.add_plain("ada", &number.to_string()).await;
    }
    let expected: Vec<_> = (0..=9).map(|number| number.to_string()).collect();
    assert_eq!(heir.has("ada", 10).await, expected);
    until(async || stranger.pending().await == 0).await;
    assert_eq!(heir.titles("ada").await, expected);
    sleeping.signal("TERM").await;
    assert_eq!(sleeping.ended().await, Some(0));
}
