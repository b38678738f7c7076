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
    for (query, why) in [(deep(30_000), "levels of brackets"), (doubling(60), "more than")] {
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
    for (query, why) in [(deep(15_000), "levels of brackets"), (doubling(60), "more than")] {
        peer.say(json!({ "id": "1", "type": "subscribe", "payload": { "query": query } })).await;
        let frame = peer.hear().await;
        assert_eq!(frame["type"], "error", "{frame}");
        assert!(frame["payload"][0]["message"].as_str().unwrap().contains(why), "{frame}");
    }
    peer.settle().await;
}

/// One document over each bound, and what it has too much of.
fn over_each() -> [(String, &'static str); 6] {
    let list = |it| format!("a{it}: alerts(first: 100) {{ edges {{ node {{ id title body data }} }} }} ");
    [
        (format!("{{ viewer {{ {} }} }}", "id ".repeat(2_000)), "more than 2000 tokens"),
        (format!("{{ viewer {{ {} }} }}", "id ".repeat(1_000)), "more than 1000 selections"),
        (format!("{{ viewer {{ {} }} }}", "a: id ".repeat(31)), "more than 30 aliases"),
        (format!("{{ {} }}", "viewer { id } ".repeat(21)), "more than 20 root fields"),
        (format!("{{ viewer {{ id {} }} }}", "@include(if: true) ".repeat(51)), "more than 50 directives"),
        (format!("{{ inbox {{ {} }} }}", (0..15).map(list).collect::<String>()), "too complex"),
    ]
}

#[tokio::test]
async fn each_bound_is_the_same_over_http_and_on_a_socket() {
    let app = App::start().await;
    let ada = app.person("ada");
    let mut peer = ada.socket().await;
    for (query, why) in over_each() {
        let over_http = ada.ask(&query, &json!({})).await;
        assert_eq!(over_http.get("data"), None, "{why}");
        assert!(over_http["errors"][0]["message"].as_str().unwrap().contains(why), "{over_http}");
        peer.say(json!({ "id": "1", "type": "subscribe", "payload": { "query": query } })).await;
        let frame = peer.hear().await;
        assert_eq!(
            (&frame["type"], &frame["payload"][0]["message"]),
            (&json!("error"), &over_http["errors"][0]["message"])
        );
    }
    peer.settle().await;
}

#[tokio::test]
async fn a_bulk_change_costs_what_all_its_alerts_do() {
    let app = App::start().await;
    let mut peer = app.person("ada").socket().await;
    let alerts = |fields| {
        format!("subscription {{ inboxChanged {{ ... on AlertsChanged {{ alerts {{ {fields} }} }} }} }}")
    };
    let query = alerts("a: body b: body c: body d: body e: body f: body");
    peer.say(json!({ "id": "1", "type": "subscribe", "payload": { "query": query } })).await;
    let frame = peer.hear().await;
    assert_eq!((&frame["type"], &frame["id"]), (&json!("error"), &json!("1")));
    assert!(frame["payload"][0]["message"].as_str().unwrap().contains("complex"), "{frame}");
    peer.subscribe(
        "2",
        &alerts("id title body link actor { name } createdAt readAt archivedAt snoozedUntil"),
    )
    .await;
    assert_eq!(peer.hear().await["type"], "next");
}

#[tokio::test]
async fn a_bound_is_a_setting() {
    let app =
        App::with(&["--mode", "demo", "--limit-aliases", "1", "--limit-page", "20", "--limit-body", "32768"])
            .await;
    let nobody = app.nobody();
    assert_eq!(nobody.ask("{ a: viewer { id } }", &json!({})).await.get("errors"), None);
    let two = nobody.ask("{ a: viewer { id } b: viewer { id } }", &json!({})).await;
    assert_eq!(two["errors"][0]["message"], "the document has more than 1 aliases");
    let body = json!({ "query": "{ __typename }", "extensions": { "pad": "x".repeat(32 * 1024) } });
    let answer = nobody.request(reqwest::Method::POST, "/graphql").json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 413);
    app.can_sign_in("kim", "a word").await;
    let page = "{ inbox { alerts(first: 21) { edges { cursor } } } }";
    let page = app.sign_in("kim", "a word").await.ask(page, &json!({})).await;
    assert_eq!(page["errors"][0]["message"], "first must be 0 to 20");
}
