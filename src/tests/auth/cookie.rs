//! Signing in and out with a browser's session.

use futures_util::future::join_all;
use serde_json::json;

use tokio::time::timeout;

use crate::{
    support::app::{App, location},
    ws::bench::PATIENCE,
};

/// The attributes of the cookie that a good login sets.
async fn cookie(app: &App) -> String {
    let answer = app.nobody().post("/login", &[("user", "ada"), ("password", "a word")]).await;
    answer.headers()["set-cookie"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_right_password_signs_in() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let ada = app.sign_in("ada", "a word").await;
    let viewer = ada.data("{ viewer { id } inbox { unreadCount } }", &json!({})).await;
    assert_eq!(viewer, json!({ "viewer": { "id": "ada" }, "inbox": { "unreadCount": 0 } }));
}

#[tokio::test]
async fn anything_else_does_not_and_says_no_more_than_that() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    app.publisher().await.raise("grace", "she has an inbox, but no password").await;
    for (user, word) in
        [("ada", "another"), ("ada", ""), ("grace", "a word"), ("nobody", "a word"), ("not an id", "x")]
    {
        let answer = app.nobody().post("/login", &[("user", user), ("password", word)]).await;
        assert_eq!((answer.status().as_u16(), answer.headers().get("set-cookie")), (401, None), "{user}");
        assert!(answer.text().await.unwrap().contains("The user or the password is not right."));
    }
}

#[tokio::test]
async fn of_too_many_at_once_some_are_asked_to_try_again() {
    let app = App::start().await;
    let nobody = app.nobody();
    let fields = [("user", "ada"), ("password", "a word")];
    let answers = join_all((0..120).map(|_| nobody.post("/login", &fields))).await;
    let busy: Vec<_> = answers.into_iter().filter(|answer| answer.status() != 401).collect();
    assert!(!busy.is_empty());
    for answer in busy {
        assert_eq!((answer.status().as_u16(), answer.headers().get("set-cookie")), (503, None));
        assert!(answer.text().await.unwrap().contains("Please try again in a moment."));
    }
}

#[tokio::test]
async fn the_cookie_is_for_this_site_alone_and_for_no_script() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let production = cookie(&app).await;
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Secure", "Max-Age="] {
        assert!(production.contains(attribute), "{attribute}: {production}");
    }
    let demo = App::demo().await;
    let answer = demo.nobody().post("/login", &[("user", "ada"), ("password", "demo")]).await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly; SameSite=Lax") && !cookie.contains("Secure"), "{cookie}");
}

#[tokio::test]
async fn every_login_has_a_new_id_and_a_planted_one_is_worth_nothing() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let planted = app.sign_in("ada", "a word").await;
    let answer = planted.post("/login", &[("user", "ada"), ("password", "a word")]).await;
    let fresh = answer.headers()["set-cookie"].to_str().unwrap();
    assert_ne!(fresh.split(';').next(), cookie(&app).await.split(';').next());
    assert_eq!(planted.data("{ viewer { id } }", &json!({})).await["viewer"], json!(null));
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let (one, other) = (app.sign_in("ada", "a word").await, app.sign_in("ada", "a word").await);
    let answer = one.post("/logout", &[]).await;
    assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/login"));
    assert_eq!(one.data("{ viewer { id } }", &json!({})).await["viewer"], json!(null));
    assert_eq!(other.data("{ viewer { id } }", &json!({})).await["viewer"]["id"], "ada");
}

#[tokio::test]
async fn a_cookie_that_was_made_up_is_nobody() {
    let app = App::start().await;
    for made_up in ["belfry=", "belfry=AAAAAAAAAAAAAAAAAAAAAA", "belfry=%00", "belfry=ada"] {
        let request = app.nobody().request(reqwest::Method::GET, "/").header("cookie", made_up);
        let answer = request.send().await.unwrap();
        assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/login"), "{made_up}");
    }
}

#[tokio::test]
async fn a_session_outlives_a_restart() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let ada = app.sign_in("ada", "a word").await;
    let folder = app.stop().await;
    let app = App::in_folder(folder, &["--mode", "production"]).await;
    let viewer = ada.at(app.address).data("{ viewer { id } }", &json!({})).await;
    assert_eq!(viewer["viewer"]["id"], "ada");
}

const TWO_DAYS_LATER: &str = "update sessions set expires_at = expires_at - 172800000,
    data = json_set(data, '$.data.extended', unixepoch() - 172800)";

#[tokio::test]
async fn use_puts_the_end_of_a_session_off_at_most_once_a_day() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let ada = app.sign_in("ada", "a word").await;
    assert_eq!(ada.get("/").await.headers().get("set-cookie"), None);
    app.folder.tamper(TWO_DAYS_LATER).await;
    let answer = ada.get("/").await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("Max-Age=2592000"), "{cookie}");
    assert_eq!(ada.get("/").await.headers().get("set-cookie"), None);
    app.folder.tamper("delete from sessions where expires_at < unixepoch() * 1000 + 2500000000").await;
    assert_eq!(ada.get("/").await.status(), 200);
}

#[tokio::test]
async fn an_end_that_cannot_be_put_off_keeps_nobody_out() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let ada = app.sign_in("ada", "a word").await;
    app.folder.tamper(TWO_DAYS_LATER).await;
    app.folder
        .tamper(
            "create trigger full before update on sessions begin select raise(abort, 'disk is full'); end",
        )
        .await;
    assert_eq!(ada.get("/").await.status(), 200);
}

#[tokio::test]
async fn sessions_that_expired_are_dropped_at_the_start() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    app.sign_in("ada", "a word").await;
    app.folder.tamper("update sessions set expires_at = 1").await;
    let app = App::in_folder(app.stop().await, &["--mode", "production"]).await;
    // The end of the session is in its person's log.
    let ended = async {
        while app.store.standing(&"ada".parse().unwrap()).await.unwrap().position.revision == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, ended).await.unwrap();
}
