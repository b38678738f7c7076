//! What others say on the same Redis.

use super::{Node, channels_are};
use crate::support::{database::Database, redis::RedisServer};

#[tokio::test]
async fn what_no_node_of_this_store_wrote_is_dropped_and_the_next_news_is_heard() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (here, there) = (Node::on(&database, &redis).await, Node::on(&database, &redis).await);
    let mut ear = there.listen("ada").await;
    channels_are(&redis, 1).await;
    let mut conn = redis.connect().await;
    let forged = [&[7; 32][..], br#"{"user":"ada","position":"0","change":null}"#].concat();
    for garbage in [&b""[..], b"\xff\xfe", b"{}", &[0; 1_000_000], &forged] {
        let heard: i64 =
            redis::cmd("PUBLISH").arg("belfry:news:ada").arg(garbage).query_async(&mut conn).await.unwrap();
        assert_eq!(heard, 1);
    }
    here.raise("ada", "true").await;
    assert_eq!(ear.revisions(1).await, [1]);
}

#[tokio::test]
async fn stores_with_prefixes_of_their_own_share_a_redis() {
    let (one, other, redis) = (Database::new(), Database::new(), RedisServer::start().await);
    let one = Node::named(&one, &redis, "one:").await;
    let other = Node::named(&other, &redis, "other:").await;
    let (mut ear, mut elsewhere) = (one.listen("ada").await, other.listen("ada").await);
    channels_are(&redis, 2).await;
    one.raise("ada", "here").await;
    other.raise("ada", "there").await;
    other.raise("ada", "there").await;
    assert_eq!(ear.revisions(1).await, [1]);
    assert_eq!(elsewhere.revisions(2).await, [1, 2]);
}
