//! Documents that are small to send and large to look at.

use serde_json::json;

use crate::support::app::App;

/// A document whose one value nests this deep.
fn deep(levels: usize) -> String {
    format!("{{ __typename(a: {}{}) }}", "[".repeat(levels), "]".repeat(levels))
}

/// A document that spreads a fragment 2 to the power of `levels` times.
fn doubling(levels: usize) -> String {
    let spread = |level| format!("fragment f{level} on Query {{ ...f{0} ...f{0} }} ", level + 1);
    let fragments: String = (0..levels).map(spread).collect();
    format!("{{ ...f0 }} {fragments} fragment f{levels} on Query {{ viewer {{ id }} }}")
}

#[tokio::test]
async fn they_are_refused_over_http_before_they_are_walked() {
    let app = App::start().await;
    for (query, why) in [(deep(30_000), "nests deeper"), (doubling(60), "more than")] {
        let answer = app.nobody().ask(&query, &json!({})).await;
        assert_eq!(answer.get("data"), None);
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains(why), "{answer}");
    }
    assert_eq!(app.nobody().data("{ __typename }", &json!({})).await["__typename"], "Query");
}

#[tokio::test]
async fn they_are_refused_on_a_socket_which_stays_open() {
    let app = App::start().await;
    let mut peer = app.person("ada").socket().await;
    for (query, why) in [(deep(15_000), "nests deeper"), (doubling(60), "more than")] {
        peer.say(json!({ "id": "1", "type": "subscribe", "payload": { "query": query } })).await;
        let frame = peer.hear().await;
        assert_eq!(frame["type"], "error", "{frame}");
        assert!(frame["payload"][0]["message"].as_str().unwrap().contains(why), "{frame}");
    }
    peer.settle().await;
}
