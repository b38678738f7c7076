//! Entries that raise nothing: where they go, and what is said of them.

use super::{DEAD, Node, STREAM, Stranger, until};
use crate::support::{database::Database, redis::RedisServer};

/// An entry's fields with some in the place of good ones; an empty value leaves one out.
fn fields<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let good = [("recipientId", "ada"), ("kind", "k"), ("title", "t")];
    let kept = good.into_iter().filter(|(name, _)| !changed.iter().any(|(other, _)| other == name));
    kept.chain(changed.iter().copied().filter(|(_, value)| !value.is_empty())).collect()
}

#[tokio::test]
async fn a_refused_entry_is_kept_with_its_fields_and_the_reason() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    let long = "x".repeat(4_001);
    let deep = "[".repeat(200);
    for (changed, reason) in [
        (vec![("recipientId", "")], "recipientId is missing"),
        (vec![("kind", "")], "kind is missing"),
        (vec![("title", "")], "title is missing"),
        (vec![("recipientId", "a b")], "recipientId must be 1-64 characters of A-Z a-z 0-9 _ . @ : -"),
        (vec![("recipientId", "*")], "recipientId must be 1-64 characters of A-Z a-z 0-9 _ . @ : -"),
        (vec![("title", "a\nb")], "title must be one line without control characters"),
        (vec![("body", &long)], "body must be at most 4000 characters, not 4001"),
        (vec![("severity", "loud")], "severity must be INFO, SUCCESS, WARNING or CRITICAL"),
        (
            vec![("link", "javascript:alert(1)")],
            "link must be an http or https address, or a path that starts with one /",
        ),
        (vec![("actor", "CI")], "actor is not the JSON that it must be"),
        (vec![("actor", r#"{"id": 7, "name": "CI"}"#)], "actor is not the JSON that it must be"),
        (vec![("actor", r#"{"name": "CI", "age": 7}"#)], "actor is not the JSON that it must be"),
        (vec![("actor", r#"{"name": ""}"#)], "actor.name must not be empty"),
        (vec![("data", r#"{"half": "#)], "data is not the JSON that it must be"),
        (vec![("data", &deep)], "data is not the JSON that it must be"),
        (vec![("expiresAt", "tomorrow")], "expiresAt must be a date and time by RFC 3339"),
        (vec![("expiresAt", "2001-01-01T00:00:00Z")], "expiresAt must be in the future"),
        (vec![("userId", "ada")], "userId is no field of an alert"),
        (vec![("kind\n2", "x")], "what stands for a field's name is no field of an alert"),
    ] {
        let fields = fields(&changed);
        let id = stranger.add(&fields).await;
        until(async || stranger.length(DEAD).await == 1).await;
        let mut dead = stranger.dead().await.remove(0);
        assert_eq!(dead.remove("reason").as_deref(), Some(reason));
        assert_eq!(dead.remove("entryId"), Some(id));
        assert_eq!(dead, fields.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect());
        let _: u64 = stranger.ask(&["DEL", DEAD]).await;
    }
    stranger.add_plain("ada", "good").await;
    assert_eq!(node.has("ada", 1).await, ["good"]);
    until(async || stranger.pending().await == 0 && stranger.length(STREAM).await == 0).await;
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused_and_kept() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    stranger.add_bytes(&[b"recipientId", b"ada", b"kind", b"k", b"title", b"\xff\xfe"]).await;
    stranger.add_bytes(&[b"recipientId", b"ada", b"kind", b"k", b"\xff", b"x"]).await;
    stranger
        .add_bytes(&[b"recipientId", b"ada", b"recipientId", b"bob", b"kind", b"k", b"title", b"t"])
        .await;
    until(async || stranger.length(DEAD).await == 3).await;
    let dead = stranger.entries(DEAD).await;
    assert_eq!(dead[0].text("reason"), "title is not UTF-8");
    assert_eq!(dead[0].bytes("title"), b"\xff\xfe");
    assert_eq!(dead[1].text("reason"), "a field's name is not UTF-8");
    assert_eq!(dead[2].text("reason"), "recipientId is there twice");
    stranger.add_plain("ada", "good").await;
    assert_eq!(node.has("ada", 1).await, ["good"]);
    assert!(node.inbox("bob").await.is_empty());
}

#[tokio::test]
async fn a_huge_entry_is_refused_without_being_read() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let stranger = Stranger::on(&redis).await;
    let huge = "x".repeat(5_000_000);
    for _ in 0..3 {
        stranger.add(&fields(&[("body", &huge)])).await;
    }
    let many: Vec<&[u8]> = vec![b""; 70_000];
    stranger.add_bytes(&many).await;
    let node = Node::on(&database, &redis).await;
    stranger.add_plain("ada", "good").await;
    assert_eq!(node.has("ada", 1).await, ["good"]);
    until(async || stranger.length(DEAD).await == 4).await;
    for dead in stranger.dead().await {
        assert!(dead["reason"].ends_with("bytes, and 65536 is the most"), "{}", dead["reason"]);
        assert_eq!(dead.len(), 2);
    }
}

#[tokio::test]
async fn a_key_that_stands_for_another_alert_is_refused() {
    let (database, redis) = (Database::new(), RedisServer::start().await);
    let (node, stranger) = (Node::on(&database, &redis).await, Stranger::on(&redis).await);
    for title in ["first", "second"] {
        stranger.add(&fields(&[("title", title), ("idempotencyKey", "k")])).await;
    }
    until(async || stranger.length(DEAD).await == 1).await;
    assert_eq!(node.titles("ada").await, ["first"]);
    let dead = stranger.dead().await.remove(0);
    assert_eq!(dead["reason"], "idempotencyKey was used before for an alert with other content");
    assert_eq!(dead["title"], "second");
}
