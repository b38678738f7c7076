//! Bearer tokens: publishers', and the host application's.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use belfry::domain::{Scope, scope::Pattern};
use serde_json::{Value, json};

use crate::support::{
    app::{App, in_seconds, signed_with, token},
    voice::{Voice, plain},
};

/// What the caller is told who is not let in at all.
async fn refused(voice: &Voice) -> String {
    let body = json!({ "query": "{ __typename }" });
    let answer = voice.request(reqwest::Method::POST, "/graphql").json(&body).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["www-authenticate"]),
        (401, &"Bearer".parse().unwrap())
    );
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(answer.get("data"), None);
    answer["errors"][0]["message"].as_str().unwrap().to_owned()
}

fn part(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

#[tokio::test]
async fn a_token_of_the_host_application_is_its_person() {
    let app = App::start().await;
    let ada = app
        .bearer(&token(&json!({ "sub": "ada", "exp": in_seconds(60), "name": "Ada Byron", "extra": [1] })));
    let viewer = ada.data("{ viewer { id name avatarUrl } }", &json!({})).await;
    assert_eq!(viewer["viewer"], json!({ "id": "ada", "name": "Ada Byron", "avatarUrl": null }));
}

#[tokio::test]
async fn a_person_has_the_name_of_the_newest_token_that_has_one() {
    let app = App::start().await;
    for (claim, shown) in [
        (json!(null), "ada"),
        (json!("Ada"), "Ada"),
        (json!(" Ada Byron "), "Ada Byron"),
        (json!(""), "Ada Byron"),
        (json!("two\nlines"), "Ada Byron"),
        (json!("n".repeat(101)), "Ada Byron"),
        (json!(7), "Ada Byron"),
    ] {
        let ada = app.bearer(&token(&json!({ "sub": "ada", "exp": in_seconds(60), "name": claim })));
        let viewer = ada.data("{ viewer { name } }", &json!({})).await;
        assert_eq!(viewer["viewer"]["name"], shown, "{claim}");
    }
}

#[tokio::test]
async fn a_token_that_is_not_good_lets_nobody_in() {
    let app = App::start().await;
    let good = json!({ "sub": "ada", "exp": in_seconds(60) });
    let none = format!("{}.{}.", part(&json!({ "alg": "none", "typ": "JWT" })), part(&good));
    let mut tampered: Vec<String> = token(&good).split('.').map(str::to_owned).collect();
    tampered[1] = part(&json!({ "sub": "grace", "exp": in_seconds(60) }));
    let bad = [
        token(&json!({ "sub": "ada", "exp": in_seconds(-1) })),
        token(&json!({ "sub": "ada" })),
        token(&json!({ "exp": in_seconds(60) })),
        token(&json!({ "sub": "ada", "exp": "soon" })),
        token(&json!({ "sub": "ada", "exp": in_seconds(60), "nbf": in_seconds(30) })),
        token(&json!({ "sub": "no spaces", "exp": in_seconds(60) })),
        token(&json!({ "sub": "", "exp": in_seconds(60) })),
        token(&json!({ "sub": "ada", "exp": in_seconds(60), "scope": "admin" })),
        signed_with("another secret", &good),
        none,
        tampered.join("."),
        "garbage".to_owned(),
        String::new(),
    ];
    for token in bad {
        assert!(!refused(&app.bearer(&token)).await.is_empty(), "{token}");
    }
}

#[tokio::test]
async fn each_way_a_token_can_be_bad_has_its_own_answer() {
    let app = App::start().await;
    let claims = |seconds| json!({ "sub": "ada", "exp": in_seconds(seconds) });
    let mut early = claims(60);
    early["nbf"] = json!(in_seconds(30));
    let unknown = belfry::server::auth::Secret::random().unwrap();
    for (token, answer) in [
        ("garbage", "the token is neither a publisher token nor a JWT"),
        ("a.b.c", "the token is neither a publisher token nor a JWT"),
        // Nothing of what it says of itself comes back, or into the log.
        (
            &format!("{}.e30.x", part(&json!({ "alg": "A".repeat(9_000) }))),
            "the token is neither a publisher token nor a JWT",
        ),
        (&signed_with("another secret", &claims(60)), "the token's signature is not good"),
        (&token(&claims(-1)), "the token has expired"),
        (&token(&early), "the token is not good yet"),
        (&token(&json!({ "sub": "a b", "exp": in_seconds(60) })), "the token's sub is not a user id"),
        (unknown.reveal(), "the publisher token is unknown or revoked"),
    ] {
        assert_eq!(refused(&app.bearer(token)).await, answer);
    }
}

#[tokio::test]
async fn a_token_with_the_scope_publish_raises_and_has_no_inbox() {
    let app = App::start().await;
    let publisher = app.bearer(&token(&json!({ "sub": "shop", "exp": in_seconds(60), "scope": "publish" })));
    publisher.raise("ada", "Hello").await;
    let answer = publisher.ask("{ inbox { unreadCount } }", &json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let reader = app.bearer(&token(&json!({ "sub": "ada", "exp": in_seconds(60), "scope": "inbox" })));
    assert_eq!(reader.unread().await, 1);
}

#[tokio::test]
async fn a_publisher_token_raises_what_its_scope_says_and_nothing_else() {
    let app = App::start().await;
    let scope = Scope {
        kinds: vec![Pattern::kind("build.*").unwrap()],
        recipients: vec![Pattern::recipient("ada").unwrap()],
    };
    let publisher = app.publisher_within("ci", &scope).await;
    for (kind, recipient, excluded) in [
        ("build.failed", "ada", None),
        ("mention", "ada", Some("kind")),
        ("build.failed", "grace", Some("recipientId")),
        (" build.failed", "ada", Some("kind")),
    ] {
        let mut alert = plain(recipient, "Hello");
        alert["kind"] = json!(kind);
        let create =
            "mutation ($input: CreateAlertInput!) { createAlert(input: $input) { problem { field } } }";
        let answer = publisher.ask(create, &json!({ "input": alert })).await;
        let error = &answer["errors"][0]["extensions"];
        match excluded {
            None => assert_eq!(answer["data"]["createAlert"]["problem"], Value::Null),
            Some(field) => {
                assert_eq!(*error, json!({ "code": "FORBIDDEN", "field": field }), "{kind} {recipient}")
            }
        }
    }
    assert_eq!(app.person("ada").unread().await, 1);
    assert_eq!(app.person("grace").unread().await, 0);
}

#[tokio::test]
async fn a_publisher_token_that_is_unknown_or_revoked_is_refused() {
    let app = App::start().await;
    let publisher = app.publisher_named("ci").await;
    publisher.raise("ada", "Hello").await;
    assert!(app.store.revoke_token("ci").await.unwrap());
    assert!(refused(&publisher).await.contains("unknown or revoked"));
    let unknown = belfry::server::auth::Secret::random().unwrap();
    assert!(refused(&app.bearer(unknown.reveal())).await.contains("unknown or revoked"));
}

#[tokio::test]
async fn a_header_of_another_form_is_refused_rather_than_ignored() {
    let app = App::start().await;
    for header in ["Basic YWRhOmRlbW8=", "Bearer", "", "belfry_x"] {
        let request = app.nobody().request(reqwest::Method::POST, "/graphql");
        let request = request.header("authorization", header).json(&json!({ "query": "{ __typename }" }));
        assert_eq!(request.send().await.unwrap().status(), 401, "{header}");
    }
}

#[tokio::test]
async fn without_a_secret_no_token_of_a_host_application_is_good() {
    let app = App::with(&["--mode", "production"]).await;
    refused(&app.person("ada")).await;
    let mut alert = plain("ada", "Hello");
    alert["kind"] = json!("k");
    assert_eq!(app.publisher().await.create(&alert).await["problem"], Value::Null);
}

#[tokio::test]
async fn leeway_lets_in_who_is_late_by_that_much() {
    let flags =
        ["--mode", "production", "--jwt-leeway", "5", "--jwt-secret", crate::support::app::JWT_SECRET];
    let app = App::with(&flags).await;
    let late = |seconds: i64| token(&json!({ "sub": "ada", "exp": in_seconds(-seconds) }));
    assert_eq!(app.bearer(&late(2)).unread().await, 0);
    refused(&app.bearer(&late(8))).await;
}
