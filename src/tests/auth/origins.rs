//! Whose pages may act in the name of who looks at them.

use reqwest::{Method, RequestBuilder};
use serde_json::json;
use url::form_urlencoded;

use crate::support::{
    app::{App, Folder, JWT_SECRET, location},
    voice::{Voice, origin},
};

const PROXIED: [&str; 6] =
    ["--mode", "production", "--jwt-secret", JWT_SECRET, "--trusted-proxies", "127.0.0.0/8"];

/// A person's cookie.
async fn ada(app: &App) -> String {
    app.can_sign_in("ada", "a word").await;
    app.sign_in("ada", "a word").await.cookie().to_owned()
}

/// Sends a request as a page of some origin would have it sent, with the cookie of who looks at it.
async fn sent(request: RequestBuilder, cookie: &str, origin: Option<&str>) -> u16 {
    let request = request.header("cookie", cookie);
    let request = origin.iter().fold(request, |request, origin| request.header("origin", *origin));
    request.send().await.unwrap().status().as_u16()
}

/// All there is to ask for that acts.
fn acts(voice: &Voice) -> Vec<RequestBuilder> {
    let asked = json!({ "query": "{ viewer { id } }" });
    vec![
        voice.upgrading(),
        voice.request(Method::POST, "/graphql").json(&asked),
        voice.form("/alerts/read-all", &[("upTo", "x")]),
        voice.form("/login", &[("user", "ada"), ("password", "a word")]),
        voice.request(Method::POST, "/logout"),
    ]
}

#[tokio::test]
async fn a_page_of_another_origin_opens_no_socket_and_sends_nothing() {
    let app = App::start().await;
    let cookie = ada(&app).await;
    let own = app.address.to_string();
    let port = app.address.port();
    for foreign in [
        "null".to_owned(),
        "http://evil.example".to_owned(),
        format!("https://{own}"),
        format!("http://127.0.0.1:{}", port - 1),
        format!("http://127.0.0.1:{port}.evil.example"),
        format!("http://a.{own}"),
        format!("http://localhost:{port}"),
        format!("http://{own}/"),
        String::new(),
    ] {
        for request in acts(&app.nobody()) {
            assert_eq!(sent(request, &cookie, Some(&foreign)).await, 403, "{foreign}");
        }
    }
    let signed_in = app.nobody().request(Method::GET, "/").header("cookie", &cookie).send().await.unwrap();
    assert_eq!(signed_in.status(), 200);
}

#[tokio::test]
async fn a_page_of_this_server_does() {
    let app = App::start().await;
    let cookie = ada(&app).await;
    let statuses = [101, 200, 303, 303, 303];
    for (request, status) in acts(&app.nobody()).into_iter().zip(statuses) {
        assert_eq!(
            sent(request, &cookie, Some(&origin(app.address).to_uppercase().replace("HTTP", "http"))).await,
            status
        );
    }
}

#[tokio::test]
async fn who_names_no_origin_acts_without_a_session_alone() {
    let app = App::start().await;
    let cookie = ada(&app).await;
    for request in acts(&app.nobody()) {
        assert_eq!(sent(request, &cookie, None).await, 403);
    }
    assert_eq!(app.person("ada").ask("{ viewer { id } }", &json!({})).await["data"]["viewer"]["id"], "ada");
    let _socket = app.person("ada").socket().await;
}

#[tokio::test]
async fn a_foreign_origin_is_refused_with_a_bearer_token_too() {
    let app = App::start().await;
    for request in [app.person("ada").upgrading(), app.publisher().await.request(Method::POST, "/graphql")] {
        assert_eq!(request.header("origin", "https://evil.example").send().await.unwrap().status(), 403);
    }
}

#[tokio::test]
async fn a_listed_origin_acts_and_any_other_only_where_all_may_and_without_a_session() {
    let flags = |origins| ["--mode", "production", "--jwt-secret", JWT_SECRET, "--origins", origins];
    let app = App::with(&flags("https://one.example,https://app.example:8443")).await;
    let cookie = ada(&app).await;
    assert_eq!(sent(app.nobody().upgrading(), &cookie, Some("https://app.example:8443")).await, 101);
    assert_eq!(sent(app.nobody().upgrading(), &cookie, Some("https://app.example")).await, 403);
    let app = App::in_folder(app.stop().await, &flags("*")).await;
    assert_eq!(sent(app.nobody().upgrading(), "theme=dark", Some("https://any.example")).await, 101);
    assert_eq!(sent(app.nobody().upgrading(), &cookie, Some("https://any.example")).await, 403);
}

#[tokio::test]
async fn behind_tls_this_servers_pages_are_those_had_by_tls() {
    let app = App::in_folder(Folder::new(), &PROXIED).await;
    let cookie = ada_by_tls(&app).await;
    for (origin, status) in [(format!("https://{}", app.address), 101), (origin(app.address), 403)] {
        let request = app.nobody().upgrading().header("x-forwarded-proto", "https");
        assert_eq!(sent(request, &cookie, Some(&origin)).await, status, "{origin}");
    }
}

async fn ada_by_tls(app: &App) -> String {
    app.can_sign_in("ada", "a word").await;
    let request = app.nobody().form("/login", &[("user", "ada"), ("password", "a word")]);
    let answer = request.header("x-forwarded-proto", "https").send().await.unwrap();
    assert_eq!(location(&answer), "/");
    answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_mutation_is_never_a_simple_request() {
    let app = App::start().await;
    let (cookie, own) = (ada(&app).await, origin(app.address));
    let mutation = "mutation { markAllAlertsRead(upTo: \"x\") { problem { code } } }";
    let body = json!({ "query": mutation }).to_string();
    let plain = |media: Option<&str>| {
        let request = app.nobody().request(Method::POST, "/graphql").body(body.clone());
        media.iter().fold(request, |request, media| request.header("content-type", *media))
    };
    for media in [
        None,
        Some("text/plain"),
        Some("text/plain; charset=utf-8"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
    ] {
        assert_eq!(sent(plain(media), &cookie, Some(&own)).await, 415, "{media:?}");
    }
    let path = format!(
        "/graphql?query={}",
        form_urlencoded::byte_serialize(mutation.as_bytes()).collect::<String>()
    );
    let by_get = app.nobody().request(Method::GET, &path);
    assert_eq!(sent(by_get, &cookie, Some(&own)).await, 405);
    let batch = app.nobody().request(Method::POST, "/graphql").json(&json!([{ "query": mutation }]));
    assert_eq!(sent(batch, &cookie, Some(&own)).await, 400);
}
