//! While the store or Redis fails.

use super::{DEAD, Node, STREAM, Stranger, until};
use crate::support::{database::Database, redis::RedisServer};

#[tokio::test]
async fn while_the_store_fails_entries_wait_and_then_come_in_order() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    stranger.add_plain("ada", "0").await;
    node.has("ada", 1).await;
    database.tamper("alter table changes rename to lost").await;
    for number in 1..=20 {
        stranger.add_plain(if number % 2 == 0 { "ada" } else { "bob" }, &number.to_string()).await;
    }
    until(async || stranger.pending().await == 20).await;
    assert_eq!((node.titles("ada").await.len(), stranger.length(DEAD).await), (1, 0));
    database.tamper("alter table lost rename to changes").await;
    let numbers = |from: usize| (from..=20).step_by(2).map(|number| number.to_string()).collect::<Vec<_>>();
    assert_eq!(node.has("ada", 11).await, numbers(0));
    assert_eq!(node.has("bob", 10).await, numbers(1));
    until(async || stranger.pending().await == 0).await;
}

#[tokio::test]
async fn one_person_whose_entries_fail_holds_nobody_up_and_is_not_overtaken() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    database.refuse_alerts_of("ada").await;
    // More than a page of them.
    for number in 0..300 {
        stranger.add_plain("ada", &number.to_string()).await;
    }
    stranger.add_plain("bob", "meanwhile").await;
    assert_eq!(node.has("bob", 1).await, ["meanwhile"]);
    assert_eq!(stranger.pending().await, 300);
    stranger.add_plain("ada", "300").await;
    database.take_alerts_again().await;
    let expected: Vec<_> = (0..=300).map(|number| number.to_string()).collect();
    assert_eq!(node.has("ada", 301).await, expected);
}

#[tokio::test]
async fn two_people_whose_entries_fail_hold_nobody_up() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    let refuse = match &database {
        Database::File(_) => {
            "create trigger stuck before insert on alerts when new.user_id in ('ada', 'bob') \
             begin select raise(abort, 'stuck'); end"
        }
        Database::Server(_) => {
            "alter table alerts add constraint stuck check (user_id not in ('ada', 'bob')) not valid"
        }
    };
    database.tamper(refuse).await;
    // Theirs alone are more than a page.
    for number in 0..200 {
        stranger.add_plain("ada", &number.to_string()).await;
        stranger.add_plain("bob", &number.to_string()).await;
    }
    stranger.add_plain("eve", "meanwhile").await;
    assert_eq!(node.has("eve", 1).await, ["meanwhile"]);
    assert!(node.inbox("ada").await.is_empty() && node.inbox("bob").await.is_empty());
    database.take_alerts_again().await;
    let expected: Vec<_> = (0..200).map(|number| number.to_string()).collect();
    assert_eq!(node.has("ada", 200).await, expected);
    assert_eq!(node.has("bob", 200).await, expected);
}

#[tokio::test]
async fn one_person_whose_entries_failed_is_tried_again_while_others_never_end() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    database.refuse_alerts_of("ada").await;
    stranger.add_plain("ada", "stuck").await;
    let flood = async {
        loop {
            stranger.add_plain("bob", "one of many").await;
        }
    };
    let meanwhile = async {
        node.has("bob", 10).await;
        database.take_alerts_again().await;
        node.has("ada", 1).await
    };
    tokio::select! {
        () = flood => {}
        titles = meanwhile => assert_eq!(titles, ["stuck"]),
    }
}

#[tokio::test]
async fn a_redis_that_lost_everything_begins_anew() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    for round in 1..=3 {
        stranger.add_plain("ada", &round.to_string()).await;
        node.has("ada", round).await;
        let _: () = stranger.ask(&["FLUSHALL"]).await;
    }
    let _: u64 = stranger.ask(&["DEL", STREAM]).await;
    stranger.add_plain("ada", "4").await;
    assert_eq!(node.has("ada", 4).await, ["1", "2", "3", "4"]);
}

#[tokio::test]
async fn a_redis_that_dies_and_comes_back_is_read_again() {
    let (database, mut redis) = (Database::new(), RedisServer::start().await);
    let node = Node::on(&database, &redis).await;
    Stranger::on(&redis).await.add_plain("ada", "before").await;
    node.has("ada", 1).await;
    redis.kill();
    redis.restart().await;
    Stranger::on(&redis).await.add_plain("ada", "after").await;
    assert_eq!(node.has("ada", 2).await, ["before", "after"]);
}

#[tokio::test]
async fn a_key_of_another_type_stops_nothing_but_itself() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let stranger = Stranger::on(&redis).await;
    let _: () = stranger.ask(&["SET", STREAM, "no stream"]).await;
    let node = Node::on(&database, &redis).await;
    node.raise("ada", "by another way").await;
    let _: u64 = stranger.ask(&["DEL", STREAM]).await;
    stranger.add_plain("ada", "by the stream").await;
    assert_eq!(node.has("ada", 2).await, ["by another way", "by the stream"]);

    let _: () = stranger.ask(&["SET", DEAD, "no stream"]).await;
    let refused = stranger.add(&[("recipientId", "ada")]).await;
    stranger.add_plain("ada", "after it").await;
    assert_eq!(node.has("ada", 3).await[2], "after it");
    until(async || stranger.pending().await == 1).await;
    let _: u64 = stranger.ask(&["DEL", DEAD]).await;
    until(async || stranger.pending().await == 0).await;
    assert_eq!(stranger.dead().await[0]["entryId"], refused);
}

#[tokio::test]
async fn many_entries_that_cannot_be_kept_as_refused_hold_nobody_up() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    let _: () = stranger.ask(&["SET", DEAD, "no stream"]).await;
    // More than a page of them.
    for _ in 0..300 {
        stranger.add(&[("recipientId", "ada")]).await;
    }
    stranger.add_plain("ada", "good").await;
    assert_eq!(node.has("ada", 1).await, ["good"]);
    until(async || stranger.pending().await == 300).await;
    let _: u64 = stranger.ask(&["DEL", DEAD]).await;
    until(async || stranger.pending().await == 0).await;
    assert_eq!(stranger.length(DEAD).await, 300);
}
