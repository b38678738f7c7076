//! Which Redis will not do.

use std::sync::Arc;

use belfry::server::broker::{Address, Redis, wire};

use crate::support::{database::Database, redis::RedisServer};

/// The sentence that stops the start.
async fn refusal(url: &str) -> String {
    let address = match Address::parse(url) {
        Ok(address) => address,
        Err(error) => return error.to_string(),
    };
    let store = Database::new().open().await;
    let key = wire::Key(store.news_key().await.unwrap());
    let opened = Redis::open(&address, "belfry:", key, store, Arc::default()).await.map(drop);
    opened.map_or_else(|error| error.to_string(), |()| "it opened".to_owned())
}

#[tokio::test]
async fn a_malformed_address_is_refused_and_not_repeated() {
    for url in ["", "redis://", "http://:secret@host", "redis://:secret@host:port", "redis://:secret@host/x"]
    {
        let expected = "REDIS_URL is malformed: write it like redis://user:password@host:6379";
        assert_eq!(refusal(url).await, expected, "{url}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_the_server_is_named() {
    let server = RedisServer::with(Some("right")).await;
    let name = server.url().rsplit_once('@').unwrap().1.to_owned();
    let expected = format!(
        "REDIS_URL: the Redis server {name} refuses the user or the password: check them in REDIS_URL"
    );
    assert_eq!(refusal(&server.url().replace("right", "wrong")).await, expected);
    assert_eq!(refusal(&format!("redis://{name}")).await, expected);
    let store = Database::new().open().await;
    let key = wire::Key(store.news_key().await.unwrap());
    let address = Address::parse(&server.url()).unwrap();
    Redis::open(&address, "belfry:", key, store, Arc::default()).await.map(drop).unwrap();
}
