//! Ids that would be more than an id on Redis: a pattern, a hash tag, another command.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use futures_util::StreamExt;
use reqwest::Method;
use serde_json::json;

use super::{DEAD, Stranger, until};
use crate::support::{
    app::{App, JWT_SECRET},
    redis::RedisServer,
    voice::{Voice, plain},
};

/// What no channel of Belfry's may be made of.
fn ids() -> Vec<String> {
    let short = [
        "",
        " ",
        "*",
        "?",
        "ad?",
        "[a]da",
        "{}",
        "{1}",
        "{1}:ada",
        "ada}",
        "ada\0",
        "\0",
        "ada\n",
        "ada\r\nPING\r\n",
        "ada\r\n*1\r\n$8\r\nFLUSHALL\r\n",
        "ada bob",
        "a/b",
        "a\\b",
        "ädä",
        "\u{202e}ada",
        "ada\u{200b}",
    ];
    let long = ["x".repeat(65), "ada".repeat(350_000)];
    short.into_iter().map(str::to_owned).chain(long).collect()
}

/// Every channel that anything is published on, but for what is told in the source design's words by others.
async fn channels(redis: &RedisServer) -> Arc<Mutex<BTreeSet<String>>> {
    let seen = Arc::<Mutex<BTreeSet<String>>>::default();
    let mut pubsub = redis::Client::open(redis.url()).unwrap().get_async_pubsub().await.unwrap();
    pubsub.psubscribe("*").await.unwrap();
    let mut messages = pubsub.into_on_message();
    tokio::spawn({
        let seen = seen.clone();
        async move {
            while let Some(message) = messages.next().await {
                if !message.get_payload_bytes().ends_with(BAD.as_bytes()) {
                    seen.lock().unwrap().insert(message.get_channel_name().to_owned());
                }
            }
        }
    });
    seen
}

/// What is told on channels of hostile names.
const BAD: &str = r#"{"alertAdded":{"title":"bad"}}"#;

/// Raises for an id over HTTP, which is refused, or too large to be read.
async fn raise(publisher: &Voice, id: &str) {
    let query = "mutation ($input: CreateAlertInput!) { createAlert(input: $input) { problem { field } } }";
    let body = json!({ "query": query, "variables": { "input": plain(id, "bad") } });
    let answer = publisher.request(Method::POST, "/graphql").json(&body).send().await.unwrap();
    if id.len() > 1_000 {
        assert_eq!(answer.status(), 413);
        return;
    }
    let answer: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(answer["data"]["createAlert"]["problem"]["field"], "recipientId", "{id:?}: {answer}");
}

#[tokio::test]
async fn no_hostile_id_becomes_a_channel_whichever_way_it_comes() {
    let redis = RedisServer::start().await;
    let url = redis.url();
    let own = ["--mode", "production", "--jwt-secret", JWT_SECRET, "--bridge", "on"];
    let app = App::with(&[&own[..], &["--redis-url", &url, "--redis-prefix", "belfry:"]].concat()).await;
    let (stranger, publisher) = (Stranger::on(&redis).await, app.publisher().await);
    stranger.bridged().await;
    let seen = channels(&redis).await;
    for id in ids() {
        raise(&publisher, &id).await;
        let refused = app.person(&id).upgrade_refused().await;
        assert!(matches!(refused, 401 | 431), "{id:?}: {refused}");
        stranger.add_plain(&id, "bad").await;
        stranger.publish(&format!("alertAdded-{id}"), BAD).await;
        stranger.publish(&format!("alertRead-{id}"), BAD).await;
    }
    until(async || stranger.length(DEAD).await == ids().len() as u64).await;
    let ada = app.person("ada");
    let mut ear = crate::delivery::Ear::now(&ada).await;
    publisher.raise("ada", "good").await;
    assert_eq!(ear.event().await["alert"]["title"], "good");
    let expected = ["alertAdded-ada", "belfry:news:ada"].map(str::to_owned);
    until(async || seen.lock().unwrap().len() >= expected.len()).await;
    assert_eq!(*seen.lock().unwrap(), BTreeSet::from(expected));
    let joined: Vec<String> = stranger.ask(&["PUBSUB", "CHANNELS"]).await;
    assert_eq!(joined, ["belfry:news:ada"]);
    // The bridge's patterns, and the one that looks on.
    assert_eq!(stranger.ask::<u64>(&["PUBSUB", "NUMPAT"]).await, 3);
    assert_eq!(app.store.people().await.unwrap().len(), 1);
}
