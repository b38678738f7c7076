//! What nodes count of the news between them.

use super::{Scrape, becomes};
use crate::{
    delivery::Ear,
    support::{
        app::{App, Folder, JWT_SECRET},
        redis::RedisServer,
    },
};

async fn node(folder: &Folder, redis: &RedisServer) -> App {
    let redis = redis.url();
    let flags = ["--mode", "production", "--jwt-secret", JWT_SECRET, "--redis-url", &redis];
    App::in_folder(folder.clone(), &flags).await
}

/// The channel of a person's news, once somebody hears it.
async fn channel(redis: &RedisServer) -> String {
    let mut conn = redis.connect().await;
    loop {
        let names: Vec<String> = redis::cmd("PUBSUB").arg("CHANNELS").query_async(&mut conn).await.unwrap();
        if let Some(name) = names.into_iter().find(|name| name.ends_with("ada")) {
            return name;
        }
    }
}

#[tokio::test]
async fn news_is_counted_where_it_is_told_and_where_it_is_heard() {
    let (folder, redis) = (Folder::on_server(), RedisServer::start().await);
    let (here, there) = (node(&folder, &redis).await, node(&folder, &redis).await);
    let mut ear = Ear::now(&there.person("ada")).await;
    channel(&redis).await;
    here.publisher().await.raise_some("ada", 2).await;
    assert_eq!(ear.standings(2).await, [(1, 1), (2, 2)]);
    for (name, value) in
        [("news_published_total", 2.0), ("publish_lag_seconds_count", 2.0), ("broker_up", 1.0)]
    {
        becomes(&here.nobody(), &format!("belfry_{name}"), value).await;
    }
    becomes(&there.nobody(), "belfry_news_heard_total", 2.0).await;
    assert_eq!(Scrape::of(&here.nobody()).await.value("belfry_outbox_news"), 0.0);
}

#[tokio::test]
async fn what_is_no_news_is_counted_by_what_is_wrong_with_it() {
    let (folder, redis) = (Folder::on_server(), RedisServer::start().await);
    let node = node(&folder, &redis).await;
    let _ear = Ear::now(&node.person("ada")).await;
    let channel = channel(&redis).await;
    let mut conn = redis.connect().await;
    for garbage in ["", "{}", "nobody knows the key"] {
        let heard: i64 =
            redis::cmd("PUBLISH").arg(&channel).arg(garbage).query_async(&mut conn).await.unwrap();
        assert_eq!(heard, 1);
    }
    becomes(&node.nobody(), "belfry_news_refused_total{reason=\"forged\"}", 3.0).await;
    let scrape = Scrape::of(&node.nobody()).await;
    assert_eq!(scrape.value("belfry_news_refused_total{reason=\"malformed\"}"), 0.0);
    assert_eq!(scrape.value("belfry_news_heard_total"), 0.0);
}

#[tokio::test]
async fn news_that_a_lost_redis_does_not_take_is_counted() {
    let (folder, mut redis) = (Folder::on_server(), RedisServer::start().await);
    let node = node(&folder, &redis).await;
    becomes(&node.nobody(), "belfry_broker_up", 1.0).await;
    redis.kill();
    becomes(&node.nobody(), "belfry_broker_up", 0.0).await;
    node.publisher().await.raise("ada", "unheard").await;
    becomes(&node.nobody(), "belfry_news_dropped_total{reason=\"failed\"}", 1.0).await;
    assert_eq!(Scrape::of(&node.nobody()).await.value("belfry_news_published_total"), 0.0);
    redis.restart().await;
    becomes(&node.nobody(), "belfry_broker_up", 1.0).await;
}
