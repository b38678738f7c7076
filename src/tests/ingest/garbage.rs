//! Whatever bytes come, nothing wrong is stored and the next good one is handled.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*, strategy::ValueTree, test_runner::TestRunner};

use super::{DEAD, Node, Stranger, until};
use crate::support::{database::Database, redis::RedisServer};

/// How much of it is sent.
const COUNT: usize = 300;

/// Anything, and often something that is nearly right.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let names = ["recipientId", "kind", "title", "body", "severity", "link", "actor", "data", "expiresAt"];
    let values = ["ada", "null", "{}", "[1", "\"", "INFO", "2030-01-01T00:00:00Z", "{\"name\":1}", ""];
    let words: Vec<Vec<u8>> = names.iter().chain(&values).map(|word| word.as_bytes().to_vec()).collect();
    prop_oneof![vec(any::<u8>(), 0..40), prop::sample::select(words)]
}

/// The alert in a message of an event: JSON of any shape, half of it now and then, or no JSON at all.
fn message(event: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        Just("null".to_owned()),
        Just("7".to_owned()),
        Just("[]".to_owned()),
        Just("\"\\u0000\"".to_owned()),
        "\"[a-z ]{0,8}\"",
        Just("{\"name\": 7}".to_owned()),
        Just("\"\\ud800\"".to_owned())
    ];
    let member = ("id|kind|title|severity|link|actor|expiresAt|recipientId|via", value);
    let object = vec(member, 0..5).prop_map(move |members| {
        let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
        // With this it is no alert, whatever else it is.
        format!("{{\"{event}\": {{{}, \"body\": 7}}}}", members.join(", ")).into_bytes()
    });
    let cut =
        (object, any::<prop::sample::Index>()).prop_map(|(text, at)| text[..at.index(text.len())].to_vec());
    prop_oneof![vec(any::<u8>(), 0..60), cut]
}

fn some<T>(strategy: &impl Strategy<Value = T>) -> Vec<T> {
    let mut runner = TestRunner::default();
    (0..COUNT).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

#[tokio::test]
async fn garbage_in_the_stream_is_refused_and_the_next_good_entry_raised() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    // Without a title it is no alert, whatever else it is.
    let entries = vec((bytes(), bytes()), 1..6)
        .prop_map(|fields| fields.into_iter().filter(|(name, _)| name != b"title").collect::<Vec<_>>());
    let entries = some(&entries.prop_filter("it has fields", |fields| !fields.is_empty()));
    for (number, entry) in entries.iter().enumerate() {
        let fields: Vec<&[u8]> = entry.iter().flat_map(|(name, value)| [&name[..], &value[..]]).collect();
        stranger.add_bytes(&fields).await;
        if number % 100 == 99 {
            stranger.add_plain("ada", "good").await;
            node.has("ada", (number + 1) / 100).await;
        }
    }
    until(async || stranger.length(DEAD).await == COUNT as u64).await;
    assert_eq!(node.store.people().await.unwrap().len(), 1);
    assert_eq!((node.inbox("ada").await.len(), stranger.pending().await), (3, 0));
    let dead = stranger.entries(DEAD).await;
    let reasons: BTreeSet<_> = dead.iter().map(|dead| dead.text("reason")).collect();
    assert!(reasons.len() > 3, "{reasons:?}");
}

#[tokio::test]
async fn garbage_over_the_bridge_is_dropped_and_the_next_good_message_handled() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::with(&database, &redis, true).await, Stranger::on(&redis).await);
    stranger.bridged().await;
    let messages = some(&(message("alertAdded"), message("alertRead")));
    for (number, (added, read)) in messages.into_iter().enumerate() {
        stranger.publish("alertAdded-ada", added).await;
        stranger.publish("alertRead-ada", read).await;
        if number % 100 == 99 {
            stranger.publish_added("ada", &serde_json::json!({ "title": "good" })).await;
            node.has("ada", (number + 1) / 100).await;
        }
    }
    assert_eq!(node.titles("ada").await, ["good", "good", "good"]);
    assert_eq!((node.unread("ada").await, node.store.people().await.unwrap().len()), (3, 1));
}
