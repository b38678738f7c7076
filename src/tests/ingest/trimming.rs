//! What leaves the stream, and what never does before it is done.

use super::{Node, STREAM, Stranger, until};
use crate::support::{database::Database, redis::RedisServer};

#[tokio::test]
async fn nothing_leaves_the_stream_before_it_is_done() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    let before = stranger.add_plain("bob", "before").await;
    node.has("bob", 1).await;
    database.refuse_alerts_of("ada").await;
    let stuck = stranger.add_plain("ada", "stuck").await;
    stranger.add_plain("bob", "after").await;
    assert_eq!(node.has("bob", 2).await, ["before", "after"]);
    let ids = async || stranger.entries(STREAM).await.into_iter().map(|entry| entry.id).collect::<Vec<_>>();
    // What is done is taken out from below; what is not keeps its place and all above it.
    until(async || !ids().await.contains(&before)).await;
    assert_eq!(ids().await[0], stuck);
    assert_eq!(stranger.pending().await, 1);
    // An entry that nobody has read yet, since it came while all that is read is stuck, stays as well.
    stranger.add_plain("bob", "last").await;
    assert_eq!(node.has("bob", 3).await, ["before", "after", "last"]);
    assert_eq!(ids().await[0], stuck);
    database.take_alerts_again().await;
    assert_eq!(node.has("ada", 1).await, ["stuck"]);
    until(async || ids().await.is_empty()).await;
}

#[tokio::test]
async fn entries_with_lower_ids_after_a_flush_are_read_and_not_trimmed() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    let late = ["XADD", STREAM, "9000000000000-0", "recipientId", "ada", "kind", "k", "title", "late"];
    let _: String = stranger.ask(&late).await;
    node.has("ada", 1).await;
    let _: () = stranger.ask(&["FLUSHALL"]).await;
    for number in 1..=3 {
        let id = format!("{number}-0");
        let early = ["XADD", STREAM, &id, "recipientId", "ada", "kind", "k", "title", &id];
        let _: String = stranger.ask(&early).await;
    }
    assert_eq!(node.has("ada", 4).await, ["late", "1-0", "2-0", "3-0"]);
    until(async || stranger.length(STREAM).await == 0).await;
}

#[tokio::test]
async fn what_somebody_took_out_of_the_stream_is_passed_over() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    database.refuse_alerts_of("ada").await;
    let id = stranger.add_plain("ada", "taken out").await;
    until(async || stranger.pending().await == 1).await;
    let _: u64 = stranger.ask(&["XDEL", STREAM, &id]).await;
    until(async || stranger.pending().await == 0).await;
    database.take_alerts_again().await;
    stranger.add_plain("ada", "next").await;
    assert_eq!(node.has("ada", 1).await, ["next"]);
}
