//! GraphQL over HTTP: methods, media types, and a status for every way a request can be wrong.

use reqwest::{Method, Response};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::support::{app::App, voice::Voice};

const JSON: &str = "application/json";
const GRAPHQL: &str = "application/graphql-response+json";

/// Posts a body as it is.
async fn post(voice: &Voice, content_type: &str, accept: &str, body: impl Into<reqwest::Body>) -> Response {
    let request = voice.request(Method::POST, "/graphql").header("accept", accept);
    request.header("content-type", content_type).body(body).send().await.unwrap()
}

async fn get(voice: &Voice, parameters: &[(&str, &str)]) -> Response {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    voice.get(&format!("/graphql?{query}")).await
}

fn media(answer: &Response) -> &str {
    answer.headers()["content-type"].to_str().unwrap().split(';').next().unwrap()
}

/// The first error's message.
async fn message(answer: Response) -> String {
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer.get("data"), None);
    answer["errors"][0]["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_query_may_be_sent_by_get() {
    let app = App::start().await;
    let query =
        "query Who($no: Boolean!) { viewer { id name @skip(if: $no) } } query Other { viewer { name } }";
    let parameters = [("query", query), ("operationName", "Who"), ("variables", r#"{"no":true}"#)];
    let answer = get(&app.person("ada"), &parameters).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["cache-control"], "private, no-store");
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "data": { "viewer": { "id": "ada" } } }));
}

#[tokio::test]
async fn a_mutation_by_get_is_405_and_changes_nothing() {
    let app = App::start().await;
    let (id, ada) = (app.publisher().await.raise("ada", "Hello").await, app.person("ada"));
    let mutation = format!("mutation {{ markAlertRead(id: \"{id}\") {{ problem {{ code }} }} }}");
    for query in [mutation.as_str(), "subscription { alertAdded { id } }"] {
        let answer = get(&ada, &[("query", query)]).await;
        assert_eq!((answer.status().as_u16(), answer.headers()["allow"].to_str().unwrap()), (405, "POST"));
    }
    assert_eq!(ada.unread().await, 1);
}

#[tokio::test]
async fn only_json_in_utf_8_is_taken() {
    let app = App::start().await;
    let (nobody, body) = (app.nobody(), r#"{"query":"{ __typename }"}"#);
    for media in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/graphql",
        "application/json; charset=latin1",
        "",
    ] {
        let answer = post(&nobody, media, JSON, body).await;
        assert_eq!(answer.status(), 415, "{media}");
    }
    for media in ["application/json", "Application/JSON;charset=UTF-8", "application/json; charset=\"utf-8\""]
    {
        assert_eq!(post(&nobody, media, JSON, body).await.status(), 200, "{media}");
    }
    let untyped = nobody.request(Method::POST, "/graphql").body(body).send().await.unwrap();
    assert_eq!(untyped.status(), 415);
}

#[tokio::test]
async fn a_body_that_is_no_request_is_400_and_says_why() {
    let app = App::start().await;
    let bad = [
        ("not JSON", "{"),
        ("not JSON", ""),
        ("not JSON", "\u{feff}{}"),
        ("JSON object", "[]"),
        ("JSON object", r#"[{"query":"{ __typename }"}]"#),
        ("JSON object", "null"),
        ("query", "{}"),
        ("query", r#"{"query":7}"#),
        ("operationName", r#"{"query":"{ __typename }","operationName":[]}"#),
        ("variables", r#"{"query":"{ __typename }","variables":"{}"}"#),
        ("extensions", r#"{"query":"{ __typename }","extensions":[]}"#),
    ];
    for (named, body) in bad {
        for accept in [JSON, GRAPHQL] {
            let answer = post(&app.nobody(), JSON, accept, body).await;
            assert_eq!((answer.status().as_u16(), media(&answer)), (400, accept), "{body}");
            let message = message(answer).await;
            assert!(message.contains(named), "{body}: {message}");
        }
    }
    let bytes = post(&app.nobody(), JSON, JSON, vec![0xff, b'{']).await;
    assert_eq!(bytes.status(), 400);
}

#[tokio::test]
async fn null_parameters_are_as_good_as_none() {
    let app = App::start().await;
    let body = r#"{"query":"{ __typename }","operationName":null,"variables":null,"extensions":null,"id":1}"#;
    let answer = post(&app.nobody(), JSON, JSON, body).await;
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "data": { "__typename": "Query" } }));
}

#[tokio::test]
async fn bad_parameters_of_a_get_are_400() {
    let app = App::start().await;
    let bad = [
        ("query", vec![]),
        ("variables", vec![("query", "{ __typename }"), ("variables", "{")]),
        ("variables", vec![("query", "{ __typename }"), ("variables", "[]")]),
        ("extensions", vec![("query", "{ __typename }"), ("extensions", "7")]),
    ];
    for (named, parameters) in bad {
        let answer = get(&app.nobody(), &parameters).await;
        assert_eq!(answer.status(), 400, "{parameters:?}");
        assert!(message(answer).await.contains(named));
    }
}

#[tokio::test]
async fn the_answers_media_type_is_the_best_that_the_client_takes() {
    let app = App::start().await;
    let body = r#"{"query":"{ __typename }"}"#;
    for (accept, given) in [
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("application/graphql-response+json", GRAPHQL),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL),
        ("application/graphql-response+json;q=0.1, application/json;q=0.9", JSON),
        ("text/html, application/graphql-response+json;charset=utf-8", GRAPHQL),
    ] {
        let answer = post(&app.nobody(), JSON, accept, body).await;
        assert_eq!((answer.status().as_u16(), media(&answer)), (200, given), "{accept}");
    }
    for accept in ["text/html", "image/*", "application/json;q=0"] {
        let answer = post(&app.nobody(), JSON, accept, body).await;
        assert_eq!((answer.status().as_u16(), media(&answer)), (406, JSON), "{accept}");
        assert!(message(answer).await.contains("Accept"));
    }
}

#[tokio::test]
async fn a_document_that_cannot_run_has_no_data_and_a_status_by_media_type() {
    let app = App::start().await;
    for (query, variables) in [
        ("{", json!({})),
        ("{ nothing }", json!({})),
        ("query A { __typename } query B { __typename }", json!({})),
        ("query ($id: ID!) { alert(id: $id) { id } }", json!({})),
        ("query ($id: ID!) { alert(id: $id) { id } }", json!({ "id": { } })),
        ("subscription { alertAdded { id } }", json!({})),
    ] {
        let body = json!({ "query": query, "variables": variables }).to_string();
        for (accept, status) in [(JSON, 200), (GRAPHQL, 400)] {
            let answer = post(&app.person("ada"), JSON, accept, body.clone()).await;
            assert_eq!((answer.status().as_u16(), media(&answer)), (status, accept), "{query}");
            assert!(!message(answer).await.is_empty());
        }
    }
    let unknown = r#"{"query":"query A { __typename }","operationName":"B"}"#;
    let answer = post(&app.nobody(), JSON, GRAPHQL, unknown).await;
    assert_eq!(answer.status(), 400);
    assert!(message(answer).await.contains("operationName"));
}

#[tokio::test]
async fn an_operation_that_ran_is_200_also_with_errors() {
    let app = App::start().await;
    let answer =
        post(&app.nobody(), JSON, GRAPHQL, r#"{"query":"{ viewer { id } inbox { revision } }"}"#).await;
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!((&answer["data"], &answer["errors"][0]["path"]), (&Value::Null, &json!(["inbox"])));
}

#[tokio::test]
async fn a_body_too_large_is_413() {
    let app = App::start().await;
    let body = json!({ "query": "{ __typename }", "extensions": { "pad": "x".repeat(128 * 1024) } });
    let answer = post(&app.nobody(), JSON, GRAPHQL, body.to_string()).await;
    assert_eq!((answer.status().as_u16(), media(&answer)), (413, GRAPHQL));
    assert!(message(answer).await.contains("limit"));
}

#[tokio::test]
async fn a_document_too_deep_or_too_costly_does_not_run() {
    let app = App::start().await;
    let deep = format!("{{ inbox {{ {} revision {} }} }}", "... { ".repeat(400), "}".repeat(400));
    let wide =
        format!("{{ {} }}", (0..2_600).map(|it| format!("a{it}: viewer {{ id }} ")).collect::<String>());
    let list = |it| format!("a{it}: alerts(first: 100) {{ edges {{ node {{ id title body data }} }} }} ");
    let long = format!("{{ inbox {{ {} }} }}", (0..9).map(list).collect::<String>());
    for query in [deep, wide, long] {
        let answer = app.person("ada").ask(&query, &json!({})).await;
        assert_eq!(answer.get("data"), None, "{:.200}", answer.to_string());
    }
}

#[tokio::test]
async fn other_methods_are_405() {
    let app = App::start().await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = app.nobody().request(method, "/graphql").send().await.unwrap();
        assert_eq!(answer.status(), 405);
        assert_eq!(answer.headers()["allow"], "GET, HEAD, POST");
        assert!(message(answer).await.contains("POST"));
    }
}
