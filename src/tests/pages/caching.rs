//! What may be kept on the way, and what a page may load.

use std::fs;

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
    let answer = app.person("ada").get("/").await;
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    for part in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    let nonce = policy.split_once("'nonce-").unwrap().1.split('\'').next().unwrap();
    let again = app.person("ada").get("/").await;
    assert!(!again.headers()["content-security-policy"].to_str().unwrap().contains(nonce));
    let home = answer.text().await.unwrap();
    let inline = tags(&home, &["script"]).into_iter().filter(|tag| tag.starts_with("script"));
    inline.for_each(|tag| assert_eq!(attribute(tag, "nonce"), nonce));
}
