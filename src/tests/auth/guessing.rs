//! Guessing passwords: so many tries are looked at, and then none for a while.

use futures_util::future::join_all;

use crate::support::{
    app::{App, location},
    voice::Voice,
};

/// Tries a password; the status.
async fn guess(voice: &Voice, user: &str, word: &str) -> u16 {
    voice.post("/login", &[("user", user), ("password", word)]).await.status().as_u16()
}

/// The statuses of so many wrong ones, one after the other.
async fn guesses(voice: &Voice, user: &str, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(guess(voice, user, "wrong").await);
    }
    statuses
}

#[tokio::test]
async fn ten_wrong_passwords_of_an_account_are_looked_at_and_no_more_known_or_not() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let nobody = app.nobody();
    for user in ["ada", "nobody"] {
        assert_eq!(guesses(&nobody, user, 11).await, [vec![401; 10], vec![429]].concat(), "{user}");
        let answer = nobody.post("/login", &[("user", user), ("password", "wrong")]).await;
        let again: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=7).contains(&again), "{again}");
        assert_eq!(answer.headers().get("set-cookie"), None);
        let said = format!("Too many wrong passwords. Please try again in {again} seconds.");
        let page = answer.text().await.unwrap();
        assert!(page.contains(&said) && page.contains("action=\"/login\""), "{page}");
    }
}

#[tokio::test]
async fn while_an_account_is_tried_too_often_the_right_password_is_not_looked_at_either() {
    let app = App::start().await;
    for user in ["ada", "grace"] {
        app.can_sign_in(user, "a word").await;
    }
    let signed_in = app.sign_in("ada", "a word").await;
    guesses(&app.nobody(), "ada", 10).await;
    assert_eq!(guess(&app.nobody(), "ada", "a word").await, 429);
    // Who is signed in stays so, and others come in.
    assert_eq!(signed_in.get("/").await.status(), 200);
    app.sign_in("grace", "a word").await;
}

#[tokio::test]
async fn right_passwords_do_not_count() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    for _ in 0..25 {
        app.sign_in("ada", "a word").await;
    }
    assert_eq!(guesses(&app.nobody(), "ada", 11).await.iter().filter(|status| **status == 401).count(), 10);
}

#[tokio::test]
async fn of_many_at_once_no_more_are_looked_at_than_of_as_many_in_turn() {
    let app = App::start().await;
    app.can_sign_in("ada", "a word").await;
    let nobody = app.nobody();
    let statuses = join_all((0..200).map(|_| guess(&nobody, "ada", "wrong"))).await;
    let count = |status: u16| statuses.iter().filter(|it| **it == status).count();
    // One more comes every six seconds, should the machine be that slow.
    assert!((10..=12).contains(&count(401)), "{statuses:?}");
    assert_eq!(count(401) + count(429), 200, "{statuses:?}");
}

#[tokio::test]
async fn guessing_the_current_password_counts_as_well() {
    let app = App::start().await;
    app.can_sign_in("ada", "a long word").await;
    let ada = app.sign_in("ada", "a long word").await;
    let change = async |current| {
        let answer = ada.post("/account/password", &[("current", current), ("new", "another word")]).await;
        (answer.status().as_u16(), location(&answer).to_owned())
    };
    for _ in 0..10 {
        assert_eq!(change("wrong").await.0, 422);
    }
    assert_eq!(change("a long word").await.0, 429);
    assert_eq!(guess(&app.nobody(), "ada", "a long word").await, 429);
}

#[tokio::test]
async fn how_many_are_looked_at_is_a_setting_and_may_be_all() {
    let app = App::with(&["--mode", "production", "--limit-sign-ins", "2"]).await;
    assert_eq!(guesses(&app.nobody(), "ada", 3).await, [401, 401, 429]);
    let app = App::with(&["--mode", "production", "--limits", "off"]).await;
    assert_eq!(guesses(&app.nobody(), "ada", 15).await, [401; 15]);
}
