//! `inbox` and `alert`: one moment, in pages, and only one's own.

use serde_json::{Value, json};

use crate::support::{
    app::App,
    voice::{Voice, titles},
};

const PAGE: &str = "query ($first: Int, $after: String, $last: Int, $before: String, $filter: AlertFilter) {
    inbox { unreadCount revision alerts(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        edges { node { title } cursor }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } } }";

async fn page(voice: &Voice, variables: Value) -> Value {
    voice.data(PAGE, &variables).await["inbox"].take()
}

/// The numbers in the titles of a page.
fn numbers(inbox: &Value) -> Vec<u32> {
    titles(inbox).iter().map(|title| title.rsplit(' ').next().unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn a_new_inbox_is_empty_at_revision_0() {
    let app = App::start().await;
    let inbox = page(&app.person("ada"), json!({})).await;
    assert_eq!((&inbox["unreadCount"], &inbox["revision"]), (&json!(0), &json!(0)));
    let info =
        json!({ "hasNextPage": false, "hasPreviousPage": false, "startCursor": null, "endCursor": null });
    assert_eq!(inbox["alerts"], json!({ "edges": [], "pageInfo": info }));
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repeat_while_new_alerts_come_in() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    publisher.raise_some("ada", 7).await;
    let first = page(&ada, json!({ "first": 3 })).await;
    assert_eq!(numbers(&first), [6, 5, 4]);
    assert_eq!(first["alerts"]["pageInfo"]["hasNextPage"], true);
    publisher.raise("ada", "number 7").await;
    let second = page(&ada, json!({ "first": 3, "after": first["alerts"]["pageInfo"]["endCursor"] })).await;
    assert_eq!(numbers(&second), [3, 2, 1]);
    let third = page(&ada, json!({ "first": 3, "after": second["alerts"]["edges"][2]["cursor"] })).await;
    assert_eq!(numbers(&third), [0]);
    assert_eq!(third["alerts"]["pageInfo"]["hasNextPage"], false);
    let back = page(&ada, json!({ "last": 2, "before": third["alerts"]["pageInfo"]["startCursor"] })).await;
    assert_eq!(numbers(&back), [2, 1]);
    assert_eq!(back["alerts"]["pageInfo"]["hasPreviousPage"], true);
}

#[tokio::test]
async fn a_list_has_20_alerts_unless_told_and_the_filter_picks_them() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    let ids = publisher.raise_some("ada", 21).await;
    assert_eq!(numbers(&page(&ada, json!({})).await).len(), 20);
    ada.mark_read(&ids[3]).await;
    let read = page(&ada, json!({ "filter": { "unread": false } })).await;
    assert_eq!((numbers(&read), &read["unreadCount"]), (vec![3], &json!(20)));
    publisher
        .create(
            &json!({ "recipientId": "ada", "kind": "other", "title": "number 30", "severity": "WARNING" }),
        )
        .await;
    for filter in [json!({ "kinds": ["other"] }), json!({ "severities": ["WARNING", "CRITICAL"] })] {
        assert_eq!(numbers(&page(&ada, json!({ "filter": filter })).await), [30]);
    }
    let none = page(&ada, json!({ "filter": { "kinds": ["other"], "unread": false } })).await;
    assert_eq!(numbers(&none), [0; 0]);
}

#[tokio::test]
async fn lists_in_one_answer_are_of_one_moment() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    let raising = tokio::spawn(async move { publisher.raise_some("ada", 60).await });
    let query = "{ inbox { unreadCount revision \
        all: alerts(first: 100) { edges { node { revision } } } \
        unread: alerts(first: 100, filter: { unread: true }) { edges { node { revision } } } } }";
    loop {
        let inbox = ada.data(query, &json!({})).await["inbox"].take();
        let (all, unread) =
            (inbox["all"]["edges"].as_array().unwrap(), inbox["unread"]["edges"].as_array().unwrap());
        assert_eq!(all, unread);
        assert_eq!(
            (json!(all.len()), json!(all.len())),
            (inbox["unreadCount"].clone(), inbox["revision"].clone())
        );
        if all.len() == 60 {
            break;
        }
    }
    raising.await.unwrap();
}

#[tokio::test]
async fn a_bad_argument_of_a_list_is_an_error_that_names_it() {
    let app = App::start().await;
    let ada = app.person("ada");
    let bad = [
        ("first", json!({ "first": -1 })),
        ("first", json!({ "first": 101 })),
        ("last", json!({ "last": -1 })),
        ("last", json!({ "last": 101 })),
        ("last", json!({ "first": 1, "last": 1 })),
        ("after", json!({ "after": "garbage" })),
        ("before", json!({ "last": 1, "before": "00000000ff" })),
        ("filter.kinds", json!({ "filter": { "kinds": vec!["k"; 51] } })),
        ("filter.severities", json!({ "filter": { "severities": vec!["INFO"; 5] } })),
    ];
    for (named, variables) in bad {
        let answer = ada.ask(PAGE, &variables).await;
        let error = &answer["errors"][0];
        let extensions = json!({ "code": "BAD_USER_INPUT", "field": named });
        assert_eq!(error["extensions"], extensions, "{variables}: {answer}");
        assert!(error["message"].as_str().unwrap().starts_with(named), "{error}");
    }
    for (named, variables) in
        [("first", json!({ "first": "many" })), ("filter.colour", json!({ "filter": { "colour": 1 } }))]
    {
        let answer = ada.ask(PAGE, &variables).await;
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains(named), "{answer}");
        assert_eq!(answer.get("data"), None);
    }
}

#[tokio::test]
async fn an_alert_is_found_by_its_owner_alone() {
    let app = App::start().await;
    let id = app.publisher().await.raise("ada", "Hello").await;
    let query = "query ($id: ID!) { alert(id: $id) { title } }";
    let found = app.person("ada").data(query, &json!({ "id": id })).await;
    assert_eq!(found["alert"]["title"], "Hello");
    let (not_yours, not_there) = (
        app.person("grace").ask(query, &json!({ "id": id })).await,
        app.person("grace").ask(query, &json!({ "id": "0190a0b0-0000-7000-8000-000000000000" })).await,
    );
    assert_eq!((&not_yours, &not_yours), (&not_there, &json!({ "data": { "alert": null } })));
}

#[tokio::test]
async fn a_malformed_id_is_an_error_that_names_it() {
    let app = App::start().await;
    let query = "query ($id: ID!) { alert(id: $id) { title } }";
    for id in ["", "7", "0190a0b000007000800000000000000", "{0190a0b0-0000-7000-8000-000000000000}"] {
        let error = app.person("ada").ask(query, &json!({ "id": id })).await["errors"][0].take();
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{id}");
        assert!(error["message"].as_str().unwrap().starts_with("id "), "{error}");
    }
}

#[tokio::test]
async fn nobody_has_no_inbox_and_is_no_viewer() {
    let app = App::start().await;
    let answer = app.nobody().ask("{ viewer { id } inbox { unreadCount } }", &json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(app.nobody().data("{ viewer { id } }", &json!({})).await["viewer"], Value::Null);
}

#[tokio::test]
async fn an_int_that_is_none_is_a_request_error() {
    let app = App::start().await;
    let query = "query ($first: Int) { inbox { alerts(first: $first) { edges { cursor } } } }";
    for first in
        [json!(2_147_483_648_u32), json!(-2_147_483_649_i64), json!(u64::MAX), json!(1.5), json!("1")]
    {
        let answer = app.person("ada").ask(query, &json!({ "first": first })).await;
        assert_eq!(answer.get("data"), None, "{first} {answer}");
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains("first"), "{answer}");
    }
    let answer = app.person("ada").ask(query, &json!({ "first": 2_147_483_647 })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
}
