//! The account page: where somebody is signed in, and their password.

use reqwest::Method;
use serde_json::json;

use super::{page, tags};
use crate::support::{
    app::{App, location},
    voice::Voice,
};

const WORD: &str = "a long word";

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// A server, and ada twice.
async fn signed_in_twice() -> (App, Voice, Voice) {
    let app = App::start().await;
    app.can_sign_in("ada", WORD).await;
    let (one, other) = (app.sign_in("ada", WORD).await, app.sign_in("ada", WORD).await);
    (app, one, other)
}

/// Whether somebody is signed in.
async fn is_in(voice: &Voice) -> bool {
    voice.data("{ viewer { id } }", &json!({})).await["viewer"]["id"] == "ada"
}

/// Status and place of an answer to a form.
async fn post(voice: &Voice, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let answer = voice.post(path, fields).await;
    (answer.status().as_u16(), location(&answer).to_owned())
}

#[tokio::test]
async fn somebody_sees_their_own_sessions_and_which_is_this_one() {
    let app = App::start().await;
    for user in ["ada", "grace"] {
        app.can_sign_in(user, WORD).await;
    }
    let login = app.nobody().request(Method::POST, "/login").header("user-agent", FIREFOX);
    let login = login.header("content-type", "application/x-www-form-urlencoded");
    let answer = login.body("user=ada&password=a+long+word").send().await.unwrap();
    let (firefox, other) = (app.shown_in(&answer), app.sign_in("ada", WORD).await);
    let hers = app.sign_in("grace", WORD).await;
    let seen = page(&firefox, "/account").await;
    assert!(seen.contains("Firefox on Linux") && !seen.contains("Mozilla"), "{seen}");
    let rows: Vec<_> = seen.split("</ul>").next().unwrap().split("<li>").skip(1).collect();
    let this: Vec<_> = rows.iter().filter(|row| row.contains("This browser")).collect();
    assert_eq!((rows.len(), this.len()), (2, 1));
    assert!(this[0].contains("Firefox on Linux") && !this[0].contains("<form"), "{}", this[0]);
    let end = format!("action=\"/account/sessions/{}/end\"", other.right());
    assert_eq!(tags(&seen, &["form", "method=\"post\"", &end]).len(), 1);
    assert!(!seen.contains(&hers.right()), "what is grace's is not for ada");
    assert!(tags(&seen, &["script", "module"]).is_empty());
}

#[tokio::test]
async fn the_way_to_the_account_is_ones_name() {
    let (_app, ada, _) = signed_in_twice().await;
    for path in ["/", "/account"] {
        assert_eq!(tags(&page(&ada, path).await, &["a", "class=\"person\"", "href=\"/account\""]).len(), 1);
    }
}

#[tokio::test]
async fn who_is_not_signed_in_here_has_no_account_page() {
    let app = App::start().await;
    app.can_sign_in("ada", WORD).await;
    let right = app.sign_in("ada", WORD).await.right();
    let forms = ["password", "sessions/end-others", "sessions/end-all", &format!("sessions/{right}/end")];
    for voice in [app.nobody(), app.person("ada"), app.publisher().await] {
        let answer = voice.get("/account").await;
        assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/login"));
        for form in forms {
            let fields = [("current", WORD), ("new", "another word")];
            let answered = post(&voice, &format!("/account/{form}"), &fields).await;
            assert_eq!(answered, (303, "/login".to_owned()), "{form}");
        }
    }
    let ada = app.sign_in("ada", WORD).await;
    assert_eq!(page(&ada, "/account").await.matches("<li>").count(), 2, "nothing has ended");
}

#[tokio::test]
async fn a_session_of_ones_own_ends_by_its_button_and_another_persons_is_not_there() {
    let (app, one, other) = signed_in_twice().await;
    app.can_sign_in("grace", WORD).await;
    let grace = app.sign_in("grace", WORD).await;
    let end = |right: &str| format!("/account/sessions/{right}/end");
    for right in [other.right().as_str(), "0", "garbage", &"f".repeat(64)] {
        assert_eq!(post(&grace, &end(right), &[]).await.0, 404, "{right}");
    }
    assert!(is_in(&other).await);
    let ended = post(&one, &end(&other.right()), &[]).await;
    assert_eq!(ended, (303, "/account?done=session".to_owned()));
    assert!(!is_in(&other).await && is_in(&one).await);
    assert_eq!(post(&one, &end(&other.right()), &[]).await.0, 404);
    assert!(page(&one, "/account?done=session").await.contains("That browser is signed out."));
}

#[tokio::test]
async fn a_link_on_another_site_does_not_say_what_was_done() {
    let (_app, ada, _) = signed_in_twice().await;
    for (from, said) in [("same-origin", true), ("none", false), ("same-site", false), ("cross-site", false)]
    {
        let request = ada.request(Method::GET, "/account?done=password").header("sec-fetch-site", from);
        let page = request.send().await.unwrap().text().await.unwrap();
        assert_eq!(page.contains("Your password is changed."), said, "{from}");
    }
}

#[tokio::test]
async fn all_others_end_by_one_button_and_all_by_another() {
    let (app, one, other) = signed_in_twice().await;
    assert!(page(&one, "/account").await.contains("Sign out everywhere else"));
    let ended = post(&one, "/account/sessions/end-others", &[]).await;
    assert_eq!(ended, (303, "/account?done=others".to_owned()));
    assert!(!is_in(&other).await && is_in(&one).await);
    assert!(!page(&one, "/account").await.contains("Sign out everywhere else"));
    let third = app.sign_in("ada", WORD).await;
    let answer = one.post("/account/sessions/end-all", &[]).await;
    assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/login"));
    assert!(answer.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert!(!is_in(&one).await && !is_in(&third).await);
}

#[tokio::test]
async fn another_password_keeps_this_session_under_a_new_id_and_ends_the_others() {
    let (app, one, other) = signed_in_twice().await;
    let answer = one.post("/account/password", &[("current", WORD), ("new", "another word")]).await;
    assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/account?done=password"));
    let kept = app.shown_in(&answer);
    assert_ne!(kept.right(), one.right());
    assert!(is_in(&kept).await && !is_in(&one).await && !is_in(&other).await);
    assert!(page(&kept, "/account?done=password").await.contains("Your password is changed."));
    assert_eq!(post(&app.nobody(), "/login", &[("user", "ada"), ("password", WORD)]).await.0, 401);
    app.sign_in("ada", "another word").await;
}

#[tokio::test]
async fn a_password_that_does_not_do_changes_nothing_and_it_is_said_why() {
    let (app, one, other) = signed_in_twice().await;
    let long = "x".repeat(1_025);
    for (current, new, why) in [
        ("wrong", "another word", "The current password is not right."),
        (WORD, "seven77", "The new password must be at least 8 characters long."),
        (WORD, "", "The new password must be at least 8 characters long."),
        (WORD, &long, "The new password must be at most 1024 bytes long."),
        (WORD, WORD, "The new password is the one you have."),
    ] {
        let answer = one.post("/account/password", &[("current", current), ("new", new)]).await;
        assert_eq!((answer.status().as_u16(), answer.headers().get("set-cookie")), (422, None), "{why}");
        let said = answer.text().await.unwrap();
        assert!(said.contains(why) && said.contains("action=\"/account/password\""), "{said}");
    }
    assert!(is_in(&one).await && is_in(&other).await);
    app.sign_in("ada", WORD).await;
}
