//! What answers tell browsers to be careful with.

use reqwest::{Method, Response};

use crate::support::app::{App, JWT_SECRET};

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn every_answer_names_its_type_keeps_its_referrer_and_is_framed_by_nobody() {
    let app = App::start().await;
    for path in ["/", "/login", "/nothing", "/graphql", "/healthz", "/metrics", "/favicon.svg"] {
        let answer = app.nobody().get(path).await;
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header(&answer, "referrer-policy"), "same-origin", "{path}");
        assert_eq!(header(&answer, "cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(header(&answer, "cross-origin-resource-policy"), "same-origin", "{path}");
        assert!(header(&answer, "permissions-policy").contains("camera=()"), "{path}");
        let policy = header(&answer, "content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}");
    }
}

#[tokio::test]
async fn tls_is_asked_for_by_tls_alone_and_on_the_word_of_a_trusted_proxy() {
    let flags = ["--mode", "production", "--jwt-secret", JWT_SECRET];
    let proxied = [&flags[..], &["--trusted-proxies", "127.0.0.1"]].concat();
    for (flags, proto, said) in
        [(&flags[..], "https", ""), (&proxied, "https", "max-age=31536000"), (&proxied, "http", "")]
    {
        let app = App::with(flags).await;
        let request = app.nobody().request(Method::GET, "/login").header("x-forwarded-proto", proto);
        assert_eq!(header(&request.send().await.unwrap(), "strict-transport-security"), said, "{proto}");
    }
}

#[tokio::test]
async fn what_no_proxy_said_changes_no_page() {
    let app = App::start().await;
    let page = app.nobody().get("/login").await;
    let plain = header(&page, "content-security-policy").len();
    for (name, value) in [
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example"),
        ("x-user-id", "ada"),
        ("x-original-url", "/"),
    ] {
        let answer = app.nobody().request(Method::GET, "/login").header(name, value).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), header(&answer, "content-security-policy").len()),
            (200, plain),
            "{name}"
        );
        assert!(!answer.text().await.unwrap().contains("evil.example"), "{name}");
    }
}
