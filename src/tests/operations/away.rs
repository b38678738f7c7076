//! What people and programs are told while the database or Redis is away.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Scrape, becomes};
use crate::{
    delivery::{Ear, INBOX_CHANGED, standing},
    support::{
        app::{App, Folder, JWT_SECRET, in_seconds, token},
        program::Serving,
        proxy::{Flow, Proxy},
        redis::RedisServer,
        voice::{Voice, plain},
    },
    ws::{bench::PATIENCE, peer::Peer},
};

/// A server on PostgreSQL, and its way there.
async fn app() -> (App, Proxy) {
    let folder = Folder::on_server();
    let url = url::Url::parse(&folder.url()).unwrap();
    let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let proxy = Proxy::to(vec![server.clone()]).await;
    let through = folder.url().replace(&server, &format!("127.0.0.1:{}", proxy.port));
    let own = ["--mode", "production", "--jwt-secret", JWT_SECRET, "--database-url", &through];
    let quick = ["--acquire-timeout", "2", "--statement-timeout", "2"];
    (App::in_folder(folder, &[&own[..], &quick[..]].concat()).await, proxy)
}

/// A program whose token nobody has to look up.
fn publisher(app: &App) -> Voice {
    app.bearer(&token(&json!({ "sub": "shop", "scope": "publish", "exp": in_seconds(600) })))
}

/// What is said of an inbox next, or whether changes arrive.
async fn told(peer: &mut Peer) -> Value {
    let telling = async {
        loop {
            let mut frame = peer.hear().await;
            match frame["type"].as_str() {
                Some("next") => return frame["payload"]["data"]["inboxChanged"].take(),
                Some("ping") if frame.get("payload").is_some() => return frame["payload"]["live"].take(),
                _ => peer.say(json!({ "type": "pong" })).await,
            }
        }
    };
    timeout(PATIENCE, telling).await.unwrap()
}

#[tokio::test]
async fn sockets_stay_open_without_the_database_and_are_told_that_they_are_not_live() {
    let (app, proxy) = app().await;
    let (shop, nobody) = (publisher(&app), app.nobody());
    for flow in [Flow::Cut, Flow::Still] {
        let mut ear = Ear::now(&app.person("ada")).await;
        let before = app.person("ada").position().await;
        proxy.flow(flow);
        let begin = Instant::now();
        assert_eq!(told(&mut ear.peer).await, false);
        assert!(begin.elapsed() < Duration::from_secs(5), "{flow:?}: {:?}", begin.elapsed());
        // One that comes now, and that nobody has to be looked up for, hears so at once.
        let mut late = shop.socket().await;
        assert_eq!(late.hear().await, json!({ "type": "ping", "payload": { "live": false } }));
        assert_eq!(Scrape::of(&nobody).await.value("belfry_live"), 0.0);
        proxy.flow(Flow::Free);
        assert_eq!(told(&mut ear.peer).await, true);
        assert_eq!(app.person("ada").position().await, before);
        shop.raise("ada", "afterwards").await;
        assert_eq!(standing(&told(&mut ear.peer).await), standing(&app.person("ada").inbox().await));
        assert_eq!(Scrape::of(&nobody).await.value("belfry_live"), 1.0);
    }
}

/// The code by which the one operation of a socket fails.
async fn failed(peer: &mut Peer) -> Value {
    loop {
        let mut frame = peer.hear().await;
        if frame["type"] == "error" {
            return frame["payload"][0]["extensions"]["code"].take();
        }
    }
}

/// The answer to the one operation of a socket.
async fn answered(peer: &mut Peer) -> Value {
    loop {
        let mut frame = peer.hear().await;
        match frame["type"].as_str() {
            Some("next") => return frame["payload"].take(),
            Some("ping") => peer.say(json!({ "type": "pong" })).await,
            _ => {}
        }
    }
}

/// The code of an answer's error; null without one.
async fn code(voice: &Voice, query: &str, variables: &Value) -> Value {
    let answer = voice.ask(query, variables).await;
    answer.pointer("/errors/0/extensions/code").cloned().unwrap_or_default()
}

#[tokio::test]
async fn without_the_database_everything_is_answered_soon_and_may_be_asked_again() {
    let (app, proxy) = app().await;
    app.can_sign_in("ada", "a word").await;
    let (ada, shop) = (app.sign_in("ada", "a word").await, publisher(&app));
    let mut socket = shop.socket().await;
    let create = "mutation ($input: CreateAlertInput!) { createAlert(input: $input) { alert { id } } }";
    let mut alert = plain("ada", "raised once");
    alert["idempotencyKey"] = "once".into();
    let input = json!({ "input": alert });
    for flow in [Flow::Cut, Flow::Still] {
        proxy.flow(flow);
        let begin = Instant::now();
        assert_eq!(code(&shop, create, &input).await, "UNAVAILABLE", "{flow:?}");
        let page = ada.get("/").await;
        assert_eq!((page.status().as_u16(), &page.headers()["retry-after"]), (503, &"1".parse().unwrap()));
        assert_eq!(code(&ada, "{ inbox { unreadCount } }", &json!({})).await, "UNAVAILABLE");
        let payload = json!({ "query": create, "variables": input });
        socket.say(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
        let answer = answered(&mut socket).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer}");
        // Two seconds each are waited for a connection.
        assert!(begin.elapsed() < Duration::from_secs(16), "{flow:?}: {:?}", begin.elapsed());
        proxy.flow(Flow::Free);
        timeout(PATIENCE, async { while code(&shop, create, &input).await != Value::Null {} }).await.unwrap();
        assert_eq!(app.person("ada").unread().await, 1, "{flow:?}");
    }
}

const WAITING: &str = "
    select count(*)::text from pg_locks join pg_database on pg_database.oid = database
    where datname = current_database() and not granted";

#[tokio::test]
async fn a_statement_whose_answer_never_comes_is_not_waited_for_not_even_to_stop() {
    let (app, proxy) = app().await;
    let ada = app.person("ada");
    let mut socket = ada.socket().await;
    let mut other = app.folder.database.connect().await;
    other.run("begin; lock table people in access exclusive mode").await;
    socket.subscribe("1", "{ viewer { id } }").await;
    let asked = tokio::spawn(async move { ada.get("/").await.status().as_u16() });
    timeout(PATIENCE, async { while other.text(WAITING).await != "2" {} }).await.unwrap();
    // The server gives both up after two seconds, and nobody hears of it.
    proxy.flow(Flow::Still);
    let (heard, status) = tokio::join!(timeout(PATIENCE, failed(&mut socket)), timeout(PATIENCE, asked));
    assert_eq!((heard.unwrap(), status.unwrap().unwrap()), (json!("UNAVAILABLE"), 503));
    app.stop().await;
}

#[tokio::test]
async fn without_redis_alerts_arrive_and_nobody_is_alarmed_but_who_runs_it() {
    let (folder, mut redis) = (Folder::on_server(), RedisServer::start().await);
    let (url, log) = (redis.url(), folder.path("log"));
    let flags = folder.flags(&["--mode", "production", "--jwt-secret", JWT_SECRET, "--redis-url", &url]);
    let server = Serving::logging(&flags, &log).await;
    let other = App::in_folder(folder, &["--mode", "production", "--jwt-secret", JWT_SECRET]).await;
    let (here, shop) = (other.person("ada").at(server.address.parse().unwrap()), publisher(&other));
    let mut peer = here.socket().await;
    peer.subscribe("ear", INBOX_CHANGED).await;
    assert_eq!(told(&mut peer).await["__typename"], "InboxReset");
    redis.kill();
    becomes(&here, "belfry_broker_up", 0.0).await;
    for revision in 1..=3 {
        shop.raise("ada", "without Redis").await;
        // Nothing was said before it: neither that changes do not arrive nor anything else.
        assert_eq!(told(&mut peer).await["revision"], revision);
    }
    redis.restart().await;
    becomes(&here, "belfry_broker_up", 1.0).await;
    let log = std::fs::read_to_string(log).unwrap();
    let lines = |words: &str| log.lines().filter(|line| line.contains(words)).count();
    assert_eq!((lines("lost Redis; news is slow"), lines("Redis is back")), (1, 1), "{log}");
}
