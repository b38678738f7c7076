//! More than anybody needs.

use super::{DEAD, Node, Stranger, until};
use crate::support::{database::Database, redis::RedisServer};

#[tokio::test]
async fn of_many_refused_entries_the_last_ten_thousand_are_kept() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let stranger = Stranger::on(&redis).await;
    for _ in 0..12 {
        let mut pipe = redis::pipe();
        for number in 0..1_000 {
            pipe.cmd("XADD").arg("belfry:alerts").arg("*").arg("number").arg(number).ignore();
        }
        pipe.exec_async(&mut stranger.conn()).await.unwrap();
    }
    let last = stranger.add_plain("ada", "\n").await;
    let node = Node::on(&database, &redis).await;
    stranger.add_plain("ada", "good").await;
    assert_eq!(node.has("ada", 1).await, ["good"]);
    until(async || stranger.pending().await == 0).await;
    let dead = stranger.entries(DEAD).await;
    assert!((10_000..10_200).contains(&dead.len()), "{}", dead.len());
    assert_eq!(dead.last().unwrap().text("entryId"), last);
}
