//! Which Redis will not do.

use std::{net::SocketAddr, sync::Arc};

use belfry::server::broker::{Address, Redis, wire};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
};

use crate::support::{
    database::Database,
    redis::RedisServer,
    sentinel::{NAME, Watched},
};

/// The sentence that stops the start.
pub(super) async fn refusal(url: &str) -> String {
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
    let single = "redis://user:password@host:6379";
    let sentinel = "redis-sentinel://user:password@host1:26379,host2:26379/master-name";
    let cluster = "redis-cluster://user:password@host1:6379,host2:6379";
    for (url, form) in [
        ("", single),
        ("redis://", single),
        ("http://:secret@host", single),
        ("redis://:secret@host:port", single),
        ("redis://:secret@host/x", single),
        ("redis://:secret@host1,host2", single),
        ("redis-sentinel://:secret@host", sentinel),
        ("redis-sentinel://:secret@host/", sentinel),
        ("redis-sentinel:///news", sentinel),
        ("rediss-sentinel://:secret@host1,,host2/news", sentinel),
        ("redis-sentinel://:secret@host/news/2", sentinel),
        ("redis-sentinel://:secret@host/news?db=2", sentinel),
        ("redis-cluster://", cluster),
        ("redis-cluster://:secret@", cluster),
        ("redis-cluster://:secret@host1:6379,host2:port", cluster),
        ("rediss-cluster://:secret@host/2", cluster),
    ] {
        let expected = format!("REDIS_URL is malformed: write it like {form}");
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

#[tokio::test]
async fn a_master_that_no_sentinel_knows_is_refused_and_a_sentinel_is_no_server() {
    let watched = Watched::start().await;
    let servers = watched.url().replace("redis-sentinel://", "");
    let servers = servers.replace(NAME, "new");
    let expected = format!("REDIS_URL: no sentinel of {servers} knows that master: check its name");
    assert_eq!(refusal(&watched.url().replace(NAME, "new")).await, expected);
    let said = refusal(&watched.sentinels[0].url()).await;
    assert!(said.contains("is a sentinel: write redis-sentinel://"), "{said}");
}

#[tokio::test]
async fn a_single_server_is_no_cluster() {
    let server = RedisServer::start().await;
    let said = refusal(&server.url().replace("redis://", "redis-cluster://")).await;
    let expected = format!(
        "REDIS_URL: the Redis server {} is not one of a cluster: write redis:// in REDIS_URL",
        server.name()
    );
    assert_eq!(said, expected);
}

#[tokio::test]
async fn a_server_that_is_too_old_is_refused() {
    let six = old_server("%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n", "6.2.14").await;
    let expected = format!(
        "REDIS_URL: the Redis server {six} is version 6.2.14, and Belfry needs 7 or newer: upgrade it"
    );
    assert_eq!(refusal(&format!("redis://{six}")).await, expected);
    let five =
        old_server("-ERR unknown command `HELLO`, with args beginning with: `3`, \r\n", "5.0.14").await;
    let expected = format!("REDIS_URL: the Redis server {five} is older than version 7: upgrade it");
    assert_eq!(refusal(&format!("redis://{five}")).await, expected);
}

/// Stands for a server that is not to be had any more: it greets and says its version as Redis 5 and 6 do.
async fn old_server(hello: &'static str, version: &str) -> SocketAddr {
    let info = format!("# Server\r\nredis_version:{version}\r\nredis_mode:standalone\r\n");
    let info = format!("${}\r\n{info}\r\n", info.len());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let (reader, mut writer) = socket.split();
        let mut lines = BufReader::new(reader).lines();
        // Of a command's lines its name tells which it is.
        while let Some(line) = lines.next_line().await.unwrap() {
            let answer = match line.as_str() {
                "HELLO" => hello,
                "CLIENT" => "-ERR Unknown subcommand or wrong number of arguments for 'SETINFO'\r\n",
                "INFO" => &info,
                _ => continue,
            };
            writer.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    address
}
