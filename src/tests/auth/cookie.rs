//! Signing in and out with a browser's session.

use futures_util::future::join_all;
use serde_json::json;

use tokio::time::timeout;

use crate::{
    support::{
        app::{App, location},
        voice::Voice,
    },
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
    let people: Vec<_> = (0..120).map(|number| format!("person{number}")).collect();
    let try_in = async |user| nobody.post("/login", &[("user", user), ("password", "a word")]).await;
    let answers = join_all(people.iter().map(|user| try_in(user))).await;
    let busy: Vec<_> = answers.into_iter().filter(|answer| answer.status() != 401).collect();
    assert!(!busy.is_empty());
    for answer in busy {
        assert_eq!((answer.status().as_u16(), answer.headers().get("set-cookie")), (503, None));
        assert_eq!(answer.headers()["retry-after"], "1");
        assert!(answer.text().await.unwrap().contains("Please try again in a moment."));
    }
}

#[tokio::test]
async fn the_cookie_is_for_this_host_alone_and_for_no_script() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let production = cookie(&app).await;
    let (value, attributes) = production.split_once("; ").unwrap();
    assert_eq!(value.strip_prefix("__Host-belfry=").unwrap().len(), 22, "128 random bits");
    assert_eq!(attributes, "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=7776000");
    let demo = App::demo().await;
    let answer = demo.nobody().post("/login", &[("user", "ada"), ("password", "demo")]).await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    let (value, attributes) = cookie.split_once("; ").unwrap();
    assert!(value.starts_with("belfry="), "{cookie}");
    assert_eq!(attributes, "HttpOnly; SameSite=Lax; Path=/; Max-Age=7776000");
}

#[tokio::test]
async fn a_cookie_is_taken_away_as_it_was_set() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let ada = app.sign_in("ada", "a word").await;
    // The second time there is no session any more, only a browser that does not know it.
    for answer in [ada.post("/logout", &[]).await, ada.get("/").await] {
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with("__Host-belfry=; "), "{cookie}");
        for attribute in ["Path=/", "Max-Age=0", "; Secure"] {
            assert!(cookie.contains(attribute), "{attribute}: {cookie}");
        }
    }
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
    for made_up in ["", "AAAAAAAAAAAAAAAAAAAAAA", "%00", "ada"].map(|it| format!("__Host-belfry={it}")) {
        let request = app.nobody().request(reqwest::Method::GET, "/").header("cookie", &made_up);
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

#[tokio::test]
async fn a_cookie_of_the_name_without_tls_is_nobody() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let cookie = cookie(&app).await;
    let plain = cookie.split(';').next().unwrap().replace("__Host-", "");
    let ada = Voice::new(app.address, Some((reqwest::header::COOKIE, plain)));
    assert_eq!(ada.data("{ viewer { id } }", &json!({})).await["viewer"], json!(null));
}

#[tokio::test]
async fn use_puts_the_end_of_a_session_off() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let ada = app.sign_in("ada", "a word").await;
    let mut database = app.folder.database.connect().await;
    // Longer than it is good without use: each time it is noted, soon after the answer.
    for days in 1..=20 {
        app.folder.database.age_sessions().await;
        assert_eq!(ada.get("/").await.status(), 200, "after {} days", 2 * days);
        let noted = format!(
            "select cast(count(*) as text) from sessions where used_at > {}",
            app.folder.database.ago(60)
        );
        timeout(PATIENCE, async { while database.text(&noted).await != "1" {} }).await.unwrap();
    }
}

#[tokio::test]
async fn no_use_puts_the_end_of_a_session_off_for_ever() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let ada = app.sign_in("ada", "a word").await;
    let (database, mut days) = (&app.folder.database, 0);
    while ada.get("/").await.status() == 200 {
        let noted =
            format!("select cast(count(*) as text) from sessions where used_at <= {}", database.ago(60));
        let mut look = database.connect().await;
        timeout(PATIENCE, async { while look.text(&noted).await != "0" {} }).await.unwrap();
        database.age_sessions().await;
        days += 2;
    }
    assert_eq!(days, 90);
}

#[tokio::test]
async fn an_end_that_cannot_be_put_off_keeps_nobody_out() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let ada = app.sign_in("ada", "a word").await;
    app.folder.database.age_sessions().await;
    app.folder.database.refuse_updates("sessions").await;
    assert_eq!(ada.get("/").await.status(), 200);
}

#[tokio::test]
async fn sessions_that_expired_are_dropped_at_the_start() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    app.sign_in("ada", "a word").await;
    let folder = app.stop().await;
    folder.database.tamper(&format!("update sessions set expires_at = {}", folder.database.ago(1))).await;
    let app = App::in_folder(folder, &["--mode", "production"]).await;
    // The end of the session is in its person's log.
    let ended = async {
        while app.store.standing(&"ada".parse().unwrap()).await.unwrap().position.revision == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, ended).await.unwrap();
}
