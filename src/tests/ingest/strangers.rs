//! Settings of the ways in, and stores that share a Redis.

use super::{Node, Stranger};
use crate::support::{
    app::{App, Folder, JWT_SECRET, try_start},
    database::Database,
    redis::RedisServer,
};

#[tokio::test]
async fn a_bridge_without_redis_stops_the_start() {
    let folder = Folder::in_file();
    let flags: Vec<_> = folder.flags(&["--bridge", "on"]);
    // Whatever the broker of this run.
    let flags: Vec<_> =
        flags.chunks(2).filter(|pair| !pair[0].starts_with("--redis")).flatten().cloned().collect();
    let refused = try_start(&flags).await.map(drop).unwrap_err().to_string();
    assert_eq!(refused, "BELFRY_BRIDGE listens on Redis: set REDIS_URL, or BELFRY_BRIDGE=off");
}

#[tokio::test]
async fn a_bridge_that_nobody_asked_for_is_not_there() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    stranger.publish_added("ada", &serde_json::json!({ "title": "unheard" })).await;
    stranger.add_plain("ada", "by the stream").await;
    assert_eq!(node.has("ada", 1).await, ["by the stream"]);
    assert_eq!(stranger.ask::<u64>(&["PUBSUB", "NUMPAT"]).await, 0);
}

#[tokio::test]
async fn a_whole_server_reads_the_stream_under_its_prefix_and_listens() {
    let redis = RedisServer::start().await;
    let url = redis.url();
    let flags =
        ["--mode", "production", "--jwt-secret", JWT_SECRET, "--redis-url", &url, "--redis-prefix", "mine:"];
    let app = App::with(&[&flags[..], &["--bridge", "on"]].concat()).await;
    let stranger = Stranger::on(&redis).await;
    stranger.bridged().await;
    stranger.add_plain("ada", "somebody else's stream").await;
    stranger.publish_added("ada", &serde_json::json!({ "title": "over the bridge" })).await;
    let ada = app.person("ada");
    super::until(async || ada.unread().await == 1).await;
    let add = ["XADD", "mine:alerts", "*", "recipientId", "ada", "kind", "k", "title", "by the stream"];
    let _: String = stranger.ask(&add).await;
    super::until(async || ada.unread().await == 2).await;
    assert_eq!(crate::support::voice::titles(&ada.inbox().await), ["by the stream", "over the bridge"]);
    app.stop().await;
}
