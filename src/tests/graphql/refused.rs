//! What `createAlert` does not take: each field is named, and nothing is stored.

use serde_json::{Value, json};

use crate::support::{app::App, voice::plain};

const CREATE: &str = "mutation ($input: CreateAlertInput!) { createAlert(input: $input) { \
    alert { id } problem { code field message } } }";

/// A plain alert to ada with one field as given.
fn with(field: &str, value: Value) -> Value {
    let mut input = plain("ada", "Hello");
    input[field] = value;
    input
}

#[tokio::test]
async fn each_bad_field_is_a_problem_that_names_it_and_nothing_is_stored() {
    let app = App::start().await;
    let publisher = app.publisher().await;
    let bad = [
        ("recipientId", "recipientId", json!("no spaces")),
        ("recipientId", "recipientId", json!("")),
        ("recipientId", "recipientId", json!("a*".repeat(40))),
        ("kind", "kind", json!("")),
        ("kind", "kind", json!("k".repeat(65))),
        ("title", "title", json!("")),
        ("title", "title", json!(" \n")),
        ("title", "title", json!("t".repeat(201))),
        ("body", "body", json!("b".repeat(4_001))),
        ("link", "link", json!("javascript:alert(1)")),
        ("link", "link", json!("//elsewhere.example")),
        ("link", "link", json!("ftp://example.org")),
        ("data", "data", json!("d".repeat(4_096))),
        ("expiresAt", "expiresAt", json!("2020-01-01T00:00:00Z")),
        ("idempotencyKey", "idempotencyKey", json!("")),
        ("actor", "actor.name", json!({ "name": "" })),
        ("actor", "actor.avatarUrl", json!({ "name": "Grace", "avatarUrl": "data:image/png," })),
    ];
    for (field, named, value) in bad {
        let payload = publisher.create(&with(field, value.clone())).await;
        let problem = &payload["problem"];
        assert_eq!(payload["alert"], Value::Null, "{field} {value}");
        assert_eq!((&problem["code"], &problem["field"]), (&json!("INVALID"), &json!(named)), "{value}");
        assert!(problem["message"].as_str().unwrap().starts_with(named), "{problem}");
    }
    let inbox = app.person("ada").inbox().await;
    assert_eq!((&inbox["unreadCount"], &inbox["revision"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn the_longest_that_is_allowed_is_taken() {
    let app = App::start().await;
    let publisher = app.publisher().await;
    for (field, value) in [
        ("recipientId", "r".repeat(64)),
        ("kind", "é".repeat(64)),
        ("title", "🔔".repeat(200)),
        ("body", "ü".repeat(4_000)),
        ("idempotencyKey", "k".repeat(255)),
    ] {
        let payload = publisher.create(&with(field, json!(value))).await;
        assert_eq!(payload["problem"], Value::Null, "{field}");
    }
}

#[tokio::test]
async fn data_too_deep_to_be_read_again_is_a_problem_wherever_it_is_written() {
    let app = App::start().await;
    let publisher = app.publisher().await;
    let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let given = |levels| with("data", serde_json::from_str(&nested(levels)).unwrap());
    assert_eq!(publisher.create(&given(32)).await["problem"], Value::Null);
    for levels in [33, 50] {
        assert_eq!(publisher.create(&given(levels)).await["problem"]["field"], "data", "{levels}");
        let input = format!(r#"{{ recipientId: "ada", kind: "k", title: "t", data: {} }}"#, nested(levels));
        let query = format!("mutation {{ createAlert(input: {input}) {{ problem {{ field }} }} }}");
        let data = publisher.data(&query, &json!({})).await;
        assert_eq!(data["createAlert"]["problem"]["field"], "data", "{levels}");
    }
    assert_eq!(app.person("ada").unread().await, 1);
}

#[tokio::test]
async fn input_of_another_shape_is_a_request_error_that_names_the_place() {
    let app = App::start().await;
    let publisher = app.publisher().await;
    let mut untitled = plain("ada", "");
    untitled.as_object_mut().unwrap().remove("title");
    let bad = [
        ("input.colour", with("colour", json!("red"))),
        ("input.title", untitled),
        ("input.title", with("title", Value::Null)),
        ("input.title", with("title", json!(7))),
        ("input.body", with("body", json!({}))),
        ("input.severity", with("severity", json!("LOUD"))),
        ("input.expiresAt", with("expiresAt", json!("tomorrow"))),
        ("input.expiresAt", with("expiresAt", json!(1_700_000_000))),
        ("input.actor.name", with("actor", json!({ "id": "grace" }))),
        ("input.actor.shoe", with("actor", json!({ "name": "Grace", "shoe": 38 }))),
    ];
    for (named, input) in bad {
        let answer = publisher.ask(CREATE, &json!({ "input": input })).await;
        assert_eq!(answer.get("data"), None, "{input}");
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(named), "{named}: {message}");
    }
    let answer = publisher.ask(CREATE, &json!({})).await;
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("$input"), "{answer}");
    assert_eq!(app.person("ada").unread().await, 0);
}

#[tokio::test]
async fn input_of_another_shape_in_the_document_itself_is_a_request_error_too() {
    let app = App::start().await;
    let publisher = app.publisher().await;
    for input in [
        r#"{ recipientId: "ada", kind: "k", title: "t", colour: "red" }"#,
        r#"{ recipientId: "ada", kind: "k" }"#,
        r#"{ recipientId: "ada", kind: "k", title: "t", expiresAt: "soon" }"#,
        r#"{ recipientId: "ada", kind: "k", title: "t", severity: LOUD }"#,
    ] {
        let query = format!("mutation {{ createAlert(input: {input}) {{ alert {{ id }} }} }}");
        let answer = publisher.ask(&query, &json!({})).await;
        assert_eq!(answer.get("data"), None, "{input} {answer}");
        assert!(answer["errors"][0]["message"].is_string(), "{answer}");
    }
    assert_eq!(app.person("ada").unread().await, 0);
}

#[tokio::test]
async fn only_publishers_raise() {
    let app = App::start().await;
    let variables = json!({ "input": plain("ada", "Hello") });
    for (voice, code) in [(app.person("ada"), "FORBIDDEN"), (app.nobody(), "UNAUTHENTICATED")] {
        let answer = voice.ask(CREATE, &variables).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], code);
        assert_eq!(answer["errors"][0]["path"], json!(["createAlert"]));
    }
    assert_eq!(app.person("ada").unread().await, 0);
}

#[tokio::test]
async fn a_publisher_sees_no_inbox() {
    let app = App::start().await;
    let publisher = app.publisher().await;
    let id = publisher.raise("ada", "Hello").await;
    assert_eq!(publisher.data("{ viewer { id } }", &json!({})).await["viewer"], Value::Null);
    for query in ["{ inbox { unreadCount } }".to_owned(), format!("{{ alert(id: \"{id}\") {{ id }} }}")] {
        let answer = publisher.ask(&query, &json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{query}");
    }
    let answer = publisher
        .ask(
            "mutation ($input: CreateAlertInput!) { createAlert(input: $input) { inbox { unreadCount } } }",
            &json!({}),
        )
        .await;
    assert_eq!(answer.get("data"), None);
}
