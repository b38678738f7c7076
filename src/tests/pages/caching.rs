//! What may be kept on the way, and what a page may load.

use std::{collections::BTreeMap, fs};

use reqwest::Response;

use super::{attribute, page, tags};
use crate::support::app::{App, Folder};

#[tokio::test]
async fn personal_pages_are_kept_by_nobody() {
    let app = App::start().await;
    for (voice, path) in [(app.person("ada"), "/"), (app.nobody(), "/login")] {
        let answer = voice.get(path).await;
        assert_eq!(answer.headers()["cache-control"], "private, no-store", "{path}");
        assert!(answer.headers()["vary"].to_str().unwrap().to_lowercase().contains("cookie"));
    }
}

#[tokio::test]
async fn built_files_are_kept_for_ever_and_found_by_their_hashed_names() {
    let app = App::start().await;
    let home = page(&app.person("ada"), "/").await;
    let style = attribute(tags(&home, &["link", "rel=\"stylesheet\""])[0], "href");
    let script = attribute(tags(&home, &["link", "rel=\"modulepreload\""])[0], "href");
    let wasm = attribute(tags(&home, &["link", "rel=\"preload\""])[0], "href");
    for (path, media) in [(style, "text/css"), (script, "text/javascript"), (wasm, "application/wasm")] {
        let answer = app.nobody().get(path).await;
        assert_eq!(answer.headers()["cache-control"], "public, max-age=31536000, immutable", "{path}");
        assert_eq!(answer.headers()["content-type"], media);
    }
}

#[tokio::test]
async fn what_is_missing_is_not_kept_for_ever() {
    let app = App::start().await;
    let answer = app.nobody().get("/pkg/belfry.0ther.js").await;
    assert_eq!(answer.status(), 404);
    let kept = answer.headers().get("cache-control").map_or("", |it| it.to_str().unwrap());
    assert!(!kept.contains("immutable"), "{kept}");
}

#[tokio::test]
async fn other_files_of_the_site_are_served_and_asked_for_again() {
    let folder = Folder::new();
    fs::write(folder.path("site/favicon.svg"), "<svg/>").unwrap();
    let app = App::in_folder(folder, &["--mode", "production"]).await;
    let answer = app.nobody().get("/favicon.svg").await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"image/svg+xml".parse().unwrap())
    );
    assert!(
        answer.headers().get("cache-control").is_none_or(|it| !it.to_str().unwrap().contains("immutable"))
    );
}

#[tokio::test]
async fn a_page_may_load_nothing_of_another_host_but_pictures() {
    let app = App::start().await;
    for (voice, path, modules) in [(app.person("ada"), "/", 1), (app.nobody(), "/login", 0)] {
        let answer = voice.get(path).await;
        let policy = policy(&answer);
        let nonce = nonce(&policy);
        let expected = BTreeMap::from([
            ("base-uri", "'none'".to_owned()),
            ("connect-src", format!("'self' ws://{}", app.address)),
            ("default-src", "'none'".to_owned()),
            ("form-action", "'self'".to_owned()),
            ("frame-ancestors", "'none'".to_owned()),
            ("object-src", "'none'".to_owned()),
            ("img-src", "'self' http: https:".to_owned()),
            ("script-src", format!("'self' 'nonce-{nonce}' 'wasm-unsafe-eval'")),
            ("style-src", "'self'".to_owned()),
        ]);
        assert_eq!(directives(&policy), expected, "{path}");
        let page = answer.text().await.unwrap();
        let mut inline = tags(&page, &["script"]);
        inline.retain(|tag| tag.starts_with("script"));
        assert_eq!(inline.iter().filter(|tag| tag.contains("module")).count(), modules, "{path}");
        inline.into_iter().for_each(|tag| assert_eq!(attribute(tag, "nonce"), nonce));
    }
}

#[tokio::test]
async fn a_pages_nonce_is_used_once() {
    let app = App::start().await;
    let ada = app.person("ada");
    let (one, other) = (policy(&ada.get("/").await), policy(&ada.get("/").await));
    assert_ne!(nonce(&one), nonce(&other));
    assert!(nonce(&one).len() >= 16, "{one}");
}

fn policy(answer: &Response) -> String {
    answer.headers()["content-security-policy"].to_str().unwrap().to_owned()
}

/// What a policy allows, by what it is about.
fn directives(policy: &str) -> BTreeMap<&str, String> {
    let parts = policy.split(';').map(|part| part.trim().split_once(' ').unwrap());
    parts.map(|(about, allowed)| (about, allowed.trim().to_owned())).collect()
}

fn nonce(policy: &str) -> &str {
    policy.split_once("'nonce-").unwrap().1.split('\'').next().unwrap()
}
